"""时刻: the moments that the playbook's figures name, counted in the company's own time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from aftersales_core.playbooks import Playbook

_LAST: time = time(23, 59, 59)


class Hours:
    """Days and hours of one playbook. Answers are in UTC, as the stores give them back."""

    __slots__ = ("_playbook", "_zone")

    def __init__(self, playbook: Playbook) -> None:
        self._playbook = playbook
        self._zone = _zone(playbook.timezone)

    def end_of(self, day: date) -> datetime:
        """The last second of *day*: what is due on a day may be done all day."""
        return datetime.combine(day, _LAST, self._zone).astimezone(UTC)

    def at(self, hour: str, day: date) -> datetime:
        """The hour of a setting such as `slips-at` on *day*."""
        return datetime.combine(day, time(self._playbook.figure(hour)), self._zone).astimezone(UTC)

    def day(self, moment: datetime, later: str | None = None) -> date:
        """The day *moment* falls on, or the day so many days after it as the setting *later* says."""
        local = moment.astimezone(self._zone).date()
        return local if later is None else local + timedelta(days=self._playbook.figure(later))

    def after(self, moment: datetime, *, hours: str | None = None, days: str | None = None) -> datetime:
        """*moment* and as many hours or days of 24 hours as a setting says."""
        span = timedelta(
            hours=self._playbook.figure(hours) if hours else 0,
            days=self._playbook.figure(days) if days else 0,
        )
        return (moment + span).astimezone(UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
