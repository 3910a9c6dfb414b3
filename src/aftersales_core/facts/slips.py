"""反馈单: the slip's way from the installer over the supervisor to customer service."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts._base import Fact
from aftersales_core.values import Id, Text, VisitNo


class SlipHandedIn(Fact):
    """The slip of a visit was handed in. (F-02, F-07, F-16, L-19)"""

    kind: ClassVar[str] = "slip-handed-in"

    visit: VisitNo
    slip_no: Id | None = None
    scored: bool
    complete: bool
    daily_report: bool


class SlipRefused(Fact):
    """The slip was not taken; it stays outstanding. (F-05)"""

    kind: ClassVar[str] = "slip-refused"

    visit: VisitNo
    why: Literal["no-score", "incomplete", "unsigned", "other"]
    note: Text | None = None


class SlipApproved(Fact):
    """The installation supervisor checked the work against the slip and signed. (F-17, L-20, W-19)"""

    kind: ClassVar[str] = "slip-approved"

    visit: VisitNo


class SlipSentBack(Fact):
    """The supervisor does not agree; slip and work go back. (L-20)"""

    kind: ClassVar[str] = "slip-sent-back"

    visit: VisitNo
    reason: Text


class SlipPassedOn(Fact):
    """The signed slip went to customer service; the call-back may start. (F-18, L-21)"""

    kind: ClassVar[str] = "slip-passed-on"

    visit: VisitNo


class SlipRegistered(Fact):
    """The slip stands in the 《安装信息登记表》. (F-04, I-08)"""

    kind: ClassVar[str] = "slip-registered"

    visit: VisitNo
