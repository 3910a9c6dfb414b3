"""自定义栏目: filling in what a house keeps of its own."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from aftersales_core.facts import Fact
from aftersales_core.facts.fields import FieldContent, FieldsFilled, FilledField
from aftersales_core.rules._base import Command
from aftersales_core.state import Ticket
from aftersales_core.state.folds.keeping import part
from aftersales_core.values import Id, LeftoverNo, VisitNo


class FillFields(Command):
    """Fill in fields of the house's own: of the ticket, or of the *visit* or the *leftover* order named. (I-08, N-05)

    *fields* is name → content; null takes a content away.
    """

    fact: ClassVar[type[Fact]] = FieldsFilled
    command: Literal["fill-fields"] = "fill-fields"

    fields: dict[Id, FieldContent] = Field(min_length=1, max_length=200)
    visit: VisitNo | None = None
    leftover: LeftoverNo | None = None


def fill_fields(command: FillFields, ticket: Ticket) -> list[Fact]:
    """Only what is new is recorded."""
    ref = part(command.visit, command.leftover)
    new = tuple(
        FilledField(field=name, content=content)
        for name, content in command.fields.items()
        if ticket.filled(name, ref) != content
    )
    return [FieldsFilled(fields=new, visit=command.visit, leftover=command.leftover)] if new else []
