"""实时: the ledger as it grows, followed once for all browsers; a reader that comes back begins where it stopped.

One thread follows the recorder, whoever writes to it; readers wait for its word and read what they have missed
themselves, first from what is remembered, else from the ledger: none is sent twice, none left out.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import suppress
from threading import Lock, Thread
from typing import Any, Final, NamedTuple

from starlette.concurrency import run_in_threadpool

from aftersales_core.ledger import Ledger

REMEMBERED: Final = 5000
"""Facts a reader may be behind before it is sent to the ledger."""

BATCH: Final = 500


class Happened(NamedTuple):
    """A fact was written: where in the ledger, of which stream."""

    position: int
    ticket: str
    version: int
    kind: str


class Live:
    """Follows one ledger for any number of readers."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = Lock()
        self._thread: Thread | None = None
        self._following: Any = None
        self._recent: deque[Happened] = deque(maxlen=REMEMBERED)
        self._floor = 0
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._closed = False

    def position(self) -> int:
        """The position of the latest fact."""
        return self._ledger.position()

    async def after(self, position: int) -> AsyncGenerator[list[Happened], None]:
        """What was written after *position*, as it is written, several at a time; an empty list after 15 quiet seconds.

        Ends where the ledger cannot be followed any more; the reader comes again.
        """
        bell = (asyncio.get_running_loop(), asyncio.Event())
        self._begin()
        with self._lock:
            self._waiting.add(bell)
        try:
            while not self._closed and self._thread is not None:
                bell[1].clear()
                found = await self._missed(position)
                if found:
                    position = found[-1].position
                    yield found
                    continue
                try:
                    await asyncio.wait_for(bell[1].wait(), 15)
                except TimeoutError:
                    yield []
        finally:
            with self._lock:
                self._waiting.discard(bell)

    def let_go(self) -> None:
        """End every reader's stream; from now on there are none."""
        self._closed = True
        self._ring()

    def close(self) -> None:
        """Stop following; readers are let go. Twice is fine."""
        with self._lock:
            self._closed = True
            following, thread = self._following, self._thread
        if following is not None:
            following.stop()
        if thread is not None:
            thread.join()
        self._ring()

    async def _missed(self, position: int) -> list[Happened]:
        with self._lock:
            if position >= self._floor:
                return [each for each in self._recent if each.position > position][:BATCH]
        return await run_in_threadpool(self._read, position)

    def _read(self, position: int) -> list[Happened]:
        return [
            Happened(at, ticket, version, kind)
            for ticket, version, kind, _state, at in self._ledger.recorder.log(position, BATCH)
        ]

    def _begin(self) -> None:
        with self._lock:
            if self._closed or self._thread is not None:
                return
            self._floor = self._ledger.position()
            self._recent.clear()
            self._following = self._ledger.recorder.subscribe(self._floor)
            self._thread = Thread(target=self._work, args=(self._following,), name="aftersales-live", daemon=True)
            self._thread.start()

    def _work(self, following: Any) -> None:
        # whatever ends it, the readers are told by its being over, and whoever comes next begins it anew
        with suppress(Exception), following:
            for told in following:
                with self._lock:
                    if len(self._recent) == REMEMBERED:
                        self._floor = self._recent[0].position
                    self._recent.append(Happened(told.id, told.originator_id, told.originator_version, told.topic))
                self._ring()
        with self._lock:
            self._thread = None
        self._ring()

    def _ring(self) -> None:
        with self._lock:
            waiting = tuple(self._waiting)
        for loop, bell in waiting:
            with suppress(RuntimeError):  # its loop is closed: nobody waits there any more
                loop.call_soon_threadsafe(bell.set)
