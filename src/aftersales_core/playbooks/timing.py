"""时间条目: working calendar and clocks as entries of a playbook."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from aftersales_core.playbooks._base import Cited, Condition, Key, Named, Title, When

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


Unit = Literal["working-hours", "hours", "days", "days-rolled", "working-days", "months", "mornings"]
"""How a limit is counted.

working-hours: time in which the house works, pauses taken out.
hours: time as it passes, pauses taken out.
days: until the end of that many calendar days after the day it started.
days-rolled: like days, but a limit on a free day moves to the end of work of the next working day.
working-days: until the end of work of that many working days after the day it started.
months: until the end of the day so many months later; where that month has no such day, of its last.
mornings: until work begins on the so-manieth working day after the day it started.
"""


class Span(BaseModel):
    """So much time: *amount* of *unit*, at most ten years of hours. In days, 0 is the day itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: float = Field(le=87_840, allow_inf_nan=False)
    unit: Unit


class Breach(Span):
    """The second limit of a clock, counted from a moment of its own (*since*, in the file `from`)."""

    since: Named = Field(alias="from")


class Opens(BaseModel):
    """When the reminder of a clock appears: at *hour* (0 to 23, or a setting that holds it) so many *days* after its start.

    Attributes:
        months: so many months after its start; the days come on top.
        before: days count backwards, from a start that lies ahead (a birthday, a promised day).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: int = Field(default=0, ge=0)
    months: int = Field(default=0, ge=0, le=120)
    before: bool = False
    hour: Annotated[int, Field(ge=0, le=23)] | Condition


class Reminder(BaseModel):
    """A task of the worklist that a clock makes of its own: what is to be given, and where people look for it.

    Attributes:
        list: which list of the day, e.g. `calls`; `command`: what settles it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    list: Condition
    command: str


class ClockRule(Cited):
    """A clock (时钟): by when something is to be done.

    Attributes:
        id: what it is called; `title`: its words, where `wording` has none.
        since: the moment of a ticket it counts from; in the file `from`. A name of `MOMENTS`, or `ticket:FIELD`,
            `visit:FIELD`, `slip:FIELD`, `leftover:FIELD`, `line:FIELD` for a time the state keeps, `paper:FORM.STEP`,
            `notice:ID`, `follow-up:ID`, `field:ID` for a date of the house's own, `yearly:ID` for its next anniversary.
        until: the moment that stops it; without one it runs until its first moment holds no more, i.e. nothing is owed.
        when: only for tickets whose field has one of the values.
        limit: when it is due.
        opens: when its task appears on the worklist; the task's own moment unless given.
        breach: from when it counts as breached: `due` for at once, or a limit of its own; never unless given.
        pauses: named reasons for which it stands still.
        task: the task of the worklist that is due with it; or `reminds`: a task of its own, called like the clock.
        after_closing: it goes on when the ticket is closed.
        escalates_to: the role that is to know of a breach.
    """

    id: Key
    title: Title | None = None
    since: Named = Field(alias="from")
    until: Named | None = None
    when: When = Field(default={})
    limit: Span
    opens: Opens | None = None
    breach: Literal["due"] | Breach | None = None
    pauses: tuple[Condition, ...] = ()
    task: Condition | None = None
    reminds: Reminder | None = None
    after_closing: bool = False
    escalates_to: str | None = None
    note: str = ""
