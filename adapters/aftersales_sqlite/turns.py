"""轮候: threads that want to write stand in a row; whoever is in front writes for those behind as well."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from threading import Lock, get_ident
from time import monotonic

from aftersales_core.ledger.appends import NewRow

MOST = 128
"""How many appends one commit may serve: a bound on what a leader does for others, and on what a crash undoes."""

MOST_ROWS = 4096
"""After so many rows no further append joins."""


class Place:
    """One thread's place in the row, with what it wants to append; nothing to append means that it leads alone."""

    __slots__ = ("expected", "joined", "outcome", "rows", "since", "thread", "turn")

    def __init__(self, rows: Sequence[NewRow] | None = None, expected: int | None = None) -> None:
        self.rows = rows
        self.expected = expected
        self.outcome: int | Exception | None = None
        """The position of the last row, or why nothing was written; None until it is decided."""
        self.thread = 0
        """Whose place it is, once it is taken."""
        self.joined = False
        """Whether a leader has begun to write it."""
        self.since = 0.0
        """When it began to wait behind others, by the monotonic clock."""
        self.turn: Lock | None = None
        """Locked until the thread may go on; only there for one that had to wait."""


class Turns:
    """First come, first served. One thread leads at a time, serves one group, and hands the turn to the next in the row.

    A place leaves the row only with its outcome, by leading, or by giving up. So a leader that is interrupted before
    its commit leaves those behind it where they are, and the next one leads them.
    """

    __slots__ = ("_door", "_leader", "_row")

    def __init__(self) -> None:
        self._door = Lock()  # guards the two below; never held while anybody writes
        self._leader: Place | None = None
        self._row: deque[Place] = deque()  # empty where nobody leads

    def take(self, place: Place) -> bool:
        """Wait for a turn: True where *place* leads now, False where a leader has brought its outcome.

        Whatever comes of it, also an exception, `leave` is to be called, unless the outcome is there.
        """
        place.thread = get_ident()
        with self._door:
            if self._leader is None:
                self._leader = place
                return True
            if self._leader.thread == place.thread:
                raise RuntimeError("this thread is in the middle of writing to the ledger already; finish that first")
            place.since = monotonic()
            place.turn = Lock()
            place.turn.acquire()
            self._row.append(place)
        place.turn.acquire()
        return place.outcome is None

    def alone(self, leader: Place) -> bool:
        """Whether nobody waits behind *leader*; true only for a moment."""
        return len(self._row) <= (leader.turn is not None)  # one that had to wait still stands in the row itself

    def behind(self, leader: Place) -> list[Place]:
        """The leader and those that may be served with it, in their order; they stay in the row until `deliver`."""
        group = [leader]
        size = len(leader.rows or ())
        with self._door:
            for place in islice(self._row, MOST):
                if place is leader:
                    continue
                if place.rows is None or size >= MOST_ROWS:
                    break
                place.joined = True
                group.append(place)
                size += len(place.rows)
        return group

    def deliver(self, group: list[Place], outcomes: list[int | Exception]) -> None:
        """Let everybody in *group* go on with their outcomes, once these are final."""
        try:
            self._deliver(group, outcomes)
        except BaseException:
            self._deliver(group, outcomes)  # interrupted in between; doing it twice does no harm
            raise

    def _deliver(self, group: list[Place], outcomes: list[int | Exception]) -> None:
        for place, outcome in zip(group, outcomes, strict=True):
            place.outcome = outcome
        with self._door:
            while self._row and self._row[0].outcome is not None:
                self._row.popleft()
        for place in group[1:]:
            if place.turn is not None and place.turn.locked():
                place.turn.release()

    def leave(self, place: Place) -> None:
        """Hand the turn to the next in the row, or give up the place in it; nothing where there is neither.

        Where a leader is just writing what *place* wants, its commit is waited for: once left, nothing more is written.
        """
        try:
            if not self._leave(place, at_once=False):
                assert place.turn is not None
                place.turn.acquire()
                self._leave(place, at_once=True)
        except BaseException:
            self._leave(place, at_once=True)  # interrupted in between; doing it twice does no harm
            raise

    def _leave(self, place: Place, *, at_once: bool) -> bool:
        with self._door:
            if self._leader is not place:
                if place.joined and place.outcome is None and not at_once:
                    return False
                with suppress(ValueError):
                    self._row.remove(place)
                return True
            if self._row and self._row[0] is place:
                self._row.popleft()
            following = self._row[0] if self._row else None
            self._leader = following
            if following is not None and following.turn is not None:
                following.turn.release()
            return True
