"""遗留台账: one row per leftover line, from raised to settled. (G-04, L-25)

Each row shows where the line stands and since when; its age is for the reader to count, at the reader's moment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Shape
from aftersales_core.rules.sight import listed
from aftersales_core.state import Ticket
from aftersales_core.views._base import View


@dataclass(frozen=True, slots=True)
class LeftoverRow:
    """One leftover line.

    Attributes:
        line: id within the ticket, such as `L2-1`: line 1 of leftover order 2.
        leftover: number of the leftover order.
        qty, arrived, outstanding, rejected, drawn: pieces; *outstanding* are still owed by the factory.
        good, bad: pieces inspected at the door that are neither entered nor sent back yet. (W-08)
        state: of the line; `sheet`: of the handling sheet of its order.
        party: who bears it, once ruled. (W-06)
        visit: the visit that found it; None where none did.
        branch, assigned: of the ticket, as on the board.
    """

    ticket: str
    line: str
    leftover: int
    item: str
    qty: int
    needs_goods: bool
    state: str
    sheet: str
    sheet_no: str | None
    factory_order: str | None
    ordered_at: datetime | None
    promised_on: date | None
    shipped_at: datetime | None
    in_at: datetime | None
    arrived: int
    outstanding: int
    rejected: int
    good: int
    bad: int
    drawn: int
    raised_at: datetime | None
    closed_at: datetime | None
    party: str | None
    customer: str | None
    phone: str | None
    visit: int | None
    branch: str | None
    assigned: str


def rows(ticket: Ticket, _playbook: Playbook) -> Iterable[LeftoverRow]:
    """Every leftover line the ticket ever had, settled and waived ones too."""
    assigned = listed(ticket.assigned)
    for order in ticket.leftovers:
        for line in order.lines:
            yield LeftoverRow(
                ticket=ticket.number,
                line=line.id,
                leftover=order.no,
                item=line.item,
                qty=line.qty,
                needs_goods=line.needs_goods,
                state=line.state,
                sheet=order.sheet,
                sheet_no=order.sheet_no,
                # an order of the factory is for some of the lines, and only those were ordered
                factory_order=order.factory_order if line.ordered_at else None,
                ordered_at=line.ordered_at,
                promised_on=line.promised_on,
                shipped_at=line.shipped_at,
                in_at=line.in_at,
                arrived=line.arrived,
                outstanding=max(0, line.qty - line.arrived) if line.outstanding else 0,
                rejected=line.rejected,
                good=line.good,
                bad=line.bad,
                drawn=line.drawn,
                raised_at=order.raised_at,
                closed_at=line.closed_at,
                party=order.party,
                customer=ticket.customer,
                phone=ticket.phone,
                visit=order.visit,
                branch=ticket.branch,
                assigned=assigned,
            )


LEFTOVERS: Final = View(
    Shape(
        name="leftovers",
        edition=3,
        row=LeftoverRow,
        key=("ticket", "line"),
        indexes=(("state", "raised_at"), ("promised_on",), ("customer",), ("phone",), ("factory_order",)),
        order=("raised_at",),
    ),
    of_ticket=rows,
)
"""The leftover register (遗留台账)."""
