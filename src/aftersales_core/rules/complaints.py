"""投诉: lodging, investigating, putting right."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts import Fact, complaints
from aftersales_core.facts.triage import Party
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import ComplaintNo, Text


class LodgeComplaint(Command):
    """Take a complaint."""

    fact: ClassVar[type[Fact]] = complaints.ComplaintLodged
    command: Literal["lodge-complaint"] = "lodge-complaint"

    about: Text


class InvestigateComplaint(Command):
    """Say what the inquiry found."""

    fact: ClassVar[type[Fact]] = complaints.ComplaintInvestigated
    thing = "complaint"
    command: Literal["investigate-complaint"] = "investigate-complaint"

    complaint: ComplaintNo | None = None
    finding: Text
    party: Party | None = None


class RectifyComplaint(Command):
    """Say what was done about it, and that the customer was told."""

    fact: ClassVar[type[Fact]] = complaints.ComplaintRectified
    thing = "complaint"
    command: Literal["rectify-complaint"] = "rectify-complaint"

    complaint: ComplaintNo | None = None
    measure: Text
    customer_told: bool


def lodge_complaint(command: LodgeComplaint, ticket: Ticket) -> list[Fact]:
    """Each complaint has its own number, so that none is answered by another's answer."""
    return [say(complaints.ComplaintLodged, command, complaint=len(ticket.complaints) + 1)]
