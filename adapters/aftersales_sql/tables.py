"""表: tables made from shapes: a column per field, typed as the row class says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
)
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import TypeDecorator, TypeEngine

from aftersales_core.cursors import columns, in_utc, stamp
from aftersales_core.ports import Shape


class Instant(TypeDecorator[datetime]):
    """A point in time: text in UTC of one length on SQLite, so that it sorts; a timestamp with zone elsewhere."""

    impl = String(32)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text or timestamp."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Into the database; a naive moment cannot be told apart from one in UTC and is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        return stamp(value) if dialect.name == "sqlite" else in_utc(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Out of the database, in UTC. Every moment of every row comes through here."""
        return _from_text if dialect.name == "sqlite" else _from_timestamp


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _from_timestamp(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text in code-point order everywhere: a database's own collation would put rows in another order than the others."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The collation is said where the database has another."""
        return dialect.type_descriptor(String() if dialect.name == "sqlite" else String(collation="C"))

    def bind_processor(self, dialect: Dialect) -> Any:
        """None for SQLite, which takes everything; PostgreSQL has no NUL in text, and one remark must not stop a view."""
        if dialect.name == "sqlite":
            return None
        return lambda value: value.replace("\0", "\ufffd") if value else value

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """As it is."""
        return None


_TYPES: Final[dict[type, TypeEngine[Any]]] = {
    str: Words(),
    int: BigInteger(),
    bool: Boolean(),
    datetime: Instant(),
    date: Date(),
}

POSITIONS: Final = Table(
    "view_positions",
    MetaData(),
    Column("name", String, primary_key=True),
    Column("edition", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False),
)
"""How far every edition of a view has read. A row stands here as long as the view's table exists."""


def table_name(name: str, edition: int) -> str:
    """Where the rows of an edition stand."""
    return f"view_{name}_{edition}"


@cache
def table(shape: Shape[Any]) -> Table:
    """The table of *shape* with its indexes.

    Raises:
        TypeError: a field that no column can hold.
    """
    name = table_name(shape.name, shape.edition)
    made = Table(
        name,
        MetaData(),
        *(
            Column(
                c.name,
                _TYPES[c.type],
                primary_key=c.name in shape.key,
                nullable=c.nullable,
                autoincrement=False,
            )
            for c in columns(shape.row).values()
        ),
    )
    # the primary key is in the order of the row's fields; where the ticket comes first it serves for it as well
    first = next(iter(made.primary_key.columns)).name
    wanted = (*shape.indexes, *((("ticket",),) if first != "ticket" else ()))
    for number, names in enumerate(dict.fromkeys(wanted), 1):
        Index(f"{name}_{number}", *(made.c[column] for column in names))
    return made


def later(shape: Shape[Any]) -> list[Index]:
    """The indexes that nobody needs before all rows are there: all but the one that finds the rows of a ticket."""
    return [index for index in table(shape).indexes if [column.name for column in index.columns] != ["ticket"]]


def create(connection: Connection, shape: Shape[Any]) -> None:
    """Make the table of *shape* with what finds the rows of a ticket, and no other index."""
    wanted = table(shape)
    connection.execute(CreateTable(wanted))
    for index in wanted.indexes - set(later(shape)):
        index.create(connection)
