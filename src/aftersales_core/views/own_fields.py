"""自定义栏目: what stands in the fields of a house's own, one row a field, to be counted and carried away. (I-08, N-08)"""

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
class OwnFieldRow:
    """One field and what stands in it.

    Attributes:
        ref: the part it belongs to, `visit:1` or `leftover:2`; empty for the ticket.
        field: its name in the playbook; *called*, *type* as the playbook says, empty where it has it no more.
        content: as text: a number, `true` or `false`, a day as `2026-11-02`, money in 分.
    """

    ticket: str
    ref: str
    field: str
    called: str
    type: str
    content: str
    customer: str | None
    phone: str | None
    stage: str
    opened_at: datetime | None


def rows(ticket: Ticket, playbook: Playbook) -> Iterable[OwnFieldRow]:
    """A row for every field that is filled in."""
    for each in ticket.custom:
        known = playbook.fields.get(each.field)
        content = str(each.content).lower() if isinstance(each.content, bool) else str(each.content)
        yield OwnFieldRow(
            ticket.number, each.ref, each.field, known.title.zh if known else "", known.type if known else "", content,
            ticket.customer, ticket.phone, ticket.stage, ticket.opened_at,
        )  # fmt: skip


OWN_FIELDS: Final = View(
    Shape("fields", 1, OwnFieldRow, ("ticket", "ref", "field"), (("field", "content"), ("customer",)), ("field", "ticket")),
    of_ticket=rows,
)
"""The fields of the house's own (自定义栏目)."""
