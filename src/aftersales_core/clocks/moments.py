"""时点: the moments of a ticket that a clock may count from or stop at, and the reasons for which it stands still.

A moment is read from the state and nothing else. It is told for every part of the ticket that has it: the part's
reference (number of a visit, a leftover order or a complaint, id of a line; empty for the ticket itself) and when it
was. A part for which the moment no longer holds is not told any more: an arrival that was passed on, a slip that was
sent back. Where the state does not keep the time, None is told, and only a history can say since when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import cache
from typing import Final, TypeAlias, get_args, get_type_hints

from aftersales_core.state import WAITING, Leftover, Line, Slip, Ticket, Visit
from aftersales_core.state.papers import lives, taken

When: TypeAlias = datetime | date | None
"""A moment, the beginning of a day, or a moment the state does not keep."""

Moment: TypeAlias = Callable[[Ticket], Iterator[tuple[str, When]]]
"""Part → when, for every part that has the moment."""

_UNDER_WAY: Final = frozenset({"PLANNED", "DISPATCHED", "EN_ROUTE", "ON_SITE"})


def _once(name: str) -> Moment:
    def of(t: Ticket) -> Iterator[tuple[str, When]]:
        if (at := getattr(t, name)) is not None:
            yield "", at

    return of


def _of_visit(name: str) -> Moment:
    return lambda t: ((str(v.no), at) for v in t.visits if (at := getattr(v, name)) is not None)


def _of_slip(name: str) -> Moment:
    assert name in Slip.__struct_fields__
    return lambda t: ((str(v.no), at) for v in t.visits if (at := getattr(v.slip, name)) is not None)


def _of_order(name: str) -> Moment:
    return lambda t: ((str(o.no), at) for o in t.leftovers if (at := getattr(o, name)) is not None)


def _of_line(name: str, holds: Callable[[Line], bool] = lambda _line: True) -> Moment:
    return lambda t: ((x.id, at) for x in t.lines if holds(x) and (at := getattr(x, name)) is not None)


def reported(t: Ticket) -> Iterator[tuple[str, When]]:
    """The matter came in; an old ticket taken over in a later stage is not answered again. (S-01, I-07)"""
    if t.opened_at is not None and (t.origin is None or t.stage == "REPORTED"):
        yield "", t.opened_at


def responded(t: Ticket) -> Iterator[tuple[str, When]]:
    """The customer was contacted, or the matter was triaged, which needs no less. (T-21)"""
    known = [at for at in (t.acknowledged_at, t.triaged_at) if at is not None]
    if known:
        yield "", min(known)
    elif t.stage not in {"NEW", "REPORTED", "CANCELLED"}:
        yield "", t.stage_since


def to_be_booked(t: Ticket) -> Iterator[tuple[str, When]]:
    """A visit is wanted and none is booked: the goods are in, or the customer was not there. (L-26, L-12)"""
    visit = t.visit
    if visit is not None and visit.state == "MISSED":
        yield str(visit.no), visit.start or t.stage_since or t.waiting_since("waiting-for-customer")
    elif visit is not None and visit.state in _UNDER_WAY:
        return
    elif t.stage == "READY" or (t.stage == "TRIAGED" and (t.leftovers or not t.needs_goods)):
        yield "", t.stage_since


def delivered(t: Ticket) -> Iterator[tuple[str, When]]:
    """The first visit that installed something; what was solved remotely or taken over from elsewhere has none. (N-01, N-06)"""
    known = [v.installed_at for v in t.visits if v.installed_at is not None]
    if known:
        yield "", min(known)


def call_owed(t: Ticket) -> Iterator[tuple[str, When]]:
    """The installation that a call-back is owed for: the first, or once there was a call-back the last. (R-06, R-08)"""
    first = t.first_installed_at
    if first is not None and (t.uncalled or t.stage == "INSTALLED"):
        yield "", (t.last_installed_at or first) if t.calls else first


def first_uncalled(t: Ticket) -> Iterator[tuple[str, When]]:
    """The FIRST installation, as long as nobody was called back. (R-07, R-08)"""
    if t.first_installed_at is not None and not t.calls:
        yield "", t.first_installed_at


def stage_since(t: Ticket) -> Iterator[tuple[str, When]]:
    """The ticket came to the stage it stands in."""
    if t.stage_since is not None:
        yield "", t.stage_since


def sheet_issued(t: Ticket) -> Iterator[tuple[str, When]]:
    """A handling sheet waits for its review. (L-06)"""
    return ((str(o.no), None) for o in t.leftovers if o.sheet == "ISSUED")


def sheet_reviewed(t: Ticket) -> Iterator[tuple[str, When]]:
    """A reviewed handling sheet has lines that are to be ordered. (L-08)"""
    for order in t.leftovers:
        if order.sheet == "REVIEWED" and any(x.needs_goods and x.state == "RAISED" for x in order.lines):
            yield str(order.no), None


def complaint_lodged(t: Ticket) -> Iterator[tuple[str, When]]:
    """A complaint is open. (Q-03)"""
    return ((str(c.no), c.lodged_at) for c in t.open_complaints if c.lodged_at is not None)


def complaint_rectified(t: Ticket) -> Iterator[tuple[str, When]]:
    """A complaint was put right. (N-15)"""
    return ((str(c.no), c.rectified_at) for c in t.complaints if c.rectified_at is not None)


def opinion_heard(t: Ticket) -> Iterator[tuple[str, When]]:
    """A customer said something, with the score or in a call-back: `visit-1`, `call-2`. (F-23, R-21)"""
    yield from ((f"visit-{v.no}", v.accepted_at) for v in t.visits if v.remark)
    yield from ((f"call-{no}", call.at) for no, call in enumerate(t.calls, 1) if call.remark)


def call_answered(t: Ticket) -> Iterator[tuple[str, When]]:
    """The latest call-back that was answered. (R-09)"""
    if t.call is not None:
        yield "", t.call.at


def _owed(line: Line) -> bool:
    return line.outstanding and line.state != "RAISED"


MOMENTS: Final[Mapping[str, Moment]] = {
    "reported": reported,
    "responded": responded,
    "triaged": _once("triaged_at"),
    "to-be-booked": to_be_booked,
    "visit-booked": _of_visit("booked_at"),
    "visit-arrived": _of_visit("arrived_at"),
    "visit-done": _of_visit("installed_at"),
    "first-installed": _once("first_installed_at"),
    "last-installed": _once("last_installed_at"),
    "delivered": delivered,
    "call-owed": call_owed,
    "first-uncalled": first_uncalled,
    "call-answered": call_answered,
    "slip-handed-in": _of_slip("handed_in_at"),
    "slip-approved": _of_slip("approved_at"),
    "slip-passed-on": _of_slip("passed_on_at"),
    "slip-registered": _of_slip("registered_at"),
    "leftover-raised": _of_order("raised_at"),
    "leftover-confirmed": _of_order("confirmed_at"),
    "sheet-issued": sheet_issued,
    "sheet-reviewed": sheet_reviewed,
    "goods-ordered": _of_line("ordered_at"),
    "goods-promised": _of_line("promised_on", _owed),
    "goods-in": _of_line("in_at"),
    "goods-entered": _once("unnotified_since"),
    "complaint-lodged": complaint_lodged,
    "complaint-rectified": complaint_rectified,
    "opinion-heard": opinion_heard,
    "stage-since": stage_since,
    "closed": _once("closed_at"),
}
"""Name → moment. `goods-promised` is the beginning of the promised day, while the goods are owed."""

_TIMES: Final[Mapping[str, tuple[type, Callable[[Ticket], Iterator[tuple[str, object]]]]]] = {
    "ticket": (Ticket, lambda t: iter([("", t)])),
    "visit": (Visit, lambda t: ((str(v.no), v) for v in t.visits)),
    "slip": (Slip, lambda t: ((str(v.no), v.slip) for v in t.visits)),
    "leftover": (Leftover, lambda t: ((str(o.no), o) for o in t.leftovers)),
    "line": (Line, lambda t: ((x.id, x) for x in t.lines)),
}
"""Kind of part → its record, and every one there is with its reference."""


@cache
def moment_of(name: str, occasion: str = "") -> Moment | None:
    """The moment behind a name of a playbook; None where there is none.

    Args:
        occasion: the clock that asks; `yearly:` counts on from its last follow-up.
    """
    if (plain := MOMENTS.get(name)) is not None:
        return plain
    kind, _, about = name.partition(":")
    if kind in _TIMES and about:
        record, parts = _TIMES[kind]
        hint = get_type_hints(record).get(about)
        if hint is None or not {datetime, date} & {hint, *get_args(hint)}:
            return None
        return lambda t: ((ref, at) for ref, part in parts(t) if (at := getattr(part, about)) is not None)
    if kind == "paper" and about.count(".") == 1:
        paper, step = about.split(".")
        return _of_paper(paper, step)
    if kind == "notice" and about:
        return lambda t: ((told.ref, told.at) for told in t.told if told.notice == about)
    if kind == "follow-up" and about:
        return lambda t: ((each.ref, each.at) for each in t.follow_ups if each.occasion == about)
    if kind == "field" and about:
        return lambda t: iter(() if (day := _day(t, about)) is None else [("", day)])
    if kind == "yearly" and about:
        return lambda t: _anniversary(t, about, occasion)
    return None


def told(name: str, ticket: Ticket, clock: str) -> Iterator[tuple[str, When]]:
    """The moment *name* of a ticket, as *clock* asks for it; the lint has seen to it that there is one."""
    found = moment_of(name, clock)
    assert found is not None, name
    return found(ticket)


def holds(when: Mapping[str, tuple[str, ...]], ticket: Ticket) -> bool:
    """Whether the ticket is one of those that a clock is for."""
    return all(getattr(ticket, name) in values for name, values in when.items())


def _of_paper(paper: str, step: str) -> Moment:
    def of(t: Ticket) -> Iterator[tuple[str, When]]:
        for kind in ("visit", "leftover", "ticket"):
            for told in lives(t, paper, kind):
                if (found := taken(told, step)) is not None:
                    yield told.ref.partition(":")[2], found.at

    return of


def _day(t: Ticket, field: str) -> date | None:
    said = t.filled(field)
    try:
        return date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None


def _anniversary(t: Ticket, field: str, occasion: str) -> Iterator[tuple[str, When]]:
    """The next anniversary of a date, after the ticket came in or the customer was last contacted for it. (N-07)"""
    day, known = _day(t, field), [each.at for each in t.follow_ups if each.occasion == occasion]
    since = max(known) if known else t.opened_at
    if day is None or since is None:
        return
    for year in (since.year, since.year + 1, since.year + 2):
        at = _in_year(day, year)
        # a greeting sent a few days early is this year's
        if at > since.date() and not (known and (at - since.date()).days <= EARLY):
            yield "", at
            return


EARLY: Final = 31
"""So many days before an anniversary a contact counts for it."""


def _in_year(day: date, year: int) -> date:
    """The same day of another year; 1 March for 29 February where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


UNTIMED: Final = frozenset({"sheet-issued", "sheet-reviewed"})
"""Moments whose time only a history tells; the worklist, which sees a state, cannot count from them."""


PAUSES: Final = WAITING
"""Name → whether the ticket waits; for how long it did, its state remembers."""

TASKS: Final = (
    "respond", "triage", "order-goods", "dispatch", "visit", "book", "answer-wish", "collect-slip", "approve-slip", "pass-on-slip",
    "register-slip", "call-back", "register-call", "share-call", "issue-sheet", "review-sheet", "confirm-leftover",
    "rule-liability", "track-goods", "notify-arrival", "complaint", "close",
)  # fmt: skip
"""Tasks of the worklist that a clock may drive."""
