"""`playbook choices|gaps|lint`: what the documents contradict and leave open, and whether every reading is sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales_core.rules import preset

Cli = Callable[..., Any]

HOUSE = """
extends = "whole-house"
name = "our-house"
edition = "2"
effective = 2026-10-01

[choose]
who-dispatches = "specialist"

[[gap]]
id = "no-lift"
source = "own notes"
says = { zh = "没写没有电梯怎么搬", en = "nothing is said of houses without a lift" }
clauses = ["L-17"]
"""

TORN = """
[[choice]]
id = "own-choice"
source = "own notes"
asks = { zh = "谁来？", en = "Who comes?" }
value = "fine"
clauses = ["L-17"]
[choice.options.fine]
title = { zh = "都行", en = "anybody" }
[choice.options.torn]
title = { zh = "没有的角色", en = "a role that is none" }
set = { "duty.depart.roles" = ["ghost"] }
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.toml"
    path.write_text(HOUSE, "utf-8")
    return path


def test_every_choice_is_told_with_its_readings_and_the_one_that_holds(cli: Cli, house: Path) -> None:
    told = cli("playbook", "choices", "--json").json
    assert told["playbook"] == preset().id
    assert [each["id"] for each in told["choices"]] == [each.id for each in preset().choice]
    for each in told["choices"]:
        assert [reading["id"] for reading in each["readings"] if reading["holds"]] == [each["value"]]
        assert each["source"]
        assert each["clauses"]
        assert set(each["asks"]) == {"zh", "en"}

    ours = {each["id"]: each["value"] for each in cli("playbook", "choices", house, "--json").json["choices"]}
    assert ours["who-dispatches"] == "specialist"
    assert cli("--playbook", house, "playbook", "choices", "--json").json["playbook"] == "our-house@2"


@pytest.mark.parametrize(
    ("lang", "question", "holds", "other"),
    [
        ("zh", "由谁派工？", "✓ specialist  客服专员", "· supervisor  客服主管"),
        ("en", "Who dispatches?", "✓ specialist  the customer-service specialist", "· supervisor  the customer-service supervisor"),
    ],
)
def test_choices_are_read_in_both_languages(cli: Cli, house: Path, lang: str, question: str, holds: str, other: str) -> None:
    ran = cli("playbook", "choices", house, "--lang", lang)

    lines = [line.strip() for line in ran.out.splitlines()]
    at = lines.index(question)
    assert lines[at - 1].split() == ["who-dispatches", "000-6,", "001-7", "L-13", "O-42"]
    assert {holds, other} == set(lines[at + 1 : at + 3])
    assert "our-house@2" in ran.err


@pytest.mark.parametrize(("lang", "said"), [("zh", "没写没有电梯怎么搬"), ("en", "nothing is said of houses without a lift")])
def test_gaps_are_named(cli: Cli, house: Path, lang: str, said: str) -> None:
    ran = cli("playbook", "gaps", house, "--lang", lang)
    assert ran.out.splitlines()[-1] == f"no-lift  own notes  {said}  L-17"
    assert len(ran.out.splitlines()) == len(preset().gap) + 1
    assert [gap["id"] for gap in cli("playbook", "gaps", house, "--json").json["gaps"]][-1] == "no-lift"
    assert len(cli("playbook", "gaps", "--lang", lang).out.splitlines()) == len(preset().gap)


@pytest.mark.parametrize(("lang", "first"), [("zh", "✓ our-house@2 没有问题"), ("en", "✓ our-house@2 is sound")])
def test_a_sound_file_is_tried_under_every_reading_and_its_gaps_are_no_findings(cli: Cli, house: Path, lang: str, first: str) -> None:
    ran = cli("playbook", "lint", house, "--lang", lang)

    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0].startswith(first)
    assert str(sum(len(choice.options) for choice in preset().choice)) in lines[0]
    assert all(line.startswith("· ") for line in lines[1:])
    assert lines[-1].startswith("· no-lift")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_reading_that_was_not_chosen_and_is_torn_is_a_finding(cli: Cli, house: Path, lang: str) -> None:
    house.write_text(HOUSE + TORN, "utf-8")

    ran = cli("playbook", "lint", house, "--lang", lang)
    assert ran.code == 1
    (line,) = ran.out.splitlines()
    assert line.startswith("✗ choice own-choice: reading 'torn':")
    assert "ghost" in line
    told = cli("playbook", "lint", house, "--json").json
    assert (told["sound"], told["playbook"], len(told["problems"])) == (False, "our-house@2", 1)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_that_is_none_is_told_and_nothing_else(cli: Cli, tmp_path: Path, lang: str) -> None:
    for text, code in ((b"name = ", 1), (b"\xff\xfe", 1), (b'extends = "moon"', 1)):
        path = tmp_path / "bad.toml"
        path.write_bytes(text)
        assert cli("playbook", "lint", path, "--lang", lang).code == code
        for words in (("playbook", "choices", path), ("playbook", "gaps", path), ("--playbook", path, "playbook", "gaps")):
            ran = cli(*words, "--lang", lang)
            assert (ran.code, ran.out) == (2, "")
            assert ran.err.strip()
    for words in (("choices",), ("gaps",), ("lint",)):
        assert cli("playbook", *words, tmp_path / "none.toml", "--lang", lang).code == 2
    assert cli("playbook", "dance", "--lang", lang).code == 2
