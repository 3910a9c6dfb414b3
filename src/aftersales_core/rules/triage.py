"""判定: diagnosis, ruling, price, remedy, kind of service."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts import Fact, triage, visit
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import Fen, Name, Text


class Diagnose(Command):
    """Say what is wrong. (T-16, T-08)"""

    fact: ClassVar[type[Fact]] = triage.Diagnosed
    command: Literal["diagnose"] = "diagnose"

    finding: Text
    damage: Text | None = None
    wishes: Text | None = None


class Rule(Command):
    """Rule whether the company covers it. (T-17)"""

    fact: ClassVar[type[Fact]] = triage.Ruled
    command: Literal["rule"] = "rule"

    covered: Literal["covered", "not-covered", "goodwill", "needs-evidence"]
    ground: Text
    bearer: triage.Party | None = None


class Quote(Command):
    """Name a price. *amount* in 分."""

    fact: ClassVar[type[Fact]] = triage.Quoted
    command: Literal["quote"] = "quote"

    amount: Fen
    note: Text | None = None


class AgreeRemedy(Command):
    """Record that the customer agrees to the remedy. (S-22)"""

    fact: ClassVar[type[Fact]] = triage.RemedyAgreed
    command: Literal["agree-remedy"] = "agree-remedy"

    remedy: Text


class Triage(Command):
    """Choose the kind of service and whether goods must be ordered. (T-14, T-19, T-20, L-03)"""

    fact: ClassVar[type[Fact]] = triage.Triaged
    command: Literal["triage"] = "triage"

    service: triage.Service
    needs_goods: bool
    owner: Name | None = None
    note: Text | None = None


class SolveRemotely(Command):
    """Record that nobody needs to go: it was solved by telephone or message."""

    fact: ClassVar[type[Fact]] = triage.SolvedRemotely
    command: Literal["solve-remotely"] = "solve-remotely"

    solution: Text


_OWNER = {"install": "install_dept", "repair": "aftersales_dept", "exchange": "aftersales_dept",
          "return": "aftersales_dept", "advice": "aftersales_dept"}  # fmt: skip


def triage_(command: Triage, ticket: Ticket) -> list[Fact]:
    """Installation belongs to the installation department, the rest to after-sales. (T-19, T-20)"""
    return [say(triage.Triaged, command, owner=command.owner or _OWNER[command.service])]


def solve_remotely(command: SolveRemotely, ticket: Ticket) -> list[Fact]:
    """A matter solved remotely counts as done, and is called back like any other. (R-15)"""
    return [
        say(triage.SolvedRemotely, command),
        visit.Installed(place="remote", work=command.solution),
    ]
