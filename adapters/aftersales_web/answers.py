"""答复: what is raised anywhere, as an answer: problem details for programs, a page or a notice for people."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from aftersales_core import masking
from aftersales_core.errors import AftersalesError, Refused
from aftersales_core.rules import legal_moves
from aftersales_core.rules.sight import in_full, sees
from aftersales_core.state import is_log
from aftersales_core.wording import LANGS, Lang
from aftersales_web.access.gate import Who
from aftersales_web.api.openapi import allowed
from aftersales_web.office import office_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.problems import WebError, of_program, problem_of, status_of
from aftersales_web.shell import close

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
        headers["Content-Language"] = lang
        return JSONResponse(_to_program(request, problem, lang), status, headers, media_type=PROBLEM)
    if problem.code in ("not-signed-in", "password-first") and "hx-request" not in request.headers:
        if problem.code == "password-first":
            return RedirectResponse("/password", 303)
        back = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/enter?next={quote(back)}", 303)
    template = "notice.html" if "hx-request" in request.headers else "problem.html"
    told = problem_of(problem, lang, request.scope["path"])
    if "hx-request" in request.headers:
        # wherever the answer was to go, an error is shown where errors are shown
        headers |= {"HX-Retarget": "#flash", "HX-Reswap": "innerHTML"}
        if problem.code == "not-signed-in":
            headers["HX-Redirect"] = "/enter"
    return frame_of(request).page(request, template, None, status, headers, problem=told)


def too_large(request: Request, limit: int) -> Response:
    """The answer to a request with more bytes than *limit*, of which the rest is not read."""
    return answer(request, WebError("body-too-large", 413, {"Connection": "close"}, most=limit // 1024))


def _to_program(request: Request, problem: AftersalesError | WebError, lang: Lang) -> dict[str, Any]:
    """Problem details: after a refusal with what is legal instead, and without personal data for whom it is masked."""
    told = problem_of(problem, lang, request.scope["path"])
    who: Who | None = getattr(request.state, "who", None)
    if who is None:
        return told
    desk = office_of(request).desk
    number = str(problem.facts.get("ticket", "")) if isinstance(problem, Refused) else ""
    if number and not is_log(number) and sees(who.viewer, ticket := desk.clerk.load(number), desk.playbook):
        moves = legal_moves(ticket, desk.playbook_of(ticket), who.role)
        told["legal_actions"] = [move.command for move in moves if move.open]
    return told if in_full(who.viewer, desk.playbook) else masking.personal(told)


async def _raised(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, AftersalesError | WebError)
    if status_of(problem) >= 500:
        LOG.error("%s %s: %s", request.method, request.url.path, problem)
    return await run_in_threadpool(answer, request, problem)


async def _malformed(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, RequestValidationError)
    lang = lang_of(request)
    errors = [_wrong(each, lang) for each in problem.errors()]
    first = errors[0]
    return answer(request, WebError("bad-request", 422, field=first["field"], reason=first["detail"], errors=errors))


def _wrong(error: Mapping[str, Any], lang: Lang) -> dict[str, str]:
    """What is wrong with a parameter of a request, in the reader's language where the core has words for it."""
    place, *names = (str(step) for step in error["loc"])
    reason = LANGS[lang].REASONS.get(error["type"])
    limits = {name: value for name, value in (error.get("ctx") or {}).items() if name != "error"}
    try:
        detail = reason.format(**limits) if reason else error["msg"]
    except (KeyError, IndexError, ValueError):
        detail = error["msg"]
    return {"in": place, "field": ".".join(names) or place, "detail": detail}


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    code = {404: "no-such-page", 405: "no-such-method"}.get(problem.status_code, "not-understood")
    headers = dict(problem.headers or {})
    if problem.status_code == 405 and (methods := allowed(request.scope["path"])):
        headers["Allow"] = ", ".join(methods)  # of all routes of the path, not only of the first
    return answer(request, WebError(code, problem.status_code, headers))


async def _mistake(request: Request, problem: Exception) -> Response:
    LOG.exception("%s %s", request.method, request.url.path, exc_info=problem)
    told = answer(request, WebError("our-mistake", 500))
    close(told.headers, secure=office_of(request).settings.secure)  # it is made outside of the shell, which may be what failed
    return told
