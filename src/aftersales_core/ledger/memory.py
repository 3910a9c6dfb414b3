"""内存台账: the reference recorder, gone when the process ends. For tests, trials and what-if."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder, POPOFactory

from aftersales_core.codec import Row
from aftersales_core.ledger.appends import Append, Command, NewRow, NotEmpty, one_by_one, placed, stale


class MemoryRecorder(POPOApplicationRecorder):
    """eventsourcing's in-memory recorder, with the version check, command ids and scans that a ledger needs."""

    def __init__(self) -> None:
        super().__init__()
        self._commands: dict[str, tuple[str, bytes, int, int]] = {}

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        expected: int | None = None,
        command: Command | None = None,
        **kwargs: Any,
    ) -> Sequence[int] | None:
        with self._database_lock:
            if not stored_events:
                return []
            stream = str(stored_events[0].originator_id)
            if expected is not None:
                placed(stored_events, expected, command)
                if (top := self.version(stream)) != expected:
                    raise stale(stream, top, expected)
            if command is not None and command[0] in self._commands:
                raise IntegrityError(f"command {command[0]} was answered before")
            positions = super().insert_events(stored_events, **kwargs)
            if command is not None:
                versions = [e.originator_version for e in stored_events]
                self._commands[command[0]] = (stream, command[1], min(versions), max(versions))
            return positions

    def insert_many(self, batches: Sequence[Append]) -> None:
        """Several appends, all or none."""
        with self._database_lock:
            events, index = list(self._stored_events), {k: dict(v) for k, v in self._stored_events_index.items()}
            commands = dict(self._commands)
            try:
                for stored_events, expected, command in batches:
                    self.insert_events(stored_events, expected=expected, command=command)
            except BaseException:
                self._stored_events, self._commands = events, commands
                self._stored_events_index = defaultdict(dict, index)
                raise

    def fill(self, rows: Iterable[NewRow], check: Callable[[Iterator[Row]], None]) -> int:
        """Rows of all streams into an empty ledger, all or none."""
        with self._database_lock:
            if self._stored_events:
                raise NotEmpty
            try:
                for stream, version, topic, state, command_id, digest, size in rows:
                    super().insert_events([StoredEvent(stream, version, topic, state)])
                    if command_id is not None and digest is not None and size is not None:
                        if command_id in self._commands:
                            raise IntegrityError(f"command {command_id} comes twice")
                        self._commands[command_id] = (stream, digest, version, version + size - 1)
                check(self.scan())
            except BaseException:
                self._stored_events, self._commands = [], {}
                self._stored_events_index = defaultdict(dict)
                raise
            return len(self._stored_events)

    def insert_each(self, batches: Sequence[Append]) -> list[bool]:
        """Several appends, each all or nothing by itself: whether it was written."""
        with self._database_lock:
            return one_by_one(self.insert_events, batches)

    def answer(self, command_id: str) -> tuple[str, bytes, int, int] | None:
        """(ticket, digest, first, last version) of an answered command."""
        with self._database_lock:  # what is being undone was never there
            return self._commands.get(command_id)

    def rows(self, stream: str, after: int = 0, upto: int | None = None) -> list[tuple[str, int, str, bytes, int]]:
        """One stream as `scan` gives it, `after < version <= upto`."""
        with self._database_lock:
            index = self._stored_events_index.get(stream, {})
            versions = sorted(v for v in index if v > after and (upto is None or v <= upto))
            return [self._row(index[v]) for v in versions]

    def rows_of(self, streams: Sequence[str]) -> list[tuple[str, int, str, bytes, int]]:
        """Several streams whole, in order of (stream, version)."""
        with self._database_lock:
            return [row for stream in sorted(set(streams)) for row in self.rows(stream)]

    def version(self, stream: str) -> int:
        """The latest version of *stream*, 0 where there is none."""
        with self._database_lock:
            return max(self._stored_events_index.get(stream, {0: 0}), default=0)

    def log(self, after: int, limit: int) -> list[tuple[str, int, str, bytes, int]]:
        """Up to *limit* rows of all streams with `position > after`, in the order they were written."""
        with self._database_lock:
            return [self._row(at) for at in range(after, min(after + limit, len(self._stored_events)))]

    def _row(self, at: int) -> tuple[str, int, str, bytes, int]:
        e = self._stored_events[at]
        return str(e.originator_id), e.originator_version, e.topic, e.state, at + 1

    def streams(self, after: str = "", limit: int = 1000) -> list[tuple[str, int]]:
        """(ticket, latest version) in order of ticket number."""
        with self._database_lock:
            names = sorted(name for name, index in self._stored_events_index.items() if name > after and index)
            return [(name, max(self._stored_events_index[name])) for name in names[:limit]]

    def count(self) -> int:
        """How many facts there are."""
        with self._database_lock:
            return len(self._stored_events)

    def scan(self, after: str = "", limit: int = 10_000) -> Iterator[tuple[str, int, str, bytes, int]]:
        """Every row in order of (ticket, version): ticket, version, kind, state, position."""
        with self._database_lock:
            streams = sorted(name for name in self._stored_events_index if name > after)
            return iter([row for name in streams for row in self.rows(name)])

    def close(self) -> None:
        """Nothing is held."""


def open_recorder(url: str) -> MemoryRecorder:
    """A new empty recorder; `memory:` is the only URL there is."""
    return MemoryRecorder()


class MemoryFactory(POPOFactory):
    """For programs built on eventsourcing itself, `PERSISTENCE_MODULE=aftersales_core.ledger:MemoryFactory`."""

    def aggregate_recorder(self, purpose: str = "events") -> MemoryRecorder:
        """A new recorder; snapshots may be kept in one of their own."""
        return MemoryRecorder()

    def application_recorder(self) -> MemoryRecorder:
        """A new recorder."""
        return MemoryRecorder()
