"""A whole export brought in, every line checked, beside ready rows written a thousand a commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from itertools import islice

from aftersales_core import Desk
from bench import _raw
from bench._fill import FACTS, STOCK_TOGETHER, aggregates, export, rows
from bench._run import Run
from bench._stock import StockDesk, stock_desk
from bench._table import Line, rates
from bench._timing import Measure, interleaved, timed
from bench.rows.postgres import stock_there

AT_ONCE = 1000
"""Ready rows in one commit of the bare driver."""

UNIT = "facts a second"


def sqlite(run: Run) -> Iterator[Line]:
    tickets, of_stock = run.size(2000, 50), run.size(200, 20)
    lines = export(tickets)
    ready = [row[:4] for some in rows(tickets) for row in some]

    def ours() -> float:
        with Desk.open(f"sqlite:///{run.place() / 'ours.db'}") as desk:
            return timed(lambda: desk.import_(iter(lines)), 1) / len(lines)

    def theirs() -> float:
        with closing(stock_desk(str(run.place() / "stock.db"))) as stock:
            return saved(stock, of_stock)

    def limit() -> float:
        with closing(_raw.sqlite(str(run.place() / "raw.db"))) as db:

            def written() -> None:
                left = iter(ready)
                while some := list(islice(left, AT_ONCE)):
                    db.execute("BEGIN")
                    db.executemany(_raw.INSERT, some)
                    db.execute("COMMIT")

            return timed(written, 1) / len(ready)

    found = interleaved(run.rounds, {"ours": ours, "stock": theirs, "raw": limit})
    yield rates("bulk ingest, validated, SQLite", found, unit=UNIT, stock=5, raw=0.6,
                note=f"ours: Desk.import_ of {len(lines):,} lines; stock: {STOCK_TOGETHER} tickets a commit; raw: executemany, {AT_ONCE} a commit")  # fmt: skip


def postgres(run: Run) -> Iterator[Line]:
    tickets, of_stock = run.size(1000, 30), run.size(100, 20)
    server = run.server
    lines = export(tickets)
    ready = [row[:4] for some in rows(tickets) for row in some]

    def ours() -> float:
        with Desk.open(server.new_url()) as desk:
            return timed(lambda: desk.import_(iter(lines)), 1) / len(lines)

    def theirs() -> float:
        with closing(stock_there(run, run.name())) as stock:
            return saved(stock, of_stock)

    def limit() -> float:
        with _raw.postgres(server, run.name()) as db:

            def written() -> None:
                left = iter(ready)
                while some := list(islice(left, AT_ONCE)):
                    with db.transaction(), db.cursor() as cursor:
                        cursor.executemany(_raw.PG_INSERT, some)

            return timed(written, 1) / len(ready)

    def copied() -> float:
        with _raw.postgres(server, run.name()) as db:

            def written() -> None:
                with db.transaction(), db.cursor() as cursor, cursor.copy(_raw.PG_COPY) as copy:
                    copy.set_types(["text", "int8", "text", "bytea"])
                    for row in ready:
                        copy.write_row(row)

            return timed(written, 1) / len(ready)

    measures: dict[str, Measure] = {"ours": ours, "stock": theirs, "raw": limit, "COPY": copied}
    found = interleaved(run.rounds, measures)
    yield rates("bulk ingest, validated, PostgreSQL", found, unit=UNIT, stock=5, raw=0.6,
                note=f"ours: Desk.import_ of {len(lines):,} lines; stock: {STOCK_TOGETHER} tickets a commit; raw: executemany, {AT_ONCE} a commit")  # fmt: skip


def saved(stock: StockDesk, tickets: int) -> float:
    """Seconds a fact to save aggregates that were made beforehand."""
    made = aggregates(tickets)

    def save() -> None:
        for at in range(0, tickets, STOCK_TOGETHER):
            stock.save(*made[at : at + STOCK_TOGETHER])

    return timed(save, 1) / (tickets * FACTS)
