"""The reference recorder keeps the promises that the others are held to."""

from __future__ import annotations

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
