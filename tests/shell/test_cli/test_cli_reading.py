"""Commands that look: in both languages, as text and as JSON, telephones masked, moments with their zone."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET  # our own drawing is read back, nobody else's
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales_core import masking

Cli = Callable[..., Any]

QUESTIONS = [
    ("show", "AS-2"), ("legal", "AS-2"), ("legal", "AS-2", "--role", "warehouse_keeper"), ("board",), ("today",),
    ("clocks", "AS-2"), ("clocks", "AS-2", "--why", "--at", "2026-11-13T08:30:00+08:00"),
    ("today", "--role", "cs_specialist", "--at", "2026-11-13T08:30:00+08:00"), ("leftovers", "--open"), ("replay", "AS-2"),
    ("diagram",), ("diagram", "line", "--ticket", "AS-2", "--format", "svg"), ("verify",), ("rebuild",), ("clauses", "L-14"),
    ("clauses",), ("schema", "commands", "report"), ("schema", "facts"),
    ("papers", "AS-2"), ("papers", "AS-1", "--open"), ("routines", "--at", "2026-11-02T09:30:00+08:00"),
    ("playbook", "choices"), ("playbook", "gaps"),
]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("question", QUESTIONS, ids=" ".join)
def test_every_question_is_answered_in_both_languages_and_in_json(filled: Cli, question: tuple[str, ...], lang: str) -> None:
    told = filled(*question, "--lang", lang)
    # a note about the answer is no part of it
    assert told.code == 0
    assert len(told.err.splitlines()) == (question[0] == "playbook")
    assert told.out.strip()
    assert "13812345678" not in told.out
    answer = filled("--json", *question, "--lang", lang)
    assert (answer.code, answer.err) == (0, "")
    assert answer.json
    assert "13812345678" not in answer.out


def test_telephones_are_masked_unless_asked_for(filled: Cli) -> None:
    for question in (("show", "AS-2"), ("board",), ("replay", "AS-2")):
        assert "138****5678" in filled(*question).out
        assert "13812345678" in filled(*question, "--unmask").out
        assert "138****5678" in filled(*question, "--json").out
        assert "13812345678" in filled("--unmask", *question, "--json").out


def test_masking_leaves_ids_and_digests_alone() -> None:
    assert masking.text("打 13812345678，或 138123456789") == "打 138****5678，或 138123456789"
    assert masking.text("a13812345678f") == "a13812345678f"
    assert masking.phone("0571-8812") == "0******12"
    assert masking.phone("110") == "***"
    changed = {"changes": [{"field": "phone", "old": "05718812345", "new": "12345"}]}
    assert masking.everything(changed) == {"changes": [{"field": "phone", "old": "057****2345", "new": "1**45"}]}


def test_show_tells_the_ticket_and_its_history(filled: Cli) -> None:
    said = filled("show", "AS-2", "--lang", "zh").out.splitlines()
    assert said[0] == "AS-2  待到货  安装"
    assert "王芳" in "".join(said)
    assert said[-1].split()[0] == "27"
    assert said[-1].endswith("到货检查                仓管 warehouse_keeper")


def test_legal_gives_the_reason_for_every_closed_move(filled: Cli) -> None:
    answer = filled("legal", "AS-2", "--json", "--lang", "zh").json
    closed = {each["command"]: each for each in answer["closed"]}
    assert "inspect-goods" in answer["open"]
    assert "条款" in closed["make-appointment"]["sentence"]
    assert closed["make-appointment"]["missing"]
    assert closed["make-appointment"]["code"] == "goods-not-arrived"
    assert set(answer["open"]) & set(closed) == set()
    assert filled("legal", "AS-2", "--role", "cook").code == 2


def test_the_board_is_filtered_and_paged(filled: Cli) -> None:
    def numbers(*words: str) -> list[str]:
        return [row["ticket"] for row in filled("board", *words, "--json").json["rows"]]

    assert sorted(numbers()) == ["AS-1", "AS-2"]
    assert numbers("--stage", "awaiting_goods") == ["AS-2"]
    assert numbers("--where", "ticket=AS-1") == ["AS-1"]
    assert numbers("--where", "open_lines=2") == ["AS-2"]
    assert numbers("--customer", "李") == []
    first = filled("board", "--limit", "1", "--json").json
    rest = filled("board", "--limit", "1", "--after", first["next"], "--json").json
    assert sorted([first["rows"][0]["ticket"], rest["rows"][0]["ticket"]]) == ["AS-1", "AS-2"]
    assert rest["next"] is None
    assert "--after" in filled("board", "--limit", "1").err
    wrong = filled("board", "--where", "colour=red", "--lang", "zh")
    assert (wrong.code, "colour" in wrong.err) == (2, True)
    assert filled("board", "--where", "red").code == 2
    assert filled("board", "--after", "nonsense").code == 2


def test_today_depends_on_the_moment_it_is_asked_for(filled: Cli) -> None:
    early = filled("today", "--at", "2026-11-01T00:00:00+08:00", "--json").json
    late = filled("today", "--at", "2026-11-20T00:00:00+08:00", "--json").json
    assert {row["command"] for row in early["rows"]} == {"do-routine"}
    assert {row["ticket"] for row in late["rows"]} == {"AS-2", "log/2026-11", "log/2026-10"}
    # the closed ticket is called a month later, too
    after = filled("today", "--at", "2026-12-01T00:00:00+08:00", "--json").json
    assert {row["task"] for row in after["rows"] if row["ticket"] == "AS-1"} == {"after-care-1-month"}
    overdue = filled("today", "--at", "2027-11-01T00:00:00+08:00", "--list", "overdue", "--json").json["rows"]
    assert [row["overdue"] for row in overdue] == [True] * len(overdue)


@pytest.mark.parametrize("words", [("today", "--at"), ("clocks", "AS-2", "--at"), ("replay", "AS-2", "--as-of"), ("replay", "AS-2", "--known-at")])
def test_a_moment_without_zone_is_not_guessed(filled: Cli, words: tuple[str, ...]) -> None:
    ran = filled(*words, "2026-11-13T08:30:00", "--lang", "zh")
    assert ran.code == 2
    assert words[-1] in ran.err
    assert "没有时区" in ran.err
    assert filled(*words, "soon").code == 2


def test_clocks_are_told_with_state_due_time_and_clauses(filled: Cli) -> None:
    said = filled("clocks", "AS-2", "--at", "2026-11-04T09:30:00+08:00", "--lang", "zh").out.splitlines()
    assert said[0].split() == ["时钟", "对象", "状态", "时限", "剩余", "条款"]
    call = next(line for line in said if line.startswith("回访"))
    assert call.split() == ["回访", "—", "已到期", "2026-11-03", "23:59", "-9:30", "R-06", "R-07", "R-08"]
    met = next(line for line in said if line.startswith("首次响应"))
    assert met.split()[2:6] == ["按时完成", "2026-11-03", "08:00", "—"]
    english = filled("clocks", "AS-2", "--at", "2026-11-06T09:30:00+08:00").out
    assert "breached" in english
    assert "call-back" in english


def test_clocks_say_why_segment_by_segment(filled: Cli) -> None:
    said = filled("clocks", "AS-2", "--at", "2026-11-04T09:30:00+08:00", "--why", "--lang", "zh").out
    assert "2026-11-02 08:00 → 2026-11-02 08:10  0:10  计时" in said
    assert "回访  已到期  2026-11-03 23:59  -9:30  R-06 R-07 R-08" in said


def test_clocks_as_json_are_those_of_the_moment_asked_for(filled: Cli) -> None:
    answer = filled("clocks", "AS-2", "--at", "2026-11-04T09:30:00+08:00", "--json").json
    assert answer["ticket"] == "AS-2"
    found = {clock["id"]: clock for clock in answer["clocks"]}
    assert found["call-back"]["state"] == "overdue"
    assert found["call-back"]["remaining"] < 0
    assert found["call-back"]["breach_at"] == "2026-11-04T23:59:59+08:00"
    assert found["factory-date"]["ref"] == "L1-1"
    assert found["response"]["elapsed"] == 600
    assert found["response"]["segments"][0]["kind"] == "ran"
    early = filled("clocks", "AS-2", "--at", "2020-01-01T00:00:00+08:00", "--lang", "zh")
    assert (early.code, early.out, "没有内容" in early.err) == (0, "", True)


def test_replay_goes_to_a_moment_and_between_steps(filled: Cli) -> None:
    steps = filled("replay", "AS-2", "--from", "3", "--to", "4", "--json").json["steps"]
    assert [step["version"] for step in steps] == [3, 4]
    assert steps[0]["changes"][0] == {"path": "stage", "old": "REPORTED", "new": "TRIAGED"}
    before = filled("replay", "AS-2", "--as-of", "2026-11-02T08:25:00+08:00", "--json").json
    assert (before["stage"], len(before["steps"])) == ("TRIAGED", 3)
    unknown = filled("replay", "AS-2", "--known-at", "2020-01-01T00:00:00+08:00", "--json").json
    assert (unknown["stage"], unknown["steps"]) == ("NEW", [])
    said = filled("replay", "AS-2", "--from", "3", "--to", "3", "--lang", "zh").out
    assert "阶段: 已受理 → 已判定" in said
    assert "§ L-03" in said


def test_a_diagram_is_written_to_a_file_and_marks_the_ticket(filled: Cli, tmp_path: Path) -> None:
    path = tmp_path / "ticket.svg"
    ran = filled("diagram", "--ticket", "AS-2", "--format", "svg", "-o", path, "--lang", "zh")
    assert (ran.code, ran.out) == (0, "")
    marked = {g.get("id"): g.get("class") for g in ET.parse(path).getroot().iter("{http://www.w3.org/2000/svg}g") if g.get("id")}
    assert marked["AWAITING_GOODS"] == "state current"
    assert marked["DISPATCHED"] == "state visited"
    assert marked["CLOSED"] == "state"
    assert filled("diagram", "weather").code == 2
    assert filled("diagram", "-o", tmp_path / "no" / "such.svg").code == 2


def test_clauses_are_told_with_their_source_and_use(filled: Cli) -> None:
    (row,) = filled("clauses", "l-14", "--json").json
    assert row["id"] == "L-14"
    assert row["source"]
    assert any("guard" in place for place in row["used"])
    wrong = filled("clauses", "Z-99", "--lang", "zh")
    assert (wrong.code, "Z-99" in wrong.err) == (2, True)


def test_schemas_are_of_json_schema_and_close_the_door(cli: Cli) -> None:
    found = json.loads(cli("schema", "commands", "report").out)
    assert found["additionalProperties"] is False
    assert {"ticket", "command_id", "occurred_at"} <= set(found["required"])
    assert "leftover-raised" in json.loads(cli("schema", "facts").out)
    assert cli("schema", "commands", "dance").code == 2
    assert cli("schema", "facts", "danced").code == 2
