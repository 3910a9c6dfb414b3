"""Judging again on the command line: what a process owner asks before new rules take effect."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.fixture
def strict(tmp_path: Path) -> Path:
    file = tmp_path / "strict.toml"
    file.write_text('''
extends = "whole-house"
name = "strict"
edition = "1"
announced = 2026-12-01
effective = 2027-01-01

[[duty]]
command = "depart"
roles = ["install_supervisor"]
clauses = ["W-01"]
''')
    return file


def test_what_was_decided_comes_out_as_it_did(filled: Cli) -> None:
    ran = filled("rejudge")
    assert (ran.code, ran.out.startswith("✓"), "of 2 tickets come out as they did" in ran.out) == (0, True, True)
    assert "重判结果都与当时一样" in filled("--lang", "zh", "rejudge", "AS-1").out
    assert filled("rejudge", "AS-9").code == 3


def test_other_rules_tell_what_they_would_have_refused_with_clause_and_examples(filled: Cli, strict: Path) -> None:
    ran = filled("--lang", "zh", "rejudge", "--under", strict)
    assert ran.code == 1
    told = ran.out.splitlines()
    assert told[0] == "✗ 2 次「出发」：会被拒绝"
    assert "该职责属于安装主管（条款 W-01）" in told[1]
    assert [line.split()[:2] for line in told[2:4]] == [["工单", "AS-1"], ["工单", "AS-2"]]
    assert told[-1].startswith("按 strict@1，2 张工单的 ")
    assert filled("rejudge", "--under", strict, "--from", "2030-01-01").code == 0


def test_programs_are_told_every_decision(filled: Cli, strict: Path) -> None:
    told = filled("--json", "rejudge", "--under", strict, "AS-1").json
    (each,) = told["judged"]
    assert (told["playbook"], told["outcomes"], told["same"]) == ("strict@1", {"refused": 1}, told["decisions"] - 1)
    assert (each["ticket"], each["command"], each["outcome"], each["now"]) == ("AS-1", "depart", "refused", [])
    assert [(r["code"], r["clauses"]) for r in each["refusals"]] == [("role-may-not", ["W-01"])]
    assert "W-01" in each["refusals"][0]["sentence"]


def test_a_playbook_that_is_none_is_refused(filled: Cli, tmp_path: Path) -> None:
    assert filled("rejudge", "--under", tmp_path / "nowhere.toml").code == 2
    bad = tmp_path / "bad.toml"
    bad.write_text("x = 1")
    assert filled("rejudge", "--under", bad).code == 2
