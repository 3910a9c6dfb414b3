"""工厂: for programs built on eventsourcing itself, `PERSISTENCE_MODULE=aftersales_postgres.factory:PostgresFactory`."""

from __future__ import annotations

from eventsourcing.utils import Environment, EnvType

from aftersales_core.addresses import server_address
from aftersales_core.errors import StoreUnusable
from aftersales_core.ledger.tracking import LedgerFactory
from aftersales_postgres.recorder import PostgresRecorder
from aftersales_postgres.tracking import PostgresProcessRecorder, PostgresTrackingRecorder


class PostgresFactory(LedgerFactory[PostgresRecorder]):
    """Makes recorders for the database `POSTGRES_URL`, e.g. `postgresql://user@host/database?schema=shop`.

    Also read: `ORIGINATOR_ID_TYPE` (`uuid`, eventsourcing's default, or `text`, which is what the tickets of
    aftersales-core need). Snapshots are not kept.
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

    @property
    def tracking_recorder_class(self) -> type[PostgresTrackingRecorder]:
        """Notes how far was read, in the ledger's schema."""
        return PostgresTrackingRecorder

    def open_recorder(self) -> PostgresRecorder:
        """A recorder of the database."""
        return PostgresRecorder(self._address, originator_id_type=self.id_type)

    def open_process_recorder(self) -> PostgresProcessRecorder:
        """A recorder of the database that notes what was read together with the events it led to."""
        return PostgresProcessRecorder(self._address, originator_id_type=self.id_type)

    def open_tracking_recorder(self, kind: type[PostgresTrackingRecorder]) -> PostgresTrackingRecorder:
        """A tracking recorder of class *kind* on the database."""
        return kind(self.open_recorder())
