"""视图库: the view store on SQLAlchemy Core, for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, bindparam, delete, exc, func, insert, inspect, select, update

from aftersales_core.cursors import column as known_column
from aftersales_core.cursors import conditions as known_conditions
from aftersales_core.cursors import decode, encode, ordering, page_size
from aftersales_core.errors import StoreUnusable
from aftersales_core.ports import Batch, Page, Shape, Value, Where
from aftersales_sql.engines import WRITES, translating
from aftersales_sql.queries import Kind, Pattern, Prepared, conditions, kinds, page_of, place
from aftersales_sql.tables import POSITIONS, create, later, table, table_name
from aftersales_sql.writes import write

R = TypeVar("R")
T = TypeVar("T")

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
        self._driver = engine.dialect.loaded_dbapi
        self._name = name
        self._closed = False
        self._founded = False  # whether the table of positions was seen; it never goes away
        try:
            with translating(name), engine.connect():
                pass
        except BaseException:
            engine.dispose()
            raise

    # --- writing

    def position(self, shape: Shape[Any]) -> int:
        """The ledger position *shape* has read up to; 0 for a view (or an edition) not built yet."""

        def asked() -> int:
            with self._engine.connect() as connection:
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
            write(connection, shape, batch)
            if upto >= 0 >= after:
                # while a view is built its rows come in the order of their key, and nobody asks for them in another
                for index in later(shape):
                    index.create(connection, checkfirst=True)
            connection.execute(update(POSITIONS).where(_of(shape)).values(position=upto))
            return True

    def reset(self, shape: Shape[Any]) -> None:
        """Drop the rows of *shape*, and all older editions, and start again from position 0."""
        with self._writing() as connection:
            self._created(connection, shape)
            # made anew rather than emptied: it is filled quicker without indexes
            table(shape).drop(connection, checkfirst=True)
            create(connection, shape)
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
        sorts, size = ordering(shape, order), page_size(limit)
        kinds, values = self._kinds(shape, where)
        nothing = None
        if after is not None:
            at = decode(shape, sorts, after)
            nothing = tuple(value is None for value in at)
            values |= place(at)
        asked = page_of(shape, Pattern(kinds, sorts, nothing), self._engine.dialect)
        given = asked.given({**values, "size": min(size + 1, 2**63 - 1)})
        found: list[R] = self._read(shape, lambda: self._rows(shape, asked, given), [])
        shown = tuple(found[:size])
        return Page(shown, encode(shape, sorts, shown[-1]) if len(found) > size else None)

    def _rows(self, shape: Shape[R], asked: Prepared, given: Any) -> list[R]:
        """Rows by way of the driver: SQLAlchemy wrote the question, and would take longer over the answer than it takes."""
        connection = self._engine.raw_connection()
        try:
            cursor = connection.cursor()
            cursor.execute(asked.text, given)
            found = cursor.fetchall()
        finally:
            connection.close()
        if not found:
            return []
        values = list(zip(*found, strict=True))  # column by column: what is done to all rows is done at once
        for at, change in asked.outwards:
            values[at] = tuple(map(change, values[at]))
        return list(map(shape.row, *values))

    def count(self, shape: Shape[Any], where: Sequence[Where] = ()) -> int:
        """How many rows satisfy every condition."""
        conditions, values = self._where(shape, where)
        query = select(func.count()).select_from(table(shape)).where(*conditions)

        def asked() -> int:
            with self._engine.connect() as connection:
                return connection.execute(query, values).scalar_one()

        return self._read(shape, asked, 0)

    def tally(self, shape: Shape[Any], column: str, where: Sequence[Where] = ()) -> dict[Value, int]:
        """How many rows there are for each value of *column*."""
        value = table(shape).c[known_column(shape, column).name]
        conditions, values = self._where(shape, where)
        query = select(value, func.count()).where(*conditions).group_by(value)

        def asked() -> dict[Value, int]:
            with self._engine.connect() as connection:
                return {found: count for found, count in connection.execute(query, values)}  # noqa: C416 - rows are not pairs

        return self._read(shape, asked, {})

    def close(self) -> None:
        """Close every connection; safe to call twice."""
        self._closed = True
        self._engine.dispose()

    # --- inside

    def _kinds(self, shape: Shape[Any], where: Sequence[Where]) -> tuple[tuple[Kind, ...], dict[str, Any]]:
        return kinds(known_conditions(shape, where), self._engine.dialect)

    def _where(self, shape: Shape[Any], where: Sequence[Where]) -> tuple[list[Any], dict[str, Any]]:
        found, values = self._kinds(shape, where)
        return conditions(table(shape), found, self._engine.dialect), values

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
        with translating(self._name, self._driver.Error):
            yield

    def _read(self, shape: Shape[Any], asked: Callable[[], T], empty: T) -> T:
        """The answer, or *empty* where the view was never built: asking first would cost every page a query."""
        driver = self._driver
        with self._using():
            try:
                return asked()
            except (exc.OperationalError, exc.ProgrammingError, driver.OperationalError, driver.ProgrammingError):
                name = table_name(shape.name, shape.edition)
                with self._engine.connect() as connection:
                    there = inspect(connection)
                    found = there.has_table(name)
                    read = not found and there.has_table(POSITIONS.name) and self._position(connection, shape)
            if found:
                # somebody made it meanwhile; else it is wrong once more
                return asked()
            if read:
                reason = f"table {name} is gone, and not by us; build the views anew (rebuild)"
                raise StoreUnusable("unopenable", path=self._name, reason=reason)
            return empty

    @staticmethod
    def _position(connection: Connection, shape: Shape[Any]) -> int | None:
        view = {"view": shape.name, "of": shape.edition}
        return connection.execute(_POSITION, view).scalar_one_or_none()

    def _created(self, connection: Connection, shape: Shape[Any]) -> int:
        """The position of *shape*; where it has none its table is made, and those of older editions are dropped.

        A newer edition is left alone: it belongs to a newer program that may be at work on the same database.
        """
        if self._founded or inspect(connection).has_table(POSITIONS.name):
            self._founded = True
            if (position := self._position(connection, shape)) is not None:
                return position
        else:
            POSITIONS.create(connection)
        older = (POSITIONS.c.name == shape.name) & (POSITIONS.c.edition < shape.edition)
        quote = self._engine.dialect.identifier_preparer.quote
        for edition in connection.execute(select(POSITIONS.c.edition).where(older)).scalars().all():
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {quote(table_name(shape.name, edition))}")
        connection.execute(delete(POSITIONS).where(older))
        # a table without a position is nobody's; somebody took the position away by hand
        table(shape).drop(connection, checkfirst=True)
        create(connection, shape)
        connection.execute(insert(POSITIONS).values(name=shape.name, edition=shape.edition, position=0))
        return 0


def _of(shape: Shape[Any]) -> Any:
    return (POSITIONS.c.name == shape.name) & (POSITIONS.c.edition == shape.edition)
