"""登记表: the registers a dealer keeps on paper, each a fold of facts, printed as the form it is.

《安装信息登记表》 slips, 《安装信息反馈表》 call-backs, 《安装排班表》 roster, 《安装日报表》 daily report, 《进出仓信息反馈表》 goods in
and out, and the gate to commission. (I-08, F-04, F-08, F-14, R-09, W-11, W-14)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from aftersales_core.facts import Entry, dispatch, goods, revisits
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Shape
from aftersales_core.rules.sight import listed
from aftersales_core.state import Ticket, Visit
from aftersales_core.views._base import View


@dataclass(frozen=True, slots=True)
class SlipRow:
    """One visit's slip in the 《安装信息登记表》. (F-04, I-08)

    Attributes:
        state: of the slip table; `NEW` while it was never handed in.
    """

    ticket: str
    visit: int
    slip_no: str | None
    customer: str | None
    phone: str | None
    crew: str
    installed_at: datetime | None
    handed_in_at: datetime | None
    state: str
    complete: bool
    rating: int | None
    leftovers: int
    refused_for: str | None
    approved_by: str | None
    registered_at: datetime | None


@dataclass(frozen=True, slots=True)
class CallRow:
    """One answered call-back in the 《安装信息反馈表》. (R-04, R-05, R-09, R-11, R-13)

    Attributes:
        caller: who called.
        repair_result: how the repair holds, as the customer says; asked after repairs.
        leftovers_checked: class B: slip and leftover register were compared.
        progress_told: class B: what the customer was told of the leftovers.
        form: the register it is entered in: `calls` for installations, `aftersales` for repairs unless the house keeps one.
    """

    ticket: str
    call: int
    called_at: datetime
    customer: str | None
    phone: str | None
    call_class: str
    outcome: str
    satisfaction: int | None
    remark: str | None
    registered: bool
    shared: bool
    caller: str
    repair_result: str | None
    leftovers_checked: bool | None
    progress_told: str | None
    form: str


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One booked visit in the 《安装排班表》. (W-14)

    Attributes:
        state: of the visit table.
        moved: how often its time was changed.
        confirmed: the customer said himself that the time suits him; *wish_on*: the other day he asked for, until it is answered.
        branch: the shop (门店) whose ticket it is; None where nobody said.
        assigned: everybody who was ever named for a visit of the ticket, as `rules.sight.listed` writes them.
    """

    ticket: str
    visit: int
    start: datetime
    end: datetime | None
    crew: str
    customer: str | None
    phone: str | None
    address: str | None
    agreed_with: str | None
    papers: str
    state: str
    moved: int
    confirmed: bool
    wish_on: date | None
    category: str
    branch: str | None
    assigned: str


@dataclass(frozen=True, slots=True)
class DailyRow:
    """One visit in the 《安装日报表》 of the day it ended, with what it left over. (F-14)

    Attributes:
        day: the day in the house's time zone, `2026-11-02`.
        leftovers: what is left over, by name; empty where nothing is.
        written: whether every leftover of the visit was reported in writing. (W-01)
    """

    day: str
    ticket: str
    visit: int
    crew: str
    customer: str | None
    work: str | None
    leftovers: str
    written: bool
    daily_report: bool


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """Pieces of one line that moved, in the 《进出仓信息反馈表》. (W-11, W-16)

    Attributes:
        move: `in` entered, `out` drawn for a visit, `back` sent back as bad.
        sheet_no: of the handling sheet the line stands on.
        notified_at: when customer service heard of what came in. (W-12)
    """

    ticket: str
    version: int
    line: str
    item: str | None
    move: str
    qty: int
    at: datetime
    place: str | None
    entry_no: str | None
    actor: str
    sheet_no: str | None
    notified_at: datetime | None


@dataclass(frozen=True, slots=True)
class CommissionRow:
    """Whether a visit counts for the commission of one of its crew. (F-08)

    Attributes:
        counts: only a complete slip, approved by the supervisor, does.
        why: what stands in the way: slip-missing, slip-refused, slip-sent-back, slip-incomplete, slip-not-approved, slip-unscored.
        days: days from the visit to handing in, in the house's time zone. (F-16, L-19)
        clauses: what says so.
        handed_in: `on-time`, or `late` where it took more than a day; None while it is not handed in.
        scored: whether the customer's score stands on the slip; it is shown and decides nothing here. (F-05, F-06)
    """

    crew_member: str
    ticket: str
    visit: int
    installed_at: datetime
    counts: bool
    why: str | None
    days: int | None
    clauses: str
    handed_in: str | None
    scored: bool


def _crew(visit: Visit) -> str:
    return "、".join(visit.crew)


def slip_rows(ticket: Ticket, _playbook: Playbook) -> Iterable[SlipRow]:
    """A row for every visit that was done, and for every slip that was handed in."""
    for visit in ticket.visits:
        slip = visit.slip
        if visit.installed_at is None and slip.state == "NEW":
            continue
        left = sum(len(order.lines) for order in ticket.leftovers if order.visit == visit.no)
        yield SlipRow(
            ticket.number, visit.no, slip.slip_no, ticket.customer, ticket.phone, _crew(visit), visit.installed_at,
            slip.handed_in_at, slip.state, slip.complete, visit.rating, left, slip.refused_for, slip.approved_by,
            slip.registered_at,
        )  # fmt: skip


def call_rows(history: Sequence[Entry], ticket: Ticket, playbook: Playbook) -> Iterable[CallRow]:
    """A row for every call-back that was answered."""
    apart = playbook.setting["call-form"].value == "by-kind" and ticket.category in {"repair", "delivery-defect"}
    told = [(entry, entry.fact) for entry in history if isinstance(entry.fact, revisits.Revisited)]
    for number, (call, (entry, said)) in enumerate(zip(ticket.calls, told, strict=True), 1):
        yield CallRow(
            ticket.number, number, call.at, ticket.customer, ticket.phone, call.call_class, call.outcome,
            call.satisfaction, call.remark, call.registered, call.shared, entry.actor, said.repair_result,
            said.leftovers_checked if call.call_class == "B" else None, said.progress_told,
            "aftersales" if apart else "calls",
        )  # fmt: skip


def roster_rows(ticket: Ticket, _playbook: Playbook) -> Iterable[RosterRow]:
    """A row for every visit with a time."""
    for visit in ticket.visits:
        if visit.start is not None:
            yield RosterRow(
                ticket.number, visit.no, visit.start, visit.end, _crew(visit), ticket.customer, ticket.phone,
                ticket.address, visit.agreed_with, "、".join(visit.papers), visit.state, visit.moved, visit.confirmed_at is not None,
                visit.wish.day if visit.wish is not None else None, ticket.category, ticket.branch, listed(ticket.assigned),
            )  # fmt: skip


def daily_rows(ticket: Ticket, playbook: Playbook) -> Iterable[DailyRow]:
    """A row for every visit that ended, done or not."""
    zone = ZoneInfo(playbook.timezone)
    for visit in ticket.visits:
        ended = visit.installed_at or visit.ended_at
        if ended is None:
            continue
        orders = [order for order in ticket.leftovers if order.visit == visit.no]
        left = "、".join(f"{line.item}×{line.qty}" for order in orders for line in order.lines)
        yield DailyRow(
            ended.astimezone(zone).date().isoformat(), ticket.number, visit.no, _crew(visit), ticket.customer,
            visit.work, left, all(order.written for order in orders), visit.slip.daily_report,
        )  # fmt: skip


def goods_rows(history: Sequence[Entry], ticket: Ticket, _playbook: Playbook) -> Iterator[GoodsRow]:
    """A row for every line that a fact moved in, out or back."""
    known = {line.id: (line.item, order.sheet_no) for order in ticket.leftovers for line in order.lines}
    notices = [entry for entry in history if isinstance(entry.fact, goods.ArrivalNotified)]
    for entry in history:
        place = number = heard = None
        match entry.fact:
            case goods.GoodsArrived(lines=pieces):
                move, place, number = "in", entry.fact.place, entry.fact.entry_no
                heard = next((notice.occurred_at for notice in notices if notice.version > entry.version), None)
            case dispatch.GoodsDrawn(lines=pieces):
                move = "out"
            case goods.GoodsRejected(lines=pieces):
                move = "back"
            case _:
                continue
        totals: dict[str, int] = {}
        for piece in pieces:
            totals[piece.line] = totals.get(piece.line, 0) + piece.qty
        for line, qty in totals.items():
            item, sheet_no = known.get(line, (None, None))
            yield GoodsRow(
                entry.ticket, entry.version, line, item, move, qty, entry.occurred_at, place, number,
                entry.actor, sheet_no, heard,
            )  # fmt: skip


_IN_THE_WAY: Final = {
    "NEW": ("slip-missing", "F-07、F-08"),
    "REFUSED": ("slip-refused", "F-05、F-08"),
    "SENT_BACK": ("slip-sent-back", "L-20、F-08"),
    "HANDED_IN": ("slip-not-approved", "F-17、F-08"),
}


def commission_rows(ticket: Ticket, playbook: Playbook) -> Iterable[CommissionRow]:
    """Commission is counted only for slips handed in complete, approved and, unless the house says otherwise, scored.

    (F-06, F-08, F-17)
    """
    zone = ZoneInfo(playbook.timezone)
    for visit in ticket.visits:
        if visit.installed_at is None:
            continue
        slip = visit.slip
        why, clauses = _IN_THE_WAY.get(slip.state, (None, "F-08"))
        if why is None and not slip.complete:
            why, clauses = "slip-incomplete", "F-07、F-08"
        if why is None and not slip.scored and not playbook.flag("unscored-slips-earn"):
            why, clauses = "slip-unscored", "F-06、F-08"
        days = handed_in = None
        if slip.handed_in_at is not None:
            days = (slip.handed_in_at.astimezone(zone).date() - visit.installed_at.astimezone(zone).date()).days
            handed_in = "late" if days > 1 else "on-time"
            clauses += "、L-19" if days > 1 else ""
        for member in dict.fromkeys(visit.crew):
            yield CommissionRow(
                member, ticket.number, visit.no, visit.installed_at, why is None, why, days, clauses, handed_in,
                slip.scored,
            )  # fmt: skip


SLIPS: Final = View(
    Shape("slips", 1, SlipRow, ("ticket", "visit"), (("state", "installed_at"),), ("installed_at",)),
    of_ticket=slip_rows,
)
"""《安装信息登记表》: where the state is REGISTERED; the others are on their way."""

CALLS: Final = View(
    Shape("calls", 3, CallRow, ("ticket", "call"), (("called_at",),), ("called_at",)), of_history=call_rows,
    kinds=frozenset({"revisited"}),
)
"""《安装信息反馈表》."""

ROSTER: Final = View(
    Shape("roster", 2, RosterRow, ("ticket", "visit"), (("start",),), ("start",)), of_ticket=roster_rows
)
"""《安装排班表》."""

DAILY: Final = View(
    Shape("daily", 1, DailyRow, ("ticket", "visit"), (("day",),), ("day",)), of_ticket=daily_rows
)
"""《安装日报表》."""

GOODS: Final = View(
    Shape("goods", 2, GoodsRow, ("ticket", "version", "line"), (("at",),), ("at",)), of_history=goods_rows,
    kinds=frozenset({"arrival-notified", "goods-arrived", "goods-drawn", "goods-rejected"}),
)
"""《进出仓信息反馈表》."""

COMMISSION: Final = View(
    Shape(
        "commission", 3, CommissionRow, ("ticket", "visit", "crew_member"),
        (("crew_member", "installed_at"), ("counts",)), ("crew_member", "installed_at"),
    ),
    of_ticket=commission_rows,
)  # fmt: skip
"""The gate to commission."""
