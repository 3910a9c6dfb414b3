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
    insert,
    select,
    update,
)

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


class SqlSafe:
    """A safe in one table; a `ports.Safe`. Every method may raise `StoreUnusable`."""

    def __init__(self, engine: Engine, *, name: str) -> None:
        """Take over *engine*, which `close` disposes of; *name* is how errors call the database. Makes the table."""
        self._engine = engine
        self._name = name
        self._closed = False
        try:
            with translating(name), engine.connect() as connection:
                there = engine.dialect.has_table(connection, SAFE.name)
            if not there:
                with self._writing() as connection:
                    SAFE.create(connection, checkfirst=True)
        except BaseException:
            engine.dispose()
            raise

    def get(self, drawer: str, key: str) -> Kept | None:
        """What lies there; None where nothing does."""
        with self._reading() as connection:
            row = connection.execute(select(*_WHAT).where(SAFE.c.drawer == drawer, SAFE.c.key == key)).one_or_none()
        return None if row is None else Kept(*row)

    def put(
        self, drawer: str, key: str, value: str, *, expect: int | None = None, until: datetime | None = None
    ) -> int | None:
        """Lay *value* there, where what lies there is as expected; its version, or None."""
        with self._writing() as connection:
            old = connection.execute(select(SAFE.c.version).where(SAFE.c.drawer == drawer, SAFE.c.key == key)).scalar_one_or_none()
            version = old or 0
            if expect is not None and expect != version:
                return None
            told: dict[str, Any] = {"value": value, "version": version + 1, "until": until}
            if old is None:
                connection.execute(insert(SAFE).values(drawer=drawer, key=key, **told))
            else:
                connection.execute(update(SAFE).where(SAFE.c.drawer == drawer, SAFE.c.key == key).values(**told))
            return version + 1

    def remove(self, drawer: str, key: str) -> bool:
        """Take it away; False where there was nothing."""
        with self._writing() as connection:
            return connection.execute(delete(SAFE).where(SAFE.c.drawer == drawer, SAFE.c.key == key)).rowcount > 0

    def all(self, drawer: str) -> Iterator[tuple[str, Kept]]:
        """Everything in a drawer, in order of the keys."""
        with self._reading() as connection:
            found = connection.execute(select(SAFE.c.key, *_WHAT).where(SAFE.c.drawer == drawer)).all()
        # in this program's order: a database has one of its own
        return iter(sorted((key, Kept(value, version, until)) for key, value, version, until in found))

    def forget(self, drawer: str, before: datetime) -> int:
        """Take away what was good until then or earlier; how many."""
        with self._writing() as connection:
            return connection.execute(delete(SAFE).where(SAFE.c.drawer == drawer, SAFE.c.until <= before)).rowcount

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._closed = True
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._using(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        # one writer at a time, in a file as on a server: what is looked at is so until it is written
        with self._using(), self._engine.connect() as connection:
            connection.execution_options(**WRITES)
            with connection.begin():
                yield connection

    @contextmanager
    def _using(self) -> Iterator[None]:
        if self._closed:
            raise StoreUnusable("unopenable", path=self._name, reason="the safe was closed")
        with translating(self._name):
            try:
                yield
            except exc.ProgrammingError as problem:
                raise StoreUnusable("unopenable", path=self._name, reason=str(problem.orig)) from problem
