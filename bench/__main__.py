"""`python -m bench`: prints the table; every ratio is of medians from interleaved rounds of this one run.

    python -m bench [--rounds N] [--tickets N] [--dir FOLDER]
    python -m bench worklists [--rounds N] [--tickets N] [--dir FOLDER] [--file FILE.db]

The folder decides what a commit costs: on a disk it is an fdatasync, in /dev/shm it is nothing.
"""

from __future__ import annotations

import argparse
import os
import platform
import sqlite3
import subprocess
import sys
import tempfile
from itertools import groupby, starmap
from operator import itemgetter
from pathlib import Path
from time import perf_counter

from aftersales_core import Desk
from aftersales_core.audit import Report
from aftersales_core.codec import decode
from aftersales_core.state import fold_rows, replay
from bench._life import commands, stock_calls
from bench._server import server_measures
from bench._stock import StockTicket, stock_desk
from bench._timing import Measure, interleaved, timed
from bench.worklists import run as worklists


def raw(path: str) -> sqlite3.Connection:
    """A connection that commits each insert durably: the limit."""
    db = sqlite3.connect(path, isolation_level=None, cached_statements=128)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(
        "CREATE TABLE IF NOT EXISTS stored_events (position INTEGER PRIMARY KEY AUTOINCREMENT, originator_id TEXT"
        " NOT NULL, originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL,"
        " UNIQUE (originator_id, originator_version))"
    )
    return db


INSERT = "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)"


def durable_command(folder: Path, rounds: int, tickets: int) -> dict[str, float]:
    desk = Desk.open(f"sqlite:///{folder / 'ours.db'}")
    stock = stock_desk(str(folder / "stock.db"))
    db = raw(str(folder / "raw.db"))
    body = b"x" * 480
    turn = iter(range(10**9))

    def ours() -> float:
        parsed = [desk.parse(c) for _ in range(tickets) for c in commands(f"T{next(turn)}")]
        it = iter(parsed)
        return timed(lambda: desk.handle(next(it)), len(parsed))

    def theirs() -> float:
        calls = [list(stock_calls(f"T{next(turn)}")) for _ in range(tickets)]
        start = perf_counter()
        for life in calls:
            ticket = StockTicket(**life[0][1])
            stock.save(ticket)
            for method, arguments in life[1:]:
                ticket = stock.repository.get(ticket.id)
                getattr(ticket, method)(**arguments)
                stock.save(ticket)
        return (perf_counter() - start) / sum(map(len, calls))

    def limit() -> float:
        rows = [(f"R{next(turn)}", v, "departed", body) for _ in range(tickets) for v in range(1, 13)]
        it = iter(rows)
        return timed(lambda: db.execute(INSERT, next(it)), len(rows))

    try:
        return interleaved(rounds, {"ours": ours, "stock": theirs, "raw": limit})
    finally:
        desk.close()
        stock.close()
        db.close()


def reading(folder: Path, rounds: int, tickets: int) -> tuple[dict[str, float], dict[str, float]]:
    """Seconds to load one ticket of twelve facts; seconds a fact to replay the whole store."""
    desk = Desk.open(f"sqlite:///{folder / 'read-ours.db'}")
    stock = stock_desk(str(folder / "read-stock.db"))
    numbers = [f"T{at:06}" for at in range(tickets)]
    ids = []
    for number in numbers:
        for command in commands(number):
            desk.handle(command)
        life = list(stock_calls(number))
        ticket = StockTicket(**life[0][1])
        for method, arguments in life[1:]:
            getattr(ticket, method)(**arguments)
        stock.save(ticket)
        ids.append(ticket.id)
    db = sqlite3.connect(folder / "read-ours.db", cached_statements=128)
    one = "SELECT * FROM stored_events WHERE originator_id = ? ORDER BY originator_version"
    every = "SELECT * FROM stored_events ORDER BY originator_id, originator_version"
    turn = iter(range(10**9))
    ledger = desk.ledger
    facts = len(numbers) * 12

    def whole_store() -> None:
        for number, rows in groupby(ledger.recorder.scan(), itemgetter(0)):
            fold_rows(number, list(rows))

    def with_entries() -> None:
        for number, rows in groupby(ledger.recorder.scan(), itemgetter(0)):
            replay(number, list(starmap(decode, rows)))

    def audit() -> None:
        report = Report()
        assert not list(desk.verify(report))
        assert report.facts == facts

    def a_number() -> str:
        return numbers[next(turn) % tickets]

    loads: dict[str, Measure] = {
        "ours": lambda: timed(lambda: fold_rows(n := a_number(), ledger.recorder.rows(n)), tickets),
        "ours, with its entries": lambda: timed(lambda: replay(n := a_number(), ledger.history(n)), tickets),
        "stock": lambda: timed(lambda: stock.repository.get(ids[next(turn) % tickets]), tickets),
        "raw": lambda: timed(lambda: db.execute(one, (a_number(),)).fetchall(), tickets),
    }
    stores: dict[str, Measure] = {
        "ours": lambda: timed(whole_store, 1) / facts,
        "ours, with the entries": lambda: timed(with_entries, 1) / facts,
        "ours, every check of verify": lambda: timed(audit, 1) / facts,
        "stock": lambda: timed(lambda: [stock.repository.get(i) for i in ids], 1) / facts,
        "raw": lambda: timed(lambda: db.execute(every).fetchall(), 1) / facts,
    }
    try:
        return interleaved(rounds, loads), interleaved(rounds, stores)
    finally:
        db.close()
        desk.close()
        stock.close()


def cold_start(folder: Path, rounds: int) -> dict[str, float]:
    url = f"sqlite:///{folder / 'cold.db'}"
    with Desk.open(url) as desk:
        for command in commands("T1"):
            desk.handle(command)
        desk.refresh()
    aftersales = str(Path(sys.executable).with_name("aftersales"))

    def run(*words: str) -> Measure:
        def once() -> float:
            start = perf_counter()
            subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
            return perf_counter() - start

        return once

    return interleaved(
        max(15, rounds * 3),
        {
            "python -c pass": run(sys.executable, "-c", "pass"),
            "aftersales --version": run(aftersales, "--version"),
            "aftersales show": run(aftersales, "--db", url, "show", "T1"),
        },
    )


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0])
    options.add_argument("what", nargs="?", choices=("commands", "worklists"), default="commands",
                         help="the paths of one ticket, or the day's work among many")  # fmt: skip
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--tickets", type=int, default=None, help="150, for worklists 100,000")
    options.add_argument("--dir", type=Path, default=None)
    options.add_argument("--file", type=Path, default=None, help="worklists: where the tickets are kept")
    chosen = options.parse_args()
    machine = f"python {platform.python_version()}, sqlite {sqlite3.sqlite_version}, {os.cpu_count()} cores, {chosen.rounds} rounds"
    if chosen.what == "worklists":
        print(machine)
        worklists(chosen.tickets or 100_000, chosen.rounds, chosen.dir, chosen.file)
        return
    chosen.tickets = chosen.tickets or 150
    print(f"{machine}, tickets of 12 facts")
    with tempfile.TemporaryDirectory(dir=chosen.dir) as name:
        folder = Path(name)
        found = durable_command(folder, chosen.rounds, max(10, chosen.tickets // 5))
        table("one durable command, SQLite FULL", found, 1e6, "µs", {"raw": "≥ 0.75 of raw"})
        with server_measures(max(10, chosen.tickets // 5)) as measures:
            found = interleaved(chosen.rounds, measures)
        table("one durable command, PostgreSQL", found, 1e6, "µs", {"raw": "≥ 0.75 of raw"})
        loads, stores = reading(folder, chosen.rounds, chosen.tickets)
        table("load one ticket", loads, 1e6, "µs", {"stock": "≥ 6× stock"})
        table("replay the full store, per fact", stores, 1e6, "µs", {"stock": "≥ 5× stock"})
        cold = cold_start(folder, chosen.rounds)
    print("\ncold start")
    for name, seconds in cold.items():
        print(f"  {name:32} {seconds * 1e3:9.1f} ms   {seconds / cold['python -c pass']:5.2f}× a bare interpreter (goal ≤ 2)")


def table(title: str, found: dict[str, float], scale: float, unit: str, goals: dict[str, str]) -> None:
    print(f"\n{title}")
    for name, seconds in found.items():
        print(f"  {name:32} {seconds * scale:9.1f} {unit}")
    ours = found["ours"]
    for name in (name for name in ("stock", "raw") if name in found):
        goal = f"   (goal {goals[name]})" if name in goals else ""
        print(f"  → {found[name] / ours:6.2f} × the rate of {name}{goal}")


if __name__ == "__main__":
    main()
