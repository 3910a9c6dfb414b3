"""时限: a clock of the playbook set going: its calendar, when it opens, when it is due, when it is breached."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from aftersales_core.clocks.calendar import MIDNIGHT, Span, WorkCalendar, months_after
from aftersales_core.clocks.clock import Limit, Pause, due_time
from aftersales_core.clocks.moments import When, told
from aftersales_core.errors import PlaybookUnsound
from aftersales_core.playbooks.model import Calendar, ClockRule, Playbook, Spans
from aftersales_core.playbooks.model import Span as Figure
from aftersales_core.state import Ticket

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
IN_DAYS: Final = frozenset({"days", "days-rolled", "working-days", "months", "mornings"})
_SECOND: Final = timedelta(seconds=1)


def calendar_of(playbook: Playbook) -> WorkCalendar:
    """The working calendar of *playbook*, in its time zone.

    Raises:
        PlaybookUnsound: it has none, or one that cannot be kept; loading a playbook finds both.
    """
    if playbook.calendar is None:
        raise PlaybookUnsound("playbook-unsound", problems=["calendar: missing; clocks need one"])
    return _calendar(playbook.timezone, playbook.calendar)


@lru_cache(maxsize=64)
def _calendar(timezone: str, told: Calendar) -> WorkCalendar:
    week = {at: _spans(getattr(told.week, name)) for at, name in enumerate(WEEKDAYS)}
    makeup = {each.day: _spans(each.spans) for each in told.makeup}
    return WorkCalendar(timezone, week, frozenset(told.holidays), makeup, WEEKDAYS.index(told.makeup_as))


def _spans(told: Spans) -> tuple[Span, ...]:
    return tuple((_time(start), _time(end)) for start, _, end in (span.partition("-") for span in told))


def _time(said: str) -> time:
    return MIDNIGHT if said == "24:00" else time.fromisoformat(said)


class Deadline(NamedTuple):
    """What a clock says of a task: when it appears, is due, is breached; None where it does not say. In UTC.

    *paused* tells that it stands still: None then means that nobody knows.
    """

    opens_at: datetime | None
    due_at: datetime | None
    breach_at: datetime | None
    paused: bool = False


def limit_of(figure: Figure) -> Limit:
    """A limit as the arithmetic takes it."""
    return Limit(figure.amount, figure.unit)


def shown(due: datetime, limit: Limit) -> datetime:
    """*due* as people read it: a limit in days that ends at midnight may be met until the last second of the day."""
    return due - _SECOND if limit.unit in IN_DAYS and (due.minute, due.second) == (0, 0) and due.hour == 0 else due


def moment(when: When, calendar: WorkCalendar) -> datetime | None:
    """A moment as a time: the beginning of the day in the calendar's zone where it is a day."""
    if isinstance(when, date) and not isinstance(when, datetime):
        return datetime.combine(when, MIDNIGHT, calendar.zone)
    return when


def opening(rule: ClockRule, playbook: Playbook, calendar: WorkCalendar, start: datetime) -> datetime | None:
    """When the reminder of *rule* appears; None where the rule leaves that to its task."""
    if rule.opens is None:
        return None
    hour = rule.opens.hour if isinstance(rule.opens.hour, int) else playbook.figure(rule.opens.hour)
    days = -rule.opens.days if rule.opens.before else rule.opens.days
    return _morning(start.astimezone(calendar.zone).date(), rule.opens.months, days, hour, calendar.zone)


@lru_cache(maxsize=4096)
def _morning(day: date, months: int, days: int, hour: int, zone: ZoneInfo) -> datetime:
    """An hour of the day that is so many months and days after *day*; most tickets of a week ask for the same few."""
    return datetime.combine(months_after(day, months) + timedelta(days=days), time(hour), zone)


def pauses_of(rule: ClockRule, ticket: Ticket) -> list[Pause]:
    """The times for which the clock of *rule* stood still on a ticket."""
    if not rule.pauses:
        return []
    return [(wait.since, wait.until) for wait in ticket.waits if wait.reason in rule.pauses]


def due(limit: Limit, calendar: WorkCalendar, start: datetime, pauses: Iterable[Pause] = ()) -> datetime | None:
    """When *limit* from *start* ends, as people read it; None where that never comes or nobody knows."""
    found = due_time(limit, calendar, start, pauses)
    return None if found is None else shown(found, limit)


def deadline(task: str, ref: str, ticket: Ticket, playbook: Playbook) -> Deadline | None:
    """What the playbook's clock for *task* says of part *ref* of a ticket, from its state alone; None without a clock.

    It is what `clocks_of` says of the same clock while it runs. The lint sees to it that the state tells its moment.
    """
    rule = playbook.clocks.get(task)
    if rule is None:
        return None
    try:
        return _deadline(rule, ref, ticket, playbook)
    except OverflowError:
        # no command names a moment at the end of the calendar; where an import brought one, nothing can be reckoned from it
        return Deadline(None, None, None)


def _deadline(rule: ClockRule, ref: str, ticket: Ticket, playbook: Playbook) -> Deadline:
    calendar = calendar_of(playbook)
    start = _told(rule.since, ref, ticket, calendar, rule.id)
    if start is None:
        return Deadline(None, None, None)
    pauses = pauses_of(rule, ticket)
    due_at = due(limit_of(rule.limit), calendar, start, pauses)
    breach_at: datetime | None = None
    if rule.breach == "due":
        breach_at = due_at
    elif rule.breach is not None:
        base = _told(rule.breach.since, ref, ticket, calendar, rule.id)
        breach_at = None if base is None else due(limit_of(rule.breach), calendar, base, pauses)
    opens_at, due_at, breach_at = (
        at and at.astimezone(UTC) for at in (opening(rule, playbook, calendar, start), due_at, breach_at)
    )
    return Deadline(opens_at, due_at, breach_at, any(until is None for _since, until in pauses))


def _told(name: str, ref: str, ticket: Ticket, calendar: WorkCalendar, clock: str) -> datetime | None:
    found = dict(told(name, ticket, clock))
    return moment(found.get(ref, found.get("")), calendar)
