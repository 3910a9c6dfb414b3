"""轮次: the routines of a house by the calendar: when each comes round, and whether it was done. (F-03, G-01, G-02, N-12)

Nothing is scheduled and nothing is stored but what was done; what is owed is computed when somebody asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, TypeAlias

from aftersales_core.clocks.calendar import DAY, WorkCalendar, months_after
from aftersales_core.clocks.limits import calendar_of
from aftersales_core.playbooks.model import Playbook, Routine
from aftersales_core.state import HouseLog, log_of
from aftersales_core.state.log import Done

RoundState: TypeAlias = Literal["ahead", "open", "overdue", "missed", "done", "late"]
"""Not yet to be seen; to be done; past its hour; its time is over; done in time; done after its hour."""

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Round:
    """One time that a routine comes round.

    Attributes:
        day: the day it is for, or the first day of its month, quarter or year.
        opens_at: when it appears; `due_at`: by when it should be done; `ends_at`: from when it counts as missed.
        done: what was last said of it; None while nothing was.
    """

    routine: str
    day: date
    opens_at: datetime
    due_at: datetime
    ends_at: datetime
    state: RoundState
    list: str
    roles: tuple[str, ...]
    clauses: tuple[str, ...]
    done: Done | None = None


def logs_of(first: date, last: date) -> tuple[str, ...]:
    """The logs that hold what was done for the rounds from *first* to *last*: of whole years, for a routine may have one."""
    return tuple(log_of(date(year, month, 1)) for year in range(first.year, last.year + 1) for month in range(1, 13))


def rounds_of(playbook: Playbook, logs: Mapping[str, HouseLog], first: date, last: date, at: datetime) -> list[Round]:
    """Every round of every routine of *playbook* that falls on a day from *first* to *last*, as it stands at *at*.

    Args:
        logs: those that `logs_of` names, as far as they exist.
    """
    if not playbook.routine:
        return []
    calendar = calendar_of(playbook)
    return [
        _round(routine, playbook, calendar, logs, day, ends, at)
        for routine in playbook.routine
        for day, ends in _times(routine, calendar, first, last)
    ]


def _times(routine: Routine, calendar: WorkCalendar, first: date, last: date) -> Iterator[tuple[date, date]]:
    """The days, or periods by their first and last day, that touch the time asked about."""
    if routine.every == "days":
        yield from ((day, day) for day in sorted(routine.days) if first <= day <= last)
    elif routine.every == "working-day":
        day = first
        while day <= last:
            if calendar.works_on(day):
                yield day, day
            day += DAY
    else:
        length = _MONTHS[routine.every]
        day = date(first.year, (first.month - 1) // length * length + 1, 1)
        while day <= last:
            after = months_after(day, length)
            yield day, after - DAY
            day = after


def _round(
    routine: Routine, playbook: Playbook, calendar: WorkCalendar, logs: Mapping[str, HouseLog], day: date, ends: date, at: datetime
) -> Round:
    opens_on = calendar.next_working_day(day) if routine.every in _MONTHS else day
    opens_at = _hour(routine.hour, opens_on, playbook, calendar)
    ends_at = calendar.end_of_day(ends)
    due_at = ends_at if routine.by is None else _hour(routine.by, ends, playbook, calendar)
    done = _done(routine.id, logs, day, ends, at)
    state: RoundState
    if done is not None:
        state = "done" if done.at <= due_at else "late"
    elif at >= ends_at:
        state = "missed"
    elif at > due_at:
        state = "overdue"
    else:
        state = "open" if at >= opens_at else "ahead"
    return Round(routine.id, day, opens_at, due_at, ends_at, state, routine.list, routine.roles, routine.clauses, done)


def _hour(hour: int | str, day: date, playbook: Playbook, calendar: WorkCalendar) -> datetime:
    figure = hour if isinstance(hour, int) else playbook.figure(hour)
    return datetime.combine(day, time(figure), calendar.zone)


def _done(routine: str, logs: Mapping[str, HouseLog], day: date, ends: date, at: datetime) -> Done | None:
    months: Iterable[date] = (months_after(day.replace(day=1), n) for n in range((ends - day) // timedelta(days=28) + 1))
    found = [
        each
        for log in (logs.get(log_of(month)) for month in months)
        if log is not None
        for each in log.done
        if each.routine == routine and day <= each.day <= ends and each.at <= at
    ]
    return found[-1] if found else None
