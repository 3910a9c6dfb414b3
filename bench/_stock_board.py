"""The stock way to a board: a projection with a table written by hand, tracking and row in one commit for every event.

eventsourcing's SQLite recorder has no `subscribe`, so its runner cannot run on SQLite; notifications are selected instead.
"""

from __future__ import annotations

from typing import Any

from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking
from eventsourcing.projection import Projection
from eventsourcing.sqlite import SQLiteCursor, SQLiteDatastore, SQLiteTrackingRecorder

from bench._stock import StockDesk, StockTicket

SELECTED = 1000
"""Notifications read at once."""


class StockBoard(SQLiteTrackingRecorder):
    """The same columns as ours as far as the aggregate knows them, under the same five indexes."""

    def construct_create_table_statements(self) -> list[str]:
        return [
            *super().construct_create_table_statements(),
            "CREATE TABLE IF NOT EXISTS board (id TEXT PRIMARY KEY, ticket TEXT, stage TEXT, category TEXT, customer TEXT, phone TEXT,"
            " address TEXT, owner TEXT, crew TEXT, visit_start TEXT, opened_at TEXT, stage_since TEXT, last_at TEXT, next_due TEXT,"
            " version INTEGER)",
            *(
                f"CREATE INDEX IF NOT EXISTS board_{at} ON board ({columns})"
                for at, columns in enumerate(("stage, next_due", "customer", "phone", "crew", "last_at"))
            ),
        ]

    def open_ticket(self, tracking: Tracking, **row: Any) -> None:
        with self.datastore.transaction(commit=True) as c:
            self._insert_tracking(c, tracking)
            c.execute(f"INSERT INTO board ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", row)

    def change_ticket(self, tracking: Tracking, id: str, **row: Any) -> None:
        with self.datastore.transaction(commit=True) as c:
            self._insert_tracking(c, tracking)
            self._change(c, id, row)

    @staticmethod
    def _change(c: SQLiteCursor, id: str, row: dict[str, Any]) -> None:
        c.execute(f"UPDATE board SET {', '.join(f'{name} = :{name}' for name in row)} WHERE id = :id", {**row, "id": id})


class BoardProjection(Projection[StockBoard]):
    """Every event moves the row; those that change where a ticket stands say so."""

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        self._moved(domain_event, tracking)

    @process_event.register
    def reported(self, domain_event: StockTicket.Reported, tracking: Tracking) -> None:  # type: ignore[name-defined]
        e = domain_event
        at = e.occurred_at.isoformat()
        self.view.open_ticket(
            tracking, id=str(e.originator_id), ticket=e.number, stage="REPORTED", category=e.category, customer=e.customer, phone=e.phone,
            address=e.address, opened_at=at, stage_since=at, last_at=at, version=e.originator_version,
        )  # fmt: skip

    @process_event.register
    def triaged(self, domain_event: StockTicket.Triaged, tracking: Tracking) -> None:  # type: ignore[name-defined]
        self._moved(domain_event, tracking, owner=domain_event.owner, stage="TRIAGED")

    @process_event.register
    def booked(self, domain_event: StockTicket.AppointmentMade, tracking: Tracking) -> None:  # type: ignore[name-defined]
        self._moved(domain_event, tracking, visit_start=domain_event.start.isoformat())

    @process_event.register
    def dispatched(self, domain_event: StockTicket.Dispatched, tracking: Tracking) -> None:  # type: ignore[name-defined]
        self._moved(domain_event, tracking, crew="、".join(domain_event.crew), stage="DISPATCHED")

    @process_event.register
    def installed(self, domain_event: StockTicket.Installed, tracking: Tracking) -> None:  # type: ignore[name-defined]
        self._moved(domain_event, tracking, stage="INSTALLED")

    def _moved(self, e: Any, tracking: Tracking, **row: Any) -> None:
        at = e.occurred_at.isoformat()
        since = {"stage_since": at} if "stage" in row else {}
        self.view.change_ticket(tracking, str(e.originator_id), last_at=at, version=e.originator_version, **row, **since)


def stock_board(path: str) -> StockBoard:
    board = StockBoard(SQLiteDatastore(path, lock_timeout=10))
    board.create_table()
    return board


def catch_up(stock: StockDesk, projection: BoardProjection) -> int:
    """Process whatever was saved since; how many events that was."""
    done = 0
    while True:
        after = projection.view.max_tracking_id(stock.name)
        found = stock.recorder.select_notifications(after, SELECTED, inclusive_of_start=False)
        if not found:
            return done
        for notification in found:
            projection.process_event(stock.mapper.to_domain_event(notification), Tracking(stock.name, notification.id))
        done += len(found)
