"""地址: view stores by URL."""

from __future__ import annotations

from aftersales_core.addresses import file_address
from aftersales_sql.engines import sqlite_engine
from aftersales_sql.store import SqlViewStore


def open_store(url: str) -> SqlViewStore:
    """The store at `sqlite:///relative.db` or `sqlite:////absolute/path.db`, with `?timeout=5` (seconds) if wanted.

    It is meant to be the same file as the ledger's; the ledger is to be opened first, since it marks a new file.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason), or the file is not usable.
    """
    path, timeout = file_address(url)
    return SqlViewStore(sqlite_engine(path, timeout), name=path)
