"""Every refusal there is has a case, names its clauses, and can be read in both languages."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tests.rules import (
    test_decisions_customer,
    test_decisions_goods,
    test_decisions_house,
    test_decisions_office,
    test_decisions_visits,
)
from tests.rules.strategies import Case, play

import aftersales_core
from aftersales_core.errors import Refused
from aftersales_core.facts import KINDS
from aftersales_core.playbooks.load import clauses
from aftersales_core.rules import COMMANDS, EVERY_COMMAND, preset
from aftersales_core.rules.access import ACCESS_COMMANDS
from aftersales_core.testing import Scene, scene_at

_ROOMS = (test_decisions_office, test_decisions_visits, test_decisions_goods, test_decisions_house, test_decisions_customer)
PRODUCES = [case for room in _ROOMS for case in room.PRODUCES]
REFUSES = [case for room in _ROOMS for case in room.REFUSES]
BOOK = preset()
_ONLY_ASKED = {"no-line-there"}
"""Said by `legal_moves` alone: a command always names its lines."""


def _codes_in_rules() -> set[str]:
    found = set()
    for path in (Path(aftersales_core.__file__).parent / "rules").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Refusal", "Ask"}:
                match node.args[0]:
                    case ast.Constant(value=str(code)):
                        found.add(code)
    return found


def test_every_refusal_of_the_rules_and_of_the_preset_has_a_case() -> None:
    codes = _codes_in_rules() | {guard.id for guard in BOOK.guard}

    assert {case.then for case in REFUSES} | _ONLY_ASKED == codes


def test_every_command_produces_and_is_refused_somewhere() -> None:
    assert {case.command for case in PRODUCES} == set(EVERY_COMMAND)
    assert {case.command for case in REFUSES} == set(EVERY_COMMAND)


def test_every_kind_of_fact_is_produced_somewhere() -> None:
    # those of the log of accesses are in `test_access`
    of_accesses = {cls.fact.kind for cls in ACCESS_COMMANDS.values()}
    assert {kind for case in PRODUCES for kind in case.then.split()} == set(KINDS) - of_accesses


@pytest.mark.parametrize("case", REFUSES, ids=str)
def test_a_refusal_names_its_clauses_and_reads_well(case: Case) -> None:
    refusal = play(case).refusal

    assert refusal.clauses
    assert set(refusal.clauses) <= set(clauses())
    for lang in ("zh", "en"):
        said = refusal.sentence(lang)
        assert not re.search(r"[{}]", said), said
        for clause in refusal.clauses:
            assert clause in said
    assert set(refusal.remedies) <= set(COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_a_role_without_the_duty_is_refused_under_the_duty_s_clause(name: str) -> None:
    duty = BOOK.duties[name]
    stranger = next(role for role in BOOK.roles if role not in duty.roles)
    scene = Scene() if name in {"report", "import-ticket"} else scene_at("维修", "已受理")

    found = scene.move(name, stranger).refusals[0]

    assert (found.code, found.clauses) == ("role-may-not", duty.clauses)
    assert found.facts == {"role": stranger, "roles": duty.roles}


def test_no_line_there_is_said_when_asked_what_could_be_done() -> None:
    found = scene_at("安装有遗留", "责任已判定").move("inspect-goods", "warehouse_keeper").refusals

    assert [r.code for r in found] == ["no-line-there"]
    error = found[0].error("AS-1", "inspect-goods")
    assert isinstance(error, Refused)
    assert "W-08" in error.sentence("zh")
    assert "已下单" in error.sentence("zh")
