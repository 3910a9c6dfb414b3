"""工单时钟: every clock of a ticket, with what it ran, what it stood still, and why; computed from facts when asked.

    for clock in clocks_of(ticket, playbook, as_of, history):
        print(clock.id, clock.state, clock.due)

A clock that stopped stays as it stopped. Reopening a ticket lets those run on that its closing stopped short; what is
owed anew after it (a booking, a slip of a new visit, a call-back after a new installation) has a new run of its clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from aftersales_core.clocks.calendar import WorkCalendar
from aftersales_core.clocks.clock import Clock, Pause, Segment, run
from aftersales_core.clocks.limits import calendar_of, limit_of, moment, pauses_of, shown
from aftersales_core.clocks.moments import holds, told
from aftersales_core.facts import Entry
from aftersales_core.playbooks.model import Breach, ClockRule, Playbook
from aftersales_core.state import Ticket, effective
from aftersales_core.state.history import fold

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
    counts = [_Count(rule, calendar) for rule in playbook.every_clock]
    if history:
        ticket = Ticket(ticket.number)
        for entry in effective(history):
            if entry.occurred_at <= as_of:
                fold(ticket, entry.fact, entry)
                for count in counts:
                    count.see(entry.occurred_at, ticket)
    elif ticket.version:
        for count in counts:
            count.see(None, ticket)
    return tuple(
        _clock(count.rule, life, calendar, as_of, pauses_of(count.rule, ticket))
        for count in counts
        for life in count.lives()
    )


class _Count:
    """The lives of one clock while a history is gone through."""

    __slots__ = ("_before", "_breach", "_calendar", "_latest", "_past", "rule")

    def __init__(self, rule: ClockRule, calendar: WorkCalendar) -> None:
        self.rule = rule
        self._calendar = calendar
        self._breach = rule.breach.since if isinstance(rule.breach, Breach) else None
        self._latest: dict[str, _Life] = {}
        self._past: list[_Life] = []
        self._before: object = None

    def lives(self) -> list[_Life]:
        """Every life so far, in order of their beginning."""
        return sorted([*self._past, *self._latest.values()], key=lambda each: each.start)

    def see(self, at: datetime | None, ticket: Ticket) -> None:
        """The ticket after something happened; *at* is None where no history tells when that was."""
        rule = self.rule
        owed = list(told(rule.since, ticket, rule.id)) if holds(rule.when, ticket) else []
        latest = self._latest
        if not owed and not latest:
            return
        ended = dict(told(rule.until, ticket, rule.id)) if rule.until else {}
        breaches = dict(told(self._breach, ticket, rule.id)) if self._breach else {}
        closed = ticket.stage == "CLOSED" and not rule.after_closing
        over = ticket.stage if closed or ticket.stage == "CANCELLED" else None
        # most facts have nothing to do with most clocks
        before, self._before = self._before, (owed, ended, breaches, over)
        if before == self._before and all(when is not None for _ref, when in owed):
            return
        calendar = self._calendar
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
                    self._past.append(life)
                life = latest[ref] = _Life(ref, start)
            life.start = start
            end = moment(ended.get(ref, ended.get("")), calendar)
            if end is None and (ref in ended or "" in ended):
                # over, and only the history can say since when
                end = life.stop or at
            if over and end is None:
                # a clock that its ticket's end stopped short runs on when the ticket is reopened
                life.dropped = over == "CANCELLED" and (life.dropped or life.stop is None)
                end = life.stop or at
            elif not over:
                life.dropped = False
            # what a breach counts from may be gone when the clock stops, but not while it runs
            breach = moment(breaches.get(ref, breaches.get("")), calendar)
            life.breach = breach if end is None else breach or life.breach
            life.stop = end
        for ref, life in latest.items():
            if ref not in there and life.stop is None:
                life.dropped = over == "CANCELLED"
                life.stop = moment(ended.get(ref, ended.get("")), calendar) or at


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
