"""Appends to a PostgreSQL ledger are committed side by side, and whoever reads on behind the last position misses nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
import pytest
from eventsourcing.persistence import IntegrityError
from tests.children import child, start_together
from tests.postgres import Server, by_hand

from aftersales_core.addresses import server_address
from aftersales_core.errors import StoreUnusable
from aftersales_core.testing.recorder_contract import events
from aftersales_postgres import PostgresRecorder, open_recorder
from aftersales_postgres.order import DRAW_FOR_A_COPY, DRAW_ONE, GATE, HOLD, look
from aftersales_postgres.statements import APPEND_ONE, QUESTIONS


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_url()


@pytest.fixture
def recorder(url: str) -> Iterator[PostgresRecorder]:
    with open_recorder(url) as recorder:
        yield recorder


@pytest.fixture
def hasty(url: str, recorder: PostgresRecorder) -> Iterator[PostgresRecorder]:
    """Another one on the same ledger, which does not wait long."""
    with open_recorder(f"{url}&timeout=0.05") as hasty:
        yield hasty


class Slow(NamedTuple):
    """A transaction that wrote and is not committed."""

    connection: psycopg.Connection[Any]

    def end(self, word: str = "COMMIT") -> None:
        self.connection.execute(word)


UNMARKED = "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (%(stream)s, 1, 't', '')"


@contextmanager
def in_flight(url: str, stream: str, statement: str = APPEND_ONE) -> Iterator[Slow]:
    """The first event of *stream*, sent as the recorder sends it and held open."""
    with by_hand(url) as connection:
        connection.execute("BEGIN")
        parameters = {"stream": stream, "version": 1, "topic": "t", "state": b"", "command": None, "digest": None}
        connection.execute(statement, {**parameters, "size": None, "expected": 0})
        yield Slow(connection)


def streams(rows: list[Any]) -> list[str]:
    return [row[0] for row in rows]


def when_waiting(url: str, asked: Future[Any]) -> None:
    """Return when somebody waits for a lock, or has been answered."""
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    with by_hand(url) as connection:
        while not asked.done() and connection.execute(waiting).fetchone() == (0,):
            pass


def read_while_one_is_slow(url: str, read: Callable[[int], list[Any]]) -> list[str]:
    """What *read* (position → rows behind it) gives of two appends, the later of which was committed first."""
    with in_flight(url, "slow") as slow, ThreadPoolExecutor(1) as pool, open_recorder(url) as quick:
        quick.insert_events(events("quick", 1, 1), expected=0)
        asked = pool.submit(read, 0)
        when_waiting(url, asked)
        if asked.done():
            rows = asked.result()
            slow.end()
        else:
            slow.end()
            rows = asked.result()
        return streams(rows + read(rows[-1][-1]))


def test_a_reader_misses_nothing_where_a_slow_append_was_passed_by_a_quick_one(
    url: str, recorder: PostgresRecorder
) -> None:
    assert read_while_one_is_slow(url, lambda after: recorder.log(after, 100)) == ["slow", "quick"]
    assert streams(recorder.log(0, 100)) == ["slow", "quick"]


def test_it_would_be_missed_by_a_reader_who_does_not_look_for_appends_in_flight(
    url: str, recorder: PostgresRecorder
) -> None:
    # shows that the test above can fail, and why nobody may read the table just like this
    def naive(after: int) -> list[Any]:
        return recorder._read(QUESTIONS.log, (after + 1, 2**62, 100))

    assert read_while_one_is_slow(url, naive) == ["quick"]
    assert streams(recorder.log(0, 100)) == ["slow", "quick"]


READERS: dict[str, Callable[[PostgresRecorder], object]] = {
    "log": lambda recorder: recorder.log(0, 100),
    "select_notifications": lambda recorder: recorder.select_notifications(1, 100),
    "some topics": lambda recorder: recorder.select_notifications(1, 100, topics=("t", "u")),
    "max_notification_id": lambda recorder: recorder.max_notification_id(),
    "scan": lambda recorder: list(recorder.scan()),
}


@pytest.mark.parametrize("statement", [APPEND_ONE, UNMARKED], ids=["an append", "a row inserted by hand"])
@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_a_reader_rather_says_that_it_waited_in_vain_than_leaves_something_out(
    url: str, hasty: PostgresRecorder, recorder: PostgresRecorder, read: Callable[[PostgresRecorder], object], statement: str
) -> None:
    with in_flight(url, "slow", statement) as slow:
        recorder.insert_events(events("quick", 1, 1), expected=0)
        with pytest.raises(StoreUnusable) as caught:
            read(hasty)
        assert caught.value.code == "locked"
        slow.end()
    assert read(hasty)
    assert streams(hasty.log(0, 100)) == ["slow", "quick"]


def test_an_import_that_has_drawn_and_not_copied_yet_is_waited_for(url: str, hasty: PostgresRecorder) -> None:
    with by_hand(url) as connection:
        connection.execute("BEGIN")
        connection.execute(HOLD)
        assert connection.execute(DRAW_FOR_A_COPY, {"count": 3}).fetchall() == [([1, 2, 3],)]
        hasty.insert_events(events("quick", 1, 1), expected=0)
        with pytest.raises(StoreUnusable):
            hasty.log(0, 100)
        connection.execute("ROLLBACK")
    assert [row[4] for row in hasty.log(0, 100)] == [4]


@pytest.mark.parametrize("statement", [APPEND_ONE, UNMARKED], ids=["an append", "a row inserted by hand"])
def test_what_was_rolled_back_is_a_hole_that_nobody_waits_for(
    url: str, hasty: PostgresRecorder, statement: str
) -> None:
    with in_flight(url, "slow", statement) as slow:
        assert hasty.insert_events(events("quick", 1, 1), expected=0) == [2]
        slow.end("ROLLBACK")
    assert [row[4] for row in hasty.log(0, 100)] == [2]
    assert hasty.max_notification_id() == 2


def test_nobody_waits_for_an_append_behind_what_is_there(url: str, hasty: PostgresRecorder) -> None:
    hasty.insert_events(events("before", 1, 2), expected=0)
    with in_flight(url, "slow") as slow:
        assert streams(hasty.log(0, 100)) == ["before", "before"]
        assert hasty.max_notification_id() == 2
        assert hasty.log(2, 100) == []
        slow.end()
    assert [row[4] for row in hasty.log(2, 100)] == [3]


def test_nobody_waits_for_what_the_page_does_not_reach(url: str, hasty: PostgresRecorder) -> None:
    hasty.insert_events(events("before", 1, 2), expected=0)
    with in_flight(url, "slow") as slow:
        hasty.insert_events(events("quick", 1, 1), expected=0)
        assert streams(hasty.log(0, 2)) == ["before", "before"]
        assert [n.id for n in hasty.select_notifications(1, 100, stop=2)] == [1, 2]
        with pytest.raises(StoreUnusable):
            hasty.log(0, 3)
        slow.end()


def test_other_ledgers_of_the_database_are_not_waited_for(postgres: Server, hasty: PostgresRecorder) -> None:
    elsewhere = postgres.new_url()
    open_recorder(elsewhere).close()
    with in_flight(elsewhere, "slow"):
        hasty.insert_events(events("quick", 1, 1), expected=0)
        assert streams(hasty.log(0, 100)) == ["quick"]


@pytest.mark.parametrize("place", range(1, 4))
def test_a_lock_of_somebody_else_that_happens_to_have_our_key_changes_nothing(
    url: str, hasty: PostgresRecorder, place: int
) -> None:
    with by_hand(url) as stranger:
        stranger.execute("SELECT pg_advisory_lock('stored_events'::regclass::oid::integer, %s)", (place,))
        for stream in ("a", "b", "c"):
            hasty.insert_events(events(stream, 1, 1), expected=0)
        assert streams(hasty.log(0, 100)) == ["a", "b", "c"]


def test_the_positions_of_an_append_have_no_others_between_them_while_it_is_in_flight(
    url: str, hasty: PostgresRecorder
) -> None:
    with in_flight(url, "slow") as slow:
        assert hasty.insert_events(events("a", 1, 3), expected=0) == [2, 3, 4]
        hasty.insert_many([(events("b", 1, 2), 0, None), (events("c", 1, 2), 0, None)])
        assert hasty.insert_each([(events("d", 1, 2), 0, None), (events("e", 1, 1), 0, None)]) == [True, True]
        slow.end()
    assert [(row[4], row[0]) for row in hasty.log(0, 100)] == [
        (1, "slow"), (2, "a"), (3, "a"), (4, "a"), (5, "b"), (6, "b"), (7, "c"), (8, "c"), (9, "d"), (10, "d"), (11, "e"),
    ]  # fmt: skip


def test_keys_of_marks_that_start_anew_are_told_apart(url: str, hasty: PostgresRecorder) -> None:
    with by_hand(url) as connection:
        connection.execute("SELECT setval('stored_events_position_seq', %s)", (2**33 - 2,))
    with in_flight(url, "slow") as slow:
        assert hasty.insert_events(events("quick", 1, 2), expected=0) == [2**33, 2**33 + 1]
        with by_hand(url) as connection:
            sight = look(connection, server_address(url))
        assert (sight.top, list(sight.marks), sight.unmarked) == (2**33 + 1, [2**33 - 1], frozenset())
        slow.end()
    with in_flight(url, "late"):
        assert streams(hasty.log(0, 100)) == ["slow", "quick", "quick"]


# ---- the gate


def test_an_append_waits_at_the_gate_no_longer_than_it_was_told(url: str, hasty: PostgresRecorder) -> None:
    with by_hand(url) as somebody:
        somebody.execute(f"SELECT pg_advisory_lock({GATE})")
        for append in (
            lambda: hasty.insert_events(events("a", 1, 1), expected=0),
            lambda: hasty.insert_events(events("a", 1, 2), expected=0),
            lambda: hasty.insert_each([(events("a", 1, 1), 0, None)]),
            lambda: hasty.insert_many([(events("a", 1, 1), 0, None)]),
        ):
            with pytest.raises(StoreUnusable) as caught:
                append()
            assert caught.value.code == "locked"
    assert hasty.insert_events(events("a", 1, 1), expected=0)
    assert hasty.count() == 1


def test_an_append_that_fails_in_the_gate_leaves_it(url: str, hasty: PostgresRecorder) -> None:
    # a role that may insert and may not draw: what goes wrong does so when the gate is closed behind it
    schema = server_address(url).schema
    with by_hand(url) as connection:
        connection.execute(f"CREATE ROLE half_{schema} LOGIN")
        connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO half_{schema}")
        connection.execute(f"GRANT SELECT ON aftersales_ledger, stored_events TO half_{schema}")
        connection.execute(f"GRANT INSERT ON stored_events TO half_{schema}")
    with open_recorder(url.replace("tests@", f"half_{schema}@")) as half:
        for size in (1, 2):
            with pytest.raises(StoreUnusable, match="permission denied"):
                half.insert_events(events("a", 1, size), expected=0)
            assert hasty.insert_events(events(f"b{size}", 1, 1), expected=0)


def test_an_append_that_does_not_fit_does_not_come_to_the_gate(url: str, hasty: PostgresRecorder) -> None:
    hasty.insert_events(events("a", 1, 1), expected=0)
    with by_hand(url) as somebody:
        somebody.execute(f"SELECT pg_advisory_lock({GATE})")
        for size in (1, 2):
            with pytest.raises(IntegrityError, match="at version 1, not 0"):
                hasty.insert_events(events("a", 1, size), expected=0)


def test_whoever_comes_while_somebody_draws_draws_afterwards(url: str, recorder: PostgresRecorder) -> None:
    assert DRAW_ONE.index("pg_advisory_lock") < DRAW_ONE.index("nextval") < DRAW_ONE.index("pg_advisory_unlock")
    with by_hand(url) as drawing, ThreadPoolExecutor(1) as pool:
        drawing.execute(f"SELECT pg_advisory_lock({GATE})")
        ((first,),) = drawing.execute("SELECT nextval('stored_events_position_seq')")
        appended = pool.submit(recorder.insert_events, events("a", 1, 2), expected=0)
        when_waiting(url, appended)
        ((second,),) = drawing.execute("SELECT nextval('stored_events_position_seq')")
        drawing.execute(f"SELECT pg_advisory_unlock({GATE})")
        assert (second, appended.result()) == (first + 1, [first + 2, first + 3])


# ---- under load

WRITE = """
import sys
from eventsourcing.persistence import IntegrityError, StoredEvent
from aftersales_postgres import open_recorder
name = sys.argv[2]
def events(stream, first, size):
    return [StoredEvent(stream, first + i, "t", b"x" * 200) for i in range(size)]
with open_recorder(sys.argv[1]) as recorder:
    print("ready", flush=True)
    sys.stdin.readline()
    version = 0
    for number in range(150):
        size = 1 + (number * 7 + len(name)) % 9
        if number % 10 == 0:
            recorder.insert_many([(events(name, version + 1, size), version, None)])
            version += size
        elif number % 10 == 5:
            # the second is rolled back after it has drawn: its command is known
            assert recorder.insert_each([
                (events(name, version + 1, size), version, (f"{name}-{number}", b"")),
                (events(f"{name}-not", 1, size), 0, (f"{name}-{number - 1}", b"")),
                (events(name, version + size + 1, 1), version + size, None),
            ]) == [True, False, True]
            version += size + 1
        else:
            recorder.insert_events(events(name, version + 1, size), expected=version, command=(f"{name}-{number}", b""))
            version += size
            if number % 3 == 0:
                try:
                    recorder.insert_events(events(f"{name}-not", 1, size), expected=0, command=(f"{name}-{number}", b""))
                except IntegrityError:
                    continue
                raise AssertionError("recorded twice")
    print(version)
"""


def test_a_reader_that_follows_several_processes_sees_every_position_once_and_in_order(
    url: str, recorder: PostgresRecorder
) -> None:
    writers = [child(WRITE, url, "w" * n) for n in (1, 2, 3, 4)]
    start_together(*writers)
    seen: list[int] = []
    told: list[tuple[int, int]] = []  # a position said to be the highest, and how many there were up to it
    running = True
    while running:
        running = any(writer.poll() is None for writer in writers)
        while page := recorder.log(seen[-1] if seen else 0, 50):
            seen += [row[4] for row in page]
        if (top := recorder.max_notification_id()) is not None:
            told.append((top, recorder._read("SELECT count(*) FROM stored_events WHERE position <= %s", (top,))[0][0]))
    total = 0
    for writer in writers:
        said, _ = writer.communicate()
        assert writer.returncode == 0
        total += int(said)
    assert seen == [row[4] for row in recorder.log(0, 100_000)]
    assert len(seen) == total == recorder.count()
    assert told == [(top, sum(position <= top for position in seen)) for top, _ in told]


def test_whoever_has_been_answered_finds_it_in_the_log(url: str) -> None:
    with open_recorder(url) as recorder, ThreadPoolExecutor(8) as pool:

        def write(number: int) -> int:
            missing = 0
            for version in range(1, 41):
                (position,) = recorder.insert_events(events(f"s{number}", version, version), expected=version - 1)
                missing += position not in [row[4] for row in recorder.log(position - 1, 1)]
                missing += (recorder.max_notification_id() or 0) < position
            return missing

        assert list(pool.map(write, range(8))) == [0] * 8
        assert recorder.count() == 320
