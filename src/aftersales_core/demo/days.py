"""日历: the month, its working days and the hours of the office. Monday to Saturday, 8:00 to 18:00."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from typing import Final

ZONE: Final = timezone(timedelta(hours=8))
"""China has one zone and no summer time."""

START: Final = datetime(2026, 10, 12, 8, 0, tzinfo=ZONE)
"""Monday morning, the office opens."""

END: Final = datetime(2026, 11, 13, 8, 30, tzinfo=ZONE)
"""Friday morning: slips are on the table, call-backs begin in half an hour, goods after that."""

OPENS: Final = 8
SHUTS: Final = 18
_SUNDAY: Final = 6


def at(day: date, minutes: int) -> datetime:
    """*minutes* after the office opens on *day*."""
    return datetime.combine(day, time(OPENS), ZONE) + timedelta(minutes=minutes)


def works(day: date) -> bool:
    return day.weekday() != _SUNDAY


def following(day: date, working_days: int) -> date:
    """The day so many working days after *day*."""
    while working_days > 0:
        day += timedelta(days=1)
        working_days -= works(day)
    return day


def working_days() -> list[date]:
    """Every working day of the month, the last morning included."""
    found, day = [START.date()], START.date()
    while (day := following(day, 1)) <= END.date():
        found.append(day)
    return found


def open_hours(moment: datetime, minutes: int) -> datetime:
    """*moment*, or where the office is shut, *minutes* after it opens again."""
    if works(moment.date()) and OPENS <= moment.hour < SHUTS:
        return moment
    if works(moment.date()) and moment.hour < OPENS:
        return at(moment.date(), minutes)
    return at(following(moment.date(), 1), minutes)
