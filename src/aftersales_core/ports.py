"""接口: what adapters have to be. A view store keeps the rows of views and how far each view has read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar, runtime_checkable

Value: TypeAlias = str | int | bool | datetime | date | None
"""What a column of a view can hold. Datetimes are aware; a store may give them back in UTC."""

Op: TypeAlias = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "contains"]
"""`contains` is for text and minds no case; nothing but `eq` and `ne` ever matches None."""

R = TypeVar("R")


class Where(NamedTuple):
    """One condition on a column; several are all to hold."""

    column: str
    op: Op
    value: Value | tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Shape(Generic[R]):
    """What a store has to know of a view.

    Attributes:
        name, edition: together name the table; another edition is another table, built anew.
        row: a frozen slotted dataclass of `Value` fields, its `ticket` field naming the ticket it belongs to.
        key: columns that together are unique; `ticket` is one of them.
        indexes: columns that are filtered or sorted together.
        order: the order pages come in; a leading `-` turns a column round. The key is appended.
    """

    name: str
    edition: int
    row: type[R]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    order: tuple[str, ...] = ()


class Batch(NamedTuple):
    """The work of one step of a view.

    Attributes:
        replaced: ticket → all rows it has now; rows of before are dropped.
        added: rows that come on top.
    """

    replaced: Mapping[str, Sequence[Any]]
    added: Sequence[Any] = ()


class Page(NamedTuple, Generic[R]):
    """Some rows in order. `next` is the cursor of the page after, None on the last."""

    rows: tuple[R, ...]
    next: str | None


@runtime_checkable
class ViewStore(Protocol):
    """Keeps rows of views; every call is atomic and safe to use from several threads."""

    def position(self, shape: Shape[Any]) -> int:
        """The ledger position *shape* has read up to; 0 for a view (or an edition) not built yet.

        Below zero it is being built from the beginning: a number to be kept like any other.
        """

    def apply(self, shape: Shape[Any], batch: Batch, *, after: int, upto: int) -> bool:
        """Write *batch* and move the position from *after* to *upto*, in one transaction.

        Returns:
            False, with nothing written, where the position is not *after*: somebody else was there first.
        """

    def reset(self, shape: Shape[Any]) -> None:
        """Drop the rows of *shape* and start it again from position 0."""

    def page(
        self,
        shape: Shape[R],
        where: Sequence[Where] = (),
        *,
        order: Sequence[str] = (),
        after: str | None = None,
        limit: int = 50,
    ) -> Page[R]:
        """Up to *limit* rows that satisfy every condition, after the cursor of the page before.

        Keyset paged: a row that moves is never skipped or shown twice by another row coming or going.
        None sorts first.

        Raises:
            BadInput: `no-such-column`, or `bad-cursor` for a cursor of another view or order.
        """

    def count(self, shape: Shape[Any], where: Sequence[Where] = ()) -> int:
        """How many rows satisfy every condition."""

    def tally(self, shape: Shape[Any], column: str, where: Sequence[Where] = ()) -> dict[Value, int]:
        """How many rows there are for each value of *column*."""

    def close(self) -> None:
        """Give back what is held; safe to call twice."""
