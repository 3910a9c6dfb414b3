"""进出: who came in, what he may, what was shown to him in full and what was carried out. Of people, not of tickets.

They stand in the log of accesses of their day. No secret stands in them: no password, no token, no hash of either.
"""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal, TypeAlias

from pydantic import Field, StringConstraints

from aftersales_core.facts._base import Fact
from aftersales_core.values import Id, Moment, Name, Text

Typed: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=80)]
"""What somebody typed who may not know any account: 1 to 80 characters of any kind."""


Total: TypeAlias = Annotated[int, Field(ge=0, le=10**9)]
"""How many rows left the house."""


class AccountOpened(Fact):
    """Somebody may come in from now on.

    Attributes:
        called: his name.
        roles: of the playbook; *branches*: whose tickets he sees, all where empty.
        admin: may open accounts himself.
    """

    kind: ClassVar[str] = "account-opened"

    account: Id
    called: Name
    roles: tuple[Id, ...] = ()
    branches: tuple[Id, ...] = ()
    admin: bool = False


class AccountChanged(Fact):
    """What somebody may is another thing now; every field says how it is from now on."""

    kind: ClassVar[str] = "account-changed"

    account: Id
    called: Name
    roles: tuple[Id, ...] = ()
    branches: tuple[Id, ...] = ()
    admin: bool = False
    disabled: bool = False
    reason: Text | None = None


class PasswordSet(Fact):
    """An account has another password, by its owner or by an administrator: the actor tells."""

    kind: ClassVar[str] = "password-set"

    account: Id


class SignedIn(Fact):
    """Somebody came in."""

    kind: ClassVar[str] = "signed-in"

    account: Id
    device: Text | None = None


class SignInRefused(Fact):
    """Somebody was not let in."""

    kind: ClassVar[str] = "sign-in-refused"

    account: Typed
    cause: Literal["wrong-password", "unknown", "disabled", "too-many"]


class SignedOut(Fact):
    """Somebody went out."""

    kind: ClassVar[str] = "signed-out"

    account: Id


class TokenIssued(Fact):
    """Another program may come in with the rights of an account, or fewer. *token* is a public name, not the token."""

    kind: ClassVar[str] = "token-issued"

    token: Id
    account: Id
    scopes: tuple[Id, ...] = Field(min_length=1)
    expires: Moment | None = None


class TokenRevoked(Fact):
    """A token is good no longer."""

    kind: ClassVar[str] = "token-revoked"

    token: Id
    account: Id


class ShownInFull(Fact):
    """Personal data that is masked for the actor was shown to him in full, at his request. (H-65)

    Attributes:
        about: the ticket; *fields*: what was shown.
    """

    kind: ClassVar[str] = "shown-in-full"

    about: Id
    fields: tuple[Id, ...] = Field(min_length=1)
    reason: Text


class CarriedOut(Fact):
    """Data left the house: a register as a file, a printed list, the feed of facts. (H-65)

    Attributes:
        what: which, e.g. `register:slips`; *rows*: how many of it, where that is known.
    """

    kind: ClassVar[str] = "carried-out"

    what: Name
    rows: Total | None = None
    reason: Text | None = None


class LinkIssued(Fact):
    """A link was made with which somebody without an account sees one ticket. *about* is the ticket."""

    kind: ClassVar[str] = "link-issued"

    about: Id
    purpose: Id
    expires: Moment


class LinkRevoked(Fact):
    """Links to one ticket that were made until now are good no longer."""

    kind: ClassVar[str] = "link-revoked"

    about: Id
    purpose: Id


AccessFact: TypeAlias = (
    AccountOpened | AccountChanged | PasswordSet | SignedIn | SignInRefused | SignedOut | TokenIssued | TokenRevoked
    | ShownInFull | CarriedOut | LinkIssued | LinkRevoked
)  # fmt: skip
"""Every fact the log of accesses can hold."""
