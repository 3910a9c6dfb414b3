"""文件库契约: the memory store and the folder store keep the same promises, and the folder keeps them among processes.

The file is also the program that others are: `python test_file_stores.py FOLDER WHAT NAME`.
"""

from __future__ import annotations

import io
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pytest

from aftersales_core.errors import AftersalesError, BadInput, FileAltered, StoreUnusable, UnknownFile
from aftersales_core.media import Limits
from aftersales_core.memory import MemoryFileStore
from aftersales_core.memory import open_files as open_memory
from aftersales_core.plugins import FILES, adapter
from aftersales_core.ports import FileStore
from aftersales_core.testing.file_store_contract import FileStoreContract
from aftersales_core.testing.pictures import padded, pdf, png
from aftersales_folder import FolderFileStore, open_files
from aftersales_folder.layout import INCOMING, MARK

MANY = 10_000


class TestMemory(FileStoreContract):
    @pytest.fixture
    def store(self) -> Iterator[FileStore]:
        store = open_memory("memory:")
        yield store
        store.close()

    def spoil(self, store: FileStore, digest: str) -> None:
        assert isinstance(store, MemoryFileStore)
        store._files[digest] = flipped(store._files[digest])


class TestFolder(FileStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[FileStore]:
        store = open_files(f"folder:///{tmp_path / 'shop.files'}")
        yield store
        store.close()

    def spoil(self, store: FileStore, digest: str) -> None:
        assert isinstance(store, FolderFileStore)
        spoil(store, digest)


def flipped(content: bytes) -> bytes:
    """*content* with one bit of its last byte turned."""
    return content[:-1] + bytes([content[-1] ^ 1])


def place(store: FolderFileStore, digest: str) -> Path:
    return store.path / digest[:2] / digest[2:4] / digest[4:]


def spoil(store: FolderFileStore, digest: str) -> None:
    place(store, digest).write_bytes(flipped(place(store, digest).read_bytes()))


def picture(name: str, n: int) -> bytes:
    """One of many pictures, from a hundred bytes to two megabytes."""
    return padded(png(3, 2, note=f"{name} {n}".encode()), (100, 3_000, 400_000, 2_000_000)[n % 4])


def put(store: FileStore, content: bytes) -> str:
    return store.put(content, media_type="image/png").digest


@pytest.fixture
def store(tmp_path: Path) -> FolderFileStore:
    return FolderFileStore(tmp_path / "shop.files")


def refusal(ask: Callable[[], object]) -> AftersalesError:
    with pytest.raises(AftersalesError) as caught:
        ask()
    return caught.value


# --- the folder and its address


def test_both_stores_are_found_by_their_scheme(tmp_path: Path) -> None:
    assert isinstance(adapter(FILES, "memory:")("memory:"), MemoryFileStore)
    assert isinstance(adapter(FILES, "folder:")(f"folder:///{tmp_path}/x"), FolderFileStore)


def test_an_address_may_allow_other_sizes(tmp_path: Path) -> None:
    store = open_files(f"folder:///{tmp_path}/with%20space.files?size=2000&pixels=100")

    assert put(store, png(10, 10))
    assert (tmp_path / "with space.files" / MARK).is_file()
    large = refusal(lambda: put(store, png(10, 11)))
    assert (large.code, large.facts["limit"]) == ("image-too-large", 100)
    assert refusal(lambda: put(store, padded(png(), 2001))).code == "file-too-large"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("folder:x.files", "folder:///"), ("folder://host/x", "folder:///"), ("folder:///", "of their own"),
        ("folder:///.", "of their own"), ("folder:///x#y", "%23"), ("folder:///a%00b", "NUL"),
        ("folder:///x?colour=red", "unknown option"), ("folder:///x?size=0", "whole number"),
        ("folder:///x?pixels=-1", "whole number"), ("folder:///x?size=２", "whole number"), ("folder://[/x", ""),
    ],
)  # fmt: skip
def test_an_address_that_says_something_else_is_refused(address: str, reason: str) -> None:
    problem = refusal(lambda: open_files(address))

    assert (type(problem), problem.code) == (StoreUnusable, "unopenable")
    assert reason in problem.facts["reason"]


def test_only_keeping_makes_the_folder(tmp_path: Path, store: FolderFileStore) -> None:
    assert not store.has("0" * 64)
    assert list(store.digests()) == []
    assert refusal(lambda: store.get("0" * 64)).code == "file-not-there"
    assert list(tmp_path.iterdir()) == []

    put(store, png())

    assert {path.name for path in store.path.iterdir()} > {MARK, INCOMING}


def test_files_and_folders_are_for_their_owner_alone(store: FolderFileStore) -> None:
    before = os.umask(0)
    try:
        digest = put(store, png())
        store.remove(digest)
        put(store, png(note=b"other"))
    finally:
        os.umask(before)

    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in [store.path, *store.path.rglob("*")]}
    assert modes == {True: 0o700, False: 0o600}


def test_a_folder_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cakes.txt").write_text("cheese cake")

    assert refusal(lambda: FolderFileStore(tmp_path)).code == "folder-not-ours"
    assert [path.name for path in tmp_path.iterdir()] == ["cakes.txt"]
    assert refusal(lambda: FolderFileStore(tmp_path / "cakes.txt")).code == "folder-not-ours"


@pytest.mark.parametrize("mark", [b"", b"something else", b"AFTERSALES-FILES", b"AFTERSALES-FILES x\n", b"\xff\xfe"], ids=repr)
def test_a_mark_that_is_not_ours_is_no_mark(store: FolderFileStore, mark: bytes) -> None:
    put(store, png())
    (store.path / MARK).write_bytes(mark)

    assert refusal(lambda: FolderFileStore(store.path)).code == "folder-not-ours"


def test_a_newer_layout_asks_for_a_newer_program(store: FolderFileStore) -> None:
    put(store, png())
    (store.path / MARK).write_text(f"{MARK} 2\nand more\n")

    problem = refusal(lambda: FolderFileStore(store.path))
    assert (problem.code, problem.facts["found"], problem.facts["supported"]) == ("newer-version", 2, 1)


def test_an_empty_folder_a_bare_disk_and_one_whose_making_was_cut_short_become_ours(tmp_path: Path) -> None:
    (tmp_path / f"{MARK}.4711-1").write_text("AFTERS")
    (tmp_path / "lost+found").mkdir()

    digest = put(FolderFileStore(tmp_path), png())

    assert FolderFileStore(tmp_path).get(digest) == png()


def test_a_folder_nowhere_is_said_so_and_not_made(tmp_path: Path) -> None:
    problem = refusal(lambda: put(FolderFileStore(tmp_path / "no" / "such"), png()))

    assert (problem.code, problem.facts["path"]) == ("no-such-folder", str(tmp_path / "no"))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_goes_away_meanwhile_is_not_made_anew(tmp_path: Path, store: FolderFileStore) -> None:
    digest = put(store, png())
    store.path.rename(tmp_path / "elsewhere")

    asked = (lambda: put(store, png()), lambda: store.get(digest), lambda: store.remove(digest))
    assert {refusal(ask).code for ask in asked} == {"no-such-folder"}
    assert not store.path.exists()


def test_what_others_put_into_the_folder_is_passed_over(store: FolderFileStore) -> None:
    digest = put(store, png())
    (store.path / digest[:2] / "Thumbs.db").write_text("x")
    (store.path / digest[:2] / "zz").mkdir()
    (store.path / "ff").write_text("a file where a folder would be")

    assert list(store.digests()) == [digest]


# --- the same file twice


def test_a_file_that_is_there_already_is_left_as_it_is(store: FolderFileStore) -> None:
    digest = put(store, png())
    before = place(store, digest).stat()

    put(FolderFileStore(store.path), png())

    after = place(store, digest).stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert list((store.path / INCOMING).iterdir()) == []


def test_a_removed_file_that_a_backup_brought_back_stays_removed(store: FolderFileStore) -> None:
    digest = put(store, png())
    store.remove(digest)
    place(store, digest).write_bytes(png())

    assert not store.has(digest)
    assert refusal(lambda: store.get(digest)).code == "file-removed"
    assert list(store.digests()) == [digest]
    assert store.remove(digest)
    assert list(store.digests()) == []


# --- links


def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret").write_bytes(png(note=b"secret"))
    return folder


def test_a_link_in_place_of_a_folder_is_not_followed(tmp_path: Path, store: FolderFileStore) -> None:
    other = outside(tmp_path)
    put(store, png(note=b"first"))
    digest = sha256(png()).hexdigest()
    for linked in (store.path / digest[:2], store.path / digest[:2] / digest[2:4]):
        linked.symlink_to(other)
        (other / digest[2:4]).mkdir(exist_ok=True)

        asked = (lambda: put(store, png()), lambda: store.get(digest), lambda: store.remove(digest), lambda: store.has(digest))
        problems = [refusal(ask) for ask in asked]

        assert {(type(problem), problem.code) for problem in problems} == {(FileAltered, "not-a-plain-file")}
        linked.unlink()
        linked.mkdir()
    assert sorted(path.name for path in other.rglob("*")) == sorted([digest[2:4], "secret"])
    assert list((store.path / INCOMING).iterdir()) == []


def test_a_link_in_place_of_a_file_is_neither_read_nor_written_through(tmp_path: Path, store: FolderFileStore) -> None:
    secret = outside(tmp_path) / "secret"
    digest = put(store, png())
    place(store, digest).unlink()
    place(store, digest).symlink_to(secret)

    asked = (lambda: put(store, png()), lambda: store.get(digest), lambda: store.open(digest), lambda: store.remove(digest))
    assert {refusal(ask).code for ask in asked} == {"not-a-plain-file"}
    assert secret.read_bytes() == png(note=b"secret")
    assert place(store, digest).is_symlink()


def test_a_link_in_place_of_the_mark_or_of_what_is_incoming_is_not_followed(tmp_path: Path, store: FolderFileStore) -> None:
    other = outside(tmp_path)
    put(store, png())
    (store.path / INCOMING).rmdir()
    (store.path / INCOMING).symlink_to(other)
    assert refusal(lambda: put(store, png(note=b"new"))).code == "not-a-plain-file"
    assert [path.name for path in other.iterdir()] == ["secret"]

    (store.path / MARK).rename(other / MARK)
    (store.path / MARK).symlink_to(other / MARK)
    assert refusal(lambda: FolderFileStore(store.path)).code == "folder-not-ours"


def test_what_is_no_file_is_not_waited_for(store: FolderFileStore) -> None:
    digest = put(store, png())
    for make in (os.mkfifo, os.mkdir):
        place(store, digest).unlink()
        make(place(store, digest))
        assert {refusal(ask).code for ask in (lambda: store.get(digest), lambda: put(store, png()))} == {"not-a-plain-file"}
        if make is os.mkfifo:
            continue
        assert refusal(lambda: store.remove(digest)).code == "not-a-plain-file"


def test_the_folder_itself_may_be_a_link_to_another_disk(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "shop.files").symlink_to(tmp_path / "disk")

    digest = put(FolderFileStore(tmp_path / "shop.files"), png())

    assert FolderFileStore(tmp_path / "disk").get(digest) == png()


# --- several processes, and such as die


def main(folder: str, what: str, name: str) -> None:
    store = FolderFileStore(folder)
    if what == "break off":
        store.put(Deadly(padded(png(), 900_000)), media_type="image/png")
    if what == "limited":
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
        for content in (padded(pdf(), 90_000), padded(pdf(), 400_000)):
            say(attempt(lambda content=content: store.put(content, media_type="application/pdf").digest))
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        say(store.put(padded(pdf(), 400_000), media_type="application/pdf").digest)
    if what == "as nobody":
        if os.getuid() == 0:
            os.setuid(65534)  # root may write anywhere
        (digest,) = store.digests()
        for ask in (lambda: put(store, png(note=b"new")), lambda: store.remove(digest), lambda: put(FolderFileStore(name), png())):
            say(attempt(ask))
        say(str(len(store.get(digest))))
    if what == "put":
        for n in range(MANY):
            say(put(store, picture(name, n)))
            if name.startswith("few") and n == 40:
                return
            say(put(store, picture("everybody", n)))


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def attempt(ask: Callable[[], object]) -> str:
    try:
        return str(ask())
    except AftersalesError as problem:
        return problem.code


class Deadly(io.BytesIO):
    """Something to read from that kills its reader in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 500_000:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)


def program(folder: Path, what: str, name: str = "") -> subprocess.Popen[str]:
    """This file as a process of its own, with the imports of this one."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return subprocess.Popen([sys.executable, __file__, str(folder), what, name], stdout=subprocess.PIPE, text=True, env=env)


def said_by(running: subprocess.Popen[str]) -> list[str]:
    out, _ = running.communicate(timeout=120)
    assert running.returncode == 0
    return out.split()


@pytest.mark.parametrize("lines", [1, 2, 7, 30, 61])
def test_what_a_killed_process_acknowledged_is_there_and_nothing_is_there_by_halves(tmp_path: Path, lines: int) -> None:
    folder = tmp_path / "shop.files"
    writer = program(folder, "put", "p")
    assert writer.stdout is not None
    with writer.stdout as out:
        heard = [out.readline().strip() for _ in range(lines)]
        writer.kill()
        heard += [line.strip() for line in out if line.endswith("\n")]
    assert writer.wait() == -signal.SIGKILL

    store = FolderFileStore(folder)
    there = set(store.digests())
    assert set(heard) <= there
    # one more may have been kept than the program lived to say
    assert len(there) <= len(heard) + 1
    assert all(sha256(store.get(digest)).hexdigest() == digest for digest in there)
    expected = [sha256(picture(name, n)).hexdigest() for n in range(lines) for name in ("p", "everybody")]
    assert heard == expected[: len(heard)]

    put(store, png(note=b"the next day"))
    assert list((folder / INCOMING).iterdir()) == []


def test_a_process_killed_in_the_middle_of_a_file_leaves_a_rest_that_is_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "shop.files"
    with program(folder, "break off") as writer:
        assert writer.wait(60) == -signal.SIGKILL
    (rest,) = (folder / INCOMING).iterdir()
    assert 0 < rest.stat().st_size < 900_000
    store = FolderFileStore(folder)
    assert list(store.digests()) == []
    assert refusal(lambda: store.get(sha256(padded(png(), 900_000)).hexdigest())).code == "file-not-there"
    assert rest.exists(), "reading sweeps nothing"

    put(store, png())

    assert not rest.exists()


def test_what_somebody_is_still_writing_is_not_swept_away(tmp_path: Path, store: FolderFileStore) -> None:
    begun, go_on = Event(), Event()

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 500_000:
                begun.set()
                assert go_on.wait(60)
            return super().read(size)

    put(store, png(note=b"before"))
    writer = Thread(target=lambda: store.put(Slow(padded(png(), 900_000)), media_type="image/png"))
    writer.start()
    assert begun.wait(60)
    (being_written,) = (store.path / INCOMING).iterdir()
    assert len(said_by(program(store.path, "put", "few"))) == 81
    assert being_written.exists()
    go_on.set()
    writer.join(60)

    assert store.get(sha256(padded(png(), 900_000)).hexdigest()) == padded(png(), 900_000)
    assert list((store.path / INCOMING).iterdir()) == []


def test_processes_that_send_the_same_and_different_files_at_once_are_all_served(tmp_path: Path) -> None:
    folder = tmp_path / "shop.files"
    programs = [program(folder, "put", f"few {n}") for n in range(3)]
    heard = [said_by(running) for running in programs]

    store = FolderFileStore(folder)
    assert [len(lines) for lines in heard] == [81] * 3
    assert list(store.digests()) == sorted({digest for lines in heard for digest in lines})
    assert len(set(store.digests())) == 40 + 3 * 41
    assert all(sha256(store.get(digest)).hexdigest() == digest for digest in store.digests())
    assert list((folder / INCOMING).iterdir()) == []


# --- no room, no rights


def test_without_room_nothing_is_kept_and_it_can_be_sent_again(tmp_path: Path) -> None:
    small, none, large = said_by(program(tmp_path / "shop.files", "limited"))

    store = FolderFileStore(tmp_path / "shop.files")
    assert none == "disk-full"
    assert list(store.digests()) == sorted([small, large])
    assert list((store.path / INCOMING).iterdir()) == []


def test_a_folder_that_may_not_be_written_to_is_read_only(tmp_path: Path) -> None:
    # not in `tmp_path`: pytest keeps that to its own user
    with tempfile.TemporaryDirectory() as name:
        above = Path(name)
        digest = put(FolderFileStore(above / "shop.files"), padded(png(), 5000))
        for path in [above, *above.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        said = said_by(program(above / "shop.files", "as nobody", str(above / "new.files")))
        for path in [above, *above.rglob("*")]:
            path.chmod(0o755)
        assert list(FolderFileStore(above / "shop.files").digests()) == [digest]
    assert said == ["read-only", "read-only", "read-only", "5000"]


def test_a_folder_that_may_not_be_looked_into_cannot_be_opened(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        put(FolderFileStore(Path(name) / "shop.files"), png())
        Path(name).chmod(0o755)
        code = (
            "import os, sys; from aftersales_folder.store import FolderFileStore\n"
            "from aftersales_core.errors import StoreUnusable\n"
            "os.getuid() or os.setuid(65534)\n"
            "os.chmod(sys.argv[1], 0) if os.getuid() != 65534 else None\n"
            "try: FolderFileStore(sys.argv[1])\n"
            "except StoreUnusable as problem: print(problem.code)\n"
        )
        env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run([sys.executable, "-c", code, f"{name}/shop.files"], capture_output=True, text=True, check=False, env=env)
        (Path(name) / "shop.files").chmod(0o700)
    assert (done.stdout.strip(), done.stderr) == ("unopenable", "")


def test_limits_belong_to_the_store_and_not_to_what_it_keeps(store: FolderFileStore) -> None:
    digest = put(store, padded(png(), 5000))
    tight = FolderFileStore(store.path, Limits(size=1000))

    assert isinstance(refusal(lambda: put(tight, padded(png(), 5000))), BadInput)
    assert len(tight.get(digest)) == 5000
    assert isinstance(refusal(lambda: tight.get("0" * 64)), UnknownFile)


if __name__ == "__main__":
    main(*sys.argv[1:])
