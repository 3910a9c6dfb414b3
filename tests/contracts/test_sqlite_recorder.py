"""The SQLite recorder keeps eventsourcing's contract, and the promises the ledger builds on."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any, ClassVar
from unittest import TestCase
from uuid import uuid4

import pytest
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import IntegrityError, Notification, ProgrammingError, StoredEvent, Tracking
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)

from aftersales_sqlite import SqliteFactory, SqliteRecorder

# ---- the library's own suites


class OnAFile(TestCase):
    """Gives every test of a shipped suite a new file; ids are UUIDs, the suites' default."""

    recorder_class = SqliteRecorder
    options: ClassVar[dict[str, Any]] = {"originator_id_type": "uuid"}

    def create_recorder(self) -> SqliteRecorder:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        recorder = self.recorder_class(Path(folder.name) / "ledger.db", **self.options)
        self.addCleanup(recorder.close)
        return recorder


class WithTextIds(OnAFile):
    options: ClassVar[dict[str, Any]] = {}

    def new_originator_id(self) -> str:
        return f"工单-{uuid4()}"


class SilentRecorder(SqliteRecorder):
    """The aggregate suite insists that its recorders have no positions to tell."""

    def insert_events(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        super().insert_events(*args, **kwargs)


class TestAggregateSuite(OnAFile, AggregateRecorderTestCase):
    recorder_class = SilentRecorder


class TestAggregateSuiteWithTextIds(WithTextIds, AggregateRecorderTestCase):
    recorder_class = SilentRecorder


class TestApplicationSuite(OnAFile, ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationSuiteWithTextIds(WithTextIds, ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestBatchesDoNotInterleave(OnAFile, NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000


del AggregateRecorderTestCase, ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase
del OnAFile, WithTextIds


# ---- our promises


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def recorder(path: Path) -> Iterator[SqliteRecorder]:
    with SqliteRecorder(path) as recorder:
        yield recorder


def facts(stream: str, first: int, last: int, topic: str = "t", state: bytes = b"{}") -> list[StoredEvent]:
    return [StoredEvent(stream, version, topic, state) for version in range(first, last + 1)]


def child(script: str, *args: object) -> subprocess.Popen[str]:
    """A Python process of its own, with the imports of this one; it says what it did, line by line."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def test_an_append_returns_its_positions_in_order(recorder: SqliteRecorder) -> None:
    assert recorder.insert_events(facts("a", 1, 1), expected=0) == [1]
    assert recorder.insert_events(facts("b", 1, 3), expected=0) == [2, 3, 4]
    assert recorder.insert_events(facts("a", 2, 3), expected=1) == [5, 6]
    assert [
        (n.id, n.originator_id, n.originator_version) for n in recorder.select_notifications(None, 10)
    ] == [
        (1, "a", 1),
        (2, "b", 1),
        (3, "b", 2),
        (4, "b", 3),
        (5, "a", 2),
        (6, "a", 3),
    ]


def test_an_append_of_nothing_writes_nothing(recorder: SqliteRecorder) -> None:
    assert recorder.insert_events([], expected=7, command=("c", b"d")) == []
    assert recorder.answer("c") is None
    assert recorder.count() == 0


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
def test_an_append_at_another_version_than_expected_writes_nothing(
    recorder: SqliteRecorder, expected: int
) -> None:
    recorder.insert_events(facts("a", 1, 2), expected=0)
    with pytest.raises(IntegrityError, match="'a' is at version 2, not"):
        recorder.insert_events(facts("a", expected + 1, expected + 2), expected=expected, command=("c", b"d"))
    assert recorder.count() == 2
    assert recorder.answer("c") is None


@pytest.mark.parametrize(
    "events",
    [
        [*facts("a", 1, 1), *facts("a", 3, 3)],
        [*facts("a", 1, 1), *facts("b", 2, 2)],
        [*facts("a", 1, 1), *facts("a", 1, 1)],
        facts("a", 2, 2),
        facts("a", 0, 0),
    ],
    ids=["a hole", "another stream", "twice the same", "starts late", "starts early"],
)
def test_an_append_that_is_not_one_streams_next_versions_writes_nothing(
    recorder: SqliteRecorder, events: list[StoredEvent]
) -> None:
    with pytest.raises(IntegrityError, match="numbered without a hole"):
        recorder.insert_events(events, expected=0)
    assert recorder.count() == 0


def test_a_command_is_answered_with_the_versions_it_led_to(recorder: SqliteRecorder) -> None:
    recorder.insert_events(facts("a", 1, 1), expected=0, command=("open", b"\x00digest"))
    recorder.insert_events(facts("a", 2, 4), expected=1, command=("go on", b"\x01"))
    assert recorder.answer("open") == ("a", b"\x00digest", 1, 1)
    assert recorder.answer("go on") == ("a", b"\x01", 2, 4)
    assert recorder.answer("unheard of") is None


def test_a_command_id_that_is_known_writes_nothing(recorder: SqliteRecorder) -> None:
    recorder.insert_events(facts("a", 1, 1), expected=0, command=("c", b"first"))
    for stream, version in [("a", 2), ("b", 1)]:
        with pytest.raises(IntegrityError):
            recorder.insert_events(facts(stream, version, version), expected=version - 1, command=("c", b"2"))
    assert recorder.answer("c") == ("a", b"first", 1, 1)
    assert recorder.streams() == [("a", 1)]


def test_a_keyword_that_would_be_dropped_is_refused(recorder: SqliteRecorder) -> None:
    assert recorder.insert_events(facts("a", 1, 1), tracking=None) == [1]
    with pytest.raises(ProgrammingError, match="tracking"):
        recorder.insert_events(facts("a", 2, 2), tracking=Tracking("up", 1))
    with pytest.raises(ProgrammingError, match="expecting"):
        recorder.insert_events(facts("a", 2, 2), expecting=1)
    assert recorder.count() == 1


def test_a_failed_append_leaves_the_recorder_fit_for_the_next(recorder: SqliteRecorder) -> None:
    bad = StoredEvent("a", 1, "t", None)  # type: ignore[arg-type]
    with pytest.raises(IntegrityError):
        recorder.insert_events([bad])
    with pytest.raises(OverflowError):
        recorder.insert_events([*facts("a", 1, 1), StoredEvent("a", 2**63, "t", b"")])
    assert recorder.insert_events(facts("a", 1, 1), expected=0) == [1]


def test_many_batches_are_written_in_one_go(recorder: SqliteRecorder) -> None:
    recorder.insert_events(facts("old", 1, 2), expected=0)
    recorder.insert_many(
        [
            (facts("old", 3, 3), 2, ("c1", b"1")),
            (facts("new", 1, 2), 0, None),
            ([], 5, ("empty", b"")),
            (facts("new", 3, 4), 2, ("c2", b"2")),
        ]
    )
    assert recorder.streams() == [("new", 4), ("old", 3)]
    assert recorder.answer("c1") == ("old", b"1", 3, 3)
    assert recorder.answer("c2") == ("new", b"2", 3, 4)
    assert recorder.answer("empty") is None
    assert [n.id for n in recorder.select_notifications(1, 100)] == list(range(1, 8))


@pytest.mark.parametrize(
    "bad",
    [
        (facts("b", 1, 1), 0, ("known", b"")),
        (facts("b", 1, 1), 0, ("c", b"twice in this call")),
        (facts("x", 1, 1), 0, None),
        (facts("n", 3, 3), 2, None),
        (facts("q", 2, 2), 1, None),
        ([*facts("b", 1, 1), *facts("c", 2, 2)], 0, None),
    ],
    ids=[
        "known command",
        "command twice",
        "taken",
        "ahead of its own batch",
        "unknown stream",
        "two streams",
    ],
)
def test_one_bad_batch_among_many_writes_nothing(
    recorder: SqliteRecorder, bad: tuple[list[StoredEvent], int, tuple[str, bytes] | None]
) -> None:
    recorder.insert_events(facts("x", 1, 1), expected=0, command=("known", b""))
    with pytest.raises(IntegrityError):
        recorder.insert_many([(facts("n", 1, 1), 0, ("c", b"")), bad, (facts("z", 1, 1), 0, None)])
    assert recorder.streams() == [("x", 1)]
    assert recorder.answer("c") is None


def test_streams_are_listed_page_by_page_in_id_order(recorder: SqliteRecorder) -> None:
    ids = [f"T{number:03}" for number in range(25)]
    recorder.insert_many(
        [(facts(stream, 1, 1 + index % 3), 0, None) for index, stream in enumerate(reversed(ids))]
    )
    listed: list[tuple[str, int]] = []
    while page := recorder.streams(after=listed[-1][0] if listed else "", limit=10):
        listed += page
    assert listed == [(stream, 1 + (24 - index) % 3) for index, stream in enumerate(ids)]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
def test_a_scan_gives_every_row_stream_by_stream(recorder: SqliteRecorder, limit: int) -> None:
    for version in (1, 2, 3):
        for stream in ("b", "a", "c"):
            recorder.insert_events(
                facts(stream, version, version, state=stream.encode()), expected=version - 1
            )
    assert list(recorder.scan(limit=limit)) == [
        (stream, version, "t", stream.encode(), 3 * (version - 1) + "bac".index(stream) + 1)
        for stream in "abc"
        for version in (1, 2, 3)
    ]
    assert [row[:2] for row in recorder.scan(after="b", limit=limit)] == [("c", 1), ("c", 2), ("c", 3)]


def test_a_scan_shows_the_moment_of_its_call(recorder: SqliteRecorder) -> None:
    recorder.insert_many([(facts(stream, 1, 2), 0, None) for stream in "ab"])
    rows = recorder.scan(limit=1)
    seen = [next(rows)]
    recorder.insert_events(facts("a", 3, 3), expected=2)
    recorder.insert_events(facts("b", 3, 3), expected=2)
    recorder.insert_events(facts("c", 1, 1), expected=0)
    assert [row[:2] for row in [*seen, *rows]] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


def test_a_position_is_not_given_twice_after_its_row_was_deleted_by_hand(
    path: Path, recorder: SqliteRecorder
) -> None:
    recorder.insert_events(facts("a", 1, 3), expected=0)
    by_hand = sqlite3.connect(path, isolation_level=None)
    by_hand.execute("DELETE FROM stored_events WHERE position = 3")
    by_hand.close()
    assert recorder.max_notification_id() == 2
    assert recorder.insert_events(facts("a", 3, 3), expected=2) == [4]


def test_a_thread_that_ends_gives_its_connection_back(path: Path, recorder: SqliteRecorder) -> None:
    for _ in range(50):
        thread = Thread(target=recorder.count)
        thread.start()
        thread.join()
    assert len(recorder._readers._all) == 0


# ---- crashes and other processes

APPEND_UNTIL_KILLED = """
import sys
from itertools import count
from eventsourcing.persistence import StoredEvent
from aftersales_sqlite import SqliteRecorder
recorder = SqliteRecorder(sys.argv[1])
versions = [0] * 5
for number in count():
    n, size = number % 5, 1 + number % 3
    events = [StoredEvent(f"s{n}", versions[n] + 1 + i, "t", b"x" * 300) for i in range(size)]
    positions = recorder.insert_events(events, expected=versions[n], command=(f"c{number}", b"d"))
    versions[n] += size
    print(f"c{number}", f"s{n}", versions[n], positions[-1], flush=True)
"""


def test_every_acknowledged_append_survives_kill_9(path: Path) -> None:
    with child(APPEND_UNTIL_KILLED, path) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(300)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line for line in writer.stdout if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL

    with SqliteRecorder(path) as recorder:
        assert recorder._read("PRAGMA integrity_check") == [("ok",)]
        last = 0
        for line in acknowledged:
            command, stream, version, position = line.split()
            answer = recorder.answer(command)
            assert answer is not None
            assert (answer[0], answer[3]) == (stream, int(version))
            last = int(position)
        rows = list(recorder.scan())
        for stream, top in recorder.streams():
            assert [row[1] for row in rows if row[0] == stream] == list(range(1, top + 1))
            # Nothing without its command, and no command without its events.
            assert recorder.insert_events(facts(stream, top + 1, top + 1), expected=top)
        assert sorted(row[4] for row in rows) == list(range(1, len(rows) + 1))
        assert last <= len(rows) <= last + 3  # at most one append was written and not yet acknowledged


APPEND_TO_ONE_STREAM = """
import sys
from eventsourcing.persistence import IntegrityError, StoredEvent
from aftersales_sqlite import SqliteRecorder
with SqliteRecorder(sys.argv[1]) as recorder:
    print("ready", flush=True)
    sys.stdin.readline()
    done = 0
    while done < 100:
        tail = recorder.select_events("one", desc=True, limit=1)
        top = tail[0].originator_version if tail else 0
        state = f"{sys.argv[2]}-{done}".encode()
        try:
            recorder.insert_events([StoredEvent("one", top + 1, "t", state)], expected=top, command=(state.decode(), b""))
        except IntegrityError:
            continue
        done += 1
"""


def test_two_processes_on_one_stream_make_no_hole_and_no_duplicate(path: Path) -> None:
    with (
        child(APPEND_TO_ONE_STREAM, path, "left") as left,
        child(APPEND_TO_ONE_STREAM, path, "right") as right,
    ):
        for process in (left, right):
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in (left, right):
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
    assert (left.returncode, right.returncode) == (0, 0)

    with SqliteRecorder(path) as recorder:
        events = recorder.select_events("one")
    assert [e.originator_version for e in events] == list(range(1, 201))
    states = [e.state.decode() for e in events]
    for name in ("left", "right"):
        assert [s for s in states if s.startswith(name)] == [f"{name}-{n}" for n in range(100)]


# ---- following


@pytest.mark.parametrize("topics", [(), ("even", "end")], ids=["all topics", "some topics"])
def test_a_live_tail_under_four_writers_misses_nothing(
    recorder: SqliteRecorder, topics: tuple[str, ...]
) -> None:
    def write(name: str) -> list[int]:
        positions: list[int] = []
        version = 0
        for number in range(60):
            size = 1 + (number * 7 + len(name)) % 9
            topic = "odd" if number % 2 else "even"
            events = facts(name, version + 1, version + size, topic)
            mine = recorder.insert_events(events, expected=version)
            positions += mine if not topics or topic in topics else []
            version += size
        return positions

    with recorder.subscribe(topics=topics) as tail, ThreadPoolExecutor(5) as pool:

        def follow() -> list[int]:
            seen: list[int] = []
            for notification in tail:
                if notification.topic == "end":
                    return seen
                seen.append(notification.id)
            raise AssertionError("the subscription ended by itself")

        followed = pool.submit(follow)
        writers = [pool.submit(write, "w" * n) for n in (1, 2, 3, 4)]
        written = sorted(position for writer in writers for position in writer.result())
        recorder.insert_events(facts("end", 1, 1, "end"))
        assert followed.result() == written


APPEND_TEN = """
import sys
from eventsourcing.persistence import StoredEvent
from aftersales_sqlite import SqliteRecorder
with SqliteRecorder(sys.argv[1]) as recorder:
    for version in range(1, 11):
        recorder.insert_events([StoredEvent("elsewhere", version, "t", b"")], expected=version - 1)
"""


def test_a_live_tail_sees_what_another_process_writes(path: Path, recorder: SqliteRecorder) -> None:
    recorder.insert_events(facts("here", 1, 1))
    with recorder.subscribe(gt=1) as tail, child(APPEND_TEN, path) as writer:
        guard = Timer(60, tail.stop)  # a tail that is never woken fails this test instead of hanging it
        guard.start()
        seen = [notification.originator_version for notification in islice(tail, 10)]
        guard.cancel()
    assert writer.returncode == 0
    assert seen == list(range(1, 11))


class WatchedRecorder(SqliteRecorder):
    """Notes from where the log is read, and tells when a reading is over."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.starts: list[int] = []
        self.read = Event()

    def select_notifications(self, start: int | None, *args: Any, **kwargs: Any) -> Sequence[Notification]:
        self.starts.append(start or 0)
        found = super().select_notifications(start, *args, **kwargs)
        self.read.set()
        return found


def test_a_tail_for_a_rare_topic_does_not_read_the_whole_ledger_again(path: Path) -> None:
    with WatchedRecorder(path) as recorder:
        recorder.insert_events(facts("a", 1, 700))
        with recorder.subscribe(topics=("rare",)) as tail:
            recorder.read.wait()
            recorder.insert_events([*facts("a", 701, 701), *facts("a", 702, 702, "rare")])
            assert next(tail).id == 702
    assert recorder.starts[0] == 0
    assert min(recorder.starts[1:]) == 700


@pytest.mark.parametrize("end", ["subscription", "recorder"])
def test_stopping_ends_an_iteration_that_waits_in_another_thread(recorder: SqliteRecorder, end: str) -> None:
    recorder.insert_events(facts("a", 1, 1))
    tail = recorder.subscribe()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(next, tail)
        assert first.result().id == 1
        rest = pool.submit(list, tail)
        if end == "subscription":
            tail.stop()
        else:
            recorder.close()
            assert not tail._pull_thread.is_alive()
        assert rest.result() == []
    tail.join()
    assert recorder._followers == ()


def test_an_error_while_following_reaches_whoever_iterates(recorder: SqliteRecorder) -> None:
    recorder.close()
    with recorder.subscribe() as tail, pytest.raises(ProgrammingError, match="closed"):
        next(tail)
    assert recorder._followers == ()


# ---- for programs built on eventsourcing


class Door(Aggregate):
    @event("Opened")
    def __init__(self, colour: str) -> None:
        self.colour = colour

    @event("Painted")
    def paint(self, colour: str) -> None:
        self.colour = colour


def test_an_application_of_eventsourcing_runs_on_the_factory(path: Path) -> None:
    env = {"PERSISTENCE_MODULE": "aftersales_sqlite.factory:SqliteFactory", "SQLITE_DBNAME": str(path)}
    with Application[Any](env=env) as app:
        door = Door("red")
        door.paint("blue")
        assert [recording.notification.id for recording in app.save(door)] == [1, 2]
    with Application[Any](env=env) as app:
        assert app.repository.get(door.id).colour == "blue"
        assert [n.id for n in app.notification_log.select(1, 10)] == [1, 2]


def test_the_factory_says_what_it_does_not_do(path: Path) -> None:
    with SqliteFactory({"SQLITE_DBNAME": str(path)}) as factory:
        with pytest.raises(NotImplementedError, match="IS_SNAPSHOTTING_ENABLED"):
            factory.aggregate_recorder("snapshots")
        with pytest.raises(NotImplementedError, match="its own"):
            factory.tracking_recorder()
        with pytest.raises(NotImplementedError, match="projection"):
            factory.process_recorder()
        assert factory.aggregate_recorder() is factory.application_recorder()
        factory.close()


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"SQLITE_DBNAME": "x.db", "SQLITE_LOCK_TIMEOUT": "soon"},
        {"SQLITE_DBNAME": "x.db", "ORIGINATOR_ID_TYPE": "int"},
    ],
)
def test_the_factory_refuses_settings_it_cannot_read(env: dict[str, str]) -> None:
    with pytest.raises(OSError, match=r"set one of|write"):
        SqliteFactory(env)
