"""时钟: deadlines as pure functions. Nothing is stored but facts; a clock is computed when somebody asks.

    clock = run(Limit(hours 8 of work), calendar, start, as_of, stop, pauses)

The answer carries its segments, so that a screen can show why, and is the same whenever it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from aftersales_core.clocks.calendar import DAY, Interval, WorkCalendar, merged, months_after, without
from aftersales_core.playbooks.model import Unit

Pause: TypeAlias = tuple[datetime, datetime | None]
"""From and to; without end it goes on."""

State: TypeAlias = Literal["running", "paused", "met", "late", "breached"]
"""Running and in time; paused and in time; stopped in time; stopped too late; still running and over."""

class Limit(NamedTuple):
    """How long: *amount* of *unit*."""

    amount: float
    unit: Unit


class Segment(NamedTuple):
    """A piece of a clock's time: it ran, it was paused, or nobody worked."""

    start: datetime
    end: datetime
    kind: Literal["ran", "paused", "closed"]


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a clock stands.

    Attributes:
        state: see `State`.
        elapsed: time that counted so far.
        remaining: time left, below zero when over; None for limits in days.
        due: when it is over, as things stand; None while it is paused with time left, for then nobody knows.
        segments: the whole of it from start to stop or now.
    """

    state: State
    elapsed: timedelta
    remaining: timedelta | None
    due: datetime | None
    segments: tuple[Segment, ...]


def run(
    limit: Limit,
    calendar: WorkCalendar,
    start: datetime,
    as_of: datetime,
    stop: datetime | None = None,
    pauses: Iterable[Pause] = (),
) -> Clock:
    """A clock from *start*, stopped at *stop* or still running at *as_of*.

    Args:
        pauses: from and to, in any order, overlapping or not; a pause without end goes on.
            Time paused twice over counts once.
    """
    end = min(stop, as_of) if stop is not None else as_of
    end = max(end, start)
    stopped = stop is not None and stop <= as_of
    known = [(a, b) for a, b in pauses if a <= end]
    still = [a for a, b in known if not stopped and (b is None or b > as_of)]
    if not known and limit.unit != "working-hours":
        return _plain(limit, calendar, start, end, stopped)
    taken = merged((max(a, start), min(b or end, end)) for a, b in known)
    worked = list(calendar.intervals(start, end)) if limit.unit == "working-hours" else [(start, end)] if end > start else []
    ran = list(without(worked, taken))
    elapsed = sum((b - a for a, b in ran), timedelta())
    segments = tuple(_segments(start, end, ran, taken))
    if limit.unit in {"working-hours", "hours"}:
        length = timedelta(hours=limit.amount)
        remaining = length - elapsed
        due = _due(limit, calendar, start, taken, min(still, default=None))
        over = remaining < timedelta() or (due is not None and end > due)
        return Clock(_state(over, stopped, bool(still)), elapsed, remaining, due, segments)
    due = day_limit(limit, calendar, start)
    return Clock(_state(end > due, stopped, bool(still)), elapsed, None, due, segments)


def _plain(limit: Limit, calendar: WorkCalendar, start: datetime, end: datetime, stopped: bool) -> Clock:
    """A clock that ran all the time."""
    elapsed = end - start
    segments = (Segment(start, end, "ran"),) if elapsed else ()
    if limit.unit == "hours":
        length = timedelta(hours=limit.amount)
        due = start + length
        return Clock(_state(elapsed > length, stopped, False), elapsed, length - elapsed, due, segments)
    due = day_limit(limit, calendar, start)
    return Clock(_state(end > due, stopped, False), elapsed, None, due, segments)


def due_time(
    limit: Limit, calendar: WorkCalendar, start: datetime, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """When *limit* from *start* is over: what `run` says of a clock that nobody stopped, at any moment after its pauses.

    None while it stands still with time left, for then nobody knows, and where the time never comes.
    """
    if limit.unit not in {"working-hours", "hours"}:
        return day_limit(limit, calendar, start)
    known = list(pauses)
    if limit.unit == "hours" and not known:
        return start + timedelta(hours=limit.amount)
    taken = merged((max(a, start), b) for a, b in known if b is not None)
    return _due(limit, calendar, start, taken, min((a for a, b in known if b is None), default=None))


def day_limit(limit: Limit, calendar: WorkCalendar, start: datetime) -> datetime:
    """The end of a limit in days; the day it starts on is day 0."""
    day = start.astimezone(calendar.zone).date()
    count = int(limit.amount)
    if limit.unit == "days":
        return calendar.end_of_day(day + count * DAY)
    if limit.unit == "days-rolled":
        last = day + count * DAY
        if calendar.works_on(last):
            return calendar.end_of_day(last)
        rolled = calendar.end_of_work(calendar.next_working_day(last))
        assert rolled is not None
        return rolled
    if limit.unit == "months":
        return calendar.end_of_day(months_after(day, count))
    for _ in range(count):
        day = calendar.next_working_day(day + DAY)
    if limit.unit == "mornings":
        begins = calendar.start_of_work(calendar.next_working_day(day))
        assert begins is not None
        return begins
    ended = calendar.end_of_work(calendar.next_working_day(day))
    assert ended is not None
    return ended


def _due(
    limit: Limit, calendar: WorkCalendar, start: datetime, taken: list[Interval], still: datetime | None
) -> datetime | None:
    """When the time is used up; with *still*, since when the clock stands still, only what was used up by then."""
    left = timedelta(hours=limit.amount)
    ahead = calendar.open_intervals(start) if limit.unit == "working-hours" else iter([(start, start + left + _all(taken))])
    due = start
    for a, b in without(ahead, taken):
        if left <= timedelta():
            break
        if still is not None and b > still:
            if a >= still:
                break
            b = still
        due = a + min(left, b - a)
        left -= b - a
    return due if left <= timedelta() else None


def _all(intervals: list[Interval]) -> timedelta:
    return sum((b - a for a, b in intervals), timedelta())


def _state(over: bool, stopped: bool, paused: bool) -> State:
    if stopped:
        return "late" if over else "met"
    if over:
        return "breached"
    return "paused" if paused else "running"


def _segments(start: datetime, end: datetime, ran: list[Interval], taken: list[Interval]) -> Iterable[Segment]:
    cuts = sorted({start, end, *(t for pair in (*ran, *taken) for t in pair)})
    kinds: list[Segment] = []
    for a, b in pairwise(cuts):
        kind: Literal["ran", "paused", "closed"] = (
            "ran" if _covers(ran, a) else "paused" if _covers(taken, a) else "closed"
        )
        if kinds and kinds[-1].kind == kind and kinds[-1].end == a:
            kinds[-1] = Segment(kinds[-1].start, b, kind)
        else:
            kinds.append(Segment(a, b, kind))
    return kinds


def _covers(intervals: list[Interval], at: datetime) -> bool:
    return any(a <= at < b for a, b in intervals)
