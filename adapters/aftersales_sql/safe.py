"""保险柜: what must be changeable and forgettable, in a table beside the ledger's; never in an export, never in a view."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    delete,
    exc,
    select,
    update,
)

from aftersales_core.drawers import checked, end, possible
from aftersales_core.errors import StoreUnusable
from aftersales_core.ports import Kept
from aftersales_sql.engines import WRITES, translating
from aftersales_sql.tables import Instant

SAFE: Final = Table(
    "aftersales_safe",
    MetaData(),
    Column("drawer", String, primary_key=True),
    Column("key", String, primary_key=True),
    Column("value", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("until", Instant),
)

_WHAT: Final = (SAFE.c.value, SAFE.c.version, SAFE.c.until)

_ALONE: Final = "SELECT pg_advisory_xact_lock(1095128134, hashtext(current_schema()::text || ' safe'))"
"""On a server: whoever makes the table or takes away many things does so one after the other, and no view waits for it."""


class SqlSafe:
    """A safe in one table; a `ports.Safe`. Every method may raise `StoreUnusable`.

    Where the connection breaks during a `put`, it is not known whether it was kept; `get` tells.
    """

    def __init__(self, engine: Engine, *, name: str) -> None:
        """Take over *engine*, which `close` disposes of; *name* is how errors call the database. Makes the table."""
        self._engine = engine
        self._name = name
        self._sqlite = engine.dialect.name == "sqlite"
        self._closed = False
        try:
            with translating(name), engine.connect() as connection:
                there = engine.dialect.has_table(connection, SAFE.name)
            if not there:
                with self._writing(alone=True) as connection:
                    SAFE.create(connection, checkfirst=True)
        except BaseException:
            engine.dispose()
            raise

    def get(self, drawer: str, key: str) -> Kept | None:
        """What lies there; None where nothing does."""
        if not possible(drawer, key):
            return None
        with self._reading() as connection:
            row = connection.execute(select(*_WHAT).where(*_at(drawer, key))).one_or_none()
        return None if row is None else Kept(*row)

    def put(
        self, drawer: str, key: str, value: str, *, expect: int | None = None, until: datetime | None = None
    ) -> int | None:
        """Lay *value* there, where what lies there is as expected; its version, or None."""
        checked(drawer, key, value)
        put = self._put(drawer, key, value, None if until is None else end(until), expect)
        with self._writing() as connection:
            version: int | None = connection.execute(put).scalar_one_or_none()
            return version

    def _put(self, drawer: str, key: str, value: str, until: datetime | None, expect: int | None) -> Any:
        """One statement, so that what is expected is so until it is written, whoever else writes."""
        if expect:
            later = {"value": value, "version": expect + 1, "until": until}
            return update(SAFE).where(*_at(drawer, key), SAFE.c.version == expect).values(**later).returning(SAFE.c.version)
        # only the dialects know what to do where something lies already
        if self._sqlite:
            from sqlalchemy.dialects.sqlite import insert
        else:
            from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
        new = insert(SAFE).values(drawer=drawer, key=key, value=value, version=1, until=until)
        if expect == 0:
            return new.on_conflict_do_nothing().returning(SAFE.c.version)
        then = {"value": new.excluded.value, "version": SAFE.c.version + 1, "until": new.excluded.until}
        return new.on_conflict_do_update(index_elements=[SAFE.c.drawer, SAFE.c.key], set_=then).returning(SAFE.c.version)

    def remove(self, drawer: str, key: str) -> bool:
        """Take it away; False where there was nothing."""
        if not possible(drawer, key):
            return False
        with self._writing() as connection:
            return connection.execute(delete(SAFE).where(*_at(drawer, key))).rowcount > 0

    def all(self, drawer: str) -> Iterator[tuple[str, Kept]]:
        """Everything in a drawer, in order of the keys."""
        if not possible(drawer, "any"):
            return iter(())
        with self._reading() as connection:
            found = connection.execute(select(SAFE.c.key, *_WHAT).where(SAFE.c.drawer == drawer)).all()
        # in this program's order: a database has one of its own
        return iter(sorted((key, Kept(value, version, until)) for key, value, version, until in found))

    def forget(self, drawer: str, before: datetime) -> int:
        """Take away what was good until then or earlier; how many."""
        last = end(before)
        if not possible(drawer, "any"):
            return 0
        # alone, for two that take away the same things in another order would wait for each other
        with self._writing(alone=True) as connection:
            return connection.execute(delete(SAFE).where(SAFE.c.drawer == drawer, SAFE.c.until <= last)).rowcount

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._closed = True
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._using(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self, *, alone: bool = False) -> Iterator[Connection]:
        with self._using(), self._engine.connect() as connection:
            if self._sqlite:
                connection.execution_options(**WRITES)  # a file has one writer at a time anyway
            with connection.begin():
                if alone and not self._sqlite:
                    connection.exec_driver_sql(_ALONE)
                yield connection

    @contextmanager
    def _using(self) -> Iterator[None]:
        if self._closed:
            raise StoreUnusable("unopenable", path=self._name, reason="the safe was closed")
        try:
            with translating(self._name):
                yield
        except (exc.OperationalError, exc.ProgrammingError) as problem:
            # the statements are ours and right, so it is the table that is not: somebody took it away or changed it
            raise StoreUnusable("unopenable", path=self._name, reason=str(problem.orig).strip()) from problem


def _at(drawer: str, key: str) -> tuple[Any, Any]:
    return SAFE.c.drawer == drawer, SAFE.c.key == key
