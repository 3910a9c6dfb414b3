"""事实: the base of everything that happened."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """Something that happened to a ticket, for ever.

    A fact holds only what is its own; who, when and under which rules stands in its
    [`Envelope`][aftersales_core.facts.Envelope].

    Attributes:
        kind: the permanent name: stored topic, trigger of the moves, anchor of the docs. Never renamed.
        shape: the edition of the fields; a stored older shape is brought up by `upcasts`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: ClassVar[str]
    shape: ClassVar[int] = 1


class Piece(BaseModel):
    """A part of a fact."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)
