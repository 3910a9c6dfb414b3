"""Where any one of two standbys has to have a commit, nothing that was acknowledged is lost when the primary dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.postgres import by_hand
from tests.quorum import NAMES, Quorum, fail_over_under_load, running_quorum

from aftersales_core.errors import StoreUnusable
from aftersales_core.testing.recorder_contract import events
from aftersales_postgres import open_recorder


@pytest.fixture(scope="module")
def quorum() -> Iterator[Quorum]:
    """One whose primary stays."""
    with running_quorum() as quorum:
        yield quorum


def test_a_standby_tells_of_streams_and_not_of_the_order_of_all(quorum: Quorum) -> None:
    with open_recorder(quorum.url(schema="shop")) as recorder:
        recorder.insert_events(events("a", 1, 2), expected=0, command=("c", b"d"))
        quorum.catch_up(NAMES[0])
        with open_recorder(quorum.standbys[NAMES[0]].url(schema="shop")) as reader:
            assert [row[1] for row in reader.rows("a")] == [1, 2]
            assert reader.answer("c") == ("a", b"d", 1, 2)
            asked: list[Callable[[], object]] = [
                lambda: reader.log(0, 10), lambda: reader.select_notifications(1, 10), reader.max_notification_id,
                reader.scan, lambda: reader.insert_events(events("a", 3, 3), expected=2),
            ]  # fmt: skip
            for ask in asked:
                with pytest.raises(StoreUnusable) as caught:
                    ask()
                assert caught.value.code == "standby"
        assert recorder.insert_events(events("a", 3, 3), expected=2) == [3]


WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = 'aftersales' AND pid <> %s"


def _when_one_waits_for_standbys(connection: Any, then: str, other_than: int = 0) -> int:
    while not (waiting := connection.execute(WAITING, (other_than,)).fetchall()):
        pass
    connection.execute(then, waiting[0])
    return int(waiting[0][0])


@pytest.mark.parametrize("end", ["SELECT pg_cancel_backend(%s)", "SELECT pg_terminate_backend(%s)"])
def test_an_append_whose_standbys_were_not_waited_for_is_not_acknowledged_until_they_have_it(quorum: Quorum, end: str) -> None:
    url = quorum.url(schema="cancelled" if "cancel" in end else "terminated")
    with open_recorder(url) as recorder, by_hand(url) as somebody, ThreadPoolExecutor(1) as pool:
        recorder.insert_events(events("a", 1, 1), expected=0)
        for name in NAMES:
            quorum.detach(name)
        appended = pool.submit(recorder.insert_events, events("a", 2, 2), expected=1, command=("c", b"d"))
        ended = _when_one_waits_for_standbys(somebody, end)
        if "terminate" in end:  # sent once more by itself, and found there: that is no acknowledgement either
            _when_one_waits_for_standbys(somebody, "SELECT pg_cancel_backend(%s)", other_than=ended)
        with pytest.raises(StoreUnusable) as caught:
            appended.result()
        assert caught.value.code == "connection-lost"
        asked = pool.submit(recorder.answer, "c")
        _when_one_waits_for_standbys(somebody, "SELECT %s::integer")
        assert not asked.done()
        for name in NAMES:
            quorum.attach(name)
        assert asked.result() == ("a", b"d", 2, 2)
        assert recorder.insert_events(events("a", 3, 3), expected=2)


def test_nothing_is_lost_twice_or_missed_when_the_primary_is_killed_under_load() -> None:
    with running_quorum() as quorum:
        outcome = fail_over_under_load(quorum, before=150, after=60, detached=NAMES[0], processes=2)
    assert outcome.promoted == NAMES[1]
    assert outcome.told >= 210
    assert outcome.silent > 0
    assert dict(zip(outcome._fields[4:], outcome[4:], strict=True)) == dict.fromkeys(outcome._fields[4:], 0)
