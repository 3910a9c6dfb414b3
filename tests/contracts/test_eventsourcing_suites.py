"""What eventsourcing ships to prove its own factories, tracking, processes and projections by, on each of our ledgers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar
from unittest import TestCase

import pytest
from eventsourcing.persistence import InfrastructureFactory, Tracking
from eventsourcing.popo import POPOProcessRecorder, POPOTrackingRecorder
from eventsourcing.tests.persistence import (
    InfrastructureFactoryTestCase,
    ProcessRecorderTestCase,
    TrackingRecorderTestCase,
)
from eventsourcing.tests.projection import (
    AggregateEventCountersProjectionTestCase,
    EventCountersView,
    EventCountersViewTestCase,
    EventSourcedProjectionTestCase,
)
from eventsourcing.utils import Environment
from tests.postgres import Server

from aftersales_core.ledger import MemoryFactory, MemoryRecorder
from aftersales_postgres import PostgresFactory, PostgresRecorder
from aftersales_postgres.tracking import PostgresProcessRecorder, PostgresTrackingRecorder
from aftersales_sqlite import SqliteFactory, SqliteRecorder
from aftersales_sqlite.tracking import SqliteProcessRecorder, SqliteTrackingRecorder

# ---- views that count events, as eventsourcing's suite for views wants one of every database

COUNTERS = "CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, count BIGINT NOT NULL)"
COUNT = "INSERT INTO counters VALUES ('{}', 1) ON CONFLICT (name) DO UPDATE SET count = counters.count + 1"
COUNTED = "SELECT count FROM counters WHERE name = '{}'"


class CountersInMemory(POPOTrackingRecorder, EventCountersView):
    def __init__(self) -> None:
        super().__init__()
        self.counters = {"created": 0, "subsequent": 0}

    def _count(self, name: str, tracking: Tracking) -> None:
        with self._database_lock:
            self._assert_tracking_uniqueness(tracking)
            self._insert_tracking(tracking)
            self.counters[name] += 1

    def get_created_event_counter(self) -> int:
        return self.counters["created"]

    def get_subsequent_event_counter(self) -> int:
        return self.counters["subsequent"]

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self._count("created", tracking)

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self._count("subsequent", tracking)


class CountersInTables(EventCountersView):
    """For any tracking recorder of ours on a database with SQL."""

    TABLES = (COUNTERS,)

    def _count(self: Any, name: str, tracking: Tracking) -> None:
        with self.tracked(tracking) as connection:
            connection.execute(COUNT.format(name))

    def _counted(self: Any, name: str) -> int:
        return sum(count for (count,) in self.fetch(COUNTED.format(name)))

    def get_created_event_counter(self) -> int:
        return self._counted("created")

    def get_subsequent_event_counter(self) -> int:
        return self._counted("subsequent")

    def incr_created_event_counter(self, tracking: Tracking) -> None:
        self._count("created", tracking)

    def incr_subsequent_event_counter(self, tracking: Tracking) -> None:
        self._count("subsequent", tracking)


class CountersOnAFile(CountersInTables, SqliteTrackingRecorder):
    pass


class CountersInASchema(CountersInTables, PostgresTrackingRecorder):
    pass


# ---- where each of our ledgers lives


class InMemory(TestCase):
    """What the suites ask of a database: its settings, its classes, and recorders that are closed afterwards."""

    FACTORY: ClassVar[Any] = MemoryFactory
    RECORDERS: ClassVar[tuple[Any, Any, Any]] = (MemoryRecorder, POPOTrackingRecorder, POPOProcessRecorder)
    VIEW: ClassVar[Any] = CountersInMemory

    @pytest.fixture(autouse=True)
    def _settings(self) -> None:
        self.settings = {"PERSISTENCE_MODULE": "aftersales_core.ledger:MemoryFactory"}

    def factory_here(self) -> Any:
        made: Any = InfrastructureFactory.construct(Environment(env=self.settings))
        self.addCleanup(made.close)
        return made


class OnAFile(InMemory):
    FACTORY = SqliteFactory
    RECORDERS = (SqliteRecorder, SqliteTrackingRecorder, SqliteProcessRecorder)
    VIEW = CountersOnAFile

    @pytest.fixture(autouse=True)
    def _settings(self, tmp_path: Path) -> None:
        self.settings = {"PERSISTENCE_MODULE": "aftersales_sqlite.factory:SqliteFactory", "SQLITE_DBNAME": str(tmp_path / "x.db")}


class InASchema(InMemory):
    FACTORY = PostgresFactory
    RECORDERS = (PostgresRecorder, PostgresTrackingRecorder, PostgresProcessRecorder)
    VIEW = CountersInASchema

    @pytest.fixture(autouse=True)
    def _settings(self, postgres: Server) -> None:
        self.server = postgres
        self.settings = {"PERSISTENCE_MODULE": "aftersales_postgres.factory:PostgresFactory", "POSTGRES_URL": postgres.new_url()}


# ---- the suites


class Factory(InfrastructureFactoryTestCase[Any]):
    FACTORY: ClassVar[Any]
    RECORDERS: ClassVar[tuple[Any, Any, Any]]
    VIEW: ClassVar[Any]
    settings: dict[str, str]

    def setUp(self) -> None:
        self.env = Environment(env=self.settings)
        super().setUp()

    def expected_factory_class(self) -> Any:
        return self.FACTORY

    def expected_aggregate_recorder_class(self) -> Any:
        return self.RECORDERS[0]

    expected_application_recorder_class = expected_aggregate_recorder_class

    def expected_tracking_recorder_class(self) -> Any:
        return self.RECORDERS[1]

    def tracking_recorder_subclass(self) -> Any:
        return self.VIEW

    def expected_process_recorder_class(self) -> Any:
        return self.RECORDERS[2]


class TestFactoryInMemory(InMemory, Factory):
    pass


class TestFactoryOnAFile(OnAFile, Factory):
    pass


class TestFactoryInASchema(InASchema, Factory):
    pass


class TrackingOf(TrackingRecorderTestCase):
    def create_recorder(self: Any) -> Any:
        return self.factory_here().tracking_recorder()


class TestTrackingOnAFile(OnAFile, TrackingOf):
    pass


class TestTrackingInASchema(InASchema, TrackingOf):
    pass


class ProcessOf(ProcessRecorderTestCase):
    def create_recorder(self: Any) -> Any:
        return self.factory_here().process_recorder()


class TestProcessOnAFile(OnAFile, ProcessOf):
    pass


class TestProcessInASchema(InASchema, ProcessOf):
    pass


class ViewOf(EventCountersViewTestCase):
    def construct_event_counters_view(self: Any) -> Any:
        return self.factory_here().tracking_recorder(self.VIEW)


class TestViewInMemory(InMemory, ViewOf):
    pass


class TestViewOnAFile(OnAFile, ViewOf):
    pass


class TestViewInASchema(InASchema, ViewOf):
    pass


class ProjectionOf(AggregateEventCountersProjectionTestCase):
    def setUp(self: Any) -> None:
        self.env, self.view_class = self.settings, self.VIEW


class TestProjectionInMemory(InMemory, ProjectionOf):
    pass


class TestProjectionOnAFile(OnAFile, ProjectionOf):
    pass


class TestProjectionInASchema(InASchema, ProjectionOf):
    pass


class EventSourcedProjectionOf(EventSourcedProjectionTestCase):
    def setUp(self: Any) -> None:
        # application and projection have a ledger each
        self.env = {**self.settings, **self.another_place()}


class TestEventSourcedProjectionInMemory(InMemory, EventSourcedProjectionOf):
    def another_place(self) -> dict[str, str]:
        return {}


class TestEventSourcedProjectionOnAFile(OnAFile, EventSourcedProjectionOf):
    def another_place(self) -> dict[str, str]:
        return {"COUNTERS_SQLITE_DBNAME": self.settings["SQLITE_DBNAME"] + "2"}


class TestEventSourcedProjectionInASchema(InASchema, EventSourcedProjectionOf):
    def another_place(self) -> dict[str, str]:
        return {"COUNTERS_POSTGRES_URL": self.server.new_url()}


del InfrastructureFactoryTestCase, TrackingRecorderTestCase, ProcessRecorderTestCase, EventCountersViewTestCase
del AggregateEventCountersProjectionTestCase, EventSourcedProjectionTestCase
del InMemory, OnAFile, InASchema, Factory, TrackingOf, ProcessOf, ViewOf, ProjectionOf, EventSourcedProjectionOf, TestCase
