"""时钟检查: what is wrong with the calendar and the clocks of a playbook, found when it is loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from aftersales_core.clocks.calendar import WorkCalendar
from aftersales_core.clocks.limits import IN_DAYS, calendar_of, due, limit_of
from aftersales_core.clocks.moments import PAUSES, TASKS, UNTIMED, moment_of
from aftersales_core.errors import PlaybookUnsound
from aftersales_core.playbooks.model import Breach, ClockRule, Playbook, Span
from aftersales_core.state import Ticket

_WEEK: Final = [datetime(2026, 11, 2, 10) + timedelta(days=day) for day in range(7)]
"""Ten in the morning of a Monday and the six days after it: where two limits in different units are compared."""


def lint_clocks(book: Playbook) -> list[str]:
    """Every reason not to count by the clocks of *book*: no calendar, unknown names, limits that make no sense."""
    found = [f"clock {rule.id}: {problem}" for rule in book.every_clock for problem in _names(rule, book)]
    for kind, counted in (("id", Counter(c.id for c in book.every_clock)), ("task", Counter(c.task for c in book.every_clock if c.task))):
        found += [f"clock: {kind} {name!r} has {count} clocks; give it one" for name, count in counted.items() if count > 1]
    calendar: WorkCalendar | None = None
    try:
        calendar = calendar_of(book) if book.calendar else None
    except PlaybookUnsound as problem:
        # the zone is the playbook's own and has a finding of its own
        found += [f"calendar: {each}" for each in problem.facts["problems"] if not each.startswith("timezone")]
    if book.calendar is None and book.every_clock:
        found.append(f"clock {book.every_clock[0].id}: there is no calendar to count by; add [calendar.week]")
    if book.calendar is not None:
        days = Counter(each.day for each in book.calendar.makeup)
        found += [f"calendar: make-up day {day} is given {count} times" for day, count in days.items() if count > 1]
    return found + [f"clock {rule.id}: {problem}" for rule in book.every_clock for problem in _limits(rule, calendar)]


def _names(rule: ClockRule, book: Playbook) -> Iterator[str]:
    breach = rule.breach if isinstance(rule.breach, Breach) else None
    names: tuple[str | None, ...] = (rule.since, rule.until, breach.since if breach else None)
    for name in names:
        if name is not None and moment_of(name, rule.id) is None:
            yield f"there is no moment {name!r}"
        elif name is not None:
            yield from _of_the_house(name, book)
    yield from (f"there is no pause {name!r}" for name in rule.pauses if name not in PAUSES)
    if rule.task is not None and rule.task not in TASKS:
        yield f"there is no task {rule.task!r}"
    if rule.task is None and rule.reminds is None and rule.opens is not None:
        yield "opens a reminder but drives no task"
    if rule.task is not None and rule.reminds is not None:
        yield f"drives task {rule.task!r} and makes one of its own; leave out task or reminds"
    if rule.reminds is not None and rule.id in TASKS:
        yield f"there is a task {rule.id!r} already; call the clock otherwise"
    if rule.reminds is not None and rule.since in UNTIMED:
        yield "reminds of something whose time only a history tells"
    yield from (f"there is no field {name!r} of a ticket" for name in rule.when if name not in Ticket.__struct_fields__)
    if rule.task is not None and rule.since in UNTIMED:
        yield f"only a history tells when {rule.since!r} was, so it cannot drive task {rule.task!r}"
    if rule.escalates_to is not None and rule.escalates_to not in book.roles:
        yield f"role {rule.escalates_to!r} is not declared"
    if rule.opens is not None and isinstance(rule.opens.hour, str):
        setting = book.setting.get(rule.opens.hour)
        if setting is None:
            yield f"there is no setting {rule.opens.hour!r}"
        elif isinstance(setting.value, bool) or setting.value not in range(24):
            yield f"setting {rule.opens.hour!r} is no hour from 0 to 23"


def _of_the_house(name: str, book: Playbook) -> Iterator[str]:
    """A moment about something that the playbook itself has to declare."""
    kind, _, about = name.partition(":")
    if kind == "paper":
        form, _, step = about.partition(".")
        if form not in book.forms:
            yield f"{name!r}: there is no form {form!r}"
        elif book.forms[form].find(step) is None:
            yield f"{name!r}: form {form!r} takes no step {step!r}"
    elif kind in {"field", "yearly"} and (about not in book.fields or book.fields[about].type != "date"):
        yield f"{name!r}: there is no field {about!r} of type date"
    elif kind == "notice" and about not in {notice.id for notice in book.notice}:
        yield f"{name!r}: there is no notice {about!r}"


def _limits(rule: ClockRule, calendar: WorkCalendar | None) -> Iterator[str]:
    breach = rule.breach if isinstance(rule.breach, Breach) else None
    sound = True
    for name, figure in (("limit", rule.limit), ("breach", breach)):
        if figure is not None and (wrong := _senseless(figure)):
            sound = False
            yield f"{name} of {figure.amount:g} {figure.unit} {wrong}"
    if rule.pauses and rule.limit.unit in IN_DAYS:
        yield f"a limit in {rule.limit.unit} ends with a day, pauses do not move it; count in hours"
    if sound and calendar is not None and breach is not None and _earlier(breach, rule.limit, calendar):
        yield f"breach after {breach.amount:g} {breach.unit} comes before {rule.limit.amount:g} {rule.limit.unit} are over"


def _senseless(figure: Span) -> str:
    if figure.unit in IN_DAYS:
        return "" if figure.amount >= 0 and figure.amount == int(figure.amount) else "is no number of days; 0 is the same day"
    return "" if figure.amount > 0 else "is no time at all"


def _earlier(breach: Span, limit: Span, calendar: WorkCalendar) -> bool:
    """Whether *breach* can end before *limit*, both counted from the same moment of any weekday."""
    for naive in _WEEK:
        start = naive.replace(tzinfo=calendar.zone)
        first, second = due(limit_of(limit), calendar, start), due(limit_of(breach), calendar, start)
        if first is not None and second is not None and second < first:
            return True
    return False
