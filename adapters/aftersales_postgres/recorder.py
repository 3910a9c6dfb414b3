"""记录: the event recorder for a PostgreSQL database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final, Literal

from eventsourcing.persistence import IntegrityError, StoredEvent

from aftersales_core.addresses import ServerAddress
from aftersales_core.codec import Row
from aftersales_core.ledger.appends import (
    Append,
    Command,
    NewRow,
    NotEmpty,
    new_rows,
    placed,
    refuse_others,
    stale,
)
from aftersales_core.ledger.following import Follower
from aftersales_core.ledger.reading import SqlRecorder
from aftersales_postgres import statements
from aftersales_postgres.bell import Bell, Ear
from aftersales_postgres.connections import Connection, Connections, acknowledged, check_sound
from aftersales_postgres.layout import make_ready
from aftersales_postgres.order import DRAW_FOR_A_COPY, HOLD, append, highest, read
from aftersales_postgres.several import NOTHING_KNOWN, Known, Plan, asked

_ROUNDS: Final = 4
"""How often several batches are planned anew where others were quicker."""


class PostgresRecorder(SqlRecorder):
    """Streams of events in one schema of a database: appended whole or not at all, and on the disk when acknowledged.

    Safe for threads and for several programs. Appends are committed side by side. Whoever reads on behind a position
    waits for appends that drew a lower one than it can see, and for nobody else. Any method may raise `StoreUnusable`
    when the database cannot be used (any more); the next call tries anew.
    """

    ASK, MANY, WITHOUT_LIMIT = statements.QUESTIONS, list, None

    def __init__(self, address: ServerAddress, *, originator_id_type: Literal["text", "uuid"] = "text") -> None:
        """Open the ledger at *address*; where the schema holds none, one is made.

        Args:
            originator_id_type: `uuid` gives stream ids back as `uuid.UUID`, as eventsourcing's aggregates want.

        Raises:
            StoreUnusable: out of reach, not ours, of another layout, no rights.
        """
        make_ready(address)
        self._connections = Connections(address)
        super().__init__(self._connections.fetch, originator_id_type=originator_id_type)
        self._bell = Bell(self._connections)
        self._ear_lock = threading.Lock()  # guards the line below
        self._ear: Ear | None = None

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

        Where the connection breaks before the answer came, it is sent once more: with a command id the database
        knows whether it was recorded, so nothing is recorded twice.

        Args:
            expected: the stream's last version as the caller knows it, 0 for a new one. The events must then be
                one stream's, numbered from `expected + 1` without a hole.
            command: (command id, digest) of what caused the events, kept with them for `answer()`.

        Raises:
            IntegrityError: the stream is not at *expected*, a version is taken, or the command id is known;
                nothing was written.
            StoreUnusable: with `connection-lost` nobody knows; the same append may be tried again.
        """
        refuse_others(others)
        if not stored_events:
            return []
        statement, given = asked(stored_events, expected, command)
        tries = 0

        def write(connection: Connection) -> Sequence[tuple[int]]:
            nonlocal tries
            tries += 1
            return append(connection, self._connections.address, statement, given)

        try:
            written = self._connections.run(write, writes=True)
            if not written:
                stream = str(stored_events[0].originator_id)
                raise stale(stream, self.version(stream), expected)
        except IntegrityError:
            if tries == 1:
                raise
            if command is None:
                raise self._connections.lost("nothing tells an append without a command id from that of another") from None
            # perhaps the first try got through, and only its answer did not
            first, size = stored_events[0], len(stored_events)
            written = self._read(statements.WRITTEN, (*command, str(first.originator_id), first.originator_version, size))
            if not written:
                raise
            self._confirm()
        self._committed()
        return sorted(position for (position,) in written)

    def insert_with(
        self,
        beside: Callable[[Connection], None],
        stored_events: Sequence[StoredEvent],
        *,
        expected: int | None = None,
        command: Command | None = None,
    ) -> Sequence[int]:
        """Append events, perhaps none, as `insert_events` does, in one transaction with what *beside* does there.

        It is not sent twice: where the connection breaks, `connection-lost` says that nobody knows.
        """
        written: Sequence[tuple[int]] = ()
        with self.transaction() as connection:
            beside(connection)
            if stored_events:
                statement, given = asked(stored_events, expected, command)
                written = connection.execute(statement, given, binary=True).fetchall()
                if not written:
                    stream = str(stored_events[0].originator_id)
                    raise stale(stream, self.version(stream), expected)
        self._committed()
        return sorted(position for (position,) in written)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection in a transaction of its own, for tables beside the ledger's; committed on leaving, or undone."""
        address = self._connections.address
        with self._connections.fresh() as connection, acknowledged(connection, address), connection.transaction():
            yield connection
            check_sound(connection)

    def insert_each(self, batches: Sequence[Append]) -> list[bool]:
        """Append each batch as `insert_events` would, one after another, in ONE transaction with one wait for the disk.

        Each is all or nothing by itself: whether it was written, False where it was refused; the others stand. Where
        nothing is refused it is one statement; otherwise a look at the ledger and another; where others keep being quicker,
        in the end one by one. Raises StoreUnusable: with `connection-lost`, or one by one, nobody knows of each; call again.
        """
        sent = 0
        # mostly everything fits, and the statement itself finds out where not
        plan = Plan(batches, self._known(batches) if any(expected is None for _, expected, _ in batches) else NOTHING_KNOWN)
        for _ in range(_ROUNDS):
            if not plan.lines:
                return plan.fits
            given = plan.parameters()

            def write(connection: Connection) -> Sequence[tuple[int]]:
                nonlocal sent
                sent += 1
                return append(connection, self._connections.address, statements.APPEND, given)  # noqa: B023 - within the round

            before = sent
            with suppress(IntegrityError):
                if self._connections.run(write, writes=True):
                    self._committed()
                    return plan.fits
            if sent - before > 1:
                batches = self._left(batches, plan)
            plan = Plan(batches, self._known(batches))
        # others are at the same streams all the time; one at a time each gets an answer
        return super().insert_each(batches)

    def _left(self, batches: Sequence[Append], plan: Plan) -> Sequence[Append]:
        """*batches*, without events where the first try of *plan* got through and only its answer did not."""
        tried = [batch if fits and batch[0] else None for batch, fits in zip(batches, plan.fits, strict=True)]
        if any(batch and batch[2] is None for batch in tried):
            raise self._connections.lost("nothing tells appends without a command id from those of others")
        first = [(*batch[2], *new_rows(*batch[::2])[0][:2], len(batch[0])) for batch in tried if batch and batch[2]]
        found = {command for (command,) in self._read(statements.WRITTEN_EACH, tuple(map(list, zip(*first, strict=True))))}
        if found:
            self._confirm()
            self._committed()
        return [((), None, None) if of and of[2] and of[2][0] in found else batch for batch, of in zip(batches, tried, strict=True)]

    def _known(self, batches: Sequence[Append]) -> Known:
        streams = list({str(e.originator_id) for events, _, _ in batches for e in events})
        commands = [command[0] for _, _, command in batches if command]
        loose = [line[:2] for events, expected, _ in batches if expected is None for line in new_rows(events, None)]
        taken = self._read(statements.TAKEN, ([stream for stream, _ in loose], [version for _, version in loose])) if loose else []
        return Known(
            dict.fromkeys(streams, 0) | dict(self._read(statements.TOPS, (streams,))),
            frozenset(command for (command,) in self._read(statements.COMMANDS, (commands,))),
            frozenset(taken),
        )

    def insert_many(self, batches: Sequence[Append]) -> None:
        """Append many (events, expected, command), each as `insert_events` takes them, in ONE transaction.

        For imports: the rows are copied in. A stream may come more than once; its later batch then expects what the
        earlier one leaves. Batches without events are passed over.

        Raises:
            IntegrityError: any batch is refused; none of them was written.
        """
        rows: list[NewRow] = []
        first: dict[str, int] = {}  # what the first batch of a stream expects to find
        tops: dict[str, int] = {}
        for events, expected, command in batches:
            if not events:
                continue
            lines = placed(events, expected, command)
            stream = lines[0][0]
            if expected is not None:
                if tops.setdefault(stream, expected) != expected:
                    raise stale(stream, tops[stream], expected)
                first.setdefault(stream, expected)
            tops.update({line[0]: line[1] for line in lines})
            rows += lines
        if not rows:
            return
        with self.transaction() as connection:
            found = dict(connection.execute(statements.TOPS, (list(first),)).fetchall())
            for stream, expected in first.items():
                if (found.get(stream) or 0) != expected:
                    raise stale(stream, found.get(stream) or 0, expected)
            connection.execute(HOLD)
            ((positions,),) = connection.execute(DRAW_FOR_A_COPY, {"count": len(rows)}, binary=True)
            with connection.cursor().copy(statements.COPY) as copy:
                copy.set_types(statements.COPIED)
                for position, row in zip(positions, rows, strict=True):
                    copy.write_row((position, *row))
        self._committed()

    def fill(self, rows: Iterable[NewRow], check: Callable[[Iterator[Row]], None]) -> int:
        """Copy *rows* into an empty ledger in the order they come, in ONE transaction; how many. See `Recorder.fill`.

        Raises:
            NotEmpty: something is there already.
            IntegrityError: a version or a command id comes twice.
        """
        with self.transaction() as connection:
            # nobody appends before this is over, so rows may draw their positions one by one; reading goes on
            connection.execute("LOCK TABLE stored_events IN SHARE ROW EXCLUSIVE MODE")
            if connection.execute("SELECT 1 FROM stored_events LIMIT 1").fetchone():
                raise NotEmpty
            with connection.cursor().copy(statements.COPY_ANEW) as copy:
                copy.set_types(statements.COPIED[1:])
                for row in rows:
                    copy.write_row(row)
            with connection.cursor("everything", binary=True) as cursor:
                cursor.itersize = 10_000
                check(iter(cursor.execute(self.ASK.everything)))
            (count,) = connection.execute(self.ASK.how_many).fetchone() or (0,)
        self._committed()
        return int(count)

    def _committed(self) -> None:
        self.wake_followers()
        self._bell.ring()

    # ---- reading

    def max_notification_id(self) -> int | None:
        """The highest position, None for an empty ledger; everything below it can be seen when this returns."""
        return self._connections.run(lambda connection: highest(connection, self._connections.address))

    def _in_order(self, statement: str, low: int, high: int, limit: int, *more: object) -> list[Any]:
        address = self._connections.address
        return self._connections.run(lambda connection: read(connection, address, statement, low, high, limit, *more))

    def answer(self, command_id: str) -> tuple[str, bytes, int, int] | None:
        """What a command led to: (stream id, digest, first version, last version), None if it is not known.

        What is told is as durable as if it were acknowledged now, save where the server can only be read.
        """
        found = super().answer(command_id)
        if found is not None:
            self._confirm()
        return found

    def _confirm(self) -> None:
        """Wait until what can be seen is where the server promises to have it: a row can be seen that was never acknowledged."""

        def wait(connection: Connection) -> None:
            with acknowledged(connection, self._connections.address):
                connection.execute(statements.CONFIRM)

        self._connections.run(wait)

    # ---- following

    def sign(self) -> int:
        """The highest position to be seen, others in flight below it or not; 0 for an empty ledger."""
        return super().max_notification_id() or 0

    def attach(self, follower: Follower[Any]) -> None:
        """Wake *follower* after each commit, our own and those of other programs, and stop it on `close()`."""
        super().attach(follower)
        with self._ear_lock:
            if self._ear is None and not self._connections.closed:
                self._ear = Ear(self._connections.address, self.wake_followers)

    # ---- closing

    def close(self) -> None:
        """Stop every subscription and close every connection; twice is fine."""
        self.stop_followers()
        self._bell.close()
        self._connections.close()
        with self._ear_lock:  # last: whoever attaches from now on finds it closed, and no ear is left behind
            ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()
