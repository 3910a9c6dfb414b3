"""货: tickets with goods on their way, for tests of the warehouse and of forms."""

from __future__ import annotations

from typing import Any

from tests.web.office import House

LINES = [{"item": "柜门 450×720", "qty": 2, "needs_goods": True, "cause": "开裂"}, {"item": "调缝", "needs_goods": False}]

WAY = (
    ("triage", "cs_specialist", {"service": "repair", "needs_goods": True}),
    ("raise-leftover", "cs_specialist", {}),
    ("issue-sheet", "cs_supervisor", {}),
    ("review-sheet", "install_supervisor", {"approved": True}),
    ("order-goods", "cs_specialist", {}),
    ("promise-goods", "cs_specialist", {"promised_on": "2026-11-28"}),
    ("ship-goods", "cs_specialist", {}),
    ("inspect-goods", "warehouse_keeper", {"lines": [{"line": "L1-1", "good": 2}]}),
    ("receive-goods", "warehouse_keeper", {"lines": [{"line": "L1-1", "qty": 2}], "place": "A-3", "entry_no": "RK-1"}),
    ("notify-arrival", "warehouse_keeper", {}),
)
"""A leftover with goods, from the judgement to the news that they are in."""

ACTORS = {"cs_specialist": "cs-lin", "cs_supervisor": "csm-tang", "install_supervisor": "sup-chen", "warehouse_keeper": "wh-he"}


def goods(house: House, ticket: str, upto: str, *, lines: Any = LINES, **reported: Any) -> None:
    """A ticket whose leftover has come as far as the command *upto*; its numbers end like its own."""
    house.report(ticket, **reported)
    number = ticket.rpartition("-")[2]
    own = {"raise-leftover": {"lines": lines}, "issue-sheet": {"sheet_no": f"YL-{number}"},
           "order-goods": {"factory_order": f"GC-{number}00"}, "ship-goods": {"waybill": f"DB-{number}"}}  # fmt: skip
    for command, role, fields in WAY:
        house.tell(command, ticket, role, ACTORS[role], **{**fields, **own.get(command, {})})
        if command == upto:
            return
    raise AssertionError(upto)


def kinds(house: House, ticket: str) -> list[str]:
    """The kinds of a ticket's facts, in order."""
    return [entry.fact.kind for entry in house.desk.history(ticket)]
