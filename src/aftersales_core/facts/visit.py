"""上门: what happened at the customer's."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from aftersales_core.facts._base import Fact
from aftersales_core.values import Fen, Id, LineId, Name, Rating, Text, VisitNo


class Departed(Fact):
    """The crew set out. (L-14, L-15, L-16)"""

    kind: ClassVar[str] = "departed"

    visit: VisitNo


class Arrived(Fact):
    """The crew is at the customer's. (G-10: whether the customer is there)"""

    kind: ClassVar[str] = "arrived"

    visit: VisitNo
    customer_present: bool


class VisitMissed(Fact):
    """Nobody let the crew in; the visit needs a new time."""

    kind: ClassVar[str] = "visit-missed"

    visit: VisitNo
    reason: Text


class ChecksTicked(Fact):
    """Items of the on-site checklist that were gone through. (G-08, G-09)"""

    kind: ClassVar[str] = "checks-ticked"

    visit: VisitNo
    items: tuple[Name, ...] = Field(min_length=1)
    note: Text | None = None


class PaymentCollected(Fact):
    """Money taken on site, against a receipt."""

    kind: ClassVar[str] = "payment-collected"

    visit: VisitNo
    amount: Fen
    receipt_no: Id


class Installed(Fact):
    """The work of a visit is done as far as it went, on site, in the workshop or remotely. (L-17)

    Attributes:
        visit: which visit; none when it was solved remotely.
        settles: leftover lines this visit put right.
    """

    kind: ClassVar[str] = "installed"

    visit: VisitNo | None = None
    place: Literal["on-site", "workshop", "remote"] = "on-site"
    work: Text
    settles: tuple[LineId, ...] = ()


class Accepted(Fact):
    """The customer, or the supervisor for an absent customer, accepted the work. (F-09 … F-13, L-18, W-18)"""

    kind: ClassVar[str] = "accepted"

    visit: VisitNo
    by: Literal["customer", "supervisor"]
    signed_by: Name
    rating: Rating | None = None
    product_rating: Rating | None = None
    rating_channel: Literal["paper", "online", "phone", "other"] = "paper"
    remark: Text | None = None
