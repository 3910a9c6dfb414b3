"""台账: append with the expected version, history, and everything since a position."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, starmap
from operator import itemgetter
from typing import Any, NamedTuple, Protocol

from eventsourcing.persistence import IntegrityError, StoredEvent

from aftersales_core.codec import GENESIS, Row, decode, encode
from aftersales_core.facts import EARLIER_THAN_PREVIOUS, LATER_THAN_RECORDED, Entry, Envelope, Fact
from aftersales_core.ledger.appends import Append, Command, NewRow


class Recorder(Protocol):
    """What a ledger needs of a recorder: eventsourcing's `ApplicationRecorder` and a little more."""

    def insert_events(
        self,
        stored_events: Sequence[StoredEvent],
        *,
        expected: int | None = None,
        command: Command | None = None,
    ) -> Sequence[int] | None:
        """All or nothing; IntegrityError where the stream is not at *expected* or the command id is known."""

    def rows(self, stream: str, after: int = 0, upto: int | None = None) -> list[Row]:
        """One stream in order, `after < version <= upto`."""

    def rows_of(self, streams: Sequence[str]) -> list[Row]:
        """Several streams whole, in order of (stream, version)."""

    def log(self, after: int, limit: int) -> list[Row]:
        """Rows of all streams after a position, in the order they were written."""

    def version(self, stream: str) -> int:
        """The latest version of a stream, 0 for one without rows."""

    def max_notification_id(self) -> int | None: ...

    def answer(self, command_id: str) -> tuple[str, bytes, int, int] | None: ...

    def streams(self, after: str = "", limit: int = 1000) -> list[tuple[str, int]]: ...

    def count(self) -> int: ...

    def insert_many(self, batches: Sequence[Append]) -> None:
        """Several appends in one transaction, all or none."""

    def insert_each(self, batches: Sequence[Append]) -> list[bool]:
        """Several appends in one transaction, each all or nothing by itself: whether it was written.

        False where `insert_events` would have refused it, the others stand. What was written is durable on return; an
        error of the store itself writes none.
        """

    def fill(self, rows: Iterable[NewRow], check: Callable[[Iterator[Row]], None]) -> int:
        """Write *rows* into an empty ledger in the order they come, in one transaction; how many.

        Args:
            rows: consumed as they are written, so that there may be more than the memory holds; they must not look at
                the ledger meanwhile.
            check: is shown every row, stream by stream, before any of them stands. What it or *rows* raise undoes all.

        Raises:
            NotEmpty: something is there already.
            IntegrityError: a version or a command id comes twice.
        """

    def scan(self, after: str = "", limit: int = 10_000) -> Iterator[Row]: ...

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Any:
        """Follow the ledger from behind position *gt*: a context manager to iterate over, ended by its `stop()`."""

    def close(self) -> None: ...


class Stamp(NamedTuple):
    """What a command says about all its facts; see `Envelope`."""

    occurred_at: datetime
    actor: str
    role: str
    channel: str
    command_id: str
    playbook: str
    on_behalf_of: str | None = None
    correlation: str | None = None
    causation: str | None = None
    reason: str | None = None


class Conflict(Exception):
    """Somebody else appended first, or the command id is known; the desk looks which and acts."""


class Draft(NamedTuple):
    """What a command leads to, made out and not yet written.

    Attributes:
        rows: the entries as a recorder takes them.
        expected: the version they go behind.
        command: (command id, digest of the whole command).
    """

    entries: tuple[Entry, ...]
    rows: list[StoredEvent]
    expected: int
    command: Command


def draft(
    ticket: str,
    expected: int,
    head: str,
    last_at: datetime | None,
    facts: Sequence[Fact],
    stamp: Stamp,
    recorded_at: datetime,
    digest: bytes,
) -> Draft:
    """Make out *facts* for the versions behind *expected*, under the stamp's command id.

    Args:
        head: digest of the ticket's last entry, empty for a new ticket.
        last_at: when the last fact happened, to flag one that happened earlier.
        digest: of the whole command, so that a reused id is told from a repeat.
    """
    entries: list[Entry] = []
    rows: list[StoredEvent] = []
    prev = head or GENESIS
    before = last_at
    at, actor, role, channel, command_id, playbook, on_behalf_of, correlation, causation, reason = stamp
    late: tuple[str, ...] = (LATER_THAN_RECORDED,) if at > recorded_at else ()
    for version, fact in enumerate(facts, expected + 1):
        flags = (EARLIER_THAN_PREVIOUS, *late) if before is not None and at < before else late
        envelope = Envelope(
            at, recorded_at, actor, role, channel, command_id, playbook, prev, on_behalf_of, correlation, causation,
            reason, flags,
        )  # fmt: skip
        prev, state = encode(ticket, version, fact, envelope)
        rows.append(StoredEvent(ticket, version, fact.kind, state))
        entries.append(Entry(ticket, version, fact, envelope, prev))
        before = at
    return Draft(tuple(entries), rows, expected, (command_id, digest))


class Ledger:
    """Entries in, entries out; never changed, never taken out."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def append(self, made: Draft) -> tuple[Entry, ...]:
        """Write a draft, all or none; its entries.

        Raises:
            Conflict: the ticket is not at the version expected, or the command id is known; nothing was written.
        """
        try:
            self.recorder.insert_events(made.rows, expected=made.expected, command=made.command)
        except IntegrityError as problem:
            raise Conflict(str(problem)) from problem
        return made.entries

    def append_each(self, drafts: Sequence[Draft]) -> list[bool]:
        """Write several drafts with one wait for the disk, each all or none; whether it was written."""
        return self.recorder.insert_each([(made.rows, made.expected, made.command) for made in drafts])

    def history(self, ticket: str, *, after: int = 0, upto: int | None = None) -> list[Entry]:
        """The entries of a ticket in order; versions above *after*, up to and with *upto*."""
        return list(starmap(decode, self.recorder.rows(ticket, after, upto)))

    def version(self, ticket: str) -> int:
        """The latest version of a ticket, 0 for one without facts."""
        return self.recorder.version(ticket)

    def since(self, position: int, limit: int = 1000) -> list[Entry]:
        """Up to *limit* entries of all tickets after *position*, in the order they were written."""
        return list(starmap(decode, self.recorder.log(position, limit)))

    def position(self) -> int:
        """The position of the latest entry, 0 in an empty ledger."""
        return self.recorder.max_notification_id() or 0

    def answer(self, command_id: str) -> tuple[str, bytes, int, int] | None:
        """(ticket, command digest, first, last version) of a command that was answered, else None."""
        return self.recorder.answer(command_id)

    def tickets(self) -> Iterator[tuple[str, int]]:
        """(number, latest version) of every ticket, in order of number."""
        after = ""
        while page := self.recorder.streams(after):
            yield from page
            after = page[-1][0]

    def raw(self) -> Iterator[Row]:
        """Every row as it is stored, in the order it was written: ticket, version, kind, state, position."""
        position = 0
        while page := self.recorder.log(position, 1000):
            yield from page
            position = page[-1][4]

    def restore(self, rows: Iterable[tuple[str, int, str, bytes, str]]) -> int:
        """Write rows of an export back as they are, all or none; how many.

        Args:
            rows: ticket, version, kind, state and command id, in the order they were first written. The ids stay
                answered; what the commands said in full is not in an export, so a repeat is told by its id alone.

        Raises:
            Conflict: versions with gaps, or a command id twice; nothing was written.
        """
        batches = []
        count = 0
        for (ticket, command_id), found in groupby(rows, key=lambda row: (row[0], row[4])):
            events = [StoredEvent(ticket, version, kind, state) for _t, version, kind, state, _c in found]
            batches.append((events, events[0].originator_version - 1, (command_id, b"")))
            count += len(events)
        try:
            self.recorder.insert_many(batches)
        except IntegrityError as problem:
            raise Conflict(str(problem)) from problem
        return count

    def fill(
        self, rows: Iterable[tuple[str, int, str, bytes, str]], check: Callable[[Iterator[Row]], None]
    ) -> int:
        """Write the rows of an export into this empty ledger, all or none; how many. For *rows* see `restore`.

        Args:
            check: is shown every row in order of (ticket, version) before any of them stands; what it raises undoes all.

        Raises:
            NotEmpty: there are facts already.
            Conflict: a version or a command id comes twice.
        """
        try:
            return self.recorder.fill(_with_commands(rows), check)
        except IntegrityError as problem:
            raise Conflict(str(problem)) from problem

    def count(self) -> int:
        """How many facts there are."""
        return self.recorder.count()

    def close(self) -> None:
        """Give the recorder back; safe to call twice."""
        self.recorder.close()


def _with_commands(rows: Iterable[tuple[str, int, str, bytes, str]]) -> Iterator[NewRow]:
    """Rows of an export with what the first row of each command keeps of it; the rows of a command stand together."""
    for (_ticket, command_id), found in groupby(rows, key=itemgetter(0, 4)):
        first, *others = found
        yield (*first[:4], command_id, b"", 1 + len(others))
        for ticket, version, kind, state, _command_id in others:
            yield ticket, version, kind, state, None, None, None
