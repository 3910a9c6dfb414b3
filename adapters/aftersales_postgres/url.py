"""地址: ledgers in PostgreSQL by URL."""

from __future__ import annotations

from aftersales_core.addresses import server_address
from aftersales_postgres.recorder import PostgresRecorder


def open_recorder(url: str) -> PostgresRecorder:
    """The recorder at `postgresql://user@host/database`, as libpq reads it, with `?schema=` and `?timeout=` if wanted.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason), or the database is not usable.
    """
    return PostgresRecorder(server_address(url))
