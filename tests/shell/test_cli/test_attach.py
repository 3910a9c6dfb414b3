"""`attach`: a file kept and attached in one go, once, or refused with nothing kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales_core.testing.pictures import png

Cli = Callable[..., Any]
BY = ("--actor", "zhou", "--role", "installer")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "现场 1.jpg"
    path.write_bytes(png(note=b"1"))
    return path


@pytest.fixture
def on_site(cli: Cli, trail: Callable[..., Any], write: Callable[..., Path]) -> Cli:
    assert cli("record", write(*trail("AS-1", "安装", "已到现场"))).code == 0
    return cli


def files(cli: Cli) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = cli("show", "AS-1", "--json").json["files"]
    return found


@pytest.mark.parametrize(("lang", "fact", "purpose"), [("zh", "附件", "照片"), ("en", "file attached", "photo")])
def test_a_photo_is_kept_and_attached_to_the_latest_visit(on_site: Cli, photo: Path, lang: str, fact: str, purpose: str) -> None:
    ran = on_site("attach", photo, "AS-1", "--check", "looks", *BY, "--lang", lang)

    assert (ran.code, ran.err) == (0, "")
    first, second = ran.out.splitlines()
    assert first.startswith(f"AS-1 #11  {fact}")
    assert second.split("  ")[1:3] == [purpose, "现场 1.jpg"]
    (file,) = files(on_site)
    assert (file["ref"], file["check"], file["media_type"], file["digest"]) == ("visit:1", "looks", "image/png", second.split("  ")[3])
    assert on_site("files", "verify", "--json").json["whole"] == 1


def test_repeating_it_is_the_first_answer_again_whenever_it_is_said(on_site: Cli, photo: Path) -> None:
    first = on_site("attach", photo, "AS-1", "--visit", 1, *BY, "--json")
    again = on_site("attach", photo, "AS-1", "--visit", 1, *BY, "--json")
    other = on_site("attach", photo, "AS-1", "--visit", 1, "--actor", "chen", "--role", "installer", "--json")

    assert (first.json["recorded"], first.json["repeated"]) == (["file-attached"], False)
    assert again.json == {**first.json, "repeated": True}
    assert (other.code, other.json["recorded"], other.json["repeated"]) == (0, [], False)
    assert other.json["command_id"] != first.json["command_id"]
    assert len(files(on_site)) == 1
    elsewhere = on_site("attach", photo, "AS-1", *BY, "--json").json
    assert (elsewhere["recorded"], len(files(on_site))) == (["file-attached"], 2)


def test_an_id_and_a_moment_of_ones_own_are_taken_as_they_are(on_site: Cli, photo: Path) -> None:
    said = ("attach", photo, "AS-1", *BY, "--id", "p-1", "--at", "2026-11-02T09:45:00+08:00", "--json")
    assert on_site(*said).json["command_id"] == "p-1"
    assert on_site(*said).json["repeated"] is True
    assert on_site("replay", "AS-1", "--from", 11, "--json").json["steps"][0]["envelope"]["occurred_at"] == "2026-11-02T09:45:00+08:00"
    reused = on_site("attach", photo, "AS-1", *BY, "--id", "p-1", "--at", "2026-11-02T09:46:00+08:00")
    assert (reused.code, "p-1" in reused.err) == (5, True)
    assert on_site("attach", photo, "AS-1", *BY, "--id", "AS-1-c-1").code == 5


def test_a_file_that_was_lost_is_kept_again_and_one_removed_on_purpose_is_not(on_site: Cli, photo: Path, database: Path) -> None:
    digest = on_site("attach", photo, "AS-1", *BY, "--json").json["digest"]
    place = database.with_suffix(".files") / digest[:2] / digest[2:4] / digest[4:]
    place.unlink()
    assert on_site("files", "verify").code == 1
    assert on_site("attach", photo, "AS-1", *BY, "--json").json["repeated"] is True
    assert on_site("files", "verify").code == 0

    assert on_site("files", "remove", digest).code == 0
    assert on_site("attach", photo, "AS-1", *BY, "--json").json["repeated"] is True
    assert not place.exists()
    assert on_site("attach", photo, "AS-1", "--visit", 1, *BY).code == 3


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    ("more", "code", "named"),
    [
        (("--visit", 9), "no-such-part", "9"),
        (("--leftover", 1), "no-such-part", "1"),
        (("--check", "moonlight"), "no-such-check", "moonlight"),
        (("--role", "management"), "role-may-not", "G-09"),
    ],
)
def test_what_a_rule_refuses_is_1_and_nothing_is_kept(
    on_site: Cli, photo: Path, database: Path, more: tuple[Any, ...], code: str, named: str, lang: str
) -> None:
    ran = on_site("attach", photo, "AS-1", *BY, *more, "--lang", lang)
    assert (ran.code, ran.out) == (1, "")
    assert named in ran.err
    assert on_site("attach", photo, "AS-1", *BY, *more, "--json").error["code"] == code
    assert not any(database.with_suffix(".files").rglob("*"))


CONTENTS = {
    "nothing in it": (b"", (), "file-empty"),
    "plain text": (b"hello", (), "file-type-refused"),
    "a drawing with script": (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", (), "file-with-script"),
    "a torn picture": (b"\x89PNG\r\n\x1a\n\0\0", (), "image-unreadable"),
    "too many pixels": (png(60_000, 60_000), (), "image-too-large"),
    "too many bytes": (png() + b"\0" * (20 * 2**20), (), "file-too-large"),
    "a document as a photo": (b"%PDF-1.7\n", (), "bad-option"),
    "two parts": (png(), ("--visit", 1, "--leftover", 1), "bad-option"),
    "a moment without zone": (png(), ("--at", "2026-11-02T09:45:00"), "naive-datetime"),
    "an id with spaces": (png(), ("--id", "a b"), "bad-value"),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(("content", "more", "code"), CONTENTS.values(), ids=CONTENTS)
def test_what_cannot_be_attached_is_2_and_said_in_one_sentence(
    on_site: Cli, tmp_path: Path, content: bytes, more: tuple[Any, ...], code: str, lang: str
) -> None:
    path = tmp_path / "file.png"
    path.write_bytes(content)
    ran = on_site("attach", path, "AS-1", *BY, *more, "--lang", lang)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)
    assert on_site("attach", path, "AS-1", *BY, *more, "--json").error["code"] == code
    assert files(on_site) == []


def test_a_document_is_a_document(on_site: Cli, tmp_path: Path) -> None:
    path = tmp_path / "合同.pdf"
    path.write_bytes(b"%PDF-1.7\n")
    assert on_site("attach", path, "AS-1", *BY, "--purpose", "document").code == 0
    assert [(file["purpose"], file["media_type"]) for file in files(on_site)] == [("document", "application/pdf")]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_ticket_is_3_no_file_and_nobody_are_2_and_no_database_is_4(
    on_site: Cli, photo: Path, tmp_path: Path, lang: str
) -> None:
    assert on_site("attach", photo, "AS-404", *BY, "--lang", lang).code == 3
    for words in ((tmp_path / "none.png", "AS-1", *BY), (tmp_path, "AS-1", *BY), (photo, "AS-1", "--role", "installer"), (photo, *BY),
                  (photo, "AS-1", *BY, "--purpose", "fun")):  # fmt: skip
        ran = on_site("attach", *words, "--lang", lang)
        assert (ran.code, len(ran.err.splitlines())) == (2, 1), words
    assert on_site("--db", f"sqlite:///{tmp_path / 'none.db'}", "attach", photo, "AS-1", *BY).code == 4
