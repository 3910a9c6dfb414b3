"""连接: SQLAlchemy engines with this house's rules, and the one place where database errors get their meaning."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, exc

from aftersales_core.errors import StoreUnusable

WRITES: Final = {"aftersales_writes": True}
"""Execution options of a connection that is going to write."""

PAUSE: Final = 0.0005
"""Seconds between two looks whether the file was given free."""

_CODES: Final = {
    sqlite3.SQLITE_NOTADB: "not-a-database",
    sqlite3.SQLITE_FULL: "disk-full",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_PERM: "read-only",
    sqlite3.SQLITE_CANTOPEN: "unopenable",
    sqlite3.SQLITE_CORRUPT: "unopenable",
    sqlite3.SQLITE_IOERR: "unopenable",
}

_STATES: Final = {
    "25006": "standby",
    "53100": "disk-full",
    "55P03": "locked",
    "40001": "locked",
    "40P01": "locked",
    "57014": "locked",
    "42501": "unopenable",
}
"""The same for PostgreSQL, by SQLSTATE; classes 08 and 57P, and no state at all, mean a lost connection."""


def sqlite_engine(path: str, timeout: float, *, durable: bool = False) -> Engine:
    """An engine for the SQLite file at *path*, created when it is not there; its folder must exist.

    Args:
        timeout: seconds to wait for another writer before `StoreUnusable("locked")`.
        durable: commits wait for the disk, and what is deleted is overwritten; for what cannot be folded again.
    """
    address = f"{Path(path).absolute().as_uri()}?mode=rwc"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address,
            uri=True,
            timeout=timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=128,
        )
        try:
            _write_ahead(connection, timeout)
            # A pragma of this connection alone: the ledger's connection to the same file keeps FULL. A commit here
            # does not wait for the disk, so a power cut may take back the last rows together with their position,
            # and they are folded again. It takes back no event: those commits wait for the whole log, with
            # whatever frames of ours stand before theirs in it, and a checkpoint syncs the log before it moves it.
            connection.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            if durable:
                connection.execute("PRAGMA secure_delete = ON")
            # SQLite's own lower() knows only ASCII.
            connection.create_function("aftersales_lower", 1, _lower, deterministic=True)
        except BaseException:
            connection.close()
            raise
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool, max_overflow=-1)
    event.listen(engine, "begin", lambda connection: _begin(connection, timeout))
    return engine


def _write_ahead(connection: sqlite3.Connection, timeout: float) -> None:
    """Turn the write-ahead log on, which costs nothing where the ledger has done so already."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
        except sqlite3.OperationalError as error:
            # SQLite itself does not wait here: two that are both making the file could wait for each other
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(0.005)
        else:
            return


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _begin(connection: Connection, timeout: float) -> None:
    # The driver opens no transaction by itself (isolation_level None). A writer takes the lock at once: one that
    # reads first and asks for the lock later can be refused without waiting.
    if not connection.get_execution_options().get("aftersales_writes"):
        connection.exec_driver_sql("BEGIN")
        return
    driver = connection.connection.dbapi_connection
    assert isinstance(driver, sqlite3.Connection)
    deadline = time.monotonic() + timeout
    # Left to itself SQLite looks ever less often, and a program that writes without pause would keep a view out for seconds.
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                    raise
                time.sleep(PAUSE)
            else:
                return
    finally:
        driver.execute(f"PRAGMA busy_timeout = {timeout * 1000:.0f}")


@contextmanager
def translating(name: str, driver: type[Exception] = sqlite3.Error) -> Iterator[None]:
    """Within, what a database raises leaves as the core's own error; *name* is the file or address it is about.

    Args:
        driver: the root of what the driver itself raises, where it is asked directly.

    Raises:
        StoreUnusable: the database cannot be used (any more).
        ValueError: two rows with one key.
    """
    try:
        yield
    except exc.IntegrityError as error:
        raise ValueError(f"a view in {name} would have two rows with one key: {error.orig}") from error
    except exc.TimeoutError as error:
        raise StoreUnusable("locked", path=name, reason=str(error)) from error
    except exc.DBAPIError as error:
        raise _unusable(error.orig, name) or error from error
    except driver as error:
        raise _unusable(error, name) or error from error


def _is_lost(error: Any) -> bool:
    return any(kind.__name__ in ("OperationalError", "InterfaceError") for kind in type(error).__mro__)


def _unusable(error: Any, name: str) -> StoreUnusable | None:
    """What is wrong with the database; None where it is the statement that is wrong."""
    if not isinstance(error, sqlite3.Error):
        state = getattr(error, "sqlstate", None) or ""
        told = _STATES.get(state)
        if told is None and (state[:2] == "08" or state[:3] == "57P" or (not state and _is_lost(error))):
            told = "unreachable"
        return StoreUnusable(told, path=name, reason=str(error).strip()) if told else None
    code = _CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if code is None:
        return None
    if code == "unopenable":
        # SQLite has one code for all of these; the path tells them apart
        path = Path(name).absolute()
        if not path.parent.is_dir():
            code = "no-such-folder"
        elif not os.access(path if path.exists() else path.parent, os.W_OK):
            code = "read-only"
    return StoreUnusable(code, path=name, reason=str(error))
