"""追加: what an append is to every recorder: its rows, how they have to be numbered, and what is said where it is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, TypeAlias

from eventsourcing.persistence import IntegrityError, ProgrammingError, StoredEvent

Command: TypeAlias = tuple[str, bytes]
"""The id of a command and the digest of the whole of it."""

Append: TypeAlias = tuple[Sequence[StoredEvent], int | None, Command | None]
"""Events, the version expected of their stream (None for any), and the command that caused them."""

NewRow: TypeAlias = tuple[str, int, str, bytes, str | None, bytes | None, int | None]
"""A row to be written: stream, version, topic, state; and in the first row of a command its id, its digest, how many rows."""

_NO_COMMAND: Final = (None, None, None)


class NotEmpty(Exception):
    """A ledger that was to be filled holds something already."""


def new_rows(events: Sequence[StoredEvent], command: Command | None) -> list[NewRow]:
    """What is written of each event; the first row carries the command."""
    first = _NO_COMMAND if command is None else (*command, len(events))
    if len(events) == 1:  # nearly always, and right after the disk was waited for every step costs
        e = events[0]
        return [(str(e.originator_id), e.originator_version, e.topic, e.state, *first)]
    return [
        (str(e.originator_id), e.originator_version, e.topic, e.state, *(_NO_COMMAND if at else first))
        for at, e in enumerate(events)
    ]


def misplaced(rows: Sequence[NewRow], expected: int) -> IntegrityError | None:
    """What is wrong with the numbering of *rows* behind version *expected* of their stream, if anything."""
    stream = rows[0][0]
    for version, row in enumerate(rows, expected + 1):
        if row[1] != version or row[0] != stream:
            return IntegrityError(
                f"event {row[0]!r} {row[1]} is in the place of {stream!r} {version};"
                " one append holds one stream's events, numbered without a hole"
            )
    return None


def placed(events: Sequence[StoredEvent], expected: int | None, command: Command | None) -> list[NewRow]:
    """The rows of an append. Raises IntegrityError where they are not the next ones behind the version expected."""
    rows = new_rows(events, command)
    if rows and expected is not None and (problem := misplaced(rows, expected)):
        raise problem
    return rows


def stale(stream: str, top: int | None, expected: int | None) -> IntegrityError:
    """What an append is told that expected another version of *stream* than the one there is."""
    return IntegrityError(f"stream {stream!r} is at version {top or 0}, not {expected}; read it again, then decide again")


def one_by_one(insert: Callable[..., object], batches: Iterable[Append]) -> list[bool]:
    """Whether *insert*, a recorder's `insert_events`, wrote each of several appends; False where it refused one."""
    written = []
    for events, expected, command in batches:
        try:
            insert(events, expected=expected, command=command)
        except IntegrityError:
            written.append(False)
        else:
            written.append(True)
    return written


def refuse_others(others: dict[str, Any]) -> None:
    """Raises ProgrammingError for what a recorder cannot store; eventsourcing always passes `tracking=None`, which is nothing."""
    for name, value in others.items():
        if value is not None:  # it would be dropped in silence
            raise ProgrammingError(f"insert_events cannot store {name!r}; it knows `expected` and `command`")
