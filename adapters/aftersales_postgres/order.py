"""次序: appends are committed side by side, and whoever reads on behind the last position still misses nothing.

A position is drawn before its transaction can be seen, so a later one may appear first. An append therefore says where it is:

* It holds ROW EXCLUSIVE on `stored_events`, as every INSERT and COPY does, from before it draws until its commit can be seen.
* It draws in a gate, a lock held for some microseconds, so that the positions of one append have no others between them.
* In the gate it marks itself by a lock of its own whose key is its first position, held until its commit can be seen.

A reader looks at the highest position it can see and then at these locks. Whoever drew a lower one has either ended by
then, and a later look at the table shows its rows, or is among the holders; for those the reader waits, by asking for
the lock they hold. Who drew above is nobody's concern. The server gives locks back only after the commit can be seen.

A mark is a help, no promise: who has none (a row inserted by hand, an append about to draw) is looked at again until it
has one or is gone. So keys that meet by chance, with locks of other programs, cost a wait and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from time import monotonic, sleep
from typing import Any, Final, NamedTuple

import psycopg
from psycopg.pq import TransactionStatus

from aftersales_core.addresses import ServerAddress
from aftersales_core.errors import StoreUnusable
from aftersales_postgres.connections import Connection, acknowledged
from aftersales_postgres.layout import MARK

_TABLE: Final = "'stored_events'::regclass::oid"
GATE: Final = f"{MARK}, {_TABLE}::integer"
"""The key of the lock in which an append draws; the table's number makes it the ledger's own."""

_SPAN: Final = 2**31
"""Keys of marks are positions modulo this; those in flight at one time are nearer together."""


def _mark(position: str) -> str:
    # tried, not waited for: nobody waits for anything while in the gate
    return f"pg_try_advisory_xact_lock({_TABLE}::integer, ({position} & {_SPAN - 1})::integer)"


# Each step reads the one before, so they happen in this order: `fits` decides whether there is anything to draw at all.
DRAW_ONE: Final = (
    f", gate AS MATERIALIZED (SELECT pg_advisory_lock({GATE}) FROM fits)"  # noqa: S608 - words of ours
    ", drawn AS MATERIALIZED (SELECT nextval('stored_events_position_seq') AS position FROM gate)"
    f", marked AS MATERIALIZED (SELECT position, {_mark('position')} FROM drawn)"
    f", freed AS MATERIALIZED (SELECT position, pg_advisory_unlock({GATE}) FROM marked)"
)
"""Behind `WITH fits AS …`: one position, as `freed (position)`."""

DRAW: Final = (
    f", gate AS MATERIALIZED (SELECT pg_advisory_lock({GATE}) FROM fits)"  # noqa: S608 - words of ours
    ", drawn AS MATERIALIZED (SELECT nextval('stored_events_position_seq') AS position"
    " FROM gate, generate_series(1, %(count)s::integer))"
    f", marked AS MATERIALIZED (SELECT array_agg(position) AS positions, {_mark('min(position)')} FROM drawn"
    " HAVING count(*) > 0)"
    f", freed AS MATERIALIZED (SELECT positions, pg_advisory_unlock({GATE}) FROM marked)"
)
"""Behind `WITH fits AS …`: `count` positions in ascending order, as `freed (positions)`."""

DRAW_FOR_A_COPY: Final = f"WITH fits AS MATERIALIZED (SELECT 1){DRAW} SELECT positions FROM freed"  # noqa: S608
"""In a transaction that holds the lock of `HOLD` already."""

HOLD: Final = "LOCK TABLE stored_events IN ROW EXCLUSIVE MODE"
"""What an INSERT does by itself. It keeps nobody from reading or writing."""

# The rows of the table are seen as they were before the locks are looked at: both are one statement, and it begins with that.
_LOOK: Final = f"""
SELECT (SELECT max(position) FROM stored_events), pg_is_in_recovery(), holder, marks
FROM (SELECT virtualtransaction AS holder,
             array_agg(objid::bigint) FILTER (WHERE locktype = 'advisory') AS marks
      FROM pg_locks
      WHERE granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (locktype = 'relation' AND relation = {_TABLE} AND mode = 'RowExclusiveLock'
             OR locktype = 'advisory' AND classid = {_TABLE} AND objsubid = 2 AND mode = 'ExclusiveLock')
      GROUP BY virtualtransaction HAVING bool_or(locktype = 'relation')) AS held
RIGHT JOIN (SELECT 1) AS always ON true
"""  # noqa: S608 - words of ours

_WAIT: Final = f"SELECT pg_advisory_xact_lock_shared({_TABLE}::integer, mark::integer) FROM unnest(%s::bigint[]) AS mark"  # noqa: S608


class Sight(NamedTuple):
    """What one look shows of the ledger, and of appends whose positions may be below the highest."""

    top: int | None
    """The highest position to be seen; None in an empty ledger."""
    marks: dict[int, int]
    """First position → key of the lock, of each append that drew below `top` and is not seen yet."""
    unmarked: frozenset[str]
    """The transactions that may have drawn below `top`, or may be about to draw above it."""

    @property
    def floor(self) -> float:
        """Everything below this is seen or will never be."""
        return -math.inf if self.unmarked else min(self.marks, default=math.inf)


def look(connection: Connection, address: ServerAddress, among: frozenset[str] | None = None, top: int | None = None) -> Sight:
    """What is written and what is in flight; with *among* and *top*, of these transactions only and below that position.

    Raises:
        StoreUnusable: `standby`, where the locks of the primary cannot be seen and commits come in another order.
    """
    rows = connection.execute(_LOOK, binary=True).fetchall()
    seen, recovering = rows[0][:2]
    if recovering:
        raise StoreUnusable("standby", path=address.name)
    if top is None:
        top = seen
    marks: dict[int, int] = {}
    unmarked: set[str] = set()
    for _top, _recovering, holder, keys in rows:
        if top is None or holder is None or (among is not None and holder not in among):
            continue
        if keys is None:
            unmarked.add(holder)
            continue
        for key in keys:
            back = (top - key) % _SPAN
            if back < _SPAN // 2:
                marks[top - back] = key
    return Sight(top, marks, frozenset(unmarked))


def settle(connection: Connection, address: ServerAddress, sight: Sight) -> None:
    """Wait until everything up to the highest position of *sight* can be seen, or never will be.

    Raises:
        StoreUnusable: `locked`, where somebody took longer than the timeout.
    """
    deadline = monotonic() + address.timeout
    pause = 0.0
    while True:
        if sight.marks:
            connection.execute(_WAIT, (list(sight.marks.values()),), binary=True)
        if not sight.unmarked:
            return
        if monotonic() > deadline:
            raise StoreUnusable("locked", path=address.name, reason="a transaction that wrote without a mark is still open")
        sleep(pause)
        pause = min(pause + 0.0005, 0.01)
        # Whoever began later drew later. Who has a mark by now has a place; who is gone can be seen.
        sight = look(connection, address, sight.unmarked, sight.top)


def read(
    connection: Connection, address: ServerAddress, statement: str, low: int, high: int, limit: int, *more: object
) -> list[Any]:
    """The first *limit* rows from position *low* to *high* by *statement*, which has the position as its last column.

    Everything that was acknowledged before the call is there, and no position below the last one given comes later.
    """
    sight = look(connection, address)
    if sight.top is None or sight.top < low:
        return []
    high = min(high, sight.top)
    parameters = (low, high, *more, limit)
    if sight.floor > low:
        rows = connection.execute(statement, parameters, binary=True).fetchall()
        if high < sight.floor or (len(rows) >= limit and rows and rows[-1][-1] < sight.floor):
            return rows
    settle(connection, address, sight)
    return connection.execute(statement, parameters, binary=True).fetchall()


def highest(connection: Connection, address: ServerAddress) -> int | None:
    """The highest position, when everything below it can be seen."""
    sight = look(connection, address)
    settle(connection, address, sight)
    return sight.top


def append(
    connection: Connection, address: ServerAddress, statement: str, parameters: dict[str, Any]
) -> Sequence[tuple[int]]:
    """Carry out a statement that draws; nobody is left standing in the gate, whatever happens."""
    try:
        with acknowledged(connection, address):
            return connection.execute(statement, parameters, binary=True).fetchall()
    except psycopg.IntegrityError:
        raise  # of a row; when there are rows, the gate was left
    except BaseException:
        _leave_the_gate(connection)
        raise


def _leave_the_gate(connection: Connection) -> None:
    if connection.closed or connection.info.transaction_status != TransactionStatus.IDLE:
        return  # gone with its locks, or closed by whoever takes it back
    try:
        connection.execute("SELECT pg_advisory_unlock_all()")
    except BaseException:
        connection.close()
        raise
