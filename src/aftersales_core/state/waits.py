"""等待: the reasons for which a ticket stands still, and the times for which it did.

They are kept up while folding, so that a clock can be told from the state alone, without its history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from aftersales_core.moves import TICKET, VISIT
from aftersales_core.state.ticket import Ticket, Wait


def waiting_for_goods(t: Ticket) -> bool:
    """The ticket stands still for goods."""
    return t.stage == "AWAITING_GOODS"


def waiting_for_customer(t: Ticket) -> bool:
    """A visit was missed and no new day is agreed yet. (G-10, L-12)"""
    return bool(t.visits) and t.visits[-1].state == "MISSED"


WAITING: Final[Mapping[str, Callable[[Ticket], bool]]] = {
    "waiting-for-goods": waiting_for_goods,
    "waiting-for-customer": waiting_for_customer,
}
"""Reason → whether the ticket waits for it."""

MAY_BEGIN: Final = frozenset(
    {move.trigger for move in TICKET.moves if move.dest == "AWAITING_GOODS"}
    | {move.trigger for move in VISIT.moves if move.dest == "MISSED"}
)
"""Kinds of facts with which a wait can begin, in whatever order facts come: no other leads there. Most tickets never
wait, and asking the reasons after every fact would cost a tenth of the fold."""


_REASONS: Final = tuple(WAITING.items())


def keep_waits(t: Ticket, at: datetime) -> None:
    """Begin and end the waits of *t*, which nobody else holds, as it stands after what happened at *at*."""
    going_on: tuple[str, ...] = ()
    for wait in reversed(t.waits):
        if wait.until is not None:
            break
        going_on += (wait.reason,)
    for reason, waiting in _REASONS:
        if waiting(t):
            if reason not in going_on:
                t.waits = (*t.waits, Wait(reason, at))
        elif reason in going_on:
            ended = (replace(w, until=at) if w.reason == reason and w.until is None else w for w in t.waits)
            t.waits = tuple(sorted(ended, key=lambda wait: wait.until is None))
