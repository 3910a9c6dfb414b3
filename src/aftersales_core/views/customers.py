"""客户档案: every matter of a customer, one row a ticket. (I-06)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Shape
from aftersales_core.state import Ticket
from aftersales_core.views._base import View


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One ticket in a customer's file.

    Attributes:
        customer_key: what makes tickets one customer's: the digits of the telephone number, else the name; empty
            where neither is known.
        complaints, calls: how many there were.
        last_satisfaction: 1 to 5, of the latest call-back that asked.
    """

    customer_key: str
    ticket: str
    customer: str | None
    phone: str | None
    category: str
    problem: str | None
    stage: str
    opened_at: datetime | None
    closed_at: datetime | None
    complaints: int
    calls: int
    last_satisfaction: int | None


def customer_key(phone: str | None, name: str | None) -> str:
    """The digits of *phone*, so that `138 0000 0000` and `13800000000` are one customer; else *name*; else empty."""
    return "".join(sign for sign in phone or "" if sign.isdigit()) or name or ""


def rows(ticket: Ticket, _playbook: Playbook) -> Iterable[CustomerRow]:
    """The ticket's row in its customer's file."""
    scores = [call.satisfaction for call in ticket.calls if call.satisfaction is not None]
    yield CustomerRow(
        customer_key=customer_key(ticket.phone, ticket.customer),
        ticket=ticket.number,
        customer=ticket.customer,
        phone=ticket.phone,
        category=ticket.category,
        problem=ticket.problem,
        stage=ticket.stage,
        opened_at=ticket.opened_at,
        closed_at=ticket.closed_at,
        complaints=len(ticket.complaints),
        calls=len(ticket.calls),
        last_satisfaction=scores[-1] if scores else None,
    )


CUSTOMERS: Final = View(
    Shape(
        name="customers",
        edition=1,
        row=CustomerRow,
        key=("customer_key", "ticket"),
        indexes=(("customer",),),
        order=("customer_key", "opened_at"),
    ),
    of_ticket=rows,
)
"""The customer file (客户档案)."""
