"""结案: closed, archived, opened again, corrected."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from pydantic import Field

from aftersales_core.facts._base import Fact, Piece
from aftersales_core.facts.dispatch import Paper
from aftersales_core.values import Text

Filed: TypeAlias = Paper
"""A paper put into the archive."""

FieldValue: TypeAlias = str | int | bool | None
"""A plain value of a fact's field, as JSON writes it."""


class Closed(Fact):
    """Nothing is open; the result is written down. (L-24, I-01)"""

    kind: ClassVar[str] = "closed"

    result: Text


class Archived(Fact):
    """The papers are in the archive. (F-20, L-24)"""

    kind: ClassVar[str] = "archived"

    papers: tuple[str, ...] = Field(min_length=1)
    shelf: Text | None = None


class Reopened(Fact):
    """A closed matter is not over after all. (N-10)"""

    kind: ClassVar[str] = "reopened"

    reason: Text


class FieldChange(Piece):
    """One field of an earlier fact: what it said, what it should have said."""

    field: str
    old: FieldValue = None
    new: FieldValue = None


class Corrected(Fact):
    """An earlier fact was wrong. It stays; from now on it is read as corrected here.

    Attributes:
        version: the fact that was wrong, by its place in the ticket.
        of: its kind, so that a reader need not look it up.
        changes: each field with old and new value.
    """

    kind: ClassVar[str] = "corrected"

    version: int = Field(ge=1)
    of: str
    changes: tuple[FieldChange, ...] = Field(min_length=1)
    reason: Text
