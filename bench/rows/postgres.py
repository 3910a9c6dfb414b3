"""Commands and writers on a PostgreSQL of our own, beside stock eventsourcing and bare inserts on the same server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import count
from typing import Any

from eventsourcing.persistence import StoredEvent

from aftersales_core import Desk
from bench import _raw
from bench._life import commands
from bench._run import Run
from bench._stock import StockDesk, life_of, stock_on_server
from bench._table import Line, Ratio, seconds
from bench._timing import Measure, each, interleaved
from bench.rows.clients import Crowd

WRITERS = 16


def stock_there(run: Run, schema: str) -> StockDesk:
    """The stock application in a schema of its own, which it does not make itself."""
    import psycopg

    with psycopg.connect(run.server.url(), autocommit=True) as db:
        db.execute(f"CREATE SCHEMA {schema}")
    return stock_on_server(str(run.server.folder), schema)


def command(run: Run) -> Iterator[Line]:
    tickets = run.size(20, 2)
    turn = count()
    server = run.server
    with Desk.open(server.new_url()) as desk, closing(stock_there(run, run.name())) as stock, _raw.postgres(server, run.name()) as db:
        insert = desk.ledger.recorder.insert_events

        def ours() -> float:
            parsed = [desk.parse(c) for _ in range(tickets) for c in commands(f"T{next(turn)}")]
            return each([lambda c=c: desk.handle(c) for c in parsed])  # type: ignore[misc]

        def append() -> float:
            rows = [(StoredEvent(s, v, "departed", _raw.BODY), v - 1, (f"{s}-{v}", b"d" * 32)) for s, v in _versions(tickets, turn)]
            return each([lambda row=row: insert([row[0]], expected=row[1], command=row[2]) for row in rows])  # type: ignore[misc]

        def theirs() -> float:
            return each([call for _ in range(tickets) for call in life_of(stock, f"T{next(turn)}")])

        def limit() -> float:
            rows = [(s, v, "departed", _raw.BODY) for s, v in _versions(tickets, turn)]
            return each([lambda row=row: db.execute(_raw.PG_INSERT, row) for row in rows])  # type: ignore[misc]

        measures: dict[str, Measure] = {"ours": ours, "ours, the append alone": append, "stock": theirs, "raw": limit}
        found = interleaved(run.rounds, measures, warm=True)
    yield seconds("one durable command, PostgreSQL, order kept", found, stock=6, raw=0.75, note="a command is parsed beforehand")


def writers(run: Run) -> Iterator[Line]:
    """Sixteen at once, each with streams of its own: seconds a command, all of them together."""
    appends = run.size(60, 10)
    turn = count()
    server = run.server
    schema = run.name()
    with ExitStack() as stack:
        desk = stack.enter_context(Desk.open(server.new_url()))
        stock = stack.enter_context(closing(stock_there(run, run.name())))
        first = stack.enter_context(_raw.postgres(server, schema))
        connections = [first, *(stack.enter_context(_raw.postgres(server, schema, made=True)) for _ in range(WRITERS - 1))]
        insert = desk.ledger.recorder.insert_events
        threads = stack.enter_context(Crowd(WRITERS)).served

        def together(client: Callable[[int], list[Callable[[], object]]]) -> float:
            return 1 / threads([client(at) for at in range(WRITERS)]).rate

        def whole(at: int) -> list[Callable[[], object]]:
            parsed = [desk.parse(c) for _ in range(appends // 12 + 1) for c in commands(f"T{next(turn)}")]
            return [lambda c=c: desk.handle(c) for c in parsed]  # type: ignore[misc]

        def append(at: int) -> list[Callable[[], object]]:
            stream = f"A{next(turn)}"
            rows = [(StoredEvent(stream, v, "departed", _raw.BODY), v - 1, (f"{stream}-{v}", b"d" * 32)) for v in range(1, appends + 1)]
            return [lambda row=row: insert([row[0]], expected=row[1], command=row[2]) for row in rows]  # type: ignore[misc]

        def plain(at: int) -> list[Callable[[], object]]:
            stream, db = f"R{next(turn)}", connections[at]
            rows: list[Any] = [(stream, v, "departed", _raw.BODY) for v in range(1, appends + 1)]
            return [lambda row=row: db.execute(_raw.PG_INSERT, row) for row in rows]  # type: ignore[misc]

        def theirs(at: int) -> list[Callable[[], object]]:
            return life_of(stock, f"T{next(turn)}")

        found = interleaved(run.rounds, {
            "ours": lambda: together(append), "ours, whole commands": lambda: together(whole),
            "stock": lambda: together(theirs), "raw": lambda: together(plain),
        }, warm=True)  # fmt: skip
    yield Line(
        "16 writers, PostgreSQL, order kept", "facts a second", {name: 1 / took for name, took in found.items()},
        [Ratio("the rate of raw", found["raw"] / found["ours"], 0.8), Ratio("the rate of stock", found["stock"] / found["ours"])],
        "16 threads; ours is the append alone, raw sixteen connections that insert",
    )  # fmt: skip


def _versions(tickets: int, turn: Iterator[int]) -> list[tuple[str, int]]:
    return [(stream, version) for stream in [f"R{next(turn)}" for _ in range(tickets)] for version in range(1, 13)]
