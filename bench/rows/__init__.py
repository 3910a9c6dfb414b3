"""The rows of the table: each makes its lines from one interleaved run of its own.

A row is a function `(Run) -> Iterator[Line]`, named here. To add one, write it in the module of its theme, or in a new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple

from bench._run import Run
from bench._table import Line


class Row(NamedTuple):
    """A row: where its function is, and what it shows."""

    home: str
    shows: str

    def lines(self, run: Run) -> Iterator[Line]:
        module, _, name = self.home.partition(":")
        found: Callable[[Run], Iterator[Line]] = getattr(import_module(f"bench.rows.{module}"), name)
        return found(run)


ROWS = {
    "command": Row("commands:on_disk", "one durable command, SQLite with synchronous=FULL on the disk"),
    "cpu": Row("commands:in_memory", "the same where waiting for the disk is nothing: the processor's share"),
    "clients": Row("clients:thirty_two", "32 clients at once, each answered after its own facts are on the disk"),
    "pg-command": Row("postgres:command", "one durable command, PostgreSQL"),
    "pg-writers": Row("postgres:writers", "16 writers at once on PostgreSQL"),
    "ingest": Row("ingest:sqlite", "an export brought in and checked, SQLite"),
    "pg-ingest": Row("ingest:postgres", "an export brought in and checked, PostgreSQL"),
    "load": Row("replay:load", "one ticket from its facts"),
    "replay": Row("replay:sqlite", "every ticket from its facts, and every check of verify, SQLite"),
    "pg-replay": Row("replay:postgres", "every ticket from its facts, PostgreSQL"),
    "audit": Row("audit:proofs", "a checkpoint, a proof, and every decision judged again"),
    "projection": Row("projection:board", "the board brought up to date and built anew"),
    "board": Row("board:page", "a page of the board to JSON"),
    "office": Row("office:board", "the board in a browser, and what the first page weighs"),
    "memory": Row("memory:per_ticket", "bytes a folded ticket takes"),
    "cold": Row("cold:starts", "the command line from nothing"),
}
