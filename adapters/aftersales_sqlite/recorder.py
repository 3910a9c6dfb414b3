"""记录: the event recorder for one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from eventsourcing.persistence import IntegrityError, StoredEvent

from aftersales_core.addresses import DURABILITIES, Durability
from aftersales_core.codec import Row
from aftersales_core.errors import StoreUnusable
from aftersales_core.ledger.appends import (
    Append,
    Command,
    NewRow,
    NotEmpty,
    misplaced,
    new_rows,
    placed,
    refuse_others,
)
from aftersales_core.ledger.reading import SqlRecorder
from aftersales_sqlite.files import RESERVE, Readers, open_writer
from aftersales_sqlite.statements import (
    QUESTIONS,
    REFUSALS,
    Batch,
    insert_batch,
    insert_batches,
    insert_rows,
    many,
)
from aftersales_sqlite.writer import Writer

_AT_A_TIME = 1024
"""Rows of an import that are in memory at once."""


class SqliteRecorder(SqlRecorder):
    """Streams of events in one SQLite file: appended whole or not at all, and on the disk when acknowledged.

    Safe for threads and for several processes. Writers take turns, one transaction at a time; readers are
    never blocked. Any method may raise `StoreUnusable` when the file cannot be used (any more).
    """

    ASK, MANY, WITHOUT_LIMIT = QUESTIONS, staticmethod(many), -1

    def __init__(
        self,
        path: str | Path,
        *,
        timeout: float = 10.0,
        originator_id_type: Literal["text", "uuid"] = "text",
        durability: Durability = "full",
        reserve: int = RESERVE,
    ) -> None:
        """Open the file at *path*, creating it when it is not there; its folder must exist.

        Args:
            timeout: seconds to wait for another writer before `StoreUnusable("locked")`.
            originator_id_type: `uuid` gives stream ids back as `uuid.UUID`, as eventsourcing's aggregates want.
            durability: `may-lose-last-minute` acknowledges before the disk has it. That is several times quicker, and a
                power cut takes back what was acknowledged last, up to a minute of it; a killed process takes nothing.
            reserve: bytes that have to be free on the disk for a new file and for appends, else `disk-nearly-full`.
                Reading goes on without; appends go on when there is room again.
        """
        if str(path) in ("", ".", ":memory:") or "\0" in str(path):
            raise StoreUnusable("unopenable", path=str(path), reason="an SQLite ledger needs a file name")
        if durability not in DURABILITIES:
            raise ValueError(f"durability is {durability!r}; write {' or '.join(DURABILITIES)}")
        self.path = Path(path).absolute()
        self._readers = Readers(self.path, timeout)
        super().__init__(self._readers.fetch, originator_id_type=originator_id_type)
        self._writer = Writer(open_writer(self.path, timeout, durability, reserve), self.path, timeout, reserve)

    # ---- writing

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        expected: int | None = None,
        command: Command | None = None,
        **others: Any,
    ) -> Sequence[int]:
        """Append events in one transaction and return their positions; without events nothing happens at all.

        Args:
            expected: the stream's last version as the caller knows it, 0 for a new one. The events must then be
                one stream's, numbered from `expected + 1` without a hole.
            command: (command id, digest) of what caused the events, kept with them for `answer()`.

        Raises:
            IntegrityError: the stream is not at *expected*, a version is taken, or the command id is known;
                nothing was written.
        """
        refuse_others(others)
        if not stored_events:
            return []
        rows = placed(stored_events, expected, command)
        last = self._writer.append(rows, expected)
        self.wake_followers()
        return [last] if len(rows) == 1 else list(range(last - len(rows) + 1, last + 1))

    def insert_with(
        self,
        beside: Callable[[sqlite3.Connection], None],
        stored_events: Sequence[StoredEvent],
        *,
        expected: int | None = None,
        command: Command | None = None,
    ) -> Sequence[int]:
        """Append events, perhaps none, as `insert_events` does, in one transaction with what *beside* does there."""
        rows = placed(stored_events, expected, command)
        last = 0
        with self._writer as connection:
            beside(connection)
            if rows:
                outcome = insert_batch(connection, rows, expected)
                if isinstance(outcome, Exception):
                    raise outcome
                last = outcome
        self.wake_followers()
        return list(range(last - len(rows) + 1, last + 1))

    def transaction(self) -> AbstractContextManager[sqlite3.Connection]:
        """The one connection that writes, for tables beside the ledger's own; committed on leaving, or undone."""
        return self._writer

    def insert_many(self, batches: Sequence[Append]) -> None:
        """Append many (events, expected, command), each as `insert_events` takes them, in ONE transaction.

        For imports: one wait for the disk instead of one per batch. A stream may come more than once; its later
        batch then expects what the earlier one leaves. Batches without events are passed over.

        Raises:
            IntegrityError: any batch is refused; none of them was written.
        """
        asked: list[Batch] = [(placed(*append), append[1]) for append in batches if append[0]]
        with self._writer as connection:
            for outcome in insert_batches(connection, asked, self._writer.begin):
                if isinstance(outcome, Exception):
                    raise outcome
        self.wake_followers()

    def fill(self, rows: Iterable[NewRow], check: Callable[[Iterator[Row]], None]) -> int:
        """Write *rows* into an empty ledger in the order they come, in ONE transaction; how many. See `Recorder.fill`.

        Raises:
            NotEmpty: something is there already.
            IntegrityError: a version or a command id comes twice.
        """
        with self._writer as connection:
            if connection.execute("SELECT 1 FROM stored_events LIMIT 1").fetchone():
                raise NotEmpty
            coming = iter(rows)
            while some := list(islice(coming, _AT_A_TIME)):
                insert_rows(connection, some)
            # the transaction sees its own rows, and nobody else does yet
            check(iter(connection.execute(self.ASK.everything)))
            (count,) = connection.execute(self.ASK.how_many).fetchone()
        self.wake_followers()
        return int(count)

    def insert_each(self, batches: Sequence[Append]) -> list[bool]:
        """Append each batch as `insert_events` would, one after another, with one transaction and one wait for the disk.

        Each is all or nothing by itself, and sees those before it in the call.

        Returns:
            For each batch whether it was written (or had no events), or was refused: the stream not at *expected*,
            a version taken, the command id known. What is True is on the disk.
        """
        written: list[bool] = []
        asked: list[tuple[int, Batch]] = []
        for at, (events, expected, command) in enumerate(batches):
            rows = new_rows(events, command)
            written.append(expected is None or not rows or misplaced(rows, expected) is None)
            if rows and written[at]:
                asked.append((at, (rows, expected)))
        if not asked:
            return written
        if len(asked) == 1:
            ((at, batch),) = asked
            try:
                self._writer.append(*batch)
            except IntegrityError:
                written[at] = False
        else:
            with self._writer as connection:
                outcomes = insert_batches(connection, [batch for _, batch in asked], self._writer.begin)
                for (at, _), outcome in zip(asked, outcomes, strict=True):
                    if isinstance(outcome, Exception):
                        if not isinstance(outcome, REFUSALS):
                            raise outcome
                        written[at] = False
        self.wake_followers()
        return written

    # ---- following

    def sign(self) -> int:
        """SQLite's `data_version`, which is of the connection, and so of the thread."""
        version: int = self._read("PRAGMA data_version")[0][0]
        return version

    # ---- closing

    def close(self) -> None:
        """Stop every subscription and close every connection, whichever thread opened it; twice is fine."""
        self.stop_followers()
        self._readers.close()
        self._writer.close()  # last: it folds the write-ahead log into the file
