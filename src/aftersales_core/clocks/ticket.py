"""工单时钟: every clock of a ticket, with what it ran, what it stood still, and why; computed from facts when asked.

    for clock in clocks_of(ticket, playbook, as_of, history):
        print(clock.id, clock.state, clock.due)

A clock that stopped stays as it stopped. Reopening a ticket lets those run on that its closing stopped short; what is
owed anew after it (a booking, a slip of a new visit, a call-back after a new installation) has a new run of its clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

from aftersales_core.clocks.calendar import WorkCalendar
from aftersales_core.clocks.clock import Clock, Pause, Segment, run
from aftersales_core.clocks.limits import calendar_of, limit_of, moment, pauses_of, shown
from aftersales_core.clocks.moments import holds, told
from aftersales_core.facts import Entry
from aftersales_core.playbooks.model import ClockRule, Playbook
from aftersales_core.state import Ticket, effective, evolve

ClockState: TypeAlias = Literal["running", "paused", "overdue", "breached", "met", "late", "dropped"]
"""In time; standing still; past its due time and not breached; breached; stopped in time; stopped too late; the ticket
was cancelled while it ran."""


@dataclass(frozen=True, slots=True)
class TicketClock:
    """A clock of the playbook on one ticket.

    Attributes:
        id: of the clock; *ref*: the part of the ticket it is about, empty for the ticket itself.
        start, stop: since when it counts; when it was stopped, None while it goes on.
        due: until when it is in time; None while it stands still. *breach_at*: until when it is not breached; None where
            no clause makes it a breach.
        elapsed: time that counted. *remaining*: what is left to the due time, below zero when over: of the time that
            counts for limits in hours, of time as it passes for limits in days; None while nobody knows.
        segments: from start to stop or now, what ran, stood still or was closed.
        task: the task of the worklist that it drives. *escalates_to*: who is to know of a breach.
    """

    id: str
    ref: str
    state: ClockState
    start: datetime
    stop: datetime | None
    due: datetime | None
    breach_at: datetime | None
    elapsed: timedelta
    remaining: timedelta | None
    segments: tuple[Segment, ...]
    clauses: tuple[str, ...]
    task: str | None = None
    escalates_to: str | None = None


class _Step(NamedTuple):
    """The ticket after something happened; the moment is None where no history tells it."""

    at: datetime | None
    ticket: Ticket


class _Life:
    """One run of a clock while the history is gone through."""

    __slots__ = ("breach", "dropped", "ref", "start", "stop")

    def __init__(self, ref: str, start: datetime) -> None:
        self.ref = ref
        self.start = start
        self.stop: datetime | None = None
        self.breach: datetime | None = None
        self.dropped = False


def clocks_of(
    ticket: Ticket, playbook: Playbook, as_of: datetime, history: Sequence[Entry] = ()
) -> tuple[TicketClock, ...]:
    """Every clock of *playbook* that has started on the ticket by *as_of*, in order of the playbook and of their start.

    Args:
        ticket: its state at *as_of*; looked at only where there is no history.
        history: all its entries. Without them only the state is asked. It tells every clock that runs as the history
            does, but for moments the state does not time; it has forgotten some clocks that have stopped.
    """
    if not playbook.every_clock:
        return ()
    calendar = calendar_of(playbook)
    steps = list(_steps(ticket, as_of, history))
    return tuple(
        _clock(rule, life, calendar, as_of, pauses_of(rule, steps[-1].ticket))
        for rule in playbook.every_clock
        for life in sorted(_lives(rule, steps, calendar), key=lambda each: each.start)
    )


def _steps(ticket: Ticket, as_of: datetime, history: Sequence[Entry]) -> Iterator[_Step]:
    if not history:
        if ticket.version:
            yield _Step(None, ticket)
        return
    state = Ticket(ticket.number)
    for entry in effective(history):
        if entry.occurred_at <= as_of:
            state = evolve(state, entry)
            yield _Step(entry.occurred_at, state)


def _lives(rule: ClockRule, steps: Iterable[_Step], calendar: WorkCalendar) -> Iterator[_Life]:
    latest: dict[str, _Life] = {}
    for at, ticket in steps:
        owed = told(rule.since, ticket, rule.id) if holds(rule.when, ticket) else iter(())
        ended = dict(told(rule.until, ticket, rule.id)) if rule.until else {}
        over = ticket.stage == "CANCELLED" or (ticket.stage == "CLOSED" and not rule.after_closing)
        there = set()
        for ref, when in owed:
            life = latest.get(ref)
            start = moment(when, calendar) or (life.start if life and life.stop is None else at)
            if start is None:
                continue
            there.add(ref)
            if life is None or (life.stop is not None and life.start != start):
                if over:
                    continue
                if life is not None:
                    yield life
                life = latest[ref] = _Life(ref, start)
            life.start = start
            breach = _breach(rule, ref, ticket, calendar)
            end = moment(ended.get(ref, ended.get("")), calendar)
            if end is None and (ref in ended or "" in ended):
                # over, and only the history can say since when
                end = life.stop or at
            if over and end is None:
                # a clock that its ticket's end stopped short runs on when the ticket is reopened
                life.dropped = ticket.stage == "CANCELLED" and (life.dropped or life.stop is None)
                end = life.stop or at
            elif not over:
                life.dropped = False
            # what a breach counts from may be gone when the clock stops, but not while it runs
            life.breach = breach if end is None else breach or life.breach
            life.stop = end
        for ref, life in latest.items():
            if ref not in there and life.stop is None:
                life.dropped = ticket.stage == "CANCELLED"
                life.stop = moment(ended.get(ref, ended.get("")), calendar) or at
    yield from latest.values()


def _breach(rule: ClockRule, ref: str, ticket: Ticket, calendar: WorkCalendar) -> datetime | None:
    """The moment the second limit counts from."""
    if rule.breach is None or rule.breach == "due":
        return None
    found = dict(told(rule.breach.since, ticket, rule.id))
    return moment(found.get(ref, found.get("")), calendar)


def _clock(
    rule: ClockRule, life: _Life, calendar: WorkCalendar, as_of: datetime, pauses: list[Pause]
) -> TicketClock:
    limit = limit_of(rule.limit)
    found = run(limit, calendar, life.start, as_of, life.stop, pauses)
    due = None if found.due is None else shown(found.due.astimezone(calendar.zone), limit)
    second: Clock | None = None
    breach_at: datetime | None = None
    if rule.breach == "due":
        second, breach_at = found, due
    elif rule.breach is not None and life.breach is not None:
        further = limit_of(rule.breach)
        second = run(further, calendar, life.breach, as_of, life.stop, pauses)
        breach_at = None if second.due is None else shown(second.due.astimezone(calendar.zone), further)
    remaining = found.remaining
    if remaining is None and due is not None:
        remaining = due - min(life.stop or as_of, as_of)
    return TicketClock(
        rule.id, life.ref, _state(life, found, second), life.start, life.stop, due, breach_at, found.elapsed, remaining,
        found.segments, rule.clauses, rule.task or (rule.id if rule.reminds else None), rule.escalates_to,
    )  # fmt: skip


def _state(life: _Life, first: Clock, second: Clock | None) -> ClockState:
    if life.dropped:
        return "dropped"
    if first.state == "breached":
        return "breached" if second is not None and second.state == "breached" else "overdue"
    if second is not None and second.state == "breached":
        return "breached"
    return first.state
