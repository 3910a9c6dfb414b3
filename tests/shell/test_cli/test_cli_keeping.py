"""Carrying facts away and back, and finding what somebody did to them."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from aftersales_core.rules import preset

Cli = Callable[..., Any]


def by_hand(path: Path, *statements: str) -> None:
    """What somebody with a database tool would do."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_an_export_comes_back_byte_for_byte(filled: Cli, database: Path, tmp_path: Path) -> None:
    out = tmp_path / "facts.jsonl"
    assert filled("export", "-o", out).code == 0
    piped = filled("export").out
    assert piped == out.read_text("utf-8")
    copy = f"sqlite:///{tmp_path / 'copy.db'}"
    there = filled("--db", copy, "import", out, "--json")
    assert there.json == {"facts": len(piped.splitlines())}
    assert filled("--db", copy, "export").out == piped
    assert filled("--db", copy, "verify").code == 0
    assert filled("--db", copy, "show", "AS-2").out == filled("show", "AS-2").out
    again = filled("--db", copy, "import", out, "--lang", "zh")
    assert (again.code, "空库" in again.err) == (2, True)
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("spoil", [lambda t: t.replace("王芳", "王方", 1), lambda t: t[: len(t) // 2], lambda t: "1\n" + t])
def test_a_spoilt_export_writes_nothing(filled: Cli, tmp_path: Path, spoil: Callable[[str], str]) -> None:
    spoilt = tmp_path / "spoilt.jsonl"
    spoilt.write_text(spoil(filled("export").out), "utf-8")
    copy = f"sqlite:///{tmp_path / 'copy.db'}"
    ran = filled("--db", copy, "import", spoilt, "--json")
    assert (ran.code, ran.error["code"]) == (2, "bad-export")
    assert ran.error["facts"]["line"] >= 1
    assert filled("--db", copy, "export").out == ""
    assert filled("import", tmp_path / "none.jsonl").code == 2


def test_an_export_that_is_not_sound_is_refused_and_can_be_taken_as_it_is(filled: Cli, tmp_path: Path) -> None:
    torn = tmp_path / "torn.jsonl"
    torn.write_text("".join(filled("export").out.splitlines(keepends=True)[1:]), "utf-8")
    copy = f"sqlite:///{tmp_path / 'copy.db'}"
    ran = filled("--db", copy, "import", torn, "--lang", "zh")
    assert (ran.code, "--as-is" in ran.err, "缺第 1 条" in ran.err) == (2, True, True)
    assert filled("--db", copy, "import", torn, "--as-is").code == 0
    assert filled("--db", copy, "verify").code == 1


WHERE = "originator_id = 'AS-2' AND originator_version = 5"
TAMPERED = {
    "a changed state": (f"UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), 'install', 'INSTALL') AS BLOB) WHERE {WHERE}", "digest-wrong", 5),
    "a row taken out": (f"DELETE FROM stored_events WHERE {WHERE}", "version-gap", 6),
    "another kind": (f"UPDATE stored_events SET topic = 'departed' WHERE {WHERE}", "digest-wrong", 5),
    "rubbish": (f"UPDATE stored_events SET state = x'00' WHERE {WHERE}", "not-a-row", 5),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("done", "code", "version"), TAMPERED.values(), ids=TAMPERED)
def test_tampering_is_found_and_the_first_bad_fact_named(
    filled: Cli, database: Path, done: str, code: str, version: int, lang: str
) -> None:
    assert filled("verify").code == 0
    by_hand(database, done)
    ran = filled("verify", "--json", "--lang", lang)
    assert ran.code == 1
    (finding,) = ran.json["findings"]
    assert (finding["ticket"], finding["version"], finding["code"]) == ("AS-2", version, code)
    assert filled("verify", "--json", "--lang", lang, "--jobs", "2").json == ran.json
    said = filled("verify", "--lang", lang)
    assert said.code == 1
    assert "AS-2" in said.out.splitlines()[0]
    assert str(version) in said.out.splitlines()[0]
    assert filled("verify", "AS-1").code == 0
    assert filled("verify", "AS-2").code == 1


def test_what_cannot_be_read_is_said_and_not_guessed(filled: Cli, database: Path) -> None:
    by_hand(database, f"UPDATE stored_events SET state = x'00' WHERE {WHERE}")
    ran = filled("replay", "AS-2", "--lang", "zh")
    assert (ran.code, ran.out) == (4, "")
    assert "AS-2" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_database_that_is_not_ours_is_left_alone(cli: Cli, database: Path, write: Callable[..., Path]) -> None:
    by_hand(database, "CREATE TABLE cakes (name TEXT)")
    before = database.read_bytes()
    for words in (("board",), ("record", write("{}")), ("demo",), ("show", "AS-1")):
        ran = cli(*words, "--lang", "zh")
        assert ran.code == 4, words
        assert "别的程序" in ran.err
        assert str(database) in ran.err
    assert database.read_bytes() == before


def test_a_newer_database_asks_for_a_newer_program(filled: Cli, database: Path) -> None:
    by_hand(database, "PRAGMA user_version = 99")
    ran = filled("board", "--json")
    assert (ran.code, ran.error["code"], ran.error["exit"]) == (4, "newer-version", 4)
    assert "99" in filled("board").err


def test_no_database_and_no_folder_are_said_so_and_nothing_is_made(cli: Cli, database: Path, tmp_path: Path) -> None:
    database.write_bytes(b"this is a letter, not a database, and longer than a header of one hundred bytes " * 4)
    assert "no database" in cli("board").err
    database.unlink()
    assert cli("board").code == 4
    assert not database.exists()
    deep = tmp_path / "no" / "such.db"
    ran = cli("--db", f"sqlite:///{deep}", "demo", "--tickets", "1")
    assert (ran.code, str(deep.parent) in ran.err or str(deep) in ran.err) == (4, True)
    assert cli("--db", "oracle://x", "board").code == 4
    assert cli("--db", "aftersales.db", "board").code == 2


AS_NOBODY = """
import os, sys
import aftersales_cli.door, aftersales_core.desk, aftersales_sql.url, aftersales_sqlite.url
from aftersales_cli import main
if os.getuid() == 0:
    os.setuid(65534)  # root may write anywhere
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="file permissions work otherwise there")
def test_a_read_only_database_is_not_written_to(filled: Cli, database: Path) -> None:
    # not in `tmp_path`: pytest keeps that to its own user
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        assert filled("verify").code == 0
        copy = folder / "copy.db"
        copy.write_bytes(database.read_bytes())
        copy.chmod(0o444)
        (folder / "line.jsonl").write_text("{}\n")
        folder.chmod(0o555)
        words = ["--db", f"sqlite:///{copy}", "--lang", "zh", "record", str(folder / "line.jsonl")]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run([sys.executable, "-c", AS_NOBODY, *words], capture_output=True, text=True, check=False, env=env)
        folder.chmod(0o755)
    assert (done.returncode, done.stdout) == (4, "")
    assert done.stderr.startswith(f"{copy} 只读")


def test_a_read_only_place_is_not_written_to(cli: Cli) -> None:
    # also true for root: nobody can make a file in /proc
    place = Path("/proc") if Path("/proc/self").exists() else Path(tempfile.gettempdir()) / "no-such-place"
    ran = cli("--db", f"sqlite:///{place / 'x.db'}", "demo", "--tickets", "1")
    assert ran.code == 4
    assert len(ran.err.splitlines()) == 1


def test_a_playbook_is_linted(cli: Cli, tmp_path: Path) -> None:
    text = files("aftersales_core.playbooks").joinpath("presets/whole-house.toml").read_text("utf-8")
    path = tmp_path / "house.toml"
    path.write_text(text, "utf-8")
    told = cli("playbook", "lint", path, "--json").json
    assert (told["sound"], told["playbook"], told["problems"]) == (True, "whole-house@2026.1", [])
    assert [gap["id"] for gap in told["gaps"]] == [gap.id for gap in preset().gap]
    path.write_text(text.replace('clauses = ["L-24"', 'clauses = ["Z-99", "L-24"'), "utf-8")
    for lang in ("zh", "en"):
        ran = cli("playbook", "lint", path, "--lang", lang)
        assert (ran.code, "Z-99" in ran.out) == (1, True)
    path.write_text("name = ", "utf-8")
    assert cli("playbook", "lint", path).code == 1
    assert cli("playbook", "lint", tmp_path / "none.toml").code == 2
