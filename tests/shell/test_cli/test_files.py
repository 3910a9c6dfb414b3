"""Checking, giving out and taking away files on the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent

from aftersales_core import Desk
from aftersales_core.testing.pictures import png

Cli = Callable[..., Any]


def kept(database: Path, *notes: bytes, **more: str) -> list[str]:
    with Desk.open(f"sqlite:///{database}", **more) as desk:
        return [desk.keep(png(note=note), media_type="image/png").digest for note in notes]


def named(database: Path, *digests: str) -> None:
    """Facts that name these files, written as they would stand there."""
    with Desk.open(f"sqlite:///{database}") as desk:
        rows = [
            StoredEvent("AS-9", version, "file-attached", b'%s\n{"occurred_at":"x"}\n{"digest":"%s"}' % (b"0" * 64, digest.encode()))
            for version, digest in enumerate(digests, 1)
        ]
        desk.ledger.recorder.insert_events(rows, expected=0)


def place(database: Path, digest: str) -> Path:
    return database.with_suffix(".files") / digest[:2] / digest[2:4] / digest[4:]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_files_that_are_whole_or_removed_on_purpose_are_sound(cli: Cli, database: Path, lang: str) -> None:
    whole, gone, orphan = kept(database, b"1", b"2", b"3")
    named(database, whole, gone)
    assert cli("files", "remove", gone).code == 0

    ran = cli("files", "verify", "--lang", lang)

    assert (ran.code, ran.err) == (0, "")
    about, summary = ran.out.splitlines()
    assert orphan in about
    assert summary.startswith("✓")
    assert cli("files", "verify", "--json").json == {
        "sound": True, "named": 2, "whole": 1, "removed": 1, "orphans": [orphan], "findings": [],
    }  # fmt: skip
    assert place(database, orphan).exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_files_that_are_lost_or_spoilt_are_findings(cli: Cli, database: Path, lang: str) -> None:
    spoilt, lost = kept(database, b"1", b"2")
    named(database, spoilt, lost)
    place(database, spoilt).write_bytes(b"x")
    place(database, lost).unlink()

    ran = cli("files", "verify", "--lang", lang)
    assert ran.code == 1
    assert [line[0] for line in ran.out.splitlines()] == ["✗", "✗", "✗"]
    assert spoilt in ran.out
    assert lost in ran.out
    told = cli("files", "verify", "--json", "--lang", lang)
    assert (told.code, told.json["sound"]) == (1, False)
    findings = {f["code"]: (f["ticket"], f["version"], f["digest"]) for f in told.json["findings"]}
    assert findings == {"file-spoilt": ("AS-9", 1, spoilt), "file-lost": ("AS-9", 2, lost)}
    assert cli("files", "get", spoilt, "-o", database.parent / "out.png").code == 4
    assert not (database.parent / "out.png").exists()


def test_one_file_is_given_out(cli: Cli, database: Path, tmp_path: Path) -> None:
    (digest,) = kept(database, b"1")
    out = tmp_path / "out.png"
    script = "import sys; from aftersales_cli import main; sys.exit(main())"
    words = ["--db", f"sqlite:///{database}", "files", "get", digest, "-o", "-"]

    assert cli("files", "get", digest, "-o", out, "--json").json == {"digest": digest, "size": len(png(note=b"1")), "path": str(out)}

    assert out.read_bytes() == png(note=b"1")
    assert list(tmp_path.glob("*.part")) == []
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    assert subprocess.run([sys.executable, "-c", script, *words], capture_output=True, check=True, env=env).stdout == out.read_bytes()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_that_is_not_there_is_3_and_what_is_no_digest_is_2(cli: Cli, database: Path, lang: str) -> None:
    (digest,) = kept(database, b"1")
    nobody = sha256(b"").hexdigest()
    for words in (("get", nobody, "-o", "x"), ("remove", nobody)):
        ran = cli("files", *words, "--lang", lang)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (3, "", 1)
        assert nobody in ran.err
        told = cli("files", *words, "--json").error
        assert (told["code"], told["exit"]) == ("file-not-there", 3)
        assert cli("files", words[0], "abc", *words[2:], "--lang", lang).code == 2
    assert cli("files", "get", digest).code == 2
    assert cli("files", "remove", digest, "--json").json == {"digest": digest, "removed": True}
    assert cli("files", "remove", digest, "--json").json == {"digest": digest, "removed": False}
    assert cli("files", "get", digest, "-o", "x", "--json").error["code"] == "file-removed"


def test_another_place_is_named_by_an_option_or_the_environment(
    cli: Cli, database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = f"folder:///{tmp_path / 'photos'}"
    (digest,) = kept(database, b"1", files=elsewhere)

    assert cli("files", "get", digest, "-o", tmp_path / "a.png").code == 3
    assert cli("--files", elsewhere, "files", "get", digest, "-o", tmp_path / "a.png").code == 0
    monkeypatch.setenv("AFTERSALES_FILES", elsewhere)
    assert cli("files", "get", digest, "-o", tmp_path / "b.png").code == 0
    assert cli("--files", "photos", "files", "verify").code == 2
    assert cli("--files", "tape:///x", "files", "verify").code == 4
    assert cli("board", "--files").code == 2


def test_a_database_that_is_not_there_is_not_made_for_its_files(cli: Cli, database: Path) -> None:
    assert cli("files", "verify").code == 4
    assert not database.exists()
