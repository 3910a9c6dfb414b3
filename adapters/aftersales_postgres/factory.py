"""工厂: for programs built on eventsourcing itself, `PERSISTENCE_MODULE=aftersales_postgres.factory:PostgresFactory`."""

from __future__ import annotations

from typing import Literal, NoReturn, cast

from eventsourcing.persistence import InfrastructureFactory, ProcessRecorder, TrackingRecorder
from eventsourcing.utils import Environment, EnvType

from aftersales_core.addresses import server_address
from aftersales_core.errors import StoreUnusable
from aftersales_postgres.recorder import PostgresRecorder


class PostgresFactory(InfrastructureFactory[TrackingRecorder]):
    """Makes recorders for the database `POSTGRES_URL`, e.g. `postgresql://user@host/database?schema=shop`.

    Also read: `ORIGINATOR_ID_TYPE` (`uuid`, eventsourcing's default, or `text`, which is what the tickets of
    aftersales-core need).
    """

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Read the settings; raises OSError, as eventsourcing's factories do, when one is missing or wrong."""
        super().__init__(env)
        url = self.env.get("POSTGRES_URL") or ""
        if not url:
            raise OSError(f"no database is named; set one of {', '.join(self.env.create_keys('POSTGRES_URL'))}")
        try:
            self._address = server_address(url)
        except StoreUnusable as problem:
            raise OSError(str(problem)) from problem
        kind = self.env.get("ORIGINATOR_ID_TYPE", "uuid")
        if kind not in ("uuid", "text"):
            raise OSError(f"ORIGINATOR_ID_TYPE is {kind!r}; write uuid or text")
        self._id_type = cast(Literal["uuid", "text"], kind)
        self._recorder: PostgresRecorder | None = None

    def application_recorder(self) -> PostgresRecorder:
        """The recorder of the database, the same one at every call."""
        if self._recorder is None:
            self._recorder = PostgresRecorder(self._address, originator_id_type=self._id_type)
        return self._recorder

    def aggregate_recorder(self, purpose: str = "events") -> PostgresRecorder:
        """The same recorder for events; snapshots are not kept."""
        if purpose != "events":
            raise NotImplementedError(f"{purpose} are not kept here; leave IS_SNAPSHOTTING_ENABLED unset")
        return self.application_recorder()

    def tracking_recorder(self, tracking_recorder_class: type[TrackingRecorder] | None = None) -> NoReturn:
        """Not here: a view keeps its own position, with its own rows."""
        raise NotImplementedError(
            "views are not kept beside the ledger's events; give the view its own persistence,"
            " e.g. <VIEW>_PERSISTENCE_MODULE=eventsourcing.postgres"
        )

    def process_recorder(self) -> ProcessRecorder:
        """Not here: see `tracking_recorder`."""
        raise NotImplementedError("process applications are not supported; follow the ledger with a projection")

    def close(self) -> None:
        """Close the recorder, if one was made."""
        if self._recorder is not None:
            self._recorder.close()
            self._recorder = None
