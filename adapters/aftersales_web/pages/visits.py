"""我的上门: the pages of whoever goes to customers: the visits of the day, and one visit step by step.

They work as plain forms. A form here brings no version: what the crew did at the customer's is so, whatever the office
wrote meanwhile; the rules decide on what is true when it arrives, as they do for what a telephone sends later.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from aftersales_core.errors import BadInput, CommandReused, Refused, UnknownTicket
from aftersales_core.state import Ticket, Visit
from aftersales_web.access.gate import Form, Reader, Who, Writer
from aftersales_web.office import Office, office_of
from aftersales_web.pages.desk import as_path, command_of, give, ticket_of, wish_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.ticket_page import field_wrong, reasons_of
from aftersales_web.pages.visiting import (
    COMMANDS_OF_A_VISIT,
    checks_of,
    current_of,
    drawable,
    may_miss,
    steps_of,
    trip_of,
    trips,
)
from aftersales_web.problems import WebError, status_of

router = APIRouter()


MAP: Final = "https://uri.amap.com/search?keyword="
"""Where an address is looked up, where the telephone has no map of its own that takes `geo:`."""


@router.get("/visits")
def visits(request: Request, who: Reader) -> Response:
    """The visits of whoever looks: today's in order, those of later days, and what is not finished."""
    office = office_of(request)
    _goes_out(office, who)
    position = office.live.position()
    now = office.now().astimezone(office.zone)
    found = trips(office.desk, who.actor, now)
    groups = [(name, [trip for trip in found if trip.group == name]) for name in ("today", "earlier", "later")]
    return frame_of(request).page(
        request, "visits.html", who, groups=groups, position=position, places=place_of, made=now, offset=offset_of(now), window=window_of,
    )  # fmt: skip


@router.get("/visits/{path}/{no}")
def visit_page(request: Request, who: Reader, path: str, no: int) -> Response:
    """One visit as the steps it takes: what is done, what can be done, and why the rest cannot yet."""
    office = office_of(request)
    ticket, visit = visit_of(office, who, path, no)
    return _page(request, office, who, ticket, visit)


@router.post("/visits/{path}/{no}/{command}")
def step(request: Request, who: Writer, path: str, no: int, command: str, form: Form) -> Response:
    """Record a step. Refused or wrong, the page comes back with all that was typed, and says why."""
    office = office_of(request)
    ticket, visit = visit_of(office, who, path, no)
    if command not in COMMANDS_OF_A_VISIT or command == "attach-file":
        raise WebError("no-such-page", 404)
    asked = command_of(command)
    wish = wish_of(office, asked, form)
    values = dict(wish.values)
    if "visit" in asked.model_fields:
        values["visit"] = visit.no
    wish = wish._replace(values=values, expect=None)
    try:
        give(office, who, ticket.number, wish)
    except (Refused, BadInput, CommandReused) as no_:
        now = office.desk.state(ticket.number)
        again = now.find_visit(no) or visit
        return _page(request, office, who, now, again, status=status_of(no_), problem=no_, tried=command, form=form)
    return RedirectResponse(f"/visits/{as_path(ticket.number)}/{no}?done={command}#next", 303)


def _page(
    request: Request, office: Office, who: Who, ticket: Ticket, visit: Visit, *, status: int = 200,
    problem: Any = None, tried: str = "", form: FormData | None = None,
) -> Response:  # fmt: skip
    lang, now = lang_of(request), office.now().astimezone(office.zone)
    position = office.live.position()
    book = office.desk.playbook_of(ticket)
    steps = steps_of(office.desk, ticket, visit, who.actor, who.role, now)
    before, there = checks_of(ticket, visit, book)
    said = {
        step.name: reasons_of(step.reasons, ticket.number, step.command, lang) for step in steps
    }  # fmt: skip
    given = {key: value for key, value in form.multi_items() if isinstance(value, str)} if form is not None else {}
    expected = max(visit.start, now) if visit.start is not None else now + timedelta(hours=1)
    return frame_of(request).page(
        request, "visit.html", who, status, ticket=ticket, visit=visit, book=book, trip=trip_of(ticket, visit, book), steps=steps, why=said,
        current=current_of(steps), before=before, there=there, drawable=drawable(ticket),
        may_miss=may_miss(office.desk, ticket, visit, who.actor, who.role, now), position=position, places=place_of, window=window_of,
        made=now, offset=offset_of(now), expected=f"{expected.astimezone(office.zone):%Y-%m-%dT%H:%M}", new_id=office.new_id,
        problem=problem, tried=tried, given=given, wrong=field_wrong(problem, lang) if problem is not None else {},
        pictures=[file for file in ticket.files if file.ref == f"visit:{visit.no}" and (file.media_type or "").startswith("image/")],
        paid=visit.paid, rows=3,
    )  # fmt: skip


def _goes_out(office: Office, who: Who) -> None:
    """Raises WebError `visits-not-yours` for a role that is not sent to customers."""
    if who.role not in office.desk.playbook.duties["depart"].roles:
        raise WebError("visits-not-yours", 403)


def visit_of(office: Office, who: Who, path: str, no: int) -> tuple[Ticket, Visit]:
    """A visit that *who* is sent on. Raises UnknownTicket also where somebody else is: that it is there is his secret."""
    _goes_out(office, who)
    ticket = ticket_of(office, who, path)
    visit = ticket.find_visit(no)
    if visit is None or who.actor not in visit.crew:
        raise UnknownTicket("unknown-ticket", ticket=ticket.number)
    return ticket, visit


def place_of(address: str) -> tuple[str, str]:
    """Links that show an address on a map: one for the telephone's own, one for a page that knows China."""
    return "geo:0,0?q=" + quote(address, safe=""), MAP + quote(address, safe="")


def window_of(visit: Visit, now: datetime) -> tuple[str, str]:
    """When a visit begins and ends by the house's clock; empty where nobody said."""
    return tuple(f"{at.astimezone(now.tzinfo):%H:%M}" if at is not None else "" for at in (visit.start, visit.end))  # type: ignore[return-value]


def offset_of(moment: datetime) -> str:
    """How far the house's clocks are from UTC, as a moment says it: `+08:00`."""
    return moment.isoformat()[-6:]
