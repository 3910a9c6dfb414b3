"""No silent green: what never ran, ran by halves, or checked nothing ends the run as a failure that names it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aftersales_core.testing import accounts
from aftersales_core.testing.feature_text import read_feature

Run = Callable[..., subprocess.CompletedProcess[str]]

GOOD = """\
# language: zh-CN
功能: 派工
  谁派工。

  场景: 派工
    假如一张「安装」工单「已备单」
    当「客服专员」派工
    那么被拒绝，因为条款 L-13
    当「客服主管」派工
    那么记录了「派工」
"""

OUTLINE = """\
# language: zh-CN
功能: 派工

  @L-13
  场景大纲: <角色>派工
    假如一张「安装」工单「已备单」
    那么「<角色>」可以「派工」

    例子:
      | 角色     |
      | 客服主管 |

    @以后
    例子: 再说
      | 角色     |
      | 客服主管 |
"""

IN_THE_TEXT = {
    "empty": ("    假如一张", "  场景: 空着\n\n  场景: 不空\n    假如一张", "总是通过"),
    "twice": ("已备单」\n", "已备单」\n    那么没有新的记录\n\n  场景: 派工\n    假如还没有工单\n", "只有最后一个会执行"),
    "unchecked": ("    那么被拒绝，因为条款 L-13\n    当「客服主管」派工\n    那么记录了「派工」\n", "", "没有「那么」"),
    "full_width": ("场景: ", "场景： ", "全角冒号"),
    "misspelt_step": ("    假如一张", "    假使一张", "没有步骤关键字"),
    "misspelt_head": ("  场景: 派工", "  情景: 派工", "不在任何场景里"),
    "no_keyword": ("    假如一张", "    然后一张", "「然后」不是步骤关键字"),
}  # fmt: skip
"""Name of a file → what it was, what it is, what is said of it before anything runs."""

IN_THE_RUN = {
    "undefined": ("那么记录了「派工」", "那么大家都高兴", "Step definition is not found"),
    "unseen": ("    那么被拒绝，因为条款 L-13\n", "", "上一步没有做成，也没有核对"),
    "lawless": ("当「客服专员」派工", "当有人无缘无故说不", "拒绝没有写明条款"),
    "untrue": ("那么记录了「派工」", "那么记录了「改派」", "expected ('reassigned',)"),
}
"""Name of a file → what it was, what it is, what the failure says."""

LAWLESS = """\
from pytest_bdd import when

from aftersales_core.errors import Refused


@when("有人无缘无故说不")
def refused_for_nothing(scene):
    scene.error = Refused("lines-open", ticket=scene.number)
"""

MODULE = """\
from pytest_bdd import scenario, scenarios

scenarios("features/twice.feature")
scenarios("features/deselected.feature")
test_other = scenario("features/halfbound.feature", "另一场")(lambda: None)
"""

AGAIN = """\
from pytest_bdd import scenarios

scenarios("features/twice.feature")
"""

SKIPPED = """\
import pytest
from pytest_bdd import scenarios

@pytest.fixture(autouse=True)
def no_time():
    pytest.skip("later")

scenarios("features/skipped.feature")
"""

AROUND = {
    "unbound": "features/unbound.feature:1: 整个文件没有执行",
    "halfbound": "features/halfbound.feature:5: 场景「派工」没有执行",
    "twice": "features/twice.feature:5: 场景「派工」执行了 2 次",
    "skipped": "features/skipped.feature:5: 场景「派工」被跳过",
    "deselected": "features/deselected.feature:16: 场景大纲「<角色>派工」的这一行没有执行",
}
"""Name of a file → what a run of every scenario says of it."""


def write(consumer: Path, texts: dict[str, str]) -> None:
    """Features of these names, and no other."""
    for path in (consumer / "features").iterdir():
        path.unlink()
    for name, text in texts.items():
        (consumer / "features" / f"{name}.feature").write_text(text, "utf-8")


def broken(traps: dict[str, tuple[str, str, str]]) -> dict[str, str]:
    assert all(was in GOOD for was, _now, _said in traps.values())
    return {name: GOOD.replace(was, now, 1) for name, (was, now, _said) in traps.items()}


def test_a_trap_in_a_text_stops_the_run_before_it_begins_and_is_named(consumer: Path, run: Run) -> None:
    write(consumer, broken(IN_THE_TEXT))

    done = run(consumer)
    lines = done.stderr.splitlines()

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    for name, (_was, _now, said) in IN_THE_TEXT.items():
        assert any(f"{name}.feature:" in line and said in line for line in lines), (name, done.stderr)


def test_a_step_nobody_wrote_a_refusal_nobody_looks_at_or_without_law_and_an_untruth_fail(consumer: Path, run: Run) -> None:
    write(consumer, broken(IN_THE_RUN))
    (consumer / "conftest.py").write_text(LAWLESS, "utf-8")

    done = run(consumer)

    assert done.returncode == pytest.ExitCode.TESTS_FAILED
    assert f"{len(IN_THE_RUN)} failed" in done.stdout
    assert [name for name, (_was, _now, said) in IN_THE_RUN.items() if said not in done.stdout] == []


@pytest.mark.parametrize("options", [(), ("-n", "1")], ids=["alone", "with xdist"])
def test_a_scenario_that_did_not_run_once_and_pass_fails_the_run_and_is_named(
    options: tuple[str, ...], consumer: Path, run: Run
) -> None:
    half = f"{GOOD}\n  场景: 另一场\n    假如还没有工单\n    那么还没有工单\n"
    write(consumer, {**dict.fromkeys(AROUND, GOOD), "halfbound": half, "deselected": OUTLINE})
    for name, text in {"test_ours.py": MODULE, "test_again.py": AGAIN, "test_skipped.py": SKIPPED}.items():
        (consumer / name).write_text(text, "utf-8")

    done = run(consumer, "--every-scenario", "-m", "not 以后", *options)
    told = [line for line in done.stdout.splitlines() if line.startswith("features/")]

    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert [name for name, said in AROUND.items() if not any(line.startswith(said) for line in told)] == []
    assert len(told) == len(AROUND)


def test_a_run_of_every_scenario_is_green_and_a_part_is_too_where_no_more_was_asked(consumer: Path, run: Run) -> None:
    write(consumer, {"good": GOOD, "more": GOOD.replace("场景: 派工", "场景: 再派")})

    assert run(consumer, "--every-scenario").returncode == 0
    assert run(consumer, "-k", "再派").returncode == 0


def test_a_skipped_scenario_is_told_as_skipped(consumer: Path, run: Run) -> None:
    write(consumer, {"skipped": OUTLINE})
    (consumer / "test_ours.py").write_text(SKIPPED, "utf-8")

    assert run(consumer, "--clause-report", "clauses.json").returncode == 0
    [told] = json.loads((consumer / "clauses.json").read_text("utf-8"))["L-13"]
    assert [told["outcome"], *(row["outcome"] for row in told["rows"])] == ["skipped"] * 3


def told(line: int, *rows: tuple[int, str]) -> dict[str, list[dict[str, object]]]:
    ended = [{"line": at, "outcome": outcome, "refusals": []} for at, outcome in rows]
    return {"L-13": [{"feature": "one.feature", "scenario": "<角色>派工", "line": line, "rows": ended}]}


@pytest.mark.parametrize(
    ("report", "codes"),
    [
        (told(5, (11, "passed"), (16, "passed")), []),
        (told(5, (11, "passed")), ["row-never-ran"]),
        (told(5, (11, "failed"), (16, "passed")), ["did-not-pass"]),
        (told(5, (11, "passed"), (11, "passed"), (16, "passed")), ["ran-twice"]),
        (told(5, (11, "passed"), (16, "passed"), (17, "passed")), ["no-longer-there"]),
        (told(4, (11, "passed"), (16, "passed")), ["never-ran", "no-longer-there"]),
        ({}, ["not-bound"]),
    ],
    ids=["whole", "half", "failed", "twice", "a row too many", "another scenario", "nothing"],
)
def test_a_report_is_held_against_the_file_row_by_row(report: accounts.Report, codes: list[str], tmp_path: Path) -> None:
    (tmp_path / "one.feature").write_text(OUTLINE, "utf-8")

    found = accounts.unaccounted([read_feature(tmp_path / "one.feature")], report, tmp_path)

    assert [finding.code for finding in found] == codes
    assert all(finding.zh and finding.en for finding in found)


def test_a_scenario_of_a_file_that_is_gone_is_told() -> None:
    found = accounts.unaccounted([], told(5, (11, "passed")), Path())

    assert [(finding.path, finding.code) for finding in found] == [("one.feature", "no-longer-there")]
