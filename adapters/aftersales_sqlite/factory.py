"""工厂: for programs built on eventsourcing itself, `PERSISTENCE_MODULE=aftersales_sqlite.factory:SqliteFactory`."""

from __future__ import annotations

from eventsourcing.utils import Environment, EnvType

from aftersales_core.ledger.tracking import LedgerFactory
from aftersales_sqlite.recorder import SqliteRecorder
from aftersales_sqlite.tracking import SqliteProcessRecorder, SqliteTrackingRecorder


class SqliteFactory(LedgerFactory[SqliteRecorder]):
    """Makes recorders for the file `SQLITE_DBNAME`.

    Also read: `SQLITE_LOCK_TIMEOUT` (seconds, default 10) and `ORIGINATOR_ID_TYPE` (`uuid`, eventsourcing's
    default, or `text`, which is what the tickets of aftersales-core need). Snapshots are not kept.
    """

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Read the settings; raises OSError, as eventsourcing's factories do, when one is missing or wrong."""
        super().__init__(env)
        self._path = self.env.get("SQLITE_DBNAME") or ""
        if not self._path:
            raise OSError(
                f"no SQLite file is named; set one of {', '.join(self.env.create_keys('SQLITE_DBNAME'))}"
            )
        timeout = self.env.get("SQLITE_LOCK_TIMEOUT") or "10"
        try:
            self._timeout = float(timeout)
        except ValueError:
            raise OSError(f"SQLITE_LOCK_TIMEOUT is {timeout!r}; write a number of seconds") from None

    @property
    def tracking_recorder_class(self) -> type[SqliteTrackingRecorder]:
        """Notes how far was read, in the ledger's file."""
        return SqliteTrackingRecorder

    def open_recorder(self) -> SqliteRecorder:
        """A recorder of the file."""
        return SqliteRecorder(self._path, timeout=self._timeout, originator_id_type=self.id_type)

    def open_process_recorder(self) -> SqliteProcessRecorder:
        """A recorder of the file that notes what was read together with the events it led to."""
        return SqliteProcessRecorder(self._path, timeout=self._timeout, originator_id_type=self.id_type)

    def open_tracking_recorder(self, kind: type[SqliteTrackingRecorder]) -> SqliteTrackingRecorder:
        """A tracking recorder of class *kind* on the file."""
        return kind(self.open_recorder())
