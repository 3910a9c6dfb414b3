"""写手: the one connection of a process that writes to the file, and whose turn it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType

from aftersales_core.ledger.appends import NewRow, stale
from aftersales_sqlite.files import check_room, free_bytes, translated
from aftersales_sqlite.statements import INSERT, QUESTIONS, Outcome, insert_batch, insert_batches
from aftersales_sqlite.turns import Place, Turns

PAUSE = 0.0005
"""Seconds between two looks whether another process has given the file free.

Left to itself SQLite looks ever less often, in the end ten times a second, and a busy process, which gives the file free
for moments only, keeps the others out for seconds.
"""


class Writer:
    """Lets threads write in the order in which they came, with one commit for all that wait meanwhile.

    `append` is for appends, which may share a commit. As a context manager it gives the connection to one thread alone:
    entering takes the file's write lock, leaving commits, or undoes everything when there was an exception.
    SQLite's errors leave as `translated` says.
    """

    __slots__ = ("_alone", "_held_since", "_path", "_short", "_timeout", "_turns", "connection", "reserve")

    def __init__(self, connection: sqlite3.Connection, path: Path, timeout: float, reserve: int) -> None:
        """Take over *connection*; see `SqliteRecorder` for *timeout* and *reserve*."""
        connection.execute("PRAGMA busy_timeout = 0")  # `_patiently` waits instead
        self.connection = connection
        self._path = path
        self._timeout = timeout
        self._turns = Turns()
        # Since when another process has kept the file, None while it does not; only the leader touches it.
        self._held_since: float | None = None
        self._alone = Place()
        self.reserve = reserve
        # Looked at once, and again only while it is short: a disk that fills up later SQLite finds out about.
        free = free_bytes(path)
        self._short = free is not None and free < reserve

    def append(self, rows: Sequence[NewRow], expected: int | None) -> int:
        """Append one batch, on the disk on return; the position of its last row, the others' right before it.

        Raises:
            IntegrityError: nothing was written; what else `translated` says likewise.
        """
        if self._short:
            self._look_for_room()
        place = Place(rows, expected)
        try:
            if self._turns.take(place):
                self._lead(place)
                self._turns.leave(place)
        except BaseException as error:
            self._turns.leave(place)
            if isinstance(error, sqlite3.Error):
                raise translated(error, self._path) from error
            raise
        outcome = place.outcome
        if isinstance(outcome, int):
            return outcome
        assert outcome is not None
        if isinstance(outcome, sqlite3.Error):
            raise translated(outcome, self._path) from outcome
        raise outcome

    def _lead(self, place: Place) -> None:
        rows, expected = place.rows, place.expected
        assert rows is not None
        self._begin_clean()
        if len(rows) == 1 and self._turns.alone(place):
            # One statement is a transaction of its own, and takes the write lock before it reads anything.
            try:
                done = self._patiently(place, INSERT, (*rows[0], expected))
                if done.rowcount:
                    place.outcome = done.lastrowid
                else:
                    stream = rows[0][0]
                    place.outcome = stale(stream, self._patiently(place, QUESTIONS.version, (stream,)).fetchone()[0], expected)
            except BaseException:
                self._undo()
                raise
            return
        group: list[Place] = [place]
        outcomes: list[Outcome] | None = None
        try:
            self._begin(place)
            group = self._turns.behind(place)  # not before: while the file was waited for, others have come
            if len(group) == 1:
                outcomes = [insert_batch(self.connection, rows, expected)]
            else:
                outcomes = insert_batches(
                    self.connection, [(each.rows or (), each.expected) for each in group], lambda: self._begin(place)
                )
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            # Nothing of the group was written, and everybody in it is told so.
            self._undo()
            outcomes = [error for _ in group]
        except BaseException:
            if outcomes is not None and not self.connection.in_transaction:
                self._turns.deliver(group, outcomes)  # interrupted right behind the commit
            self._undo()
            raise
        self._turns.deliver(group, outcomes)

    def begin(self) -> None:
        """Begin the transaction anew for the thread that has the connection alone."""
        self._begin(self._alone)

    def _begin(self, place: Place) -> None:
        self._patiently(place, "BEGIN IMMEDIATE")

    def _patiently(self, place: Place, statement: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run a statement, again and again while another process keeps the file from us, up to the timeout."""
        since = place.since
        while True:
            try:
                done = self.connection.execute(statement, parameters)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                now = monotonic()
                since = since or now
                if self._held_since is None:
                    self._held_since = now
                # Not counted is how long other threads of this process wrote.
                if now >= max(self._held_since, since) + self._timeout:
                    raise
                sleep(PAUSE)
            else:
                self._held_since = None
                return done

    def __enter__(self) -> sqlite3.Connection:
        if self._short:
            self._look_for_room()
        place = Place()
        try:
            self._turns.take(place)
            self._alone = place
            self._begin_clean()
            self._begin(place)
        except BaseException as error:
            if self._alone is place:
                self._end(place)
            else:
                self._turns.leave(place)
            if isinstance(error, sqlite3.Error):
                raise translated(error, self._path) from error
            raise
        return self.connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        place = self._alone  # somebody else's once we have left
        try:
            if error is None:
                self.connection.execute("COMMIT")
        except sqlite3.Error as failure:
            error = failure
        finally:
            self._end(place)
        if isinstance(error, sqlite3.Error):
            raise translated(error, self._path) from error

    def _look_for_room(self) -> None:
        """Raises StoreUnusable as long as too little of the disk is free."""
        check_room(self._path, self.reserve)
        self._short = False

    def _end(self, place: Place) -> None:
        """Undo whatever was not committed and hand the turn on, also when interrupted in between."""
        try:
            self._undo()
        finally:
            try:
                self._turns.leave(place)
            except BaseException:
                self._turns.leave(place)  # doing it twice does no harm
                raise

    def _begin_clean(self) -> None:
        """Undo what whoever led before could not, interrupted and interrupted again: an append would be told that it is
        written, and would be undone with the rest."""
        if self.connection.in_transaction:
            self._undo()

    def _undo(self) -> None:
        """Undo whatever was not committed."""
        try:
            self._roll_back()
        except BaseException:
            self._roll_back()  # interrupted in between; doing it twice does no harm
            raise

    def _roll_back(self) -> None:
        # A full disk has often rolled back already, and a closed connection has nothing to undo.
        with suppress(sqlite3.Error):
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the connection, after the transaction that may be running; who waits is told that it is closed."""
        place = Place()
        try:
            self._turns.take(place)
            self.connection.close()
        finally:
            self._turns.leave(place)
