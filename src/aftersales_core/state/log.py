"""工作日志: what the house did by the calendar, a stream a month, so that no stream grows without end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from aftersales_core.facts import Entry, routines
from aftersales_core.moves import LOG, NEW
from aftersales_core.values import EARLIEST, LATEST

PREFIX: Final = "log/"
"""Streams whose number begins like this are logs of the house; no ticket has such a number."""

ACCESS: Final = PREFIX + "access-"
"""What the number of a log of accesses begins with."""


class Done(NamedTuple):
    """A routine that was done, and what came of it."""

    routine: str
    day: date
    at: datetime
    by: str
    found: int | None = None
    note: str | None = None
    opinions: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class HouseLog:
    """What was done in a month, after `version` facts.

    Attributes:
        number: of its stream, e.g. `log/2026-11`.
        done: in the order it was written; said again for the same day, the later word counts.
    """

    number: str
    version: int = 0
    stage: str = NEW
    head: str = ""
    playbook: str = ""
    last_at: datetime | None = None
    done: tuple[Done, ...] = ()

    def find(self, routine: str, day: date) -> Done | None:
        """What was last said of a routine on a day."""
        return next((each for each in reversed(self.done) if (each.routine, each.day) == (routine, day)), None)


def is_log(number: str) -> bool:
    """Whether a stream is a log of the house."""
    return number.startswith(PREFIX)


def log_of(day: date) -> str:
    """The stream that holds what was done on *day*."""
    return f"{PREFIX}{day:%Y-%m}"


def access_log_of(day: date) -> str:
    """The stream that holds who came in on *day*: one a day, so that each stays short."""
    return f"{ACCESS}{day:%Y-%m-%d}"


def access_logs_of(first: date, last: date) -> Iterator[str]:
    """Every stream that can hold who came in from *first* to *last*, wherever on earth those days are meant."""
    # a day of any time zone lies within a day of UTC more on either side
    start, end = (max(min(day, LATEST.date()), EARLIEST.date()) for day in (first, last))
    for number in range(-1, (end - start).days + 2):
        yield access_log_of(start + timedelta(days=number))


def evolve_log(log: HouseLog, entry: Entry) -> HouseLog:
    """The log after one more fact; never refuses, and passes over what is no log's."""
    fact, done = entry.fact, log.done
    if isinstance(fact, routines.RoutineDone):
        opinions = tuple((each.department, each.text) for each in fact.opinions)
        done = (*done, Done(fact.routine, fact.day, entry.occurred_at, entry.actor, fact.found, fact.note, opinions))
    stage = LOG.land(log.stage, fact.kind, lambda _name: False)
    return HouseLog(log.number, entry.version, stage, entry.digest, log.playbook or entry.playbook, entry.occurred_at, done)


def replay_log(number: str, entries: Iterable[Entry]) -> HouseLog:
    """The log *number* from its facts, in order."""
    log = HouseLog(number)
    for entry in entries:
        log = evolve_log(log, entry)
    return log
