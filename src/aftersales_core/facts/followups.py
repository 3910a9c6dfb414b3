"""后续跟进: contacts with the customer after the work, one by one or in a series."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts._base import Fact
from aftersales_core.facts.notices import Means
from aftersales_core.values import ComplaintNo, Id, Rating, Text


class FollowedUp(Fact):
    """The customer was contacted again. (N-01 … N-09, N-11, N-15)

    Attributes:
        occasion: why: a step of a series in the playbook, or a word of one's own.
        about: the complaint it follows up.
        solved: whether the matter is solved for good; not said where nobody asked. (N-10)
        customer_file: whether the customer's data were brought up to date, or nothing had changed. (N-05)
    """

    kind: ClassVar[str] = "followed-up"

    occasion: Id
    about: ComplaintNo | None = None
    means: Means
    solved: bool | None = None
    customer_file: Literal["updated", "no-change"] | None = None
    satisfaction: Rating | None = None
    remark: Text | None = None
