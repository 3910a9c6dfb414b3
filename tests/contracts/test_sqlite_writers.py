"""Many writers on one SQLite ledger: each is told its own outcome, in the order in which they came, and after its commit."""

from __future__ import annotations

import signal
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from opcode import opname
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from types import FrameType
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError, ProgrammingError, StoredEvent
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.children import child

from aftersales_core.errors import StoreUnusable
from aftersales_core.ledger import NewRow
from aftersales_core.testing.recorder_contract import events as facts
from aftersales_sqlite import SqliteRecorder
from aftersales_sqlite.turns import MOST, MOST_ROWS, Place, Turns

Batch = tuple[list[StoredEvent], int | None, tuple[str, bytes] | None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def recorder(path: Path) -> Iterator[SqliteRecorder]:
    with SqliteRecorder(path) as recorder:
        yield recorder


def until(true: Callable[[], bool]) -> None:
    """Wait for something that other threads are about to do."""
    end = monotonic() + 60
    while not true():
        assert monotonic() < end
        sleep(0.0005)


def started(work: Callable[[], Any]) -> Future[Any]:
    """What *work* gives or raises, done in a thread of its own."""
    future: Future[Any] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    Thread(target=run).start()
    return future


def in_a_row(recorder: SqliteRecorder, works: Sequence[Callable[[], Any]]) -> list[Future[Any]]:
    """A thread for each of *works*, which all wait for the writer, in this order; to be called while it is taken."""
    row = recorder._writer._turns._row
    futures = []
    for work in works:
        before = len(row)
        futures.append(started(work))
        until(lambda before=before: len(row) > before)  # type: ignore[misc]
    return futures


def appending(recorder: SqliteRecorder, batch: Batch) -> Callable[[], Sequence[int]]:
    events, expected, command = batch
    return lambda: recorder.insert_events(events, expected=expected, command=command)


def told(work: Callable[[], Any]) -> tuple[str, str]:
    """What a caller gets, or the kind and the words of what is raised."""
    try:
        return "", str(work())
    except Exception as error:
        return type(error).__name__, str(error)


def statements(recorder: SqliteRecorder) -> list[str]:
    """Every statement that the writer runs from now on, by its first word."""
    seen: list[str] = []
    recorder._writer.connection.set_trace_callback(lambda sql: seen.append(sql.split()[0]))
    return seen


# ---- batches that are anything

STREAMS = st.sampled_from(["a", "b", "售后", "a\0b"])
COMMANDS = st.none() | st.tuples(st.sampled_from(["c1", "c2", "c3", "c\0"]), st.just(b"d"))
ROWS = st.lists(
    st.builds(StoredEvent, STREAMS, st.integers(1, 5), st.just("t"), st.just(b"{}")), min_size=1, max_size=3
)
NEXT = st.builds(
    lambda stream, expected, size: (facts(stream, expected + 1, expected + size), expected),
    STREAMS,
    st.integers(0, 4),
    st.integers(1, 3),
)
BATCHES = st.lists(
    st.builds(lambda found, command: (*found, command), NEXT | st.tuples(ROWS, st.none()), COMMANDS)
    | st.tuples(ROWS, st.integers(0, 3), COMMANDS),
    min_size=1,
    max_size=8,
)
UNWRITABLE: list[Batch] = [
    ([StoredEvent("u", 1, "t", None)], 0, None),  # type: ignore[arg-type]
    ([StoredEvent("u", 2**63, "t", b"")], None, None),
    ([StoredEvent("u", 1, "\ud800", b"")], 0, None),
    ([StoredEvent("\ud800", 1, "t", b"")], 0, None),
    (facts("u", 1, 1), 0, ("\ud800", b"")),
    ([StoredEvent("u", 1, "t", object())], 0, None),  # type: ignore[arg-type]
    ([*facts("u", 1, 1), StoredEvent("u", 2, "t", None)], 0, None),  # type: ignore[arg-type]
]
quickly = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quickly
@given(before=BATCHES, batches=BATCHES)
@example(before=[(facts("a", 2, 2), None, None)], batches=[(facts("a", 1, 1), None, None)])
def test_each_of_many_batches_is_written_or_refused_as_if_it_came_alone(
    before: list[Batch], batches: list[Batch]
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        SqliteRecorder(f"{folder}/together.db", durability="may-lose-last-minute") as together,
        SqliteRecorder(f"{folder}/alone.db", durability="may-lose-last-minute") as alone,
    ):
        for batch in before:
            assert told(appending(together, batch)) == told(appending(alone, batch))

        written = together.insert_each(batches)

        assert written == [told(appending(alone, batch))[0] == "" for batch in batches]
        assert together.log(0, 100) == alone.log(0, 100)
        for command in ("c1", "c2", "c3", "c\0"):
            assert together.answer(command) == alone.answer(command)


@settings(quickly, max_examples=50)
@given(before=BATCHES, batches=st.lists(st.one_of(BATCHES.map(lambda some: some[0]), st.sampled_from(UNWRITABLE)), min_size=2, max_size=6))
@example(before=[(facts("b", 1, 1), 0, None)], batches=[(facts("a", 1, 1), 0, None), *UNWRITABLE, (facts("b", 2, 3), 1, None)])
def test_threads_that_share_a_commit_are_told_what_each_would_be_told_alone(
    before: list[Batch], batches: list[Batch]
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        SqliteRecorder(f"{folder}/together.db", durability="may-lose-last-minute") as together,
        SqliteRecorder(f"{folder}/alone.db", durability="may-lose-last-minute") as alone,
    ):
        for batch in before:
            assert told(appending(together, batch)) == told(appending(alone, batch))
        sound = [batch for batch in batches if not told(appending_nothing(batch))[0]]

        with together._writer:
            futures = in_a_row(together, [appending(together, batch) for batch in sound])

        for batch, future in zip(sound, futures, strict=True):
            outcome, expected = told(future.result), told(appending(alone, batch))
            # SQLite's driver may repeat its last complaint for the next mistake, so for these the words are left out.
            assert (outcome == expected) if batch not in UNWRITABLE else (outcome[0] and expected[0])
        assert together.log(0, 100) == alone.log(0, 100)


def appending_nothing(batch: Batch) -> Callable[[], object]:
    """Raises for a batch that is refused before it comes to waiting: its events are not numbered one after another."""
    events, expected, _ = batch

    def check() -> None:
        if expected is not None:
            stream = events[0].originator_id
            versions = [(each.originator_id, each.originator_version) for each in events]
            assert versions == [(stream, expected + 1 + at) for at in range(len(events))]

    return check


# ---- each of many batches


def test_each_of_many_batches_is_told_apart_and_one_commit_serves_all(recorder: SqliteRecorder) -> None:
    recorder.insert_events(facts("x", 1, 1), expected=0, command=("known", b""))
    seen = statements(recorder)

    written = recorder.insert_each(
        [
            (facts("a", 1, 1), 0, ("c1", b"1")),
            (facts("x", 1, 1), 0, None),  # taken
            (facts("a", 2, 3), 1, ("c2", b"2")),  # behind the first one
            (facts("a", 2, 2), 1, None),  # no longer there
            (facts("b", 1, 1), 0, ("known", b"")),
            (facts("b", 1, 1), 0, ("c1", b"")),
            (facts("b", 2, 2), 1, None),  # a hole
            ([*facts("b", 1, 1), *facts("c", 2, 2)], 0, None),  # two streams
            ([], 7, ("empty", b"")),
            (facts("b", 1, 2), 0, ("c3", b"3")),
        ]
    )

    assert written == [True, False, True, False, False, False, False, False, True, True]
    assert (seen.count("BEGIN"), seen.count("COMMIT"), seen.count("ROLLBACK")) == (1, 1, 0)
    assert [row[:2] for row in recorder.log(1, 100)] == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2)]
    assert recorder.answer("c2") == ("a", b"2", 2, 3)
    assert recorder.answer("c3") == ("b", b"3", 1, 2)
    assert recorder.answer("empty") is None


def test_of_no_batches_nothing_is_written(recorder: SqliteRecorder) -> None:
    seen = statements(recorder)
    assert recorder.insert_each([]) == []
    assert recorder.insert_each([([], None, None), (facts("a", 2, 2), 0, None)]) == [True, False]
    assert seen == []


@pytest.mark.parametrize("count", [1, 2, 63, 64, 65, 200])
def test_positions_follow_the_order_of_the_batches(recorder: SqliteRecorder, count: int) -> None:
    assert recorder.insert_each([(facts(f"s{n}", 1, 1 + n % 3), 0, None) for n in range(count)]) == [True] * count
    rows = recorder.log(0, 1000)
    assert [row[:2] for row in rows] == [(f"s{n}", v) for n in range(count) for v in range(1, 2 + n % 3)]
    assert [row[4] for row in rows] == list(range(1, len(rows) + 1))


@pytest.mark.parametrize("bad", UNWRITABLE[1:-1])
def test_a_mistake_in_one_of_many_batches_is_raised_and_nothing_is_written(recorder: SqliteRecorder, bad: Batch) -> None:
    with pytest.raises((OverflowError, UnicodeEncodeError, ProgrammingError)):
        recorder.insert_each([(facts("n", 1, 1), 0, None), bad, (facts("z", 1, 1), 0, None)])
    assert recorder.count() == 0
    assert recorder.insert_each([(facts("n", 1, 1), 0, None)]) == [True]


def test_an_error_of_the_store_writes_none_of_the_batches(recorder: SqliteRecorder) -> None:
    recorder._writer.connection.execute("PRAGMA max_page_count = 20")
    with pytest.raises(StoreUnusable) as caught:
        recorder.insert_each([(facts(f"s{n}", 1, 1, state=b"x" * 3000), 0, None) for n in range(40)])
    assert caught.value.code == "disk-full"
    assert recorder.count() == 0
    recorder._writer.connection.execute("PRAGMA max_page_count = 1000")
    assert recorder.insert_each([(facts("s", 1, 1), 0, None)]) == [True]


# ---- threads


def test_threads_that_wait_share_a_commit_and_come_in_their_order(recorder: SqliteRecorder) -> None:
    seen = statements(recorder)
    with recorder._writer:
        futures = in_a_row(
            recorder, [appending(recorder, (facts(f"s{n}", 1, 1 + n % 2), 0, (f"c{n}", b"d"))) for n in range(20)]
        )
    positions = [future.result() for future in futures]
    assert [position for several in positions for position in several] == list(range(1, 31))
    assert [len(several) for several in positions] == [1, 2] * 10
    assert (seen.count("BEGIN"), seen.count("COMMIT")) == (2, 2)  # ours, and one for the twenty
    assert recorder._writer._turns._leader is None


def test_of_threads_that_want_the_same_version_the_first_in_the_row_has_it(recorder: SqliteRecorder) -> None:
    with recorder._writer:
        futures = in_a_row(
            recorder, [appending(recorder, (facts("one", 1, 1, state=b"%d" % n), 0, (f"c{n}", b""))) for n in range(8)]
        )
    assert futures[0].result() == [1]
    for future in futures[1:]:
        with pytest.raises(IntegrityError, match="'one' is at version 1, not 0"):
            future.result()
    assert [event.state for event in recorder.select_events("one")] == [b"0"]


def test_a_leader_serves_one_group_and_those_left_over_come_before_those_who_come_again(recorder: SqliteRecorder) -> None:
    waiting = MOST + 20
    seen = statements(recorder)

    def twice(n: int) -> Callable[[], list[int]]:
        def work() -> list[int]:
            return [recorder.insert_events(facts(f"s{n}", v, v), expected=v - 1)[0] for v in (1, 2)]

        return work

    with recorder._writer:
        futures = in_a_row(recorder, [twice(n) for n in range(waiting)])
    positions = [future.result() for future in futures]
    assert [first for first, _ in positions] == list(range(1, waiting + 1))
    assert sorted(second for _, second in positions) == list(range(waiting + 1, 2 * waiting + 1))
    assert seen.count("COMMIT") >= 3


def test_an_import_waits_for_its_turn_like_everybody(recorder: SqliteRecorder) -> None:
    def many() -> None:
        recorder.insert_many([(facts(f"m{n}", 1, 1), 0, None) for n in range(5)])

    with recorder._writer:
        futures = in_a_row(
            recorder,
            [
                appending(recorder, (facts("a", 1, 1), 0, None)),
                many,
                appending(recorder, (facts("b", 1, 1), 0, None)),
                lambda: recorder.insert_each([(facts("c", 1, 1), 0, None)]),
            ],
        )
    assert [future.result() for future in futures] == [[1], None, [7], [True]]
    assert [row[0] for row in recorder.log(0, 100)] == ["a", "m0", "m1", "m2", "m3", "m4", "b", "c"]


def test_when_a_shared_commit_fails_everybody_is_told_and_nothing_is_there(recorder: SqliteRecorder) -> None:
    connection = recorder._writer.connection
    with recorder._writer:
        connection.execute("PRAGMA max_page_count = 20")
        futures = in_a_row(
            recorder, [appending(recorder, (facts(f"s{n}", 1, 1, state=b"x" * 3000), 0, None)) for n in range(40)]
        )
    for future in futures:
        with pytest.raises(StoreUnusable) as caught:
            future.result()
        assert caught.value.code == "disk-full"
    assert recorder.count() == 0
    connection.execute("PRAGMA max_page_count = 1000")
    assert recorder.insert_events(facts("s", 1, 1), expected=0) == [1]


def test_while_another_program_has_the_file_each_thread_is_told_and_the_row_goes_on(path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    with SqliteRecorder(path, timeout=0) as recorder:
        turn = Place()
        recorder._writer._turns.take(turn)
        futures = in_a_row(recorder, [appending(recorder, (facts(f"s{n}", 1, 1), 0, None)) for n in range(8)])
        holder.execute("BEGIN IMMEDIATE")
        recorder._writer._turns.leave(turn)
        for future in futures:
            with pytest.raises(StoreUnusable) as caught:
                future.result()
            assert caught.value.code == "locked"
        holder.execute("ROLLBACK")
        assert recorder.insert_events(facts("s", 1, 1), expected=0) == [1]
    holder.close()


def test_an_append_waits_for_another_program_and_goes_on_when_it_is_done(path: Path, recorder: SqliteRecorder) -> None:
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    first = started(appending(recorder, (facts("a", 1, 1), 0, None)))
    until(lambda: recorder._writer._held_since is not None)
    rest = in_a_row(recorder, [appending(recorder, (facts("a", n, n), n - 1, None)) for n in (2, 3)])
    assert recorder.count() == 0
    holder.execute("ROLLBACK")
    assert [future.result() for future in (first, *rest)] == [[1], [2], [3]]
    assert recorder._writer._held_since is None
    holder.close()


def test_who_waits_when_the_ledger_is_closed_is_told(path: Path) -> None:
    recorder = SqliteRecorder(path)
    with recorder._writer:
        closing = in_a_row(recorder, [recorder._writer.close])
        futures = in_a_row(recorder, [appending(recorder, (facts(f"s{n}", 1, 1), 0, None)) for n in range(5)])
    assert closing[0].result() is None
    for future in futures:
        with pytest.raises(ProgrammingError, match="closed"):
            future.result()
    recorder.close()


@pytest.mark.parametrize(
    "call",
    [
        SqliteRecorder.count,
        lambda recorder: recorder.insert_events(facts("a", 1, 1)),
        lambda recorder: recorder.insert_events(facts("a", 1, 2)),
        lambda recorder: recorder.insert_many([(facts("a", 1, 1), 0, None)]),
    ],
)
def test_a_closed_ledger_says_what_to_do(recorder: SqliteRecorder, call: Callable[[SqliteRecorder], object]) -> None:
    assert recorder.count() == 0
    recorder.close()
    with pytest.raises(ProgrammingError, match="was closed; open the file again"):
        call(recorder)


def test_threads_with_conflicts_make_whole_streams_and_get_positions_of_their_own(recorder: SqliteRecorder) -> None:
    streams, each = ["s0", "s1", "s2"], 40

    def work(name: int) -> Callable[[], dict[int, tuple[str, str]]]:
        def run() -> dict[int, tuple[str, str]]:
            done: dict[int, tuple[str, str]] = {}
            for number in range(each):
                stream = streams[(name + number) % 3]
                while True:
                    top = recorder.version(stream)
                    state = f"{name}-{number}"
                    events = facts(stream, top + 1, top + 1 + number % 2, state=state.encode())
                    try:
                        positions = recorder.insert_events(events, expected=top, command=(state, b"d"))
                    except IntegrityError:
                        continue
                    done |= dict.fromkeys(positions, (stream, state))
                    break
            return done

        return run

    futures = [started(work(name)) for name in range(12)]
    told: dict[int, tuple[str, str]] = {}
    for future in futures:
        mine = future.result()
        assert not told.keys() & mine.keys()
        assert list(mine) == sorted(mine)
        told |= mine
    rows = recorder.log(0, 10_000)
    assert {row[4]: (row[0], row[3].decode()) for row in rows} == told
    assert sorted(told) == list(range(1, 12 * each * 3 // 2 + 1))
    for stream in streams:
        assert [row[1] for row in rows if row[0] == stream] == list(range(1, recorder.version(stream) + 1))


def test_what_a_leader_does_for_others_is_bounded() -> None:
    turns = Turns()
    leader = Place([], 0)
    row: list[NewRow] = [("a", 1, "t", b"", None, None, None)]
    turns.take(leader)
    turns._row.extend(Place(row, 0) for _ in range(2 * MOST))
    assert len(turns.behind(leader)) == MOST + 1
    turns._row.clear()
    turns._row.extend(Place(row * MOST_ROWS, 0) for _ in range(3))
    assert len(turns.behind(leader)) == 2
    turns._row.clear()
    turns._row.extend([Place(row, 0), Place(), Place(row, 0)])
    assert len(turns.behind(leader)) == 2  # not past one that wants to write alone


def test_a_thread_that_is_writing_already_is_told_instead_of_waiting_for_itself(recorder: SqliteRecorder) -> None:
    with recorder._writer, pytest.raises(RuntimeError, match="in the middle of writing"):
        recorder.insert_events(facts("a", 1, 1), expected=0)
    assert recorder.insert_events(facts("a", 1, 1), expected=0) == [1]


# ---- interrupts


def test_a_place_that_is_given_up_is_passed_over() -> None:
    turns = Turns()
    leader, second, third = Place([], 0), Place([], 0), Place([], 0)
    assert turns.take(leader)
    for place in (second, third):
        started(lambda place=place: turns.take(place))  # type: ignore[misc]
        until(lambda place=place: place in turns._row)  # type: ignore[misc]
    turns.leave(second)
    turns.leave(second)
    assert turns.behind(leader) == [leader, third]
    turns.leave(leader)
    assert turns._leader is third
    turns.leave(leader)
    assert turns._leader is third
    turns.deliver([third], [1])
    turns.leave(third)
    assert (turns._leader, list(turns._row)) == (None, [])
    assert second.turn is not None
    second.turn.release()  # so that its thread ends


def test_who_gives_up_while_a_leader_writes_for_it_waits_for_that_commit() -> None:
    turns = Turns()
    leader, second = Place([], 0), Place([], 0)
    assert turns.take(leader)
    waiting = started(lambda: turns.take(second))
    until(lambda: second in turns._row)
    assert turns.behind(leader) == [leader, second]

    assert second.turn is not None
    second.turn.release()  # as an interrupt lets the thread go on
    assert waiting.result() is True
    assert turns._leave(second, at_once=False) is False
    assert second in turns._row

    def give_up() -> int | Exception | None:
        turns.leave(second)
        return second.outcome

    gone = started(give_up)
    turns.deliver([leader, second], [1, 2])
    turns.leave(leader)
    assert gone.result() == 2
    assert (turns._leader, list(turns._row)) == (None, [])


INTERRUPTED = """
import os, signal, sys, threading
from eventsourcing.persistence import StoredEvent
from aftersales_sqlite import SqliteRecorder

class Interrupted(BaseException):
    pass

inside = over = False
interrupts = 0

def on_signal(*_):
    global inside, interrupts
    if inside:
        inside = False
        interrupts += 1
        raise Interrupted

signal.signal(signal.SIGINT, on_signal)
recorder = SqliteRecorder(sys.argv[1])

def others(name):
    for version in range(1, 61):
        positions = recorder.insert_events([StoredEvent(name, version, "t", b"")], expected=version - 1)
        os.write(1, f"{name} {version} {positions[0]}\\n".encode())

def poke():
    while not over:
        os.kill(os.getpid(), signal.SIGINT)

threads = [threading.Thread(target=others, args=(f"s{n}",)) for n in range(6)]
for thread in threads:
    thread.start()
poker = threading.Thread(target=poke)
poker.start()
while any(thread.is_alive() for thread in threads) or interrupts < 50:
    top = recorder.version("main")
    try:
        inside = True
        positions = recorder.insert_events([StoredEvent("main", top + 1, "t", b"")], expected=top)
        inside = False
    except Interrupted:
        continue
    os.write(1, f"main {top + 1} {positions[0]}\\n".encode())
over = True
poker.join()
for thread in threads:
    thread.join()
assert recorder._writer._turns._leader is None
assert not recorder._writer._turns._row
assert not recorder._writer.connection.in_transaction
recorder.close()
"""


def test_a_thread_that_is_interrupted_leaves_the_row_in_order(path: Path) -> None:
    with child(INTERRUPTED, path) as program:
        out, _ = program.communicate(timeout=120)
    assert program.returncode == 0
    with SqliteRecorder(path) as recorder:
        rows = {(row[0], row[1]): row[4] for row in recorder.log(0, 1_000_000)}
        told = {(stream, int(version)): int(position) for stream, version, position in map(str.split, out.splitlines())}
        assert told.items() <= rows.items()
        assert {key for key in rows if key[0] != "main"} == {(f"s{n}", v) for n in range(6) for v in range(1, 61)}
        assert sorted(version for stream, version in rows if stream == "main") == list(
            range(1, recorder.version("main") + 1)
        )


class Interrupted(BaseException):
    pass


class InterruptAt:
    """Raises `Interrupted` in `writer.py` and `turns.py` behind the call with this number, where a signal would come through."""

    def __init__(self, number: int) -> None:
        self.left = number
        self._steps: dict[FrameType, str] = {}

    def __call__(self, frame: FrameType, event: str, _arg: object) -> InterruptAt | None:
        if Path(frame.f_code.co_filename).name not in ("writer.py", "turns.py"):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "exception":  # a call that raises is not followed by a look for signals
            self._steps.pop(frame, None)
        elif event == "opcode":
            before = self._steps.get(frame)
            self._steps[frame] = opname[frame.f_code.co_code[frame.f_lasti]]
            self.left -= before == "CALL"
            if before == "CALL" and self.left == 0:
                raise Interrupted
        return self

    def during(self, work: Callable[[], object]) -> bool:
        """Whether *work* came so far."""
        traced = sys.gettrace()
        sys.settrace(self)
        try:
            work()
        except (Interrupted, IntegrityError, ZeroDivisionError):
            pass
        finally:
            sys.settrace(traced)
        return self.left <= 0


def _write_beside(recorder: SqliteRecorder) -> None:
    with recorder.transaction() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS beside (number)")
        connection.execute("INSERT INTO beside VALUES (1)")


def _fail_beside(recorder: SqliteRecorder) -> None:
    with recorder.transaction() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS beside (number)")
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "work",
    [
        _write_beside, _fail_beside,
        lambda recorder: recorder.insert_events(facts("one", 1, 1)),
        lambda recorder: recorder.insert_events(facts("two", 1, 2)),
        lambda recorder: recorder.insert_events([*facts("new", 1, 1), *facts("a", 1, 1)]),
    ],
)  # fmt: skip
def test_after_an_interrupt_at_any_call_the_next_append_is_on_the_disk(
    path: Path, recorder: SqliteRecorder, work: Callable[[SqliteRecorder], object]
) -> None:
    version = 0
    with SqliteRecorder(path) as somebody_else:
        while InterruptAt(version + 1).during(partial(work, recorder)):
            version += 1
            started(lambda: recorder.insert_events(facts("a", version, version), expected=version - 1)).result(60)  # noqa: B023 - within the round
            assert somebody_else.version("a") == version
    assert version > 5


# ---- crashes and other processes

APPEND_FROM_16_THREADS = """
import os, sys, threading
from itertools import count
from eventsourcing.persistence import StoredEvent
from aftersales_sqlite import SqliteRecorder
recorder = SqliteRecorder(sys.argv[1])
def write(name):
    version = 0
    for number in count():
        size = 1 + number % 3
        events = [StoredEvent(name, version + 1 + i, "t", b"x" * 300) for i in range(size)]
        positions = recorder.insert_events(events, expected=version, command=(f"{name}-{number}", b"d"))
        version += size
        os.write(1, f"{name}-{number} {name} {version} {positions[-1]}\\n".encode())
for n in range(16):
    threading.Thread(target=write, args=(f"s{n}",)).start()
"""


@pytest.mark.parametrize("lines", [40, 2000])
def test_every_acknowledged_append_of_16_threads_survives_kill_9(path: Path, lines: int) -> None:
    with child(APPEND_FROM_16_THREADS, path) as writer:
        assert writer.stdout is not None
        acknowledged = [writer.stdout.readline() for _ in range(lines)]
        writer.send_signal(signal.SIGKILL)
        acknowledged += [line for line in writer.stdout if line.endswith("\n")]
    assert writer.returncode == -signal.SIGKILL

    with SqliteRecorder(path) as recorder:
        assert recorder._read("PRAGMA integrity_check") == [("ok",)]
        rows = {row[4]: row[:2] for row in recorder.log(0, 1_000_000)}
        commands: dict[str, int] = {}
        for line in acknowledged:
            command, stream, version, position = line.split()
            answer = recorder.answer(command)
            assert answer is not None
            assert (answer[0], answer[3]) == (stream, int(version))
            assert rows[int(position)] == (stream, int(version))
            commands[stream] = commands.get(stream, 0) + 1
        for stream, top in recorder.streams():
            # whole, and at most the one append more that the thread had not yet said
            assert [v for s, v in rows.values() if s == stream] == list(range(1, top + 1))
            heard = sum(1 + n % 3 for n in range(commands.get(stream, 0)))
            assert top in (heard, heard + 1 + commands.get(stream, 0) % 3)
        assert list(rows) == list(range(1, len(rows) + 1))


APPEND_A_HUNDRED_EACH = """
import sys, threading
from eventsourcing.persistence import StoredEvent
from aftersales_sqlite import SqliteRecorder
with SqliteRecorder(sys.argv[1]) as recorder:
    def write(name):
        for version in range(1, 101):
            recorder.insert_events([StoredEvent(name, version, "t", b"")], expected=version - 1)
    threads = [threading.Thread(target=write, args=(f"{sys.argv[2]}-{n}",)) for n in range(int(sys.argv[3]))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_processes_with_many_and_with_few_threads_all_get_through(path: Path) -> None:
    SqliteRecorder(path).close()
    programs = [child(APPEND_A_HUNDRED_EACH, path, name, threads) for name, threads in (("a", 8), ("b", 8), ("c", 1))]
    for program in programs:
        with program:
            assert program.wait(120) == 0
    with SqliteRecorder(path) as recorder:
        assert recorder.streams() == sorted(
            [(f"{name}-{n}", 100) for name, threads in (("a", 8), ("b", 8), ("c", 1)) for n in range(threads)]
        )
