"""受理: a matter reaches the company."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal, TypeAlias

from aftersales_core.facts._base import Fact
from aftersales_core.values import Id, Name, Phone, Text

Category: TypeAlias = Literal["installation", "repair", "delivery-defect", "complaint", "enquiry", "patrol"]
"""What kind of matter a ticket is."""

Stage: TypeAlias = Literal[
    "REPORTED", "TRIAGED", "DISPATCHED", "INSTALLED", "AWAITING_GOODS", "READY", "REVISITED", "CLOSED", "CANCELLED"
]  # fmt: skip
"""Where a ticket stands; moved only through the table in `moves`."""


class Reported(Fact):
    """A customer, a store or a decoration company brought a matter. (T-01, T-05, T-07, T-10, T-12)

    Attributes:
        branch: the shop (门店) whose matter it is, by the name the house gives it; it says who sees the ticket.
    """

    kind: ClassVar[str] = "reported"

    category: Category
    customer: Name | None = None
    phone: Phone | None = None
    address: Text | None = None
    order_no: Id | None = None
    model: Name | None = None
    purchased_on: date | None = None
    problem: Text | None = None
    source: Name | None = None
    branch: Id | None = None


class Acknowledged(Fact):
    """The intake desk spoke with the customer. (T-21, T-06)"""

    kind: ClassVar[str] = "acknowledged"

    note: Text | None = None


class Amended(Fact):
    """Intake data that was missing or has changed; only the named fields change. (T-06, T-08)"""

    kind: ClassVar[str] = "amended"

    customer: Name | None = None
    phone: Phone | None = None
    address: Text | None = None
    order_no: Id | None = None
    model: Name | None = None
    purchased_on: date | None = None
    problem: Text | None = None
    source: Name | None = None
    branch: Id | None = None


class Imported(Fact):
    """An old ticket brought over from a spreadsheet or another system, as far as it is known. (I-07, T-11)"""

    kind: ClassVar[str] = "imported"

    stage: Literal["REPORTED", "TRIAGED", "READY", "AWAITING_GOODS", "INSTALLED", "REVISITED", "CLOSED"]
    origin: Name
    old_no: Id | None = None
    category: Category = "repair"
    customer: Name | None = None
    phone: Phone | None = None
    address: Text | None = None
    order_no: Id | None = None
    model: Name | None = None
    purchased_on: date | None = None
    problem: Text | None = None
    unknown: tuple[Name, ...] = ()
    branch: Id | None = None


class Cancelled(Fact):
    """The matter was withdrawn before any work was installed."""

    kind: ClassVar[str] = "cancelled"

    reason: Text
    asked_by: Literal["customer", "company"] = "customer"
