"""规则: what a command is, what a case is, and what a refusal is made of."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict

from aftersales_core.errors import Refused
from aftersales_core.facts import Fact
from aftersales_core.moves import SLIP, VISIT
from aftersales_core.playbooks import Playbook
from aftersales_core.state import Ticket, Visit
from aftersales_core.values import Id, SaidMoment, Text

Thing: TypeAlias = Literal["visit", "slip", "line", "sheet", "leftover", "complaint"]
"""The part of a ticket that a command is about, where it is not the ticket as a whole."""


class Command(BaseModel):
    """Somebody wants something recorded. The shared part of every command.

    Attributes:
        ticket: ticket number.
        command_id: chosen by the sender and never used twice; a repeat returns the first answer.
        occurred_at: when it happened, with its time zone.
        actor: who says so; `role`: in which role of the playbook.
        channel: how it reached us, e.g. `phone`, `paper`, `web`, `import`.
        on_behalf_of: for whom the actor speaks, where it is not for himself.
        correlation: a conversation across tickets; `causation`: what led to this command.
        override: the reason for going over a soft guard, where the playbook allows it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    fact: ClassVar[type[Fact]]
    thing: ClassVar[Thing | None] = None

    ticket: Id
    command_id: Id
    occurred_at: SaidMoment
    actor: Id
    role: Id
    channel: Id = "office"
    on_behalf_of: Id | None = None
    correlation: Id | None = None
    causation: Id | None = None
    override: Text | None = None

    @classmethod
    @cache
    def name(cls) -> str:
        """The command's permanent name, e.g. `raise-leftover`."""
        return str(cls.model_fields["command"].default)


class Case(NamedTuple):
    """What a guard looks at. `command` is None when the question is only what could be done with one of `asked`."""

    ticket: Ticket
    command: Command | None
    playbook: Playbook
    asked: type[Command]
    role: str | None


_SLIP_CELLS, _VISIT_CELLS = SLIP.cells, VISIT.cells


def meant_visit(asked: type[Command], no: int | None, ticket: Ticket) -> Visit | None:
    """The visit that a command is about: number *no*, else the latest that allows it; None where there is none.

    Guards and decisions both ask here, so that what is checked is what is recorded.
    """
    if no is not None:
        return ticket.find_visit(no)
    kind, thing = asked.fact.kind, asked.thing
    for visit in reversed(ticket.visits):
        if thing == "slip":
            if (visit.slip.state, kind) in _SLIP_CELLS and (visit.installed_at or visit.ended_at):
                return visit
        elif thing != "visit" or (visit.state, kind) in _VISIT_CELLS:
            return visit
    return None


def named_leftover(command: Command | None) -> int | None:
    """The leftover order that a command names, by its number or by the first of its lines; None where by neither."""
    if command is None:
        return None
    # pydantic is slow to say that there is no such field
    no: int | None = command.__dict__.get("leftover")
    lines = command.__dict__.get("lines", ())
    if no is None and lines and isinstance(lines[0], str):
        no = int(lines[0][1:].partition("-")[0])
    return no


class Refusal(NamedTuple):
    """One reason why a command is not legal now."""

    code: str
    clauses: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    remedies: tuple[str, ...] = ()
    facts: dict[str, Any] = {}  # noqa: RUF012  (never changed: a refusal is a value)
    soft: bool = False

    def error(self, ticket: str, command: str) -> Refused:
        return Refused(
            self.code,
            {
                "ticket": ticket,
                "command": command,
                "clauses": self.clauses,
                "missing": self.missing,
                "remedies": self.remedies,
                "soft": self.soft,
                **self.facts,
            },
        )


F = TypeVar("F", bound=Fact)


@cache
def _shared(kind: type[Fact], command: type[Command]) -> tuple[tuple[str, ...], Callable[[object], Any]]:
    """The names that both have, and what makes a fact of values."""
    kind.model_rebuild()
    names = tuple(name for name in kind.model_fields if name in command.model_fields)
    return names, kind.__pydantic_validator__.validate_python


def say(kind: type[F], command: Command, **derived: Any) -> F:
    """The fact of *kind* with the command's fields of the same names, and the *derived* ones."""
    names, made = _shared(kind, type(command))
    given = command.__dict__
    values = {name: given[name] for name in names}
    values |= derived
    fact: F = made(values)
    return fact
