"""游标: what every view store has to agree on: columns, order, conditions and the text of a cursor.

Two stores that use this module refuse the same questions and give pages in the same order.
"""

from __future__ import annotations

import types
import typing
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, date, datetime
from json import dumps, loads
from typing import Any, Final, NamedTuple, TypeAlias

from aftersales_core.errors import BadInput
from aftersales_core.ports import Op, Shape, Value, Where

OPS: Final[tuple[str, ...]] = typing.get_args(Op)
"""Every way to compare a column."""


CONDITIONS: Final = 500
VALUES: Final = 10_000
"""So many can be asked at once; every database has an end to it, and each another."""


class Column(NamedTuple):
    """A column as the row class declares it: *type* is one of str, int, bool, datetime, date."""

    name: str
    type: type[Any]
    nullable: bool


class Sort(NamedTuple):
    """One step of an order."""

    column: str
    descending: bool


Values: TypeAlias = tuple[Value, ...]


_COLUMNS: dict[type[Any], dict[str, Column]] = {}


def columns(row: type[Any]) -> dict[str, Column]:
    """The columns of a row class by name, in order.

    Raises:
        TypeError: a field that is none of the types a column can hold.
    """
    return _COLUMNS.get(row) or _COLUMNS.setdefault(row, _read(row))


def _read(row: type[Any]) -> dict[str, Column]:
    found: dict[str, Column] = {}
    for name, hint in typing.get_type_hints(row).items():
        given = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
        kinds = [kind for kind in given if kind is not types.NoneType]
        if len(kinds) != 1 or kinds[0] not in (str, int, bool, datetime, date):
            raise TypeError(f"field {name!r} of {row.__name__} is {hint}, which no column can hold")
        found[name] = Column(name, kinds[0], len(given) > 1)
    return found


def column(shape: Shape[Any], name: str) -> Column:
    """The column *name* of a view. Raises BadInput `no-such-column`, naming those there are."""
    known = columns(shape.row)
    if name not in known:
        raise BadInput("no-such-column", view=shape.name, field=name, known=sorted(known))
    return known[name]


def ordering(shape: Shape[Any], order: Sequence[str] = ()) -> tuple[Sort, ...]:
    """The whole order of a page: as asked for, or the view's own, and the key where it is not named yet.

    A column that is named twice counts where it is named first. Raises BadInput `no-such-column`.
    """
    steps: dict[str, Sort] = {}
    for word in (*(order or shape.order), *shape.key):
        name = word.removeprefix("-")
        steps.setdefault(column(shape, name).name, Sort(name, word.startswith("-")))
    return tuple(steps.values())


def conditions(shape: Shape[Any], where: Sequence[Where]) -> tuple[Where, ...]:
    """*where*, once it is certain that every condition can be asked of its column.

    Raises:
        BadInput: `no-such-column`; `bad-value` for an unknown comparison, a value of another type than the column's, or
            more of either than `CONDITIONS` and `VALUES`; `naive-datetime`.
    """
    if len(where) > CONDITIONS:
        raise BadInput("bad-value", field="where", value=len(where), reason=f"at most {CONDITIONS} conditions at once")
    for condition in where:
        name, op, value = condition
        wanted = column(shape, name)
        if op not in OPS:
            raise BadInput("bad-value", field=name, value=op, reason=f"it is none of {', '.join(OPS)}")
        if (op == "in") is not isinstance(value, tuple):
            raise BadInput(
                "bad-value", field=name, value=str(value), reason="`in`, and nothing else, takes several"
            )
        if op == "contains" and wanted.type is not str:
            raise BadInput("bad-value", field=name, value=str(value), reason="only text contains something")
        if isinstance(value, tuple) and len(value) > VALUES:
            raise BadInput("bad-value", field=name, value=len(value), reason=f"`in` takes at most {VALUES} values")
        for each in value if isinstance(value, tuple) else (value,):
            if each is not None and type(each) is not wanted.type:
                reason = f"the column holds {wanted.type.__name__}"
                raise BadInput("bad-value", field=name, value=str(each), reason=reason)
            if not _storable(each):
                reason = "no database can hold it"
                raise BadInput("bad-value", field=name, value=ascii(each), reason=reason)
            if isinstance(each, datetime) and each.utcoffset() is None:
                raise BadInput("naive-datetime", field=name, value=each.isoformat())
    return tuple(where)


def page_size(limit: int) -> int:
    """*limit*, at least 1. Raises BadInput `bad-value`."""
    if limit < 1:
        raise BadInput("bad-value", field="limit", value=limit, reason="a page has at least one row")
    return limit


def stamp(moment: datetime) -> str:
    """A moment as text of one length in UTC, so that the text sorts as the moments do."""
    return in_utc(moment).isoformat(timespec="microseconds")


def in_utc(moment: datetime) -> datetime:
    """A moment in UTC; one that lies beyond the calendar there, at either end of it, is that end."""
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        return (datetime.min if moment.year == 1 else datetime.max).replace(tzinfo=UTC)


def encode(shape: Shape[Any], sorts: Sequence[Sort], row: Any) -> str:
    """The cursor behind *row*: opaque, url-safe, good for this view, edition and order only."""
    values = [_plain(getattr(row, sort.column)) for sort in sorts]
    text = dumps(
        [shape.name, shape.edition, _words(sorts), values], ensure_ascii=False, separators=(",", ":")
    )
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(shape: Shape[Any], sorts: Sequence[Sort], cursor: str) -> Values:
    """The values of the order's columns at *cursor*.

    Raises:
        BadInput: `bad-cursor`: torn, or made for another view, edition or order.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        name, edition, words, values = loads(urlsafe_b64decode(padded))
        if [name, edition, words] != [shape.name, shape.edition, _words(sorts)]:
            raise ValueError("another view or order")
        known = columns(shape.row)
        return tuple(_value(known[sort.column], value) for sort, value in zip(sorts, values, strict=True))
    except (ValueError, TypeError, RecursionError):
        raise BadInput("bad-cursor", value=cursor, view=shape.name) from None


def _storable(value: object) -> bool:
    """Whether a database can be asked for it: numbers of 64 bits, text without half characters."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return not (isinstance(value, str) and any("\ud800" <= sign <= "\udfff" for sign in value))


def _words(sorts: Sequence[Sort]) -> list[str]:
    return [f"-{sort.column}" if sort.descending else sort.column for sort in sorts]


def _plain(value: Value) -> str | int | bool | None:
    if isinstance(value, datetime):
        return stamp(value)
    return value.isoformat() if isinstance(value, date) else value


def _value(wanted: Column, value: object) -> Value:
    if value is None:
        if not wanted.nullable:
            raise ValueError("nothing where something always is")
        return None
    if wanted.type in (datetime, date) and isinstance(value, str):
        moment: datetime | date = wanted.type.fromisoformat(value)
        if isinstance(moment, datetime) and moment.utcoffset() is None:
            raise ValueError("a moment without zone")
        return moment
    if type(value) is not wanted.type or not _storable(value):
        raise ValueError("a value of another type")
    return typing.cast(Value, value)
