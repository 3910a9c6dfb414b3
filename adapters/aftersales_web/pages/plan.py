"""排班: who goes where and when, some days at once; what waits to be booked; where two visits overlap."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from aftersales_core.ports import Where
from aftersales_core.rules.sight import conditions
from aftersales_core.state import Ticket
from aftersales_core.values import EARLIEST, LATEST
from aftersales_core.views import ROSTER, WORKLIST
from aftersales_core.wording import Lang
from aftersales_web.access.gate import Reader
from aftersales_web.numbers import whole
from aftersales_web.office import Office, office_of
from aftersales_web.pages.desk import branches_of, people_of
from aftersales_web.pages.frame import frame_of
from aftersales_web.pages.planning import Load, days_of, lanes_of, loads_of
from aftersales_web.problems import WebError
from aftersales_web.wording import said

router = APIRouter()

SPANS: Final = (1, 7, 14)
"""How many days are shown at once."""

MOST: Final = 2000
"""Visits on one page; more are not read, and it is said."""

WAITING: Final = 40
"""Tickets that wait to be booked, on one page."""


@router.get("/plan")
def plan(request: Request, who: Reader, first: str = "", days: str = "7", branch: str = "", crew: str = "") -> Response:
    """The visits of some days, a lane for each person; beside them what waits to be booked or to be given people."""
    office = office_of(request)
    now = office.now().astimezone(office.zone)
    count = whole(days)
    if count not in SPANS:
        raise WebError("plan-bad-span", 422, value=days, spans=", ".join(map(str, SPANS)))
    begin = day_of(first) if first else now.date() - timedelta(days=now.weekday()) if count > 1 else now.date()
    seen = [*conditions(who.viewer, office.desk.playbook), *([Where("branch", "eq", branch)] if branch else [])]
    start = datetime.combine(begin, time(), office.zone)
    end = datetime.combine(begin + timedelta(days=count), time(), office.zone)
    position = office.live.position()
    found = office.desk.look(ROSTER, [*seen, Where("start", "ge", start), Where("start", "lt", end)], order=("start",), limit=MOST)
    people = people_of(office)
    lanes = [lane for lane in lanes_of(found.rows, people, office.zone, now) if crew in ("", lane.person)]
    waiting = office.desk.look(
        WORKLIST, [*seen, Where("list", "eq", "to-book"), Where("opens_at", "le", now)], order=("due_at",), limit=WAITING
    )
    here = {"first": begin.isoformat() if first else "", "days": str(count) if count != 7 else "", "branch": branch, "crew": crew}

    def query(**other: str) -> str:
        told = {name: value for name, value in {**here, **other}.items() if value}
        return "/plan?" + urlencode(told) if told else "/plan"

    told: dict[str, Any] = {
        "lanes": lanes, "days": days_of(begin, count, office.calendar, now.date()), "count": count, "spans": SPANS,
        "query": query, "begin": begin, "before": begin - timedelta(days=count), "after": begin + timedelta(days=count),
        "waiting": waiting.rows, "more": waiting.next is not None, "cut": found.next is not None, "branches": branches_of(office, who), "branch": branch,
        "people": people, "crew": crew, "most": MOST, "today": now.date(),
        "may": lambda command: who.role in office.desk.playbook.duties[command].roles, "position": position,
        "clashes": len({(slot.row.ticket, slot.row.visit) for lane in lanes for cell in lane.cells.values() for slot in cell if slot.clash}),
    }  # fmt: skip
    return frame_of(request).page(request, "plan.html", who, **told)


def people_for(office: Office, ticket: Ticket, no: int | None, lang: Lang) -> dict[str, str]:
    """Who can be sent on a visit of *ticket*, its latest unless *no* is given: account → name, and how busy he is that day where he is."""
    people = people_of(office)
    visit = ticket.find_visit(no) if no is not None else ticket.visit
    if visit is None or visit.start is None:
        return people
    start = datetime.combine(visit.start.astimezone(office.zone).date(), time(), office.zone)
    day = [Where("start", "ge", start), Where("start", "lt", start + timedelta(days=1))]
    loads = loads_of(office.desk.look(ROSTER, day, limit=MOST).rows, visit, ticket.number)
    return {person: _busy(name, loads[person], lang) if person in loads else name for person, name in people.items()}


def _busy(name: str, load: Load, lang: Lang) -> str:
    return said("plan-person-clash" if load.clash else "plan-person-busy", lang, name=name, n=load.visits)


def day_of(text: str) -> date:
    """A day of an address. Raises WebError `plan-bad-day`."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.min
    if not EARLIEST.date() <= found <= LATEST.date():
        raise WebError("plan-bad-day", 422, value=text)
    return found
