"""测速: the bench still runs, row by row. What it measures is told by whoever runs it, not asserted here."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench._table import HEAD, Line, Ratio, markdown, text
from bench.rows import ROWS

ROOT = Path(__file__).parents[2]


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])}
    return subprocess.run([sys.executable, "-m", "bench", *words], capture_output=True, text=True, check=False, env=env, cwd=ROOT)


def test_every_row_of_the_bench_runs_and_says_what_it_saw(tmp_path: Path) -> None:
    done = bench("--quick", "--rounds", "1", "--json", "--dir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    assert set(found["machine"]) >= {"cores", "python", "sqlite", "postgresql", "fsync ms", "load at start", "load at end"}
    lines = {line["measure"]: line for line in found["lines"]}
    assert len(lines) == len(found["lines"]) > len(ROWS)
    not_measured = {measure: line["note"] for measure, line in lines.items() if not line["figures"]}
    assert set(not_measured.values()) <= {"not there yet", "this machine has no folder in memory", "there is no starter script beside this interpreter"}
    for line in lines.values():
        assert all(value > 0 for value in line["figures"].values()), line
        assert all(ratio["value"] > 0 for ratio in line["ratios"]), line
    # what the goals speak of, one line each
    goals = {(line["measure"], ratio["goal"]) for line in lines.values() for ratio in line["ratios"] if ratio["goal"] is not None}
    assert {goal for _measure, goal in goals} >= {0.6, 0.75, 0.8, 0.9, 1.25, 1.4, 1.9, 3.0, 5.0, 6.0, 9.0, 10.0, 20.0, 25.0, 45.0, 100.0}
    assert list(tmp_path.iterdir()) == [], "everything is put away"


def test_a_row_that_nobody_knows_is_named() -> None:
    done = bench("cold", "cupboard")
    assert done.returncode == 2
    assert "no such row: cupboard" in done.stderr


@pytest.mark.parametrize(
    ("ratio", "met"),
    [
        (Ratio("the rate of stock", 3.0, 3), True), (Ratio("the rate of stock", 2.99, 3), False),
        (Ratio("the time of raw", 1.25, 1.25, at_most=True), True), (Ratio("the time of raw", 1.3, 1.25, at_most=True), False),
        (Ratio("the rate of raw", 0.5), None),
    ],
)  # fmt: skip
def test_a_goal_is_met_where_the_ratio_reaches_it(ratio: Ratio, met: bool | None) -> None:
    assert ratio.met is met


def test_a_line_is_written_for_people_and_for_the_documents() -> None:
    line = Line("a page", "µs", {"ours": 1234.5, "raw": 61.04, "another way": 0.5}, [Ratio("the time of raw", 20.2, 1.25, at_most=True)], "warm")

    assert text(line).splitlines()[1:] == [
        "a page, µs",
        "  ours                                      1,234",
        "  raw                                          61",
        "  another way                                 0.5",
        "  → 20.2× the time of raw                  goal ≤ 1.25× the time of raw: missed",
        "  warm",
    ]
    assert markdown(line).splitlines() == [
        "| a page, µs | 1,234 |  | 61 | 20.2× the time of raw | ≤ 1.25× the time of raw | missed |",
        "| … another way | 0.5 |  |  |  |  |  |",
    ]
    assert {row.count("|") for row in [*HEAD.splitlines(), *markdown(line).splitlines()]} == {8}
