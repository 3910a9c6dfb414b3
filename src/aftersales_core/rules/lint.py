"""机制检查: what is wrong with the forms, checklists, notices, series, routines, fields and choices of a playbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from aftersales_core.facts.dispatch import PAPERS
from aftersales_core.playbooks import Playbook
from aftersales_core.playbooks.model import CustomField, Form, Routine

LISTS: Final = ("slips", "calls", "goods", "to-dispatch", "to-book", "to-review", "office")
"""Where people look for what there is to do."""

_BY_ID: Final = ("guard", "clock", "form", "checklist", "notice", "series", "routine", "field", "choice", "gap")


def lint_mechanisms(book: Playbook) -> list[str]:
    """Every reason not to work by them: given twice, by nobody, of nothing, or after what does not exist."""
    found: list[str] = []
    for kind in _BY_ID:
        entries: tuple[Any, ...] = getattr(book, kind)
        twice = [name for name, count in Counter(entry.id for entry in entries).items() if count > 1]
        # a guard may stand before several commands in several entries
        found += [f"{kind} {name}: given more than once" for name in twice if kind not in {"guard", "clock"}]
    for label, problems in (
        *((f"form {form.id}", _form(form, book)) for form in book.form),
        *((f"checklist {each.id}", _commands(each.commands, book)) for each in book.checklist),
        *((f"routine {each.id}", _routine(each, book)) for each in book.routine),
        *((f"field {each.id}", _field(each, book)) for each in book.field),
    ):
        found += [f"{label}: {problem}" for problem in problems]
    for checklist in book.checklist:
        items = Counter(item.id for item in checklist.items)
        found += [f"checklist {checklist.id}: item {name!r} is given more than once" for name, n in items.items() if n > 1]
    for clock in book.reminders:
        assert clock.reminds is not None
        found += [f"clock {clock.id}: {problem}" for problem in _commands((clock.reminds.command,), book)]
        if clock.reminds.list not in LISTS:
            found.append(f"clock {clock.id}: there is no list {clock.reminds.list!r}; there are {', '.join(LISTS)}")
    found += [f"access: {problem}" for problem in _access(book)]
    for guard in book.guard:
        found += [f"guard {guard.id}: {problem}" for problem in _needs(guard.needs, book)]
    for choice in book.choice:
        if choice.value not in choice.options:
            found.append(f"choice {choice.id}: there is no reading {choice.value!r}; there are {', '.join(choice.options)}")
    return found


def _commands(named: Iterable[str], book: Playbook) -> Iterator[str]:
    yield from (f"there is no command {name!r}" for name in named if name not in book.duties)


def _roles(named: Iterable[str], book: Playbook) -> Iterator[str]:
    yield from (f"role {role!r} is not declared" for role in named if role not in book.roles)


def _form(form: Form, book: Playbook) -> Iterator[str]:
    for name, count in Counter(step.step for step in form.steps).items():
        if count > 1:
            yield f"step {name!r} is given more than once"
    for step in form.steps:
        if step.command is None and not step.roles:
            yield f"step {step.step!r}: nobody takes it; name its roles or its command"
        if step.command is not None:
            yield from _commands((step.command,), book)
        yield from _roles(step.roles, book)
        duty = book.duties.get("move-paper")
        without = [role for role in step.roles if role in book.roles and duty is not None and role not in duty.roles]
        yield from (f"step {step.step!r}: role {role!r} does not hold the duty move-paper" for role in without)


def _routine(routine: Routine, book: Playbook) -> Iterator[str]:
    yield from _roles(routine.roles, book)
    if routine.list not in LISTS:
        yield f"there is no list {routine.list!r}; there are {', '.join(LISTS)}"
    if (routine.every == "days") != bool(routine.days):
        yield "days and every = 'days' go together"
    for hour in (routine.hour, routine.by):
        if isinstance(hour, str) and hour not in book.setting:
            yield f"there is no setting {hour!r}"
        elif isinstance(hour, int) and hour not in range(24):
            yield f"{hour} is no hour from 0 to 23"


def _field(field: CustomField, book: Playbook) -> Iterator[str]:
    if (field.type == "choice") != bool(field.choices):
        yield "choices and type 'choice' go together"
    yield from _commands(field.required_for, book)
    known = {*PAPERS, *book.forms}
    yield from (f"there is no form {name!r}" for name in field.forms if name not in known)


def _access(book: Playbook) -> Iterator[str]:
    """Roles that are not declared, given twice, or given what does not go together."""
    access = book.access
    lists = {"full": access.full, "unmask": access.unmask, "export": access.export, "outside": access.outside}
    for where, roles in {"rows": tuple(access.rows), **lists}.items():
        yield from (f"{where}: {problem}" for problem in _roles(roles, book))
    for where, roles in lists.items():
        yield from (f"{where}: role {role!r} is given more than once" for role, n in Counter(roles).items() if n > 1)
    for role in dict.fromkeys(access.unmask):
        if role in access.full:
            yield f"role {role!r} sees everything in full and has nothing to unmask; name it in full or in unmask"
    for role in dict.fromkeys(access.export):
        if role not in access.full:
            yield f"role {role!r} may carry out what it does not see; name it in full, or not in export"
        if access.assigned_only(role):
            yield f"role {role!r} sees its own tickets only and may carry out all; let it see by branch, or not export"


def _needs(needs: str, book: Playbook) -> Iterator[str]:
    kind, _, about = needs.partition(":")
    if kind == "paper":
        form, _, step = about.partition(".")
        if form not in book.forms:
            yield f"needs {needs!r}: there is no form {form!r}"
        elif book.forms[form].find(step) is None:
            yield f"needs {needs!r}: form {form!r} takes no step {step!r}"
    elif kind == "notice" and about not in {notice.id for notice in book.notice}:
        yield f"needs {needs!r}: there is no notice {about!r}"
    elif kind == "field" and about not in book.fields:
        yield f"needs {needs!r}: there is no field {about!r}"
