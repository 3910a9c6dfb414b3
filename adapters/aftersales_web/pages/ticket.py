"""工单: a ticket's page: where it stands, what comes next, why the rest does not, what happened; and its files."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from aftersales_core.diagrams import svg
from aftersales_core.errors import UnknownFile
from aftersales_core.moves import TICKET
from aftersales_core.rules.sight import in_full, may_unmask
from aftersales_core.state import Ticket
from aftersales_core.views import worklist
from aftersales_web.access.gate import Form, Reader, Who, Writer, text_of
from aftersales_web.office import Office, office_of
from aftersales_web.pages.desk import ticket_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.telling import teller_of
from aftersales_web.pages.ticket_page import ahead_of, moves_of, papers_of, waiting_of, way_of
from aftersales_web.pages.timeline import Wanted, events_of, timeline_of
from aftersales_web.problems import WebError

router = APIRouter()


UNMASKED: Final = ("customer", "phone", "address")

SANDBOX: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""The policy of what others put here: nothing in it runs, whatever a browser takes it for."""


def wanted_of(kind: str = "", by: str = "", order: str = "", all: str = "") -> Wanted:
    """What an address asks of the timeline."""
    return Wanted(kind, by, order if order == "old" else "", all)


@router.get("/t/{path}")
def ticket_page(request: Request, who: Reader, path: str, wanted: Annotated[Wanted, Depends(wanted_of)]) -> Response:
    """Where a ticket stands, what comes next, why the rest does not, and what happened."""
    office = office_of(request)
    position = office.live.position()
    return _page(request, office, who, ticket_of(office, who, path), wanted, position=position)


def _page(
    request: Request, office: Office, who: Who, ticket: Ticket, wanted: Wanted, *, position: int, unmasked: bool = False
) -> Response:  # fmt: skip
    book, lang, now = office.desk.playbook_of(ticket), lang_of(request), office.now()
    waiting = waiting_of(ticket, worklist.rows(ticket, book), now)
    steps = list(office.desk.story(ticket.number))
    stages = ["NEW", *(step.ticket.stage for step in steps)]
    visited = list(dict.fromkeys(stages))
    full = unmasked or in_full(who.viewer, office.desk.playbook)
    found = office.desk.legal_moves(ticket.number, who.role)
    picture = svg(TICKET, lang, ticket.stage, visited, bare=True, ahead=ahead_of(ticket.stage, found), passed=set(pairwise(stages)))
    teller = teller_of(request, office, who, ticket, full=full)
    told: dict[str, Any] = {
        "ticket": ticket, "book": book, "waiting": waiting, "moves": moves_of(found, waiting.now, ticket.number, book, lang),
        "way": way_of(ticket, visited), "picture": Markup(picture),  # noqa: S704 - made by the core, escaped there
        "history": timeline_of(events_of(steps, teller), wanted),
        "wanted": wanted, "query": urlencode(wanted.params()), "address": urlencode,
        "clocks": office.desk.clocks(ticket.number), "files": {file.digest: file for file in ticket.files},
        "papers": papers_of(ticket, book, who.role), "may_unmask": not full and may_unmask(who.viewer, office.desk.playbook),
        "unmasked": unmasked, "position": position, "part": teller.part, "say": lambda value, name: teller.value(name, value),
        "may_attach": any(move.open for move in found if move.command == "attach-file"),
    }  # fmt: skip
    if unmasked:
        told["full"] = True
    return frame_of(request).page(request, "ticket.html", who, **told)


@router.get("/t/{path}/unmask")
def masked_again(who: Reader, path: str) -> Response:
    """Back to the ticket: what was shown once is not shown again by coming back."""
    return RedirectResponse(f"/t/{quote(path, safe='~:@')}", 303)


@router.post("/t/{path}/unmask")
def unmask(request: Request, who: Writer, path: str, form: Form) -> Response:
    """Show personal data in full, this once; that it was shown, to whom and why, is a fact."""
    office = office_of(request)
    ticket = ticket_of(office, who, path)
    if not may_unmask(who.viewer, office.desk.playbook):
        raise WebError("ticket-may-not-unmask", 403)
    reason = text_of(form, "reason")
    if not 2 <= len(reason) <= 400:
        raise WebError("ticket-reason-missing", 422)
    office.log.note("show-in-full", who.actor, who.role, about=ticket.number, fields=UNMASKED, reason=reason)
    return _page(request, office, who, ticket, Wanted(), position=office.live.position(), unmasked=True)


@router.get("/t/{path}/diagram.svg")
def diagram(request: Request, who: Reader, path: str) -> Response:
    """The whole diagram of stages with every way labelled, as a picture of its own."""
    office = office_of(request)
    ticket = ticket_of(office, who, path)
    visited = {step.ticket.stage for step in office.desk.story(ticket.number)}
    drawn = svg(TICKET, lang_of(request), ticket.stage, visited)
    return Response(drawn, media_type="image/svg+xml", headers={"Content-Security-Policy": SANDBOX})


@router.get("/t/{path}/files/{digest}")
def file(request: Request, who: Reader, path: str, digest: str) -> Response:
    """A photo, a signature or a document of the ticket, as it was put there."""
    office = office_of(request)
    ticket = ticket_of(office, who, path)
    found = next((each for each in ticket.files if each.digest == digest), None)
    if found is None:
        raise UnknownFile("file-not-there", digest=digest)
    media_type = found.media_type or "application/octet-stream"
    place = "inline" if media_type.startswith("image/") else "attachment"
    headers = {
        "Cache-Control": "private, max-age=86400, immutable", "ETag": f'"{digest}"', "Content-Security-Policy": SANDBOX,
        "Content-Disposition": f"{place}; filename*=UTF-8''{quote(found.name)}" if found.name else place,
    }  # fmt: skip
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(office.desk.file(digest), media_type=media_type, headers=headers)


