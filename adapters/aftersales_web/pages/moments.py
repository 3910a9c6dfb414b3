"""当时: a ticket as it stood at one of its facts, or at a moment as it had happened or as it was known by then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from aftersales_core.audit import Step
from aftersales_core.audit.story import changes
from aftersales_core.clocks import TicketClock, clocks_of
from aftersales_core.facts import Entry
from aftersales_core.playbooks import Playbook
from aftersales_core.state import Ticket, effective, replay
from aftersales_web.pages.telling import Teller, Told


class Asked(NamedTuple):
    """Which moment is asked for: the fact of *version*, or what had happened by *as_of* and was written down by *known_at*."""

    version: int | None = None
    as_of: datetime | None = None
    known_at: datetime | None = None

    @property
    def by_time(self) -> bool:
        """Whether it is asked by time, and not by the place of a fact."""
        return self.as_of is not None or self.known_at is not None


class Mark(NamedTuple):
    """A fact on the line of time: *there*, it counts at the moment shown; *here*, it is the one that is shown."""

    entry: Entry
    stage: str
    moved: bool
    there: bool
    here: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """A ticket at a moment.

    Attributes:
        version: the fact that is shown, 0 where nothing was there yet; *step*: the fact with its effect.
        at: when that is, for clocks.
        marks: every fact of the ticket, in order.
        stages: where the ticket stood, in order, from `NEW`.
        clocks: as they stood.
    """

    version: int
    last: int
    step: Step | None
    ticket: Ticket
    at: datetime
    marks: tuple[Mark, ...]
    stages: tuple[str, ...]
    clocks: tuple[TicketClock, ...]

    @property
    def passed(self) -> set[tuple[str, str]]:
        """The ways it took from stage to stage."""
        return {(a, b) for a, b in pairwise(self.stages) if a != b}


def moment_at(number: str, steps: Sequence[Step], book: Playbook, asked: Asked, now: datetime) -> Moment:
    """The ticket of *steps* at the moment *asked* for; its latest fact where nothing is."""
    history = [step.entry for step in steps]
    last = len(history)
    if asked.by_time:
        known = [entry for entry in history if asked.known_at is None or entry.envelope.recorded_at <= asked.known_at]
        there = {entry.version for entry in effective(known) if asked.as_of is None or entry.occurred_at <= asked.as_of}
        ticket = replay(number, history, as_of=asked.as_of, known_at=asked.known_at)
        version = ticket.version
        at = min(each for each in (asked.as_of, asked.known_at) if each is not None)
    else:
        version = min(max(last if asked.version is None else asked.version, 1), last)
        known = history[:version]
        there = set(range(1, version + 1))
        ticket = steps[version - 1].ticket
        at = history[version - 1].occurred_at
    stages = ["NEW"]
    marks = []
    before = "NEW"
    for step in steps:
        stage = step.ticket.stage
        marks.append(Mark(step.entry, stage, stage != before, step.entry.version in there, step.entry.version == version))
        if step.entry.version in there and stages[-1] != stage:
            stages.append(stage)
        before = stage
    if ticket.version and stages[-1] != ticket.stage:
        stages.append(ticket.stage)  # facts left out, the rest can lead elsewhere
    clocks = clocks_of(replay(number, history[:1]), book, at, known) if there else ()
    return Moment(version, last, steps[version - 1] if version else None, ticket, min(at, now), tuple(marks), tuple(stages), clocks)


def whole_of(ticket: Ticket, teller: Teller) -> list[Told]:
    """Everything that is known of a ticket, in words."""
    return [told for told in teller.told(changes(Ticket(ticket.number), ticket)) if told.new != "—"]


def between(one: Ticket, other: Ticket, teller: Teller) -> list[Told]:
    """Everything that differs between two states of a ticket, in words."""
    return teller.told(changes(one, other))
