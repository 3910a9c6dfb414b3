"""查询: conditions, order and the place behind a cursor as SQL; every value is a parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Dialect, Table, and_, false, func, literal, or_, true, tuple_

from aftersales_core.cursors import Sort, Values
from aftersales_core.ports import Where


def holds(table: Table, condition: Where, dialect: Dialect) -> ColumnElement[bool]:
    """One condition; None is matched by `eq` and `ne` alone, as the port says."""
    name, op, value = condition
    column = table.c[name]
    if op == "eq":
        return column.is_(None) if value is None else column == literal(value, column.type)
    if op == "ne":
        return (
            column.is_distinct_from(literal(value, column.type)) if value is not None else column.is_not(None)
        )
    if value is None:
        return false()
    if op == "in":
        assert isinstance(value, tuple)
        return column.in_([each for each in value if each is not None])
    if op == "contains":
        return _contains(column, str(value), dialect)
    compared: ColumnElement[bool] = {
        "lt": column.__lt__, "le": column.__le__, "gt": column.__gt__, "ge": column.__ge__,
    }[op](literal(value, column.type))  # fmt: skip
    return compared


def _contains(column: ColumnElement[Any], value: str, dialect: Dialect) -> ColumnElement[bool]:
    # not LIKE: `%` and `_` in the value are meant, and each database has its own idea of LIKE and case
    if dialect.name == "sqlite":
        return func.instr(func.aftersales_lower(column), value.lower()) > 0
    # the columns compare by code point, and in that collation lower() would know ASCII only
    lowering = getattr(dialect, "aftersales_lowering", "default")
    return func.strpos(func.lower(column.collate(lowering)), value.replace("\0", "\ufffd").lower()) > 0


def ordered(table: Table, sorts: Sequence[Sort], dialect: Dialect) -> list[ColumnElement[Any]]:
    """ORDER BY with None as the smallest: first upwards, last downwards. SQLite does so by itself."""
    steps: list[ColumnElement[Any]] = []
    for name, descending in sorts:
        step: ColumnElement[Any] = table.c[name].desc() if descending else table.c[name].asc()
        if dialect.name != "sqlite" and table.c[name].nullable:
            step = step.nulls_last() if descending else step.nulls_first()
        steps.append(step)
    return steps


def behind(table: Table, sorts: Sequence[Sort], values: Values) -> ColumnElement[bool]:
    """Rows behind the place *values* in the order *sorts*: greater in some column and equal in all before it."""
    if not any(sort.descending for sort in sorts) and None not in values:
        # None is behind nothing; in this form an index in the same order is entered right at the place
        here = [literal(value, table.c[sort.column].type) for sort, value in zip(sorts, values, strict=True)]
        return tuple_(*(table.c[sort.column] for sort in sorts)) > tuple_(*here)
    same: list[ColumnElement[bool]] = []
    ways: list[ColumnElement[bool]] = []
    for (name, descending), value in zip(sorts, values, strict=True):
        column = table.c[name]
        ways.append(and_(*same, _further(column, descending, value)))
        same.append(column.is_(None) if value is None else column == literal(value, column.type))
    return and_(_bound(table, sorts[0], values[0]), or_(*ways))


def _further(column: ColumnElement[Any], descending: bool, value: Any) -> ColumnElement[bool]:
    if value is None:
        return false() if descending else column.is_not(None)
    if descending:
        return or_(column < literal(value, column.type), column.is_(None))
    return and_(column > literal(value, column.type))


def _bound(table: Table, sort: Sort, value: Any) -> ColumnElement[bool]:
    """What follows from the first column alone; says nothing new, but an index can be entered with it."""
    column: ColumnElement[Any] = table.c[sort.column]
    if value is None or (sort.descending and table.c[sort.column].nullable):
        return true()
    here = literal(value, column.type)
    bound: ColumnElement[bool] = column <= here if sort.descending else column >= here
    return bound
