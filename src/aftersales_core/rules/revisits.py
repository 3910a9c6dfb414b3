"""回访: attempts, calls, registering, sharing."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts import Fact, complaints, revisits
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import Rating, Text


class AttemptRevisit(Command):
    """Called, no answer."""

    fact: ClassVar[type[Fact]] = revisits.RevisitAttempted
    command: Literal["attempt-revisit"] = "attempt-revisit"

    note: Text | None = None


class Revisit(Command):
    """Call the customer back. (R-01 … R-05, R-11)"""

    fact: ClassVar[type[Fact]] = revisits.Revisited
    command: Literal["revisit"] = "revisit"

    call_class: revisits.CallClass
    outcome: revisits.Outcome
    satisfaction: Rating | None = None
    repair_result: Text | None = None
    leftovers_checked: bool = False
    progress_told: Text | None = None
    remark: Text | None = None


class RegisterRevisit(Command):
    """Enter the call-back in the 《安装信息反馈表》. (R-09, R-12)"""

    fact: ClassVar[type[Fact]] = revisits.RevisitRegistered
    command: Literal["register-revisit"] = "register-revisit"


class ShareRevisit(Command):
    """Share the call-back to the group. (R-10)"""

    fact: ClassVar[type[Fact]] = revisits.RevisitShared
    command: Literal["share-revisit"] = "share-revisit"

    group: Text | None = None


def revisit(command: Revisit, ticket: Ticket) -> list[Fact]:
    """A call-back that ends in a complaint lodges it in the same breath, so that it cannot be lost. (R-16)"""
    facts: list[Fact] = [say(revisits.Revisited, command)]
    if command.outcome == "complaint":
        about = command.remark or ""
        facts.append(complaints.ComplaintLodged(complaint=len(ticket.complaints) + 1, about=about))
    return facts


def register_revisit(command: RegisterRevisit, ticket: Ticket) -> list[Fact]:
    """A call-back is entered once. (R-09)"""
    return [] if ticket.call and ticket.call.registered else [revisits.RevisitRegistered()]


def share_revisit(command: ShareRevisit, ticket: Ticket) -> list[Fact]:
    """A call-back is shared once. (R-10)"""
    return [] if ticket.call and ticket.call.shared else [say(revisits.RevisitShared, command)]
