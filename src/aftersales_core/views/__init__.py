"""视图: what people look at: board, timeline, leftover register, worklist, customer file, and the registers.

A view is a pure fold of facts into rows and knows no clock: what is open, due or overdue is asked of its rows with
the reader's own moment (`opens_at <= at`, `due_at < at`).
"""

from __future__ import annotations

from typing import Any, Final

from aftersales_core.views._base import OfEntry, OfHistory, OfTicket, View
from aftersales_core.views.board import BOARD, BoardRow
from aftersales_core.views.customers import CUSTOMERS, CustomerRow, customer_key
from aftersales_core.views.leftovers import LEFTOVERS, LeftoverRow
from aftersales_core.views.own_fields import OWN_FIELDS
from aftersales_core.views.papers import PAPERS, PaperRow
from aftersales_core.views.registers import CALLS, COMMISSION, DAILY, GOODS, ROSTER, SLIPS
from aftersales_core.views.reports import FAULTS, SCORES, TIMES
from aftersales_core.views.sheets import AFTERSALES, SHEETS
from aftersales_core.views.timeline import TIMELINE, TimelineRow
from aftersales_core.views.worklist import WORKLIST, TaskRow

REGISTERS: Final[tuple[View[Any], ...]] = (SLIPS, CALLS, AFTERSALES, SHEETS, ROSTER, DAILY, GOODS, COMMISSION, OWN_FIELDS)
"""Every register that is kept on paper, in the order of the day."""

ALL: Final[tuple[View[Any], ...]] = (
    BOARD, TIMELINE, LEFTOVERS, WORKLIST, CUSTOMERS, *REGISTERS, TIMES, SCORES, FAULTS, PAPERS,
)  # fmt: skip
"""Every view of the house, in the order they are brought up to date."""

BY_NAME: Final[dict[str, View[Any]]] = {view.name: view for view in ALL}
"""Name → view."""

__all__ = [
    "AFTERSALES",
    "ALL",
    "BOARD",
    "BY_NAME",
    "CALLS",
    "COMMISSION",
    "CUSTOMERS",
    "DAILY",
    "FAULTS",
    "GOODS",
    "LEFTOVERS",
    "OWN_FIELDS",
    "PAPERS",
    "REGISTERS",
    "ROSTER",
    "SCORES",
    "SHEETS",
    "SLIPS",
    "TIMELINE",
    "TIMES",
    "WORKLIST",
    "BoardRow",
    "CustomerRow",
    "LeftoverRow",
    "OfEntry",
    "OfHistory",
    "OfTicket",
    "PaperRow",
    "TaskRow",
    "TimelineRow",
    "View",
    "customer_key",
]
