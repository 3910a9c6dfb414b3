"""`clauses`: how the software carries each clause, where, and which scenarios show it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales_core.playbooks import clauses

Cli = Callable[..., Any]


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "clauses.json"
    shown = {
        "L-14": [{"feature": "visit.feature", "scenario": "少带一张单据", "outcome": "passed", "refusals": ["papers-missing"]}],
        "L-15": [{"feature": "visit.feature", "scenario": "货没领", "outcome": "failed", "refusals": []}],
    }
    path.write_text(json.dumps(shown, ensure_ascii=False), "utf-8")
    return path


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("zh", ("强制", "单据", "papers-missing", "共 2 条：强制 1、计划中 1", "没有旧品收回的事实")),
        ("en", ("enforced", "paper", "papers-missing", "2 clauses: enforced 1, planned 1", "No fact for the old piece")),
    ],
)
def test_a_clause_says_how_it_is_carried_and_what_is_missing(cli: Cli, lang: str, said: tuple[str, ...]) -> None:
    told = cli("clauses", "L-14", "g-07", "--lang", lang).out

    assert [word for word in said if word not in told] == []


def test_every_clause_is_counted_once_under_its_claim(cli: Cli) -> None:
    last = cli("clauses", "--lang", "en").out.splitlines()[-1]
    counts = Counter(clause.carried for clause in clauses().values())

    assert last.startswith(f"{len(clauses())} clauses: enforced {counts['enforced']}, recorded {counts['recorded']}")
    assert last.endswith(f"not examined yet {counts['']}")


def test_a_series_is_listed_alone(cli: Cli) -> None:
    rows = cli("clauses", "--series", "g", "--json").json

    assert {row["id"][:2] for row in rows} == {"G-"}
    assert {"mechanism", "carried", "where"} <= set(rows[0])
    wrong = cli("clauses", "--series", "Z", "--lang", "zh")
    assert (wrong.code, "--series" in wrong.err) == (2, True)


def test_open_lists_what_is_planned(cli: Cli) -> None:
    rows = cli("clauses", "--open", "--json").json

    assert rows
    assert {row["carried"] for row in rows} == {"planned"}
    assert all(row["note"]["zh"] and row["note"]["en"] for row in rows)


def test_with_a_report_open_lists_what_no_scenario_shows(cli: Cli, report: Path) -> None:
    rows = {row["id"]: row for row in cli("clauses", "--open", "--series", "L", "--report", report, "--json").json}

    assert "L-14" not in rows
    assert rows["L-15"]["scenarios"][0]["outcome"] == "failed"
    assert rows["L-16"]["scenarios"] == []


def test_the_scenarios_stand_below_their_clause(cli: Cli, report: Path) -> None:
    told = cli("clauses", "L-14", "L-15", "L-16", "--report", report, "--lang", "zh").out

    assert "✓ 少带一张单据" in told
    assert "✗ 货没领" in told
    assert told.count("没有场景") == 1
    assert "场景" not in cli("clauses", "L-14", "--lang", "zh").out


def test_a_report_that_is_none_is_named(cli: Cli, tmp_path: Path) -> None:
    for text in ("no json", '{"L-14": 1}', '{"L-14": [{"outcome": "great"}]}'):
        path = tmp_path / "wrong.json"
        path.write_text(text, "utf-8")
        wrong = cli("clauses", "--report", path, "--lang", "en")
        assert (wrong.code, "wrong.json" in wrong.err) == (2, True)
    gone = cli("clauses", "--report", tmp_path / "none.json", "--lang", "zh")
    assert (gone.code, "none.json" in gone.err) == (2, True)
