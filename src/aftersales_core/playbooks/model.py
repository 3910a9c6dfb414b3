"""制度: a company's rules and figures as data. The mechanisms are few; the clauses are many."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from aftersales_core.playbooks._base import Cited, Condition, Named, When
from aftersales_core.playbooks._base import Title as Title
from aftersales_core.playbooks.access import Access as Access
from aftersales_core.playbooks.mechanisms import Checklist as Checklist
from aftersales_core.playbooks.mechanisms import Choice as Choice
from aftersales_core.playbooks.mechanisms import CustomField as CustomField
from aftersales_core.playbooks.mechanisms import Form as Form
from aftersales_core.playbooks.mechanisms import Gap as Gap
from aftersales_core.playbooks.mechanisms import Notice as Notice
from aftersales_core.playbooks.mechanisms import Routine as Routine
from aftersales_core.playbooks.mechanisms import Series as Series
from aftersales_core.playbooks.register import Clause as Clause
from aftersales_core.playbooks.timing import Breach as Breach
from aftersales_core.playbooks.timing import Calendar as Calendar
from aftersales_core.playbooks.timing import ClockRule as ClockRule
from aftersales_core.playbooks.timing import Span as Span
from aftersales_core.playbooks.timing import Spans as Spans
from aftersales_core.playbooks.timing import Unit as Unit


class Duty(Cited):
    """Which roles may give a command."""

    command: str
    roles: tuple[str, ...] = Field(min_length=1)


class Required(Cited):
    """Which fields a command needs; of the ticket where *of* is `ticket`, of the command itself otherwise.

    Attributes:
        when: only for tickets or commands whose field has one of the values, e.g. `{category = ["repair"]}`.
    """

    command: str
    fields: tuple[str, ...] = Field(min_length=1)
    of: Literal["command", "ticket"] = "command"
    when: When = Field(default={})


class Guard(Cited):
    """A move that needs something first.

    Attributes:
        id: the refusal's code: the fact that stands in the way.
        commands: the commands it guards.
        needs: what must be there: a named predicate, or `ticket:FIELD`, `visit:FIELD`, `slip:FIELD`, `leftover:FIELD` for a
            field of the part that is meant to be filled, `paper:FORM.STEP` for a step of a form to be taken, `notice:ID` for
            a notice to be given, `field:ID` for a field of the house's own to be filled in.
        says: its sentence, where `wording` has none.
        when: only for tickets or commands whose field has one of the values.
        remedies: commands that would make it legal.
        soft: may be gone over with a reason, which is then stored.
        explains: stages in which the move is not legal at all and this guard says why.
    """

    id: Condition
    commands: tuple[str, ...] = Field(min_length=1)
    needs: Named
    says: Title | None = None
    when: When = Field(default={})
    remedies: tuple[str, ...] = ()
    soft: bool = False
    explains: tuple[str, ...] = ()


class Paper(Cited):
    """A form that must be there at a gate.

    Attributes:
        gate: `dispatch` made out before people are named, `departure` taken along, `drawing` shown at the
            warehouse, `archive` filed before closing.
        when: `always`, `visited` (somebody went), `leftover` (the visit is for a leftover order).
    """

    paper: str
    gate: Literal["dispatch", "departure", "drawing", "archive"]
    when: Literal["always", "visited", "leftover"] = "always"


class Setting(Cited):
    """A figure or a choice. *note* says what the documents leave open, where they do."""

    value: int | str | bool | tuple[str, ...]
    unit: str = ""
    note: str = ""


class Playbook(BaseModel):
    """One published edition of a company's rules.

    Attributes:
        name: which house; `edition`: which version, together `name@edition` in every envelope.
        announced, effective: rules take effect on or after announcement. (K-13)
        timezone: IANA name; hours and days are meant there.
        calendar: when the house works; clocks need one.
        access: who may look at what; a playbook without it allows the least.
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
    form: tuple[Form, ...] = ()
    checklist: tuple[Checklist, ...] = ()
    notice: tuple[Notice, ...] = ()
    series: tuple[Series, ...] = ()
    routine: tuple[Routine, ...] = ()
    field: tuple[CustomField, ...] = ()
    choice: tuple[Choice, ...] = ()
    gap: tuple[Gap, ...] = ()
    access: Access = Access()

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
    def every_clock(self) -> tuple[ClockRule, ...]:
        """The clocks, those that remind of notices and of series among them."""
        of_series = (clock for series in self.series for clock in series.clocks())
        return (*self.clock, *(notice.clock() for notice in self.notice), *of_series)

    @cached_property
    def clocks(self) -> dict[str, ClockRule]:
        """Task → the clock that drives it."""
        return {clock.task or clock.id: clock for clock in self.every_clock if clock.task or clock.reminds}

    @cached_property
    def reminders(self) -> tuple[ClockRule, ...]:
        """The clocks that make a task of their own."""
        return tuple(clock for clock in self.every_clock if clock.reminds is not None)

    @cached_property
    def forms(self) -> dict[str, Form]:
        return {form.id: form for form in self.form}

    @cached_property
    def fields(self) -> dict[str, CustomField]:
        return {field.id: field for field in self.field}

    @cached_property
    def routines(self) -> dict[str, Routine]:
        return {routine.id: routine for routine in self.routine}

    @cached_property
    def titles(self) -> dict[str, Title]:
        """What a house calls things of its own: `paper:ID`, `check:ID`, `notice:ID`, `clock:ID`, `task:ID`, `custom:ID` … → words."""
        found: dict[str, Title] = {f"paper:{form.id}": form.title for form in self.form}
        for checklist in self.checklist:
            found[f"checklist:{checklist.id}"] = checklist.title
            found |= {f"{kind}:{item.id}": item.title for item in checklist.items for kind in ("check", "photo")}
        for clock in self.every_clock:
            if clock.title is not None:
                found |= {f"{kind}:{clock.id}": clock.title for kind in ("clock", "task", "notice", "occasion")}
        found |= {f"{kind}:{routine.id}": routine.title for routine in self.routine for kind in ("routine", "task")}
        found |= {f"custom:{field.id}": field.title for field in self.field}
        found |= {f"role:{role}": title for role, title in self.roles.items()}
        return found

    def papers(self, gate: str) -> tuple[Paper, ...]:
        return tuple(p for p in self.paper if p.gate == gate)

    def flag(self, name: str) -> bool:
        """A setting that is yes or no."""
        value = self.setting[name].value
        if not isinstance(value, bool):
            raise TypeError(f"setting {name!r} is neither yes nor no")
        return value

    def listed(self, name: str) -> tuple[str, ...]:
        """A setting that is a list of words."""
        value = self.setting[name].value
        if not isinstance(value, tuple):
            raise TypeError(f"setting {name!r} is no list")
        return value

    def figure(self, name: str) -> int:
        """A whole-number setting."""
        value = self.setting[name].value
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"setting {name!r} is no number")
        return value
