"""The register of clauses claims only what is there: one small lie, one finding that names it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from aftersales_core import playbooks
from aftersales_core.playbooks import Clause, Playbook, clauses
from aftersales_core.playbooks.model import Clause as ClauseOfModel
from aftersales_core.playbooks.register import (
    CARRIED,
    Carried,
    Mechanism,
    Shown,
    catalogue,
    check,
    clause_ids,
    entries,
    missing,
    names,
    read_report,
    series,
    shown,
)
from aftersales_core.rules import preset
from aftersales_core.views import BY_NAME, _tasks
from aftersales_core.wording import en, zh

REGISTER = clauses()
BOOK = preset()
TASKS = set(re.findall(r'Task\(\s*"([a-z-]+)"', inspect.getsource(_tasks)))

EXAMINED = [name for name in REGISTER if series(name) in set("FRGLWTIN") or "O-37" <= name <= "O-48"]
"""The series whose every clause has been looked at."""

KNOWN: set[str] = set()
"""Findings that are true and wait for work elsewhere."""


def found(register: dict[str, Clause] | None = None, book: Playbook = BOOK) -> set[str]:
    return set(check(register or REGISTER, book, TASKS, BY_NAME)) - KNOWN


def changed(name: str, **fields: Any) -> dict[str, Clause]:
    return {**REGISTER, name: REGISTER[name].model_copy(update=fields)}


def test_the_ids_alone_are_the_ids_of_the_register() -> None:
    assert clause_ids() == set(REGISTER)


def test_the_register_claims_nothing_that_is_not_there() -> None:
    assert found() == set()


def test_the_known_findings_are_still_true() -> None:
    assert set(check(REGISTER, BOOK, TASKS, BY_NAME)) >= KNOWN


def test_every_clause_of_these_series_has_been_looked_at() -> None:
    assert len(EXAMINED) == 159
    assert [name for name in EXAMINED if not REGISTER[name].carried] == []


def test_the_tasks_it_may_name_are_those_the_worklist_has_words_for() -> None:
    assert set(zh.WORDS["task"]) >= TASKS
    assert len(TASKS) > 15


LIES: dict[str, tuple[str, dict[str, Any], str]] = {
    "same as nothing": ("F-01", {"same_as": ("F-99",)}, "F-01: same as F-99, which is not in the register"),
    "no such guard": ("F-09", {"where": ("supervisor-asleep",)}, "F-09: there is no 'supervisor-asleep'"),
    "no such clock": ("F-16", {"where": ("task:collect-slip", "clock:sundial")}, "F-16: there is no 'clock:sundial'"),
    "no such fact": ("F-10", {"where": ("fact:slept",)}, "F-10: there is no 'fact:slept'"),
    "no such field": ("F-10", {"where": ("fact:accepted.mood",)}, "F-10: there is no 'fact:accepted.mood'"),
    "no such word on the envelope": ("T-11", {"where": ("envelope:stamp",)}, "T-11: there is no 'envelope:stamp'"),
    "no such task": ("R-01", {"where": ("task:nap",)}, "R-01: there is no 'task:nap'"),
    "no such view": ("L-25", {"where": ("view:sunset",)}, "L-25: there is no 'view:sunset'"),
    "no such move": ("N-10", {"where": ("reopen", "move:ticket.napped")}, "N-10: there is no 'move:ticket.napped'"),
    "enforced nowhere": ("F-09", {"where": ()}, "F-09: enforced without saying where"),
    "recorded nowhere": ("F-10", {"where": ()}, "F-10: recorded without saying where"),
    "planned in silence": ("G-11", {"note": None}, "G-11: planned without a note"),
    "outside in silence": ("G-11", {"carried": "outside", "note": None}, "G-11: outside without a note"),
    "enforced by a field": ("F-09", {"where": ("fact:accepted.by",)},
                            "F-09: enforced, but no entry of the playbook and no move stands behind it"),
    "reminded by no task": ("R-01", {"where": ("calls-at",)}, "R-01: reminded, but by no task"),
    "reported by no view": ("L-25", {"where": ("fact:leftover-raised",)}, "L-25: reported, but by no view"),
    "mechanism without a claim": ("F-09", {"carried": ""}, "F-09: mechanism and carried go together"),
    "claim without a mechanism": ("F-09", {"mechanism": ""}, "F-09: mechanism and carried go together"),
    "entry on a plan": ("W-12", {"carried": "planned"}, "guard nothing-to-notify: all its clauses are planned or outside (W-12)"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "fields", "says"), LIES.values(), ids=LIES)
def test_one_lie_is_found_and_named(name: str, fields: dict[str, Any], says: str) -> None:
    assert says in found(changed(name, **fields))


def test_an_entry_of_the_playbook_needs_a_clause_of_the_register() -> None:
    without = {name: clause for name, clause in REGISTER.items() if name != "W-12"}

    assert "guard nothing-to-notify: clause W-12 is not in the register" in found(without)


def test_a_clause_nobody_has_looked_at_holds_its_entries() -> None:
    assert found(changed("W-12", carried="", mechanism="", where=())) == set()


def test_every_entry_of_a_playbook_is_gone_through() -> None:
    kinds = {kind for kind, _name, _clauses in entries(BOOK)}

    assert kinds >= {"duty", "required", "guard", "paper", "setting"}
    assert len(list(entries(BOOK))) >= len(BOOK.duty) + len(BOOK.guard) + len(BOOK.setting)
    assert {"fact:accepted.rating", "task:call-back", "view:leftovers", "move:ticket.revisited"} <= names(BOOK, TASKS, BY_NAME)


def test_an_entry_has_no_other_fields_and_no_other_claims() -> None:
    plain = {"source": "x", "zh": "x", "en": "x", "kind": "enforce"}

    assert Clause.model_validate(plain).carried == ""
    for wrong in ({"carried": "perhaps"}, {"mechanism": "magic"}, {"colour": "red"}, {"note": {"zh": "x"}}):
        with pytest.raises(ValidationError):
            Clause.model_validate({**plain, **wrong})


def test_the_public_names_are_where_they_were() -> None:
    assert playbooks.Clause is ClauseOfModel is Clause
    assert playbooks.clauses is clauses


def test_a_report_is_read_and_anything_else_is_not() -> None:
    told = read_report('{"L-14": [{"feature": "a.feature", "scenario": "一", "outcome": "passed", "refusals": [], "rows": [{}, {}]}]}')

    assert told["L-14"] == (Shown(feature="a.feature", scenario="一", outcome="passed", rows=2),)
    with pytest.raises(ValidationError):
        read_report('{"L-14": [{"feature": "a.feature"}]}')


def test_the_register_is_a_part_of_the_catalogue() -> None:
    kinds = {one: kind for each in catalogue().values() for kind, ids in each.ids.items() for one in ids}

    assert len(kinds) == sum(len(each.clauses) for each in catalogue().values()) == 650
    assert {name: clause.kind for name, clause in REGISTER.items()}.items() <= kinds.items()
    assert all(series(one) == name for name, each in catalogue().items() for one in each.clauses)
    assert all(each.zh and each.en and each.sources for each in catalogue().values())


def test_what_is_missing_is_what_the_catalogue_has_and_a_register_has_not() -> None:
    everything = {one for each in catalogue().values() for one in each.clauses}

    assert missing(everything) == {}
    assert missing(everything - {"L-14", "V2-03"}) == {"L": ("L-14",), "V2": ("V2-03",)}
    assert sum(map(len, missing(REGISTER).values())) == 650 - len(REGISTER)


def test_what_the_wheel_keeps_of_a_run_is_of_clauses_of_the_register() -> None:
    assert set(shown()) <= set(REGISTER)
    assert all(one.rows >= 1 and one.outcome == "passed" for found in shown().values() for one in found)


@pytest.mark.parametrize("words", [zh.WORDS, en.WORDS], ids=["zh", "en"])
def test_every_claim_and_mechanism_has_a_word(words: dict[str, Any]) -> None:
    assert set(words["carried"]) == {*CARRIED, ""} == {*get_args(Carried), ""}
    assert set(words["mechanism"]) == set(get_args(Mechanism))


Claim = Callable[[Clause], bool]


@pytest.mark.parametrize(
    ("mechanism", "fits"),
    [
        ("clock", lambda c: c.carried in {"reminded", "planned"}),
        ("guard", lambda c: c.carried in {"enforced", "recorded", "planned"}),
        ("recurring", lambda c: c.carried in {"reminded", "recorded", "planned"}),
        ("notice", lambda c: c.carried in {"reminded", "recorded"}),
        ("checklist", lambda c: c.carried in {"enforced", "recorded"}),
    ],
    ids=["a clock reminds", "a guard refuses", "recurring work reminds", "a notice reminds", "a checklist refuses"],
)
def test_a_mechanism_carries_no_more_than_it_can(mechanism: str, fits: Claim) -> None:
    assert [name for name, clause in REGISTER.items() if clause.mechanism == mechanism and not fits(clause)] == []
