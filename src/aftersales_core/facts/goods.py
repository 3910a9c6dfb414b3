"""到货仓管: goods at the door, inspected, entered, told."""

from __future__ import annotations

from typing import ClassVar, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from aftersales_core.facts._base import Fact, Piece
from aftersales_core.facts.dispatch import LinePieces
from aftersales_core.values import Count, Id, LineId, Name, Quantity, Text, VisitNo


class InspectedLine(Piece):
    """What the keeper found of one line at the door: so many good, so many bad pieces."""

    line: LineId
    good: Count
    bad: Count = 0

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if not self.good + self.bad:
            raise PydanticCustomError("nothing-inspected", "good and bad are both 0")
        return self


class GoodsInspected(Fact):
    """The warehouse keeper looked at goods coming in. (W-08, W-10)"""

    kind: ClassVar[str] = "goods-inspected"

    lines: tuple[InspectedLine, ...] = Field(min_length=1)
    opened: bool = False
    remark: Text | None = None


class GoodsRejected(Fact):
    """Bad pieces went back; they are still owed by the factory. (W-08)"""

    kind: ClassVar[str] = "goods-rejected"

    lines: tuple[LinePieces, ...] = Field(min_length=1)
    reason: Text


class GoodsArrived(Fact):
    """Goods stand in the warehouse and in the 《进出仓信息反馈表》. (W-09, W-11)"""

    kind: ClassVar[str] = "goods-arrived"

    lines: tuple[LinePieces, ...] = Field(min_length=1)
    place: Name | None = None
    entry_no: Id | None = None


class ArrivalNotified(Fact):
    """The keeper told customer service that goods are in. (W-12)"""

    kind: ClassVar[str] = "arrival-notified"

    note: Text | None = None


class OldGoodsReturned(Fact):
    """The old piece of an exchange came back. (G-07)"""

    kind: ClassVar[str] = "old-goods-returned"

    item: Name
    qty: Quantity = 1
    visit: VisitNo | None = None
    remark: Text | None = None
