"""客户: confirming an appointment, asking for another time, rating: what the customer does himself, over his link."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts import Fact, customer
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import Rating, SaidDay, Text, VisitNo


class ConfirmAppointment(Command):
    """Say that the time booked suits the customer. (L-12, S-16)"""

    fact: ClassVar[type[Fact]] = customer.AppointmentConfirmed
    thing = "visit"
    command: Literal["confirm-appointment"] = "confirm-appointment"

    visit: VisitNo | None = None


class RequestTime(Command):
    """Ask for another time; whoever books answers by moving the appointment, or by confirming it with the customer. (L-12, S-16)"""

    fact: ClassVar[type[Fact]] = customer.TimeRequested
    thing = "visit"
    command: Literal["request-time"] = "request-time"

    visit: VisitNo | None = None
    day: SaidDay
    time_of_day: customer.TimeOfDay | None = None
    remark: Text | None = None


class RateService(Command):
    """Rate a visit as the customer, once. (F-12, F-21, F-22)"""

    fact: ClassVar[type[Fact]] = customer.ServiceRated
    thing = "visit"
    command: Literal["rate-service"] = "rate-service"

    visit: VisitNo | None = None
    rating: Rating
    product_rating: Rating | None = None
    remark: Text | None = None


def confirm_appointment(command: ConfirmAppointment, ticket: Ticket, no: int) -> list[Fact]:
    """What was confirmed already, and nothing else asked for since, is not confirmed twice."""
    visit = ticket.visits[no - 1]
    settled = visit.confirmed_at is not None and visit.wish is None
    return [] if settled else [say(customer.AppointmentConfirmed, command, visit=no)]
