"""工作日历: when the house works: several spans a day, holidays, make-up working days (调休), a time zone.

A calendar is a value; everything asked of it is a pure function. Times go in and come out aware.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from aftersales_core.errors import PlaybookUnsound

Span: TypeAlias = tuple[time, time]
"""From and to on one day; `to` may be 00:00 for midnight."""

Interval: TypeAlias = tuple[datetime, datetime]
"""From and to, aware, the end not included."""

DAY: Final = timedelta(days=1)
MIDNIGHT: Final = time(0)

HORIZON: Final = 3660
"""Days a search for working time goes on: ten years. What is not found by then never comes."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """One edition of a house's working hours.

    Attributes:
        timezone: IANA name; spans and days are meant there.
        week: weekday (0 Monday … 6 Sunday) → spans in order; a weekday left out is free.
        holidays: days off, whatever the weekday.
        makeup: days worked although they would be free, with their spans; empty spans mean those of `makeup_as`.
        makeup_as: the weekday whose spans a make-up day has.

    Raises:
        PlaybookUnsound: no working time at all, spans that overlap or run backwards, an unknown time zone, a day
            that is both holiday and make-up day.
    """

    timezone: str
    week: Mapping[int, tuple[Span, ...]]
    holidays: frozenset[date] = frozenset()
    makeup: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    makeup_as: int = 0

    def __post_init__(self) -> None:
        problems: list[str] = []
        if not any(self.week.values()):
            # make-up days alone come to an end, and a deadline after the last of them would never be found
            problems.append("no weekday has working hours; a deadline could never come")
        days = [*self.week.items(), *self.makeup.items()]
        for day, spans in days:
            before = MIDNIGHT
            for at, (start, end) in enumerate(spans):
                if start >= end and end != MIDNIGHT:
                    problems.append(f"{day}: {start:%H:%M}-{end:%H:%M} runs backwards")
                elif at and (start < before or before == MIDNIGHT):
                    problems.append(f"{day}: {start:%H:%M}-{end:%H:%M} overlaps the span before")
                before = end
        problems += [f"weekday {day} is none; 0 is Monday, 6 is Sunday" for day in self.week if day not in range(7)]
        problems += [f"{day} is both a holiday and a make-up day" for day in sorted(self.holidays & set(self.makeup))]
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError):
            problems.append(f"timezone {self.timezone!r} is unknown")
        if problems:
            raise PlaybookUnsound("playbook-unsound", problems=problems)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def works_on(self, day: date) -> bool:
        """Whether anybody works on *day*."""
        return bool(self.spans_on(day))

    def spans_on(self, day: date) -> tuple[Span, ...]:
        """The working spans of *day*."""
        if day in self.holidays:
            return ()
        if day in self.makeup:
            return self.makeup[day] or self.week.get(self.makeup_as, ())
        return self.week.get(day.weekday(), ())

    def intervals(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """The working time from *start* to *end*, in order."""
        zone = self.zone
        day, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        while day <= last:
            for opens, closes in self._on(day):
                if opens < end and closes > start:
                    yield max(opens, start), min(closes, end)
            day += DAY

    def _on(self, day: date) -> Iterator[Interval]:
        zone = self.zone
        for opens, closes in self.spans_on(day):
            until = datetime.combine(day + DAY, MIDNIGHT, zone) if closes == MIDNIGHT else datetime.combine(day, closes, zone)
            yield datetime.combine(day, opens, zone), until

    def open_intervals(self, start: datetime) -> Iterator[Interval]:
        """The working time from *start* on, for ten years."""
        day = start.astimezone(self.zone).date()
        for _ in range(HORIZON):
            for opens, closes in self._on(day):
                if closes > start:
                    yield max(opens, start), closes
            day += DAY

    def end_of_day(self, day: date) -> datetime:
        """The end of the calendar day, whether worked or not: midnight."""
        return datetime.combine(day + DAY, MIDNIGHT, self.zone)

    def end_of_work(self, day: date) -> datetime | None:
        """When the last span of *day* ends; None where it is free."""
        found = list(self._on(day))
        return found[-1][1] if found else None

    def start_of_work(self, day: date) -> datetime | None:
        """When the first span of *day* begins; None where it is free."""
        return next((opens for opens, _closes in self._on(day)), None)

    def next_working_day(self, day: date) -> date:
        """*day* if it is worked, else the next one that is.

        Raises:
            LookupError: nobody works in the ten years after it.
        """
        for _ in range(HORIZON):
            if self.works_on(day):
                return day
            day += DAY
        raise LookupError(f"nobody works in the ten years before {day}")


@lru_cache(maxsize=4096)
def months_after(day: date, count: int) -> date:
    """The same day so many months later; the last of that month where it has no such day."""
    years, month = divmod(day.month - 1 + count, 12)
    first = date(day.year + years, month + 1, 1)
    last = (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    return first.replace(day=min(day.day, last.day))


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as intervals in order that neither overlap nor touch."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(intervals: Iterable[Interval], taken: Sequence[Interval]) -> Iterator[Interval]:
    """*intervals* with the time of *taken* (merged, in order) cut out."""
    for start, end in intervals:
        at = start
        for out, back in taken:
            if back <= at:
                continue
            if out >= end:
                break
            if out > at:
                yield at, out
            at = max(at, back)
            if at >= end:
                break
        if at < end:
            yield at, end
