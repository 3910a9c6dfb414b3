"""遗留单: raising, writing down, sheet, review, liability, order, promise, waiving."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from aftersales_core.facts import Fact, leftovers
from aftersales_core.facts.triage import Party
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import Id, LeftoverNo, LineId, SaidDay, SaidMoment, Text, VisitNo


class RaiseLeftover(Command):
    """Say what is left over, or what a repair needs. (L-01, F-14, G-09, T-18)

    *visit* names the visit that found it; without one it was found otherwise, e.g. in a call-back.
    """

    fact: ClassVar[type[Fact]] = leftovers.LeftoverRaised
    command: Literal["raise-leftover"] = "raise-leftover"

    visit: VisitNo | None = None
    lines: tuple[leftovers.LeftoverLine, ...] = Field(min_length=1, max_length=200)
    written: bool = False


class WriteLeftover(Command):
    """Put a leftover told by word of mouth into the daily report. (W-01)"""

    fact: ClassVar[type[Fact]] = leftovers.LeftoverWritten
    thing = "leftover"
    command: Literal["write-leftover"] = "write-leftover"

    leftover: LeftoverNo | None = None


class IssueSheet(Command):
    """Issue the handling sheet. (L-05, W-02)"""

    fact: ClassVar[type[Fact]] = leftovers.SheetIssued
    thing = "sheet"
    command: Literal["issue-sheet"] = "issue-sheet"

    leftover: LeftoverNo | None = None
    sheet_no: Id


class ReviewSheet(Command):
    """Review the sheet; not approved, it returns to the issuer. (L-06, L-07, W-03)"""

    fact: ClassVar[type[Fact]] = leftovers.SheetReviewed
    thing = "sheet"
    command: Literal["review-sheet"] = "review-sheet"

    leftover: LeftoverNo | None = None
    approved: bool
    note: Text | None = None


class ConfirmLeftover(Command):
    """Confirm the leftover with the customer by telephone. (R-14, W-05)"""

    fact: ClassVar[type[Fact]] = leftovers.LeftoverConfirmed
    thing = "leftover"
    command: Literal["confirm-leftover"] = "confirm-leftover"

    leftover: LeftoverNo | None = None
    remark: Text | None = None


class RuleLiability(Command):
    """Decide who bears the leftover. (R-14, W-06)"""

    fact: ClassVar[type[Fact]] = leftovers.LiabilityRuled
    thing = "leftover"
    command: Literal["rule-liability"] = "rule-liability"

    leftover: LeftoverNo | None = None
    party: Party
    ground: Text


class OrderGoods(Command):
    """Order at the factory; without *lines*, every line that still needs ordering. (L-08, W-04)"""

    fact: ClassVar[type[Fact]] = leftovers.GoodsOrdered
    thing = "leftover"
    command: Literal["order-goods"] = "order-goods"

    leftover: LeftoverNo | None = None
    lines: tuple[LineId, ...] = ()
    factory_order: Id
    ordered_at: SaidMoment | None = None


class UploadForm(Command):
    """Upload the completed 《售服信息反馈表》. (L-09)"""

    fact: ClassVar[type[Fact]] = leftovers.FormUploaded
    thing = "leftover"
    command: Literal["upload-form"] = "upload-form"

    leftover: LeftoverNo | None = None


class PromiseGoods(Command):
    """Record the factory's delivery date; without *lines*, for all ordered ones. (G-06, W-07)"""

    fact: ClassVar[type[Fact]] = leftovers.GoodsPromised
    thing = "leftover"
    command: Literal["promise-goods"] = "promise-goods"

    leftover: LeftoverNo | None = None
    lines: tuple[LineId, ...] = ()
    promised_on: SaidDay


class ShipGoods(Command):
    """Record that goods left the factory; without *lines*, all ordered ones. (G-03)"""

    fact: ClassVar[type[Fact]] = leftovers.GoodsShipped
    thing = "leftover"
    command: Literal["ship-goods"] = "ship-goods"

    leftover: LeftoverNo | None = None
    lines: tuple[LineId, ...] = ()
    waybill: Id | None = None


class WaiveLine(Command):
    """Give a line up, with the reason."""

    fact: ClassVar[type[Fact]] = leftovers.LineWaived
    thing = "line"
    command: Literal["waive-line"] = "waive-line"

    line: LineId
    reason: Text
    settled_by: Literal["kept-as-is", "refund", "mistake"]


def raise_leftover(command: RaiseLeftover, ticket: Ticket) -> list[Fact]:
    """Every leftover keeps its ticket and, where one found it, its visit. (T-18)"""
    return [say(leftovers.LeftoverRaised, command, leftover=len(ticket.leftovers) + 1)]


def write_leftover(command: WriteLeftover, ticket: Ticket, no: int) -> list[Fact]:
    """Once is enough. (W-01)"""
    return [] if ticket.leftovers[no - 1].written else [leftovers.LeftoverWritten(leftover=no)]


def review_sheet(command: ReviewSheet, ticket: Ticket, no: int) -> list[Fact]:
    """A supervisor who issued the sheet himself reviews it as a separate fact, and it is marked so. (L-07)"""
    own = ticket.leftovers[no - 1].issued_by == command.actor
    return [say(leftovers.SheetReviewed, command, leftover=no, own_sheet=own)]


def order_goods(command: OrderGoods, ticket: Ticket, no: int, lines: tuple[str, ...]) -> list[Fact]:
    """An order has a time; where none is named it is the time of the command. (L-08)"""
    ordered_at = command.ordered_at or command.occurred_at
    return [say(leftovers.GoodsOrdered, command, leftover=no, lines=lines, ordered_at=ordered_at)]
