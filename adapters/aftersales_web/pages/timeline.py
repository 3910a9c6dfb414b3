"""经过: a ticket's history as its page tells it: each fact with both its times, who says so, and what changed by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from aftersales_core.audit import Step
from aftersales_core.facts import Entry
from aftersales_core.facts.closing import Corrected
from aftersales_web.pages.telling import Teller, Told

APART: Final = timedelta(minutes=2)
"""What was written down later than this after it happened is shown with both times."""

SHOWN: Final = 15
"""Facts that are told before one asks for all of them."""


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as the timeline tells it.

    Attributes:
        stage: where the ticket stood after it; *moved*: it stood elsewhere before.
        changes: what changed, in words, without what only says again when it happened.
        late: it was written down well after it happened, or before.
        files: digests of photos and documents that it brought.
        corrected: a later fact corrects it; *corrects*: the version of the fact it corrects itself.
    """

    entry: Entry
    stage: str
    moved: bool
    changes: list[Told]
    clauses: tuple[str, ...]
    late: bool
    files: tuple[str, ...]
    corrected: bool
    corrects: int | None


def events_of(steps: Sequence[Step], teller: Teller) -> list[Event]:
    """Every fact with what changed by it, oldest first."""
    found = []
    before = ""
    wrong = set(steps[-1].ticket.corrected) if steps else set()
    for step in steps:
        envelope, fact = step.entry.envelope, step.entry.fact
        digest = getattr(fact, "digest", None)
        found.append(Event(
            step.entry, step.ticket.stage, step.ticket.stage != before,
            teller.told(c for c in step.changes if c.path != "stage" and not _again(c.new, step.entry)), step.clauses,
            abs(envelope.recorded_at - envelope.occurred_at) > APART, (digest,) if isinstance(digest, str) else (),
            step.entry.version in wrong, fact.version if isinstance(fact, Corrected) else None,
        ))  # fmt: skip
        before = step.ticket.stage
    return found


def _again(new: object, entry: Entry) -> bool:
    """Whether a change only says when the fact happened, which stands over it."""
    return isinstance(new, datetime) and new == entry.occurred_at


class Wanted(NamedTuple):
    """What is asked of a timeline, as it stands in an address."""

    kind: str = ""
    by: str = ""
    order: str = ""
    all: str = ""

    def params(self, **other: str) -> dict[str, str]:
        """The same as parameters of an address, those that say nothing left out."""
        return {name: value for name, value in {**self._asdict(), **other}.items() if value}


class Timeline(NamedTuple):
    """Some of a ticket's history.

    Attributes:
        events: those that are shown, in the order wanted; *fit* of them there are, of *total* facts.
        kinds, people: what can be chosen.
    """

    events: list[Event]
    fit: int
    total: int
    kinds: tuple[str, ...]
    people: tuple[str, ...]

    @property
    def more(self) -> int:
        """How many more there are."""
        return self.fit - len(self.events)


def timeline_of(events: Sequence[Event], wanted: Wanted) -> Timeline:
    """What *wanted* names of a history, newest first unless it says otherwise."""
    fit = [
        event for event in events
        if (not wanted.kind or event.entry.fact.kind == wanted.kind) and (not wanted.by or event.entry.actor == wanted.by)
    ]  # fmt: skip
    if wanted.order != "old":
        fit.reverse()
    return Timeline(
        fit if wanted.all else fit[:SHOWN], len(fit), len(events), tuple(dict.fromkeys(event.entry.fact.kind for event in events)),
        tuple(dict.fromkeys(event.entry.actor for event in events)),
    )  # fmt: skip

