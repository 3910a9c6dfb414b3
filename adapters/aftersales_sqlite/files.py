"""文件: opening a ledger file, knowing it as ours, and naming what is wrong with it."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal
from weakref import WeakSet

from eventsourcing import persistence

from aftersales_core.addresses import Durability
from aftersales_core.errors import StoreUnusable

APPLICATION_ID = 0x41465443
"""Marks a file as ours: "AFTC" in the SQLite header, shown by `file(1)` and `PRAGMA application_id`."""

VERSION = 1
"""The layout below, in `PRAGMA user_version`; a file with a higher one is left alone."""

SCHEMA = (
    # AUTOINCREMENT: a position is never given twice, even after its row was deleted by hand.
    # The last three columns are filled in the first row of a command: its id, its digest, and how many rows it led
    # to. Kept here and not in a table of their own, an append is one statement and one page less to write.
    "CREATE TABLE stored_events (position INTEGER PRIMARY KEY AUTOINCREMENT, originator_id TEXT NOT NULL,"
    " originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL,"
    " command_id TEXT, command_digest BLOB, command_rows INTEGER,"
    " UNIQUE (originator_id, originator_version))",
    "CREATE UNIQUE INDEX stored_commands ON stored_events (command_id) WHERE command_id IS NOT NULL",
    f"PRAGMA application_id = {APPLICATION_ID}",
    f"PRAGMA user_version = {VERSION}",
)

RESERVE = 16 * 2**20
"""Bytes that have to stay free on the disk: appends stop before SQLite itself has no room left to work in.

The write-ahead log grows to 4 MiB before it is moved into the file, which grows by as much, and further while a long
reading holds it up; its index has to be made before anybody can even read.
"""

PAGE = 4096
"""Bytes of a page in a new file, as the blocks of nearly every disk; larger ones read a little and append less quickly."""

LOG_LIMIT = 16 * 2**20
"""Bytes that the write-ahead log keeps of a large import once its rows are in the file."""

CLOSED = "the ledger was closed; open the file again"

_SYNCHRONOUS: dict[Durability, str] = {"full": "FULL", "may-lose-last-minute": "NORMAL"}

_CODES = {
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

_CLASSES: dict[type[sqlite3.Error], type[persistence.PersistenceError]] = {
    sqlite3.IntegrityError: persistence.IntegrityError,
    sqlite3.DataError: persistence.DataError,
    sqlite3.OperationalError: persistence.OperationalError,
    sqlite3.InternalError: persistence.InternalError,
    sqlite3.InterfaceError: persistence.InterfaceError,
    sqlite3.ProgrammingError: persistence.ProgrammingError,
    sqlite3.NotSupportedError: persistence.NotSupportedError,
    sqlite3.DatabaseError: persistence.DatabaseError,
}


def translated(error: sqlite3.Error, path: Path) -> Exception:
    """What callers see instead of *error*: the only place where SQLite's codes get their meaning.

    A file that cannot be used becomes `StoreUnusable`; a broken constraint and every mistake in the calling
    code become eventsourcing's exception of the same name.
    """
    # The driver's own errors ("Cannot operate on a closed database") carry no code.
    code = _CODES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
    if code is None:
        if isinstance(error, sqlite3.ProgrammingError) and "closed database" in str(error):
            return persistence.ProgrammingError(CLOSED)
        if str(error).startswith("Could not decode to UTF-8"):  # somebody wrote into the file
            return StoreUnusable("unopenable", path=str(path), reason=str(error))
        return _CLASSES.get(type(error), persistence.PersistenceError)(str(error))
    if code == "unopenable":
        # SQLite has one code for all of these; the path tells them apart.
        free = free_bytes(path)
        if not path.parent.is_dir():
            code = "no-such-folder"
        elif free is not None and free < 2**16:
            code = "disk-full"  # no room for the index of the write-ahead log, which readers need as well
        elif not os.access(path if path.exists() else path.parent, os.W_OK):
            code = "read-only"
    return StoreUnusable(code, path=str(path), reason=str(error))


def free_bytes(path: Path) -> int | None:
    """What is free for us on the disk of the file at *path*; None where the system does not tell."""
    try:
        disk = os.statvfs(path.parent)
    except (AttributeError, OSError):  # not on Windows, and not for a folder that is not there
        return None
    return disk.f_bavail * disk.f_frsize if disk.f_blocks else None


def check_room(path: Path, reserve: int) -> None:
    """Raises StoreUnusable `disk-nearly-full` where fewer than *reserve* bytes are free."""
    free = free_bytes(path)
    if free is not None and free < reserve:
        raise StoreUnusable("disk-nearly-full", path=str(path), free=free, needed=reserve)


def connect(path: Path, timeout: float, *, mode: Literal["rw", "rwc"]) -> sqlite3.Connection:
    """A connection that commits every statement by itself; *mode* `rwc` creates the file, `rw` does not."""
    # psow=0: a disk that loses its power while it writes may harm the rest of the block. With this, a commit never
    # writes into a block of the log that an acknowledged commit needs.
    return sqlite3.connect(
        f"{path.as_uri()}?mode={mode}&psow=0",
        uri=True,
        timeout=timeout,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=128,
    )


def open_writer(path: Path, timeout: float, durability: Durability, reserve: int) -> sqlite3.Connection:
    """The connection for writing; a new or empty file is made a ledger, any other is looked at first.

    Args:
        reserve: bytes that have to be free for a new one; a ledger that is there can be read without.

    Raises:
        StoreUnusable: in all the ways a file can be wrong; a file that is not ours is left untouched.
    """
    if not path.exists():
        check_room(path, reserve)
    try:
        connection = connect(path, timeout, mode="rwc")
    except sqlite3.Error as error:
        raise translated(error, path) from error
    try:
        connection.execute(f"PRAGMA page_size = {PAGE}")  # a file that is there already keeps its own
        connection.execute("BEGIN")  # so that all that is looked at is of one moment
        ours = _is_ours(connection, path)
        connection.execute("COMMIT")
        if not ours:
            connection.execute("BEGIN IMMEDIATE")
            if not _is_ours(connection, path):  # another process may have been quicker
                for statement in SCHEMA:
                    connection.execute(statement)
            connection.execute("COMMIT")
        # Only now: the journal mode is written into the file, and it might not have been ours.
        journal = _write_ahead(connection, timeout)
        if journal != "wal":
            reason = f"a write-ahead log cannot be kept here, as on many network disks; the journal mode stays {journal}"
            raise StoreUnusable("unopenable", path=str(path), reason=reason)
        connection.execute(f"PRAGMA journal_size_limit = {LOG_LIMIT}")
        connection.execute(f"PRAGMA synchronous = {_SYNCHRONOUS[durability]}")
    except sqlite3.Error as error:
        connection.close()
        raise translated(error, path) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, timeout: float) -> str:
    """Ask for the write-ahead log, and return the journal mode that there is now."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            return str(connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            # SQLite itself does not wait here: two that are both making the file could wait for each other.
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= deadline:
                raise
            time.sleep(0.005)


def _is_ours(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is a ledger already; False for an empty one, `StoreUnusable` for anything else."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if mark == APPLICATION_ID:
        if version > VERSION:
            raise StoreUnusable("newer-version", path=str(path), found=version, supported=VERSION)
        return True
    (things,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if mark or things:
        raise StoreUnusable(
            "not-ours", path=str(path), found=f"{mark:#010x}", supported=f"{APPLICATION_ID:#010x}"
        )
    return False


class Readers:
    """A reading connection for every thread that asks, closed when its thread ends or by `close()`."""

    def __init__(self, path: Path, timeout: float) -> None:
        self._path = path
        self._timeout = timeout
        self._mine = _Mine()
        self._lock = threading.Lock()  # guards the two below
        self._all: WeakSet[_Reader] = WeakSet()
        self._closed = False

    def fetch(self, statement: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query, as tuples; raises like `translated`."""
        try:
            reader = self._mine.reader or self._new()
            with reader.lock:
                return reader.connection.execute(statement, parameters).fetchall()
        except sqlite3.Error as error:
            raise translated(error, self._path) from error

    def _new(self) -> _Reader:
        with self._lock:
            if self._closed:
                raise persistence.ProgrammingError(CLOSED)
            # Not "rwc": a file deleted meanwhile must be an error, not a new and empty ledger.
            reader = _Reader(connect(self._path, self._timeout, mode="rw"))
            reader.connection.execute("PRAGMA query_only = 1")
            self._all.add(reader)
        self._mine.reader = reader
        return reader

    def close(self) -> None:
        """Close the connections of all threads; there will be no new ones."""
        with self._lock:
            self._closed = True
            for reader in self._all:
                with reader.lock:
                    reader.connection.close()


class _Reader:
    """One thread's connection; closed when the thread ends and forgets it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        # Only ever waits for `Readers.close()`: closing under a running query crashes the interpreter.
        self.lock = threading.Lock()

    def __del__(self) -> None:
        self.connection.close()


class _Mine(threading.local):
    reader: _Reader | None = None
