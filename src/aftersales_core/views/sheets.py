"""处理单、售服信息反馈表: what a repair or a leftover order went through, on the two papers that follow it.

《售服信息反馈表》 tells of a repair or a leftover from the report to the call-back; the register of 《遗留问题处理单》 tells where
each leftover order stands and since when. (L-02, L-05 … L-09, L-23, R-12, W-02, W-03, W-06)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypeAlias

from aftersales_core.facts import Entry, Fact, revisits
from aftersales_core.moves import LINE
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Shape
from aftersales_core.state import Leftover, Ticket
from aftersales_core.views._base import View


@dataclass(frozen=True, slots=True)
class AftersalesRow:
    """One repair or one leftover order in the 《售服信息反馈表》. (L-02, L-08, L-09, L-23, R-12)

    Attributes:
        leftover: number of the leftover order; 0 for a repair that needed none.
        matter: `repair` or `leftover`.
        needs_goods: whether goods must be ordered; None while nobody has said so. (L-03)
        uploaded: the completed form is uploaded. (L-09)
        promised_on: when the last of its goods is due from the factory.
        called_at: of the latest call-back since the work was done; the four columns after it are of that call.
        done_at: when the last of it was put right or given up.
    """

    ticket: str
    leftover: int
    matter: str
    customer: str | None
    phone: str | None
    received_at: datetime | None
    problem: str | None
    needs_goods: bool | None
    sheet_no: str | None
    factory_order: str | None
    ordered_at: datetime | None
    uploaded: bool
    promised_on: date | None
    done_at: datetime | None
    called_at: datetime | None
    satisfaction: int | None
    repair_result: str | None
    remark: str | None
    registered: bool


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One leftover order with its 《遗留问题处理单》. (L-05 … L-07, W-02, W-03, W-06)

    Attributes:
        items: what is left over, by name and pieces.
        state: how far it is: the sheet until it is reviewed, then the line that is furthest behind.
        since: when it came there.
        own_sheet: whoever reviewed it had issued it. (L-07)
        party: who bears it, once ruled. (W-06)
        promised_on: when the last of its goods is due from the factory.
    """

    ticket: str
    leftover: int
    sheet_no: str | None
    customer: str | None
    phone: str | None
    items: str
    state: str
    since: datetime | None
    raised_at: datetime | None
    visit: int | None
    written: bool
    issued_by: str | None
    reviewed_by: str | None
    own_sheet: bool
    confirmed_at: datetime | None
    party: str | None
    factory_order: str | None
    ordered_at: datetime | None
    promised_on: date | None


def things(order: Leftover) -> str:
    """The lines of an order by name and pieces: `衣柜门板×2、抽屉调缝×1`."""
    return "、".join(f"{line.item}×{line.qty}" for line in order.lines)


def is_repair(ticket: Ticket) -> bool:
    """Whether something that was there already is to be put right; before triage its category says so."""
    if ticket.service is not None:
        return ticket.service in {"repair", "exchange", "return"}
    return ticket.category in {"repair", "delivery-defect"}


def aftersales_rows(history: Sequence[Entry], ticket: Ticket, _playbook: Playbook) -> Iterator[AftersalesRow]:
    """A row for every leftover order, and one for a repair that none of them was raised for."""
    told = [entry.fact for entry in history if isinstance(entry.fact, revisits.Revisited)]

    def row(order: Leftover, matter: str, problem: str | None, goods: bool | None, done: datetime | None) -> AftersalesRow:
        return AftersalesRow(
            ticket.number, order.no, matter, ticket.customer, ticket.phone, order.raised_at, problem, goods,
            order.sheet_no, order.factory_order, ordered_at(order), order.uploaded, promised_on(order), done,
            *_called(ticket, told, done),
        )  # fmt: skip

    repair = is_repair(ticket)
    if repair and all(order.visit is not None for order in ticket.leftovers):
        itself = Leftover(0, raised_at=ticket.opened_at)
        yield row(itself, "repair", ticket.problem, ticket.needs_goods, ticket.first_installed_at)
    for order in ticket.leftovers:
        own = repair and order.visit is None
        problem = (ticket.problem if own else None) or things(order)
        goods = any(line.needs_goods for line in order.lines)
        yield row(order, "repair" if own else "leftover", problem, goods, done_at(order))


def sheet_rows(history: Sequence[Entry], ticket: Ticket, _playbook: Playbook) -> Iterator[SheetRow]:
    """A row for every leftover order, with a sheet or without."""
    for order in ticket.leftovers:
        state = stands(order)
        yield SheetRow(
            ticket.number, order.no, order.sheet_no, ticket.customer, ticket.phone, things(order), state,
            _since(history, order.no, state), order.raised_at, order.visit, order.written, order.issued_by,
            order.reviewed_by, order.own_sheet, order.confirmed_at, order.party, order.factory_order,
            ordered_at(order), promised_on(order),
        )  # fmt: skip


def done_at(order: Leftover) -> datetime | None:
    """When the last line of an order was settled or waived; None while one is open."""
    return None if order.open else max((line.closed_at for line in order.lines if line.closed_at), default=None)


def stands(order: Leftover) -> str:
    """How far an order is: its sheet's state until it is reviewed, then that of the line furthest behind. (L-25)"""
    if order.lines and not order.open:
        return "WAIVED" if all(line.state == "WAIVED" for line in order.lines) else "SETTLED"
    if order.sheet != "REVIEWED":
        return "RAISED" if order.sheet == "NEW" else order.sheet
    behind = min((LINE.states.index(x.state) for x in order.lines if x.open and x.needs_goods), default=0)
    return "REVIEWED" if behind <= LINE.states.index("RAISED") else LINE.states[behind]


_LEADS_TO: Final[dict[str, frozenset[str]]] = {
    "RAISED": frozenset({"leftover-raised"}),
    "ISSUED": frozenset({"sheet-issued"}),
    "RETURNED": frozenset({"sheet-reviewed"}),
    "REVIEWED": frozenset({"sheet-reviewed"}),
    "ORDERED": frozenset({"goods-ordered"}),
    "SHIPPED": frozenset({"goods-shipped"}),
    "PART_IN": frozenset({"goods-arrived"}),
    "IN": frozenset({"goods-arrived"}),
    "DRAWN": frozenset({"goods-drawn"}),
    "SETTLED": frozenset({"installed", "line-waived"}),
    "WAIVED": frozenset({"line-waived"}),
}
"""State of an order → the facts that bring it there."""


def _since(history: Sequence[Entry], no: int, state: str) -> datetime | None:
    """When the last fact happened that brought order *no* to *state*."""
    kinds = _LEADS_TO[state]
    there = (e.occurred_at for e in reversed(history) if e.fact.kind in kinds and _is_about(e.fact, no))
    return next(there, None)


def _is_about(fact: Fact, no: int) -> bool:
    """Whether *fact* is about order *no* or a line of it."""
    if getattr(fact, "leftover", None) == no:
        return True
    pieces = (getattr(piece, "line", piece) for piece in getattr(fact, "lines", ()))
    named = (*pieces, *getattr(fact, "settles", ()), getattr(fact, "line", None))
    return any(isinstance(line, str) and line.startswith(f"L{no}-") for line in named)


_Called: TypeAlias = tuple[datetime | None, int | None, str | None, str | None, bool]


def _called(ticket: Ticket, told: Sequence[revisits.Revisited], done: datetime | None) -> _Called:
    """What the latest call-back since *done* says: when, satisfaction, repair result, remark, and whether it is entered."""
    call = ticket.call
    if call is None or done is None or call.at < done:
        return None, None, None, None, False
    return call.at, call.satisfaction, told[-1].repair_result if told else None, call.remark, call.registered


def ordered_at(order: Leftover) -> datetime | None:
    """When the first of its goods were ordered."""
    return min((line.ordered_at for line in order.lines if line.ordered_at), default=None)


def promised_on(order: Leftover) -> date | None:
    """When the last of its goods is due from the factory."""
    return max((line.promised_on for line in order.lines if line.promised_on), default=None)


AFTERSALES: Final = View(
    Shape(
        "aftersales", 1, AftersalesRow, ("ticket", "leftover"),
        (("received_at",), ("uploaded", "ordered_at"), ("called_at",)), ("received_at",),
    ),
    of_history=aftersales_rows,
    kinds=frozenset({"revisited"}),
)  # fmt: skip
"""《售服信息反馈表》."""

SHEETS: Final = View(
    Shape(
        "sheets", 1, SheetRow, ("ticket", "leftover"),
        (("raised_at",), ("state", "since"), ("promised_on",), ("sheet_no",)), ("raised_at",),
    ),
    of_history=sheet_rows,
    kinds=frozenset().union(*_LEADS_TO.values()),
)  # fmt: skip
"""《遗留问题处理单》, every sheet there is."""
