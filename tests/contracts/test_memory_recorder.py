"""The reference recorder keeps the promises that the others are held to."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Barrier
from typing import Any

import pytest
from eventsourcing.tests.persistence import AggregateRecorderTestCase, ApplicationRecorderTestCase

from aftersales_core.ledger import MemoryRecorder
from aftersales_core.testing.recorder_contract import FollowedContract


class SilentRecorder(MemoryRecorder):
    """The aggregate suite insists that its recorders have no positions to tell."""

    def insert_events(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]
        super().insert_events(*args, **kwargs)


class TestAggregateSuite(AggregateRecorderTestCase):
    def create_recorder(self) -> MemoryRecorder:
        return SilentRecorder()


class TestApplicationSuite(ApplicationRecorderTestCase):
    def create_recorder(self) -> MemoryRecorder:
        return MemoryRecorder()

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


del AggregateRecorderTestCase, ApplicationRecorderTestCase


class TestPromises(FollowedContract):
    @pytest.fixture
    def recorder(self) -> MemoryRecorder:
        return MemoryRecorder()


def test_what_is_undone_was_seen_by_nobody() -> None:
    recorder = MemoryRecorder()
    seen: list[Future[object]] = []

    def look(pool: ThreadPoolExecutor) -> None:
        asked: list[Callable[[], object]] = [recorder.count, lambda: recorder.version("a"), lambda: recorder.answer("c")]
        begun = Barrier(len(asked) + 1)
        seen.extend(pool.submit(lambda ask=ask: (begun.wait(), ask())[1]) for ask in asked)
        begun.wait()
        wait(seen, timeout=0.2)  # either they look now, or they wait for us
        raise ZeroDivisionError

    with ThreadPoolExecutor(3) as pool:
        with pytest.raises(ZeroDivisionError):
            recorder.fill([("a", 1, "t", b"", "c", b"d", 1)], lambda _rows: look(pool))
        assert [each.result() for each in seen] == [0, 0, None]
