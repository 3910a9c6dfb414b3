"""自家规矩: questions about what a playbook declares of its own: forms, fields, notices, occasions, checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from itertools import takewhile
from typing import Any, Final

from aftersales_core.facts import Fact, notices, papers
from aftersales_core.facts.dispatch import PAPERS
from aftersales_core.moves import PAPER
from aftersales_core.playbooks import Playbook
from aftersales_core.playbooks.mechanisms import FormStep
from aftersales_core.playbooks.model import CustomField, Form
from aftersales_core.rules._base import Case, Command, Refusal, say
from aftersales_core.rules.asks import owed, ref_of, words
from aftersales_core.rules.closing import Archive
from aftersales_core.rules.dispatch import PreparePapers
from aftersales_core.rules.fields import FillFields
from aftersales_core.rules.files import AttachFile
from aftersales_core.rules.followups import FollowUp
from aftersales_core.rules.goods import ReturnOldGoods
from aftersales_core.rules.notices import GiveNotice
from aftersales_core.rules.papers import MovePaper
from aftersales_core.state import Ticket
from aftersales_core.state.papers import life, taken

OTHER: Final = "other"
"""An occasion for which the playbook has no reminder."""


def known_papers(playbook: Playbook) -> tuple[str, ...]:
    """Every form that a command may name."""
    return tuple(dict.fromkeys((*PAPERS, *playbook.forms, *(gate.paper for gate in playbook.paper))))


def occasions(playbook: Playbook) -> tuple[str, ...]:
    """Every occasion of a follow-up."""
    named = (clock.id for clock in playbook.reminders if clock.reminds and clock.reminds.command == "follow-up")
    return (*named, OTHER)


def _duty(case: Case) -> tuple[str, ...]:
    return case.playbook.duties[case.asked.name()].clauses


def _named_papers(case: Case) -> Iterator[Refusal]:
    known = known_papers(case.playbook)
    for paper in getattr(case.command, "papers", ()):
        if paper not in known:
            yield Refusal("no-such-paper", _duty(case), facts={"paper": paper, "known": known})
            return


def _move_paper(case: Case) -> Iterator[Refusal]:
    """A form of the playbook, one of its steps, by somebody whose it is, once the steps before it were taken."""
    command = case.command
    if not isinstance(command, MovePaper):
        return
    form = case.playbook.forms.get(command.paper)
    if form is None:
        yield Refusal("no-such-paper", _duty(case), facts={"paper": command.paper, "known": tuple(case.playbook.forms)})
        return
    named: dict[str, Any] = {"paper": form.id, "titles": words(case.playbook.titles, f"paper:{form.id}")}
    takers = _takers(form, command.step)
    if not takers:
        facts = {**named, "step": command.step, "steps": tuple(each.step for each in form.steps)}
        yield Refusal("no-such-step", form.clauses, facts=facts)
        return
    own = next((each.command for each in takers if each.command is not None), None)
    if own is not None:
        yield Refusal("paper-has-a-command", form.clauses, remedies=(own,), facts=named)
        return
    roles = tuple(dict.fromkeys(role for each in takers for role in each.roles))
    if command.role not in roles:
        yield Refusal("role-may-not", form.clauses, facts={"role": command.role, "roles": roles})
    ref = ref_of(form.of, case)
    if ref is None:
        remedies = ("make-appointment",) if form.of == "visit" else ("raise-leftover",)
        no = getattr(command, form.of, None)
        facts = {"thing": form.of, "no": no or 1, "last": len(case.ticket.visits if form.of == "visit" else case.ticket.leftovers)}
        yield Refusal("no-such-part", form.clauses, remedies=remedies, facts=facts)
        return
    told = life(case.ticket, form.id, ref)
    if PAPER.step(told.state, "paper-moved", lambda name: name == command.step) is None:
        sources = tuple(source for move in PAPER.moves if move.when == (command.step,) for source in move.sources)
        facts = {"thing": "paper", "no": ref.partition(":")[2], "state": told.state, "states": sources}
        yield Refusal("part-not-there", form.clauses, facts=facts)
        return
    if command.step == "refused":
        return
    for before in takewhile(lambda each: each.step != command.step, form.steps):
        if before.step != "refused" and taken(told, before.step) is None:
            missing = (f"step:{form.id}.{before.step}",)
            yield Refusal("paper-step-missing", form.clauses, missing, (before.command or "move-paper",), named)
            return


def _takers(form: Form, step: str) -> tuple[FormStep, ...]:
    """The declared step; a refusal that is not declared is for those who take what follows the handing in."""
    declared = form.find(step)
    if declared is not None or step != "refused":
        return () if declared is None else (declared,)
    return tuple(each for each in form.steps if each.step not in {"made-out", "handed-in"} and each.command is None)


def _fill_fields(case: Case) -> Iterator[Refusal]:
    """Fields of the playbook, each of the part that is meant, with a content of its type."""
    command = case.command
    if not isinstance(command, FillFields):
        return
    if (gone := _no_such_part(case)) is not None:
        yield gone
        return
    of = "visit" if command.visit is not None else "leftover" if command.leftover is not None else "ticket"
    for name, content in command.fields.items():
        field = case.playbook.fields.get(name)
        if field is None:
            yield Refusal("no-such-field", _duty(case), facts={"field": name, "known": tuple(case.playbook.fields)})
            return
        titles = {"titles": words(case.playbook.titles, f"custom:{name}")}
        if field.of != of:
            yield Refusal("field-of-another-part", field.clauses, facts={"field": name, "thing": field.of, **titles})
            return
        if content is not None and not fits(field, content):
            facts = {"field": name, "value": content, "type": field.type, "choices": "/".join(field.choices), **titles}
            yield Refusal("content-does-not-fit", field.clauses, facts=facts)
            return


def fits(field: CustomField, content: str | int | bool) -> bool:
    """Whether *content* is of the field's type."""
    if field.type == "yes-no":
        return isinstance(content, bool)
    if field.type in {"number", "money"}:
        return isinstance(content, int) and not isinstance(content, bool) and (field.type == "number" or content >= 0)
    if not isinstance(content, str) or not content.strip():
        return False
    if field.type == "choice":
        return content in field.choices
    if field.type == "date":
        try:
            return date.fromisoformat(content).isoformat() == content
        except ValueError:
            return False
    return len(content) <= 4000


def _no_such_part(case: Case) -> Refusal | None:
    """Whether the visit, leftover order or complaint that a command names is there."""
    for thing, parts in (("visit", case.ticket.visits), ("leftover", case.ticket.leftovers)):
        no = getattr(case.command, thing, None)
        if no is not None and no > len(parts):
            return Refusal("no-such-part", _duty(case), facts={"thing": thing, "no": no, "last": len(parts)})
    no = getattr(case.command, "about", None)
    if no is not None and no > len(case.ticket.complaints):
        return Refusal("no-such-part", _duty(case), facts={"thing": "complaint", "no": no, "last": len(case.ticket.complaints)})
    return None


def _attach_file(case: Case) -> Iterator[Refusal]:
    if (gone := _no_such_part(case)) is not None:
        yield gone
    check = getattr(case.command, "check", None)
    known = tuple(item.id for rule in case.playbook.checklist for item in rule.items)
    if check is not None and check not in known:
        yield Refusal("no-such-check", _duty(case), facts={"check": check, "known": known})


def _give_notice(case: Case) -> Iterator[Refusal]:
    """A notice of the playbook that is owed."""
    command = case.command
    if not isinstance(command, GiveNotice):
        return
    rule = next((each for each in case.playbook.notice if each.id == command.notice), None)
    if rule is None:
        known = tuple(each.id for each in case.playbook.notice)
        yield Refusal("no-such-notice", _duty(case), facts={"notice": command.notice, "known": known})
        return
    found = owed(rule.id, case.ticket, case.playbook)
    given = any(told.notice == rule.id and command.ref in (None, told.ref) for told in case.ticket.told)
    if (not found if command.ref is None else command.ref not in found) and not given:
        titles = {"titles": words(case.playbook.titles, f"notice:{rule.id}")}
        yield Refusal("notice-not-owed", rule.clauses, facts={"notice": rule.id, "owed": "/".join(found) or "—", **titles})


def give_notice(command: GiveNotice, ticket: Ticket, playbook: Playbook) -> list[Fact]:
    """What was told already is not told again. (F-23)"""
    found = owed(command.notice, ticket, playbook)
    ref = command.ref if command.ref is not None else next(iter(found), None)
    return [say(notices.NoticeGiven, command, ref=ref or None)] if ref in found else []


def _follow_up(case: Case) -> Iterator[Refusal]:
    if (gone := _no_such_part(case)) is not None:
        yield gone
    occasion = getattr(case.command, "occasion", None)
    known = occasions(case.playbook)
    if occasion is not None and occasion not in known:
        yield Refusal("no-such-occasion", _duty(case), facts={"occasion": occasion, "known": known})


def _return_old_goods(case: Case) -> Iterator[Refusal]:
    if (gone := _no_such_part(case)) is not None:
        yield gone


def move_paper(command: MovePaper, ticket: Ticket, playbook: Playbook) -> list[Fact]:
    """The form of the part that is meant takes the step. (F-15, F-19)"""
    ref = ref_of(playbook.forms[command.paper].of, Case(ticket, command, playbook, MovePaper, command.role)) or ""
    of, _, no = ref.partition(":")
    parts = {"visit": int(no) if of == "visit" else None, "leftover": int(no) if of == "leftover" else None}
    return [say(papers.PaperMoved, command, **parts)]


QUESTIONS: Final[dict[type[Command], Callable[[Case], Iterator[Refusal]]]] = {
    PreparePapers: _named_papers, Archive: _named_papers, MovePaper: _move_paper, FillFields: _fill_fields,
    AttachFile: _attach_file, GiveNotice: _give_notice, FollowUp: _follow_up, ReturnOldGoods: _return_old_goods,
}  # fmt: skip
"""Commands that name things of the playbook, and the questions about those."""

MAKERS: Final[dict[type[Command], Callable[[Any, Ticket, Playbook], list[Fact]]]] = {
    MovePaper: move_paper,
    GiveNotice: give_notice,
}
"""Commands whose facts hang on the playbook."""
