"""反馈单: handed in, refused, approved, passed on, registered."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts import Fact, slips
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import Id, Text, VisitNo


class HandInSlip(Command):
    """Hand in the slip of a visit. (F-02, F-07, F-09, F-16, L-19)"""

    fact: ClassVar[type[Fact]] = slips.SlipHandedIn
    thing = "slip"
    command: Literal["hand-in-slip"] = "hand-in-slip"

    visit: VisitNo | None = None
    slip_no: Id | None = None
    complete: bool = True
    daily_report: bool = True


class RefuseSlip(Command):
    """Do not take the slip. (F-05)"""

    fact: ClassVar[type[Fact]] = slips.SlipRefused
    thing = "slip"
    command: Literal["refuse-slip"] = "refuse-slip"

    visit: VisitNo | None = None
    why: Literal["no-score", "incomplete", "unsigned", "other"]
    note: Text | None = None


class ApproveSlip(Command):
    """Check the work against the slip and sign. (F-17, F-19, L-20, W-19)"""

    fact: ClassVar[type[Fact]] = slips.SlipApproved
    thing = "slip"
    command: Literal["approve-slip"] = "approve-slip"

    visit: VisitNo | None = None


class SendBackSlip(Command):
    """Do not agree; slip and work go back. (L-20)"""

    fact: ClassVar[type[Fact]] = slips.SlipSentBack
    thing = "slip"
    command: Literal["send-back-slip"] = "send-back-slip"

    visit: VisitNo | None = None
    reason: Text


class PassOnSlip(Command):
    """Hand the signed slip to customer service. (F-02, F-18, L-21)"""

    fact: ClassVar[type[Fact]] = slips.SlipPassedOn
    thing = "slip"
    command: Literal["pass-on-slip"] = "pass-on-slip"

    visit: VisitNo | None = None


class RegisterSlip(Command):
    """Enter the slip in the 《安装信息登记表》. (F-04)"""

    fact: ClassVar[type[Fact]] = slips.SlipRegistered
    thing = "slip"
    command: Literal["register-slip"] = "register-slip"

    visit: VisitNo | None = None


def hand_in_slip(command: HandInSlip, ticket: Ticket, no: int) -> list[Fact]:
    """Whether the slip carries the customer's score is read from the acceptance, not typed again. (F-05)"""
    return [say(slips.SlipHandedIn, command, visit=no, scored=ticket.visits[no - 1].rating is not None)]
