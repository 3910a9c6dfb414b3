"""Checkpoints and proofs on the command line: what an auditor types, and what he is told."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aftersales_core.audit import opened, read_checkpoint
from aftersales_ed25519 import VerifyingKey

Cli = Callable[..., Any]
NAME = "dealer.example/after-sales"


@pytest.fixture
def key(cli: Cli, tmp_path: Path) -> tuple[Path, str]:
    """A key: the file of the half that signs, and the line of the other."""
    file = tmp_path / "house.key"
    ran = cli("proof", "key", file, "--name", NAME)
    assert ran.code == 0
    return file, ran.out.strip()


@pytest.fixture
def note(filled: Cli, key: tuple[Path, str], tmp_path: Path) -> Path:
    """A signed checkpoint of the filled database."""
    file = tmp_path / "monday.note"
    assert filled("proof", "take", "--key", key[0], "-o", file).code == 0
    return file


def test_a_key_is_for_one_pair_of_eyes_and_never_written_over(cli: Cli, key: tuple[Path, str]) -> None:
    file, line = key
    before = file.read_text()
    again = cli("proof", "key", file, "--name", NAME)

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert VerifyingKey.read(line).name == NAME
    assert (again.code, file.read_text() == before) == (2, True)
    assert "was left alone" in again.err
    assert cli("proof", "key", file.with_name("other"), "--name", "two words").code == 2


def test_a_checkpoint_is_printed_or_kept_and_signed_where_asked(filled: Cli, note: Path, key: tuple[Path, str]) -> None:
    printed = filled("proof", "take", "--name", "me").out
    told = filled("--json", "proof", "take", "--key", key[0]).json

    assert read_checkpoint(printed).origin == "me"
    assert opened(note.read_text("utf-8"), [VerifyingKey.read(key[1])])[1] == [NAME]
    assert (told["origin"], told["streams"], told["root"]) == (NAME, 2, read_checkpoint(printed).root.hex())
    assert opened(told["note"], [VerifyingKey.read(key[1])])[1] == [NAME]
    for wrong in (("take",), ("take", "--key", note), ("take", "--name", "me", "-o", note), ("take", "--name", "me", "--key", "nowhere")):
        ran = filled("proof", *wrong)
        assert (ran.code, ran.out) == (2, ""), wrong
        assert ran.err.count("\n") == 1


def test_a_key_that_others_can_read_signs_nothing(filled: Cli, key: tuple[Path, str]) -> None:
    key[0].chmod(0o644)
    ran = filled("proof", "take", "--key", key[0])
    assert (ran.code, ran.out, "chmod 600" in ran.err) == (2, "", True)
    key[0].chmod(0o600)
    assert filled("proof", "take", "--key", key[0]).code == 0


def test_a_ledger_is_compared_with_what_it_was(filled: Cli, note: Path, key: tuple[Path, str], database: Path) -> None:
    fine = filled("proof", "compare", note, "--by", key[1])
    assert (fine.code, fine.out.startswith("✓"), NAME in fine.out) == (0, True, True)
    with closing(sqlite3.connect(database)) as db, db:
        db.execute("DELETE FROM stored_events WHERE position = (SELECT max(position) FROM stored_events)")

    assert filled("verify").code == 0
    ran = filled("--lang", "zh", "proof", "compare", note)
    assert (ran.code, "末尾被截掉了" in ran.out) == (1, True)
    told = filled("--json", "proof", "compare", note).json
    assert (told["sound"], told["checkpoints"][0]["code"], told["facts"]) == (False, "checkpoint-cut-short", told["checkpoints"][0]["size"] - 1)
    assert filled("proof", "of", "AS-1", "--at", note).code == 2


def test_a_line_break_of_some_languages_in_a_text_breaks_no_proof(cli: Cli, write: Callable[..., Path], tmp_path: Path) -> None:
    report = {"command": "report", "ticket": "AS-1", "command_id": "c-1", "actor": "li-na", "role": "cs_specialist", "occurred_at": "2026-11-02T09:00:00+08:00",
              "category": "enquiry", "customer": "王芳", "phone": "13812345678", "problem": "门歪\u2028声响\u0085\u2029"}  # fmt: skip
    assert cli("record", write(report)).code == 0
    note, file = tmp_path / "a.note", tmp_path / "a.proof"
    assert cli("proof", "take", "--name", "me", "-o", note).code == 0
    assert cli("proof", "of", "AS-1", "--at", note, "-o", file).code == 0
    assert cli("proof", "check", file).code == 0


def test_a_checkpoint_that_somebody_changed_or_did_not_sign_is_a_finding(filled: Cli, note: Path, key: tuple[Path, str], tmp_path: Path) -> None:
    text = note.read_text("utf-8")
    changed = tmp_path / "changed.note"
    changed.write_text(text.replace("streams 2", "streams 3"), "utf-8")
    bare = tmp_path / "bare.note"
    bare.write_text(text.split("\n\n")[0] + "\n", "utf-8")
    for file, code in ((changed, "signature-wrong"), (bare, "not-signed")):
        ran = filled("--json", "proof", "compare", note, file, "--by", key[1])
        assert ran.code == 1
        assert [(each["path"], each["code"]) for each in ran.json["checkpoints"]] == [(str(file), code), (str(note), None)]
        assert filled("proof", "compare", note, file, "--by", key[1]).out.count("✗") == 1
    assert filled("proof", "compare", bare).code == 0
    assert filled("proof", "compare", tmp_path / "house.key").code == 2


def test_a_ticket_is_carried_away_and_checked_without_any_database(
    filled: Cli, note: Path, key: tuple[Path, str], tmp_path: Path, database: Path
) -> None:
    file = tmp_path / "ticket.proof"
    assert filled("proof", "of", "AS-2", "--at", note, "-o", file).code == 0
    assert filled("proof", "of", "AS-2", "--at", note).out == file.read_text("utf-8")
    database.unlink()

    ran = filled("proof", "check", file, "--by", key[1])
    assert (ran.code, "and no others" in ran.out, "signed by" in ran.out) == (0, True, True)
    assert "nobody's signature" in filled("proof", "check", file).err
    assert filled("--json", "proof", "check", file).json["facts"] == len(file.read_text("utf-8").splitlines()) - 1
    file.write_text("".join(file.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    short = filled("--lang", "zh", "proof", "check", file, "--by", key[1])
    assert (short.code, "不可采信" in short.out) == (1, True)
    assert filled("--json", "proof", "check", file).json["code"] == "proof-incomplete"
    assert filled("proof", "check", note).code == 2
    assert filled("proof", "check", file, "--by", "x").code == 2
    assert filled("proof", "of", "AS-9", "--at", note).code != 0
