"""Tickets from their facts: one of them, and all of a store, with nothing but the fold and with every check of `verify`."""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from inspect import signature
from itertools import count, groupby, takewhile
from multiprocessing import get_context
from operator import itemgetter
from typing import Any

from aftersales_core import Desk
from aftersales_core.audit import Report
from aftersales_core.state import fold_rows, replay
from bench import _raw
from bench._fill import FACTS, fill, fill_stock, numbers
from bench._run import Run
from bench._stock import StockDesk, stock_desk
from bench._table import Line, Ratio, missing, seconds
from bench._timing import Measure, interleaved, timed
from bench.rows.postgres import stock_there

ONE = "SELECT * FROM stored_events WHERE originator_id = ? ORDER BY originator_version"
EVERY = "SELECT originator_id, originator_version, topic, state, position FROM stored_events ORDER BY originator_id, originator_version"
MICRO = "µs a fact"


def load(run: Run) -> Iterator[Line]:
    tickets, times = run.size(1000, 30), run.size(300, 30)
    folder = run.place()
    with ExitStack() as stack:
        desk = stack.enter_context(Desk.open(f"sqlite:///{folder / 'ours.db'}"))
        stock = stack.enter_context(closing(stock_desk(str(folder / "stock.db"))))
        fill(desk.ledger, tickets)
        ids = fill_stock(stock, tickets)
        db = stack.enter_context(closing(sqlite3.connect(folder / "ours.db", cached_statements=128)))
        names, turn, ledger = numbers(tickets), count(), desk.ledger

        def number() -> str:
            return names[next(turn) % tickets]

        found = interleaved(run.rounds, {
            "ours": lambda: timed(lambda: fold_rows(n := number(), ledger.recorder.rows(n)), times),
            "ours, with its entries": lambda: timed(lambda: replay(n := number(), ledger.history(n)), times),
            "stock": lambda: timed(lambda: stock.repository.get(ids[next(turn) % tickets]), times),
            "raw": lambda: timed(lambda: db.execute(ONE, (number(),)).fetchall(), times),
        }, warm=True)  # fmt: skip
    yield seconds(f"load one ticket of {FACTS} facts", found, stock=9, note="raw only fetches its rows")


def sqlite(run: Run) -> Iterator[Line]:
    tickets = run.big(20_000, 60)
    folder = run.place()
    with ExitStack() as stack:
        url = f"sqlite:///{folder / 'ours.db'}"
        desk = stack.enter_context(Desk.open(url))
        stock = stack.enter_context(closing(stock_desk(str(folder / "stock.db"))))
        fill(desk.ledger, tickets)
        db = stack.enter_context(closing(sqlite3.connect(folder / "ours.db")))
        yield from _replayed(run, "SQLite", desk, url, stock, tickets, lambda: deque(db.execute(EVERY), maxlen=0))


def postgres(run: Run) -> Iterator[Line]:
    tickets = run.big(5_000, 30)
    server = run.server
    schema = run.name()
    with ExitStack() as stack:
        url = server.new_url()
        desk = stack.enter_context(Desk.open(url))
        stock = stack.enter_context(closing(stock_there(run, run.name())))
        db = stack.enter_context(_raw.postgres(server, schema))
        fill(desk.ledger, tickets)
        rows = [row[:4] for row in desk.rows()]
        with db.cursor() as cursor:
            with cursor.copy(_raw.PG_COPY) as copy:
                copy.set_types(["text", "int8", "text", "bytea"])
                for row in rows:
                    copy.write_row(row)
            cursor.execute("ANALYZE raw_events")

        def fetched() -> None:
            with db.cursor(binary=True) as cursor:
                deque(cursor.execute(EVERY.replace("stored_events", "raw_events")), maxlen=0)

        yield from _replayed(run, "PostgreSQL", desk, url, stock, tickets, fetched)


def _replayed(
    run: Run, where: str, desk: Desk, url: str, stock: StockDesk, tickets: int, raw: Callable[[], object]
) -> Iterator[Line]:
    """Seconds a fact: the states of all tickets, and all of them verified, in one process and in two."""
    facts = tickets * FACTS
    few = min(tickets, run.size(1000, 20))
    ids = fill_stock(stock, few)
    can = "processes" in signature(desk.verify).parameters

    def states() -> None:
        for number, rows in groupby(desk.ledger.recorder.scan(), itemgetter(0)):
            fold_rows(number, list(rows))

    def verified(**more: Any) -> Callable[[], None]:
        def check() -> None:
            report = Report()
            assert not list(desk.verify(report, **more))
            assert report.facts == facts

        return check

    # children by `spawn`: this process holds connections that a fork would share
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        halves = _halves(tickets)
        list(pool.map(_folded, [url] * 2, *zip(*[(name, name) for name, _until in halves], strict=True)))  # start and import them

        def in_two() -> None:
            folded = pool.map(_folded, [url] * 2, *zip(*halves, strict=True))
            assert sum(folded) == tickets

        measures: dict[str, Measure] = {
            "ours": lambda: timed(states, 1) / facts,
            "ours, two processes": lambda: timed(in_two, 1) / facts,
            "ours, every check of verify": lambda: timed(verified(), 1) / facts,
            "stock": lambda: timed(lambda: [stock.repository.get(i) for i in ids], 1) / (few * FACTS),
            "raw": lambda: timed(raw, 1) / facts,
        }
        if can:
            measures["ours, every check, two processes"] = lambda: timed(verified(processes=2), 1) / facts
        found = interleaved(min(run.rounds, 5), measures)
    one = seconds(f"replay of {facts:,} facts to states, {where}", {k: found[k] for k in ("ours", "stock", "raw")}, stock=20,
                  unit=MICRO, note=f"stock: {few:,} tickets; raw only fetches the rows in the order of tickets")  # fmt: skip
    yield one
    for name, said, goal in (
        ("ours, two processes", "the same in two processes", 45.0 if where == "SQLite" else None),
        ("ours, every check of verify", "the same with every check of verify", 20.0),
        ("ours, every check, two processes", "the same with every check, two processes", 45.0 if where == "SQLite" else None),
    ):
        if name in found:
            ratio = Ratio("the rate of stock", found["stock"] / found[name], goal)
            yield Line(f"{said}, {where}", MICRO, {"ours": found[name] * 1e6, "stock": found["stock"] * 1e6}, [ratio])
        else:
            yield missing(f"{said}, {where}", "not there yet")


def _halves(tickets: int) -> list[tuple[str, str]]:
    """(after, until) of two halves of the numbers."""
    names = numbers(tickets)
    middle = names[tickets // 2 - 1]
    return [("", middle), (middle, names[-1])]


def _folded(url: str, after: str, until: str) -> int:
    """In a process of its own: how many tickets between two numbers were folded."""
    with Desk.open(url) as desk:
        tickets = takewhile(lambda found: found[0] <= until, groupby(desk.ledger.recorder.scan(after), itemgetter(0)))
        return sum(fold_rows(number, list(rows)).version > 0 for number, rows in tickets)
