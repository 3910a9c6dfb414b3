"""待办: one row per thing somebody has to do next, with who, by when and under which clause. (F-01, R-01, G-01)

Pure: a task stands here from the fact that causes it. When it appears (`opens_at`), when it is due and when it is
breached are moments told by facts and the playbook's clocks; whether they have come is the reader's question.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aftersales_core.clocks import deadline
from aftersales_core.moves import TICKET
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Shape
from aftersales_core.rules import COMMANDS
from aftersales_core.rules.sight import listed
from aftersales_core.state import Ticket
from aftersales_core.views._base import View
from aftersales_core.views._tasks import TASKS, Task


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One open task of a ticket.

    Attributes:
        task: what it is; `list`: where people look for it; both have words in `wording`.
        ref: which part of the ticket: number of a visit, leftover order or complaint, id of a line; else empty.
        role: the first of the roles that hold the duty of *command*.
        command: what is to be given next.
        opens_at: when it appears; due_at: by when it should be done; breach_at: from when it counts as late.
            None where no clause names a time, and while the task's clock stands still.
        clauses: ids joined by "、".
        branch, assigned: of the ticket, as on the board.
    """

    ticket: str
    task: str
    ref: str
    list: str
    role: str
    command: str
    opens_at: datetime
    due_at: datetime | None
    breach_at: datetime | None
    clauses: str
    customer: str | None
    phone: str | None
    address: str | None
    stage: str
    branch: str | None = None
    assigned: str = ""

    def overdue(self, at: datetime) -> bool:
        """Whether it should have been done before *at*."""
        return self.due_at is not None and self.due_at < at


_latest: tuple[Ticket, Playbook, tuple[TaskRow, ...]] | None = None
"""The tasks last found: the board asks for those of the same ticket right before. A ticket is never changed."""


def rows(ticket: Ticket, playbook: Playbook) -> tuple[TaskRow, ...]:
    """Every open task of the ticket; none that the table of moves does not allow where it stands."""
    global _latest
    latest = _latest
    if latest is not None and latest[0] is ticket and latest[1] is playbook:
        return latest[2]
    allowed = TICKET.allowed.get(ticket.stage, frozenset())
    found = tuple(
        _row(task, ticket, playbook)
        for find in TASKS
        for task in find(ticket, playbook)
        if COMMANDS[task.command].fact.kind in allowed
    )
    _latest = ticket, playbook, found
    return found


def _row(task: Task, ticket: Ticket, playbook: Playbook) -> TaskRow:
    """*task* as a row, with the times that the playbook's clock for it says."""
    opens_at, due_at, breach_at = task.opens_at, task.due_at, task.breach_at
    if (said := deadline(task.name, task.ref, ticket, playbook)) is not None:
        opens_at = said.opens_at or opens_at
        due_at = said.due_at if said.paused else said.due_at or due_at
        breach_at = said.breach_at
    return TaskRow(
        ticket=ticket.number,
        task=task.name,
        ref=task.ref,
        list=task.list,
        role=playbook.duties[task.command].roles[0],
        command=task.command,
        opens_at=opens_at,
        due_at=due_at,
        breach_at=breach_at,
        clauses="、".join(task.clauses),
        customer=ticket.customer,
        phone=ticket.phone,
        address=ticket.address,
        stage=ticket.stage,
        branch=ticket.branch,
        assigned=listed(ticket.assigned),
    )


WORKLIST: Final = View(
    Shape(
        name="worklist",
        edition=5,
        row=TaskRow,
        key=("ticket", "task", "ref"),
        # in the order of a worklist, with all that it is asked by: a page is read off, a count needs no rows
        indexes=(
            ("due_at", "ticket", "task", "ref", "command", "opens_at"),
            ("list", "due_at", "ticket", "task", "ref", "command", "opens_at"),
        ),
        order=("due_at",),
    ),
    of_ticket=rows,
)
"""The worklist (待办)."""
