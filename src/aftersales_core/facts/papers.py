"""单据: a step in the life of a form that has no fact of its own."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from aftersales_core.facts._base import Fact
from aftersales_core.values import Id, LeftoverNo, Text, VisitNo

PaperStep: TypeAlias = Literal[
    "made-out", "handed-in", "refused", "reviewed", "approved", "passed-on", "registered", "archived"
]
"""What can happen to a paper."""


class PaperMoved(Fact):
    """A form was made out, handed in, refused, reviewed, approved, passed on, registered or archived. (F-15, F-19)

    Attributes:
        paper: the form, by the name the playbook gives it.
        visit, leftover: whose form it is; neither where it is the ticket's.
        no: the number printed on it.
    """

    kind: ClassVar[str] = "paper-moved"

    paper: Id
    step: PaperStep
    visit: VisitNo | None = None
    leftover: LeftoverNo | None = None
    no: Id | None = None
    note: Text | None = None
