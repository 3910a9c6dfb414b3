"""今日: what there is to do, by role; done, next, without leaving the page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from aftersales_core.rules.sight import conditions
from aftersales_web.access.gate import Form, Reader, Who, Writer, text_of
from aftersales_web.numbers import whole
from aftersales_web.office import Office, office_of
from aftersales_web.pages.day import LISTS, about, at_once, slots
from aftersales_web.pages.desk import command_of, give, record, ticket_of, wish_of
from aftersales_web.pages.frame import frame_of
from aftersales_web.problems import WebError

router = APIRouter()


@router.get("/")
def today(request: Request, who: Reader, list: str = "", at: str = "", after: str | None = None) -> Response:
    """The day's work of whoever looks, in his role; `at` shows another moment, as it would have been seen then."""
    return _page(request, office_of(request), who, list, at, after)


def _page(request: Request, office: Office, who: Who, only: str, at: str, after: str | None) -> Response:
    if only and only not in (*LISTS, "overdue"):
        raise WebError("no-such-page", 404)
    moment, then = _moment(office, at)
    where = conditions(who.viewer, office.desk.playbook)
    position = office.live.position()
    found = slots(office.desk, moment, who.role, where, only=only, after=after, then=then)
    late = sum(slot.late for slot in found) if not only else 0
    told: dict[str, Any] = {
        "slots": found, "only": only, "late": late, "then": then, "moment": moment, "first": after is None,
        "quick": {row.command for slot in found for row in slot.rows if at_once(row.command, office.desk.playbook)},
        "new_id": office.new_id, "query": urlencode({k: v for k, v in (("list", only), ("at", at)) if v}),
    }  # fmt: skip
    if not then:
        told["position"] = position
    return frame_of(request).page(request, "today.html", who, **told)


def _moment(office: Office, at: str) -> tuple[datetime, bool]:
    """The moment that is looked at, in the house's zone, and whether it is another one than now."""
    if not at:
        return office.now().astimezone(office.zone), False
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise WebError("today-bad-moment", 422, at=at) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=office.zone)).astimezone(office.zone), True


@router.post("/today/{path}/{command}")
def at_a_tap(request: Request, who: Writer, path: str, command: str, form: Form, list: str = "") -> Response:
    """Give a command that says enough by its name, and show what is left."""
    office = office_of(request)
    ticket, asked = ticket_of(office, who, path), command_of(command)
    wish = wish_of(office, asked, form)
    give(office, who, ticket.number, wish._replace(values={**about(asked, text_of(form, "ref")), **wish.values}))
    if "hx-request" in request.headers:
        return _page(request, office, who, list, "", None)
    return RedirectResponse("/?" + urlencode({k: v for k, v in (("list", list), ("done", command)) if v}), 303)


@router.post("/routines/{routine}/{day}")
def routine(request: Request, who: Writer, routine: str, day: date, form: Form) -> Response:
    """Say that a routine of the house was done for a day."""
    office = office_of(request)

    said: dict[str, Any] = {
        "command": "do-routine", "command_id": text_of(form, "command_id") or office.new_id(), "occurred_at": office.now(), "actor": who.actor,
        "role": who.role, "channel": "web", "routine": routine, "day": day,
    }  # fmt: skip
    if text_of(form, "found"):
        said["found"] = text_of(form, "found") if (number := whole(text_of(form, "found"))) is None else number
    if text_of(form, "note"):
        said["note"] = text_of(form, "note")
    record(office, said, timed=False)
    if "hx-request" in request.headers:
        return _page(request, office, who, text_of(form, "list"), "", None)
    return RedirectResponse("/", 303)
