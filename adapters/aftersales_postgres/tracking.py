"""读到: positions of eventsourcing's programs in a ledger's schema, noted together with what was made of the events."""

from __future__ import annotations

from aftersales_core.ledger.tracking import SqlProcessing, SqlTracking
from aftersales_postgres.connections import Connection
from aftersales_postgres.recorder import PostgresRecorder


class PostgresTrackingRecorder(SqlTracking[Connection]):
    """How far was read, in the table `tracking` of a ledger's schema; the root of a view of your own in the same schema."""

    SIGN = "%s"


class PostgresProcessRecorder(SqlProcessing, PostgresRecorder):
    """A recorder that notes how far another application was read together with the events this led to."""

    TRACKING = PostgresTrackingRecorder
