"""条件: the named conditions of the legal moves, over a ticket *after* a fact and the fact itself.

A fact is known by its kind, not by its class: a replay folds facts in a leaner form (see `lean`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aftersales_core.moves import TICKET
from aftersales_core.state.ticket import UNDER_WAY, Ticket


def _imported_as(stage: str) -> Callable[[Ticket, Any], bool]:
    return lambda _ticket, fact: bool(fact.kind == "imported" and fact.stage == stage)


def _outcome(name: str) -> Callable[[Ticket, Any], bool]:
    return lambda _ticket, fact: bool(fact.kind == "revisited" and fact.outcome == name)


def nothing_open(ticket: Ticket) -> bool:
    """No leftover line, no complaint, no slip on its way, no work sent back. (L-24)"""
    return not (
        ticket.open_lines
        or ticket.open_complaints
        or ticket.rework
        or ticket.open_slips
    )


TICKET_CONDITIONS: Final[dict[str, Callable[[Ticket, Any], bool]]] = {
    **{name: _imported_as(name.removeprefix("imported-as-"))
       for move in TICKET.moves if move.trigger == "imported" for name in move.when},
    "remote": lambda _t, f: bool(f.kind == "installed" and f.place == "remote"),
    "goods-outstanding": lambda t, _f: t.goods_outstanding,
    "visit-under-way": lambda t, _f: t.visit is not None and t.visit.state in UNDER_WAY,
    "lines-open": lambda t, _f: bool(t.open_lines),
    "never-installed": lambda t, _f: t.first_installed_at is None,
    "ever-installed": lambda t, _f: t.first_installed_at is not None,
    "class-a-satisfied": lambda _t, f: f.kind == "revisited" and (f.call_class, f.outcome) == ("A", "satisfied"),
    "complaint": _outcome("complaint"),
    "work-sent-back": lambda t, f: bool(f.outcome == "work-sent-back" if f.kind == "revisited" else t.rework),
    "nothing-open": lambda t, _f: nothing_open(t),
}
"""Every condition that the ticket table names; a test holds the two equal."""
