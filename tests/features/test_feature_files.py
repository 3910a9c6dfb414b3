"""Our feature files are sound, and together they show every entry of the playbook and every way to be refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import aftersales_core.rules
from aftersales_core import wording
from aftersales_core.playbooks import clauses
from aftersales_core.playbooks.model import Guard
from aftersales_core.playbooks.register import series
from aftersales_core.rules import preset
from aftersales_core.testing import lint_features
from aftersales_core.testing.feature_lint import feature_files
from aftersales_core.testing.feature_text import ScenarioText, read_feature

FEATURES = Path(__file__).parents[2] / "features"
BOOK = preset()

Shown = dict[str, list[dict[str, Any]]]

BUILT_IN = frozenset({
    "role-may-not", "field-missing", "no-such-ticket", "ticket-exists", "wrong-stage", "part-not-there",
    "no-such-part", "no-such-line", "no-line-there", "no-appointment", "work-not-done", "already-installed",
    "no-such-fact", "correction-of-correction", "correction-breaks-history",
})  # fmt: skip
"""Codes of refusals that do not come from a playbook's own."""

OF_THE_HOUSE = {
    "no-such-paper": "F-15", "no-such-step": "F-15", "paper-has-a-command": "F-17", "paper-step-missing": "W-19",
    "checks-missing": "G-13", "no-such-check": "G-09", "no-such-field": "N-05", "field-of-another-part": "I-08",
    "content-does-not-fit": "N-07", "no-such-notice": "F-23", "notice-not-owed": "R-21", "no-such-occasion": "N-02",
    "no-such-routine": "F-03", "day-not-come": "G-02",
}  # fmt: skip
"""Codes of refusals about what a playbook declares of its own -> a clause under which a scenario shows it."""

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
    "no-check": GOOD.replace("那么「", "当「"),
    "no-keyword": GOOD.replace("    假如一张", "    假使一张"),
    "outside-scenario": GOOD.replace("  @L-13\n  场景大纲: ", "  情景大纲: "),
    "conjunction-first": GOOD.replace("    假如一张", "    而且一张"),
    "unknown-clause": GOOD.replace("@L-13", "@L-99"),
    "bad-tag": GOOD.replace("@L-13", "@_慢"),
    "not-gherkin": GOOD.replace("例子:", "样例:"),
    "no-feature": "# 这里还没有写\n",
}


def write(folder: Path, text: str) -> Path:
    file = folder / "one.feature"
    file.write_text(text, "utf-8")
    return file


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
    assert {file.relative_to(FEATURES).parts[0] for file in feature_files([FEATURES])} <= bound


def test_every_row_of_every_file_ran_once_and_passed(shown: Shown) -> None:
    ran = {
        (one["feature"], row["line"], number): row["outcome"]
        for scenarios in shown.values()
        for one in scenarios
        for number, row in enumerate(one["rows"])
    }
    lines = [
        (file.relative_to(FEATURES.parent).as_posix(), line)
        for file in feature_files([FEATURES])
        for scenario in read_feature(file).scenarios
        for line in scenario.rows
    ]

    assert sorted({(feature, line) for feature, line, _number in ran}) == sorted(lines)
    assert set(ran.values()) == {"passed"}


def test_every_clause_that_is_shown_is_in_the_register(shown: Shown) -> None:
    assert set(shown) <= set(clauses())


def test_every_scenario_shows_a_clause(shown: Shown) -> None:
    assert shown.get("", []) == []


def passed(clause: str, shown: Shown) -> bool:
    return any(row["outcome"] == "passed" for row in shown.get(clause, ()))


EXAMINED = [name for name in clauses() if series(name) in set("FRGLWTIN") or "O-37" <= name <= "O-48"]
"""The series whose every clause has been looked at."""

ASKED = [
    name
    for name in EXAMINED
    if clauses()[name].carried in {"enforced", "recorded", "reminded", "reported"}
    or {"enforce", "remind", "report"} & set(clauses()[name].kind.split("+"))
]
"""What is carried by a refusal, a record, a reminder or a report, or ought to be."""

LEFT_OUT: dict[str, str] = {}
"""Clause -> why no scenario can ever show it. At most one in twenty."""

TO_COME = {"G-11": "orders, production and deliveries are no facts yet"}
"""Clause -> what the software has to learn before a scenario can show it. A line goes when its scenario comes."""


@pytest.mark.parametrize("clause", ASKED)
def test_every_clause_that_is_or_ought_to_be_carried_is_shown_by_a_scenario_that_passes(
    clause: str, shown: Shown
) -> None:
    reason = LEFT_OUT.get(clause) or TO_COME.get(clause)

    assert passed(clause, shown) == (reason is None), reason or "no scenario shows it"


def test_of_what_can_be_shown_by_now_at_least_nineteen_in_twenty_are(shown: Shown) -> None:
    by_now = [clause for clause in ASKED if clause not in TO_COME]
    share = sum(passed(clause, shown) for clause in by_now) / len(by_now)

    assert {*LEFT_OUT, *TO_COME} <= set(ASKED)
    assert share >= 0.95, f"{share:.0%} of {len(by_now)} clauses"


@pytest.mark.parametrize("clause", [name for name, row in clauses().items() if row.carried == "enforced"])
def test_every_clause_that_is_enforced_is_shown_by_a_scenario_that_is_refused_and_passes(
    clause: str, shown: Shown
) -> None:
    refused = any(row["outcome"] == "passed" and row["refusals"] for row in shown.get(clause, ()))

    assert refused != (clause in LEFT_OUT), LEFT_OUT.get(clause, "no scenario shows it")


@pytest.mark.parametrize("clause", [name for name, row in clauses().items() if row.carried in {"planned", "outside"}])
def test_no_scenario_claims_a_clause_that_is_not_carried(
    clause: str, shown: Shown
) -> None:
    assert shown.get(clause, []) == []


def entries() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from ((f"duty {d.command}", d.clauses) for d in BOOK.duty)
    yield from ((f"required {r.command} {'+'.join(r.fields)}", r.clauses) for r in BOOK.required)
    yield from ((f"guard {g.id}", g.clauses) for g in BOOK.guard)
    yield from ((f"paper {p.paper} at {p.gate}", p.clauses) for p in BOOK.paper)
    yield from ((f"clock {c.id}", c.clauses) for c in BOOK.every_clock)


@pytest.mark.parametrize(("entry", "of"), list(entries()))
def test_every_entry_of_the_playbook_is_shown(
    entry: str, of: tuple[str, ...], shown: Shown
) -> None:
    assert any(row["outcome"] == "passed" for clause in of for row in shown.get(clause, ())), entry


def spoken() -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """(entry, its clauses, words that one scenario says) for every entry that has a title."""
    for form in BOOK.form:
        for step in form.steps:
            yield f"form {form.id}: {step.step}", form.clauses, (form.title.zh, wording.word("paper-step", step.step, "zh"))
    for checklist in BOOK.checklist:
        yield from ((f"checklist {checklist.id}: {item.id}", checklist.clauses, (checklist.title.zh, item.title.zh))
                    for item in checklist.items)  # fmt: skip
    for each in (*BOOK.notice, *BOOK.routine, *BOOK.field):
        yield f"{type(each).__name__} {each.id}", each.clauses, (each.title.zh,)
    for each in BOOK.series:
        yield from ((f"series {each.id}: {step.id}", step.clauses or each.clauses, (step.title.zh,)) for step in each.steps)
    for choice in BOOK.choice:
        yield from ((f"choice {choice.id}: {name}", choice.clauses, (choice.asks.zh, option.title.zh))
                    for name, option in choice.options.items())  # fmt: skip


def says(scenario: ScenarioText) -> str:
    """Every word of a scenario."""
    cells = [cell for table in scenario.examples for row in table.rows for cell in row.cells]
    steps = [part for step in scenario.steps for part in (step.text, *(cell for row in step.table for cell in row))]
    return " ".join([scenario.name, *steps, *cells])


@pytest.fixture(scope="session")
def told(shown: Shown) -> dict[str, list[str]]:
    """Clause -> what each of its scenarios that passed says."""
    words = {
        (file.relative_to(FEATURES.parent).as_posix(), scenario.line): says(scenario)
        for file in feature_files([FEATURES])
        for scenario in read_feature(file).scenarios
    }
    return {
        clause: [words[one["feature"], one["line"]] for one in found if one["outcome"] == "passed"]
        for clause, found in shown.items()
    }


@pytest.mark.parametrize(("entry", "of", "words"), list(spoken()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_form_checklist_notice_contact_routine_field_and_reading_is_spoken_of_under_its_clause(
    entry: str, of: tuple[str, ...], words: tuple[str, ...], told: dict[str, list[str]]
) -> None:
    wanted = [word.strip("《》") for word in words]
    assert any(all(word in said for word in wanted) for clause in of for said in told.get(clause, ())), entry


READ_INTO_IT = [
    Guard.model_validate(entry)
    for choice in BOOK.choice
    for option in choice.options.values()
    for entry in option.add.get("guard", ())
]
"""Guards that stand only where a house chooses another reading."""


@pytest.mark.parametrize("guard", [*BOOK.guard, *READ_INTO_IT], ids=lambda guard: guard.id)
def test_every_guard_refuses_in_a_scenario_under_its_clause(
    guard: Guard, shown: Shown
) -> None:
    assert any(guard.id in row["refusals"] for clause in guard.clauses for row in shown.get(clause, ()))


@pytest.mark.parametrize(("code", "clause"), OF_THE_HOUSE.items())
def test_every_refusal_about_what_a_house_declares_is_met_under_its_clause(code: str, clause: str, shown: Shown) -> None:
    assert any(code in row["refusals"] for row in shown.get(clause, ()))


def test_every_way_to_be_refused_is_shown(shown: Shown) -> None:
    met = {code for rows in shown.values() for row in rows for code in row["refusals"]}
    assert BUILT_IN | set(OF_THE_HOUSE) | {guard.id for guard in BOOK.guard} <= met


def test_every_code_that_the_rules_refuse_with_is_known_here() -> None:
    room = Path(aftersales_core.rules.__file__).parent
    sources = "\n".join(file.read_text("utf-8") for file in room.rglob("*.py"))
    assert set(re.findall(r'\b(?:Refusal|Refused|Ask)\(\s*"([a-z-]+)"', sources)) == BUILT_IN | set(OF_THE_HOUSE)
