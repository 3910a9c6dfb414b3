"""我的上门: the visits of whoever goes to customers, in the order they come, and each as the steps it takes.

Plain functions of a ticket, a playbook and a reader; what HTTP is, says `visits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final

from aftersales_core import Desk
from aftersales_core.playbooks import Playbook
from aftersales_core.playbooks.mechanisms import CheckItem, Checklist
from aftersales_core.ports import Where
from aftersales_core.rules import COMMANDS, Refusal
from aftersales_core.rules.asks import applies
from aftersales_core.rules.sight import listed
from aftersales_core.state import Line, Ticket, Visit
from aftersales_core.views import BOARD

OPEN_STAGES: Final = ("TRIAGED", "DISPATCHED", "INSTALLED", "AWAITING_GOODS", "READY", "REVISITED")
"""Where a ticket can stand of which a visit is still to be made, or its slip to be handed in."""

SLIP_DUE: Final = frozenset({"NEW", "REFUSED", "SENT_BACK"})
"""States of a slip that the crew still has in hand."""

UNDER_WAY: Final = frozenset({"DISPATCHED", "EN_ROUTE", "ON_SITE"})

COMMANDS_OF_A_VISIT: Final = (
    "confirm-arrival", "draw-goods", "depart", "arrive", "miss-visit", "tick-checks", "collect-payment", "complete-visit",
    "raise-leftover", "accept-work", "hand-in-slip", "attach-file",
)  # fmt: skip
"""What can be recorded from a telephone at the customer's."""

WAITS_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "depart": ("confirm-arrival", "draw-goods", "checks-before"),
    "arrive": ("depart",),
    "collect-payment": ("arrive",),
    "complete-visit": ("arrive", "checks-there"),
    "accept-work": ("complete-visit",),
    "hand-in-slip": ("accept-work",),
}
"""Step → the steps before it. A telephone without network opens it once they wait to be sent; the rules decide when they are."""


@dataclass(frozen=True, slots=True)
class Trip:
    """A visit of a ticket, as it stands in somebody's list.

    Attributes:
        group: `today`, `later`, or `earlier` for one of another day that is not finished.
        finished: nothing is left to do for the crew.
        papers: forms made out for it; *papers_missing*: those it may not go without.
        lines: what earlier visits left over and this one is for.
    """

    ticket: Ticket
    visit: Visit
    group: str
    finished: bool
    papers: tuple[str, ...]
    papers_missing: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """An item of a checklist: ticked or not, with a photo where it wants one."""

    item: CheckItem
    ticked: bool
    photo: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a visit.

    Attributes:
        name: of the step; *command*: what it records.
        state: `done`, `open`, or `shut` with the *reasons* why: sentences of refusals.
        opens_with: steps that open it on a telephone as soon as they wait to be sent; empty where only the office can.
        optional: the way goes on without it.
    """

    name: str
    command: str
    state: str
    at: datetime | None = None
    reasons: tuple[Refusal, ...] = ()
    opens_with: tuple[str, ...] = ()
    optional: bool = False


def is_finished(visit: Visit) -> bool:
    """Whether the crew has nothing more to do: the slip is handed in, or there was nothing to accept."""
    return visit.state == "ENDED" or (visit.installed_at is not None and visit.state == "ACCEPTED" and visit.slip.state not in SLIP_DUE)


def trips(desk: Desk, actor: str, now: datetime) -> list[Trip]:
    """The visits that *actor* is sent on: today's, those of later days, and unfinished ones of before.

    Args:
        now: in the house's zone.
    """
    where = [Where("assigned", "contains", listed((actor,))), Where("stage", "in", OPEN_STAGES)]
    found: list[Trip] = []
    after = None
    while True:
        page = desk.look(BOARD, where, after=after, limit=200)
        for row in page.rows:
            ticket = desk.state(row.ticket)
            book = desk.playbook_of(ticket)
            found += (trip for visit in ticket.visits if actor in visit.crew for trip in _trip(ticket, visit, book, now))
        after = page.next
        if after is None:
            break
    order = {"today": 0, "later": 1, "earlier": 2}
    return sorted(found, key=lambda trip: (order[trip.group], trip.visit.start or now, trip.ticket.number))


def _trip(ticket: Ticket, visit: Visit, book: Playbook, now: datetime) -> Iterable[Trip]:
    finished = is_finished(visit)
    day = _day(visit, now)
    if day == now.date():
        group = "today"
    elif finished:
        return
    else:
        group = "later" if day > now.date() else "earlier"
    yield trip_of(ticket, visit, book, group)


def trip_of(ticket: Ticket, visit: Visit, book: Playbook, group: str = "today") -> Trip:
    """One visit with what is to be taken along and what it is for."""
    lines = tuple(
        line for order in ticket.leftovers if order.visit != visit.no for line in order.lines
        if line.open or any(line.id == drawn for drawn, _qty in visit.drawn)
    )  # fmt: skip
    missing: tuple[str, ...] = ()
    if visit.state in ("PLANNED", "DISPATCHED", "MISSED"):
        wanted = [paper.paper for paper in book.papers("departure") if paper.when == "always" or (paper.when == "leftover" and lines)]
        missing = tuple(paper for paper in dict.fromkeys(wanted) if paper not in visit.papers)
    return Trip(ticket, visit, group, is_finished(visit), visit.papers, missing, lines)


def _day(visit: Visit, now: datetime) -> date:
    return visit.start.astimezone(now.tzinfo).date() if visit.start is not None else now.date()


def checks_of(ticket: Ticket, visit: Visit, book: Playbook) -> tuple[list[Check], list[Check]]:
    """The items of the playbook's checklists for a visit: those before setting out, and those on site."""
    photos = {file.check: file.digest for file in ticket.files if file.ref == f"visit:{visit.no}" and file.check}
    before: list[Check] = []
    there: list[Check] = []
    for rule in book.checklist:
        # a list that also hangs on a command's own words is shown; the rules ask for it when it is time
        if not applies({name: values for name, values in rule.when.items() if name in Ticket.__struct_fields__}, None, ticket):
            continue
        for item in rule.items:
            ticked = bool({item.id, item.title.zh, item.title.en} & set(visit.checks))
            (before if _before(rule) else there).append(Check(item, ticked, photos.get(item.id)))
    return before, there


def _before(rule: Checklist) -> bool:
    return "depart" in rule.commands


def steps_of(desk: Desk, ticket: Ticket, visit: Visit, actor: str, role: str, now: datetime) -> list[Step]:
    """Every step of a visit in the order it is taken: done, open now, or shut and why."""
    book = desk.playbook_of(ticket)
    before, there = checks_of(ticket, visit, book)
    asked = partial(_refusals, desk, ticket, visit, actor, role, now)
    told: list[tuple[str, str, bool, datetime | None, bool]] = [
        ("confirm-arrival", "confirm-arrival", visit.address_confirmed and visit.expected_at is not None, None, False)
    ]
    if drawable(ticket) or visit.drawn:
        told.append(("draw-goods", "draw-goods", not drawable(ticket), None, False))
    if before:
        told.append(("checks-before", "tick-checks", all(_held(check) for check in before), None, False))
    told += [
        ("depart", "depart", visit.departed_at is not None or visit.state not in ("PLANNED", "DISPATCHED", "MISSED"), visit.departed_at, False),
        ("arrive", "arrive", visit.arrived_at is not None or visit.installed_at is not None, visit.arrived_at, False),
    ]
    if there:
        told.append(("checks-there", "tick-checks", all(_held(check) for check in there), None, False))
    told += [
        ("photos", "attach-file", False, None, True),
        ("collect-payment", "collect-payment", False, None, True),
        ("complete-visit", "complete-visit", visit.installed_at is not None or visit.state == "ENDED", visit.installed_at, False),
        ("accept-work", "accept-work", visit.accepted_at is not None, visit.accepted_at, False),
        ("hand-in-slip", "hand-in-slip", visit.slip.state not in SLIP_DUE, visit.slip.handed_in_at, False),
    ]
    done = {name for name, _command, over, _at, _optional in told if over}
    names = [name for name, *_rest in told]
    found: list[Step] = []
    for name, command, over, at, optional in told:
        if over:
            found.append(Step(name, command, "done", at, optional=optional))
            continue
        refusals = asked(command)
        if not refusals:
            found.append(Step(name, command, "open", optional=optional))
            continue
        waits = tuple(each for each in WAITS_FOR.get(name, ()) if each in names and each not in done)
        opens = waits if visit.state in (*UNDER_WAY, "DONE", "ACCEPTED") and all(map(_phones, refusals)) else ()
        found.append(Step(name, command, "shut", None, refusals, opens, optional))
    return found


def _held(check: Check) -> bool:
    return not check.item.must or (check.ticked and (check.photo is not None or not check.item.photo))


def _phones(refusal: Refusal) -> bool:
    """Whether what stands in the way is something that the crew records itself."""
    return refusal.code in ("part-not-there", "work-not-done", "work-not-accepted") or bool(set(refusal.remedies) & set(COMMANDS_OF_A_VISIT))


def drawable(ticket: Ticket) -> tuple[tuple[Line, int], ...]:
    """Lines whose goods lie in the warehouse, with the pieces to be drawn."""
    return tuple((line, line.arrived - line.drawn) for line in ticket.lines if line.state == "IN" and line.arrived > line.drawn)


def may_miss(desk: Desk, ticket: Ticket, visit: Visit, actor: str, role: str, now: datetime) -> bool:
    """Whether it can be said now that nobody let the crew in."""
    return not _refusals(desk, ticket, visit, actor, role, now, "miss-visit")


def current_of(steps: Sequence[Step]) -> str:
    """The step that comes next: the first open one that the way does not go on without; else any that is open."""
    for step in steps:
        if step.state == "open" and not step.optional:
            return step.name
    return ""


def _refusals(desk: Desk, ticket: Ticket, visit: Visit, actor: str, role: str, now: datetime, command: str) -> tuple[Refusal, ...]:
    """Why *command* could not be recorded of this visit now, asked with words that nothing can be held against."""
    cls = COMMANDS[command]
    said: dict[str, Any] = {
        "command": command, "ticket": ticket.number, "command_id": "asked", "occurred_at": now, "actor": actor, "role": role,
        **_said(command, ticket, now),
    }  # fmt: skip
    if "visit" in cls.model_fields:
        said["visit"] = visit.no
    return tuple(each for each in desk.refusals(desk.parse(said)) if not each.soft)


def _said(command: str, ticket: Ticket, now: datetime) -> dict[str, Any]:
    plain: dict[str, dict[str, Any]] = {
        "confirm-arrival": {"address_confirmed": True, "expected_at": now},
        "arrive": {"customer_present": True},
        "miss-visit": {"reason": "-"},
        "tick-checks": {"items": ("-",)},
        "collect-payment": {"amount": 0, "receipt_no": "x"},
        "complete-visit": {"work": "-"},
        "accept-work": {"by": "customer", "signed_by": "-"},
        "attach-file": {"digest": "0" * 64, "media_type": "image/jpeg", "size": 1},
        "raise-leftover": {"lines": ({"item": "-", "needs_goods": False},)},
    }
    if command == "draw-goods":
        return {"lines": [{"line": line.id, "qty": qty} for line, qty in drawable(ticket)] or [{"line": "L1-1", "qty": 1}]}
    return plain.get(command, {})
