"""`clauses`: how the software carries each clause, where, and which scenarios show it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales_core.playbooks import clauses
from aftersales_core.playbooks.register import shown

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
        ("zh", ("强制", "单据", "papers-missing", "共 2 条：强制 1、计划中 1", "订单、生产、送货的事实还没有")),
        ("en", ("enforced", "paper", "papers-missing", "2 clauses: enforced 1, planned 1", "No facts of orders")),
    ],
)
def test_a_clause_says_how_it_is_carried_and_what_is_missing(cli: Cli, lang: str, said: tuple[str, ...]) -> None:
    told = cli("clauses", "L-14", "g-11", "--lang", lang).out

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


def test_every_clause_tells_its_scenarios_as_they_last_ended(cli: Cli) -> None:
    rows = {row["id"]: row for row in cli("clauses", "--json").json}

    assert {name: [one["scenario"] for one in row["scenarios"]] for name, row in rows.items() if row["scenarios"]} == {
        name: [one.scenario for one in found] for name, found in shown().items()
    }
    assert {one["outcome"] for row in rows.values() for one in row["scenarios"]} == {"passed"}
    assert rows["L-14"]["scenarios"][0].keys() == {"feature", "scenario", "rows", "outcome"}
    assert rows["G-11"]["scenarios"] == []
    assert "guard papers-missing" in rows["L-14"]["used"]


@pytest.mark.parametrize(
    ("lang", "heads", "row", "ends"),
    [
        ("zh", ("条款", "出处", "落实在", "场景"), ("反馈跟进 一.2", "强制", "slip-incomplete", "✓有空格没填"), ("{} 条有场景通过", "共 23 条")),
        ("en", ("clause", "source", "where", "scenarios"), ("反馈跟进 一.2", "enforced", "slip-incomplete", "✓有空格没填"),
         ("shown by a scenario that passed: {}", "23 clauses")),
    ],
)  # fmt: skip
def test_a_list_is_a_table_with_sources_places_and_scenarios(
    cli: Cli, lang: str, heads: tuple[str, ...], row: tuple[str, ...], ends: tuple[str, ...]
) -> None:
    told = cli("clauses", "--series", "F", "--lang", lang).out
    first, rest = told.split("\n", 1)

    assert all(head in first for head in heads)
    block = rest[rest.index("F-07") : rest.index("F-08")]
    assert [word for word in row if word not in block] == []
    passing = sum(any(one.outcome == "passed" for one in found) for name, found in shown().items() if name.startswith("F-"))
    assert all(any(line.startswith(end.format(passing)) for line in told.splitlines()[-3:]) for end in ends)


def test_a_table_names_those_that_did_not_pass_first_and_counts_the_rest(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "five.json"
    one = {"feature": "a.feature", "outcome": "passed", "rows": [{}, {}]}
    found = [{**one, "scenario": f"第{no}场"} for no in range(4)] + [{**one, "scenario": "坏的一场", "outcome": "failed"}]
    path.write_text(json.dumps({"L-14": found}, ensure_ascii=False), "utf-8")

    told = cli("clauses", "--series", "L", "--report", path, "--lang", "zh").out
    block = told[told.index("L-14") : told.index("L-15")]

    assert "✗坏的一场 ×2" in block
    assert "✓第1场 ×2" in block
    assert "第2场" not in block
    assert "另有 2 条" in block


def test_open_lists_what_is_not_carried_and_what_no_scenario_shows(cli: Cli) -> None:
    rows = {row["id"]: row for row in cli("clauses", "--open", "--json").json}
    passing = {name for name, found in shown().items() if any(one.outcome == "passed" for one in found)}

    assert set(rows) == {
        name for name, clause in clauses().items()
        if clause.carried in ("planned", "") or (clause.carried != "outside" and name not in passing)
    }  # fmt: skip
    assert "G-11" in rows
    assert "L-14" not in rows


def test_open_says_why_and_what_is_lacking(cli: Cli, report: Path) -> None:
    told = cli("clauses", "--open", "--series", "G", "--lang", "zh").out
    assert [word for word in ("为何未结", "计划中", "订单、生产、送货的事实还没有") if word not in " ".join(told.split())] == []

    told = cli("clauses", "--open", "--series", "L", "--report", report, "--lang", "en").out
    assert "no scenario passed" in " ".join(told.split())
    assert "L-14" not in told


def test_a_report_of_ones_own_goes_before_what_is_kept(cli: Cli, report: Path) -> None:
    rows = {row["id"]: row for row in cli("clauses", "--open", "--series", "L", "--report", report, "--json").json}

    assert "L-14" not in rows
    assert rows["L-15"]["scenarios"][0]["outcome"] == "failed"
    assert rows["L-16"]["scenarios"] == []
    assert "L-16" not in {row["id"] for row in cli("clauses", "--open", "--series", "L", "--json").json}


def test_the_scenarios_stand_below_their_clause(cli: Cli, report: Path) -> None:
    told = cli("clauses", "L-14", "L-15", "L-16", "--report", report, "--lang", "zh").out

    assert "✓ 少带一张单据" in told
    assert "✗ 货没领" in told
    assert told.count("没有场景") == 1
    assert "✓ 少带一张单据" not in cli("clauses", "L-14", "--lang", "zh").out
    assert "features/visit/visit.feature" in cli("clauses", "L-14", "--lang", "zh").out


def test_what_the_register_does_not_have_yet_is_named_by_series(cli: Cli) -> None:
    told = cli("clauses", "--missing", "--json").json
    ids = [one for row in told["series"] for one in row["missing"]]

    assert told["catalogued"] == told["registered"] + told["missing"] == 650
    assert told["registered"] == len(clauses())
    assert set(ids).isdisjoint(clauses())
    assert len(ids) == len(set(ids)) == told["missing"]
    assert all(row["catalogued"] == row["registered"] + len(row["missing"]) and row["sources"] for row in told["series"])


@pytest.mark.parametrize(
    ("lang", "said"),
    [("zh", ("热线与个案", "运行流程", "目录 88 条，登记册")), ("en", ("Hotline and cases", "运行流程", "catalogued 88, registered"))],
)
def test_what_is_missing_of_a_series_is_told_with_its_sources(cli: Cli, lang: str, said: tuple[str, ...]) -> None:
    told = cli("clauses", "--missing", "--series", "h", "--lang", lang).out

    assert [word for word in said if word not in told] == []


def test_a_report_that_is_none_is_named(cli: Cli, tmp_path: Path) -> None:
    for text in ("no json", '{"L-14": 1}', '{"L-14": [{"outcome": "great"}]}'):
        path = tmp_path / "wrong.json"
        path.write_text(text, "utf-8")
        wrong = cli("clauses", "--report", path, "--lang", "en")
        assert (wrong.code, "wrong.json" in wrong.err) == (2, True)
    gone = cli("clauses", "--report", tmp_path / "none.json", "--lang", "zh")
    assert (gone.code, "none.json" in gone.err) == (2, True)
