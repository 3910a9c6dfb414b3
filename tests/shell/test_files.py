"""附件: a desk keeps files beside its database, takes no fact about a file it does not have, and checks what it keeps."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from eventsourcing.persistence import StoredEvent

from aftersales_core import BadInput, Desk, FileRef, NoAdapter, StoreUnusable, UnknownFile
from aftersales_core.addresses import files_beside
from aftersales_core.audit import FilesReport, Finding, named_files
from aftersales_core.codec import GENESIS, digest_of
from aftersales_core.memory import MemoryFileStore
from aftersales_core.ports import FileStore
from aftersales_core.rules.intake import Acknowledge
from aftersales_core.testing.pictures import pdf, png
from aftersales_folder import FolderFileStore

AT = "2026-11-02T09:00:00+08:00"
WHO: dict[str, Any] = {"ticket": "AS-1", "occurred_at": AT, "actor": "li-na", "role": "cs_specialist"}
REPORT = {"command": "report", "command_id": "c-1", **WHO, "category": "enquiry", "customer": "王芳", "phone": "13812345678",
          "problem": "门歪"}  # fmt: skip


class Shown(Acknowledge):
    """A command that names a file, as small as one can be."""

    digest: str | None = None


def shown(digest: str | None, command_id: str = "c-2") -> Any:
    return Shown(command_id=command_id, digest=digest, **WHO)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "shop.db"


@pytest.fixture(params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, database: Path) -> Iterator[Desk]:
    with Desk.open("memory:" if request.param == "memory" else f"sqlite:///{database}") as found:
        found.handle(REPORT)
        yield found


# --- where they are


@pytest.mark.parametrize(
    ("database", "files"),
    [
        ("memory:", "memory:"),
        ("sqlite:///shop.db", "folder:///shop.files"),
        ("sqlite:////srv/a%20b/shop.db?timeout=5", "folder:////srv/a%20b/shop.files"),
        ("sqlite:///shop.sqlite", "folder:///shop.sqlite.files"),
        ("sqlite:///shop", "folder:///shop.files"),
    ],
)
def test_files_are_beside_the_database(database: str, files: str) -> None:
    assert files_beside(database) == files


def test_beside_any_other_database_is_no_such_place() -> None:
    with pytest.raises(NoAdapter) as caught:
        files_beside("postgresql://host/shop")

    assert caught.value.code == "no-files-place"


def test_a_desk_makes_no_folder_before_a_file_is_kept(desk: Desk, database: Path) -> None:
    folder = database.with_suffix(".files")
    assert not desk.files.has("0" * 64)
    assert list(desk.verify_files(FilesReport())) == []
    assert not folder.exists()

    desk.keep(png(), media_type="image/png")

    assert folder.is_dir() == isinstance(desk.files, FolderFileStore)


def test_another_place_can_be_named(database: Path, tmp_path: Path) -> None:
    with Desk.open(f"sqlite:///{database}", files=f"folder:///{tmp_path / 'photos'}") as desk:
        ref = desk.keep(png(), media_type="image/png")
        assert desk.file(ref.digest) == png()
    with Desk.open("memory:", files=f"folder:///{tmp_path / 'photos'}") as desk:
        assert desk.file(ref.digest) == png()
    assert not database.with_suffix(".files").exists()


def test_a_place_that_is_not_ours_is_complained_of_when_it_is_needed(database: Path) -> None:
    database.with_suffix(".files").write_text("a letter")
    with Desk.open(f"sqlite:///{database}") as desk:
        desk.handle(REPORT)
        with pytest.raises(StoreUnusable) as caught:
            desk.keep(png(), media_type="image/png")
    assert caught.value.code == "folder-not-ours"


def test_opening_a_desk_and_recording_import_no_adapter_for_files(database: Path) -> None:
    script = (
        "import sys; from aftersales_core import Desk\n"
        f"with Desk.open({f'sqlite:///{database}'!r}) as desk: desk.handle({REPORT!r})\n"
        "print(*sys.modules)"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=env)

    assert not {"aftersales_folder", "aftersales_core.memory"} & set(done.stdout.split())


def test_threads_that_ask_first_all_get_the_same_store() -> None:
    with Desk.open("memory:") as desk:
        together, found = Barrier(8), []

        def ask() -> None:
            together.wait()
            found.append(desk.files)

        threads = [Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {id(store) for store in found} == {id(desk.files)}


# --- keeping and attaching


def test_what_is_kept_comes_with_the_words_to_attach_it(desk: Desk) -> None:
    ref = desk.keep(BytesIO(png()), media_type="image/png; charset=binary", name="柜门.png")

    assert ref == FileRef(sha256(png()).hexdigest(), len(png()), "image/png", "柜门.png")
    assert desk.keep(png(), media_type="image/png") == ref._replace(name=None)
    assert desk.file(ref.digest) == png()


def test_a_command_that_names_a_file_is_taken_once_the_file_is_there(desk: Desk) -> None:
    digest = sha256(png()).hexdigest()
    for ask in (desk.handle, desk.check):
        with pytest.raises(BadInput) as caught:
            ask(shown(digest))
        assert (caught.value.code, caught.value.facts["digest"]) == ("file-not-kept", digest)
        for lang in ("zh", "en"):
            assert digest in caught.value.sentence(lang)
    assert desk.state("AS-1").version == 1

    desk.keep(png(), media_type="image/png")

    assert len(desk.check(shown(digest)).entries) == 1
    assert desk.handle(shown(digest)).version == 2


def test_a_command_that_may_name_a_file_and_does_not_needs_none(desk: Desk) -> None:
    assert desk.handle(shown(None)).version == 2


def test_a_command_that_was_answered_is_answered_again_also_when_its_file_is_gone(desk: Desk) -> None:
    ref = desk.keep(png(), media_type="image/png")
    desk.handle(shown(ref.digest))
    desk.files.remove(ref.digest)

    again = desk.handle(shown(ref.digest))

    assert (again.repeated, again.version) == (True, 2)
    with pytest.raises(BadInput) as caught:
        desk.handle(shown(ref.digest, "c-3"))
    assert caught.value.code == "file-not-kept"


def test_what_was_removed_is_said_to_be_removed(desk: Desk) -> None:
    ref = desk.keep(pdf(), media_type="application/pdf")
    desk.files.remove(ref.digest)

    for ask in (lambda: desk.file(ref.digest), lambda: desk.keep(pdf(), media_type="application/pdf")):
        with pytest.raises(UnknownFile) as caught:
            ask()
        assert caught.value.code == "file-removed"


# --- checking


def name_in_a_fact(desk: Desk, version: int, body: str, ticket: str = "AS-2") -> None:
    """A stored fact with this body, as it would stand there if it had been recorded."""
    head, fact = f'{{"occurred_at":"{AT}","prev":"{GENESIS}"}}'.encode(), body.encode()
    digest = digest_of(ticket, version, "file-attached", head, fact)
    row = StoredEvent(ticket, version, "file-attached", b"%s\n%s\n%s" % (digest.encode(), head, fact))
    desk.ledger.recorder.insert_events([row], expected=version - 1)


def told(found: list[Finding]) -> list[tuple[str, int, str]]:
    return [(f.ticket, f.version, f.code) for f in found]


def test_every_file_that_a_fact_names_is_read_and_the_others_are_listed(desk: Desk) -> None:
    whole, gone, spoilt, orphan = (desk.keep(png(note=b"%d" % n), media_type="image/png").digest for n in range(4))
    lost = "0" * 64
    for version, digest in enumerate((whole, gone, spoilt, lost, whole, lost, "../etc/passwd"), 1):
        name_in_a_fact(desk, version, f'{{"digest":"{digest}","purpose":"photo"}}')
    desk.files.remove(gone)
    spoil(desk.files, spoilt)
    report, steps = FilesReport(), []

    found = list(desk.verify_files(report, lambda done, whole: steps.append((done, whole))))

    assert sorted(told(found)) == [("AS-2", 3, "file-spoilt"), ("AS-2", 4, "file-lost"), ("AS-2", 6, "file-lost"),
                                   ("AS-2", 7, "file-lost")]  # fmt: skip
    assert report.findings == found
    assert (report.named, report.whole, report.removed, report.orphans) == (5, 1, 1, [orphan])
    assert not report.sound
    assert steps == [(n, 5) for n in range(1, 6)]
    assert desk.files.has(orphan)


def spoil(store: FileStore, digest: str) -> None:
    if isinstance(store, MemoryFileStore):
        store._files[digest] += b"x"
    else:
        place(store, digest).write_bytes(b"x")


def place(store: FileStore, digest: str) -> Path:
    assert isinstance(store, FolderFileStore)
    return store.path / digest[:2] / digest[2:4] / digest[4:]


def test_a_file_that_only_a_correction_names_is_named(desk: Desk) -> None:
    first, second = (desk.keep(png(note=note), media_type="image/png").digest for note in (b"1", b"2"))
    change = f'{{"field":"digest","old":"{first}","new":"{second}"}}'
    name_in_a_fact(desk, 1, f'{{"version":1,"of":"file-attached","changes":[{change}],"reason":"x"}}')

    assert set(named_files(desk.rows())) == {first, second}


def test_words_about_a_digest_and_rows_that_cannot_be_read_name_nothing(desk: Desk) -> None:
    name_in_a_fact(desk, 1, '{"note":"\\"digest\\":\\"000\\"","field":"name","old":"a"}')
    name_in_a_fact(desk, 2, '{"digest":')
    name_in_a_fact(desk, 3, '{"digest":null}')

    assert named_files(desk.rows()) == {}
    assert named_files([("AS-9", 1, "x", b"one line", 1)]) == {}


def test_what_was_removed_and_came_back_with_a_backup_is_found(database: Path) -> None:
    with Desk.open(f"sqlite:///{database}") as desk:
        named, orphan = (desk.keep(png(note=note), media_type="image/png").digest for note in (b"1", b"2"))
        name_in_a_fact(desk, 1, f'{{"digest":"{named}"}}')
        for digest in (named, orphan):
            desk.files.remove(digest)
            place(desk.files, digest).write_bytes(b"as it was before")
        report = FilesReport()

        found = list(desk.verify_files(report))

        assert sorted(told(found)) == [("", 0, "file-not-erased"), ("AS-2", 1, "file-not-erased")]
        assert (report.removed, report.orphans) == (1, [orphan])
        assert desk.files.remove(named)
        assert desk.files.remove(orphan)
        assert list(desk.verify_files(FilesReport())) == []


def test_a_link_in_place_of_a_file_is_a_finding_and_the_check_goes_on(database: Path) -> None:
    with Desk.open(f"sqlite:///{database}") as desk:
        digests = [desk.keep(png(note=b"%d" % n), media_type="image/png").digest for n in range(3)]
        for version, digest in enumerate(digests, 1):
            name_in_a_fact(desk, version, f'{{"digest":"{digest}"}}')
        place(desk.files, digests[1]).unlink()
        place(desk.files, digests[1]).symlink_to(database)
        report = FilesReport()

        assert told(list(desk.verify_files(report))) == [("AS-2", 2, "file-spoilt")]
        assert report.whole == 2
