"""回访台: one customer at a time: what was done, what to ask, and what his answer moves. (R-01 … R-16)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aftersales_core import Desk
from aftersales_core.ports import Where
from aftersales_core.state import Ticket
from aftersales_core.views import TaskRow

QUEUE: Final = 200
"""Calls that are looked at together."""

TASKS: Final = ("call-back", "register-call", "share-call")
"""Tasks of a call-back: the call itself, entering it, telling the group."""


@dataclass(frozen=True, slots=True)
class Call:
    """What one has to know before calling.

    Attributes:
        call_class: A, the job is complete; B, something is left over. (R-02)
        script: codes of the sentences to say, in order.
        step: what is to be done now: `call`, `register`, `share`, or `done`.
    """

    ticket: Ticket
    call_class: str
    script: tuple[str, ...]
    step: str


def queue(desk: Desk, at: datetime, role: str, where: Sequence[Where]) -> list[TaskRow]:
    """Every call-back that is to be made, entered or shared by *role* at a moment, what is due first on top."""
    own = (*where, Where("task", "in", TASKS))
    return list(desk.worklist_page(at, role=role, only="calls", where=own, limit=QUEUE).rows)


def count(desk: Desk, at: datetime, role: str, where: Sequence[Where]) -> int:
    """How many there are."""
    return desk.count_tasks(at, role=role, only="calls", where=(*where, Where("task", "in", TASKS)))


def call_of(ticket: Ticket, tasks: Sequence[TaskRow]) -> Call:
    """What to say to this customer. With something left over, slip and register are compared first (R-04), and he is told
    how it stands (R-05); a complete job is not done without his score (R-03), a repair without how it holds (R-11)."""
    call_class = "B" if ticket.open_lines else "A"
    script = ["calls-say-hello", "calls-say-work"]
    if ticket.category == "repair":
        script.append("calls-say-repair")
    if call_class == "B":
        script += ["calls-say-check-left", "calls-say-progress"]
    script += ["calls-say-score", "calls-say-more"]
    mine = {task.task for task in tasks if task.ticket == ticket.number}
    step = "call" if "call-back" in mine else "register" if "register-call" in mine else "share" if "share-call" in mine else "done"
    return Call(ticket, call_class, tuple(script), step)
