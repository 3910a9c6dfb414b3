"""报表明细: the rows that the reports count: how long a ticket took, what score was given, what was wrong with what.

Each row is one ticket's, so that every number of a report opens to the tickets it came from; the counting itself is
in `aftersales_core.reports`. (I-02, I-05, R-22)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aftersales_core.clocks.moments import responded
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Shape
from aftersales_core.state import Ticket
from aftersales_core.views._base import View


@dataclass(frozen=True, slots=True)
class TimesRow:
    """How long a ticket took. (I-02, S-01)

    Attributes:
        month: of the application, in the house's time zone: `2026-11`.
        responded_at: the customer was first spoken to, or the matter was triaged.
        solved_at: the work was done and nothing is left over.
        response, solution, whole: minutes from the application to each of them and to closing.
        closing: minutes from solved to closed.
    """

    ticket: str
    month: str
    category: str
    stage: str
    opened_at: datetime
    responded_at: datetime | None
    solved_at: datetime | None
    closed_at: datetime | None
    response: int | None
    solution: int | None
    closing: int | None
    whole: int | None


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score a customer gave. (R-22, R-03, F-11, F-12)

    Attributes:
        source: `call-back`, or on the slip at acceptance `service` and `product`.
        no: of the call or the visit.
        month: in the house's time zone: `2026-11`.
        crew: who was there, in the order of their names, joined by "、"; of a call, the crew of the visit before it.
        score: 1 to 5.
    """

    ticket: str
    source: str
    no: int
    at: datetime
    month: str
    crew: str
    category: str
    score: int


@dataclass(frozen=True, slots=True)
class FaultRow:
    """Something that was wrong: a leftover line, or what a diagnosis found. (I-05)

    Attributes:
        ref: id of the line; empty for the diagnosis.
        occasion: number of the leftover order; lines of one order are one occasion.
        model: of the ticket; empty where nobody named it.
        day: in the house's time zone, `2026-11-02`.
        item: what was left over; of a diagnosis, what was found.
        cause: as written on the line; empty where it is not.
    """

    ticket: str
    ref: str
    occasion: int
    at: datetime
    day: str
    model: str
    item: str
    cause: str
    category: str


def _day(at: datetime, playbook: Playbook) -> str:
    try:
        return at.astimezone(ZoneInfo(playbook.timezone)).date().isoformat()
    except OverflowError:  # at the ends of the calendar, where only an import can bring a fact
        return at.date().isoformat()


def _month(at: datetime, playbook: Playbook) -> str:
    return _day(at, playbook)[:7]


def _minutes(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else (end - start) // timedelta(minutes=1)


def solved_at(ticket: Ticket) -> datetime | None:
    """When the work was done and nothing was left over; None while something is."""
    if ticket.stage not in {"INSTALLED", "REVISITED", "CLOSED"} or ticket.last_installed_at is None:
        return None
    return max([ticket.last_installed_at, *(line.closed_at for line in ticket.lines if line.closed_at)])


def times_rows(ticket: Ticket, playbook: Playbook) -> Iterator[TimesRow]:
    """The ticket's row; none for one taken over from elsewhere, whose application nobody timed."""
    opened = ticket.opened_at
    if opened is None or ticket.origin is not None:
        return
    first = next((at for _ref, at in responded(ticket) if isinstance(at, datetime)), None)
    solved = solved_at(ticket)
    closed = ticket.closed_at if solved else None
    yield TimesRow(
        ticket.number, _month(opened, playbook), ticket.category, ticket.stage, opened, first, solved, ticket.closed_at,
        _minutes(opened, first), _minutes(opened, solved), _minutes(solved, closed), _minutes(opened, closed),
    )  # fmt: skip


def score_rows(ticket: Ticket, playbook: Playbook) -> Iterator[ScoreRow]:
    """A row for every score: of every call-back, and of every acceptance for service and product."""

    def row(source: str, no: int, at: datetime, crew: tuple[str, ...], score: int) -> ScoreRow:
        who = "、".join(sorted(set(crew)))
        return ScoreRow(ticket.number, source, no, at, _month(at, playbook), who, ticket.category, score)

    for visit in ticket.visits:
        for source, score in (("service", visit.rating), ("product", visit.product_rating)):
            if score is not None and visit.accepted_at is not None:
                yield row(source, visit.no, visit.accepted_at, visit.crew, score)
    for no, call in enumerate(ticket.calls, 1):
        if call.satisfaction is not None:
            before = [v.crew for v in ticket.visits if v.installed_at and v.installed_at <= call.at]
            yield row("call-back", no, call.at, before[-1] if before else (), call.satisfaction)


def fault_rows(ticket: Ticket, playbook: Playbook) -> Iterator[FaultRow]:
    """A row for every leftover line, and one for what a diagnosis found."""

    def row(ref: str, occasion: int, at: datetime, item: str, cause: str) -> FaultRow:
        return FaultRow(
            ticket.number, ref, occasion, at, _day(at, playbook), ticket.model or "", item, cause, ticket.category
        )

    if ticket.finding and ticket.opened_at is not None:
        yield row("", 0, ticket.opened_at, ticket.finding, "")
    for order in ticket.leftovers:
        if order.raised_at is not None:
            yield from (row(x.id, order.no, order.raised_at, x.item, x.cause or "") for x in order.lines)


TIMES: Final = View(
    Shape("times", 1, TimesRow, ("ticket",), (("opened_at",), ("month",)), ("opened_at",)), of_ticket=times_rows
)
"""How long tickets took (时长)."""

SCORES: Final = View(
    Shape("scores", 1, ScoreRow, ("ticket", "source", "no"), (("at",), ("crew", "at")), ("at",)), of_ticket=score_rows
)
"""Every score that was given (评分)."""

FAULTS: Final = View(
    Shape("faults", 1, FaultRow, ("ticket", "ref"), (("at",), ("model", "item")), ("at",)), of_ticket=fault_rows
)
"""Everything that was wrong (问题)."""
