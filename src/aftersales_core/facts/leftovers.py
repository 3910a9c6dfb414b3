"""遗留单: work a visit could not finish, line by line, from the sheet to the factory's promise."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field

from aftersales_core.facts._base import Fact, Piece
from aftersales_core.facts.triage import Party
from aftersales_core.values import Id, LeftoverNo, LineId, Moment, Name, Quantity, Text, VisitNo


class LeftoverLine(Piece):
    """One thing left over.

    Attributes:
        item: what it is.
        qty: how many pieces.
        needs_goods: whether goods must be ordered; otherwise another visit is enough. (L-03, L-04)
    """

    item: Name
    qty: Quantity = 1
    needs_goods: bool
    cause: Name | None = None


class LeftoverRaised(Fact):
    """Something is left over: a part missing, damaged or wrong, or work not finished. (L-01, F-14, T-18)

    Attributes:
        leftover: number of the leftover order within the ticket.
        visit: the visit that found it; none when it was found otherwise, e.g. by the call-back.
        written: whether it stands in writing in the 《安装日报表》. (W-01)
    """

    kind: ClassVar[str] = "leftover-raised"

    leftover: LeftoverNo
    visit: VisitNo | None = None
    lines: tuple[LeftoverLine, ...] = Field(min_length=1, max_length=200)
    written: bool = False


class LeftoverWritten(Fact):
    """A leftover told by word of mouth was put into the 《安装日报表》. (W-01, F-14)"""

    kind: ClassVar[str] = "leftover-written"

    leftover: LeftoverNo


class SheetIssued(Fact):
    """A 《遗留问题处理单》 was issued. (L-05, W-02)"""

    kind: ClassVar[str] = "sheet-issued"

    leftover: LeftoverNo
    sheet_no: Id


class SheetReviewed(Fact):
    """The installation supervisor reviewed the sheet. (L-06, L-07, W-03)"""

    kind: ClassVar[str] = "sheet-reviewed"

    leftover: LeftoverNo
    approved: bool
    own_sheet: bool = False
    note: Text | None = None


class LeftoverConfirmed(Fact):
    """Customer service confirmed the leftover with the customer by telephone. (R-14, W-05)"""

    kind: ClassVar[str] = "leftover-confirmed"

    leftover: LeftoverNo
    remark: Text | None = None


class LiabilityRuled(Fact):
    """The supervisor decided who bears the leftover. (R-14, W-06)"""

    kind: ClassVar[str] = "liability-ruled"

    leftover: LeftoverNo
    party: Party
    ground: Text


class GoodsOrdered(Fact):
    """The goods of a sheet were ordered at the factory. (L-08, W-04)"""

    kind: ClassVar[str] = "goods-ordered"

    leftover: LeftoverNo
    lines: tuple[LineId, ...] = Field(min_length=1)
    factory_order: Id
    ordered_at: Moment


class FormUploaded(Fact):
    """The completed 《售服信息反馈表》 was uploaded. (L-09)"""

    kind: ClassVar[str] = "form-uploaded"

    leftover: LeftoverNo


class GoodsPromised(Fact):
    """The factory named a delivery date. (G-06, W-07)"""

    kind: ClassVar[str] = "goods-promised"

    leftover: LeftoverNo
    lines: tuple[LineId, ...] = Field(min_length=1)
    promised_on: date


class GoodsShipped(Fact):
    """The goods left the factory. (G-03)"""

    kind: ClassVar[str] = "goods-shipped"

    leftover: LeftoverNo
    lines: tuple[LineId, ...] = Field(min_length=1)
    waybill: Id | None = None


class LineWaived(Fact):
    """A line is given up, with the reason: the customer keeps it as it is, or it is settled in money."""

    kind: ClassVar[str] = "line-waived"

    line: LineId
    reason: Text
    settled_by: Literal["kept-as-is", "refund", "mistake"]
