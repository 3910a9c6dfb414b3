"""要求: what a playbook asks of a command before it is legal: guards, checklists, fields of the house's own.

Each is one question with one answer: what is missing. They are put together once for a playbook and a command.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple, get_type_hints

from msgspec import Struct
from msgspec.structs import fields as fields_of

from aftersales_core.clocks import holds, moment_of
from aftersales_core.playbooks import Playbook
from aftersales_core.playbooks.model import Checklist, CustomField, Guard, Title
from aftersales_core.rules._base import Case, Command, meant_visit, named_leftover
from aftersales_core.rules.predicates import NONE, PREDICATES, Missing
from aftersales_core.state import Leftover, Slip, Ticket, Visit
from aftersales_core.state.papers import life, taken

Predicate = Callable[[Case], Missing]

_RECORDS: Final[Mapping[str, type[Struct]]] = {"ticket": Ticket, "visit": Visit, "slip": Slip, "leftover": Leftover}

_UNTOUCHED: Final[Mapping[str, Mapping[str, Any]]] = {
    kind: {field.name: field.default for field in fields_of(record)} for kind, record in _RECORDS.items()
}
"""What stands in a field before anything was said."""


class Ask(NamedTuple):
    """One thing a playbook asks, and the refusal it makes where the answer is no.

    Attributes:
        facts: words of the playbook's own that the sentence needs: `says`, `titles`.
    """

    code: str
    clauses: tuple[str, ...]
    missing: Predicate
    remedies: tuple[str, ...] = ()
    soft: bool = False
    explains: tuple[str, ...] = ()
    facts: Mapping[str, Any] = {}


_KNOWN: Final[dict[int, tuple[Playbook, dict[str, tuple[Ask, ...]]]]] = {}


def asks_of(playbook: Playbook, command: str) -> tuple[Ask, ...]:
    """Everything *playbook* asks of *command*, guards first."""
    # by identity, and holding the playbook, so that the number cannot become another's
    held = _KNOWN.get(id(playbook))
    if held is None:
        if len(_KNOWN) > 100:
            _KNOWN.clear()
        held = _KNOWN[id(playbook)] = (playbook, {})
    found = held[1].get(command)
    if found is None:
        found = held[1][command] = (
            *(_guard(guard, playbook) for guard in playbook.guards.get(command, ())),
            *(_checklist(each) for each in playbook.checklist if command in each.commands),
            *(_field(each) for each in playbook.field if command in each.required_for),
        )
    return found


def applies(when: Mapping[str, tuple[str, ...]], command: Command | None, ticket: Ticket) -> bool:
    """Whether an entry is for this command on this ticket: each field named has one of the values."""
    for name, values in when.items():
        said = None if command is None else command.__dict__.get(name)  # pydantic is slow to say that there is none
        if (said if said is not None else getattr(ticket, name, None)) not in values:
            return False
    return True


def _guarded(when: Mapping[str, tuple[str, ...]], needs: Predicate) -> Predicate:
    if not when:
        return needs
    return lambda case: needs(case) if applies(when, case.command, case.ticket) else NONE


def _guard(guard: Guard, playbook: Playbook) -> Ask:
    needs = predicate(guard.needs)
    assert needs is not None, guard.needs
    facts: dict[str, Any] = {}
    if guard.says is not None:
        facts["says"] = guard.says.model_dump()
    if titles := _titles(playbook, guard.needs):
        facts["titles"] = titles
    return Ask(guard.id, guard.clauses, _guarded(guard.when, needs), guard.remedies, guard.soft, guard.explains, facts)


def _titles(playbook: Playbook, needs: str) -> dict[str, dict[str, str]]:
    kind, _, about = needs.partition(":")
    key = {"paper": f"paper:{about.partition('.')[0]}", "notice": needs, "field": f"custom:{about}"}.get(kind, "")
    return words(playbook.titles, key)


def words(titles: Mapping[str, Title], *keys: str) -> dict[str, dict[str, str]]:
    """Titles as plain values, for the facts of a refusal."""
    return {key: titles[key].model_dump() for key in keys if key in titles}


def _visit(case: Case) -> Visit | None:
    """The visit that a case is about; where its command names none and fits none, the latest."""
    no: int | None = getattr(case.command, "visit", None)
    found = meant_visit(case.asked, no, case.ticket)
    return found if found is not None or no is not None else case.ticket.visit


def _checklist(rule: Checklist) -> Ask:
    def missing(case: Case) -> Missing:
        visit = _visit(case)
        if visit is None:
            return NONE
        shown = {file.check for file in case.ticket.files if file.ref == f"visit:{visit.no}"}
        found: list[str] = []
        for item in rule.items:
            if not item.must:
                continue
            if not {item.id, item.title.zh, item.title.en} & set(visit.checks):
                found.append(f"check:{item.id}")
            if item.photo and item.id not in shown:
                found.append(f"photo:{item.id}")
        return tuple(found)

    titles = {f"{kind}:{item.id}": item.title.model_dump() for item in rule.items for kind in ("check", "photo")}
    remedies = ("tick-checks", *(("attach-file",) if any(item.photo for item in rule.items) else ()))
    facts = {"checklist": rule.title.model_dump(), "titles": titles}
    return Ask("checks-missing", rule.clauses, _guarded(rule.when, missing), remedies, rule.soft, (), facts)


def _field(field: CustomField) -> Ask:
    def missing(case: Case) -> Missing:
        ref = ref_of(field.of, case)
        return NONE if ref is None or case.ticket.filled(field.id, ref) is not None else (f"custom:{field.id}",)

    titles = {f"custom:{field.id}": field.title.model_dump()}
    return Ask("field-missing", field.clauses, _guarded(field.when, missing), ("fill-fields",), facts={"titles": titles})


def ref_of(of: str, case: Case) -> str | None:
    """The part of kind *of* that a case is about, as papers and fields name it; None where there is none."""
    if of == "visit":
        visit = _visit(case)
        return None if visit is None else f"visit:{visit.no}"
    if of == "leftover":
        no = named_leftover(case.command) or len(case.ticket.leftovers)
        return f"leftover:{no}" if case.ticket.find_leftover(no) else None
    return ""


def owed(notice: str, ticket: Ticket, playbook: Playbook) -> tuple[str, ...]:
    """The parts of the ticket for which a notice is owed and was not given, the oldest first."""
    rule = next((each for each in playbook.notice if each.id == notice), None)
    if rule is None or not holds(rule.when, ticket):
        return ()
    moment = moment_of(rule.since, rule.id)
    given = {told.ref for told in ticket.told if told.notice == notice}
    return tuple(ref for ref, _at in moment(ticket) if ref not in given) if moment is not None else ()


@cache
def predicate(name: str) -> Predicate | None:
    """What a guard needs, by its name in a playbook; None where there is nothing of that name."""
    if (plain := PREDICATES.get(name)) is not None:
        return plain
    kind, _, about = name.partition(":")
    if kind in _RECORDS and about in get_type_hints(_RECORDS[kind]):
        return lambda case: _blank(kind, about, case)
    if kind == "paper" and about.count(".") == 1:
        paper, step = about.split(".")
        return lambda case: _paper(paper, step, case)
    if kind == "notice" and about:
        return lambda case: _notice(about, case)
    if kind == "field" and about:
        return lambda case: _custom(about, case)
    return None


def _blank(kind: str, name: str, case: Case) -> Missing:
    """A field of the part that is meant is filled."""
    part: object = case.ticket
    if kind in {"visit", "slip"}:
        visit = _visit(case)
        if visit is None:
            return NONE
        part = visit if kind == "visit" else visit.slip
    elif kind == "leftover":
        order = case.ticket.find_leftover(named_leftover(case.command) or len(case.ticket.leftovers))
        if order is None:
            return NONE
        part = order
    return (f"field:{name}",) if getattr(part, name) == _UNTOUCHED[kind].get(name) else NONE


def _paper(paper: str, step: str, case: Case) -> Missing:
    """A form has taken a step, for the part that is meant."""
    form = case.playbook.forms[paper]
    ref = ref_of(form.of, case)
    if ref is None or taken(life(case.ticket, paper, ref), step) is not None:
        return NONE
    return (f"step:{paper}.{step}",)


def _notice(notice: str, case: Case) -> Missing:
    """A notice was given, as often as it is owed."""
    return (f"notice:{notice}",) if owed(notice, case.ticket, case.playbook) else NONE


def _custom(field: str, case: Case) -> Missing:
    """A field of the house's own is filled in."""
    ref = ref_of(case.playbook.fields[field].of, case)
    return NONE if ref is None or case.ticket.filled(field, ref) is not None else (f"custom:{field}",)
