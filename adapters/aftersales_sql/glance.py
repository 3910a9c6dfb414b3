"""一瞥: one ticket's board row, timeline and tasks straight from the view tables, with the standard library alone.

For a command line that shows a ticket and is gone: nothing is imported that takes longer than the answer. Not even
`__future__`, so hints stand in quotes.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable
    from typing import Any


class _LruCache:
    """What SQLite's engine wants of `functools`; the rest of it, with `collections`, takes longer than to find the answer."""

    @staticmethod
    def lru_cache(size: int) -> "Callable[[Callable[..., Any]], Any]":
        from _functools import _lru_cache_wrapper  # type: ignore[import-not-found]

        return lambda call: _lru_cache_wrapper(call, size, False, tuple)


def _engine() -> "Any":
    """The engine of `sqlite3` without the package around it, which imports `datetime` for adapters that nobody asks for here."""
    alone = "functools" not in sys.modules
    if alone:
        sys.modules["functools"] = _LruCache  # type: ignore[assignment]
    try:
        return __import__("_sqlite3")
    except (ImportError, AttributeError):  # an interpreter that is put together in another way
        pass
    finally:
        if alone:
            del sys.modules["functools"]
    return __import__("sqlite3")


engine = _engine()

OURS = (0x41465443, 1)
"""`application_id` and `user_version` of a ledger's file, as its adapter writes them; of another file the long way knows what to say."""

EDITIONS = {"board": 4, "timeline": 1, "worklist": 5}
"""The editions of the views that this program makes; a newer program may have others beside them."""

_POSITIONS = "SELECT name, edition, position FROM view_positions WHERE name IN ('board', 'timeline', 'worklist')"
_COLUMNS = {"board": "*", "timeline": "version, kind, occurred_at, actor, role, flags, body", "worklist": "task, ref, command, due_at"}
_LAST = "SELECT max(originator_version), max(position) FROM stored_events WHERE originator_id = ?"


def glance(path: str, ticket: str) -> "dict[str, Any] | None":
    """What the views say of *ticket*, if they are up to date for it.

    Returns:
        `{"board": {column: value}, "timeline": [{column: value}, …], "worklist": [{column: value}, …]}`: the whole row of
        the board, of the others what a person reads of them (`_COLUMNS`), the timeline in order of version. Values as
        they are stored: times as ISO text in UTC, booleans as 0 and 1. None where the views are behind the ledger for
        this ticket, where there is no such ticket, or where the file cannot be read: then ask the long way, which also
        knows the right error.
    """
    # the three signs that mean something in a file URI; `Path.as_uri` would cost an import
    name = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        connection = engine.connect(f"file:{name}?mode=ro", uri=True, timeout=1.0, isolation_level=None)
    except engine.Error:
        return None
    try:
        if tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")) != OURS:
            return None
        connection.execute("BEGIN")  # so that the ledger and the views are of one moment
        version, position = connection.execute(_LAST, (ticket,)).fetchone()
        known = {name: reached for name, edition, reached in connection.execute(_POSITIONS) if edition == EDITIONS[name]}
        # a task that is gone leaves no row, so only how far the worklist has read tells whether it is up to date
        if not version or len(known) != 3 or known["worklist"] < position:
            return None
        board, timeline, worklist = (_rows(connection, name, ticket) for name in ("board", "timeline", "worklist"))
        if len(board) != 1 or board[0].get("version") != version or len(timeline) != version:
            return None
        timeline.sort(key=lambda row: row["version"])
        return {"board": board[0], "timeline": timeline, "worklist": worklist}
    except engine.Error:
        return None
    finally:
        connection.close()


def _rows(connection: "sqlite3.Connection", view: str, ticket: str) -> "list[dict[str, Any]]":
    """The ticket's rows; a table's name cannot be a parameter, and these hold names of ours and a number."""
    cursor = connection.execute(f"SELECT {_COLUMNS[view]} FROM view_{view}_{EDITIONS[view]} WHERE ticket = ?", (ticket,))  # noqa: S608
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
