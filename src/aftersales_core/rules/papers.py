"""单据: a step in the life of a form."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts import Fact, papers
from aftersales_core.rules._base import Command
from aftersales_core.values import Id, LeftoverNo, Text, VisitNo


class MovePaper(Command):
    """Take a form a step on: make it out, hand it in, refuse, review, approve, pass on, register or archive it. (F-15, F-19)

    Forms, steps and who takes them are the playbook's. Without *visit* or *leftover* the latest one is meant.
    """

    fact: ClassVar[type[Fact]] = papers.PaperMoved
    command: Literal["move-paper"] = "move-paper"

    paper: Id
    step: papers.PaperStep
    visit: VisitNo | None = None
    leftover: LeftoverNo | None = None
    no: Id | None = None
    note: Text | None = None
