"""`python -m bench worklists`: the day's work where 100,000 tickets are open, each figure beside what raw sqlite3 takes.

    python -m bench worklists [--tickets N] [--rounds N] [--dir FOLDER] [--file FILE.db]

The tickets are made first (see `_crowd`), which takes a few minutes; with --file they are kept and found again.
*raw* is `sqlite3` reading the same rows of the same file with the same conditions into tuples, and nothing else.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from pydantic_core import to_json

from aftersales_core import Desk, preset
from aftersales_core.clocks import clocks_of
from aftersales_core.codec import decode
from aftersales_core.cursors import columns, ordering, stamp
from aftersales_core.cursors import decode as place
from aftersales_core.ports import Page
from aftersales_core.state import fold_rows
from aftersales_core.views import WORKLIST, TaskRow
from bench._crowd import NOW, fill
from bench._timing import interleaved, timed

TICKETS_ONLY = preset("whole-house").model_copy(update={"routine": ()})
"""What the house owes by the calendar is a handful of rows that no table holds."""

ROLE = "cs_specialist"
LISTS = ("calls", "goods", "slips", "to-book", "overdue")
ORDER = "ORDER BY due_at, ticket, task, ref"
TABLE = f"view_worklist_{WORKLIST.shape.edition}"
NAMES = tuple(columns(TaskRow))
COLUMNS = ", ".join(NAMES)
LEDGER = "SELECT originator_id, originator_version, topic, state, position FROM stored_events"


class Asked:
    """A worklist as SQL: the conditions of `tasklists.conditions`, written by hand."""

    def __init__(self, desk: Desk, role: str | None = None, only: str | None = None) -> None:
        self.role, self.only = role, only
        where, values = ["opens_at <= ?"], [stamp(NOW)]
        if role is not None:
            duties = [name for name, duty in desk.playbook.duties.items() if role in duty.roles]
            where.append(f"command IN ({', '.join('?' * len(duties))})")
            values += duties
        if only == "overdue":
            where.append("due_at < ?")
            values.append(stamp(NOW))
        elif only is not None:
            where.append("list = ?")
            values.append(only)
        self.where, self.values = " AND ".join(where), values

    def __str__(self) -> str:
        return " of ".join(word for word in (self.only or "everything", self.role) if word)


def run(tickets: int, rounds: int, folder: Path | None, file: Path | None) -> None:
    """Make the tickets where they are not there yet, and print every table."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        path = file or Path(name) / "crowd.db"
        url = f"sqlite:///{path}"
        with Desk.open(url, playbooks=[TICKETS_ONLY]) as desk:
            if not desk.ledger.count():
                start = perf_counter()
                facts = fill(desk.ledger, tickets)
                print(f"{tickets:,} tickets of {facts:,} facts made in {perf_counter() - start:.0f} s")
            db = sqlite3.connect(path, cached_statements=128)
            try:
                building(desk, db, rounds)
                listing(desk, db, rounds)
                paging(desk, db)
                clocks(desk, db)
            finally:
                db.close()
        as_then(url, path)


def line(name: str, ours: float, raw: float | None = None, more: str = "") -> None:
    """One row of a table: milliseconds."""
    beside = "" if raw is None else f"{raw * 1e3:12.2f}   {raw / ours:5.2f} of raw"
    print(f"  {name:46} {ours * 1e3:12.2f} {beside}  {more}".rstrip())


# --- (e) building


def building(desk: Desk, db: sqlite3.Connection, rounds: int) -> None:
    """The view from nothing, and stepped on by facts that come in."""
    facts, latest = desk.ledger.count(), desk.ledger.position()
    few = min(20_000, facts // 2)

    def built() -> float:
        desk.store.reset(WORKLIST.shape)
        return timed(lambda: desk.refresh([WORKLIST]), 1)

    def stepped() -> float:
        db.execute("UPDATE view_positions SET position = ? WHERE name = 'worklist'", (latest - few,))
        db.commit()
        return timed(lambda: desk.refresh([WORKLIST]), 1)

    def read() -> float:
        return timed(lambda: all(db.execute(f"{LEDGER} ORDER BY originator_id, originator_version")), 1)

    def log() -> float:
        return timed(lambda: db.execute(f"{LEDGER} WHERE position > ? ORDER BY position", (latest - few,)).fetchall(), 1)

    found = interleaved(min(rounds, 3), {"built": built, "read": read})
    found |= interleaved(rounds, {"stepped": stepped, "log": log})
    print(f"\nbuilding the worklist, ms; {facts:,} facts, {desk.count(WORKLIST):,} tasks; raw only reads the facts")
    line("from nothing", found["built"], found["read"], f"{facts / found['built']:,.0f} facts/s")
    line(f"stepped on by {few:,} facts", found["stepped"], found["log"], f"{few / found['stepped']:,.0f} facts/s")


# --- (a), (b) lists and counts


def listing(desk: Desk, db: sqlite3.Connection, rounds: int) -> None:
    """Whole lists and their counts."""
    print("\na worklist at nine, ms")
    for asked in (Asked(desk), Asked(desk, ROLE), Asked(desk, "installer"), *(Asked(desk, None, name) for name in LISTS)):
        words: dict[str, Any] = {"role": asked.role, "only": asked.only}
        select = f"SELECT {COLUMNS} FROM {TABLE} WHERE {asked.where} {ORDER}"
        count = f"SELECT count(*) FROM {TABLE} WHERE {asked.where}"
        rows = desk.worklist(NOW, **words)
        assert len(rows) == desk.count_tasks(NOW, **words) == db.execute(count, asked.values).fetchone()[0]
        found = interleaved(rounds, {
            "list": lambda: timed(lambda: desk.worklist(NOW, **words), 1),  # noqa: B023
            "raw list": lambda: timed(lambda: db.execute(select, asked.values).fetchall(), 1),  # noqa: B023
            "json": lambda: timed(lambda: to_json(rows), 1),  # noqa: B023
            "count": lambda: timed(lambda: desk.count_tasks(NOW, **words), 1),  # noqa: B023
            "raw count": lambda: timed(lambda: db.execute(count, asked.values).fetchone(), 1),  # noqa: B023
        })  # fmt: skip
        line(f"{asked}: {len(rows):,} tasks", found["list"], found["raw list"], f"as JSON {found['json'] * 1e3:.0f} more")
        line("  counted", found["count"], found["raw count"])
    tally = f"SELECT list, count(*) FROM {TABLE} WHERE opens_at <= ? GROUP BY list"
    found = interleaved(rounds, {
        "ours": lambda: timed(lambda: desk.tally_tasks(NOW), 1),
        "raw": lambda: timed(lambda: db.execute(tally, (stamp(NOW),)).fetchall(), 1),
    })  # fmt: skip
    line("every list counted at once", found["ours"], found["raw"])


# --- (f) pages


def paging(desk: Desk, db: sqlite3.Connection) -> None:
    """Fifty rows at a time, anywhere in the list, with and without filters."""
    roles = (None, ROLE, "installer", "warehouse_keeper", "install_supervisor", "designer")
    asked = [Asked(desk, role, only) for role in roles for only in (None, *LISTS)]
    places = [(one, after) for one in asked for after in islice(_cursors(desk, one), 12)]
    random.Random(1).shuffle(places)
    ours, raw = [], []
    for one, after in places:
        start = perf_counter()
        page = desk.worklist_page(NOW, role=one.role, only=one.only, after=after)
        ours.append(perf_counter() - start)
        start = perf_counter()
        rows = _raw_page(db, one, after)
        raw.append(perf_counter() - start)
        assert [(row.ticket, row.task, row.ref) for row in page.rows] == [row[:3] for row in rows[:50]]
    print(f"\na page of fifty, ms; {len(places)} pages of {len(asked)} worklists; raw is the same SQL by hand")
    line("half of them within", median(ours), median(raw))
    line("99 of 100 within", quantiles(ours, n=100)[98], quantiles(raw, n=100)[98])


def _cursors(desk: Desk, asked: Asked) -> Iterator[str | None]:
    after: str | None = None
    while True:
        yield after
        page: Page[TaskRow] = desk.worklist_page(NOW, role=asked.role, only=asked.only, after=after, limit=500)
        if (after := page.next) is None:
            return


def _raw_page(db: sqlite3.Connection, asked: Asked, after: str | None) -> list[Any]:
    select = f"SELECT {COLUMNS} FROM {TABLE} WHERE {asked.where}"
    here: Sequence[Any] = ()
    if after is not None:
        due_at, *rest = place(WORKLIST.shape, ordering(WORKLIST.shape), after)
        here = (stamp(due_at), *rest) if due_at is not None else rest  # type: ignore[arg-type]
    rows: list[Any] = []
    if len(here) != 3:
        behind = "AND (due_at, ticket, task, ref) > (?, ?, ?, ?)" if here else "AND due_at IS NOT NULL"
        rows = db.execute(f"{select} {behind} {ORDER} LIMIT 51", (*asked.values, *here)).fetchall()
        here = ()
    if len(rows) < 51:
        behind = "AND (ticket, task, ref) > (?, ?, ?)" if here else ""
        rest_of_it = f"{select} AND due_at IS NULL {behind} {ORDER} LIMIT ?"
        rows += db.execute(rest_of_it, (*asked.values, *here, 51 - len(rows))).fetchall()
    return rows


# --- (d) clocks


def clocks(desk: Desk, db: sqlite3.Connection) -> None:
    """Every clock of every ticket, by its state alone, and of every tenth by its history too."""
    bare = told = fetch = 0.0
    tickets = tenth = running = 0
    for number, rows in groupby(desk.rows(), key=itemgetter(0)):
        kept = list(rows)
        ticket = fold_rows(number, kept)
        book = desk.playbook_of(ticket)
        start = perf_counter()
        found = clocks_of(ticket, book, NOW)
        bare += perf_counter() - start
        tickets += 1
        if tickets % 10:
            continue
        history = [decode(*row) for row in kept]
        start = perf_counter()
        whole = clocks_of(ticket, book, NOW, history)
        told += perf_counter() - start
        start = perf_counter()
        db.execute(f"{LEDGER} WHERE originator_id = ? ORDER BY originator_version", (number,)).fetchall()
        fetch += perf_counter() - start
        tenth += 1
        still = {(c.id, c.ref): c for c in whole if c.stop is None}
        assert still == {(c.id, c.ref): c for c in found if c.stop is None}
        running += len(still)
    print(f"\nall clocks at nine, ms a ticket; {running / tenth:.1f} running each; raw fetches a ticket's facts, no more")
    line("by the state alone", bare / tickets, fetch / tenth, f"{bare:,.1f} s for all {tickets:,}")
    line("by the history", told / tenth, fetch / tenth, f"{told / tenth * tickets:,.0f} s for all, from every tenth")


# --- (c) as it would have been seen


def as_then(url: str, path: Path) -> None:
    """The worklist of past moments; the first also reads when everything was written."""
    db = sqlite3.connect(path)
    raw = timed(lambda: all(db.execute(f"{LEDGER} ORDER BY position")), 1)
    db.close()
    print("\nas it would have been seen, ms; once each; raw reads every fact of the ledger, in order")
    seen: Mapping[str, Any] = {"role": ROLE, "then": True}
    with Desk.open(url, playbooks=[TICKETS_ONLY]) as desk:
        desk.refresh([WORKLIST])
        for name, days in (("this morning, asked first", 0), ("a day ago", 1), ("a week ago", 7), ("a month ago", 30)):
            moment = NOW - timedelta(days=days)
            start = perf_counter()
            rows = desk.worklist(moment, **seen)
            took = perf_counter() - start
            line(f"{name}: {len(rows):,} tasks", took, raw)
            again = timed(lambda: desk.count_tasks(moment, **seen), 1)  # noqa: B023
            assert desk.count_tasks(moment, **seen) == len(rows)
            line("  counted afterwards", again)
    sys.stdout.flush()
