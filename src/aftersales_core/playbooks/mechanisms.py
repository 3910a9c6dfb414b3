"""机制: the few mechanisms that carry most clauses as data: forms with their whole life, checklists, notices, series, routines,
fields of a house's own, choices between readings, and the gaps of the documents."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from aftersales_core.facts.papers import PaperStep
from aftersales_core.playbooks._base import Cited, ClauseId, Condition, Key, Named, Title, When
from aftersales_core.playbooks.timing import Breach, ClockRule, Opens, Reminder, Span


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FormStep(_Part):
    """A step in the life of a form.

    Attributes:
        roles: who may take it, where it is taken with `move-paper`.
        command: the command that takes it, where it has one of its own; its duty says who may.
    """

    step: PaperStep
    roles: tuple[str, ...] = ()
    command: str | None = None


class Form(Cited):
    """A form (单据) and its life: made out, handed in, refused, reviewed, approved, passed on, registered, archived.

    Attributes:
        of: what there is one of it for: every visit, every leftover order, or the ticket.
        steps: in their order, in the file `step`; a step is taken once those before it are. Refusing is always a way back.
    """

    id: Key
    title: Title
    of: Literal["ticket", "visit", "leftover"]
    steps: tuple[FormStep, ...] = Field(alias="step", min_length=1)

    def find(self, step: str) -> FormStep | None:
        return next((each for each in self.steps if each.step == step), None)


class CheckItem(_Part):
    """Something to look at.

    Attributes:
        photo: a photo of it has to be attached.
        must: the move waits for it; otherwise it is recorded where somebody ticked it.
    """

    id: Key
    title: Title
    photo: bool = False
    must: bool = True


class Checklist(Cited):
    """Items that are ticked, some with a photo, before a move of the visit. (核对清单)

    Attributes:
        commands: the moves that wait for it.
        when: only for tickets or commands whose field has one of the values.
        soft: may be gone over with a reason, which is then stored.
    """

    id: Key
    title: Title
    commands: tuple[str, ...] = Field(min_length=1)
    items: tuple[CheckItem, ...] = Field(min_length=1)
    when: When = Field(default={})
    soft: bool = False


class Notice(Cited):
    """Somebody has to be told something. (告知) It is a task until it was given, and a clock says by when.

    Attributes:
        to: who is told: the customer, a department that the notice names, a group chat, a role.
        since: the moment from which it is owed; in the file `from`.
        list: where people look for it.
    """

    id: Key
    title: Title
    to: Literal["customer", "department", "group", "role"]
    since: Named = Field(alias="from")
    when: When = Field(default={})
    limit: Span
    opens: Opens | None = None
    breach: Literal["due"] | Breach | None = None
    list: Condition = "office"
    escalates_to: str | None = None
    note: str = ""

    def clock(self) -> ClockRule:
        """The clock that reminds of it."""
        return ClockRule.model_validate({
            "id": self.id, "title": self.title, "from": self.since, "until": f"notice:{self.id}", "when": self.when,
            "limit": self.limit, "opens": self.opens, "breach": self.breach, "after_closing": True,
            "reminds": Reminder(list=self.list, command="give-notice"), "escalates_to": self.escalates_to, "note": self.note,
            "clauses": self.clauses,
        })  # fmt: skip


class SeriesStep(_Part):
    """One contact of a series: when its reminder appears, and when it is due.

    Attributes:
        opens: so many days or months after the series began.
        limit: counted from the same moment.
        clauses: where they are not those of the series.
    """

    id: Key
    title: Title
    opens: Opens
    limit: Span
    breach: Literal["due"] | None = None
    clauses: tuple[ClauseId, ...] = ()


class Series(Cited):
    """A series of contacts from a moment of the ticket (定期回访): each a task until somebody followed up.

    Attributes:
        since: the moment it counts from; in the file `from`. `yearly:ID` comes back every year.
        steps: in the file `step`; the id of a step is the *occasion* of the follow-up that settles it.
    """

    id: Key
    title: Title
    since: Named = Field(alias="from")
    when: When = Field(default={})
    list: Condition = "calls"
    steps: tuple[SeriesStep, ...] = Field(alias="step", min_length=1)
    note: str = ""

    def clocks(self) -> tuple[ClockRule, ...]:
        """A clock for every step."""
        return tuple(
            ClockRule.model_validate({
                "id": step.id, "title": step.title, "from": self.since, "until": self._until(step), "when": self.when,
                "limit": step.limit, "opens": step.opens, "breach": step.breach, "after_closing": True,
                "reminds": Reminder(list=self.list, command="follow-up"), "note": self.note,
                "clauses": step.clauses or self.clauses,
            })
            for step in self.steps
        )

    def _until(self, step: SeriesStep) -> str | None:
        # what comes back every year is settled by its moment moving on to the next
        return None if self.since.startswith("yearly:") else f"follow-up:{step.id}"


class Routine(Cited):
    """Work of the house that comes round with the calendar and hangs on no ticket. (例行工作)

    Attributes:
        every: how often; a routine for working days is not owed on free ones.
            `days` are those listed in *days*.
        hour: when it appears on the day, or on the first working day of its period; `by`: when it should be done.
        roles: who does it.
    """

    id: Key
    title: Title
    every: Literal["working-day", "month", "quarter", "year", "days"]
    days: tuple[date, ...] = ()
    hour: int | Condition = 0
    by: int | Condition | None = None
    roles: tuple[str, ...] = Field(min_length=1)
    list: Condition = "office"
    note: str = ""


class CustomField(Cited):
    """A field that a house keeps for its own reports (自定义栏目): typed, checked, shown on the forms.

    Attributes:
        of: what it belongs to.
        type: `text`, `number` (whole), `money` (分), `date`, `yes-no`, or `choice` of *choices*.
        required_for: moves that wait until it is filled in; in the file `required-for`.
        forms: the forms on which it is printed.
    """

    id: Key
    title: Title
    of: Literal["ticket", "visit", "leftover"] = "ticket"
    type: Literal["text", "number", "money", "date", "yes-no", "choice"] = "text"
    choices: tuple[str, ...] = ()
    required_for: tuple[str, ...] = Field(default=(), alias="required-for")
    forms: tuple[str, ...] = ()
    when: When = Field(default={})


class Option(_Part):
    """One reading of a choice.

    Attributes:
        set: what it changes, as `kind.name.key` → value: `duty.issue-sheet.roles`, `guard.no-score.off`, `clock.call-back.limit`.
        add: entries that come on top, as kind → entries.
    """

    title: Title
    set: dict[str, Any] = {}
    add: dict[str, tuple[dict[str, Any], ...]] = {}


class Choice(Cited):
    """A point on which the documents contradict each other or can be read in two ways. (取舍)

    Attributes:
        asks: the question; *source*: where the contradiction stands, e.g. `000-4` for number 4 of the first set of documents.
        value: the reading that holds; the others stand in *options*.
    """

    id: Key
    source: str
    asks: Title
    value: Key
    options: dict[Key, Option] = Field(min_length=2)


class Gap(Cited):
    """Something the documents leave open or break off, by name. (缺口) Reported by the lint; nothing is guessed."""

    id: Key
    source: str
    says: Title

