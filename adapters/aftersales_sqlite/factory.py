"""工厂: for programs built on eventsourcing itself, `PERSISTENCE_MODULE=aftersales_sqlite.factory:SqliteFactory`."""

from __future__ import annotations

from typing import Literal, NoReturn, cast

from eventsourcing.persistence import InfrastructureFactory, ProcessRecorder, TrackingRecorder
from eventsourcing.utils import Environment, EnvType

from aftersales_sqlite.recorder import SqliteRecorder


class SqliteFactory(InfrastructureFactory[TrackingRecorder]):
    """Makes recorders for the file `SQLITE_DBNAME`.

    Also read: `SQLITE_LOCK_TIMEOUT` (seconds, default 10) and `ORIGINATOR_ID_TYPE` (`uuid`, eventsourcing's
    default, or `text`, which is what the tickets of aftersales-core need).
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
        kind = self.env.get("ORIGINATOR_ID_TYPE", "uuid")
        if kind not in ("uuid", "text"):
            raise OSError(f"ORIGINATOR_ID_TYPE is {kind!r}; write uuid or text")
        self._id_type = cast(Literal["uuid", "text"], kind)
        self._recorder: SqliteRecorder | None = None

    def application_recorder(self) -> SqliteRecorder:
        """The recorder of the file, the same one at every call."""
        if self._recorder is None:
            self._recorder = SqliteRecorder(
                self._path, timeout=self._timeout, originator_id_type=self._id_type
            )
        return self._recorder

    def aggregate_recorder(self, purpose: str = "events") -> SqliteRecorder:
        """The same recorder for events; snapshots are not kept."""
        if purpose != "events":
            raise NotImplementedError(f"{purpose} are not kept here; leave IS_SNAPSHOTTING_ENABLED unset")
        return self.application_recorder()

    def tracking_recorder(self, tracking_recorder_class: type[TrackingRecorder] | None = None) -> NoReturn:
        """Not here: a view keeps its own position, in its own database."""
        raise NotImplementedError(
            "views are not kept in the ledger's file; give the view its own persistence,"
            " e.g. <VIEW>_PERSISTENCE_MODULE=eventsourcing.sqlite with its own <VIEW>_SQLITE_DBNAME"
        )

    def process_recorder(self) -> ProcessRecorder:
        """Not here: see `tracking_recorder`."""
        raise NotImplementedError(
            "process applications are not supported; follow the ledger with a projection,"
            " or use PERSISTENCE_MODULE=eventsourcing.sqlite with another file"
        )

    def close(self) -> None:
        """Close the recorder, if one was made."""
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None
