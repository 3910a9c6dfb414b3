"""门铃: followers of other programs hear of a commit at once, and no append pays for it.

A transaction that notifies holds a lock of the whole database while it commits, so appends do not. A thread notifies for
them, some at a time, and only where somebody listens. What is not heard is found by asking, as without all this.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Final

import psycopg

from aftersales_core.addresses import ServerAddress
from aftersales_core.errors import StoreUnusable
from aftersales_postgres.connections import Connections, connect
from aftersales_postgres.layout import MARK

GATHER_SECONDS: Final = 0.005
"""How long commits are gathered for one notification."""

AGAIN_SECONDS: Final = 1.0
"""How long nobody is looked for where nobody listened, and how long after a lost connection a new one is tried."""

# Who listens holds this lock, so that it can be seen; a lock of somebody else's under this key makes us notify for nothing.
_PRESENT: Final = f"{MARK + 1}, 'stored_events'::regclass::oid::integer"
_CHANNEL: Final = "'aftersales_' || 'stored_events'::regclass::oid"
NOTIFY: Final = f"""
SELECT pg_notify({_CHANNEL}, '') WHERE EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = {MARK + 1} AND objsubid = 2
    AND objid = 'stored_events'::regclass::oid AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""  # noqa: S608 - words of ours


class Bell:
    """Tells those who listen that something was committed, soon after it was."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._rung = threading.Event()
        self._closed = threading.Event()
        self._lock = threading.Lock()  # guards the line below
        self._thread: threading.Thread | None = None

    def ring(self) -> None:
        """Something was committed; costs next to nothing."""
        self._rung.set()
        if self._thread is None:
            with self._lock:
                if self._thread is None and not self._closed.is_set():
                    # a program that never closes its ledger can end nevertheless
                    self._thread = threading.Thread(target=self._work, name="aftersales-bell", daemon=True)
                    self._thread.start()

    def _work(self) -> None:
        while True:
            self._rung.wait()
            if self._closed.wait(GATHER_SECONDS):
                return
            self._rung.clear()
            if self._closed.is_set():  # it was closed in between, and that ring is the one that was cleared
                return
            try:
                heard = bool(self._connections.fetch(NOTIFY))
            except Exception:
                heard = False  # whoever appends is told of it there
            if not heard and self._closed.wait(AGAIN_SECONDS):
                return

    def close(self) -> None:
        """Ring no more; what was not told yet is found by asking."""
        with self._lock:
            self._closed.set()
            thread = self._thread
        self._rung.set()
        if thread is not None:
            thread.join()


class Ear:
    """Calls *wake* after commits of anybody, from a thread and over a connection of its own."""

    def __init__(self, address: ServerAddress, wake: Callable[[], None]) -> None:
        self.listens = threading.Event()
        """Set while notifications come in."""
        self._address = address
        self._wake = wake
        self._ending, self._end = socket.socketpair()
        self._thread = threading.Thread(target=self._work, name="aftersales-ear", daemon=True)
        self._thread.start()

    def _work(self) -> None:
        try:
            while True:
                try:
                    self._listen()
                    return
                except (psycopg.Error, StoreUnusable):
                    if _readable(AGAIN_SECONDS, self._ending):
                        return
        finally:
            self._ending.close()

    def _listen(self) -> None:
        """Return when told to end."""
        connection = connect(self._address)
        try:
            connection.execute(f"SELECT pg_advisory_lock_shared({_PRESENT})")
            ((channel,),) = connection.execute(f"SELECT {_CHANNEL}")
            connection.execute(f"LISTEN {channel}")
            self.listens.set()
            self._wake()  # for what came before
            while self._ending not in _readable(None, connection, self._ending):
                if list(connection.notifies(timeout=0)):
                    self._wake()
        finally:
            self.listens.clear()
            connection.close()

    def close(self) -> None:
        """Listen no more."""
        listened = self.listens.is_set()
        self._end.close()  # which the other end takes for something to read
        if listened:  # else it may be trying to connect, and ends when that has come to something
            self._thread.join()


def _readable(timeout: float | None, *sources: Any) -> list[Any]:
    """Those of *sources* in which there is something to read, once there is; none after *timeout* seconds."""
    with DefaultSelector() as selector:  # select() itself fails in a program with a thousand files open
        for source in sources:
            selector.register(source, EVENT_READ)
        return [key.fileobj for key, _ in selector.select(timeout)]
