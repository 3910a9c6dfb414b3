"""One durable command on a SQLite file: through the desk, its append alone, the stock way, and the bare insert."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from statistics import median

from eventsourcing.persistence import StoredEvent

from aftersales_core import Desk
from bench import _raw
from bench._life import commands
from bench._run import Run
from bench._stock import life_of, stock_desk
from bench._table import Line, Ratio, missing, seconds
from bench._timing import all_rounds, both_clocks

Calls = Callable[[], list[Callable[[], object]]]


def on_disk(run: Run) -> Iterator[Line]:
    wall, _cpu = _measured(run, run.place())
    yield seconds("one durable command, SQLite FULL on disk", wall, stock=3, raw=0.9, note="a command is parsed beforehand")


def in_memory(run: Run) -> Iterator[Line]:
    folder = run.in_memory()
    if folder is None:
        yield missing("CPU of a command", "this machine has no folder in memory")
        return
    wall, cpu = _measured(run, folder)
    yield seconds("one command on a memory-backed file", wall, stock=10, note="a command is parsed beforehand")
    ratio = Ratio("the time of stock", cpu["stock"] / cpu["ours"], 10)
    yield Line("CPU of a command", "µs of the processor", {name: value * 1e6 for name, value in cpu.items()}, [ratio])


def _measured(run: Run, folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Medians by the clock on the wall and by that of the processor."""
    tickets = run.size(30, 3)
    turn = count()
    url = f"sqlite:///{folder / 'ours.db'}"
    with Desk.open(url) as desk, closing(stock_desk(str(folder / "stock.db"))) as stock, closing(_raw.sqlite(str(folder / "raw.db"))) as db:
        insert = desk.ledger.recorder.insert_events

        def ours() -> list[Callable[[], object]]:
            parsed = [desk.parse(c) for _ in range(tickets) for c in commands(f"T{next(turn)}")]
            return [lambda c=c: desk.handle(c) for c in parsed]  # type: ignore[misc]

        def append() -> list[Callable[[], object]]:
            rows = [(StoredEvent(stream, v, "departed", _raw.BODY), v - 1, (f"{stream}-{v}", b"d" * 32)) for stream, v in _versions(tickets, turn)]
            return [lambda row=row: insert([row[0]], expected=row[1], command=row[2]) for row in rows]  # type: ignore[misc]

        def theirs() -> list[Callable[[], object]]:
            return [call for _ in range(tickets) for call in life_of(stock, f"T{next(turn)}")]

        def limit() -> list[Callable[[], object]]:
            rows = [(stream, v, "departed", _raw.BODY) for stream, v in _versions(tickets, turn)]
            return [lambda row=row: db.execute(_raw.INSERT, row) for row in rows]  # type: ignore[misc]

        measures: dict[str, Calls] = {"ours": ours, "ours, the append alone": append, "stock": theirs, "raw": limit}
        found = all_rounds(run.rounds, {name: lambda calls=calls: both_clocks(calls()) for name, calls in measures.items()}, warm=True)  # type: ignore[misc]
    wall = {name: median(wall for wall, _cpu in took) for name, took in found.items()}
    return wall, {name: median(cpu for _wall, cpu in took) for name, took in found.items()}


def _versions(tickets: int, turn: Iterator[int]) -> list[tuple[str, int]]:
    return [(stream, version) for stream in [f"R{next(turn)}" for _ in range(tickets)] for version in range(1, 13)]
