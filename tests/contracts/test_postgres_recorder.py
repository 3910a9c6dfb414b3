"""The PostgreSQL recorder keeps eventsourcing's contract, the promises of the SQLite one, and those a server can break."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from select import select
from threading import Barrier, Thread
from typing import Any, ClassVar
from unittest import TestCase
from uuid import uuid4

import psycopg
import pytest
from eventsourcing.application import Application
from eventsourcing.persistence import DataError, IntegrityError, InternalError, ProgrammingError, StoredEvent
from eventsourcing.tests.persistence import (
    AggregateRecorderTestCase,
    ApplicationRecorderTestCase,
    NonInterleavingNotificationIDsBaseCase,
)
from tests.children import child, start_together
from tests.contracts.test_sqlite_recorder import (  # noqa: F401 - the same promises, kept by the fixture below
    Door,
    test_a_keyword_that_would_be_dropped_is_refused,
    test_an_error_while_following_reaches_whoever_iterates,
    test_closing_ends_an_iteration_that_waits_in_another_thread,
)
from tests.postgres import Server, by_hand

from aftersales_core.addresses import server_address
from aftersales_core.errors import StoreUnusable
from aftersales_core.testing.recorder_contract import FollowedContract
from aftersales_core.testing.recorder_contract import events as facts
from aftersales_postgres import PostgresFactory, PostgresRecorder, open_recorder
from aftersales_postgres.connections import MOST

# ---- the library's own suites


class InASchema(TestCase):
    """Gives every test of a shipped suite a new schema; ids are UUIDs, the suites' default."""

    recorder_class = PostgresRecorder
    options: ClassVar[dict[str, Any]] = {"originator_id_type": "uuid"}

    @pytest.fixture(autouse=True)
    def _server(self, postgres: Server) -> None:
        self.server = postgres

    def create_recorder(self) -> PostgresRecorder:
        recorder = self.recorder_class(server_address(self.server.new_url()), **self.options)
        self.addCleanup(recorder.close)
        return recorder


class WithTextIds(InASchema):
    options: ClassVar[dict[str, Any]] = {}

    def new_originator_id(self) -> str:
        return f"工单-{uuid4()}"


class SilentRecorder(PostgresRecorder):
    """The aggregate suite insists that its recorders have no positions to tell."""

    def insert_events(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        super().insert_events(*args, **kwargs)


class TestAggregateSuite(InASchema, AggregateRecorderTestCase):
    recorder_class = SilentRecorder


class TestAggregateSuiteWithTextIds(WithTextIds, AggregateRecorderTestCase):
    recorder_class = SilentRecorder


class TestApplicationSuite(InASchema, ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestApplicationSuiteWithTextIds(WithTextIds, ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestBatchesDoNotInterleave(InASchema, NonInterleavingNotificationIDsBaseCase):
    insert_num = 1000


del AggregateRecorderTestCase, ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase
del InASchema, WithTextIds


# ---- the promises of every recorder, here


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_url()


@pytest.fixture
def recorder(url: str) -> Iterator[PostgresRecorder]:
    with open_recorder(url) as recorder:
        yield recorder


class TestPromises(FollowedContract):
    """With the fixture `recorder` of this module."""


def test_a_failed_append_leaves_the_recorder_fit_for_the_next(recorder: PostgresRecorder) -> None:
    with pytest.raises(IntegrityError):
        recorder.insert_events([StoredEvent("a", 1, "t", None)])  # type: ignore[arg-type]
    with pytest.raises(DataError):
        recorder.insert_events([*facts("a", 1, 1), StoredEvent("a", 2**63, "t", b"")])
    with pytest.raises(DataError):
        recorder.insert_events(facts("a\0b", 1, 1))
    assert recorder.insert_events(facts("a", 1, 1), expected=0)
    assert recorder.count() == 1


def test_an_append_behind_or_ahead_of_the_times_costs_no_position(recorder: PostgresRecorder) -> None:
    recorder.insert_events(facts("a", 1, 1), expected=0)
    for expected, size in [(0, 1), (0, 2), (9, 1), (9, 2)]:
        with pytest.raises(IntegrityError):
            recorder.insert_events(facts("a", expected + 1, expected + size), expected=expected)
    assert recorder.insert_events(facts("a", 2, 2), expected=1) == [2]


def test_a_position_is_not_given_twice_after_its_row_was_deleted_by_hand(url: str, recorder: PostgresRecorder) -> None:
    recorder.insert_events(facts("a", 1, 3), expected=0)
    with by_hand(url) as connection:
        connection.execute("DELETE FROM stored_events WHERE position = 3")
    assert recorder.max_notification_id() == 2
    assert recorder.insert_events(facts("a", 3, 3), expected=2) == [4]


def test_a_hole_left_by_a_lost_event_is_not_written_over(url: str, recorder: PostgresRecorder) -> None:
    # what a fail-over to a standby that lagged behind leaves: the caller saw version 3 acknowledged, and it is gone
    recorder.insert_events(facts("a", 1, 3), expected=0)
    with by_hand(url) as connection:
        connection.execute("DELETE FROM stored_events WHERE originator_version = 3")
    with pytest.raises(IntegrityError, match="at version 2, not 3"):
        recorder.insert_events(facts("a", 4, 4), expected=3)
    assert recorder.version("a") == 2


def test_more_threads_than_connections_all_get_their_turn(url: str) -> None:
    with open_recorder(url) as recorder, ThreadPoolExecutor(24) as pool:

        def write(number: int) -> list[int]:
            return [recorder.insert_events(facts(f"s{number}", v, v), expected=v - 1)[0] for v in range(1, 6)]

        written = sorted(position for found in pool.map(write, range(24)) for position in found)
    assert written == list(range(1, 121))


def test_a_thread_that_waits_for_a_connection_comes_before_those_that_come_back(url: str) -> None:
    threads = 2 * MOST
    told: dict[int, str] = {}

    def append(recorder: PostgresRecorder, number: int) -> None:
        version = 0
        while len(told) < threads:
            try:
                recorder.insert_events(facts(f"s{number}", version + 1, version + 1), expected=version)
            except StoreUnusable as problem:
                told[number] = problem.code
                return
            version += 1
            told.setdefault(number, "recorded")

    with open_recorder(f"{url}&timeout=4") as recorder, ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(append, recorder, number) for number in range(threads)]:
            done.result()
    assert told == dict.fromkeys(range(threads), "recorded")


def test_a_closed_recorder_says_so(url: str) -> None:
    recorder = open_recorder(url)
    recorder.count()
    recorder.close()
    recorder.close()
    with pytest.raises(ProgrammingError, match="closed"):
        recorder.count()
    with pytest.raises(ProgrammingError, match="closed"):
        recorder.insert_many([(facts("a", 1, 1), 0, None)])


# ---- several programs

APPEND_TO_ONE_STREAM = """
import sys
from eventsourcing.persistence import IntegrityError, StoredEvent
from aftersales_postgres import open_recorder
with open_recorder(sys.argv[1]) as recorder:
    print("ready", flush=True)
    sys.stdin.readline()
    done = 0
    while done < 60:
        top = recorder.version("one")
        state = f"{sys.argv[2]}-{done}".encode()
        try:
            recorder.insert_events([StoredEvent("one", top + 1, "t", state)], expected=top, command=(state.decode(), b""))
        except IntegrityError:
            continue
        done += 1
"""


def test_two_processes_on_one_stream_make_no_hole_and_no_duplicate(url: str) -> None:
    with child(APPEND_TO_ONE_STREAM, url, "left") as left, child(APPEND_TO_ONE_STREAM, url, "right") as right:
        start_together(left, right)
    assert (left.returncode, right.returncode) == (0, 0)

    with open_recorder(url) as recorder:
        events = recorder.select_events("one")
    assert [e.originator_version for e in events] == list(range(1, 121))
    states = [e.state.decode() for e in events]
    for name in ("left", "right"):
        assert [s for s in states if s.startswith(name)] == [f"{name}-{n}" for n in range(60)]


def test_several_that_open_a_new_ledger_at_once_open_the_same(url: str) -> None:
    ready = Barrier(6)

    def opening(number: int) -> int:
        ready.wait()
        with open_recorder(url) as recorder:
            return recorder.insert_events(facts(f"s{number}", 1, 1), expected=0)[0]

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(opening, range(6))) == [1, 2, 3, 4, 5, 6]


# ---- crashes: of a writer, of a connection, of the server

APPEND_UNTIL_KILLED = """
import sys
from itertools import count
from eventsourcing.persistence import StoredEvent
from aftersales_core.errors import StoreUnusable
from aftersales_core.testing.recorder_contract import FollowedContract
from aftersales_core.testing.recorder_contract import events as facts
from aftersales_postgres import open_recorder
recorder = open_recorder(sys.argv[1])
versions = [0] * 5
for number in count():
    n, size = number % 5, 1 + number % 3
    events = [StoredEvent(f"s{n}", versions[n] + 1 + i, "t", b"x" * 300) for i in range(size)]
    told = False
    while True:
        # what was not answered is sent again under the same id, as a desk does
        if told and recorder.answer(f"c{number}") is not None:
            break
        try:
            recorder.insert_events(events, expected=versions[n], command=(f"c{number}", b"d"))
            break
        except StoreUnusable as problem:
            if not told:
                print("down", problem.code, flush=True)
            told = True
            while True:
                try:
                    recorder.count()
                    break
                except StoreUnusable:
                    pass
    versions[n] += size
    print(f"c{number}", f"s{n}", versions[n], flush=True)
"""


def _check_acknowledged(url: str, acknowledged: list[str]) -> None:
    """All that was acknowledged is there, each command once, every stream without a hole."""
    with open_recorder(url) as recorder:
        for line in acknowledged:
            command, stream, version = line.split()
            answer = recorder.answer(command)
            assert answer is not None
            assert (answer[0], answer[3]) == (stream, int(version))
        rows = list(recorder.scan())
        for stream, top in recorder.streams():
            assert [row[1] for row in rows if row[0] == stream] == list(range(1, top + 1))
            assert recorder.insert_events(facts(stream, top + 1, top + 1), expected=top)
        written = sum(1 + number % 3 for number in range(len(acknowledged)))
        assert written <= len(rows) <= written + 3  # at most one append was written and not yet acknowledged


def test_every_acknowledged_append_survives_kill_9_of_the_writer(url: str) -> None:
    with child(APPEND_UNTIL_KILLED, url) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(200)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line for line in writer.stdout if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL
    _check_acknowledged(url, acknowledged)


@pytest.mark.parametrize("mode", ["immediate", "fast"])
def test_a_writer_goes_on_after_the_server_crashed_and_nothing_acknowledged_is_lost(
    postgres: Server, url: str, mode: str
) -> None:
    with child(APPEND_UNTIL_KILLED, url) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(100)]
        postgres.stop(mode)
        try:
            while not said[-1].startswith("down"):
                said.append(writer.stdout.readline())
        finally:
            postgres.start()
        said += [writer.stdout.readline() for _ in range(100)]
        writer.send_signal(signal.SIGKILL)
        said += [line for line in writer.stdout if line.endswith("\n")]
    told = {line.split()[1] for line in said if line.startswith("down")}
    assert told <= {"connection-lost", "unreachable"}
    _check_acknowledged(url, [line for line in said if not line.startswith("down")])


def test_without_a_server_every_call_says_so_and_works_again_afterwards(
    postgres: Server, recorder: PostgresRecorder
) -> None:
    recorder.insert_events(facts("a", 1, 1), expected=0, command=("c1", b"1"))
    calls = [
        recorder.count, recorder.max_notification_id, recorder.streams,
        lambda: recorder.rows("a"), lambda: recorder.answer("c1"), lambda: recorder.log(0, 10),
        lambda: recorder.insert_events(facts("a", 2, 2), expected=1, command=("c2", b"2")),
        lambda: recorder.insert_many([(facts("b", 1, 1), 0, None)]),
    ]  # fmt: skip
    postgres.stop()
    try:
        for call in calls:
            with pytest.raises(StoreUnusable) as caught:
                call()
            assert caught.value.code == "unreachable"
            assert "连不上" in caught.value.sentence("zh")
            assert "cannot be reached" in caught.value.sentence("en")
    finally:
        postgres.start()
    for call in calls:
        call()
    assert recorder.streams() == [("a", 2), ("b", 1)]


def test_a_backend_that_was_ended_is_replaced(url: str, recorder: PostgresRecorder) -> None:
    recorder.insert_events(facts("a", 1, 1), expected=0)
    end = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'aftersales'"
    with by_hand(url) as connection:
        assert connection.execute(end).fetchall()
        assert recorder.insert_events(facts("a", 2, 2), expected=1) == [2]
        connection.execute(end)
        assert recorder.count() == 2


class Line:
    """A line to the server that can be cut at a chosen place."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.cut = ""
        self.when_cut: Callable[[], None] = lambda: None
        self._server = str(server.folder / ".s.PGSQL.5432")
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(folder / ".s.PGSQL.5432"))
        self._door.listen()
        self._thread = Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                Thread(target=self._talk, args=(client,)).start()

    def _talk(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, suppress(OSError):
            server.connect(self._server)
            ways = {client: (server, "before the server heard"), server: (client, "before the answer came")}
            while True:
                for source in select([client, server], [], [])[0]:
                    found = source.recv(1 << 20)
                    target, place = ways[source]
                    if not found:
                        return
                    if self.cut == place:
                        self.cut = ""
                        self.when_cut()
                        return
                    target.sendall(found)

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join()


@pytest.fixture
def line(postgres: Server) -> Iterator[Line]:
    folder = postgres.folder / "line"
    folder.mkdir(exist_ok=True)
    (folder / ".s.PGSQL.5432").unlink(missing_ok=True)
    line = Line(postgres, folder)
    yield line
    line.close()


@pytest.fixture
def cuttable(postgres: Server, line: Line) -> Iterator[PostgresRecorder]:
    url = postgres.new_url().replace(str(postgres.folder), str(postgres.folder / "line"))
    with open_recorder(f"{url}&sslmode=disable&gssencmode=disable") as recorder:
        recorder._bell.close()  # nobody else may come to the place where the line is cut
        recorder.count()
        yield recorder


@pytest.mark.parametrize("place", ["before the server heard", "before the answer came"])
def test_an_append_whose_line_was_cut_is_recorded_once_and_answered(
    cuttable: PostgresRecorder, line: Line, place: str
) -> None:
    assert cuttable.insert_events(facts("a", 1, 2), expected=0, command=("c1", b"1")) == [1, 2]
    line.cut = place
    assert cuttable.insert_events(facts("a", 3, 5), expected=2, command=("c2", b"2")) == [3, 4, 5]
    assert line.cut == ""
    assert cuttable.streams() == [("a", 5)]
    assert cuttable.answer("c2") == ("a", b"2", 3, 5)


def test_without_a_command_id_a_cut_line_never_records_twice(cuttable: PostgresRecorder, line: Line) -> None:
    cuttable.insert_events(facts("a", 1, 1), expected=0)
    line.cut = "before the answer came"
    with pytest.raises(StoreUnusable) as caught:
        cuttable.insert_events(facts("a", 2, 2), expected=1)
    assert caught.value.code == "connection-lost"  # it was written, and nothing tells it from what another wrote
    assert cuttable.streams() == [("a", 2)]


def test_without_command_ids_several_appends_on_a_cut_line_are_not_told_to_be_refused(
    cuttable: PostgresRecorder, line: Line
) -> None:
    # so that the statement is known there, with parameters of the same types, and its answer is the first thing to come
    assert cuttable.insert_each([(facts("a", 1, 1), 0, None), (facts("z", 1, 1), 0, ("z", b"z"))]) == [True, True]
    batches = [(facts("a", 2, 2), 1, None), (facts("b", 1, 1), 0, ("c", b"d"))]
    line.cut = "before the answer came"
    with pytest.raises(StoreUnusable) as caught:
        cuttable.insert_each(batches)
    assert caught.value.code == "connection-lost"
    assert cuttable.streams() == [("a", 2), ("b", 1), ("z", 1)]


def test_a_cut_line_does_not_make_one_append_that_somebody_else_wrote_vouch_for_the_others(
    url: str, cuttable: PostgresRecorder, line: Line
) -> None:
    def write_the_first() -> None:
        with by_hand(cuttable._connections.address.url.replace("/line", "")) as somebody:
            somebody.execute("SELECT set_config('search_path', %s, false)", (cuttable._connections.address.schema,))
            somebody.execute(
                "INSERT INTO stored_events (originator_id, originator_version, topic, state, command_id, command_digest,"
                " command_rows) VALUES ('a', 1, 't', '', 'c1', '1', 1)"
            )

    line.when_cut = write_the_first
    line.cut = "before the server heard"
    batches = [(facts("a", 1, 1), 0, ("c1", b"1")), (facts("b", 1, 1), 0, ("c2", b"2")), (facts("a", 1, 1), 0, ("c3", b"3"))]
    assert cuttable.insert_each(batches) == [True, True, False]
    assert cuttable.streams() == [("a", 1), ("b", 1)]
    assert cuttable.answer("c2") == ("b", b"2", 1, 1)


def test_an_append_that_is_sent_again_and_waits_in_vain_is_not_told_to_be_unwritten(
    cuttable: PostgresRecorder, line: Line
) -> None:
    """The first try got through, and the second one meets a lock and waits no longer."""
    address = cuttable._connections.address
    impatient = PostgresRecorder(address._replace(timeout=1.0))
    with psycopg.connect(address.url.replace("/line", ""), autocommit=True) as somebody:
        somebody.execute("SELECT set_config('search_path', %s, false)", (address.schema,))

        def hold() -> None:
            somebody.execute("BEGIN")
            somebody.execute("LOCK TABLE stored_events IN SHARE MODE")

        impatient._bell.close()
        impatient.insert_events(facts("a", 1, 1), expected=0, command=("b", b"c"))
        line.when_cut = hold
        line.cut = "before the answer came"
        with pytest.raises(StoreUnusable) as caught:
            impatient.insert_events(facts("a", 2, 2), expected=1, command=("c", b"d"))
    impatient.close()
    assert caught.value.code == "connection-lost"
    assert cuttable.answer("c") == ("a", b"d", 2, 2)


def test_a_transaction_that_failed_and_hid_it_is_not_told_to_be_committed(recorder: PostgresRecorder) -> None:
    def beside(connection: psycopg.Connection[Any]) -> None:
        connection.execute("CREATE TABLE beside (number integer)")
        with suppress(psycopg.Error):
            connection.execute("SELECT 1 / 0")

    with pytest.raises(InternalError, match="undone"):
        recorder.insert_with(beside, [])
    with pytest.raises(ProgrammingError, match="beside"):
        recorder.fetch("SELECT 1 FROM beside")


def test_another_command_under_a_known_id_stays_a_conflict_when_the_line_is_cut(
    cuttable: PostgresRecorder, line: Line
) -> None:
    cuttable.insert_events(facts("a", 1, 1), expected=0, command=("c", b"first"))
    line.cut = "before the answer came"
    with pytest.raises(IntegrityError):
        cuttable.insert_events(facts("a", 2, 2), expected=1, command=("c", b"other"))
    assert cuttable.streams() == [("a", 1)]


def test_a_cut_line_in_an_import_is_told_and_nothing_is_half_there(cuttable: PostgresRecorder, line: Line) -> None:
    batches = [(facts(f"s{n}", 1, 3), 0, (f"c{n}", b"")) for n in range(50)]
    line.cut = "before the server heard"
    with pytest.raises(StoreUnusable) as caught:
        cuttable.insert_many(batches)
    assert caught.value.code == "unreachable"
    assert cuttable.count() == 0
    cuttable.insert_many(batches)
    assert cuttable.count() == 150


@pytest.mark.parametrize("place", ["before the server heard", "before the answer came"])
def test_several_appends_whose_line_was_cut_are_recorded_once_and_answered(
    cuttable: PostgresRecorder, line: Line, place: str
) -> None:
    assert cuttable.insert_each([(facts("a", 1, 1), 0, ("c1", b"1"))]) == [True]
    line.cut = place
    batches = [(facts("a", 2, 3), 1, ("c2", b"2")), (facts("b", 1, 1), 0, ("c3", b"3")), (facts("b", 1, 1), 0, ("c4", b"4"))]
    assert cuttable.insert_each(batches) == [True, True, False]
    assert line.cut == ""
    assert cuttable.streams() == [("a", 3), ("b", 1)]
    assert [cuttable.answer(f"c{number}") for number in (2, 3, 4)] == [("a", b"2", 2, 3), ("b", b"3", 1, 1), None]


# ---- several appends in one transaction


def _transactions(url: str) -> int:
    with by_hand(url) as connection:
        ((found,),) = connection.execute("SELECT count(DISTINCT xmin::text) FROM stored_events")
    return int(found)


def test_several_appends_are_one_transaction_whether_some_are_refused_or_not(url: str, recorder: PostgresRecorder) -> None:
    assert recorder.insert_each([(facts(f"s{n}", 1, 1 + n), 0, (f"c{n}", b"")) for n in range(50)]) == [True] * 50
    assert _transactions(url) == 1
    again = [(facts(f"s{n}", 2 + n, 2 + n), 1 + n, (f"c{n + n % 2 * 100}", b"")) for n in range(50)]
    assert recorder.insert_each(again) == [n % 2 == 1 for n in range(50)]
    assert _transactions(url) == 2


def test_one_of_several_that_cannot_be_stored_leaves_none(recorder: PostgresRecorder) -> None:
    with pytest.raises(DataError):
        recorder.insert_each([(facts("a", 1, 1), 0, None), (facts("b\0", 1, 1), 0, None)])
    assert recorder.count() == 0
    assert recorder.insert_each([(facts("a", 1, 1), 0, None)]) == [True]


def test_several_appends_that_expect_nothing_of_their_streams_take_what_is_free(recorder: PostgresRecorder) -> None:
    recorder.insert_events(facts("a", 1, 2))
    batches = [
        (facts("a", 2, 3), None, None), (facts("a", 3, 3), None, None), (facts("a", 4, 4), 2, None),
        (facts("a", 4, 4), 3, None), ([*facts("b", 7, 7), *facts("a", 5, 5)], None, ("c", b"")), (facts("b", 8, 8), 7, None),
    ]  # fmt: skip
    assert recorder.insert_each(batches) == [False, True, False, True, True, True]
    assert recorder.streams() == [("a", 5), ("b", 8)]


APPEND_SEVERAL = """
import sys
from eventsourcing.persistence import StoredEvent
from aftersales_postgres import open_recorder
with open_recorder(sys.argv[1]) as recorder:
    print("ready", flush=True)
    sys.stdin.readline()
    won = 0
    order = range(8) if sys.argv[2] == "up" else range(7, -1, -1)
    for number in range(60):
        tops = dict(recorder.streams())
        won += sum(recorder.insert_each([
            ([StoredEvent(f"s{n}", tops.get(f"s{n}", 0) + 1, "t", b"")], tops.get(f"s{n}", 0), (f"{sys.argv[2]}-{number}-{n}", b""))
            for n in order
        ]))
    print(won)
"""


def test_processes_that_append_to_the_same_streams_in_opposite_order_make_no_hole_and_no_duplicate(url: str) -> None:
    with child(APPEND_SEVERAL, url, "up") as up, child(APPEND_SEVERAL, url, "down") as down:
        start_together(up, down)
        said = [process.communicate()[0] for process in (up, down)]
    assert (up.returncode, down.returncode) == (0, 0)
    with open_recorder(url) as recorder:
        assert recorder.count() == sum(map(int, said)) >= 480
        assert [[row[1] for row in recorder.rows(f"s{n}")] for n in range(8)] == [
            list(range(1, top + 1)) for _stream, top in recorder.streams()
        ]


# ---- what is ours, and what lets us in


def _unusable(url: str) -> StoreUnusable:
    with pytest.raises(StoreUnusable) as caught:
        open_recorder(url).close()
    return caught.value


def test_a_ledger_carries_its_mark_and_is_found_again(url: str) -> None:
    with open_recorder(url) as recorder:
        recorder.insert_events(facts("a", 1, 1), expected=0)
    with open_recorder(url) as recorder:
        assert recorder.count() == 1


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DROP TABLE aftersales_ledger", "not-ours"),
        ("UPDATE aftersales_ledger SET mark = 7", "not-ours"),
        ("DELETE FROM aftersales_ledger", "not-ours"),
        ("UPDATE aftersales_ledger SET layout = layout + 1", "newer-version"),
        ("UPDATE aftersales_ledger SET layout = layout - 1", "older-version"),
    ],
)
def test_a_ledger_of_another_program_or_layout_is_left_alone(url: str, statement: str, code: str) -> None:
    open_recorder(url).close()
    with by_hand(url) as connection:
        connection.execute(statement)
        tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()"
        before = connection.execute(tables).fetchone()
        assert _unusable(url).code == code
        assert connection.execute(tables).fetchone() == before


def test_two_schemas_of_a_database_are_two_ledgers(postgres: Server) -> None:
    with open_recorder(postgres.new_url()) as one, open_recorder(postgres.new_url()) as other:
        assert one.insert_events(facts("a", 1, 1), expected=0) == [1]
        assert other.insert_events(facts("a", 1, 1), expected=0) == [1]


def test_a_role_that_may_only_add_is_enough_and_changes_nothing(postgres: Server, url: str) -> None:
    open_recorder(url).close()
    schema = server_address(url).schema
    with by_hand(url) as connection:
        connection.execute(f"CREATE ROLE clerk_{schema} LOGIN")
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO clerk_{schema}")
        connection.execute(f"GRANT SELECT ON aftersales_ledger, stored_events TO clerk_{schema}")
        connection.execute(f"GRANT INSERT ON stored_events TO clerk_{schema}")
        connection.execute(f"GRANT USAGE ON SEQUENCE stored_events_position_seq TO clerk_{schema}")
    as_clerk = url.replace("tests@", f"clerk_{schema}@")
    with open_recorder(as_clerk) as recorder:
        assert recorder.insert_events(facts("a", 1, 1), expected=0, command=("c", b"d")) == [1]
        recorder.insert_many([(facts("a", 2, 3), 1, None)])
        assert recorder.insert_each([(facts("b", 1, 1), 0, None)]) == [True]
        assert recorder.answer("c") == ("a", b"d", 1, 1)
        assert len(recorder.log(0, 10)) == 4
    with by_hand(as_clerk) as connection:
        for statement in ("UPDATE stored_events SET state = ''", "DELETE FROM stored_events", "TRUNCATE stored_events"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    problem = _unusable(as_clerk.replace(f"schema={schema}", "schema=elsewhere"))
    assert (problem.code, "permission denied" in problem.facts["reason"]) == ("unopenable", True)


def test_a_server_that_only_reads_says_so(url: str, recorder: PostgresRecorder) -> None:
    recorder.insert_events(facts("a", 1, 1), expected=0)
    with open_recorder(f"{url}&options=-cdefault_transaction_read_only%3Don") as reader:
        assert reader.count() == 1
        with pytest.raises(StoreUnusable) as caught:
            reader.insert_events(facts("a", 2, 2), expected=1)
    assert caught.value.code == "standby"
    assert "备库" in caught.value.sentence("zh")


@pytest.mark.parametrize("setting", ["synchronous_commit", "default_transaction_isolation", "search_path"])
def test_what_is_promised_does_not_hang_on_the_settings_of_a_role(postgres: Server, url: str, setting: str) -> None:
    open_recorder(url).close()
    schema = server_address(url).schema
    role = f"odd_{setting}_{schema}"
    value = {"synchronous_commit": "off", "default_transaction_isolation": "serializable", "search_path": "nowhere"}
    with by_hand(url) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN SUPERUSER")
        connection.execute(f"ALTER ROLE {role} SET {setting} = '{value[setting]}'")
    with open_recorder(url.replace("tests@", f"{role}@")) as recorder:
        assert recorder.insert_events(facts("a", 1, 1), expected=0) == [1]
        ((found,),) = recorder._read(f"SHOW {setting}")
    expected = {"synchronous_commit": "on", "default_transaction_isolation": "read committed", "search_path": schema}
    assert found == expected[setting]


@pytest.mark.parametrize("state", ["53200", "58030", "58P01", "XX001", "XX002"])
def test_a_server_in_trouble_is_no_mistake_of_the_caller(recorder: PostgresRecorder, state: str) -> None:
    """No memory, a disk that does not read, a file that is gone, a damaged page, a damaged index."""
    with pytest.raises(StoreUnusable, match="trouble") as caught:
        recorder.fetch(f"DO $$ BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '{state}'; END $$")
    assert caught.value.code == "unopenable"


def test_a_database_without_unicode_is_refused(postgres: Server, url: str) -> None:
    name = f"latin_{server_address(url).schema}"
    with by_hand(url) as connection:
        connection.execute(f"CREATE DATABASE {name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    problem = _unusable(url.replace("/postgres?", f"/{name}?"))
    assert problem.code == "unopenable"
    assert "UTF8" in problem.facts["reason"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("postgresql://tests:geheim@127.0.0.1:1/shop", "unreachable"),
        ("postgresql://tests@127.0.0.1:1/shop?password=geheim", "unreachable"),
        ("postgresql://tests:geheim@[::1/shop", "unopenable"),
        ("postgresql://tests:geheim@host:port/shop", "unreachable"),
        ("postgresql://tests:geheim@host/shop?colour=red", "unopenable"),
        ("postgresql://tests:geheim@host/shop?timeout=soon", "unopenable"),
        ("postgresql://tests:geheim@host/shop?schema=", "unopenable"),
        ("postgresql://tests:geheim@host/shop#1", "unopenable"),
        ("postgresql:shop", "unopenable"),
    ],
)
def test_an_address_that_leads_nowhere_is_refused_and_tells_no_password(url: str, code: str) -> None:
    problem = _unusable(url)
    assert problem.code == code
    assert "geheim" not in f"{problem.facts} {problem.sentence('zh')} {problem.sentence('en')}"
    assert "tests@" in str(problem) or "postgresql:shop" in str(problem)


def test_without_the_driver_the_sentence_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['psycopg'] = None\n"
        "from aftersales_core import Desk, StoreUnusable\n"
        "try: Desk.open('postgresql://host/shop')\n"
        "except StoreUnusable as problem: print(problem)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "install aftersales-core[postgres]" in done.stdout


# ---- for programs built on eventsourcing


def test_an_application_of_eventsourcing_runs_on_the_factory(url: str) -> None:
    env = {"PERSISTENCE_MODULE": "aftersales_postgres.factory:PostgresFactory", "POSTGRES_URL": url}
    with Application[Any](env=env) as app:
        door = Door("red")
        door.paint("blue")
        assert [recording.notification.id for recording in app.save(door)] == [1, 2]
    with Application[Any](env=env) as app:
        assert app.repository.get(door.id).colour == "blue"
        assert [n.id for n in app.notification_log.select(1, 10)] == [1, 2]


def test_the_factory_says_what_it_does_not_do(url: str) -> None:
    with PostgresFactory({"POSTGRES_URL": url}) as factory:
        with pytest.raises(NotImplementedError, match="IS_SNAPSHOTTING_ENABLED"):
            factory.aggregate_recorder("snapshots")
        assert factory.aggregate_recorder() is factory.application_recorder()


@pytest.mark.parametrize(
    "env", [{}, {"POSTGRES_URL": "mysql://x"}, {"POSTGRES_URL": "postgresql://h/d", "ORIGINATOR_ID_TYPE": "int"}]
)
def test_the_factory_refuses_settings_it_cannot_read(env: dict[str, str]) -> None:
    with pytest.raises(OSError, match=r"set one of|write|postgresql://"):
        PostgresFactory(env)
