"""到货仓管: inspecting, entering, sending back, telling customer service."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from aftersales_core.facts import Fact, dispatch, goods
from aftersales_core.rules._base import Command
from aftersales_core.values import Id, Name, Quantity, Text, VisitNo


class InspectGoods(Command):
    """Look at goods at the door: good and bad pieces per line. (W-08, W-10)"""

    fact: ClassVar[type[Fact]] = goods.GoodsInspected
    thing = "line"
    command: Literal["inspect-goods"] = "inspect-goods"

    lines: tuple[goods.InspectedLine, ...] = Field(min_length=1)
    opened: bool = False
    remark: Text | None = None


class RejectGoods(Command):
    """Send bad pieces back; they stay owed. (W-08)"""

    fact: ClassVar[type[Fact]] = goods.GoodsRejected
    thing = "line"
    command: Literal["reject-goods"] = "reject-goods"

    lines: tuple[dispatch.LinePieces, ...] = Field(min_length=1)
    reason: Text


class ReceiveGoods(Command):
    """Enter inspected pieces in the warehouse and its register. (W-08, W-09, W-11)"""

    fact: ClassVar[type[Fact]] = goods.GoodsArrived
    thing = "line"
    command: Literal["receive-goods"] = "receive-goods"

    lines: tuple[dispatch.LinePieces, ...] = Field(min_length=1)
    place: Name | None = None
    entry_no: Id | None = None


class NotifyArrival(Command):
    """Tell customer service that goods are in. (W-12)"""

    fact: ClassVar[type[Fact]] = goods.ArrivalNotified
    command: Literal["notify-arrival"] = "notify-arrival"

    note: Text | None = None


class ReturnOldGoods(Command):
    """Record that the old piece of an exchange came back. (G-07)"""

    fact: ClassVar[type[Fact]] = goods.OldGoodsReturned
    command: Literal["return-old-goods"] = "return-old-goods"

    item: Name
    qty: Quantity = 1
    visit: VisitNo | None = None
    remark: Text | None = None
