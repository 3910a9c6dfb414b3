"""所问: what a request asks of rows: conditions, order, how many; and what of it is for those who see personal data only.

A cursor holds the values it stands behind, and a condition can be tried until it fits. So whoever is shown masked data
may ask whether a telephone number is this one, and not which begin so; and may not have rows in their order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final, TypeAlias, cast, get_args

from fastapi import Query
from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from aftersales_core.cursors import Column, columns
from aftersales_core.errors import BadInput
from aftersales_core.ports import Op, Shape, Value, Where
from aftersales_web.problems import WebError

MOST: Final = 200
"""Rows of a page."""

Limit: TypeAlias = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
After: TypeAlias = Annotated[str | None, Query(description="The cursor `next` of the page before.", max_length=4000)]
Order: TypeAlias = Annotated[str | None, Query(
    description="Columns to sort by, joined by commas; a leading `-` turns one round.", max_length=400,
)]  # fmt: skip


def _written_out(kind: type[date], error: str) -> BeforeValidator:
    """Takes what is written as RFC 3339 has it, and no number for the seconds since 1970."""

    def read(said: object) -> object:
        if not isinstance(said, str):
            return said
        try:
            return kind.fromisoformat(said.replace(" ", "+") if kind is datetime else said)
        except ValueError:
            raise PydanticCustomError(error, "it is none") from None

    return BeforeValidator(read)


Moment: TypeAlias = Annotated[datetime, _written_out(datetime, "datetime_parsing")]
Day: TypeAlias = Annotated[date, _written_out(date, "date_parsing")]

PERSONAL: Final = frozenset({"customer", "agreed_with", "signed_by", "phone", "address", "customer_key", "body", "content"})
"""Columns that hold, or may hold, personal data."""

OPS: Final[tuple[str, ...]] = get_args(Op)

OURS: Final = frozenset({"limit", "after", "sort"})
"""Parameters that are no columns."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the rows of a view."""

    where: tuple[Where, ...]
    order: tuple[str, ...]


def asked(shape: Shape[Any], params: Iterable[tuple[str, str]], sort: str | None, full: bool) -> Asked:
    """Conditions and order from the parameters of a request.

    Args:
        params: `column=value`, or `column.op=value` with one of `OPS`; values of `in` are joined by commas.
        full: whether whoever asks sees personal data.

    Raises:
        BadInput: `no-such-column`, `bad-value`.
        WebError: `masked-column`.
    """
    known = columns(shape.row)
    where = [condition(shape, known, name, value) for name, value in params if name not in OURS]
    order = ordered(sort)
    if not full:
        for each in where:
            if each.column in PERSONAL and each.op != "eq":
                raise WebError("masked-column", 403, column=each.column)
        for name in order or shape.order:
            if name.removeprefix("-") in PERSONAL:
                raise WebError("masked-column", 403, column=name.removeprefix("-"))
    return Asked(tuple(where), order)


def ordered(sort: str | None) -> tuple[str, ...]:
    """The columns that `sort` names."""
    return tuple(name for each in (sort or "").split(",") if (name := each.strip()))


def condition(shape: Shape[Any], known: dict[str, Column], name: str, text: str) -> Where:
    """One parameter as a condition. Raises BadInput `no-such-column`, `bad-value`."""
    column, dot, op = name.partition(".")
    if column not in known:
        raise BadInput("no-such-column", view=shape.name, field=column, known=sorted(known))
    if dot and op not in OPS:
        raise BadInput("bad-value", field=name, value=op, reason=f"it is none of {', '.join(OPS)}")
    said = cast(Op, op) if dot else "eq"
    if said == "in":
        return Where(column, said, tuple(value_of(known[column], name, each) for each in text.split(",")))
    return Where(column, said, value_of(known[column], name, text))


def value_of(column: Column, name: str, text: str) -> Value:
    """A value of a column's type; `null` where nothing can stand in it. Raises BadInput `bad-value`."""
    if column.nullable and text == "null":
        return None
    try:
        if column.type is bool:
            return {"true": True, "false": False}[text]
        if column.type is int:
            return int(text) if text.lstrip("-").isascii() and len(text) < 19 else _none()
        if column.type is datetime:
            return datetime.fromisoformat(text.replace(" ", "+"))
        if column.type is date:
            return date.fromisoformat(text)
    except (ValueError, KeyError):
        wanted = {bool: "true or false", int: "a whole number", datetime: "a moment such as 2026-11-02T09:00:00+08:00"}
        raise BadInput("bad-value", field=name, value=text[:200], reason=f"it is not {wanted.get(column.type, 'a day')}") from None
    return text


def _none() -> int:
    raise ValueError("no number")


def search(q: str, full: bool) -> Where:
    """What is written into a search box as one condition: a telephone number, a ticket's number, or a customer.

    Whoever sees personal data may say a part of it, anybody else has to know it.
    """
    said = q.strip()
    digits = sum(sign.isdigit() for sign in said)
    if digits >= 4 and all(sign.isdigit() or sign in "+ -" for sign in said):
        return Where("phone", "contains" if full else "eq", said)
    if said.isascii() and any(sign.isdigit() for sign in said):
        return Where("ticket", "contains", said)
    return Where("customer", "contains" if full else "eq", said)


def several(column: str, values: Sequence[str] | None, known: Iterable[str] = ()) -> list[Where]:
    """One of some values, each of which has to be one of *known*, where there are any. Raises BadInput `bad-value`."""
    if not values:
        return []
    among = tuple(known)
    for each in values:
        if among and each not in among:
            raise BadInput("bad-value", field=column, value=each[:200], reason=f"it is none of {', '.join(among)}")
    return [Where(column, "in", tuple(values))]
