"""看板: one row per ticket, with what everybody asks first: where it stands, who goes, what is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Shape
from aftersales_core.rules.sight import listed
from aftersales_core.state import Ticket
from aftersales_core.views import worklist
from aftersales_core.views._base import View


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One ticket.

    Attributes:
        crew: of the latest visit, joined by "、"; empty where nobody was named.
        visit_start: of the latest visit.
        open_lines: leftover lines not settled or waived; *lines_outstanding* of them wait for goods.
        stage_since: since when it stands there; *last_at*: when its last fact happened.
        next_due: the earliest due time of its tasks on the worklist; None where no task has one.
        rework: the work was sent back and nobody has gone yet.
        satisfaction: 1 to 5, as told at the last call-back.
        unknown: how many fields an import left open.
        branch: the shop (门店) whose ticket it is; None where nobody said.
        assigned: everybody who was ever named for one of its visits, as `rules.sight.listed` writes them.
    """

    ticket: str
    stage: str
    category: str
    customer: str | None
    phone: str | None
    address: str | None
    crew: str
    visit_start: datetime | None
    open_lines: int
    lines_outstanding: int
    open_complaints: int
    opened_at: datetime | None
    stage_since: datetime | None
    last_at: datetime | None
    version: int
    next_due: datetime | None
    rework: bool
    satisfaction: int | None
    unknown: int
    branch: str | None
    assigned: str


def rows(ticket: Ticket, playbook: Playbook) -> Iterable[BoardRow]:
    """The ticket's row."""
    visit, call = ticket.visit, ticket.call
    due = [task.due_at for task in worklist.rows(ticket, playbook) if task.due_at is not None]
    yield BoardRow(
        ticket=ticket.number,
        stage=ticket.stage,
        category=ticket.category,
        customer=ticket.customer,
        phone=ticket.phone,
        address=ticket.address,
        crew="、".join(visit.crew) if visit else "",
        visit_start=visit.start if visit else None,
        open_lines=len(ticket.open_lines),
        lines_outstanding=sum(line.outstanding for line in ticket.lines),
        open_complaints=len(ticket.open_complaints),
        opened_at=ticket.opened_at,
        stage_since=ticket.stage_since,
        last_at=ticket.last_at,
        version=ticket.version,
        next_due=min(due, default=None),
        rework=ticket.rework,
        satisfaction=call.satisfaction if call else None,
        unknown=len(ticket.unknown),
        branch=ticket.branch,
        assigned=listed(ticket.assigned),
    )


BOARD: Final = View(
    Shape(
        name="board",
        edition=4,
        row=BoardRow,
        key=("ticket",),
        indexes=(("stage", "next_due", "ticket"), ("customer",), ("phone",), ("crew",), ("last_at",)),
        order=("-last_at",),
    ),
    of_ticket=rows,
)
"""The board (看板)."""
