"""告知: saying that somebody was told."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts import Fact, notices
from aftersales_core.rules._base import Command
from aftersales_core.values import Id, Name, Text


class GiveNotice(Command):
    """Say that a notice of the playbook was given. (F-23, R-21)

    Without *ref* the oldest one owed is meant. *to* is who was told, for an opinion the department.
    """

    fact: ClassVar[type[Fact]] = notices.NoticeGiven
    command: Literal["give-notice"] = "give-notice"

    notice: Id
    ref: Id | None = None
    to: Name
    means: notices.Means = "phone"
    text: Text | None = None
