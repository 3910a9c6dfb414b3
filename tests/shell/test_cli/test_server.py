"""The command line on a database behind a server: the same commands, and one sentence where nobody answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import Server

from aftersales_cli import main


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def report(ticket: str) -> dict[str, Any]:
    return {
        "command": "report", "ticket": ticket, "command_id": f"c-{ticket}", "occurred_at": "2026-11-02T09:00:00+08:00",
        "actor": "li-na", "role": "cs_specialist", "category": "enquiry", "customer": "王芳", "phone": "13812345678",
        "problem": "实木门板怎样保养\0",
    }  # fmt: skip


def test_what_is_recorded_is_shown_listed_exported_and_proved(
    postgres: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres.new_url()
    lines = tmp_path / "monday.jsonl"
    lines.write_text("".join(json.dumps(report(f"AS-{n}")) + "\n" for n in range(3)), "utf-8")
    for _again in range(2):
        assert run(capsys, "--db", url, "record", lines)[0] == 0
    assert "reported" in run(capsys, "--db", url, "show", "AS-1")[1]
    assert len(json.loads(run(capsys, "--db", url, "--json", "board")[1])["rows"]) == 3
    assert run(capsys, "--db", url, "export", "-o", tmp_path / "facts.jsonl")[0] == 0
    code, said, _ = run(capsys, "--db", url, "verify")
    assert (code, "3 facts of 3 tickets" in said) == (0, True)

    elsewhere = postgres.new_url()
    assert run(capsys, "--db", elsewhere, "import", tmp_path / "facts.jsonl")[0] == 0
    assert run(capsys, "--db", elsewhere, "export", "-o", tmp_path / "again.jsonl")[0] == 0
    assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "facts.jsonl").read_bytes()


def test_where_nobody_answers_it_says_so_and_ends_with_4(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, problem = run(capsys, "--db", "postgresql://shop:geheim@127.0.0.1:1/shop", "--lang", "zh", "board")
    assert (code, said) == (4, "")
    assert problem.startswith("连不上 postgresql://shop@127.0.0.1:1/shop：")
    assert "geheim" not in problem
