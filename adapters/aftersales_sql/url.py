"""地址: view stores by URL, the form in which settings and command lines name them."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from aftersales_core.errors import StoreUnusable
from aftersales_sql.engines import sqlite_engine
from aftersales_sql.store import SqlViewStore


def open_store(url: str, **options: object) -> SqlViewStore:
    """The store at `sqlite:///relative.db` or `sqlite:////absolute/path.db`, with `?timeout=5` (seconds) if wanted.

    It is meant to be the same file as the ledger's; the ledger is to be opened first, since it marks a new file.

    Args:
        options: `timeout` (seconds to wait for another writer, default 10), as in the URL; no others.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason), or the file is not usable.
    """

    def refused(reason: str) -> StoreUnusable:
        return StoreUnusable("unopenable", path=url, reason=reason)

    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise refused(str(error)) from error
    if parts.scheme != "sqlite" or parts.netloc or not url.startswith("sqlite:///"):
        raise refused("the URL of a file is sqlite:///relative.db or sqlite:////absolute/path.db")
    if parts.fragment:
        raise refused("a # in a file name is written %23")
    path = unquote(parts.path[1:])
    if path in ("", ".", ":memory:") or "\0" in path:
        raise refused("views in SQLite need a file name; use memory: for a store without one")
    wishes = {"timeout": 10.0, **options, **dict(parse_qsl(parts.query, keep_blank_values=True))}
    given = wishes.pop("timeout")
    if wishes:
        raise refused(f"unknown option {next(iter(wishes))!r}; the only one is timeout, in seconds")
    try:
        timeout = float(str(given))
    except ValueError:
        timeout = -1.0
    if not 0 <= timeout <= 3600:
        raise refused(f"timeout is {given!r}; write a number of seconds from 0 to 3600")
    return SqlViewStore(sqlite_engine(path, timeout), name=path)
