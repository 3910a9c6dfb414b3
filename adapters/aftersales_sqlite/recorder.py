"""记录: the event recorder for one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import islice, starmap
from json import dumps
from pathlib import Path
from typing import Any, Literal
from uuid import UUID  # noqa: TID251 - only to give back ids that came as UUID; none is made here

from eventsourcing.persistence import (
    IntegrityError,
    Notification,
    StoredEvent,
)

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
from aftersales_core.ledger.following import FollowedRecorder
from aftersales_sqlite.files import RESERVE, Readers, open_writer
from aftersales_sqlite.statements import REFUSALS, TOP, Batch, insert_batch, insert_batches, insert_rows
from aftersales_sqlite.writer import Writer

_LOWEST, _HIGHEST = -(2**63), 2**63 - 1

_AT_A_TIME = 1024
"""Rows of an import that are in memory at once."""

_EVERYTHING = (
    "SELECT originator_id, originator_version, topic, state, position FROM stored_events"
    " ORDER BY originator_id, originator_version"
)
_ANSWER = (
    "SELECT originator_id, command_digest, originator_version, originator_version + command_rows - 1"
    " FROM stored_events WHERE command_id = ?"
)
_STREAM = (
    "SELECT originator_id, originator_version, topic, state FROM stored_events WHERE originator_id = ?"
    " AND originator_version > ? AND originator_version <= ? ORDER BY originator_version "
)
_ROWS = (
    "SELECT originator_id, originator_version, topic, state, position FROM stored_events WHERE originator_id = ?"
    " AND originator_version > ? AND originator_version <= ? ORDER BY originator_version"
)
_ROWS_OF = (
    "SELECT originator_id, originator_version, topic, state, position FROM stored_events"
    " WHERE originator_id IN (SELECT value FROM json_each(?)) ORDER BY originator_id, originator_version"
)
_STREAM_UP, _STREAM_DOWN = f"{_STREAM} LIMIT ?", f"{_STREAM} DESC LIMIT ?"
_LOG = (
    "SELECT originator_id, originator_version, topic, state, position FROM stored_events"
    " WHERE position >= ? AND position <= ? ORDER BY position LIMIT ?"
)
_LOG_TOPICS = _LOG.replace("ORDER", "AND topic IN (SELECT value FROM json_each(?)) ORDER")
_SCAN = (
    "SELECT originator_id, originator_version, topic, state, position FROM stored_events"
    " WHERE (originator_id, originator_version) > (?, ?) AND position <= ?"
    " ORDER BY originator_id, originator_version LIMIT ?"
)
_STREAMS = (
    "SELECT originator_id, max(originator_version) FROM stored_events WHERE originator_id > ?"
    " GROUP BY originator_id ORDER BY originator_id LIMIT ?"
)


class SqliteRecorder(FollowedRecorder):
    """Streams of events in one SQLite file: appended whole or not at all, and on the disk when acknowledged.

    Safe for threads and for several processes. Writers take turns, one transaction at a time; readers are
    never blocked. Any method may raise `StoreUnusable` when the file cannot be used (any more).
    """

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
        super().__init__()
        self.path = Path(path).absolute()
        self._as_uuid = originator_id_type == "uuid"
        self._writer = Writer(open_writer(self.path, timeout, durability, reserve), self.path, timeout, reserve)
        self._readers = Readers(self.path, timeout)
        self._read = self._readers.fetch

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
            check(iter(connection.execute(_EVERYTHING)))
            (count,) = connection.execute("SELECT count(*) FROM stored_events").fetchone()
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

    # ---- reading

    def fetch(self, statement: str, parameters: Sequence[object] = ()) -> list[Any]:
        """All rows of a query of one's own, as tuples."""
        return self._read(statement, parameters)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """One stream's events with `gt < version <= lte`, by version; an unknown stream has none."""
        bounds = (
            _LOWEST if gt is None else gt,
            _HIGHEST if lte is None else lte,
            -1 if limit is None else limit,
        )
        rows = self._read(_STREAM_DOWN if desc else _STREAM_UP, (str(originator_id), *bounds))
        if self._as_uuid:
            return [StoredEvent(UUID(stream), *rest) for stream, *rest in rows]
        return list(starmap(StoredEvent, rows))

    def rows(self, stream: str, after: int = 0, upto: int | None = None) -> list[tuple[str, int, str, bytes, int]]:
        """One stream as `scan` gives it: (stream, version, topic, state, position), `after < version <= upto`."""
        return self._read(_ROWS, (stream, after, _HIGHEST if upto is None else upto))

    def rows_of(self, streams: Sequence[str]) -> list[Row]:
        """Several streams whole, in order of (stream, version)."""
        return self._read(_ROWS_OF, (dumps(list(streams), ensure_ascii=False),))

    def version(self, stream: str) -> int:
        """The latest version of *stream*, 0 where there is none."""
        return self._read(TOP, (stream,))[0][0] or 0

    def log(self, after: int, limit: int) -> list[tuple[str, int, str, bytes, int]]:
        """Up to *limit* rows of all streams with `position > after`, in the order they were written."""
        return self._read(_LOG, (after + 1, _HIGHEST, limit))

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Up to *limit* events of all streams from position *start* to *stop*, of *topics* (empty: of all)."""
        low = _LOWEST if start is None else start if inclusive_of_start else start + 1
        high = _HIGHEST if stop is None else stop
        if topics:
            rows = self._read(_LOG_TOPICS, (low, high, dumps(list(topics)), limit))
        else:
            rows = self._read(_LOG, (low, high, limit))
        if self._as_uuid:
            return [Notification(UUID(stream), *rest) for stream, *rest in rows]
        return list(starmap(Notification, rows))

    def max_notification_id(self) -> int | None:
        """The highest position, None for an empty ledger."""
        top: int | None = self._read("SELECT max(position) FROM stored_events")[0][0]
        return top

    def answer(self, command_id: str) -> tuple[str, bytes, int, int] | None:
        """What a command led to: (stream id, digest, first version, last version), None if it is not known."""
        rows = self._read(_ANSWER, (command_id,))
        return rows[0] if rows else None

    def streams(self, after: str = "", limit: int = 1000) -> list[tuple[str, int]]:
        """Up to *limit* (stream id, last version) in id order, behind the id *after*."""
        return self._read(_STREAMS, (after, limit))

    def count(self) -> int:
        """How many events there are; reads an index from end to end."""
        total: int = self._read("SELECT count(*) FROM stored_events")[0][0]
        return total

    def scan(self, after: str = "", limit: int = 10_000) -> Iterator[tuple[str, int, str, bytes, int]]:
        """Every event of the streams behind *after*: (stream id, version, topic, state, position), stream by stream.

        Reads *limit* rows at a time, so that a long replay neither fills the memory nor holds back the
        write-ahead log, and still shows one moment: what is appended after the call does not appear.
        """
        return self._pages(after, limit, self.max_notification_id() or 0)

    def _pages(self, stream: str, limit: int, stop: int) -> Iterator[tuple[str, int, str, bytes, int]]:
        version = _HIGHEST
        while page := self._read(_SCAN, (stream, version, stop, limit)):
            yield from page
            stream, version = page[-1][:2]

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
