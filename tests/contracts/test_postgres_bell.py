"""Followers of other programs are told of commits at once, appends do not pay for it, and without being told they ask."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from eventsourcing.persistence import ProgrammingError
from tests.postgres import Server, by_hand

from aftersales_core.ledger import following
from aftersales_core.testing.recorder_contract import events
from aftersales_postgres import PostgresRecorder, bell, open_recorder
from aftersales_postgres.bell import NOTIFY


@pytest.fixture
def url(postgres: Server) -> str:
    return postgres.new_url()


@pytest.fixture
def writer(url: str) -> Iterator[PostgresRecorder]:
    with open_recorder(url) as recorder:
        yield recorder


@pytest.fixture
def reader(url: str) -> Iterator[PostgresRecorder]:
    with open_recorder(url) as recorder:
        yield recorder


def listening(recorder: PostgresRecorder) -> bool:
    assert recorder._ear is not None
    return recorder._ear.listens.wait(60)


@pytest.fixture
def no_asking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Followers ask for news once an hour."""
    monkeypatch.setattr(following, "POLL_SECONDS", 3600)


def test_a_follower_is_told_what_another_program_committed(
    writer: PostgresRecorder, reader: PostgresRecorder, no_asking: None
) -> None:
    with reader.subscribe() as tail, ThreadPoolExecutor(1) as pool:
        assert listening(reader)
        for version in (1, 2, 3):
            writer.insert_events(events("a", version, version), expected=version - 1)
            assert pool.submit(next, tail).result(60).originator_version == version
        writer.insert_many([(events("b", 1, 1), 0, None)])
        assert pool.submit(next, tail).result(60).originator_id == "b"
        writer.insert_each([(events("c", 1, 1), 0, None)])
        assert pool.submit(next, tail).result(60).originator_id == "c"


def test_what_was_committed_before_anybody_listened_is_not_waited_for(
    writer: PostgresRecorder, reader: PostgresRecorder, no_asking: None
) -> None:
    writer.insert_events(events("a", 1, 1), expected=0)
    with reader.subscribe() as tail, ThreadPoolExecutor(1) as pool:
        assert pool.submit(next, tail).result(60).originator_version == 1


def test_a_follower_that_is_told_nothing_asks(url: str, reader: PostgresRecorder) -> None:
    with reader.subscribe() as tail, by_hand(url) as somebody, ThreadPoolExecutor(1) as pool:
        assert listening(reader)
        somebody.execute("INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES ('a', 1, 't', '')")
        assert pool.submit(next, tail).result(60).originator_id == "a"


def test_a_follower_listens_again_after_its_connection_was_lost(
    url: str, writer: PostgresRecorder, reader: PostgresRecorder, no_asking: None
) -> None:
    with reader.subscribe() as tail, by_hand(url) as somebody, ThreadPoolExecutor(1) as pool:
        assert listening(reader)
        ((ended,),) = somebody.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
            " AND application_name = 'aftersales'"
        )
        assert ended >= 1
        writer.insert_events(events("a", 1, 1), expected=0)
        assert pool.submit(next, tail).result(60).originator_id == "a"


def test_nobody_is_notified_where_nobody_listens(writer: PostgresRecorder, reader: PostgresRecorder) -> None:
    assert writer._connections.fetch(NOTIFY) == []
    with reader.subscribe():
        assert listening(reader)
        assert len(writer._connections.fetch(NOTIFY)) == 1
    reader.close()
    while writer._connections.fetch(NOTIFY):  # the server takes a moment to see that a connection is gone
        pass
    assert writer._connections.fetch(NOTIFY) == []


def test_who_follows_one_ledger_is_not_told_of_another(postgres: Server, writer: PostgresRecorder, url: str) -> None:
    with open_recorder(postgres.new_url()) as other, other.subscribe():
        assert listening(other)
        assert writer._connections.fetch(NOTIFY) == []


def test_a_closed_ledger_is_not_listened_to(reader: PostgresRecorder) -> None:
    reader.close()
    with pytest.raises(ProgrammingError, match="closed"), reader.subscribe() as tail:
        next(tail)
    assert reader._ear is None


@pytest.fixture
def many_files_open() -> Iterator[None]:
    """More than `select()` can tell apart."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    held: list[int] = []
    try:
        while not held or held[-1] < 1200:
            held.append(os.dup(0))
        yield
    finally:
        for number in held:
            os.close(number)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_program_with_a_thousand_files_open_is_told_as_well(
    writer: PostgresRecorder, reader: PostgresRecorder, no_asking: None, many_files_open: None
) -> None:
    with reader.subscribe() as tail, ThreadPoolExecutor(1) as pool:
        assert listening(reader)
        writer.insert_events(events("a", 1, 1), expected=0)
        assert pool.submit(next, tail).result(60).originator_id == "a"


def test_a_subscription_that_comes_while_the_ledger_is_closed_leaves_nobody_listening(
    reader: PostgresRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: list[following.Follower[PostgresRecorder]] = []
    close = reader._connections.close

    def close_after_another_came() -> None:
        late.append(reader.subscribe())
        close()

    with monkeypatch.context() as patch:
        patch.setattr(reader._connections, "close", close_after_another_came)
        reader.close()
    assert reader._ear is None
    with pytest.raises(ProgrammingError, match="closed"):
        next(late[0])


def test_a_bell_that_is_ringing_can_be_closed_at_any_moment(
    writer: PostgresRecorder, reader: PostgresRecorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A ring that is taken for an old one must not be the last."""
    monkeypatch.setattr(bell, "GATHER_SECONDS", 0)
    often = sys.getswitchinterval()

    def close_while_they_ring() -> None:
        for number in range(6000):
            ringing = bell.Bell(writer._connections)
            ringing.ring()
            for _ in range(number % 100):
                ringing.ring()  # time goes by, and the thread gets its turns
            ringing.close()

    with reader.subscribe(), ThreadPoolExecutor(1) as pool:
        assert listening(reader)
        sys.setswitchinterval(1e-6)
        try:
            pool.submit(close_while_they_ring).result(120)
        finally:
            sys.setswitchinterval(often)
