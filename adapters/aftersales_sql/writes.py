"""写入: the rows of a batch, as few of them as differ from those that are there.

Most facts change a row or two of a ticket, and what is dear about a row is its places in the indexes. So the rows of a
batch are held against those that the same tickets have: what is equal stays, what has another key comes or goes, and of
the others the columns beside the key are written, which leaves an index alone whose columns did not change.

Statements are text and rows are tuples as the driver takes them: with SQLAlchemy's own way from parameter to driver a
batch takes twice as long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from itertools import chain, islice
from json import dumps
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from sqlalchemy import Connection, exc

from aftersales_core.cursors import Column, columns, in_utc, stamp
from aftersales_core.ports import Batch, Shape
from aftersales_sql.tables import table_name

CHUNK: Final = 1000
"""Tickets asked for at once."""

COPIED: Final = 100
"""So many new rows are worth a COPY, where the database has one."""

Values: TypeAlias = tuple[Any, ...]
"""A row as the driver takes it and gives it back, in the order of the row's fields."""


class Statements(NamedTuple):
    """How the rows of a view are written in one kind of database.

    Attributes:
        stored: what the driver takes for a row; raises ValueError for a moment without time zone.
        key: of a row, always a tuple; *changing*: the row as *update* takes it.
        there: the rows of some tickets, whose numbers it takes as *numbers* gives them.
        copy: None where the database has none.
    """

    stored: Callable[[Any], Values]
    key: Callable[[Values], Values]
    changing: Callable[[Values], Values]
    numbers: Callable[[Sequence[str]], Any]
    there: str
    insert: str
    update: str
    delete: str
    copy: str | None


def write(connection: Connection, shape: Shape[Any], batch: Batch) -> None:
    """Make the table of *shape* hold what *batch* says.

    Raises:
        ValueError: two rows with one key, or a moment without time zone; the transaction has to be given up.
    """
    how = _statements(shape, connection.dialect.name == "sqlite")
    new: list[Values] = []
    if batch.replaced:
        had = {how.key(row): row for row in _there(connection, how, batch.replaced)}
        changed: list[Values] = []
        for row in map(how.stored, chain.from_iterable(batch.replaced.values())):
            if (before := had.pop(how.key(row), None)) is None:
                # also the second of two with one key, which the database then refuses
                new.append(row)
            elif before != row:
                changed.append(how.changing(row))
        if had:
            connection.exec_driver_sql(how.delete, list(had))
        if changed:
            connection.exec_driver_sql(how.update, changed)
    new += map(how.stored, batch.added)
    if how.copy is not None and len(new) >= COPIED:
        _copy(connection, how.copy, new)
    elif new:
        connection.exec_driver_sql(how.insert, new)


def _there(connection: Connection, how: Statements, tickets: Iterable[str]) -> Iterator[Values]:
    rest = iter(tickets)
    while some := tuple(islice(rest, CHUNK)):
        found = connection.exec_driver_sql(how.there, (how.numbers(some),))
        yield from found.cursor.fetchall()


def _copy(connection: Connection, statement: str, rows: Iterable[Values]) -> None:
    driver: Any = connection.dialect.dbapi
    try:
        with connection.connection.cursor() as cursor, cursor.copy(statement) as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row(row)
    except driver.Error as error:
        # what SQLAlchemy does with an error of the driver wherever it calls it itself
        raise exc.DBAPIError.instance(statement, None, error, driver.Error) from error


@cache
def _statements(shape: Shape[Any], sqlite: bool) -> Statements:
    known = columns(shape.row)
    names = list(known)
    # as `tables` makes it: the key in the order of the row's fields
    keys = [name for name in names if name in shape.key]
    others = [name for name in names if name not in shape.key]
    sign = "?" if sqlite else "%s"

    def quoted(words: Iterable[str], pattern: str = '"{}"', between: str = ", ") -> str:
        return between.join(pattern.format(word) for word in words)

    into = f'"{table_name(shape.name, shape.edition)}"'
    where = quoted(keys, f'"{{}}" = {sign}', " AND ")
    told = "IN (SELECT value FROM json_each(?))" if sqlite else "= ANY(%s)"
    sets = quoted(others, f'"{{}}" = {sign}')
    marks = ", ".join([sign] * len(names))
    # what stands in the text are names of ours; every value is a parameter
    return Statements(
        stored=_stored(known, sqlite),
        key=_picked([names.index(name) for name in keys]),
        changing=_picked([names.index(name) for name in (*others, *keys)]),
        numbers=dumps if sqlite else list,
        there=f'SELECT {quoted(names)} FROM {into} WHERE "ticket" {told}',  # noqa: S608
        insert=f"INSERT INTO {into} ({quoted(names)}) VALUES ({marks})",  # noqa: S608
        update=f"UPDATE {into} SET {sets} WHERE {where}",  # noqa: S608
        delete=f"DELETE FROM {into} WHERE {where}",  # noqa: S608
        copy=None if sqlite else f"COPY {into} ({quoted(names)}) FROM STDIN",
    )


def _picked(places: Sequence[int]) -> Callable[[Values], Values]:
    if len(places) == 1:
        (place,) = places
        return lambda row: (row[place],)
    return itemgetter(*places)


def _stored(known: Mapping[str, Column], sqlite: bool) -> Callable[[Any], Values]:
    """What makes of a row what the driver takes, as the types of `tables` would."""
    ways = _TEXTS if sqlite else _OBJECTS
    made = [(at, ways[column.type]) for at, column in enumerate(known.values()) if column.type in ways]
    # one name alone would be given back bare
    values_of = attrgetter(*known, "ticket")

    def stored(row: Any) -> Values:
        values = list(values_of(row)[:-1])
        for at, make in made:
            if (value := values[at]) is not None:
                values[at] = make(value)
        return tuple(values)

    return stored


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return value


def _text(value: datetime) -> str:
    return value.isoformat(timespec="microseconds") if value.tzinfo is UTC else stamp(_aware(value))


_TEXTS: Final[dict[type, Callable[[Any], Any]]] = {datetime: _text, date: date.isoformat}
_OBJECTS: Final[dict[type, Callable[[Any], Any]]] = {
    datetime: lambda value: in_utc(_aware(value)),
    str: lambda value: value.replace("\0", "\ufffd"),
}
