"""回访: the call-back desk: the next customer, what to ask, and the answer that moves the ticket."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from aftersales_core.errors import BadInput, Refused
from aftersales_core.rules.sight import conditions
from aftersales_core.views import worklist
from aftersales_web.access.gate import Form, Reader, Who, Writer
from aftersales_web.office import Office, office_of
from aftersales_web.pages.call_desk import call_of, count, queue
from aftersales_web.pages.desk import as_path, command_of, give, ticket_of, wish_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.ticket_page import moves_of
from aftersales_web.problems import status_of

router = APIRouter()


@router.get("/calls")
def calls(request: Request, who: Reader, ticket: str = "", skip: str = "") -> Response:
    """The desk, with the first customer of the queue or the one asked for; `skip` is passed over this time."""
    return _page(request, office_of(request), who, ticket, skip)


def _page(request: Request, office: Office, who: Who, number: str, skip: str = "", status: int = 200, **told: Any) -> Response:
    position = office.live.position()
    where = conditions(who.viewer, office.desk.playbook)
    waiting = queue(office.desk, office.now(), who.role, where)
    if not number:
        number = next((task.ticket for task in waiting if task.ticket != skip), waiting[0].ticket if waiting else "")
    found = ticket_of(office, who, as_path(number)) if number else None
    told = {"problem": None, "given": {}, **told}
    if found is not None:
        book = office.desk.playbook_of(found)
        own = worklist.rows(found, book)
        call = call_of(found, own)  # whoever calls before the day it is due may do so
        moves = moves_of(office.desk.legal_moves(found.number, who.role), own, found.number, book, lang_of(request))
        told["why_not"] = next((why for why in (*moves.closed, *moves.soft) if why.command == "revisit"), None)
        told["call"] = call
        told["book"] = book
    return frame_of(request).page(
        request, "calls.html", who, status, waiting=waiting, total=count(office.desk, office.now(), who.role, where), ticket=found,
        position=position, command_id=office.new_id(), second_id=office.new_id(), **told,
    )  # fmt: skip


@router.post("/calls/{path}/{command}")
def answer(request: Request, who: Writer, path: str, command: str, form: Form) -> Response:
    """Record what the customer said, or that nobody answered, and go on; refused, it is said why and nothing typed is lost."""
    office = office_of(request)
    ticket, asked = ticket_of(office, who, path), command_of(command)
    wish = wish_of(office, asked, form)
    try:
        give(office, who, ticket.number, wish)
    except (Refused, BadInput) as no:
        return _page(request, office, who, ticket.number, status=status_of(no), problem=no, given=wish.values)
    # after the call it is entered and shared at the same desk; nobody there means the next one
    stay = ticket.number if command in ("revisit", "register-revisit") else ""
    skip = "" if stay else ticket.number
    if "hx-request" in request.headers:
        return _page(request, office, who, stay, skip)
    tail = f"?ticket={as_path(stay)}" if stay else f"?skip={as_path(skip)}"
    return RedirectResponse(f"/calls{tail}&done={command}", 303)
