"""Commands from a file: each line answered, a wrong one explained, nothing recorded twice, an interrupt clean."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
Write = Callable[..., Path]
Trail = Callable[..., list[dict[str, Any]]]


def command(name: str, role: str = "cs_specialist", ticket: str = "AS-2", **fields: Any) -> dict[str, Any]:
    envelope = {"ticket": ticket, "command_id": f"x-{name}", "occurred_at": "2026-11-20T09:00:00+08:00", "actor": "lin"}
    return {"command": name, **envelope, "role": role, **fields}


def test_every_line_says_what_was_recorded(cli: Cli, write: Write, trail: Trail) -> None:
    ran = cli("record", write(*trail("AS-1", "安装", "已判定")), "--lang", "zh")
    assert ran.code == 0
    assert ran.out.splitlines() == ["1  AS-1 #1  报修受理", "2  AS-1 #2  首次联系", "3  AS-1 #3  判定"]
    assert ran.err.startswith("共 3 条命令：记下 3 条事实")


def test_json_gives_one_object_a_line_and_a_summary(cli: Cli, write: Write, trail: Trail) -> None:
    ran = cli("--json", "record", write(*trail("AS-1", "安装", "已联系"), command("close", ticket="AS-1", result="好")))
    assert ran.code == 1
    first, _second, refused, summary = ran.lines
    assert first == {"line": 1, "ticket": "AS-1", "version": 1, "recorded": ["reported"], "repeated": False, "flags": []}
    assert (refused["line"], refused["clauses"][0]) == (3, "L-24")
    assert "triage" in refused["legal"]
    assert summary["summary"] | {"facts": 2, "refused": 1, "commands": 3} == summary["summary"]
    assert ran.err == ""


def test_recording_twice_gives_the_first_answers_and_records_nothing(cli: Cli, write: Write, trail: Trail) -> None:
    path = write(*trail("AS-1", "安装"))
    first, second = cli("record", path, "--json").lines, cli("record", path, "--json").lines
    assert [{**line, "repeated": True} for line in first[:-1]] == second[:-1]
    assert second[-1]["summary"]["facts"] == 0
    assert second[-1]["summary"]["repeated"] == len(first) - 1


def test_a_dry_run_records_nothing(cli: Cli, write: Write, trail: Trail) -> None:
    ran = cli("record", "--dry-run", write(*trail("AS-1", "安装", "已受理")))
    assert ran.code == 0
    assert "AS-1 #1  reported" in ran.out
    assert "nothing was recorded" in ran.err
    assert cli("verify", "--json").json["facts"] == 0


def test_a_refusal_does_not_stop_the_lines_after_it_unless_asked_to(cli: Cli, write: Write, trail: Trail) -> None:
    report, *rest = trail("AS-1", "安装", "已判定")
    path = write(command("close", ticket="AS-1", result="好"), report, *rest)
    assert cli("record", path, "--stop", "--json").lines[-1]["summary"]["commands"] == 1
    ran = cli("record", path, "--json")
    assert (ran.code, ran.lines[-1]["summary"]["facts"]) == (1, 3)


REFUSED = {
    "a role that may not": (command("rule-liability", "installer", party="factory", ground="少装"), "role-may-not", ("安装师", "W-06")),
    "a stage that does not allow it": (command("reopen", "cs_supervisor", reason="又坏了"), "wrong-stage", ("待到货", "已结案")),
    "goods not there": (
        command("make-appointment", start="2026-11-21T09:00:00+08:00", end="2026-11-21T12:00:00+08:00", agreed_with="王芳"),
        "goods-not-arrived", ("AS-2", "L-1", "衣柜门板")),
    "a line not on the sheet": (command("inspect-goods", "warehouse_keeper", lines=[{"line": "L9-9", "good": 1}]), "no-such-line", ("L9-9", "L1-1")),
    "more than was ordered": (command("inspect-goods", "warehouse_keeper", lines=[{"line": "L1-1", "good": 99}]), "more-than-ordered", ("L1-1",)),
    "no such ticket": (command("acknowledge", ticket="AS-404"), "no-such-ticket", ("AS-404",)),
}  # fmt: skip


@pytest.mark.parametrize(("line", "code", "named"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_names_the_thing_and_the_clause(
    filled: Cli, write: Write, line: dict[str, Any], code: str, named: tuple[str, ...]
) -> None:
    ran = filled("record", write(line), "--lang", "zh")
    assert ran.code == 1
    said = ran.out.splitlines()[0]
    assert said.endswith(f"[{code}]")
    assert "条款" in said
    assert [word for word in named if word not in said] == []
    assert filled("record", write(line), "--lang", "en", "--json").lines[0]["code"] == code


GOOD = {"line": "L1-1", "good": 1}
WRONG = {
    "no JSON": ("{not json", "not-json", ()),
    "no object": ("[1, 2]", "not-an-object", ()),
    "no UTF-8": ("\udcff", "not-json", ()),
    "an unknown command": (command("dance"), "unknown-command", ("dance",)),
    "an unknown field": (command("acknowledge", mood="好"), "unknown-field", ("mood", "好")),
    "a field left out": (command("triage"), "field-left-out", ("service",)),
    "a moment without zone": (command("acknowledge", occurred_at="2026-11-20T09:00:00"), "naive-datetime", ("occurred_at", "+08:00")),
    "no piece": (command("draw-goods", "installer", lines=[{"line": "L1-1", "qty": 0}]), "bad-value", ("qty", "0")),
    "less than no piece": (command("draw-goods", "installer", lines=[{"line": "L1-1", "qty": -1}]), "bad-value", ("qty", "-1")),
}  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("line", "code", "named"), WRONG.values(), ids=WRONG)
def test_a_wrong_line_is_named_and_the_next_one_goes_on(
    filled: Cli, tmp_path: Path, trail: Trail, line: Any, code: str, named: tuple[str, ...], lang: str
) -> None:
    path = tmp_path / "wrong.jsonl"
    first = line if isinstance(line, str) else json.dumps(line)
    path.write_bytes(f"\ufeff{first}\n\n".encode(errors="surrogateescape") + json.dumps(trail("AS-3", "安装", "已受理")[0]).encode())
    ran = filled("record", path, "--lang", lang)
    assert ran.code == 2
    said, after = (text for text in ran.out.splitlines() if not text.startswith("   "))
    assert said.startswith("1  ✗")
    assert said.endswith(f"[{code}]")
    assert [word for word in named if word not in said] == []
    assert after.startswith("3  AS-3 #1")


def test_a_command_id_used_for_something_else_is_a_conflict(filled: Cli, write: Write) -> None:
    ran = filled("record", write({**command("acknowledge"), "command_id": "AS-1-c-1"}))
    assert ran.code == 5
    assert "AS-1-c-1" in ran.out
    assert "[command-reused]" in ran.out


def test_a_file_that_is_not_there_is_said_so(cli: Cli, tmp_path: Path) -> None:
    ran = cli("record", tmp_path / "none.jsonl")
    assert (ran.code, ran.out) == (2, "")
    assert "none.jsonl" in ran.err


def started(database: Path, *argv: str, **more: Any) -> subprocess.Popen[str]:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "AFTERSALES_DB": f"sqlite:///{database}"}
    code = "import sys; from aftersales_cli import main; sys.exit(main())"
    return subprocess.Popen(
        [sys.executable, "-c", code, *argv], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=environ, **more,
    )  # fmt: skip


def test_an_interrupt_between_commands_ends_cleanly_and_says_what_was_done(database: Path, cli: Cli, trail: Trail) -> None:
    commands = [json.dumps(each) for each in trail("AS-1", "安装")]
    with started(database, "record", "-", "--lang", "zh") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("\n".join(commands[:3]) + "\n")
        process.stdin.flush()
        answers = [process.stdout.readline() for _ in range(3)]
        process.send_signal(signal.SIGINT)
        # the pipe stays open: the program ends by the signal, not by the end of its input
        said, problem = process.stdout.read(), process.stderr.read() if process.stderr else ""
        assert process.wait(timeout=60) == 130
    assert answers[2] == "3  AS-1 #3  判定\n"
    assert said == ""
    assert problem == "在 3 条命令之后中断：记下 3 条事实，重复 0，无新内容 0，拒绝 0，有误 0，冲突 0；再运行一次即可继续\n"
    assert cli("verify", "--json").json["facts"] == 3


@pytest.mark.parametrize("words", [("clauses",), ("schema", "facts"), ("record", "-")], ids=" ".join)
def test_a_reader_that_goes_away_ends_the_program_quietly(
    database: Path, trail: Trail, words: tuple[str, ...]
) -> None:
    with started(database, *words) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        if "-" in words:
            process.stdin.write("".join(json.dumps(each) + "\n" for each in trail("AS-1", "安装")))
        process.stdin.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 141
