"""例行工作: what the house does by the calendar, kept in its log and hanging on no ticket."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from aftersales_core.facts._base import Fact, Piece
from aftersales_core.values import Count, Id, Name, Text


class Opinion(Piece):
    """What somebody said, and the department it goes to. (N-14)"""

    department: Name
    text: Text


class RoutineDone(Fact):
    """A routine of the playbook was done. (F-03, G-01, G-02, N-12, N-13, O-48)

    Attributes:
        routine: which, by the name the playbook gives it; *day*: the day it was done for.
        found: how many things were found, e.g. shipments in the day's list.
        opinions: what was heard, each with its department.
    """

    kind: ClassVar[str] = "routine-done"

    routine: Id
    day: date
    found: Count | None = None
    note: Text | None = None
    opinions: tuple[Opinion, ...] = ()
