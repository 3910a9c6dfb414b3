"""答复: what is raised anywhere, as an answer: problem details for programs, a page or a notice for people."""

from __future__ import annotations

import logging
from typing import Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from aftersales_core.errors import AftersalesError
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.problems import WebError, of_program, problem_of, status_of

LOG: Final = logging.getLogger("aftersales_web")

PROBLEM: Final = "application/problem+json"


def install(app: FastAPI) -> None:
    """Have *app* answer everything raised in the way below."""
    app.add_exception_handler(AftersalesError, _raised)
    app.add_exception_handler(WebError, _raised)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _mistake)


def answer(request: Request, problem: AftersalesError | WebError) -> Response:
    """The answer to an error."""
    status = status_of(problem)
    headers = dict(problem.headers) if isinstance(problem, WebError) else {}
    lang = lang_of(request)
    if of_program(request):
        if status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return JSONResponse(problem_of(problem, lang, request.url.path), status, headers, media_type=PROBLEM)
    if problem.code in ("not-signed-in", "password-first") and "hx-request" not in request.headers:
        if problem.code == "password-first":
            return RedirectResponse("/password", 303)
        back = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/enter?next={quote(back)}", 303)
    template = "notice.html" if "hx-request" in request.headers else "problem.html"
    told = problem_of(problem, lang, request.url.path)
    if "hx-request" in request.headers:
        # wherever the answer was to go, an error is shown where errors are shown
        headers |= {"HX-Retarget": "#flash", "HX-Reswap": "innerHTML"}
        if problem.code == "not-signed-in":
            headers["HX-Redirect"] = "/enter"
    return frame_of(request).page(request, template, None, status, headers, problem=told)


async def _raised(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, AftersalesError | WebError)
    if status_of(problem) >= 500:
        LOG.error("%s %s: %s", request.method, request.url.path, problem)
    return answer(request, problem)


async def _malformed(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    first = problem.errors()[0]
    where = [str(step) for step in first["loc"]]
    field = ".".join(where[1:]) or where[0]
    return answer(request, WebError("bad-request", 422, field=field, reason=first["msg"]))


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    code = {404: "no-such-page", 405: "no-such-method"}.get(problem.status_code, "not-understood")
    return answer(request, WebError(code, problem.status_code, problem.headers))


async def _mistake(request: Request, problem: Exception) -> Response:
    LOG.exception("%s %s", request.method, request.url.path, exc_info=problem)
    return answer(request, WebError("our-mistake", 500))
