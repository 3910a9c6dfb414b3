"""任务: what there is to do on a ticket, a function per thing that has a life of its own.

Each yields the tasks it finds in a state, open from the fact that causes them. When a task appears, is due and is
breached is said by the playbook's clock for it, where it has one; see `worklist`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple, TypeAlias

from aftersales_core.clocks import calendar_of, holds, moment, told
from aftersales_core.playbooks import Playbook
from aftersales_core.state import Leftover, Line, Ticket
from aftersales_core.state.conditions import nothing_open

UNDER_WAY: Final = frozenset({"DISPATCHED", "EN_ROUTE", "ON_SITE"})
"""A visit whose crew is on it."""

_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Task(NamedTuple):
    """A task before it is a row; see `worklist.TaskRow`."""

    name: str
    list: str
    command: str
    opens_at: datetime
    clauses: tuple[str, ...]
    due_at: datetime | None = None
    breach_at: datetime | None = None
    ref: str = ""


Find: TypeAlias = Callable[[Ticket, Playbook], Iterator[Task]]


def _known(moment: datetime | None, ticket: Ticket) -> datetime:
    """*moment*, or the nearest that a torn or imported history tells: a task is never lost for want of a time."""
    return (moment or ticket.stage_since or ticket.opened_at or ticket.last_at or _EVER).astimezone(UTC)


def intake(t: Ticket, _book: Playbook) -> Iterator[Task]:
    """A new matter is answered within the hours named (S-01, T-21) and triaged (L-03, T-14)."""
    if t.stage == "REPORTED":
        opened = _known(t.opened_at, t)
        if t.acknowledged_at is None:
            yield Task("respond", "office", "acknowledge", opened, ("S-01", "T-21"))
        yield Task("triage", "office", "triage", opened, ("L-03", "T-14"))
    elif t.stage == "TRIAGED" and t.needs_goods and not t.leftovers:
        # what is to be ordered has to be named as lines before anything else can happen
        yield Task("order-goods", "goods", "raise-leftover", _known(t.triaged_at, t), ("L-03",))


def visits(t: Ticket, _book: Playbook) -> Iterator[Task]:
    """A visit is booked once the goods are in (L-26, W-13), given people (L-13) and made (L-17)."""
    visit = t.visit
    since = _known(t.stage_since, t)
    state = visit.state if visit else ""
    ref = str(visit.no) if visit else ""
    if visit and visit.wish is not None and state in {"PLANNED", "DISPATCHED"}:
        yield Task("answer-wish", "to-book", "move-appointment", _known(visit.wish.at, t), ("L-12", "S-16"), ref=ref)
    if visit and state == "PLANNED":
        start = visit.start and visit.start.astimezone(UTC)
        yield Task(
            "dispatch",
            "to-dispatch",
            "dispatch",
            _known(visit.booked_at, t),
            ("L-13", "L-26"),
            start,
            ref=ref,
        )
    elif visit and state in UNDER_WAY:
        start = visit.start and visit.start.astimezone(UTC)
        yield Task("visit", "office", "complete-visit", since, ("L-17",), start, ref=ref)
    elif visit and state == "MISSED":
        since = _known(visit.start, t)
        yield Task("book", "to-book", "move-appointment", since, ("L-26", "L-12"), ref=ref)
    elif t.stage == "READY" or (t.stage == "TRIAGED" and (t.leftovers or not t.needs_goods)):
        yield Task("book", "to-book", "make-appointment", since, ("L-26", "W-13"))


def slips(t: Ticket, _book: Playbook) -> Iterator[Task]:
    """A slip is collected the day after (F-01, F-16, L-19), signed (F-17, L-20), passed on (F-18, L-21), entered (F-04)."""
    for visit in t.visits:
        if visit.installed_at is None:
            continue
        slip, ref = visit.slip, str(visit.no)
        if slip.state in {"NEW", "REFUSED", "SENT_BACK"}:
            opens = _known(visit.installed_at, t)
            command = "accept-work" if visit.state == "DONE" else "hand-in-slip"
            yield Task("collect-slip", "slips", command, opens, ("F-01", "F-16", "L-19"), ref=ref)
        elif slip.state == "HANDED_IN":
            opens = _known(slip.handed_in_at, t)
            yield Task("approve-slip", "to-review", "approve-slip", opens, ("F-17", "L-20"), ref=ref)
        elif slip.state == "APPROVED":
            opens = _known(slip.approved_at, t)
            yield Task("pass-on-slip", "slips", "pass-on-slip", opens, ("F-18", "L-21"), ref=ref)
        elif slip.state == "PASSED_ON":
            opens = _known(slip.passed_on_at, t)
            yield Task("register-slip", "slips", "register-slip", opens, ("F-04",), ref=ref)


def calls(t: Ticket, _book: Playbook) -> Iterator[Task]:
    """The customer is called the day after (R-01, R-06), the call entered (R-09) and shared (R-10).

    The first call must not come later than so many days after the FIRST installation, whatever visit came after it
    (R-07, R-08). A call after a later visit has its day, but that clock has stopped.
    """
    # a waived line can leave an installed ticket called back as class B only, and it cannot be closed like that
    if t.first_installed_at and (t.uncalled or t.stage == "INSTALLED"):
        opens = _known(t.last_installed_at if t.calls else t.first_installed_at, t)
        yield Task("call-back", "calls", "revisit", opens, ("R-01", "R-06", "R-07", "R-08"))
    if t.call and not t.call.registered:
        yield Task("register-call", "calls", "register-revisit", _known(t.call.at, t), ("R-09",))
    elif t.call and not t.call.shared:
        yield Task("share-call", "calls", "share-revisit", _known(t.call.at, t), ("R-10",))


def leftovers(t: Ticket, _book: Playbook) -> Iterator[Task]:
    """A leftover is written down (W-01), gets a sheet (L-05), a review (L-06), is confirmed (W-05) and ruled (W-06)."""
    for order in t.leftovers:
        ref, opens = str(order.no), _known(order.raised_at, t)
        unordered = any(line.needs_goods and line.state == "RAISED" for line in order.lines)
        if unordered:
            yield from _sheet(order, ref, opens)
        if order.open and order.confirmed_at is None:
            yield Task("confirm-leftover", "calls", "confirm-leftover", opens, ("R-14", "W-05"), ref=ref)
        elif order.confirmed_at is not None and order.party is None:
            ruled = _known(order.confirmed_at, t)
            yield Task("rule-liability", "to-review", "rule-liability", ruled, ("W-06",), ref=ref)


def _sheet(order: Leftover, ref: str, opens: datetime) -> Iterator[Task]:
    if order.sheet in {"NEW", "RETURNED"}:
        # told by word of mouth only: the crew puts it in writing first, and the task stays one task
        first = order.visit is not None and not order.written
        command, clauses = ("write-leftover", ("W-01", "L-05")) if first else ("issue-sheet", ("L-05",))
        yield Task("issue-sheet", "goods", command, opens, clauses, ref=ref)
    elif order.sheet == "ISSUED":
        yield Task("review-sheet", "to-review", "review-sheet", opens, ("L-06",), ref=ref)
    elif order.sheet == "REVIEWED":
        yield Task("order-goods", "goods", "order-goods", opens, ("L-08",), ref=ref)


def goods(t: Ticket, _book: Playbook) -> Iterator[Task]:
    """Every ordered line is followed by the promised date (G-04, G-06, W-07); what is in is told in time (W-12)."""
    for line in t.lines:
        if line.outstanding and line.state != "RAISED":
            opens = _known(line.ordered_at, t)
            yield Task("track-goods", "goods", _next_of(line), opens, ("G-04", "G-06", "W-07"), ref=line.id)
    if t.unnotified_since:
        yield Task("notify-arrival", "goods", "notify-arrival", _known(t.unnotified_since, t), ("W-12",))


def _next_of(line: Line) -> str:
    if line.bad:
        return "reject-goods"
    if line.good:
        return "receive-goods"
    if line.state == "ORDERED":
        return "ship-goods" if line.promised_on else "promise-goods"
    return "inspect-goods"


def complaints(t: Ticket, _book: Playbook) -> Iterator[Task]:
    """A complaint is looked into, then put right. (Q-03, R-16)"""
    for one in t.open_complaints:
        command = "rectify-complaint" if one.state == "INVESTIGATED" else "investigate-complaint"
        opens = _known(one.lodged_at, t)
        yield Task("complaint", "office", command, opens, ("Q-03", "R-16"), ref=str(one.no))


def closing(t: Ticket, book: Playbook) -> Iterator[Task]:
    """Nothing open, called back and entered: the papers are filed and the ticket is closed. (F-20, L-24)"""
    if t.stage != "REVISITED" or not nothing_open(t) or t.uncalled or (t.call and not t.call.registered):
        return
    visited = any(visit.installed_at for visit in t.visits)
    applies = {"always": True, "visited": visited, "leftover": any(order.open for order in t.leftovers)}
    unfiled = [p for p in book.papers("archive") if applies[p.when] and p.paper not in t.archived]
    command = "archive" if unfiled else "close"
    yield Task("close", "office", command, _known(t.stage_since, t), ("L-24", "F-20"))


def reminders(t: Ticket, book: Playbook) -> Iterator[Task]:
    """What the playbook's own clocks, notices and series remind of, until it is done. (F-15, F-23, N-02 … N-07, N-15)"""
    for rule in book.reminders:
        assert rule.reminds is not None
        if not holds(rule.when, t):
            continue
        owed = list(told(rule.since, t, rule.id))
        # most tickets owe little, and whether a paper was handed in is the dearer question
        settled = dict(told(rule.until, t, rule.id)) if owed and rule.until else {}
        for ref, when in owed:
            if ref not in settled and "" not in settled:
                opens = _known(moment(when, calendar_of(book)), t)
                yield Task(rule.id, rule.reminds.list, rule.reminds.command, opens, rule.clauses, ref=ref)


TASKS: Final[tuple[Find, ...]] = (intake, visits, slips, calls, leftovers, goods, complaints, closing, reminders)
"""Everything that finds tasks, in the order of a ticket's life."""
