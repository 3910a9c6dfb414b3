"""Where any one of two standbys has to have a commit, nothing that was acknowledged is lost when the primary dies."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from tests.quorum import NAMES, Quorum, fail_over_under_load, running_quorum

from aftersales_core.errors import StoreUnusable
from aftersales_core.testing.recorder_contract import events
from aftersales_postgres import open_recorder


@pytest.fixture
def quorum() -> Iterator[Quorum]:
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


def test_nothing_is_lost_twice_or_missed_when_the_primary_is_killed_under_load(quorum: Quorum) -> None:
    outcome = fail_over_under_load(quorum, before=150, after=60, detached=NAMES[0], processes=2)
    assert outcome.promoted == NAMES[1]
    assert outcome.told >= 210
    assert outcome.silent > 0
    assert dict(zip(outcome._fields[4:], outcome[4:], strict=True)) == dict.fromkeys(outcome._fields[4:], 0)
