"""制度: a company's rules and figures as data. The mechanisms are few; the clauses are many."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from aftersales_core.playbooks.register import Clause as Clause

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


Spans = tuple[Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")], ...]
"""Spans of a day in order, each like `09:00-12:00`; `24:00` is midnight."""

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Week(BaseModel):
    """The spans worked on each weekday; one that is left out is free."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mon: Spans = ()
    tue: Spans = ()
    wed: Spans = ()
    thu: Spans = ()
    fri: Spans = ()
    sat: Spans = ()
    sun: Spans = ()


class MakeUp(BaseModel):
    """A day worked although it would be free (调休); without *spans* it has those of the calendar's `makeup_as`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    spans: Spans = ()


class Calendar(BaseModel):
    """When the house works, in the playbook's time zone; `clocks.calendar_of` makes a `WorkCalendar` of it.

    Attributes:
        week: spans by weekday.
        holidays: days off, whatever the weekday.
        makeup: days worked instead; `makeup_as`: the weekday whose spans they have unless they name their own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    week: Week
    holidays: tuple[date, ...] = ()
    makeup: tuple[MakeUp, ...] = ()
    makeup_as: Weekday = "mon"


Unit = Literal["working-hours", "hours", "days", "days-rolled", "working-days"]
"""How a limit is counted.

working-hours: time in which the house works, pauses taken out.
hours: time as it passes, pauses taken out.
days: until the end of that many calendar days after the day it started.
days-rolled: like days, but a limit on a free day moves to the end of work of the next working day.
working-days: until the end of work of that many working days after the day it started.
"""


class Span(BaseModel):
    """So much time: *amount* of *unit*, at most ten years of hours. In days, 0 is the day itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: float = Field(le=87_840, allow_inf_nan=False)
    unit: Unit


class Breach(Span):
    """The second limit of a clock, counted from a moment of its own (*since*, in the file `from`)."""

    since: Condition = Field(alias="from")


class Opens(BaseModel):
    """When the reminder of a clock appears: at *hour* (0 to 23, or a setting that holds it) so many *days* after its start."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(default=0, ge=0)
    hour: Annotated[int, Field(ge=0, le=23)] | Condition


class ClockRule(_Entry):
    """A clock (时钟): by when something is to be done.

    Attributes:
        id: what it is called; `wording` has its words.
        since: the moment of a ticket it counts from; in the file `from`.
        until: the moment that stops it; without one it runs until its first moment holds no more, i.e. nothing is owed.
        limit: when it is due.
        opens: when its task appears on the worklist; the task's own moment unless given.
        breach: from when it counts as breached: `due` for at once, or a limit of its own; never unless given.
        pauses: named reasons for which it stands still.
        task: the task of the worklist that is due with it.
        escalates_to: the role that is to know of a breach.
    """

    id: Condition
    since: Condition = Field(alias="from")
    until: Condition | None = None
    limit: Span
    opens: Opens | None = None
    breach: Literal["due"] | Breach | None = None
    pauses: tuple[Condition, ...] = ()
    task: Condition | None = None
    escalates_to: str | None = None
    note: str = ""


class Playbook(BaseModel):
    """One published edition of a company's rules.

    Attributes:
        name: which house; `edition`: which version, together `name@edition` in every envelope.
        announced, effective: rules take effect on or after announcement. (K-13)
        timezone: IANA name; hours and days are meant there.
        calendar: when the house works; clocks need one.
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
    calendar: Calendar | None = None
    clock: tuple[ClockRule, ...] = ()

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

    @cached_property
    def clocks(self) -> dict[str, ClockRule]:
        """Task → the clock that drives it."""
        return {clock.task: clock for clock in self.clock if clock.task is not None}

    def papers(self, gate: str) -> tuple[Paper, ...]:
        return tuple(p for p in self.paper if p.gate == gate)

    def figure(self, name: str) -> int:
        """A whole-number setting."""
        value = self.setting[name].value
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"setting {name!r} is no number")
        return value
