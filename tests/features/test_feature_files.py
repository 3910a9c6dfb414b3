"""Our feature files are sound, and together they show every entry of the playbook and every way to be refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aftersales_core.playbooks import clauses
from aftersales_core.playbooks.model import Guard
from aftersales_core.rules import preset
from aftersales_core.testing import lint_features

ROOT = Path(__file__).parents[2]
FEATURES = ROOT / "features"
BOOK = preset()

BUILT_IN = frozenset({
    "role-may-not", "field-missing", "no-such-ticket", "ticket-exists", "wrong-stage", "part-not-there",
    "no-such-part", "no-such-line", "no-line-there", "no-appointment", "work-not-done", "already-installed",
    "no-such-fact", "correction-of-correction", "correction-breaks-history",
})  # fmt: skip
"""Codes of refusals that do not come from a guard of the playbook."""

GOOD = """\
# language: zh-CN
功能: 派工
  当前的规定写在这里，功能的说明里可以这样开头。

  @L-13
  场景大纲: <角色>派工
    假如一张「安装」工单「已备单」
    那么「<角色>」可以「派工」

    例子:
      | 角色     |
      | 客服主管 |
"""

TRAPS = {
    "same-name": GOOD + "\n  场景: 一样\n    那么没有新的记录\n  场景: 一样\n    那么没有新的记录\n",
    "full-width-colon": GOOD.replace("场景大纲:", "场景大纲："),
    "empty": GOOD + "\n  场景: 空的\n",
    "no-rows": GOOD.replace("      | 客服主管 |\n", ""),
    "no-column": GOOD.replace("「派工」", "「<动作>」"),
    "same-column": GOOD.replace("| 角色     |", "| 角色     | 角色 |").replace(
        "| 客服主管 |", "| 客服主管 | 安装师 |"
    ),
    "no-language": GOOD.replace("# language: zh-CN", "# 语言：中文"),
    "not-a-keyword": GOOD.replace("那么「", "则「"),
    "prose-as-step": GOOD.replace("    假如一张", "    当前只看派工这一步\n    假如一张"),
    "conjunction-first": GOOD.replace("    假如一张", "    而且一张"),
    "unknown-clause": GOOD.replace("@L-13", "@L-99"),
    "bad-tag": GOOD.replace("@L-13", "@_慢"),
    "not-gherkin": GOOD.replace("场景大纲:", "情景大纲:"),
    "no-feature": "# 这里还没有写\n",
}


def write(folder: Path, text: str) -> Path:
    file = folder / "one.feature"
    file.write_text(text, "utf-8")
    return file


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, object]]]:
    """What the plugin itself reports of a run of all our features: clause -> scenarios."""
    report = tmp_path_factory.mktemp("report") / "clauses.json"
    bound = [str(Path(__file__).with_name(f"test_{folder.name}.py")) for folder in sorted(FEATURES.iterdir())]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *bound, "-q", "-p", "no:cacheprovider", "-o", "aftersales_features=features",
         "--clause-report", str(report)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4000:]
    found: dict[str, list[dict[str, object]]] = json.loads(report.read_text("utf-8"))
    return found


def test_the_linter_finds_nothing_in_our_features() -> None:
    assert lint_features([FEATURES]) == []


def test_the_linter_finds_nothing_in_a_good_feature(tmp_path: Path) -> None:
    assert lint_features([write(tmp_path, GOOD)]) == []


@pytest.mark.parametrize("code", TRAPS)
def test_the_linter_finds_each_trap(code: str, tmp_path: Path) -> None:
    found = lint_features([write(tmp_path, TRAPS[code])])
    assert code in {finding.code for finding in found}
    assert all(finding.line >= 1 and finding.zh and finding.en for finding in found)


def test_the_linter_finds_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "one.feature"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert [finding.code for finding in lint_features([file])] == ["bom"]


def test_the_linter_finds_a_file_that_is_not_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "one.feature"
    file.write_bytes(GOOD.encode("gbk"))
    assert [finding.code for finding in lint_features([file])] == ["not-utf-8"]


def test_a_path_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        lint_features([tmp_path / "nowhere"])


def test_feature_files_have_ascii_names() -> None:
    assert all(str(file.relative_to(FEATURES)).isascii() for file in FEATURES.rglob("*"))


def test_every_folder_of_features_is_bound() -> None:
    bound = {p.stem.removeprefix("test_") for p in Path(__file__).parent.glob("test_*.py")}
    assert {folder.name for folder in FEATURES.iterdir()} <= bound


def test_every_clause_that_is_shown_is_in_the_register(shown: dict[str, list[dict[str, object]]]) -> None:
    assert set(shown) <= set(clauses())


WITHOUT_SCENARIO: dict[str, str] = {}
"""Clause marked enforced -> why no scenario can show it."""


@pytest.mark.parametrize("clause", [name for name, row in clauses().items() if row.carried == "enforced"])
def test_every_clause_that_is_enforced_is_shown_by_a_scenario_that_is_refused_and_passes(
    clause: str, shown: dict[str, list[dict[str, object]]]
) -> None:
    refused = any(row["outcome"] == "passed" and row["refusals"] for row in shown.get(clause, ()))

    assert refused != (clause in WITHOUT_SCENARIO), WITHOUT_SCENARIO.get(clause, "no scenario shows it")


@pytest.mark.parametrize("clause", [name for name, row in clauses().items() if row.carried in {"planned", "outside"}])
def test_no_scenario_claims_a_clause_that_is_not_carried(
    clause: str, shown: dict[str, list[dict[str, object]]]
) -> None:
    assert shown.get(clause, []) == []


def entries() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from ((f"duty {d.command}", d.clauses) for d in BOOK.duty)
    yield from ((f"required {r.command} {'+'.join(r.fields)}", r.clauses) for r in BOOK.required)
    yield from ((f"guard {g.id}", g.clauses) for g in BOOK.guard)
    yield from ((f"paper {p.paper} at {p.gate}", p.clauses) for p in BOOK.paper)
    yield from ((f"clock {c.id}", c.clauses) for c in BOOK.clock)


@pytest.mark.parametrize(("entry", "of"), list(entries()))
def test_every_entry_of_the_playbook_is_shown(
    entry: str, of: tuple[str, ...], shown: dict[str, list[dict[str, object]]]
) -> None:
    assert any(row["outcome"] == "passed" for clause in of for row in shown.get(clause, ())), entry


@pytest.mark.parametrize("guard", BOOK.guard, ids=lambda guard: guard.id)
def test_every_guard_refuses_in_a_scenario_under_its_clause(
    guard: Guard, shown: dict[str, list[dict[str, object]]]
) -> None:
    assert any(guard.id in row["refusals"] for clause in guard.clauses for row in shown.get(clause, ()))  # type: ignore[operator]


def test_every_way_to_be_refused_is_shown(shown: dict[str, list[dict[str, object]]]) -> None:
    met = {code for rows in shown.values() for row in rows for code in row["refusals"]}  # type: ignore[attr-defined]
    assert BUILT_IN | {guard.id for guard in BOOK.guard} <= met
