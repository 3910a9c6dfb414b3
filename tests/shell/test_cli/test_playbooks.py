"""`--playbook`: rules of one's own beside the preset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aftersales_cli import main
from aftersales_core.playbooks import preset_text

REPORT = {
    "command": "report", "ticket": "T-1", "command_id": "c-1", "occurred_at": "2026-11-20T09:00:00+08:00",
    "actor": "lin", "role": "cs_specialist", "category": "enquiry", "customer": "王", "phone": "13800000000",
    "problem": "?",
}  # fmt: skip


@pytest.fixture
def book(tmp_path: Path) -> Path:
    text = preset_text("whole-house").replace('edition = "2026.1"', 'edition = "2026.2"')
    text = text.replace("announced = 2026-01-01", "announced = 2026-10-01")
    path = tmp_path / "own.toml"
    path.write_text(text.replace("effective = 2026-01-15", "effective = 2026-11-01"), "utf-8")
    return path


def test_a_new_ticket_is_opened_under_the_edition_in_effect_and_needs_it_afterwards(
    tmp_path: Path, book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    commands = tmp_path / "in.jsonl"
    commands.write_text(json.dumps(REPORT) + "\n", "utf-8")
    url = f"sqlite:///{tmp_path / 'a.db'}"

    assert main(["--db", url, "--playbook", str(book), "record", str(commands)]) == 0
    assert main(["--db", url, "--playbook", str(book), "--json", "legal", "T-1"]) == 0
    capsys.readouterr()
    assert main(["--db", url, "legal", "T-1", "--lang", "en"]) == 2
    assert "whole-house@2026.2" in capsys.readouterr().err


def test_a_playbook_file_that_is_not_there_or_not_sound_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("name = 1", "utf-8")

    assert main(["--db", "memory:", "--playbook", str(tmp_path / "none.toml"), "board", "--lang", "en"]) == 2
    assert "none.toml" in capsys.readouterr().err
    assert main(["--db", "memory:", "--playbook", str(bad), "board", "--lang", "en"]) == 2
    assert "playbook has problems" in capsys.readouterr().err
