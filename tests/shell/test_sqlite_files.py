"""A ledger file is made, recognised, or refused with the reason, and never harmed."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from eventsourcing.persistence import ProgrammingError, StoredEvent

from aftersales_core.desk import Desk
from aftersales_core.errors import StoreUnusable
from aftersales_sqlite import SqliteRecorder, open_recorder

OURS = 0x41465443


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def recorder(path: Path) -> Iterator[SqliteRecorder]:
    with SqliteRecorder(path) as recorder:
        yield recorder


def fact(stream: str, version: int, size: int = 2) -> list[StoredEvent]:
    return [StoredEvent(stream, version, "t", b"x" * size)]


def by_hand(path: Path, *statements: str) -> None:
    """What another program would do to the file."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def run(script: str, *args: object) -> list[str]:
    """What a Python process of its own prints, with the imports of this one."""
    done = subprocess.run(
        [sys.executable, "-c", script, *map(str, args)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    return done.stdout.split()


def refusal(path: Path | str) -> StoreUnusable:
    with pytest.raises(StoreUnusable) as caught:
        SqliteRecorder(path).close()
    return caught.value


# ---- making and recognising


@pytest.mark.parametrize("there", [False, True], ids=["a new file", "an empty file"])
def test_a_new_file_is_made_and_marked_as_ours(path: Path, there: bool) -> None:
    if there:
        path.touch()
    SqliteRecorder(path).close()
    header = path.read_bytes()[:100]
    assert int.from_bytes(header[68:72], "big") == OURS
    assert int.from_bytes(header[60:64], "big") == 1
    assert header[68:72] == b"AFTC"
    assert int.from_bytes(header[16:18], "big") == 4096


def test_every_commit_waits_for_the_disk(recorder: SqliteRecorder) -> None:
    connection = recorder._writer.connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert recorder._writer._timeout == 10


def test_a_commit_writes_into_no_block_of_the_log_that_an_earlier_one_needs(path: Path, recorder: SqliteRecorder) -> None:
    for version in range(1, 30):
        recorder.insert_events(fact("a", version, 300 * version), expected=version - 1)
    log = Path(f"{path}-wal").read_bytes()
    frame = 24 + 4096
    commits = [log[at + 4 : at + 8] != b"\0\0\0\0" for at in range(32, len(log) - frame + 1, frame)]
    needed = 0  # the last block of the commit before
    checked = 0
    for number, commits_before in enumerate(commits[:-1]):
        if not commits_before:
            continue
        if needed == 0:
            needed = (32 + (number + 1) * frame - 1) // 4096
        if not commits[number + 1]:  # what stands between is the same frame once more
            assert (32 + (number + 1) * frame) // 4096 > needed
            needed = 0
            checked += 1
    assert checked >= 28


def test_less_than_full_durability_is_only_had_by_its_name(path: Path) -> None:
    for name, level in (("full", 2), ("may-lose-last-minute", 1)):
        with open_recorder(f"sqlite:///{path}?durability={name}") as recorder:
            assert recorder._writer.connection.execute("PRAGMA synchronous").fetchone() == (level,)
        with SqliteRecorder(path, durability=name) as recorder:  # type: ignore[arg-type]
            assert recorder._writer.connection.execute("PRAGMA synchronous").fetchone() == (level,)
    for name in ("FULL", "NORMAL", "off", ""):
        with pytest.raises(ValueError, match="write full or may-lose-last-minute"):
            SqliteRecorder(path, durability=name)  # type: ignore[arg-type]


def test_a_desk_takes_the_durability_from_the_url_of_both_its_stores(path: Path) -> None:
    with Desk.open(f"sqlite:///{path}?durability=may-lose-last-minute&timeout=3") as desk:
        assert isinstance(desk.ledger.recorder, SqliteRecorder)
        assert desk.ledger.recorder._writer.connection.execute("PRAGMA synchronous").fetchone() == (1,)
        assert desk.count("board") == 0


def test_the_log_of_a_large_import_does_not_stay_large(tmp_path: Path) -> None:
    log = tmp_path / "ledger.db-wal"
    with SqliteRecorder(tmp_path / "ledger.db", durability="may-lose-last-minute") as recorder:
        recorder.insert_many([(fact(f"s{n}", 1, 2**21), 0, None) for n in range(12)])
        assert log.stat().st_size > 20 * 2**20
        for version in (2, 3):
            recorder.insert_events(fact("s0", version), expected=version - 1)
        assert log.stat().st_size <= 16 * 2**20


def test_a_closed_ledger_is_one_file_and_opens_again(tmp_path: Path, path: Path) -> None:
    with SqliteRecorder(path) as recorder:
        recorder.insert_events(fact("a", 1), expected=0, command=("c", b"d"))
        recorder.close()
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.db"]
    with SqliteRecorder(path) as recorder:
        assert recorder.select_events("a") == fact("a", 1)
        assert recorder.answer("c") == ("a", b"d", 1, 1)


def test_a_closed_recorder_says_so_in_every_thread(recorder: SqliteRecorder) -> None:
    recorder.count()
    recorder.close()
    for use in (recorder.count, lambda: recorder.insert_events(fact("a", 1)), lambda: list(recorder.scan())):
        with pytest.raises(ProgrammingError, match="closed"):
            use()

    said: list[str] = []

    def ask() -> None:
        with pytest.raises(ProgrammingError) as caught:
            recorder.count()
        said.append(str(caught.value))

    thread = Thread(target=ask)
    thread.start()
    thread.join()
    assert said == ["the ledger was closed; open the file again"]


OPEN = """
import sys
from aftersales_sqlite import SqliteRecorder
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    SqliteRecorder(f"{sys.argv[1]}-{number}").close()
"""


def test_many_processes_may_make_the_same_file_at_once(path: Path) -> None:
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        for _ in range(6)
    ]
    for opener in openers:
        assert opener.stdout is not None
        opener.stdout.readline()
    for opener in openers:
        assert opener.stdin is not None
        opener.stdin.write("go\n")
        opener.stdin.flush()
    for opener in openers:
        opener.communicate()
    assert [opener.returncode for opener in openers] == [0] * 6
    for number in range(20):
        with SqliteRecorder(f"{path}-{number}") as recorder:
            assert recorder.insert_events(fact("a", 1), expected=0) == [1]


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = "import sys, aftersales_sqlite; print(*sys.modules)"
    assert not {"eventsourcing", "sqlite3", "aftersales_core", "uuid"} & set(run(script))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        getattr(__import__("aftersales_sqlite"), "nothing")  # noqa: B009 - a name no checker should look up


# ---- refusing


def test_a_database_of_another_program_is_refused_and_not_touched(tmp_path: Path, path: Path) -> None:
    by_hand(path, "CREATE TABLE customers (name)", "INSERT INTO customers VALUES ('Li')")
    before = path.read_bytes()
    error = refusal(path)
    assert error.code == "not-ours"
    assert error.facts["path"] == str(path)
    assert error.facts["found"] == "0x00000000"
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["ledger.db"]


def test_a_database_marked_by_another_program_is_refused_even_when_empty(path: Path) -> None:
    by_hand(path, "PRAGMA application_id = 0x47504B47")
    error = refusal(path)
    assert (error.code, error.facts["found"]) == ("not-ours", "0x47504b47")


def test_a_ledger_of_a_newer_version_is_refused_and_not_touched(path: Path) -> None:
    SqliteRecorder(path).close()
    by_hand(path, "PRAGMA user_version = 2")
    before = path.read_bytes()
    error = refusal(path)
    assert (error.code, error.facts["found"], error.facts["supported"]) == ("newer-version", 2, 1)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"hi", b"dear customer,\n" * 9, b"\0" * 5000], ids=["short", "text", "zeros"]
)
def test_a_file_that_is_not_a_database_is_refused_and_not_touched(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refusal(path).code == "not-a-database"
    assert path.read_bytes() == content


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no" / "ledger.db").code == "no-such-folder"
    (tmp_path / "file").touch()
    assert refusal(tmp_path / "file" / "ledger.db").code == "no-such-folder"


def test_a_path_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, "", ".", ":memory:", f"{tmp_path}/a\0b"):
        error = refusal(path)
        assert error.code == "unopenable"
        assert error.facts["reason"]
    assert list(tmp_path.iterdir()) == []


def test_the_cause_is_kept(path: Path) -> None:
    path.write_bytes(b"not a database")
    assert isinstance(refusal(path).__cause__, sqlite3.DatabaseError)


TRY_AS_NOBODY = """
import os, sys
import eventsourcing.persistence, aftersales_sqlite.recorder
from aftersales_core.errors import StoreUnusable
if os.getuid() == 0:
    os.setuid(65534)  # root may write anywhere
for path in sys.argv[1:]:
    try:
        aftersales_sqlite.recorder.SqliteRecorder(path)
    except StoreUnusable as error:
        print(error.code)
"""


@pytest.mark.skipif(os.name == "nt", reason="file permissions work otherwise there")
def test_a_file_or_folder_without_write_permission_is_read_only() -> None:
    # Not `tmp_path`: pytest keeps that to its own user.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        SqliteRecorder(folder / "ledger.db").close()
        (folder / "ledger.db").chmod(0o444)
        folder.chmod(0o555)
        codes = run(TRY_AS_NOBODY, folder / "ledger.db", folder / "new.db")
        folder.chmod(0o755)
    assert codes == ["read-only", "read-only"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a file on a full disk")
def test_a_file_on_a_full_disk_is_refused() -> None:
    assert refusal("/dev/full").code == "disk-full"


def test_a_file_that_another_program_holds_is_locked(path: Path) -> None:
    SqliteRecorder(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StoreUnusable) as caught:
        SqliteRecorder(path, timeout=0).close()
    assert caught.value.code == "locked"
    holder.close()


# ---- in trouble later


def test_an_append_to_a_locked_file_is_refused_and_can_be_repeated(path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    with SqliteRecorder(path, timeout=0) as recorder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable) as caught:
            recorder.insert_events(fact("a", 1), expected=0)
        assert caught.value.code == "locked"
        assert recorder.count() == 0  # reading goes on meanwhile
        holder.execute("ROLLBACK")
        assert recorder.insert_events(fact("a", 1), expected=0) == [1]
    holder.close()


def test_an_append_to_a_read_only_database_is_refused_and_can_be_repeated(recorder: SqliteRecorder) -> None:
    recorder._writer.connection.execute("PRAGMA query_only = 1")
    with pytest.raises(StoreUnusable) as caught:
        recorder.insert_events(fact("a", 1), expected=0)
    assert caught.value.code == "read-only"
    recorder._writer.connection.execute("PRAGMA query_only = 0")
    assert recorder.insert_events(fact("a", 1), expected=0) == [1]


def test_a_full_disk_loses_nothing_that_was_acknowledged(recorder: SqliteRecorder) -> None:
    connection = recorder._writer.connection
    connection.execute("PRAGMA max_page_count = 30")
    done = 0

    def append(size: int) -> None:
        nonlocal done
        recorder.insert_events(fact("a", done + 1, size), expected=done, command=(f"c{done + 1}", b"d"))
        done += 1

    def append_for_ever() -> None:
        while True:
            append(3000)

    with pytest.raises(StoreUnusable) as caught:
        append_for_ever()
    assert caught.value.code == "disk-full"
    assert done > 0
    assert recorder.streams() == [("a", done)]
    assert recorder.answer(f"c{done}") == ("a", b"d", done, done)
    assert recorder.answer(f"c{done + 1}") is None

    connection.execute("PRAGMA max_page_count = 1000")
    append(3000)
    assert recorder.streams() == [("a", done)]


MORE_THAN_THERE_IS = 2**62


def test_a_new_ledger_is_not_begun_where_the_disk_is_nearly_full(tmp_path: Path, path: Path) -> None:
    with pytest.raises(StoreUnusable) as caught:
        SqliteRecorder(path, reserve=MORE_THAN_THERE_IS).close()
    assert caught.value.code == "disk-nearly-full"
    assert caught.value.facts["needed"] == MORE_THAN_THERE_IS
    assert 0 < caught.value.facts["free"] < MORE_THAN_THERE_IS
    assert str(caught.value.facts["free"]) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_on_a_nearly_full_disk_a_ledger_is_read_and_not_written_until_there_is_room(path: Path) -> None:
    with SqliteRecorder(path) as recorder:
        recorder.insert_events(fact("a", 1), expected=0)
    with SqliteRecorder(path, reserve=MORE_THAN_THERE_IS) as recorder:
        assert recorder.select_events("a") == fact("a", 1)
        for append in (
            lambda: recorder.insert_events(fact("a", 2), expected=1),
            lambda: recorder.insert_many([(fact("a", 2), 1, None)]),
            lambda: recorder.insert_each([(fact("a", 2), 1, None), (fact("b", 1), 0, None)]),
        ):
            with pytest.raises(StoreUnusable) as caught:
                append()
            assert caught.value.code == "disk-nearly-full"
        assert recorder.count() == 1
        recorder._writer.reserve = 0  # as if room had been made
        assert recorder.insert_events(fact("a", 2), expected=1) == [2]


def test_a_file_deleted_meanwhile_is_not_made_anew_by_reading(path: Path, recorder: SqliteRecorder) -> None:
    path.unlink()
    with pytest.raises(StoreUnusable) as caught:
        recorder.count()
    assert caught.value.code == "unopenable"
    assert not path.exists()


def test_a_damaged_file_is_an_error_and_not_an_empty_answer(path: Path) -> None:
    with SqliteRecorder(path) as recorder:
        for version in range(1, 50):
            recorder.insert_events(fact("a", version, 1000), expected=version - 1)
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xff" * len(content[4096:])
    path.write_bytes(content)
    with SqliteRecorder(path) as recorder, pytest.raises(StoreUnusable) as caught:
        recorder.select_events("a")
    assert caught.value.code == "unopenable"
    assert "malformed" in caught.value.facts["reason"]


# ---- addresses


def test_a_relative_url_is_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with open_recorder("sqlite:///ledger.db") as recorder:
        assert recorder.path == tmp_path / "ledger.db"
        monkeypatch.chdir("/")
        assert recorder.count() == 0
    assert (tmp_path / "ledger.db").exists()


@pytest.mark.parametrize("name", ["ledger.db", "售后 台账.db", "a?b#c%20.db"])
def test_an_absolute_url_may_name_any_file(tmp_path: Path, name: str) -> None:
    escaped = name.replace("%", "%25").replace("?", "%3F").replace("#", "%23")
    with open_recorder(f"sqlite:///{tmp_path}/{escaped}?timeout=2.5") as recorder:
        assert recorder.path == tmp_path / name
        assert recorder._writer._timeout == 2.5
        assert recorder._read("PRAGMA busy_timeout") == [(2500,)]
        assert recorder.count() == 0
    assert [each.name for each in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:///x.db?timout=5", "unknown option 'timout'"),
        ("sqlite:///x.db?mode=ro", "unknown option 'mode'"),
        ("sqlite:///x.db?mode=ro", "there are timeout, in seconds, and durability"),
        ("sqlite:///x.db?synchronous=OFF", "unknown option 'synchronous'"),
        ("sqlite:///x.db?durability=none", "durability is 'none'; write full or may-lose-last-minute"),
        ("sqlite:///x.db?durability=", "durability is ''; write full or may-lose-last-minute"),
        ("sqlite:///x.db?durability=full&durability=NORMAL", "durability is 'NORMAL'"),
        ("sqlite:///x.db?timeout=", "timeout is ''"),
        ("sqlite:///x.db?timeout=soon", "timeout is 'soon'"),
        ("sqlite:///x.db?timeout=-1", "timeout is '-1'"),
        ("sqlite:///x.db?timeout=nan", "timeout is 'nan'"),
        ("sqlite:///x.db?timeout=1e99", "timeout is '1e99'"),
        ("sqlite:///x.db#1", "written %23"),
        ("sqlite://x.db", "sqlite:///relative.db"),
        ("sqlite:x.db", "sqlite:///relative.db"),
        ("postgres:///x", "sqlite:///relative.db"),
        ("sqlite://[x/y.db", "IPv6"),
        ("sqlite:///", "needs a file name"),
        ("sqlite:///:memory:", "needs a file name"),
        ("", "sqlite:///relative.db"),
    ],
)
def test_a_url_that_is_not_understood_is_refused_with_the_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreUnusable) as caught:
        open_recorder(url).close()
    assert caught.value.code == "unopenable"
    assert reason in caught.value.facts["reason"]
    assert list(tmp_path.iterdir()) == []
