"""告知: somebody was told something."""

from __future__ import annotations

from typing import ClassVar, Literal, TypeAlias

from aftersales_core.facts._base import Fact
from aftersales_core.values import Id, Name, Text

Means: TypeAlias = Literal["phone", "sms", "wechat", "mail", "group", "paper", "in-person", "other"]
"""How somebody was reached."""


class NoticeGiven(Fact):
    """A notice the playbook asks for was given. (F-23, R-21)

    Attributes:
        notice: which, by the name the playbook gives it; *ref*: the part of the ticket it is about.
        to: who was told; for an opinion the department it went to.
    """

    kind: ClassVar[str] = "notice-given"

    notice: Id
    ref: Id | None = None
    to: Name
    means: Means
    text: Text | None = None
