"""派工: an exact time with the customer, people, papers, goods."""

from __future__ import annotations

from typing import ClassVar, Final, Self, TypeAlias

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from aftersales_core.facts._base import Fact, Piece
from aftersales_core.values import Id, LineId, Moment, Name, Quantity, Text, VisitNo

PAPERS: Final = ("install-repair-slip", "sheet-feedback-slip", "leftover-sheet", "aftersales-form", "acceptance-card", "drawing")
"""Forms that every house knows: 安装维修反馈单, 遗留单处理单反馈单, 遗留问题处理单, 售服信息反馈表, 验收卡, 图纸."""

Paper: TypeAlias = Id
"""A form, by one of the names above or by the name a playbook gives it."""


class LinePieces(Piece):
    """So many pieces of one leftover line."""

    line: LineId
    qty: Quantity


class AppointmentMade(Fact):
    """An exact time agreed with the customer. (L-11, L-12, W-13, W-14)"""

    kind: ClassVar[str] = "appointment-made"

    visit: VisitNo
    start: Moment
    end: Moment
    agreed_with: Name

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise PydanticCustomError("end-before-start", "end must be after start")
        return self


class AppointmentMoved(Fact):
    """The agreed time was changed. (L-12)"""

    kind: ClassVar[str] = "appointment-moved"

    visit: VisitNo
    start: Moment
    end: Moment
    agreed_with: Name
    reason: Text

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.end <= self.start:
            raise PydanticCustomError("end-before-start", "end must be after start")
        return self


class PapersPrepared(Fact):
    """The papers for a visit were made out. (L-14, W-15)"""

    kind: ClassVar[str] = "papers-prepared"

    visit: VisitNo
    papers: tuple[Paper, ...] = Field(min_length=1)


class Dispatched(Fact):
    """People were named for the visit. (L-13, L-26)"""

    kind: ClassVar[str] = "dispatched"

    visit: VisitNo
    crew: tuple[Id, ...] = Field(min_length=1)


class Reassigned(Fact):
    """Other people go. (L-13)"""

    kind: ClassVar[str] = "reassigned"

    visit: VisitNo
    crew: tuple[Id, ...] = Field(min_length=1)
    reason: Text


class GoodsDrawn(Fact):
    """Goods of the sheet were drawn from the warehouse for a visit. (L-15, W-16, W-17)"""

    kind: ClassVar[str] = "goods-drawn"

    visit: VisitNo
    lines: tuple[LinePieces, ...] = Field(min_length=1)


class ArrivalConfirmed(Fact):
    """Address and approximate time of arrival were confirmed with the customer before setting out. (L-16)"""

    kind: ClassVar[str] = "arrival-confirmed"

    visit: VisitNo
    address_confirmed: bool
    expected_at: Moment
