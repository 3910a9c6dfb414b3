"""上门: setting out, arriving, working, being accepted."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from aftersales_core.facts import Fact, visit
from aftersales_core.facts.leftovers import LeftoverLine, LeftoverRaised
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import Fen, Id, LineId, Name, Rating, Text, VisitNo


class Depart(Command):
    """Set out. (L-14, L-15, L-16)"""

    fact: ClassVar[type[Fact]] = visit.Departed
    thing = "visit"
    command: Literal["depart"] = "depart"

    visit: VisitNo | None = None


class Arrive(Command):
    """Arrive, and say whether the customer is there. (G-10)"""

    fact: ClassVar[type[Fact]] = visit.Arrived
    thing = "visit"
    command: Literal["arrive"] = "arrive"

    visit: VisitNo | None = None
    customer_present: bool


class MissVisit(Command):
    """Nobody let the crew in."""

    fact: ClassVar[type[Fact]] = visit.VisitMissed
    thing = "visit"
    command: Literal["miss-visit"] = "miss-visit"

    visit: VisitNo | None = None
    reason: Text


class TickChecks(Command):
    """Go through items of the on-site checklist. (G-08, G-09)"""

    fact: ClassVar[type[Fact]] = visit.ChecksTicked
    thing = "visit"
    command: Literal["tick-checks"] = "tick-checks"

    visit: VisitNo | None = None
    items: tuple[Name, ...] = Field(min_length=1)
    note: Text | None = None


class CollectPayment(Command):
    """Take money on site, against a receipt. *amount* in 分."""

    fact: ClassVar[type[Fact]] = visit.PaymentCollected
    thing = "visit"
    command: Literal["collect-payment"] = "collect-payment"

    visit: VisitNo | None = None
    amount: Fen
    receipt_no: Id


class CompleteVisit(Command):
    """The work is done as far as it went; what is left over can be said in the same breath. (L-17, F-14)"""

    fact: ClassVar[type[Fact]] = visit.Installed
    thing = "visit"
    command: Literal["complete-visit"] = "complete-visit"

    visit: VisitNo | None = None
    place: Literal["on-site", "workshop"] = "on-site"
    work: Text
    settles: tuple[LineId, ...] = ()
    leftovers: tuple[LeftoverLine, ...] = Field(default=(), max_length=200)
    written: bool = False


class AcceptWork(Command):
    """The customer signs, or the supervisor for an absent customer. (F-09 … F-13, L-18, W-18)"""

    fact: ClassVar[type[Fact]] = visit.Accepted
    thing = "visit"
    command: Literal["accept-work"] = "accept-work"

    visit: VisitNo | None = None
    by: Literal["customer", "supervisor"]
    signed_by: Name
    rating: Rating | None = None
    product_rating: Rating | None = None
    rating_channel: Literal["paper", "online", "phone", "other"] = "paper"
    remark: Text | None = None


def complete_visit(command: CompleteVisit, ticket: Ticket, no: int) -> list[Fact]:
    """Work done and things left over in one visit is the ordinary case: two facts, in that order. (L-17, F-14)"""
    facts: list[Fact] = [say(visit.Installed, command, visit=no)]
    if command.leftovers:
        facts.append(
            LeftoverRaised(
                leftover=len(ticket.leftovers) + 1, visit=no, lines=command.leftovers, written=command.written
            )
        )
    return facts
