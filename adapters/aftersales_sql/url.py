"""地址: view stores and safes by URL."""

from __future__ import annotations

from aftersales_core.addresses import file_address, server_address
from aftersales_sql.engines import sqlite_engine
from aftersales_sql.safe import SqlSafe
from aftersales_sql.store import SqlViewStore


def open_store(url: str) -> SqlViewStore:
    """The store at `sqlite:///relative.db`, `sqlite:////absolute/path.db` or `postgresql://user@host/database`.

    With `?timeout=5` (seconds) and, on a server, `?schema=shop` if wanted. It is meant to be the same file or schema
    as the ledger's; the ledger is to be opened first, since it marks a new one.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason), or the file is not usable.
    """
    if url.startswith("postgresql:"):
        from aftersales_sql.server import postgres_engine  # the driver need not be installed for a file

        address = server_address(url)
        return SqlViewStore(postgres_engine(address), name=address.name)
    file = file_address(url)
    return SqlViewStore(sqlite_engine(file.path, file.timeout), name=file.path)


def open_safe(url: str) -> SqlSafe:
    """The safe in the same place; for URLs and errors see `open_store`. Its table is made where it is not there."""
    if url.startswith("postgresql:"):
        from aftersales_sql.server import postgres_engine

        address = server_address(url)
        return SqlSafe(postgres_engine(address, durable=True), name=address.name)
    file = file_address(url)
    return SqlSafe(sqlite_engine(file.path, file.timeout, durable=True), name=file.path)
