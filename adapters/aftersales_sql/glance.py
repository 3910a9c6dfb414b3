"""一瞥: one ticket's board row and timeline straight from the view tables, with the standard library alone.

For a command line that shows a ticket and is gone: nothing is imported that takes longer than the answer.
"""

from __future__ import annotations

import sqlite3

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_EDITIONS = "SELECT name, max(edition) FROM view_positions WHERE name IN ('board', 'timeline') GROUP BY name"
_VERSION = "SELECT max(originator_version) FROM stored_events WHERE originator_id = ?"


def glance(path: str, ticket: str) -> dict[str, Any] | None:
    """What the views say of *ticket*, if they are up to date for it.

    Returns:
        `{"board": {column: value}, "timeline": [{column: value}, …]}` in order of version, values as they are
        stored: times as ISO text in UTC, booleans as 0 and 1. None where the views are behind the ledger for this
        ticket, where there is no such ticket, or where the file cannot be read: then ask the long way, which also
        knows the right error.
    """
    # the three signs that mean something in a file URI; `Path.as_uri` would cost an import
    name = path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    try:
        connection = sqlite3.connect(f"file:{name}?mode=ro", uri=True, timeout=1.0, isolation_level=None)
    except sqlite3.Error:
        return None
    try:
        connection.execute("BEGIN")  # so that the ledger and the views are of one moment
        version = connection.execute(_VERSION, (ticket,)).fetchone()[0]
        editions = dict(connection.execute(_EDITIONS).fetchall())
        if not version or len(editions) != 2:
            return None
        board = _rows(connection, f"view_board_{editions['board']:d}", ticket)
        if len(board) != 1 or board[0].get("version") != version:
            return None
        timeline = _rows(connection, f"view_timeline_{editions['timeline']:d}", ticket)
        if len(timeline) != version:
            return None
        return {"board": board[0], "timeline": timeline}
    except sqlite3.Error:
        return None
    finally:
        connection.close()


def _rows(connection: sqlite3.Connection, table: str, ticket: str) -> list[dict[str, Any]]:
    """The ticket's rows by version; a table's name cannot be a parameter, and this one holds but a number."""
    cursor = connection.execute(f"SELECT * FROM {table} WHERE ticket = ? ORDER BY version", (ticket,))  # noqa: S608
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]
