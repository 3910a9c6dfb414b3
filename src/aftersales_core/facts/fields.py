"""自定义栏目: what a house keeps beyond what every house keeps."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from pydantic import Field

from aftersales_core.facts._base import Fact, Piece
from aftersales_core.values import Id, LeftoverNo, VisitNo

FieldContent: TypeAlias = str | int | bool | None
"""Text, a whole number (money in 分), yes or no, a day as `2026-11-02`; None takes the content away."""


class FilledField(Piece):
    """One field and what stands in it."""

    field: Id
    content: FieldContent = None


class FieldsFilled(Fact):
    """Fields of the house's own were filled in, for the ticket, a visit or a leftover order. (I-08, N-05)"""

    kind: ClassVar[str] = "fields-filled"

    fields: tuple[FilledField, ...] = Field(min_length=1, max_length=200)
    visit: VisitNo | None = None
    leftover: LeftoverNo | None = None
