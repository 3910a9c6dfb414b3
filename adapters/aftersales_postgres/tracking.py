"""读到: positions of eventsourcing's programs in a ledger's schema, noted together with what was made of the events."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

from eventsourcing.persistence import ProcessRecorder, StoredEvent, Tracking

from aftersales_core.ledger.tracking import TABLE, Tracked, note
from aftersales_postgres.connections import Connection
from aftersales_postgres.recorder import PostgresRecorder

_NOTE: Final = (
    "INSERT INTO tracking VALUES (%s, %s) ON CONFLICT (application_name) DO UPDATE"
    " SET notification_id = excluded.notification_id WHERE tracking.notification_id < excluded.notification_id RETURNING 1"
)
_LAST: Final = "SELECT notification_id FROM tracking WHERE application_name = %s"


class PostgresTrackingRecorder(Tracked[Connection]):
    """How far was read, in the table `tracking` of a ledger's schema; the root of a view of your own in the same schema."""

    NOTE, LAST = _NOTE, _LAST
    TABLES: tuple[str, ...] = ()
    """`CREATE TABLE IF NOT EXISTS …` of a view's own tables."""

    def __init__(self, recorder: PostgresRecorder) -> None:
        """Stand on *recorder*, which `close` closes."""
        self.recorder = recorder
        with recorder.transaction() as connection:
            for statement in (TABLE, *self.TABLES):
                connection.execute(statement)

    def transaction(self) -> AbstractContextManager[Connection]:
        """A connection; what is done with it is committed together, or not at all."""
        return self.recorder.transaction()

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """All rows of a query."""
        return self.recorder.fetch(statement, parameters)

    def close(self) -> None:
        """Close the recorder; twice is fine."""
        self.recorder.close()


class PostgresProcessRecorder(PostgresRecorder, Tracked[Connection], ProcessRecorder):
    """A recorder that notes how far another application was read together with the events this led to."""

    NOTE, LAST = _NOTE, _LAST

    def __init__(self, *args: Any, **options: Any) -> None:
        """As `PostgresRecorder`."""
        super().__init__(*args, **options)
        with self.transaction() as connection:
            connection.execute(TABLE)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, tracking: Tracking | None = None, **options: Any
    ) -> Sequence[int]:
        """Append events as `PostgresRecorder` does, and note *tracking* in the same transaction.

        Raises:
            IntegrityError: the events are refused, or so far was read before; nothing was written.
        """
        if tracking is None:
            return super().insert_events(stored_events, **options)
        return self.insert_with(lambda connection: note(connection, _NOTE, tracking), stored_events, **options)
