"""跟货命令: which commands about a leftover line are offered to a role, and how their forms are filled in beforehand.

What is offered is likely, not certain: the tables of moves and the duties are asked, the guards of the core say the last word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from aftersales_core.moves import SHEET, TICKET, VISIT
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import COMMANDS
from aftersales_core.state import Leftover, Line, Ticket
from aftersales_web.pages.asking import Field

_Fits = Callable[[Ticket, Leftover, Line], bool]


def _takes(kind: str) -> _Fits:
    return lambda _ticket, _order, line: line.takes(kind)


def _sheet(kind: str) -> _Fits:
    return lambda _ticket, order, line: line.open and order.open and SHEET.step(order.sheet, kind, lambda _name: True) is not None


FITS: Final[Mapping[str, _Fits]] = {
    "write-leftover": lambda _t, order, line: line.open and order.visit is not None and not order.written,
    "issue-sheet": _sheet("sheet-issued"),
    "review-sheet": _sheet("sheet-reviewed"),
    "confirm-leftover": lambda _t, order, line: line.open and order.confirmed_at is None,
    "rule-liability": lambda _t, order, line: line.open and order.confirmed_at is not None and order.party is None,
    "order-goods": lambda _t, order, line: order.sheet == "REVIEWED" and line.takes("goods-ordered"),
    "promise-goods": _takes("goods-promised"),
    "ship-goods": lambda _t, _order, line: line.takes("goods-shipped") and line.shipped_at is None,
    "inspect-goods": lambda _t, _order, line: line.takes("goods-inspected") and line.arrived + line.good < line.qty,
    "receive-goods": lambda _t, _order, line: line.good > 0 and line.takes("goods-arrived"),
    "reject-goods": lambda _t, _order, line: line.bad > 0 and line.takes("goods-rejected"),
    "notify-arrival": lambda ticket, _order, line: ticket.unnotified_since is not None and line.in_at is not None,
    "draw-goods": lambda ticket, _order, line: line.takes("goods-drawn") and _sent(ticket),
}
"""Command → whether it can be about a line as it stands; in the order of the way."""


def _sent(ticket: Ticket) -> bool:
    return ticket.visit is not None and (ticket.visit.state, "goods-drawn") in VISIT.cells


def offered(role: str, ticket: Ticket, line: Line, book: Playbook) -> list[str]:
    """The commands that *role* may give about *line* now, what comes first on top."""
    order = ticket.find_leftover(order_of(line.id))
    if order is None:
        return []
    allowed = TICKET.allowed.get(ticket.stage, frozenset())
    return [
        name for name, fits in FITS.items()
        if role in book.duties[name].roles and COMMANDS[name].fact.kind in allowed and fits(ticket, order, line)
    ]  # fmt: skip


def order_of(line: str) -> int:
    """The number of the leftover order a line belongs to: 2 of `L2-1`; 0 for what is no line."""
    head, _, _tail = line.partition("-")
    number = head[1:]
    return int(number) if head[:1] == "L" and number.isascii() and number.isdigit() and len(number) < 6 else 0


def filled(command: str, ticket: Ticket, line: Line | None) -> dict[str, Any]:
    """What the form of *command* says beforehand, where it is given about *line*."""
    if line is None:
        return {}
    order = order_of(line.id)
    match command:
        case "inspect-goods":
            return {"lines": [{"line": line.id, "good": max(0, line.qty - line.arrived - line.good), "bad": 0}]}
        case "receive-goods":
            return {"lines": [{"line": line.id, "qty": line.good}]}
        case "reject-goods":
            return {"lines": [{"line": line.id, "qty": line.bad}]}
        case "draw-goods":
            return {"lines": [{"line": each.id, "qty": each.arrived - each.drawn} for each in ticket.lines if each.takes("goods-drawn")]}
        case "order-goods" | "promise-goods" | "ship-goods":
            return {"leftover": order, "lines": [line.id]}
        case _:
            return {"leftover": order}


def narrowed(field: Field, command: str, ticket: Ticket, order: int) -> Field:
    """*field* with only those lines to choose from that *command* can be about, of one *order* where that is named."""
    kind = COMMANDS[command].fact.kind
    fit = {line.id for line in ticket.lines if line.takes(kind) and (not order or order_of(line.id) == order)}
    if field.name != "lines":
        return field
    if field.kind == "records":
        kept = [at for at, row in enumerate(field.rows) if row[0].value in fit]
        return replace(field, rows=tuple(field.rows[at] for at in kept), about=tuple(field.about[at] for at in kept))
    return replace(field, choices=tuple(each for each in field.choices if each.value in fit))
