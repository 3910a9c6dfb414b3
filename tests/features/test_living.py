"""活文档: the pages and the results in the wheel are what a run says, and nothing is left out of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aftersales_core.playbooks.register import clauses
from aftersales_core.playbooks.register import shown as kept
from aftersales_core.testing.feature_text import read_feature

ROOT = Path(__file__).parents[2]

Shown = dict[str, list[dict[str, Any]]]


def living(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "tools" / "living.py"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_what_is_written_is_what_a_fresh_run_says(report: Path) -> None:
    done = living("--check", "--report", report)

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)


def test_the_wheel_tells_every_scenario_of_every_clause(shown: Shown) -> None:
    def told(one: Any) -> tuple[str, str, int, str]:
        return (one.feature, one.scenario, one.rows, one.outcome)

    assert {clause: [told(one) for one in found] for clause, found in kept().items()} == {
        clause: [(one["feature"], one["scenario"], len(one["rows"]), one["outcome"]) for one in found]
        for clause, found in shown.items()
    }
    assert set(kept()) <= set(clauses())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda one: one["rows"].pop(), "的这一行没有执行"),
        (lambda one: one["rows"][-1].update(outcome="failed"), "的这一行没有通过"),
        (lambda one: one["rows"].append(one["rows"][-1]), "的这一行执行了 2 次"),
    ],
    ids=["a row is missing", "a row failed", "a row ran twice"],
)
def test_a_report_that_is_not_whole_and_green_is_named_and_makes_the_pages_stale(
    change: Any, said: str, shown: Shown, tmp_path: Path
) -> None:
    # the last row of an outline, under every clause it shows
    outline = next(one for found in shown.values() for one in found if len(one["rows"]) > 1)
    at = (outline["feature"], outline["line"], outline["rows"][-1]["line"])
    torn: Shown = json.loads(json.dumps(shown))
    for one in (one for found in torn.values() for one in found if (one["feature"], one["line"]) == at[:2]):
        if one["rows"][-1]["line"] == at[2]:
            change(one)
    file = tmp_path / "torn.json"
    file.write_text(json.dumps(torn), "utf-8")

    done = living("--check", "--report", file)

    assert done.returncode == 1
    assert f"{at[0]}:{at[2]}: " in done.stdout
    assert said in done.stdout


def test_wrong_usage_is_told(tmp_path: Path) -> None:
    done = living("--chek")

    assert done.returncode == 2
    assert "--check" in done.stderr


PLANTED = """\
# language: zh-CN
功能: 试种
  说明一句。

  @L-13
  场景大纲: <角色>派工
    假如一张「安装」工单「已备单」
    当「<角色>」派工：
      | 上门人员 | a|b |
    那么被拒绝，因为条款 L-13

    例子:
      | 角色     |
      | 客服主管 |
      | 客服专员 |
      | 设计师   |
"""


def test_a_page_tells_every_row_with_its_own_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(ROOT / "tools")
    import living_pages

    file = tmp_path / "features" / "trial" / "one.feature"
    file.parent.mkdir(parents=True)
    file.write_text(PLANTED.replace("a|b", r"a\|b"), "utf-8")
    ended = [{"line": 14, "outcome": "failed"}, {"line": 15, "outcome": "passed"}]
    ran = {"feature": "features/trial/one.feature", "line": 6, "refusals": ["role-may-not"], "rows": ended}

    pages = living_pages.pages([read_feature(file)], {"L-13": [ran]}, tmp_path)
    page, index = pages["trial.md"].splitlines(), pages["README.md"]

    assert "✗ 没有通过 failed（1 / 3） · [L-13](../process/04-leftovers.md#l-13) · [one.feature:6](../../features/trial/one.feature#L6)" in page
    assert [line for line in page if line.endswith(("✗ |", "✓ |", "○ |"))] == ["| 客服主管 | ✗ |", "| 客服专员 | ✓ |", "| 设计师 | ○ |"]
    assert r"  | 上门人员 | a\|b |" in page
    assert "* **当** 「〈角色〉」派工：" in page
    assert any("[`role-may-not`](../reference/refusals.md#role-may-not) …不能「…」" in line for line in page)
    assert "| 合计 total | 1 | 3 | ✗ 1 / 3 |" in index
    assert "✗ [〈角色〉派工](trial.md#one-1)" in index
