"""连接: a few connections for many threads, and the one place where the driver's errors get their meaning."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias, TypeVar

import psycopg
from eventsourcing import persistence
from psycopg.pq import TransactionStatus

from aftersales_core.addresses import ServerAddress
from aftersales_core.errors import StoreUnusable
from aftersales_postgres.room import Room

T = TypeVar("T")

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

MOST: Final = 10
"""Connections of one recorder at a time; a thread that finds none free waits for one."""

# One statement after connecting, so that no setting of server, database or role changes what is promised here.
# Names are looked up in one schema only. A lock is not waited for longer than the timeout. An acknowledged commit is
# on the disk, and on as many standbys as the server demands: only a plain "off" is turned on. Under another isolation
# an append that waited for another would fail instead of looking again. A statement is planned once: with arrays as
# parameters it would be planned at every call, which takes the server several times as long as carrying it out.
_SETTINGS: Final = """
SELECT set_config('search_path', coalesce(quote_ident(coalesce(%s, current_schema())), ''), false),
       set_config('lock_timeout', %s, false),
       set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'
                  ELSE current_setting('synchronous_commit') END, false),
       set_config('default_transaction_isolation', 'read committed', false),
       set_config('plan_cache_mode', 'force_generic_plan', false),
       set_config('idle_in_transaction_session_timeout', '60s', false)
"""

_CODES: Final = {
    "25006": "standby",
    "53100": "disk-full",
    "55P03": "locked",
    "40001": "locked",
    "40P01": "locked",
    "57014": "locked",
    "42501": "unopenable",
    "53200": "unopenable",
    "58030": "unopenable",
    "58P01": "unopenable",
    "XX001": "unopenable",
    "XX002": "unopenable",
}
"""SQLSTATE of what makes a database unusable for now; classes 08 and 57P, and no state at all, mean a lost connection."""

_CLASSES: Final[dict[type[psycopg.Error], type[persistence.PersistenceError]]] = {
    psycopg.IntegrityError: persistence.IntegrityError,
    psycopg.DataError: persistence.DataError,
    psycopg.OperationalError: persistence.OperationalError,
    psycopg.InternalError: persistence.InternalError,
    psycopg.InterfaceError: persistence.InterfaceError,
    psycopg.ProgrammingError: persistence.ProgrammingError,
    psycopg.NotSupportedError: persistence.NotSupportedError,
    psycopg.DatabaseError: persistence.DatabaseError,
}


def translated(error: psycopg.Error, address: ServerAddress) -> Exception:
    """What callers see instead of *error*.

    A database that cannot be used becomes `StoreUnusable`; a broken constraint and every mistake in the calling
    code become eventsourcing's exception of the same name.
    """
    state = error.sqlstate or ""
    code = _CODES.get(state)
    if code is None and (state[:2] == "08" or state[:3] == "57P" or (not state and _is_lost(error))):
        code = "unreachable"
    if code is None:
        for kind in type(error).__mro__:
            if kind in _CLASSES:
                return _CLASSES[kind](str(error))
        return persistence.PersistenceError(str(error))
    return StoreUnusable(code, path=address.name, reason=address.hidden(str(error)))


def _is_lost(error: psycopg.Error) -> bool:
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


def connect(address: ServerAddress) -> Connection:
    """A connection that commits every statement by itself.

    Raises:
        StoreUnusable: the address is wrong (`unopenable`), or nobody lets us in there (`unreachable`).
    """
    connection = None
    try:
        connection = psycopg.connect(
            address.url,
            autocommit=True,
            prepare_threshold=0,
            connect_timeout=max(2, round(address.timeout)),
            client_encoding="UTF8",
            application_name="aftersales",
        )
        connection.execute(_SETTINGS, (address.schema, f"{address.timeout * 1000:.0f}ms"))
    except psycopg.Error as error:
        if connection is not None:
            connection.close()
        code = "unreachable" if _is_lost(error) else "unopenable"
        raise StoreUnusable(code, path=address.name, reason=address.hidden(str(error).strip())) from error
    return connection


@contextmanager
def acknowledged(connection: Connection, address: ServerAddress) -> Iterator[None]:
    """What is committed within is acknowledged as the server promised it, with as many standbys as it demands.

    A server that was told to stop waiting for them commits nevertheless, answers as if nothing were amiss, and warns.

    Raises:
        StoreUnusable: `connection-lost`, where it warned; it is committed, and may be lost with this server.
    """
    warnings: list[str] = []

    def hear(said: psycopg.errors.Diagnostic) -> None:
        if said.severity_nonlocalized == "WARNING":
            warnings.append(said.message_primary or "")

    connection.add_notice_handler(hear)
    try:
        yield
    finally:
        connection.remove_notice_handler(hear)
    if warnings:
        raise StoreUnusable("connection-lost", path=address.name, reason=address.hidden("; ".join(warnings)))


def check_sound(connection: Connection) -> None:
    """Raises InternalError where a statement of the transaction failed: its commit would undo all, and be answered as if it were well."""
    if connection.info.transaction_status == TransactionStatus.INERROR:
        raise persistence.InternalError("a statement of this transaction failed, so all of it is undone; do not go on after an error")


class Connections:
    """Lends connections, one thread each at a time, and forgets those that broke. Safe for threads, not for forks."""

    def __init__(self, address: ServerAddress) -> None:
        self.address = address
        self._room = Room(MOST)
        self._lock = threading.Lock()  # guards the two below
        self._idle: list[Connection] = []
        self.closed = False

    def run(self, work: Callable[[Connection], T], *, writes: bool = False) -> T:
        """What *work* does with a connection; where that one is broken, as after a restart, once more with a new one.

        Args:
            writes: the first try may have been carried out before the connection broke. *work* has to be able to
                tell, or to do no harm twice.

        Raises:
            StoreUnusable: `connection-lost` where something was sent and nobody can be asked what became of it.
        """
        with self._lent() as connection:
            try:
                return work(connection)
            except psycopg.Error as error:
                if not connection.closed:
                    raise translated(error, self.address) from error
                broken = error
        self._drop_idle()
        try:
            with self._lent() as connection:
                try:
                    return work(connection)
                except psycopg.Error as error:
                    broken = error
                    raise translated(error, self.address) from error
        except StoreUnusable as problem:
            if not writes:
                raise
            # whatever keeps the second try from writing, the first may have written
            raise self.lost(problem.facts.get("reason", problem.code)) from broken

    def lost(self, reason: str) -> StoreUnusable:
        """What is said where nobody can tell whether something was written."""
        return StoreUnusable("connection-lost", path=self.address.name, reason=reason)

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """All rows of a query, as tuples."""
        return self.run(lambda connection: connection.execute(statement, parameters, binary=True).fetchall())

    @contextmanager
    def fresh(self) -> Iterator[Connection]:
        """A new connection, closed afterwards; errors leave as `translated`, a broken one as `connection-lost`."""
        self._open_only()
        connection = connect(self.address)
        try:
            yield connection
        except psycopg.Error as error:
            problem = translated(error, self.address)
            if isinstance(problem, StoreUnusable) and problem.code == "unreachable":
                raise StoreUnusable("connection-lost", problem.facts) from error
            raise problem from error
        finally:
            connection.close()

    @contextmanager
    def _lent(self) -> Iterator[Connection]:
        turn = threading.Lock()
        try:
            if not self._room.enter(turn, self.address.timeout):
                raise StoreUnusable("locked", path=self.address.name, reason=f"all {MOST} connections are in use")
            self._open_only()
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = connect(self.address)
            try:
                yield connection
            finally:
                self._back(connection)
        finally:
            self._room.leave(turn)

    def _back(self, connection: Connection) -> None:
        # an interrupted statement may still be running; nobody else may get that connection
        usable = not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE
        with self._lock:
            if usable and not self.closed:
                self._idle.append(connection)
                return
        connection.close()

    def _open_only(self) -> None:
        if self.closed:
            raise persistence.ProgrammingError("the ledger was closed; open the database again")

    def _drop_idle(self) -> None:
        """Close what is not in use: where one connection broke, those from before it mostly are broken as well."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def close(self) -> None:
        """Close every connection, those in use when they come back; there will be no new ones."""
        self.closed = True
        self._drop_idle()

    def __del__(self) -> None:
        # eventsourcing's projection runner forgets the recorder of its view without closing it
        if hasattr(self, "_idle"):
            self.close()
