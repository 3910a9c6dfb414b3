"""判定: what kind of service it is, who bears it, and whether goods must be ordered."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from aftersales_core.facts._base import Fact
from aftersales_core.values import Fen, Name, Text

Service: TypeAlias = Literal["install", "repair", "exchange", "return", "advice"]
"""What is to be done. (T-14)"""

Party: TypeAlias = Literal["factory", "design", "installation", "logistics", "customer", "company", "sales"]
"""Who bears a fault. (W-06)"""


class Diagnosed(Fact):
    """What is wrong and how far it goes. (T-16, T-08)"""

    kind: ClassVar[str] = "diagnosed"

    finding: Text
    damage: Text | None = None
    wishes: Text | None = None


class Ruled(Fact):
    """Whether the company covers the matter, and under which rule. (T-17, S-series)"""

    kind: ClassVar[str] = "ruled"

    covered: Literal["covered", "not-covered", "goodwill", "needs-evidence"]
    ground: Text
    bearer: Party | None = None


class Quoted(Fact):
    """A price named to the customer before work that is not covered."""

    kind: ClassVar[str] = "quoted"

    amount: Fen
    note: Text | None = None


class RemedyAgreed(Fact):
    """The customer agreed to the remedy proposed. (S-22)"""

    kind: ClassVar[str] = "remedy-agreed"

    remedy: Text


class Triaged(Fact):
    """The matter has a kind of service, an owner, and an answer on ordering goods. (T-14, T-19, T-20, L-03)"""

    kind: ClassVar[str] = "triaged"

    service: Service
    needs_goods: bool
    owner: Name | None = None
    note: Text | None = None


class SolvedRemotely(Fact):
    """Solved by telephone or message, nobody went."""

    kind: ClassVar[str] = "solved-remotely"

    solution: Text
