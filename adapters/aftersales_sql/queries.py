"""查询: conditions, order and the place behind a cursor as SQL; every value is a parameter.

A question is put together once for its pattern (which columns, compared how, in which order) and compiled once; asked
again with other values it goes straight to the driver. Putting it together anew would cost more than the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Select,
    String,
    Table,
    and_,
    bindparam,
    false,
    func,
    or_,
    select,
    true,
    tuple_,
)

from aftersales_core.cursors import Sort, Values, columns
from aftersales_core.ports import Op, Shape, Where
from aftersales_sql.tables import table

KEPT: Final = 500
"""Patterns kept compiled; a screen has a handful, and what somebody filters by makes more."""


class Kind(NamedTuple):
    """What a condition is, whatever its values: how many there are (of `in` without None), 0 for None."""

    column: str
    op: Op
    values: int


class Pattern(NamedTuple):
    """What a page is asked for, whatever the values.

    Attributes:
        behind: of a place to go on behind, which of its values are None; None for the first page.
    """

    where: tuple[Kind, ...]
    sorts: tuple[Sort, ...]
    behind: tuple[bool, ...] | None


class Prepared(NamedTuple):
    """A compiled question: its text, how each value goes in, in the driver's own style, and how each column comes out."""

    text: str
    positional: tuple[str, ...] | None
    inwards: Mapping[str, Callable[[Any], Any]]
    fixed: Mapping[str, Any]
    outwards: tuple[tuple[int, Callable[[Any], Any]], ...]

    def given(self, values: Mapping[str, Any]) -> Any:
        """Parameters as the driver takes them."""
        ready = {**self.fixed, **values}
        for name, change in self.inwards.items():
            ready[name] = change(ready[name])
        return ready if self.positional is None else [ready[name] for name in self.positional]


def kinds(where: Sequence[Where], dialect: Dialect) -> tuple[tuple[Kind, ...], dict[str, Any]]:
    """The kinds of conditions, and their values by the name of their parameter."""
    found: list[Kind] = []
    values: dict[str, Any] = {}
    for at, (name, op, value) in enumerate(where):
        if op == "in":
            assert isinstance(value, tuple)
            known = [each for each in value if each is not None]
            values.update({f"c{at}_{number}": each for number, each in enumerate(known)})
            found.append(Kind(name, op, len(known)))
        elif value is None:
            found.append(Kind(name, op, 0))
        else:
            values[f"c{at}"] = _sought(str(value), dialect) if op == "contains" else value
            found.append(Kind(name, op, 1))
    return tuple(found), values


def _sought(text: str, dialect: Dialect) -> str:
    """What a column that contains *text* contains in small letters; PostgreSQL has no NUL in text."""
    return text.lower() if dialect.name == "sqlite" else text.lower().replace("\0", "\ufffd")


def conditions(rows: Table, where: Sequence[Kind], dialect: Dialect) -> list[ColumnElement[bool]]:
    """Conditions of these kinds, each with parameters named after its place."""
    return [_holds(rows, kind, dialect, f"c{at}") for at, kind in enumerate(where)]


def _holds(rows: Table, kind: Kind, dialect: Dialect, name: str) -> ColumnElement[bool]:
    """One condition; None is matched by `eq` and `ne` alone, as the port says."""
    column, op = rows.c[kind.column], kind.op
    if op == "in" and kind.values:
        return column.in_([bindparam(f"{name}_{number}", type_=column.type) for number in range(kind.values)])
    value = bindparam(name, type_=column.type)
    if op == "eq":
        return column == value if kind.values else column.is_(None)
    if op == "ne":
        return column.is_distinct_from(value) if kind.values else column.is_not(None)
    if not kind.values:
        return false()
    if op == "contains":
        return _contains(column, name, dialect)
    compared: ColumnElement[bool] = {
        "lt": column.__lt__, "le": column.__le__, "gt": column.__gt__, "ge": column.__ge__,
    }[op](value)  # fmt: skip
    return compared


def _contains(column: ColumnElement[Any], name: str, dialect: Dialect) -> ColumnElement[bool]:
    # not LIKE: `%` and `_` in the value are meant, and each database has its own idea of LIKE and case
    value = bindparam(name, type_=String())
    if dialect.name == "sqlite":
        return func.instr(func.aftersales_lower(column), value) > 0
    # the columns compare by code point, and in that collation lower() would know ASCII only
    lowering = getattr(dialect, "aftersales_lowering", "default")
    return func.strpos(func.lower(column.collate(lowering)), value) > 0


def _ordered(rows: Table, sorts: Sequence[Sort], dialect: Dialect) -> list[ColumnElement[Any]]:
    """ORDER BY with None as the smallest: first upwards, last downwards. SQLite does so by itself."""
    steps: list[ColumnElement[Any]] = []
    for name, descending in sorts:
        step: ColumnElement[Any] = rows.c[name].desc() if descending else rows.c[name].asc()
        if dialect.name != "sqlite" and rows.c[name].nullable:
            step = step.nulls_last() if descending else step.nulls_first()
        steps.append(step)
    return steps


def place(values: Values) -> dict[str, Any]:
    """The values of a place by the name of their parameter."""
    return {f"b{at}": value for at, value in enumerate(values) if value is not None}


def _behind(rows: Table, sorts: Sequence[Sort], nothing: Sequence[bool]) -> ColumnElement[bool]:
    """Rows behind a place in the order *sorts*: greater in some column and equal in all before it.

    Args:
        nothing: of each column, whether the place has None there.
    """
    here = [bindparam(f"b{at}", type_=rows.c[sort.column].type) for at, sort in enumerate(sorts)]
    if not any(sort.descending for sort in sorts) and not any(nothing):
        # None is behind nothing; in this form an index in the same order is entered right at the place
        return tuple_(*(rows.c[sort.column] for sort in sorts)) > tuple_(*here)
    same: list[ColumnElement[bool]] = []
    ways: list[ColumnElement[bool]] = []
    for (name, descending), value, none in zip(sorts, here, nothing, strict=True):
        column = rows.c[name]
        ways.append(and_(*same, _further(column, descending, value, none)))
        same.append(column.is_(None) if none else column == value)
    return and_(_bound(rows, sorts[0], here[0], nothing[0]), or_(*ways))


def _further(column: ColumnElement[Any], descending: bool, value: Any, none: bool) -> ColumnElement[bool]:
    if none:
        return false() if descending else column.is_not(None)
    if descending:
        return or_(column < value, column.is_(None))
    return and_(column > value)


def _bound(rows: Table, sort: Sort, value: Any, none: bool) -> ColumnElement[bool]:
    """What follows from the first column alone; says nothing new, but an index can be entered with it."""
    column: ColumnElement[Any] = rows.c[sort.column]
    if none or (sort.descending and rows.c[sort.column].nullable):
        return true()
    bound: ColumnElement[bool] = column <= value if sort.descending else column >= value
    return bound


@lru_cache(KEPT)
def page_of(shape: Shape[Any], pattern: Pattern, dialect: Dialect) -> Prepared:
    """A page of *shape*: every column, at most `size` rows."""
    rows = table(shape)
    query = select(*(rows.c[name] for name in columns(shape.row))).where(*conditions(rows, pattern.where, dialect))
    if pattern.behind is not None:
        query = query.where(_behind(rows, pattern.sorts, pattern.behind))
    query = query.order_by(*_ordered(rows, pattern.sorts, dialect)).limit(bindparam("size"))
    return _prepared(query, dialect)


def _prepared(query: Select[Any], dialect: Dialect) -> Prepared:
    compiled = query.compile(dialect=dialect)
    named = compiled.binds
    inwards = {}
    for name, bound in named.items():
        change = bound.type.dialect_impl(dialect).bind_processor(dialect)
        if change is not None:
            inwards[name] = change
    outwards = []
    for at, column in enumerate(query.selected_columns):
        change = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if change is not None:
            outwards.append((at, change))
    fixed = {name: bound.value for name, bound in named.items() if not bound.required}
    positional = tuple(compiled.positiontup) if compiled.positiontup is not None else None
    return Prepared(str(compiled), positional, inwards, fixed, tuple(outwards))


