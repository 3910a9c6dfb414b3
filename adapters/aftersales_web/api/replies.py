"""回复: what the API puts around the records of the core: a name for each, so that it is described as it is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from aftersales_core.audit.story import Change
from aftersales_core.clocks import Round, TicketClock
from aftersales_core.state import File


class Reason(NamedTuple):
    """One reason why a command could not be given now.

    Attributes:
        code: names the rule; `sentence`: the same in the reader's language.
        missing: what is not there, as `kind:name`; `lacking`: the same in words.
        remedies: commands that would make it legal.
        soft: whoever says why may go over it, with `override`.
    """

    code: str
    sentence: str
    clauses: tuple[str, ...]
    missing: tuple[str, ...]
    lacking: tuple[str, ...]
    remedies: tuple[str, ...]
    soft: bool


class Move(NamedTuple):
    """A command, and whether it could be given now.

    Attributes:
        title: what it is called in the reader's language.
        reasons: why not; soft ones leave it open.
    """

    command: str
    title: str
    open: bool
    reasons: tuple[Reason, ...]


class LegalMoves(NamedTuple):
    """What may be done with a ticket now, and what not.

    Attributes:
        role: it was asked for; null where for none.
    """

    ticket: str
    version: int
    stage: str
    role: str | None
    items: tuple[Move, ...]


class Clocks(NamedTuple):
    """The clocks of a ticket at a moment."""

    ticket: str
    version: int
    as_of: datetime
    items: tuple[TicketClock, ...]


class Files(NamedTuple):
    """The files of a ticket."""

    ticket: str
    version: int
    items: tuple[File, ...]


class Step(NamedTuple):
    """One fact of a history with its effect.

    Attributes:
        stage: after it.
        clauses: it stands under.
        changes: what is different after it.
    """

    version: int
    kind: str
    occurred_at: datetime
    actor: str
    stage: str
    clauses: tuple[str, ...]
    changes: tuple[Change, ...]


class Rounds(NamedTuple):
    """Rounds of the house's routines."""

    items: tuple[Round, ...]


class ViewKind(NamedTuple):
    """A view.

    Attributes:
        open: whether the caller may look at it.
    """

    view: str
    columns: tuple[str, ...]
    open: bool


class Views(NamedTuple):
    """Every view."""

    items: tuple[ViewKind, ...]


class CommandKind(NamedTuple):
    """A command that tickets take.

    Attributes:
        title: what it is called in the reader's language.
        fact: the kind of fact it leads to.
        roles: who may give it; `clauses`: under which.
        schema: of the whole command, as JSON Schema.
    """

    command: str
    title: str
    fact: str
    roles: tuple[str, ...]
    clauses: tuple[str, ...]
    schema: dict[str, Any]


class Commands(NamedTuple):
    """Every command."""

    items: tuple[CommandKind, ...]


class Me(NamedTuple):
    """The caller, as the office knows him.

    Attributes:
        role: in which he acts; `roles`: those he has.
        branches: the shops whose tickets he sees; null for all.
    """

    actor: str
    name: str
    role: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    branches: tuple[str, ...] | None
