"""进出: having recorded who came in, what he may, what he was shown in full and what he carried out.

No duty of the playbook governs these: whoever opens the door, such as the web adapter, decides whom he lets in, and says
what he did. Each is one fact, in the log of accesses of the day it happened on, reckoned in UTC.
"""

from __future__ import annotations

import typing
from datetime import UTC
from typing import ClassVar, Final, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from aftersales_core.facts import Fact, access
from aftersales_core.rules._base import Command, say
from aftersales_core.state import access_log_of
from aftersales_core.values import Id, Name, SaidMoment, Text


class Access(Command):
    """The shared part of every command of the log of accesses; *ticket* is the log's number and need not be given."""

    ticket: Id = ""

    @model_validator(mode="after")
    def _is_in_the_log_of_its_day(self) -> Self:
        # whatever the sender said: which log it is follows from when it happened
        object.__setattr__(self, "ticket", access_log_of(self.occurred_at.astimezone(UTC).date()))
        return self


class OpenAccount(Access):
    """Let somebody come in from now on."""

    fact: ClassVar[type[Fact]] = access.AccountOpened
    command: Literal["open-account"] = "open-account"

    account: Id
    called: Name
    roles: tuple[Id, ...] = ()
    branches: tuple[Id, ...] = ()
    admin: bool = False


class ChangeAccount(Access):
    """Change what somebody may, or close his account."""

    fact: ClassVar[type[Fact]] = access.AccountChanged
    command: Literal["change-account"] = "change-account"

    account: Id
    called: Name
    roles: tuple[Id, ...] = ()
    branches: tuple[Id, ...] = ()
    admin: bool = False
    disabled: bool = False
    reason: Text | None = None


class SetPassword(Access):
    """Say that an account has another password; never which."""

    fact: ClassVar[type[Fact]] = access.PasswordSet
    command: Literal["set-password"] = "set-password"

    account: Id


class SignIn(Access):
    """Say that somebody came in."""

    fact: ClassVar[type[Fact]] = access.SignedIn
    command: Literal["sign-in"] = "sign-in"

    account: Id
    device: Text | None = None


class RefuseSignIn(Access):
    """Say that somebody was not let in."""

    fact: ClassVar[type[Fact]] = access.SignInRefused
    command: Literal["refuse-sign-in"] = "refuse-sign-in"

    account: access.Typed
    cause: Literal["wrong-password", "unknown", "disabled", "too-many"]


class SignOut(Access):
    """Say that somebody went out."""

    fact: ClassVar[type[Fact]] = access.SignedOut
    command: Literal["sign-out"] = "sign-out"

    account: Id


class IssueToken(Access):
    """Say that another program may come in; never with what."""

    fact: ClassVar[type[Fact]] = access.TokenIssued
    command: Literal["issue-token"] = "issue-token"

    token: Id
    account: Id
    scopes: tuple[Id, ...] = Field(min_length=1)
    expires: SaidMoment | None = None


class RevokeToken(Access):
    """Say that a token is good no longer."""

    fact: ClassVar[type[Fact]] = access.TokenRevoked
    command: Literal["revoke-token"] = "revoke-token"

    token: Id
    account: Id


class ShowInFull(Access):
    """Say that personal data was shown in full to somebody for whom it is masked. (H-65)"""

    fact: ClassVar[type[Fact]] = access.ShownInFull
    command: Literal["show-in-full"] = "show-in-full"

    about: Id
    fields: tuple[Id, ...] = Field(min_length=1)
    reason: Text


class CarryOut(Access):
    """Say that data leaves the house. (H-65)"""

    fact: ClassVar[type[Fact]] = access.CarriedOut
    command: Literal["carry-out"] = "carry-out"

    what: Name
    rows: access.Total | None = None
    reason: Text | None = None


class IssueLink(Access):
    """Say that a link to one ticket was made for somebody without an account."""

    fact: ClassVar[type[Fact]] = access.LinkIssued
    command: Literal["issue-link"] = "issue-link"

    about: Id
    purpose: Id
    expires: SaidMoment


class RevokeLink(Access):
    """Say that links to one ticket that were made until now are good no longer."""

    fact: ClassVar[type[Fact]] = access.LinkRevoked
    command: Literal["revoke-link"] = "revoke-link"

    about: Id
    purpose: Id


AccessCommand: TypeAlias = (
    OpenAccount | ChangeAccount | SetPassword | SignIn | RefuseSignIn | SignOut | IssueToken | RevokeToken | ShowInFull
    | CarryOut | IssueLink | RevokeLink
)  # fmt: skip
"""Every command the log of accesses takes."""

ACCESS_COMMANDS: Final[dict[str, type[Command]]] = {cls.name(): cls for cls in typing.get_args(AccessCommand)}
"""Name → command class, of the log of accesses; no playbook says who may give them."""


def noted(command: Access) -> list[Fact]:
    """What is said is recorded; there is nothing to decide, and nothing to refuse. (H-65)"""
    return [say(command.fact, command)]
