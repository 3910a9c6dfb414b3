"""排班: the visits of some days as lanes: a lane for each person, a cell for each day; pure, from rows to what is drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from aftersales_core.clocks.calendar import WorkCalendar
from aftersales_core.moves import VISIT
from aftersales_core.state import Visit
from aftersales_core.views.registers import RosterRow

OPEN: Final = frozenset({"PLANNED", "DISPATCHED", "EN_ROUTE", "ON_SITE", "MISSED"})
"""States of a visit that is still to be made."""

AHEAD: Final = frozenset({"PLANNED", "DISPATCHED"})
"""Nobody has set out."""

assert set(VISIT.states) >= OPEN | AHEAD


HOUR: Final = timedelta(hours=1)
"""What a visit takes where nobody said until when."""


class Day(NamedTuple):
    """A column; *works* says whether the house works that day."""

    day: date
    works: bool
    today: bool


@dataclass(slots=True)
class Slot:
    """A visit in a cell, in the time of the house.

    Attributes:
        clash: somebody of its crew is to be elsewhere at the same time.
        late: it should have begun, and nobody has set out.
    """

    row: RosterRow
    start: datetime
    end: datetime | None
    late: bool
    clash: bool = False

    @property
    def open(self) -> bool:
        return self.row.state in OPEN

    @property
    def until(self) -> datetime:
        """When it ends; where nobody said, an hour after it begins."""
        return self.end if self.end is not None else self.start + HOUR


@dataclass(slots=True)
class Lane:
    """What one person has to do; nobody's where *person* is empty: visits without a crew."""

    person: str
    name: str
    cells: dict[date, list[Slot]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return sum(len(cell) for cell in self.cells.values())

    def hours(self, day: date) -> float:
        """Hours that are agreed for visits still to be made on a day."""
        return sum((slot.until - slot.start).total_seconds() for slot in self.cells.get(day, ()) if slot.open) / 3600


def days_of(first: date, count: int, calendar: WorkCalendar | None, today: date) -> list[Day]:
    """*count* columns from *first* on; a house without a calendar works every day."""
    return [Day(day, calendar is None or calendar.works_on(day), day == today) for day in (first + timedelta(days=at) for at in range(count))]


def lanes_of(rows: Iterable[RosterRow], people: Mapping[str, str], zone: ZoneInfo, now: datetime) -> list[Lane]:
    """The lanes: of visits without a crew first where there are any, then everybody's of *people*, then of others who were named."""
    lanes = {person: Lane(person, name) for person, name in people.items()}
    nobody = Lane("", "")
    for row in rows:
        start = row.start.astimezone(zone)
        slot = Slot(row, start, row.end.astimezone(zone) if row.end is not None else None, row.state in AHEAD and row.start < now)
        for person in row.crew.split("、") if row.crew else [""]:
            lane = nobody if not person else lanes.setdefault(person, Lane(person, person))
            lane.cells.setdefault(start.date(), []).append(slot)
    for lane in lanes.values():
        mark_clashes([slot for cell in lane.cells.values() for slot in cell])
    return [*([nobody] if nobody.cells else []), *lanes.values()]


class Load(NamedTuple):
    """How busy somebody is on the day of a visit: *visits* still to be made, and whether one is at the same time."""

    visits: int
    clash: bool


def loads_of(rows: Iterable[RosterRow], visit: Visit, ticket: str) -> dict[str, Load]:
    """How busy people are on the day of *visit*, from the *rows* of that day; without the visit itself."""
    assert visit.start is not None
    begins, ends = visit.start, visit.end or visit.start + HOUR
    found: dict[str, Load] = {}
    for row in rows:
        if row.state not in OPEN or (row.ticket, row.visit) == (ticket, visit.no):
            continue
        overlaps = row.start < ends and begins < (row.end or row.start + HOUR)
        for person in row.crew.split("、") if row.crew else ():
            had = found.get(person, Load(0, False))
            found[person] = Load(had.visits + 1, had.clash or overlaps)
    return found


def mark_clashes(slots: Sequence[Slot]) -> None:
    """Mark the visits of one person that overlap, of those that are still to be made."""
    before: Slot | None = None
    for slot in sorted((each for each in slots if each.open), key=lambda each: (each.start, each.until)):
        if before is not None and slot.start < before.until:
            slot.clash = before.clash = True
        if before is None or slot.until > before.until:
            before = slot
