"""进门: signing in and out, changing the password, the role one acts in, language and taste; and what every page loads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from aftersales_core.rules.sight import sees
from aftersales_core.state import is_log
from aftersales_web.access import passwords
from aftersales_web.access.gate import COOKIE, Allow, Anyone, Form, Reader, Who, from_here, text_of
from aftersales_web.assets import Assets
from aftersales_web.live import Happened
from aftersales_web.numbers import whole
from aftersales_web.office import Office, office_of
from aftersales_web.pages.frame import CHOICES, frame_of, lang_of
from aftersales_web.problems import WebError

router = APIRouter()

YEAR: Final = 365 * 24 * 3600
FOREVER: Final = f"public, max-age={YEAR}, immutable"


def inside(path: str) -> str:
    """*path* where it leads to a page of ours, else the first page: nobody is sent elsewhere by a link to us."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"


@router.get("/enter")
def enter(request: Request, who: Annotated[Who | None, Depends(Anyone("signing in"))], next: str = "/") -> Response:
    """The page to sign in on."""
    if who is not None:
        return RedirectResponse(inside(next), 303)
    return frame_of(request).page(request, "enter.html", next=inside(next), account="", wrong="")


@router.post("/enter")
def sign_in(request: Request, _who: Annotated[Who | None, Depends(Anyone("signing in"))], form: Form) -> Response:
    """Sign in; what went wrong is never said so precisely that it helps to guess."""
    from_here(request)
    office = office_of(request)
    account, onward = text_of(form, "account")[:80], inside(text_of(form, "next") or "/")
    password = str(form.get("password") or "") if form is not None else ""  # as it was set: its spaces are its own
    try:
        cookie = admitted(office, request, account, password)
    except WebError as no:
        told = {"next": onward, "account": account, "wrong": no.sentence(lang_of(request))}
        return frame_of(request).page(request, "enter.html", None, no.status, no.headers, **told)
    answer = RedirectResponse(onward, 303)
    answer.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", secure=office.settings.secure, path="/")
    return answer


def admitted(office: Office, request: Request, account: str, password: str) -> str:
    """The cookie of a new session. Raises WebError `sign-in-refused`, `too-many-tries`; both are facts."""
    address = request.client.host if request.client is not None else "?"
    wait = max(
        office.rates.wait("address", address, holds=30, a_minute=10),
        office.rates.wait("account", account, holds=8, a_minute=2),
    )
    if wait:
        # said once in a while only: whoever hammers at the door must not fill the ledger
        if not office.rates.wait("told", address, holds=1, a_minute=1):
            office.log.note("refuse-sign-in", "nobody", "anonymous", account=account or "-", cause="too-many")
        raise WebError("too-many-tries", 429, {"Retry-After": str(int(wait) + 1)}, seconds=int(wait) + 1)
    found = office.accounts.find(account) if account else None
    fits = passwords.fits(password, found.password if found is not None and found.password else passwords.nobodys())
    if found is None or not found.password or found.disabled or not fits:
        cause = "unknown" if found is None else "disabled" if found.disabled else "wrong-password"
        office.log.note("refuse-sign-in", "nobody", "anonymous", account=account or "-", cause=cause)
        raise WebError("sign-in-refused", 401)
    office.rates.give_back("account", account)
    role = next(iter(found.roles), "")
    cookie, session = office.sessions.begin(account, role, request.headers.get("user-agent", ""))
    office.log.note("sign-in", account, role or "admin", account=account, device=session.device or None)
    return cookie


@router.post("/leave")
def leave(request: Request, who: Annotated[Who, Depends(Allow("read", first=True))]) -> Response:
    """Sign out."""
    office = office_of(request)
    if who.session is not None:
        office.sessions.end(who.session)
        office.log.note("sign-out", who.actor, who.role or "admin", account=who.actor)
    answer = RedirectResponse("/enter", 303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/password")
def password_page(request: Request, who: Annotated[Who, Depends(Allow("read", first=True))]) -> Response:
    """The page to change the password on."""
    return frame_of(request).page(request, "password.html", who, wrong="")


@router.post("/password")
def change_password(request: Request, who: Annotated[Who, Depends(Allow("read", first=True))], form: Form) -> Response:
    """Change one's own password; every other session of the account ends."""
    office = office_of(request)
    old, new, again = (str(form.get(name) or "") if form is not None else "" for name in ("old", "new", "again"))
    account = office.accounts.find(who.actor)
    if account is None or who.session is None:
        raise WebError("not-a-person", 403)
    wrong = ""
    if office.rates.wait("password", who.actor, holds=8, a_minute=2):
        wrong = "too-many-tries-short"
    elif not passwords.fits(old, account.password):
        wrong = "old-password-wrong"
    elif new != again:
        wrong = "passwords-differ"
    elif not passwords.SHORTEST <= len(new) <= passwords.LONGEST or new == old or new == who.actor:
        wrong = "password-too-short"
    if not wrong and office.accounts.put(replace(account, password=passwords.hashed(new), one_time=False)) is None:
        wrong = "changed-meanwhile"
    if wrong:
        return frame_of(request).page(request, "password.html", who, 422, wrong=wrong)
    office.sessions.end_all(who.actor, but=who.session.key)
    office.log.note("set-password", who.actor, who.role or "admin", account=who.actor)
    return RedirectResponse("/", 303)


@router.post("/role")
def act_as(request: Request, who: Reader, form: Form) -> Response:
    """Act in another of one's roles."""
    role = text_of(form, "role")
    if role not in who.roles or who.session is None:
        raise WebError("not-your-role", 403, role=role)
    office_of(request).sessions.act_as(who.session, role)
    return RedirectResponse("/", 303)


@router.post("/taste")
def taste(request: Request, _who: Annotated[Who | None, Depends(Anyone("language and taste are nobody's secret"))], form: Form) -> Response:
    """Choose language, light or dark, and how much stands on a page."""
    answer = RedirectResponse(inside(text_of(form, "next") or "/"), 303)
    for name, values in CHOICES.items():
        if (chosen := text_of(form, name)) in values:
            answer.set_cookie(name, chosen, max_age=YEAR, samesite="lax", secure=office_of(request).settings.secure, path="/")
    return answer


@router.get("/static/{name:path}")
def static(request: Request, name: str, _who: Annotated[Who | None, Depends(Anyone("styles, scripts, icons"))], v: str = "") -> Response:
    """A style, a script, the icons; kept by browsers for as long as they are what their name says."""
    assets: Assets = request.app.state.assets
    found = assets.find(name)
    if found is None:
        raise WebError("no-such-page", 404)
    mark = f'"{found.mark}"'
    headers = {"ETag": mark, "Cache-Control": FOREVER if v == found.version else "no-cache", "Vary": "Accept-Encoding"}
    had = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if mark in had or "*" in had:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", "") and found.packed:
        return Response(found.packed, media_type=found.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(found.content, media_type=found.media_type, headers=headers)


@router.get("/live")
async def live(request: Request, who: Reader, after: int = -1) -> Response:
    """Which tickets of one's own something is written about, as it is written (server-sent events, `id` is the position)."""
    office = office_of(request)
    last = request.headers.get("last-event-id", "")
    told_last = whole(last)
    start = told_last if told_last is not None and told_last >= 0 else after if after >= 0 else office.live.position()

    async def told() -> Any:
        yield "retry: 2000\n\n"
        async for happened in office.live.after(start):
            shown = await run_in_threadpool(_shown, office, who, happened)
            for each in shown:
                yield f'id: {each.position}\nevent: fact\ndata: {{"ticket":"{each.ticket}","version":{each.version},"kind":"{each.kind}"}}\n\n'
            if not shown:
                yield ": quiet\n\n"

    return StreamingResponse(told(), media_type="text/event-stream", headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})


def _shown(office: Office, who: Who, happened: Sequence[Happened]) -> list[Happened]:
    """Those of *happened* that are about tickets which *who* sees."""
    states = {each.ticket: office.desk.state(each.ticket) for each in happened if not is_log(each.ticket)}
    seen = {number for number, state in states.items() if sees(who.viewer, state, office.desk.playbook)}
    return [each for each in happened if each.ticket in seen]
