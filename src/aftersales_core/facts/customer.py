"""客户: what the customer himself says of a visit: that the time suits him, that another would, how it was."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal, TypeAlias

from aftersales_core.facts._base import Fact
from aftersales_core.values import Rating, Text, VisitNo

TimeOfDay: TypeAlias = Literal["morning", "afternoon", "evening"]


class AppointmentConfirmed(Fact):
    """The customer said that the time booked suits him. (L-12, S-16)"""

    kind: ClassVar[str] = "appointment-confirmed"

    visit: VisitNo


class TimeRequested(Fact):
    """The customer would rather have another time; the one booked stands until somebody moves it. (L-12, S-16)"""

    kind: ClassVar[str] = "time-requested"

    visit: VisitNo
    day: date
    time_of_day: TimeOfDay | None = None
    remark: Text | None = None


class ServiceRated(Fact):
    """The customer's own rating, given by himself and not through whoever did the work. (F-12, F-21, F-22)"""

    kind: ClassVar[str] = "service-rated"

    visit: VisitNo
    rating: Rating
    product_rating: Rating | None = None
    remark: Text | None = None
