"""视图库: the view store on SQLAlchemy Core: SQLite today, nothing in it that PostgreSQL would not take."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from operator import attrgetter
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, bindparam, delete, exc, func, insert, inspect, select, update

from aftersales_core.cursors import column as known_column
from aftersales_core.cursors import columns, conditions, decode, encode, ordering, page_size
from aftersales_core.errors import StoreUnusable
from aftersales_core.ports import Batch, Page, Shape, Value, Where
from aftersales_sql.engines import WRITES, translating
from aftersales_sql.queries import behind, holds, ordered
from aftersales_sql.tables import POSITIONS, table, table_name

R = TypeVar("R")
T = TypeVar("T")

CHUNK: Final = 500
"""Tickets named in one DELETE; SQLite takes at most 999 parameters where it is old."""


_POSITION: Final = select(POSITIONS.c.position).where(
    POSITIONS.c.name == bindparam("view"), POSITIONS.c.edition == bindparam("of")
)
"""Asked before every answer, so it is put together once."""


class SqlViewStore:
    """Rows of views in the tables `view_<name>_<edition>`; a `ports.ViewStore`.

    Safe for threads and processes. Every method may raise `StoreUnusable`.
    """

    def __init__(self, engine: Engine, *, name: str) -> None:
        """Take over *engine*, which `close` disposes of; *name* is how errors call the database.

        Raises:
            StoreUnusable: it cannot be reached.
        """
        self._engine = engine
        self._name = name
        self._closed = False
        try:
            with translating(name), engine.connect():
                pass
        except BaseException:
            engine.dispose()
            raise

    # --- writing

    def position(self, shape: Shape[Any]) -> int:
        """The ledger position *shape* has read up to; 0 for a view (or an edition) not built yet."""

        def asked(connection: Connection) -> int:
            return self._position(connection, shape) or 0

        return self._read(shape, asked, 0)

    def apply(self, shape: Shape[Any], batch: Batch, *, after: int, upto: int) -> bool:
        """Write *batch* and move from *after* to *upto* in one transaction; False, with nothing written, otherwise.

        Raises:
            ValueError: two rows with one key; nothing was written.
        """
        with self._writing() as connection:
            position = self._created(connection, shape)
            if position != after:
                return False
            rows = table(shape)
            for tickets in _chunks(batch.replaced, CHUNK):
                connection.execute(delete(rows).where(rows.c.ticket.in_(tickets)))
            names = tuple(columns(shape.row))
            values = attrgetter(*names)
            new = [
                dict(zip(names, values(row), strict=True))
                for row in (*(row for given in batch.replaced.values() for row in given), *batch.added)
            ]
            if new:
                connection.execute(insert(rows), new)
            connection.execute(update(POSITIONS).where(_of(shape)).values(position=upto))
            return True

    def reset(self, shape: Shape[Any]) -> None:
        """Drop the rows of *shape*, and all older editions, and start again from position 0."""
        with self._writing() as connection:
            self._created(connection, shape)
            connection.execute(delete(table(shape)))
            connection.execute(update(POSITIONS).where(_of(shape)).values(position=0))

    # --- reading

    def page(
        self,
        shape: Shape[R],
        where: Sequence[Where] = (),
        *,
        order: Sequence[str] = (),
        after: str | None = None,
        limit: int = 50,
    ) -> Page[R]:
        """Up to *limit* rows in order, behind the cursor *after*; raises BadInput as the port says."""
        sorts, size, dialect = ordering(shape, order), page_size(limit), self._engine.dialect
        rows = table(shape)
        query = select(*(rows.c[name] for name in columns(shape.row))).where(*self._where(shape, where))
        if after is not None:
            query = query.where(behind(rows, sorts, decode(shape, sorts, after)))
        query = query.order_by(*ordered(rows, sorts, dialect)).limit(size + 1)

        made: Callable[..., R] = shape.row

        def asked(connection: Connection) -> list[R]:
            return [made(*row) for row in connection.execute(query).all()]

        found: list[R] = self._read(shape, asked, [])
        shown = tuple(found[:size])
        return Page(shown, encode(shape, sorts, shown[-1]) if len(found) > size else None)

    def count(self, shape: Shape[Any], where: Sequence[Where] = ()) -> int:
        """How many rows satisfy every condition."""
        query = select(func.count()).select_from(table(shape)).where(*self._where(shape, where))

        def asked(connection: Connection) -> int:
            return connection.execute(query).scalar_one()

        return self._read(shape, asked, 0)

    def tally(self, shape: Shape[Any], column: str, where: Sequence[Where] = ()) -> dict[Value, int]:
        """How many rows there are for each value of *column*."""
        value = table(shape).c[known_column(shape, column).name]
        query = select(value, func.count()).where(*self._where(shape, where)).group_by(value)

        def asked(connection: Connection) -> dict[Value, int]:
            return {found: count for found, count in connection.execute(query)}  # noqa: C416 - rows are not pairs

        return self._read(shape, asked, {})

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._closed = True
        self._engine.dispose()

    # --- inside

    def _where(self, shape: Shape[Any], where: Sequence[Where]) -> list[Any]:
        return [holds(table(shape), each, self._engine.dialect) for each in conditions(shape, where)]

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._using(), self._engine.connect() as connection:
            connection.execution_options(**WRITES)
            with connection.begin():
                yield connection

    @contextmanager
    def _using(self) -> Iterator[None]:
        if self._closed:
            raise StoreUnusable("unopenable", path=self._name, reason="the view store was closed")
        with translating(self._name):
            yield

    def _read(self, shape: Shape[Any], asked: Callable[[Connection], T], empty: T) -> T:
        """The answer, or *empty* where the view was never built: asking first would cost every page a query."""
        with self._using():
            try:
                with self._engine.connect() as connection:
                    return asked(connection)
            except (exc.OperationalError, exc.ProgrammingError):
                with self._engine.connect() as connection:
                    if inspect(connection).has_table(table_name(shape.name, shape.edition)):
                        raise
                return empty

    @staticmethod
    def _position(connection: Connection, shape: Shape[Any]) -> int | None:
        view = {"view": shape.name, "of": shape.edition}
        return connection.execute(_POSITION, view).scalar_one_or_none()

    def _created(self, connection: Connection, shape: Shape[Any]) -> int:
        """The position of *shape*; where it has none its table is made, and those of older editions are dropped.

        A newer edition is left alone: it belongs to a newer program that may be at work on the same database.
        """
        if inspect(connection).has_table(POSITIONS.name):
            if (position := self._position(connection, shape)) is not None:
                return position
        else:
            POSITIONS.create(connection)
        older = (POSITIONS.c.name == shape.name) & (POSITIONS.c.edition < shape.edition)
        quote = self._engine.dialect.identifier_preparer.quote
        for edition in connection.execute(select(POSITIONS.c.edition).where(older)).scalars().all():
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {quote(table_name(shape.name, edition))}")
        connection.execute(delete(POSITIONS).where(older))
        table(shape).create(connection)
        connection.execute(insert(POSITIONS).values(name=shape.name, edition=shape.edition, position=0))
        return 0


def _of(shape: Shape[Any]) -> Any:
    return (POSITIONS.c.name == shape.name) & (POSITIONS.c.edition == shape.edition)


def _chunks(tickets: Any, size: int) -> Iterator[list[str]]:
    rest = iter(tickets)
    while chunk := list(islice(rest, size)):
        yield chunk
