"""结案: closing, archiving, reopening, correcting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar, Final, Literal

from pydantic import Field, ValidationError

from aftersales_core.errors import BadInput
from aftersales_core.facts import Entry, Fact, closing
from aftersales_core.facts.dispatch import Paper
from aftersales_core.moves import TICKET
from aftersales_core.rules._base import Command, Refusal
from aftersales_core.state import Ticket, corrected, effective, evolve
from aftersales_core.state.conditions import TICKET_CONDITIONS
from aftersales_core.values import EARLIEST, LATEST, Name, Text


class Close(Command):
    """Close a ticket with nothing open. (L-24, I-01)"""

    fact: ClassVar[type[Fact]] = closing.Closed
    command: Literal["close"] = "close"

    result: Text


class Archive(Command):
    """File the papers. (F-20, L-24)"""

    fact: ClassVar[type[Fact]] = closing.Archived
    command: Literal["archive"] = "archive"

    papers: tuple[Paper, ...] = Field(min_length=1)
    shelf: Text | None = None


class Reopen(Command):
    """Open a closed ticket again. (N-10)"""

    fact: ClassVar[type[Fact]] = closing.Reopened
    command: Literal["reopen"] = "reopen"

    reason: Text


class Correct(Command):
    """Correct fields of an earlier fact; the fact itself stays. *version* is its place in the ticket.

    Besides the fact's own fields `occurred_at` can be corrected.
    """

    fact: ClassVar[type[Fact]] = closing.Corrected
    command: Literal["correct"] = "correct"

    version: int = Field(ge=1)
    changes: dict[Name, closing.FieldValue] = Field(min_length=1)
    reason: Text


_LINKS: Final = frozenset({"visit", "leftover", "line", "lines", "settles", "complaint", "stage", "version", "of", "changes",
                   "digest", "size", "media_type", "paper", "step", "fields", "notice", "ref", "occasion"})
"""Fields that other facts hang on: a wrong link is put right by the moves (waive, raise again), not by rewriting it."""


def correctable(kind: type[Fact]) -> tuple[str, ...]:
    """The fields of a fact of *kind* that a correction may name, in order, with `occurred_at` last; none of a correction."""
    return () if kind is closing.Corrected else (*(name for name in kind.model_fields if name not in _LINKS), "occurred_at")


def archive(command: Archive, ticket: Ticket) -> list[Fact]:
    """A paper is filed once. (F-20)"""
    new = tuple(p for p in dict.fromkeys(command.papers) if p not in ticket.archived)
    return [closing.Archived(papers=new, shelf=command.shelf)] if new else []


def correct(
    command: Correct, ticket: Ticket, history: Sequence[Entry], clauses: tuple[str, ...] = ()
) -> list[Fact]:
    """Corrections are facts: what was wrong, what is right, and why; nothing is erased and no move is undone.

    The history read with the correction must still be legal move by move.
    """
    here = {"ticket": ticket.number, "version": command.version}
    if command.version > len(history):
        raise Refusal("no-such-fact", clauses, facts={**here, "last": len(history)}).error(ticket.number, command.name())
    entry = effective(history)[command.version - 1]
    kind = entry.fact.kind
    if kind == "corrected":
        raise Refusal("correction-of-correction", clauses, facts=here).error(ticket.number, command.name())
    known = set(correctable(type(entry.fact)))
    for name in command.changes:
        if name not in known:
            raise BadInput("field-not-correctable", field=name, kind=kind, known=sorted(known), **here)
    try:
        after = corrected(entry, dict(command.changes))
        if after.envelope.occurred_at.utcoffset() is None:
            raise BadInput("naive-datetime", field="occurred_at", value=str(command.changes["occurred_at"]))
        for name, when in (*after.fact, ("occurred_at", after.envelope.occurred_at)):
            if name in command.changes and isinstance(when, date) and not EARLIEST.year <= when.year <= LATEST.year:
                reason = f"it is not from {EARLIEST.year} to {LATEST.year}"
                raise BadInput("bad-value", field=name, value=str(command.changes[name]), reason=reason)
    except ValidationError as problem:
        first = problem.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise BadInput("bad-value", field=field, value=first["input"], reason=first["msg"]) from None
    except ValueError as problem:
        if isinstance(problem, BadInput):
            raise
        value = command.changes.get("occurred_at")
        raise BadInput("bad-value", field="occurred_at", value=value, reason=str(problem)) from None
    old = {**entry.fact.model_dump(mode="json"), "occurred_at": entry.envelope.occurred_at.isoformat()}
    changes = tuple(
        closing.FieldChange(field=name, old=old[name] if _plain(old[name]) else str(old[name]), new=new)
        for name, new in command.changes.items()
        if old[name] != new
    )
    if not changes:
        return []
    broken = _first_illegal(ticket.number, [e if e.version != command.version else after for e in effective(history)])
    if broken is not None:
        facts = {**here, "broken": broken.version, "kind": broken.fact.kind}
        raise Refusal("correction-breaks-history", clauses, facts=facts).error(ticket.number, command.name())
    return [closing.Corrected(version=command.version, of=kind, changes=changes, reason=command.reason)]


def _plain(value: object) -> bool:
    return value is None or isinstance(value, str | int | bool)


def _first_illegal(number: str, history: Sequence[Entry]) -> Entry | None:
    ticket = Ticket(number)
    for entry in history:
        before, ticket = ticket.stage, evolve(ticket, entry)
        fact, now = entry.fact, ticket
        if TICKET.step(before, fact.kind, lambda name: TICKET_CONDITIONS[name](now, fact)) is None:  # noqa: B023
            return entry
    return None
