"""后续跟进: contacts after the work."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts import Fact, closing, followups
from aftersales_core.facts.notices import Means
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.values import ComplaintNo, Id, Rating, Text


class FollowUp(Command):
    """Contact the customer again, after the work or after closing. (N-01 … N-09, N-11, N-15)

    *occasion* is a reminder of the playbook, or `other`. *solved* says whether the matter is solved for good.
    """

    fact: ClassVar[type[Fact]] = followups.FollowedUp
    command: Literal["follow-up"] = "follow-up"

    occasion: Id
    about: ComplaintNo | None = None
    means: Means = "phone"
    solved: bool | None = None
    customer_file: Literal["updated", "no-change"] | None = None
    satisfaction: Rating | None = None
    remark: Text | None = None


def follow_up(command: FollowUp, ticket: Ticket) -> list[Fact]:
    """What is not solved for good after all opens a closed ticket again, in the same breath. (N-10)"""
    facts: list[Fact] = [say(followups.FollowedUp, command)]
    if command.solved is False and ticket.stage == "CLOSED":
        facts.append(closing.Reopened(reason=command.remark or command.occasion))
    return facts
