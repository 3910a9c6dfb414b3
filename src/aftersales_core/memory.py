"""内存: the reference view store and the reference file store.

Everything in dictionaries; what they answer is what every store has to answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from operator import ge, gt, le, lt
from threading import RLock
from typing import Any, BinaryIO, Final, TypeVar

from aftersales_core.cursors import Sort, conditions, decode, encode, ordering, page_size
from aftersales_core.cursors import column as known_column
from aftersales_core.drawers import checked, end
from aftersales_core.errors import FileAltered, UnknownFile
from aftersales_core.media import Content, Limits, checked_digest, chunks, examine
from aftersales_core.ports import Batch, FileRef, Kept, Page, Shape, Value, Where

R = TypeVar("R")

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "lt": lt,
    "le": le,
    "gt": gt,
    "ge": ge,
    "in": lambda have, wanted: have in wanted,
    "contains": lambda have, wanted: wanted.lower() in have.lower(),
}


@dataclass(slots=True)
class _Table:
    """The rows of one view by key, the keys of each ticket, and how far the view has read."""

    position: int = 0
    rows: dict[tuple[Any, ...], Any] = field(default_factory=dict)
    of_ticket: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def write(self, shape: Shape[Any], batch: Batch, upto: int) -> None:
        """Put *batch* in. Raises ValueError for a key given twice, before anything was changed."""
        gone = {key for ticket in batch.replaced for key in self.of_ticket.get(ticket, ())}
        fresh: dict[tuple[Any, ...], Any] = {}
        for row in (*(row for rows in batch.replaced.values() for row in rows), *batch.added):
            key = tuple(getattr(row, name) for name in shape.key)
            if key in fresh or (key in self.rows and key not in gone):
                raise ValueError(f"view {shape.name!r} would have two rows with the key {key!r}")
            fresh[key] = row
        for ticket in batch.replaced:
            self.of_ticket.pop(ticket, None)
        for key in gone:
            del self.rows[key]
        self.rows.update(fresh)
        for key, row in fresh.items():
            self.of_ticket.setdefault(row.ticket, []).append(key)
        self.position = upto


class _Down:
    """A place in a descending order: what is greater comes first."""

    __slots__ = ("place",)

    def __init__(self, place: tuple[bool, Value]) -> None:
        self.place = place

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and self.place == other.place

    def __lt__(self, other: _Down) -> bool:
        return other.place < self.place

    __hash__ = None  # type: ignore[assignment]


def _place(values: Sequence[Value], sorts: Sequence[Sort]) -> tuple[Any, ...]:
    """Where a row stands; None is smaller than everything."""
    return tuple(
        _Down((value is not None, value)) if sort.descending else (value is not None, value)
        for value, sort in zip(values, sorts, strict=True)
    )


def _holds(row: Any, condition: Where) -> bool:
    name, op, wanted = condition
    have = getattr(row, name)
    if op == "eq":
        return bool(have == wanted)
    if op == "ne":
        return bool(have != wanted)
    return have is not None and wanted is not None and _COMPARE[op](have, wanted)


class MemoryViewStore:
    """Rows of views for as long as the program runs; a `ports.ViewStore`."""

    def __init__(self) -> None:
        self._tables: dict[tuple[str, int], _Table] = {}
        self._lock = RLock()

    def position(self, shape: Shape[Any]) -> int:
        """The ledger position *shape* has read up to; 0 for one not built yet."""
        return self._table(shape).position

    def apply(self, shape: Shape[Any], batch: Batch, *, after: int, upto: int) -> bool:
        """Write *batch* and move from *after* to *upto*; False, with nothing written, from anywhere else.

        Raises:
            ValueError: two rows with one key; nothing was written.
        """
        with self._lock:
            table = self._table(shape)
            if table.position != after:
                return False
            table.write(shape, batch, upto)
            self._put(shape, table)
            return True

    def reset(self, shape: Shape[Any]) -> None:
        """Drop the rows of *shape* and start it again from position 0."""
        with self._lock:
            self._put(shape, _Table())

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
        start = None if after is None else _place(decode(shape, sorts, after), sorts)

        def place(row: R) -> tuple[Any, ...]:
            return _place([getattr(row, sort.column) for sort in sorts], sorts)

        rows = sorted(self._rows(shape, where), key=place)
        if start is not None:
            rows = [row for row in rows if start < place(row)]
        shown = tuple(rows[:size])
        return Page(shown, encode(shape, sorts, shown[-1]) if len(rows) > size else None)

    def count(self, shape: Shape[Any], where: Sequence[Where] = ()) -> int:
        """How many rows satisfy every condition."""
        return len(self._rows(shape, where))

    def tally(self, shape: Shape[Any], column: str, where: Sequence[Where] = ()) -> dict[Value, int]:
        """How many rows there are for each value of *column*."""
        name = known_column(shape, column).name
        found: dict[Value, int] = {}
        for row in self._rows(shape, where):
            value = getattr(row, name)
            found[value] = found.get(value, 0) + 1
        return found

    def close(self) -> None:
        """Nothing is held that has to be given back."""

    def _table(self, shape: Shape[Any]) -> _Table:
        return self._tables.get((shape.name, shape.edition)) or _Table()

    def _put(self, shape: Shape[Any], table: _Table) -> None:
        for name, edition in list(self._tables):
            if name == shape.name and edition < shape.edition:
                del self._tables[name, edition]
        self._tables[shape.name, shape.edition] = table

    def _rows(self, shape: Shape[R], where: Sequence[Where]) -> list[R]:
        asked = conditions(shape, where)
        with self._lock:
            return [row for row in self._table(shape).rows.values() if all(_holds(row, c) for c in asked)]


def open_store(url: str = "memory:", **_: object) -> MemoryViewStore:
    """A new and empty store; *url* and options are as for every adapter and mean nothing here."""
    return MemoryViewStore()


class MemoryFileStore:
    """Files for as long as the program runs; a `ports.FileStore`."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._files: dict[str, bytes] = {}
        self._removed: set[str] = set()
        self._lock = RLock()

    def put(self, content: Content, *, media_type: str) -> FileRef:
        """Keep *content*, if it is what it is said to be; raises as the port says."""
        whole = b"".join(chunks(content, self._limits.size))
        found = examine(whole, media_type, self._limits)
        digest = sha256(whole).hexdigest()
        with self._lock:
            if digest in self._removed:
                raise UnknownFile("file-removed", digest=digest)
            self._files[digest] = whole
        return FileRef(digest, len(whole), found)

    def get(self, digest: str) -> bytes:
        """All bytes of a file, checked against their digest; raises as the port says."""
        with self._lock:
            if checked_digest(digest) in self._removed:
                raise UnknownFile("file-removed", digest=digest)
            if (found := self._files.get(digest)) is None:
                raise UnknownFile("file-not-there", digest=digest)
        if sha256(found).hexdigest() != digest:
            raise FileAltered("file-altered", digest=digest)
        return found

    def open(self, digest: str) -> BinaryIO:
        """The same as something to read from."""
        return BytesIO(self.get(digest))

    def has(self, digest: str) -> bool:
        """Whether the file is there."""
        return checked_digest(digest) in self._files

    def remove(self, digest: str) -> bool:
        """Take the bytes away for good; False where they were gone already."""
        with self._lock:
            if checked_digest(digest) not in self._files and digest not in self._removed:
                raise UnknownFile("file-not-there", digest=digest)
            self._removed.add(digest)
            return self._files.pop(digest, None) is not None

    def digests(self) -> Iterator[str]:
        """Everything there are bytes of, in order."""
        with self._lock:
            return iter(sorted(self._files))

    def close(self) -> None:
        """Nothing is held that has to be given back."""


def open_files(url: str = "memory:", **_: object) -> MemoryFileStore:
    """A new and empty store; *url* and options are as for every adapter and mean nothing here."""
    return MemoryFileStore()


class MemorySafe:
    """Secrets for as long as the program runs; a `ports.Safe`."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Kept] = {}
        self._lock = RLock()

    def get(self, drawer: str, key: str) -> Kept | None:
        """What lies there; None where nothing does."""
        return self._kept.get((drawer, key))

    def put(
        self, drawer: str, key: str, value: str, *, expect: int | None = None, until: datetime | None = None
    ) -> int | None:
        """Lay *value* there, where what lies there is as expected; its version, or None."""
        checked(drawer, key, value)
        until = None if until is None else end(until)
        with self._lock:
            old = self._kept.get((drawer, key))
            version = 0 if old is None else old.version
            if expect is not None and expect != version:
                return None
            self._kept[drawer, key] = Kept(value, version + 1, until)
            return version + 1

    def remove(self, drawer: str, key: str) -> bool:
        """Take it away; False where there was nothing."""
        with self._lock:
            return self._kept.pop((drawer, key), None) is not None

    def all(self, drawer: str) -> Iterator[tuple[str, Kept]]:
        """Everything in a drawer, in order of the keys."""
        with self._lock:
            return iter(sorted((key, kept) for (where, key), kept in self._kept.items() if where == drawer))

    def forget(self, drawer: str, before: datetime) -> int:
        """Take away what was good until then or earlier; how many."""
        last = end(before)
        with self._lock:
            over = [at for at, kept in self._kept.items() if at[0] == drawer and kept.until is not None and kept.until <= last]
            for at in over:
                del self._kept[at]
            return len(over)

    def close(self) -> None:
        """Nothing is held that has to be given back."""


def open_safe(url: str = "memory:", **_: object) -> MemorySafe:
    """A new and empty safe; *url* and options are as for every adapter and mean nothing here."""
    return MemorySafe()
