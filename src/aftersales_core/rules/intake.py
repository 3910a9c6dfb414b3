"""受理: reporting, importing, amending and cancelling."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from aftersales_core.facts import Fact, intake
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import Id, Name, Phone, Text


class Report(Command):
    """Open a ticket. (T-01, T-05, T-07, T-10, T-12, T-13, L-01)"""

    fact: ClassVar[type[Fact]] = intake.Reported
    command: Literal["report"] = "report"

    category: intake.Category
    customer: Name | None = None
    phone: Phone | None = None
    address: Text | None = None
    order_no: Id | None = None
    model: Name | None = None
    purchased_on: date | None = None
    problem: Text | None = None
    source: Name | None = None
    branch: Id | None = None


class Acknowledge(Command):
    """Say that the customer was spoken to. (T-21)"""

    fact: ClassVar[type[Fact]] = intake.Acknowledged
    command: Literal["acknowledge"] = "acknowledge"

    note: Text | None = None


class Amend(Command):
    """Add or change intake data; fields left out stay as they are. (T-06, T-08)"""

    fact: ClassVar[type[Fact]] = intake.Amended
    command: Literal["amend"] = "amend"

    customer: Name | None = None
    phone: Phone | None = None
    address: Text | None = None
    order_no: Id | None = None
    model: Name | None = None
    purchased_on: date | None = None
    problem: Text | None = None
    source: Name | None = None
    branch: Id | None = None


class ImportTicket(Command):
    """Bring over an old ticket as far as it is known. (I-07, T-11)"""

    fact: ClassVar[type[Fact]] = intake.Imported
    command: Literal["import-ticket"] = "import-ticket"

    stage: Literal["REPORTED", "TRIAGED", "READY", "AWAITING_GOODS", "INSTALLED", "REVISITED", "CLOSED"]
    origin: Name
    old_no: Id | None = None
    category: intake.Category = "repair"
    customer: Name | None = None
    phone: Phone | None = None
    address: Text | None = None
    order_no: Id | None = None
    model: Name | None = None
    purchased_on: date | None = None
    problem: Text | None = None
    unknown: tuple[Name, ...] = ()
    branch: Id | None = None


class Cancel(Command):
    """Withdraw a matter before anything was installed."""

    fact: ClassVar[type[Fact]] = intake.Cancelled
    command: Literal["cancel"] = "cancel"

    reason: Text
    asked_by: Literal["customer", "company"] = "customer"


def amend(command: Amend, ticket: Ticket) -> list[Fact]:
    """Only what changes is recorded; an amendment that changes nothing is no fact."""
    new = {
        name: value
        for name in intake.Amended.model_fields
        if (value := getattr(command, name)) is not None and value != getattr(ticket, name)
    }
    return [intake.Amended(**new)] if new else []


def import_ticket(command: ImportTicket, ticket: Ticket) -> list[Fact]:
    """What the old system did not say is named, so that nobody takes a blank for an answer. (T-11)"""
    asked = ("customer", "phone", "address", "order_no", "model", "purchased_on", "problem")
    blank = tuple(name for name in asked if getattr(command, name) is None)
    return [say(intake.Imported, command, unknown=tuple(dict.fromkeys((*command.unknown, *blank))))]
