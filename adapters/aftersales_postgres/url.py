"""地址: ledgers in PostgreSQL by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aftersales_core.addresses import server_address
from aftersales_core.errors import StoreUnusable

if TYPE_CHECKING:
    from aftersales_postgres.recorder import PostgresRecorder


def open_recorder(url: str) -> PostgresRecorder:
    """The recorder at `postgresql://user@host/database`, as libpq reads it, with `?schema=` and `?timeout=` if wanted.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason), or the database is not usable.
    """
    address = server_address(url)
    try:
        from aftersales_postgres.recorder import PostgresRecorder
    except ModuleNotFoundError as missing:
        if missing.name != "psycopg":
            raise
        reason = "the driver psycopg is not installed; install aftersales-core[postgres]"
        raise StoreUnusable("unopenable", path=address.name, reason=reason) from missing
    return PostgresRecorder(address)
