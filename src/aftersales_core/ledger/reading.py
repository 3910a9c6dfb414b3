"""查阅: what the recorders of SQL databases ask of their table, and what they make of the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import starmap
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID  # noqa: TID251 - only to give back ids that came as UUID; none is made here

from eventsourcing.persistence import Notification, StoredEvent

from aftersales_core.codec import Row
from aftersales_core.ledger.following import FollowedRecorder

LOWEST: Final = -(2**63)
HIGHEST: Final = 2**63 - 1
"""No version and no position is beyond these."""


class Questions(NamedTuple):
    """What is asked of `stored_events`, in the SQL of one database."""

    stream_up: str
    stream_down: str
    rows: str
    rows_of: str
    everything: str
    log: str
    log_topics: str
    scan: str
    streams: str
    version: str
    answer: str
    high: str = "SELECT max(position) FROM stored_events"
    how_many: str = "SELECT count(*) FROM stored_events"


def questions(sign: str, among: str) -> Questions:
    """The questions of a database.

    Args:
        sign: of a parameter, `?` or `%s`.
        among: how a column is held against many texts, which are one parameter.
    """
    four = "SELECT originator_id, originator_version, topic, state FROM stored_events"
    five = "SELECT originator_id, originator_version, topic, state, position FROM stored_events"
    stream = f"WHERE originator_id = {sign} AND originator_version > {sign} AND originator_version <= {sign}"
    order = "ORDER BY originator_id, originator_version"
    between = f"WHERE position >= {sign} AND position <= {sign}"
    return Questions(
        stream_up=f"{four} {stream} ORDER BY originator_version LIMIT {sign}",
        stream_down=f"{four} {stream} ORDER BY originator_version DESC LIMIT {sign}",
        rows=f"{five} {stream} ORDER BY originator_version",
        rows_of=f"{five} WHERE originator_id {among} {order}",
        everything=f"{five} {order}",
        log=f"{five} {between} ORDER BY position LIMIT {sign}",
        log_topics=f"{five} {between} AND topic {among} ORDER BY position LIMIT {sign}",
        scan=f"{five} WHERE (originator_id, originator_version) > ({sign}, {sign}) AND position <= {sign} {order} LIMIT {sign}",
        streams="SELECT originator_id, max(originator_version) FROM stored_events"  # noqa: S608 - words of ours
        f" WHERE originator_id > {sign} GROUP BY originator_id ORDER BY originator_id LIMIT {sign}",
        version=f"SELECT max(originator_version) FROM stored_events WHERE originator_id = {sign}",  # noqa: S608
        answer="SELECT originator_id, command_digest, originator_version, originator_version + command_rows - 1"  # noqa: S608
        f" FROM stored_events WHERE command_id = {sign}",
    )


class SqlRecorder(FollowedRecorder):
    """The reading half of a recorder on a database with SQL. Any method may raise `StoreUnusable`."""

    ASK: Questions
    MANY: Callable[[Sequence[str]], object]
    """Makes one parameter of many texts."""
    WITHOUT_LIMIT: int | None
    """The limit of a question that has none."""

    def __init__(
        self, read: Callable[..., list[Any]], *, originator_id_type: Literal["text", "uuid"] = "text"
    ) -> None:
        """*read* gives all rows of a question with its parameters, as tuples; `uuid` gives stream ids back as `uuid.UUID`."""
        super().__init__()
        self._read = read
        self._as_uuid = originator_id_type == "uuid"

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """All rows of a question of one's own, as tuples."""
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
        low, high = LOWEST if gt is None else gt, HIGHEST if lte is None else lte
        most = self.WITHOUT_LIMIT if limit is None else limit
        rows = self._read(self.ASK.stream_down if desc else self.ASK.stream_up, (str(originator_id), low, high, most))
        if self._as_uuid:
            return [StoredEvent(UUID(stream), *rest) for stream, *rest in rows]
        return list(starmap(StoredEvent, rows))

    def rows(self, stream: str, after: int = 0, upto: int | None = None) -> list[Row]:
        """One stream as `scan` gives it: (stream, version, topic, state, position), `after < version <= upto`."""
        return self._read(self.ASK.rows, (stream, after, HIGHEST if upto is None else upto))

    def rows_of(self, streams: Sequence[str]) -> list[Row]:
        """Several streams whole, in order of (stream, version)."""
        return self._read(self.ASK.rows_of, (self.MANY(streams),))

    def version(self, stream: str) -> int:
        """The latest version of *stream*, 0 where there is none."""
        return self._read(self.ASK.version, (stream,))[0][0] or 0

    def log(self, after: int, limit: int) -> list[Row]:
        """Up to *limit* rows of all streams with `position > after`, in the order they were written.

        Whoever goes on behind the last one misses nothing: no smaller position becomes visible later. What was
        acknowledged before the call is there, up to *limit*.
        """
        return self._in_order(self.ASK.log, after + 1, HIGHEST, limit)

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
        low = LOWEST if start is None else start if inclusive_of_start else start + 1
        high = HIGHEST if stop is None else stop
        if topics:
            rows = self._in_order(self.ASK.log_topics, low, high, limit, self.MANY(topics))
        else:
            rows = self._in_order(self.ASK.log, low, high, limit)
        if self._as_uuid:
            return [Notification(UUID(stream), *rest) for stream, *rest in rows]
        return list(starmap(Notification, rows))

    def _in_order(self, statement: str, low: int, high: int, limit: int, *more: object) -> list[Any]:
        """The rows of a log; where commits may appear out of order, whoever overrides this waits for those in between."""
        return self._read(statement, (low, high, *more, limit))

    def max_notification_id(self) -> int | None:
        """The highest position, None for an empty ledger."""
        top: int | None = self._read(self.ASK.high)[0][0]
        return top

    def answer(self, command_id: str) -> tuple[str, bytes, int, int] | None:
        """What a command led to: (stream id, digest, first version, last version), None if it is not known."""
        rows = self._read(self.ASK.answer, (command_id,))
        return rows[0] if rows else None

    def streams(self, after: str = "", limit: int = 1000) -> list[tuple[str, int]]:
        """Up to *limit* (stream id, last version) in id order, behind the id *after*."""
        return self._read(self.ASK.streams, (after, limit))

    def count(self) -> int:
        """How many events there are; reads an index from end to end."""
        total: int = self._read(self.ASK.how_many)[0][0]
        return total

    def scan(self, after: str = "", limit: int = 10_000) -> Iterator[Row]:
        """Every event of the streams behind *after*: (stream id, version, topic, state, position), stream by stream.

        Reads *limit* rows at a time, so that a long replay neither fills the memory nor holds anything up in the database,
        and still shows one moment: what is appended after the call does not appear.
        """
        return self._pages(after, limit, self.max_notification_id() or 0)

    def _pages(self, stream: str, limit: int, stop: int) -> Iterator[Row]:
        version = HIGHEST
        while page := self._read(self.ASK.scan, (stream, version, stop, limit)):
            yield from page
            stream, version = page[-1][:2]
