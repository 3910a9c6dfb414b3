"""接口: what adapters have to be.

A view store keeps the rows of views and how far each view has read; a file store keeps photos and documents by content.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import (
    Any,
    BinaryIO,
    Generic,
    Literal,
    NamedTuple,
    Protocol,
    TypeAlias,
    TypeVar,
    runtime_checkable,
)

from aftersales_core.media import Content

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


class FileRef(NamedTuple):
    """A file that is kept, in the words of the command that attaches it to a ticket.

    Attributes:
        digest: SHA-256 of its bytes, 64 lowercase hex digits; the name it is kept under.
        size: in bytes.
        media_type: what the bytes are, e.g. `image/jpeg`; one of `media.TYPES`.
        name: what a person calls it; the store keeps no names.
    """

    digest: str
    size: int
    media_type: str
    name: str | None = None


@runtime_checkable
class FileStore(Protocol):
    """Keeps files under the digest of their bytes. Safe to use from several threads and several processes.

    Every call that takes a digest raises BadInput (`bad-digest`) for what is no digest, and every call StoreUnusable where
    the place cannot be used.
    """

    def put(self, content: Content, *, media_type: str) -> FileRef:
        """Keep *content*; it survives a power cut once this has returned. The same content twice is one file.

        Args:
            media_type: what it is said to be; the content has to bear it out.

        Raises:
            BadInput: too large, empty, of a kind that is not kept or not the one declared; see `media`.
            UnknownFile: `file-removed`; what was removed on purpose does not come back by being sent again.
            StoreUnusable: nothing was kept.
        """

    def get(self, digest: str) -> bytes:
        """All bytes of a file, checked against their digest.

        Raises:
            UnknownFile: `file-not-there`, or `file-removed` where it was removed on purpose.
            FileAltered: what is there is not what was put there.
        """

    def open(self, digest: str) -> BinaryIO:
        """The same as something to read from, for large files; checked as a whole before it is handed out."""

    def has(self, digest: str) -> bool:
        """Whether the file is there and was not removed; the bytes are not looked at."""

    def remove(self, digest: str) -> bool:
        """Take the bytes away for good and remember that this was on purpose; safe to repeat.

        Returns:
            False where there was nothing left to take away.

        Raises:
            UnknownFile: `file-not-there`; nothing was ever kept under this digest.
        """

    def digests(self) -> Iterator[str]:
        """Everything there are bytes of, in order; also what was removed and came back with a backup."""

    def close(self) -> None:
        """Give back what is held; safe to call twice."""


class Kept(NamedTuple):
    """What lies in a safe under a key.

    Attributes:
        value: text, JSON as a rule.
        version: counted up at every change, from 1.
        until: when it is good no longer; the safe does not look at it, except to `forget`.
    """

    value: str
    version: int
    until: datetime | None = None


@runtime_checkable
class Safe(Protocol):
    """Keeps what has to be changed and forgotten, and so must not stand in the ledger: hashed passwords, sessions, keys.

    A few thousand small things in drawers. It knows no clock. Every call is atomic, durable once it has returned, and safe
    to use from several threads and several processes; every one raises StoreUnusable where the place cannot be used.
    Drawers and keys have 1 to 200 characters; nothing is text that has a NUL or half a character (`drawers.possible`).
    """

    def get(self, drawer: str, key: str) -> Kept | None:
        """What lies there, whether it is still good or not; None where nothing does, or nothing ever can."""

    def put(
        self, drawer: str, key: str, value: str, *, expect: int | None = None, until: datetime | None = None
    ) -> int | None:
        """Lay *value* there.

        Args:
            expect: only where what lies there has this version; 0: only where nothing does. Whatever there is, unless given.
            until: when it will be good no longer; an aware datetime.

        Returns:
            Its version now; None, with nothing changed, where somebody else was there first. What was taken away and is
            laid there anew begins at 1 again.

        Raises:
            ValueError: a drawer, a key or a value that is no text, or an end without time zone; nothing was changed.
        """

    def remove(self, drawer: str, key: str) -> bool:
        """Take it away for good; False where there was nothing."""

    def all(self, drawer: str) -> Iterator[tuple[str, Kept]]:
        """Everything that is in a drawer when this is called, in order of the keys."""

    def forget(self, drawer: str, before: datetime) -> int:
        """Take away what was good until *before* or earlier; how many. What has no end stays.

        Raises:
            ValueError: a moment without time zone.
        """

    def close(self) -> None:
        """Give back what is held; safe to call twice."""
