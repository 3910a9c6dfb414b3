"""制度: a company's rules and figures as data. The mechanisms are few; the clauses are many."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

ClauseId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]?-\d{2}$")]
Condition = Annotated[str, Field(pattern=r"^[a-z-]+$")]


class _Entry(BaseModel):
    """An entry of a playbook: it always names the clauses it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clauses: tuple[ClauseId, ...] = Field(min_length=1)


class Title(BaseModel):
    """A name people read, in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str


class Duty(_Entry):
    """Which roles may give a command."""

    command: str
    roles: tuple[str, ...] = Field(min_length=1)


class Required(_Entry):
    """Which fields a command needs; of the ticket where *of* is `ticket`, of the command itself otherwise.

    Attributes:
        when: only for tickets or commands whose field has one of the values, e.g. `{category = ["repair"]}`.
    """

    command: str
    fields: tuple[str, ...] = Field(min_length=1)
    of: Literal["command", "ticket"] = "command"
    when: dict[str, tuple[str, ...]] = {}


class Guard(_Entry):
    """A move that needs something first.

    Attributes:
        id: the refusal's code: the fact that stands in the way.
        commands: the commands it guards.
        needs: the named predicate that must be satisfied.
        remedies: commands that would make it legal.
        soft: may be gone over with a reason, which is then stored.
        explains: stages in which the move is not legal at all and this guard says why.
    """

    id: Condition
    commands: tuple[str, ...] = Field(min_length=1)
    needs: Condition
    remedies: tuple[str, ...] = ()
    soft: bool = False
    explains: tuple[str, ...] = ()


class Paper(_Entry):
    """A form that must be there at a gate.

    Attributes:
        gate: `dispatch` made out before people are named, `departure` taken along, `drawing` shown at the
            warehouse, `archive` filed before closing.
        when: `always`, `visited` (somebody went), `leftover` (the visit is for a leftover order).
    """

    paper: str
    gate: Literal["dispatch", "departure", "drawing", "archive"]
    when: Literal["always", "visited", "leftover"] = "always"


class Setting(_Entry):
    """A figure or a choice. *note* says what the documents leave open, where they do."""

    value: int | str | bool
    unit: str = ""
    note: str = ""


class Clause(BaseModel):
    """One row of the process documents, in our own words.

    Attributes:
        kind: how the document wants it carried: enforce, record, remind, report, or several with `+`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    zh: str
    en: str
    kind: str
    roles: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()


class Playbook(BaseModel):
    """One published edition of a company's rules.

    Attributes:
        name: which house; `edition`: which version, together `name@edition` in every envelope.
        announced, effective: rules take effect on or after announcement. (K-13)
        timezone: IANA name; hours and days are meant there.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]
    edition: Annotated[str, Field(pattern=r"^[0-9][0-9.]*$")]
    title: Title
    announced: date
    effective: date
    timezone: str
    roles: dict[str, Title]
    duty: tuple[Duty, ...]
    required: tuple[Required, ...] = ()
    guard: tuple[Guard, ...] = ()
    paper: tuple[Paper, ...] = ()
    setting: dict[str, Setting] = {}

    @property
    def id(self) -> str:
        return f"{self.name}@{self.edition}"

    @cached_property
    def duties(self) -> dict[str, Duty]:
        return {duty.command: duty for duty in self.duty}

    @cached_property
    def requirements(self) -> dict[str, tuple[Required, ...]]:
        return {c: tuple(r for r in self.required if r.command == c) for c in {r.command for r in self.required}}

    @cached_property
    def guards(self) -> dict[str, tuple[Guard, ...]]:
        named = {c for guard in self.guard for c in guard.commands}
        return {c: tuple(g for g in self.guard if c in g.commands) for c in named}

    def papers(self, gate: str) -> tuple[Paper, ...]:
        return tuple(p for p in self.paper if p.gate == gate)

    def figure(self, name: str) -> int:
        """A whole-number setting."""
        value = self.setting[name].value
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"setting {name!r} is no number")
        return value
