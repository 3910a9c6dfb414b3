"""回访: the call-back, its two classes and its outcomes."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from aftersales_core.facts._base import Fact
from aftersales_core.values import Rating, Text

CallClass: TypeAlias = Literal["A", "B"]
"""A: the job is complete. B: something is left over. (R-02)"""

Outcome: TypeAlias = Literal["satisfied", "slip-sent-back", "work-sent-back", "complaint"]
"""How a call-back ended."""


class RevisitAttempted(Fact):
    """Called, no answer; the call-back stays due."""

    kind: ClassVar[str] = "revisit-attempted"

    note: Text | None = None


class Revisited(Fact):
    """The customer was called back. (R-01 … R-05, R-11)

    Attributes:
        satisfaction: 1 to 5; class A is not done without it. (R-03)
        repair_result: how the repair holds; asked after repairs. (R-11)
        leftovers_checked: class B: slip and leftover register were compared. (R-04)
        progress_told: class B: what the customer was told about the leftovers. (R-05)
    """

    kind: ClassVar[str] = "revisited"

    call_class: CallClass
    outcome: Outcome
    satisfaction: Rating | None = None
    repair_result: Text | None = None
    leftovers_checked: bool = False
    progress_told: Text | None = None
    remark: Text | None = None


class RevisitRegistered(Fact):
    """The call-back stands in the 《安装信息反馈表》. (R-09, R-12, R-13, L-23)"""

    kind: ClassVar[str] = "revisit-registered"


class RevisitShared(Fact):
    """The call-back was shared to the group. (R-10)"""

    kind: ClassVar[str] = "revisit-shared"

    group: Text | None = None
