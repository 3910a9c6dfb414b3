"""容量: so many threads inside at a time; whoever waits comes before whoever comes back."""

from __future__ import annotations

from collections import deque
from threading import Lock


class Room:
    """First come, first served. A semaphore would let in whoever has just left before those who wait, for ever."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._door = Lock()  # guards the two below
        self._inside: set[Lock] = set()
        self._row: deque[Lock] = deque()

    def enter(self, turn: Lock, timeout: float) -> bool:
        """Come in, or wait for it *timeout* seconds; whether it came to that. *turn* is a new lock.

        Whatever comes of it, also an exception, `leave` is to be called.
        """
        turn.acquire()
        with self._door:
            if len(self._inside) < self._most:
                self._inside.add(turn)
                return True
            self._row.append(turn)
        return turn.acquire(timeout=timeout)

    def leave(self, turn: Lock) -> None:
        """Go out and let the next one in, or give up waiting; nothing where *turn* is neither."""
        with self._door:
            self._inside.discard(turn)
            if turn in self._row:
                self._row.remove(turn)
            while self._row and len(self._inside) < self._most:
                following = self._row.popleft()
                self._inside.add(following)
                following.release()
