"""别家事件库: eventsourcing's `ApplicationRecorder` as the recorder a ledger needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from heapq import nsmallest
from operator import itemgetter
from threading import RLock
from typing import Final, ParamSpec, TypeVar
from uuid import UUID, uuid5  # noqa: TID251 - made of a name, so nothing is made up

from eventsourcing.persistence import ApplicationRecorder, IntegrityError, StoredEvent

from aftersales_core.codec import Row
from aftersales_core.errors import StoreUnusable
from aftersales_core.ledger.appends import (
    Append,
    Command,
    NewRow,
    NotEmpty,
    misplaced,
    new_rows,
    one_by_one,
    stale,
)
from aftersales_eventsourcing.index import Index, framed, held

OURS: Final = UUID("7d1f0d1e-7c3c-5a53-9c1c-5b6a3f1f0b57")
"""The name space of streams in a store that knows them by UUIDs only."""

ATTEMPTS: Final = 8
"""How often several appends are looked through anew because somebody else wrote in between."""

P = ParamSpec("P")
R = TypeVar("R")


def asked(call: Callable[P, R], code: str, name: str) -> Callable[P, R]:
    """*call* to the store *name* with its errors as ours; a refused version stays what it is."""

    def asking(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except IntegrityError:
            raise
        except Exception as problem:  # the client of a server raises what it likes
            raise StoreUnusable(code, path=name, reason=str(problem) or type(problem).__name__) from problem

    return asking


class EventsourcingRecorder:
    """A recorder on any store behind eventsourcing's own interface. Safe for threads and processes.

    The store refuses a version that is taken, and that decides every race. What it does not tell, this object keeps in
    memory, from the store's log: it is read once as a whole, and its end before every answer.
    """

    def __init__(
        self, store: ApplicationRecorder, *, text_ids: bool = False, first: int = 1,
        close: Callable[[], None] = lambda: None, name: str = "the event store",
    ) -> None:  # fmt: skip
        """Take over *store*; nobody else may write there.

        Args:
            text_ids: the store takes streams by their names; else by UUIDs made of them.
            first: the version that a stream begins with there; ours begin with 1.
            close: called when the ledger is closed.
            name: how errors call the store.
        """
        self._select = asked(store.select_events, "unreachable", name)
        self._notifications = asked(store.select_notifications, "unreachable", name)
        self._latest = asked(store.max_notification_id, "unreachable", name)
        # where it breaks, nobody knows whether it was written
        self._append = asked(store.insert_events, "connection-lost", name)
        self._text_ids, self._shift, self._close = text_ids, first - 1, close
        self._index, self._lock = Index(self._notifications), RLock()

    # --- writing

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, expected: int | None = None, command: Command | None = None
    ) -> Sequence[int] | None:
        """Append to one stream, all or nothing; IntegrityError where it is not at *expected* or the command id is known."""
        return self._insert([(stored_events, expected, command)])

    def insert_many(self, batches: Sequence[Append]) -> None:
        """Several appends in one insert of the store, all or none."""
        self._insert(batches)

    def insert_each(self, batches: Sequence[Append]) -> list[bool]:
        """Several appends in one insert of the store, those that are refused left out: whether each was written."""
        for _ in range(ATTEMPTS):
            with self._caught_up():
                events, refused = self._prepared(batches)
                with suppress(IntegrityError):
                    if events:
                        self._append(events)
                    return [why is None for why in refused]
        # somebody else is at the same streams all the time; one at a time each gets an answer
        return one_by_one(self.insert_events, batches)

    def fill(self, rows: Iterable[NewRow], check: Callable[[Iterator[Row]], None]) -> int:
        """Write *rows* into an empty ledger in one insert of the store, all or none; how many. All of them are held in memory.

        *check* is shown them in order of (stream, version), with the positions they would have in a store that counts from 1.
        """
        with self._caught_up():
            if self._index.count:
                raise NotEmpty
            events: list[StoredEvent] = []
            shown: list[Row] = []
            versions: dict[str, int] = {}
            commands: set[str] = set()
            command: Command | None = None
            left = 0
            for position, (stream, version, topic, state, command_id, digest, size) in enumerate(rows, 1):
                if version != versions.get(stream, 0) + 1 or command_id in commands:
                    raise IntegrityError(f"{stream!r} {version} or its command {command_id!r} comes twice, or behind a hole")
                versions[stream] = version
                if command_id is not None:
                    commands.add(command_id)
                    command, left = (command_id, digest or b""), size or 1
                elif not left:
                    command = None
                left -= left > 0
                event = StoredEvent(stream, version, topic, state)
                events.append(self._stored(event, command, command_id is not None))
                shown.append((stream, version, topic, state, position))
            check(iter(sorted(shown, key=itemgetter(0, 1))))
            if events:
                self._append(events)
            return len(events)

    def _insert(self, batches: Sequence[Append]) -> Sequence[int] | None:
        with self._caught_up():
            events, refused = self._prepared(batches)
            for why in refused:
                if why is not None:
                    raise IntegrityError(why)
            return self._append(events) if events else []

    def _prepared(self, batches: Sequence[Append]) -> tuple[list[StoredEvent], list[str | None]]:
        """The events to be stored, and for each batch why it is refused, None where it is not."""
        events: list[StoredEvent] = []
        refused: list[str | None] = []
        versions: dict[str, int] = {}
        commands: set[str] = set()
        for batch, expected, command in batches:
            if not batch:
                refused.append(None)
                continue
            stream, start = str(batch[0].originator_id), batch[0].originator_version - 1 if expected is None else expected
            now = versions.get(stream, len(self._index.positions.get(stream, ())))
            if (problem := misplaced(new_rows(batch, command), start)) is not None:
                refused.append(str(problem))
            elif now != start:
                refused.append(str(stale(stream, now, start)))
            elif command is not None and (command[0] in commands or command[0] in self._index.answers):
                refused.append(f"command {command[0]} was answered before")
            else:
                refused.append(None)
                versions[stream] = start + len(batch)
                commands.update(() if command is None else (command[0],))
                events += [self._stored(e, command, e is batch[0]) for e in batch]
        return events, refused

    def _stored(self, event: StoredEvent, command: Command | None, first: bool) -> StoredEvent:
        """*event* as the store is to keep it."""
        stream = self._id(str(event.originator_id))
        return StoredEvent(stream, event.originator_version + self._shift, event.topic, framed(event, command, first))

    # --- reading

    def rows(self, stream: str, after: int = 0, upto: int | None = None) -> list[Row]:
        """One stream in order, `after < version <= upto`."""
        with self._caught_up():
            at = self._index.positions.get(stream, [])
            return self._rows(stream, at, after, len(at) if upto is None else min(upto, len(at)))

    def log(self, after: int, limit: int) -> list[Row]:
        """Rows of all streams after a position, in the order they were written."""
        page = self._notifications(after or None, limit, inclusive_of_start=False)
        return [(found.stream, e.originator_version - self._shift, e.topic, found.state, e.id) for e in page for found in (held(e),)]

    def scan(self, after: str = "", limit: int = 10_000) -> Iterator[Row]:
        """Every row as of now, in order of (stream, version); asks the store once for every stream."""
        with self._caught_up():
            spans = sorted((stream, len(at)) for stream, at in self._index.positions.items() if stream > after)
        return (row for stream, last in spans for row in self.rows(stream, 0, last))

    def streams(self, after: str = "", limit: int = 1000) -> list[tuple[str, int]]:
        """(stream, latest version) in order of their names."""
        with self._caught_up():
            known = self._index.positions
            return [(stream, len(known[stream])) for stream in nsmallest(limit, (each for each in known if each > after))]

    def rows_of(self, streams: Sequence[str]) -> list[Row]:
        """Several streams whole, in order of (stream, version); one question for each."""
        return [row for stream in sorted(set(streams)) for row in self.rows(stream)]

    def version(self, stream: str) -> int:
        """The latest version of a stream, 0 for one without rows."""
        with self._caught_up():
            return len(self._index.positions.get(stream, ()))

    def answer(self, command_id: str) -> tuple[str, bytes, int, int] | None:
        """(stream, digest, first, last version) of an answered command."""
        with self._caught_up():
            return self._index.answers.get(command_id)

    def count(self) -> int:
        """How many facts there are."""
        with self._caught_up():
            return self._index.count

    def max_notification_id(self) -> int | None:
        """The position of the latest event."""
        return self._latest()

    def close(self) -> None:
        """Give the store back."""
        self._close()

    # --- inside

    def _rows(self, stream: str, at: list[int], after: int, upto: int) -> list[Row]:
        if after >= upto:
            return []
        events = self._select(self._id(stream), gt=after + self._shift, lte=upto + self._shift)
        return [
            (stream, version, e.topic, held(e).state, at[version - 1])
            for e in events
            for version in (e.originator_version - self._shift,)
        ]

    def _id(self, stream: str) -> UUID | str:
        return stream if self._text_ids else uuid5(OURS, stream)

    @contextmanager
    def _caught_up(self) -> Iterator[None]:
        """One thread at a time, after reading what was written since."""
        with self._lock:
            self._index.catch_up()
            yield
