"""写入: the statements that write, and how many appends become one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from json import dumps, loads

from eventsourcing.persistence import IntegrityError

from aftersales_core.ledger.appends import NewRow, stale
from aftersales_core.ledger.reading import questions

# The row goes in only where the stream is at the version expected; no expectation (NULL) always holds.
INSERT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state, command_id, command_digest,"
    " command_rows) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7 WHERE ?8 IS NULL"
    " OR (SELECT max(originator_version) FROM stored_events WHERE originator_id = ?1) IS nullif(?8, 0)"
)

# Many rows in one step: the driver lets go of the interpreter's lock at every step, and under many threads it
# takes long to get it back. Few sizes, so that each is compiled once.
_MANY = tuple(
    (
        size,
        "INSERT INTO stored_events (originator_id, originator_version, topic, state, command_id, command_digest,"  # noqa: S608
        f" command_rows) VALUES {', '.join(['(?, ?, ?, ?, ?, ?, ?)'] * size)}",
    )
    for size in (64, 32, 16, 8, 4, 2, 1)
)

_SOON = 512
"""Rows that are written before more are looked at: still in the processor's cache."""

QUESTIONS = questions("?", "IN (SELECT value FROM json_each(?))")

# What is there of the streams and command ids in two lists, in one row: every row would be a step of its own.
_THERE = (
    "SELECT (SELECT json_group_object(value, (SELECT max(originator_version) FROM stored_events"
    " WHERE originator_id = value)) FROM json_each(?1)),"
    " (SELECT json_group_array(command_id) FROM stored_events"
    " WHERE command_id IN (SELECT value FROM json_each(?2)))"
)

Batch = tuple[Sequence[NewRow], int | None]
"""Rows and the version that is expected, None for any."""

Outcome = int | Exception
"""The position of a batch's last row, or why none of it was written."""

REFUSALS = (IntegrityError, sqlite3.IntegrityError)
"""The outcomes that say: not on what is there; any other exception is a mistake in what was given."""

_KNOWN = "UNIQUE constraint failed: stored_events.command_id"  # as SQLite says it


def many(words: Iterable[str]) -> str:
    """Many texts as one parameter. What is no Unicode fails here as it does when a row is written."""
    return dumps(list(words), ensure_ascii=False)


def insert_rows(connection: sqlite3.Connection, rows: Sequence[NewRow]) -> int:
    """Write *rows* without asking; the position of the last, the others' right before it."""
    at, last = 0, 0
    for size, statement in _MANY:
        while len(rows) - at >= size:
            # AUTOINCREMENT counts by one within a transaction
            last = connection.execute(statement, list(chain.from_iterable(rows[at : at + size]))).lastrowid or 0
            at += size
    return last


def insert_batch(connection: sqlite3.Connection, rows: Sequence[NewRow], expected: int | None) -> Outcome:
    """Write one batch in a transaction; stale is told and has written nothing, whatever is raised may have."""
    done = connection.execute(INSERT, (*rows[0], expected))
    if not done.rowcount:
        return stale(rows[0][0], connection.execute(QUESTIONS.version, (rows[0][0],)).fetchone()[0], expected)
    return insert_rows(connection, rows[1:]) if len(rows) > 1 else done.lastrowid or 0


def insert_batches(
    connection: sqlite3.Connection, batches: Sequence[Batch], again: Callable[[], object]
) -> list[Outcome]:
    """Write many batches in a transaction that has begun, each as if it came alone behind those before it.

    Args:
        again: begins the transaction anew after it was undone.

    Raises:
        sqlite3.Error: the file cannot be written; the transaction is to be undone.
    """
    try:
        return _foreseen(connection, batches)
    except Exception as error:
        if _of_the_file(error):
            raise
    # Something in there is not to be written at all, text that is no Unicode, say. Which batch it is, one at a time tells.
    connection.execute("ROLLBACK")
    again()
    return [_by_itself(connection, rows, expected) for rows, expected in batches]


def _of_the_file(error: Exception) -> bool:
    """Whether *error* is about the file, and so about all that is in the transaction, and not about one batch."""
    of_one = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
    return isinstance(error, sqlite3.Error | MemoryError) and not isinstance(error, of_one)


def _foreseen(connection: sqlite3.Connection, batches: Sequence[Batch]) -> list[Outcome]:
    """Look once what is there, tell the outcomes from it, and write in a few statements what goes in."""
    tops, known = _there(connection, batches)
    outcomes: list[Outcome] = []
    waiting: list[NewRow] = []
    ends: list[tuple[int, int]] = []

    def write() -> None:
        before = insert_rows(connection, waiting) - len(waiting)
        for at, end in ends:
            outcomes[at] = before + end
        waiting.clear()
        ends.clear()

    for rows, expected in batches:
        stream, command = rows[0][0], rows[0][4]
        if expected is None:
            if not _above(rows, tops):  # a version taken, or one in a hole: the index knows
                write()
                outcome = _by_itself(connection, rows, None)
                if type(outcome) is int:
                    _remember(rows, tops)
                    if command is not None:
                        known.add(command)
                outcomes.append(outcome)
                continue
        elif tops[stream] != (expected or None):
            outcomes.append(stale(stream, tops[stream], expected))
            continue
        if command is not None:
            if command in known:
                outcomes.append(IntegrityError(_KNOWN))
                continue
            known.add(command)
        if expected is None:
            _remember(rows, tops)
        else:
            tops[stream] = rows[-1][1]
        waiting += rows
        ends.append((len(outcomes), len(waiting)))
        outcomes.append(0)
        if len(waiting) >= _SOON:
            write()
    write()
    return outcomes


def _there(connection: sqlite3.Connection, batches: Sequence[Batch]) -> tuple[dict[str, int | None], set[str]]:
    """The latest version of every stream that *batches* name, and which of their command ids are known."""
    streams = list({row[0] for rows, _ in batches for row in rows})
    commands = [rows[0][4] for rows, _ in batches if rows[0][4] is not None]
    tops, known = connection.execute(_THERE, (many(streams), many(commands))).fetchone()
    found = loads(tops)
    if len(found) != len(streams) or not all(map(found.__contains__, streams)):
        raise ValueError("an id that SQLite's JSON does not carry, one with a NUL in it")
    return found, set(loads(known))


def _above(rows: Sequence[NewRow], tops: dict[str, int | None]) -> bool:
    """Whether every row is a new latest version of its stream, so that none can be taken."""
    if len(rows) == 1:
        top = tops[rows[0][0]]
        return top is None or rows[0][1] > top
    seen: dict[str, int | None] = {}
    for stream, version, *_ in rows:
        top = seen.get(stream, tops[stream])
        if top is not None and version <= top:
            return False
        seen[stream] = version
    return True


def _remember(rows: Sequence[NewRow], tops: dict[str, int | None]) -> None:
    for stream, version, *_ in rows:
        top = tops[stream]
        if top is None or version > top:
            tops[stream] = version


def _by_itself(connection: sqlite3.Connection, rows: Sequence[NewRow], expected: int | None) -> Outcome:
    """One batch within a transaction of many, all of it or nothing."""
    connection.execute("SAVEPOINT batch")
    try:
        outcome = insert_batch(connection, rows, expected)
    except Exception as error:
        if _of_the_file(error):
            raise
        outcome = error
        connection.execute("ROLLBACK TO batch")
    connection.execute("RELEASE batch")
    return outcome
