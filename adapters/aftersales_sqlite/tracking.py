"""读到: positions of eventsourcing's programs in a ledger's file, noted together with what was made of the events."""

from __future__ import annotations

import sqlite3

from aftersales_core.ledger.tracking import SqlProcessing, SqlTracking
from aftersales_sqlite.recorder import SqliteRecorder


class SqliteTrackingRecorder(SqlTracking[sqlite3.Connection]):
    """How far was read, in the table `tracking` of a ledger's file; the root of a view of your own in the same file."""

    SIGN = "?"


class SqliteProcessRecorder(SqlProcessing, SqliteRecorder):
    """A recorder that notes how far another application was read together with the events this led to."""

    TRACKING = SqliteTrackingRecorder
