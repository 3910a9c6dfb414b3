"""投诉: lodged, investigated, put right."""

from __future__ import annotations

from typing import ClassVar

from aftersales_core.facts._base import Fact
from aftersales_core.facts.triage import Party
from aftersales_core.values import ComplaintNo, Text


class ComplaintLodged(Fact):
    """The customer complains."""

    kind: ClassVar[str] = "complaint-lodged"

    complaint: ComplaintNo
    about: Text


class ComplaintInvestigated(Fact):
    """What the inquiry found."""

    kind: ClassVar[str] = "complaint-investigated"

    complaint: ComplaintNo
    finding: Text
    party: Party | None = None


class ComplaintRectified(Fact):
    """What was done about it, and that the customer was told."""

    kind: ClassVar[str] = "complaint-rectified"

    complaint: ComplaintNo
    measure: Text
    customer_told: bool
