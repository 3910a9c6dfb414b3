"""The SQLite recorder keeps eventsourcing's contract, and the promises the ledger builds on."""

from __future__ import annotations

import signal
import sqlite3
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
from tests.children import child, start_together

from aftersales_core.testing.recorder_contract import FollowedContract
from aftersales_core.testing.recorder_contract import events as facts
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


class TestPromises(FollowedContract):
    """With the fixture `recorder` of this module."""


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
        start_together(left, right)
    assert (left.returncode, right.returncode) == (0, 0)

    with SqliteRecorder(path) as recorder:
        events = recorder.select_events("one")
    assert [e.originator_version for e in events] == list(range(1, 201))
    states = [e.state.decode() for e in events]
    for name in ("left", "right"):
        assert [s for s in states if s.startswith(name)] == [f"{name}-{n}" for n in range(100)]


# ---- following


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


def test_closing_ends_an_iteration_that_waits_in_another_thread(recorder: SqliteRecorder) -> None:
    recorder.insert_events(facts("a", 1, 1))
    tail = recorder.subscribe()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(next, tail)
        assert first.result().id == 1
        rest = pool.submit(list, tail)
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
