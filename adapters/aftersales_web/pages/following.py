"""进度: what a customer is told of his ticket: how far it has come, what happens next and by when, who comes, where the goods are.

Nothing of the house's own stands here: no price, no liability, no remark, and of names only what is said at the door.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from aftersales_core.playbooks import Playbook
from aftersales_core.rules import legal_moves
from aftersales_core.state import Ticket, Visit
from aftersales_core.views import worklist
from aftersales_core.wording import Lang
from aftersales_web.wording import said

ROLE: Final = "customer"

STEPS: Final = ("taken-in", "prepared", "booked", "visited", "finished")

DUE: Final[Mapping[str, str]] = {"taken-in": "respond", "wait-booking": "book", "wait-call": "call-back", "wish": "answer-wish"}
"""What is next → the task whose clock says by when."""

GOODS: Final[Mapping[str, str]] = {
    "RAISED": "to-order", "ORDERED": "ordered", "SHIPPED": "on-the-way", "PART_IN": "partly-in", "IN": "in", "DRAWN": "in",
    "SETTLED": "fitted", "WAIVED": "dropped",
}  # fmt: skip
"""State of a leftover line → how far the customer is told it has come."""

_FAMILIES: Final = ("欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "司徒", "令狐", "东方", "端木", "长孙", "宇文")


@dataclass(frozen=True, slots=True)
class Goods:
    """One piece that is waited for, or came."""

    item: str
    qty: int
    state: str
    promised_on: date | None


@dataclass(frozen=True, slots=True)
class Following:
    """A ticket as its customer sees it.

    Attributes:
        at: which of `STEPS` it has come to, from 0; *over*: that step is done too.
        next: code of what happens next; *by*: by when, where a clock says so and it is not past.
        visit: the one that is booked or under way; None where none is.
        crew: who comes, as one calls them at the door.
        rated: the visit that can be rated, or was; None where no work was done.
        may: commands the customer may give now.
    """

    at: int
    over: bool
    next: str
    by: datetime | None
    day: date | None
    visit: Visit | None
    crew: tuple[str, ...]
    goods: tuple[Goods, ...]
    rated: Visit | None
    may: frozenset[str]


def following_of(ticket: Ticket, book: Playbook, names: Mapping[str, str], now: datetime, lang: Lang) -> Following:
    """*ticket* as its customer sees it now."""
    visit = ticket.visit if ticket.visit is not None and ticket.visit.state in ("PLANNED", "DISPATCHED", "EN_ROUTE", "ON_SITE") else None
    at, next_ = _where(ticket, visit, now)
    due = {task.task: task.due_at for task in worklist.rows(ticket, book)}
    by = due.get(DUE.get(next_, ""))
    owed = [line.promised_on for line in ticket.lines if line.outstanding and line.promised_on is not None]
    done = next((each for each in reversed(ticket.visits) if each.state in ("DONE", "ACCEPTED")), None)
    # what is over by the clock is neither confirmed nor moved any more, though the rules would take it
    past = frozenset({"confirm-appointment", "request-time"}) if visit is None or visit.start is None or visit.start <= now else frozenset()
    return Following(
        at, ticket.stage == "CLOSED", next_, by if by is not None and by > now else None,
        max(owed) if next_ == "wait-goods" and owed and max(owed) >= now.date() else None,
        visit, tuple(called(names.get(each, each), lang) for each in (visit.crew if visit is not None else ())),
        tuple(Goods(line.item, line.qty, GOODS.get(line.state, "to-order"), line.promised_on if line.outstanding else None)
              for line in ticket.lines if line.needs_goods and line.state != "WAIVED"),
        done, frozenset(move.command for move in legal_moves(ticket, book, ROLE) if move.open) - past,
    )  # fmt: skip


def _where(ticket: Ticket, visit: Visit | None, now: datetime) -> tuple[int, str]:
    """Which step it has come to, and what happens next."""
    if ticket.stage == "CANCELLED":
        return 0, "cancelled"
    if ticket.stage == "CLOSED":
        return 4, "closed"
    if visit is not None and visit.state == "EN_ROUTE":
        return 3, "on-the-way"
    if visit is not None and visit.state == "ON_SITE":
        return 3, "on-site"
    if visit is not None:
        late = visit.end is not None and visit.end < now
        return 2, "wish" if visit.wish is not None else "late" if late else "booked"
    if ticket.visit is not None and ticket.visit.state == "MISSED":
        return 2, "missed"
    if ticket.stage == "REPORTED":
        return 0, "taken-in" if ticket.acknowledged_at is None else "judging"
    if ticket.stage == "AWAITING_GOODS" or (ticket.stage == "TRIAGED" and ticket.needs_goods and not ticket.leftovers):
        return 1, "wait-goods"
    if ticket.stage in ("TRIAGED", "READY"):
        return 2, "wait-booking"
    return 4, "wait-call" if ticket.uncalled or ticket.stage == "INSTALLED" else "closing"


def called(name: str, lang: Lang) -> str:
    """What one calls somebody at the door: 周师傅 of 周卫, Mr or Ms Smith of Anna Smith."""
    if not name.isascii():
        family = name[:2] if name.startswith(_FAMILIES) else name[:1]
        return said("customer-master", lang, family=family)
    return said("customer-master", lang, family=name.split()[-1] if name.split() else name)


def spoken(at: datetime | date, zone: ZoneInfo, lang: Lang, *, clock: bool = True) -> str:
    """A day, with its hour where it has one, as one says it: `11月26日 周四 14:00`."""
    if isinstance(at, datetime):
        at = at.astimezone(zone)
    weekday = said("weekdays", lang).split(" ")[at.weekday()]
    day = f"{at.month}月{at.day}日 {weekday}" if lang == "zh" else f"{weekday} {at.day} {said('customer-months', lang).split(' ')[at.month - 1]}"
    return f"{day} {at:%H:%M}" if clock and isinstance(at, datetime) else day
