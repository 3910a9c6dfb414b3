"""回放: facts in, state out: one at a time, all at once, as of a moment, as known at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from pydantic_core import to_json

from aftersales_core.errors import StoredFactUnreadable
from aftersales_core.facts import KINDS, Entry, closing
from aftersales_core.moves import TICKET
from aftersales_core.state.conditions import TICKET_CONDITIONS
from aftersales_core.state.folds import APPLY, Told
from aftersales_core.state.ticket import Ticket
from aftersales_core.state.waits import MAY_BEGIN, keep_waits

_PLAIN = TICKET.plain.get
_MOVERS = frozenset(move.trigger for move in TICKET.moves if move.dest is not None)
_WAYS = {kind: (apply, kind in _MOVERS, kind in MAY_BEGIN) for kind, apply in APPLY.items()}
"""Kind → what a fact of it changes, whether it may move the ticket, whether a wait may begin with it."""


def fold(ticket: Ticket, fact: Any, told: Told) -> None:
    """Change *ticket*, which nobody else holds, by one fact. Never refuses."""
    kind: str = fact.kind
    apply, moves, may_begin = _WAYS[kind]
    apply(ticket, fact, told)
    if moves:
        before = ticket.stage
        stage = _PLAIN((before, kind)) or TICKET.land(before, kind, lambda name: TICKET_CONDITIONS[name](ticket, fact))
        if stage != before:
            ticket.stage = stage
            ticket.stage_since = told.occurred_at
    if may_begin or ((waits := ticket.waits) and waits[-1].until is None):
        keep_waits(ticket, told.occurred_at)


def _stands_at(ticket: Ticket, entry: Entry) -> Ticket:
    ticket.version = entry.version
    ticket.head = entry.digest
    ticket.last_at = entry.occurred_at
    return ticket


def evolve(ticket: Ticket, entry: Entry) -> Ticket:
    """The ticket after one more fact; *ticket* itself stays as it was. Never refuses.

    A `corrected` fact only marks what it corrects; to read the ticket as corrected, `replay` its history.
    """
    after = copy(ticket)
    fold(after, entry.fact, entry)
    return _stands_at(after, entry)


def needs_replay(entry: Entry) -> bool:
    """Whether *entry* changes how earlier facts are read, so that folding on is not enough."""
    return entry.fact.kind == "corrected"


def effective(entries: Iterable[Entry]) -> list[Entry]:
    """The history read as corrected: each corrected fact with its later values, every fact in its place."""
    history = list(entries)
    changes: dict[int, dict[str, closing.FieldValue]] = {}
    for entry in history:
        if type(entry.fact) is closing.Corrected:
            changes.setdefault(entry.fact.version, {}).update({c.field: c.new for c in entry.fact.changes})
    if not changes:
        return history
    return [_as_corrected(entry, changes[entry.version]) if entry.version in changes else entry for entry in history]


def _as_corrected(entry: Entry, new: dict[str, closing.FieldValue]) -> Entry:
    try:
        read = corrected(entry, new)
        if read.occurred_at.utcoffset() is None:
            raise ValueError(f"occurred_at {read.occurred_at.isoformat()} has no time zone")
        return read
    except ValueError as problem:
        # no command makes such a correction: somebody wrote into the store
        facts = {"ticket": entry.ticket, "version": entry.version, "kind": entry.fact.kind}
        raise StoredFactUnreadable("fact-unreadable", facts, reason=str(problem).splitlines()[0]) from problem


def corrected(entry: Entry, new: dict[str, closing.FieldValue]) -> Entry:
    """*entry* with the *new* values in its fact; `occurred_at` is of the envelope and may be corrected too.

    Raises:
        pydantic.ValidationError: a value that the fact's field does not take.
    """
    envelope = entry.envelope
    values = dict(new)
    if "occurred_at" in values:
        envelope = envelope._replace(occurred_at=datetime.fromisoformat(str(values.pop("occurred_at"))))
    fact = entry.fact
    if values:
        body = {**fact.model_dump(mode="json", exclude_unset=True), **values}
        fact = KINDS[fact.kind].model_validate_json(to_json(body))
    return entry.read_as(fact, envelope)


def replay(
    number: str,
    entries: Sequence[Entry],
    *,
    as_of: datetime | None = None,
    known_at: datetime | None = None,
) -> Ticket:
    """The state of ticket *number* from its facts.

    Args:
        number: the ticket's number.
        entries: its history in order of version.
        as_of: only what had happened by then (`occurred_at`).
        known_at: only what had been written down by then (`recorded_at`), corrections included.
    """
    known = entries if known_at is None else [e for e in entries if e.envelope.recorded_at <= known_at]
    read = effective(known)
    if as_of is not None:
        read = [entry for entry in read if entry.occurred_at <= as_of]
    ticket = Ticket(number)
    for entry in read:
        fold(ticket, entry.fact, entry)
    return _stands_at(ticket, read[-1]) if read else ticket
