"""还原: the command that facts were made of, as far as they tell.

A fact keeps what its command said, and what was derived: which visit was meant, which lines. Said again with those named, the
command means the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic import ValidationError

from aftersales_core.facts import Entry, closing, fields
from aftersales_core.facts.leftovers import LeftoverRaised
from aftersales_core.rules._base import Command
from aftersales_core.rules.visit import CompleteVisit
from aftersales_core.rules.vocabulary import COMMANDS, TicketCommand

_MADE_BY: Final[dict[str, type[Command]]] = {cls.fact.kind: cls for cls in COMMANDS.values()}
"""Kind of a fact → the command that makes it first; every command has a fact of its own."""


def command_of(entries: Sequence[Entry]) -> TicketCommand | None:
    """The command whose facts *entries* are, one after the other under one command id; None where they do not tell."""
    first = entries[0]
    cls = _MADE_BY.get(first.fact.kind)
    if cls is None:
        return None
    fact, envelope = first.fact, first.envelope
    said: dict[str, Any] = {name: getattr(fact, name) for name in fact.model_fields_set if name in cls.model_fields}
    if isinstance(fact, closing.Corrected):
        said["changes"] = {each.field: each.new for each in fact.changes}
    elif isinstance(fact, fields.FieldsFilled):
        said["fields"] = {each.field: each.content for each in fact.fields}
    elif cls is CompleteVisit and len(entries) > 1 and isinstance(raised := entries[1].fact, LeftoverRaised):
        said |= {"leftovers": raised.lines, "written": raised.written}
    try:
        found: Any = cls.model_validate({
            **said, "ticket": first.ticket, "command_id": envelope.command_id, "occurred_at": envelope.occurred_at, "actor": envelope.actor,
            "role": envelope.role, "channel": envelope.channel, "on_behalf_of": envelope.on_behalf_of, "correlation": envelope.correlation,
            "causation": envelope.causation, "override": envelope.reason,
        })  # fmt: skip
    except ValidationError:
        return None
    made: TicketCommand = found
    return made
