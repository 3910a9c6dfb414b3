"""Many clients at once, each of whom goes on when his own facts are on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from itertools import count
from statistics import median
from threading import Barrier
from time import perf_counter
from typing import Any, NamedTuple, Self

from aftersales_core import Desk
from bench._life import commands
from bench._run import Run
from bench._stock import life_of, stock_desk
from bench._table import Line, Ratio, missing
from bench._timing import all_rounds, half_and_99

CLIENTS = 32


class Served(NamedTuple):
    """Commands a second, and what half and 99 of 100 of them waited."""

    rate: float
    half: float
    most: float


def thirty_two(run: Run) -> Iterator[Line]:
    lives = run.size(4, 1)
    turn = count()
    folder = run.place()
    with ExitStack() as stack:
        desk = stack.enter_context(Desk.open(f"sqlite:///{folder / 'ours.db'}"))
        stock = stack.enter_context(closing(stock_desk(str(folder / "stock.db"))))
        threads = stack.enter_context(Crowd(CLIENTS)).served

        def prepared() -> list[list[Any]]:
            return [[desk.parse(c) for _ in range(lives) for c in commands(f"T{next(turn)}")] for _ in range(CLIENTS)]

        def theirs() -> Served:
            return threads([[call for _ in range(max(1, lives // 4)) for call in life_of(stock, f"T{next(turn)}")] for _ in range(CLIENTS)])

        def ours() -> Served:
            return threads([[lambda c=c: desk.handle(c) for c in client] for client in prepared()])  # type: ignore[misc]

        measures: dict[str, Callable[[], Served]] = {"stock": theirs, "ours, threads": ours}
        counter = getattr(desk, "counter", None)
        if counter is not None:

            def coroutines() -> Served:
                clients = prepared()
                with counter() as open_one:
                    return asyncio.run(tasks([[lambda c=c: open_one.handle(c) for c in client] for client in clients]))  # type: ignore[misc]

            def futures() -> Served:
                clients = prepared()
                with counter() as open_one:
                    return threads([[lambda c=c: open_one.submit(c).result() for c in client] for client in clients])  # type: ignore[misc]

            measures |= {"ours": coroutines, "ours, threads at a counter": futures}
        found = {name: _middle(served) for name, served in all_rounds(run.rounds, measures, warm=True).items()}
    names = [name for name in ("ours", "ours, threads at a counter", "ours, threads", "stock") if name in found]
    if counter is None:
        yield missing("32 coroutines at a counter", "not there yet")
    best = found[names[0]]
    yield Line(
        "32 clients, each durable", "commands a second", {name: found[name].rate for name in names},
        [Ratio("the rate of stock", best.rate / found["stock"].rate, 25)], "ours: 32 coroutines at one counter; stock: 32 threads",
    )  # fmt: skip
    yield Line(
        "32 clients, half wait within", "ms", {name: found[name].half * 1e3 for name in names},
        [Ratio("sooner than stock", found["stock"].half / best.half, 20)],
    )  # fmt: skip
    yield Line(
        "32 clients, 99 of 100 wait within", "ms", {name: found[name].most * 1e3 for name in names},
        [Ratio("sooner than stock", found["stock"].most / best.most)],
    )  # fmt: skip


class Crowd:
    """So many threads that stay, so that what is opened for a thread is opened once."""

    def __init__(self, clients: int) -> None:
        self._clients = clients
        self._threads = ThreadPoolExecutor(clients)

    def served(self, clients: Sequence[Sequence[Callable[[], object]]]) -> Served:
        """The calls of every client, each in a thread of its own, all starting at once."""
        assert len(clients) == self._clients
        # nobody passes before all have come, so that no thread takes two
        gate = Barrier(self._clients + 1)

        def client(calls: Sequence[Callable[[], object]]) -> list[float]:
            took = []
            gate.wait()
            for call in calls:
                start = perf_counter()
                call()
                took.append(perf_counter() - start)
            return took

        at_work = [self._threads.submit(client, calls) for calls in clients]
        gate.wait()
        start = perf_counter()
        wait(at_work)
        whole = perf_counter() - start
        return _served([took for each in at_work for took in each.result()], whole)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown()


async def tasks(clients: Sequence[Sequence[Callable[[], Any]]]) -> Served:
    """Every client as a task of one loop."""
    waits: list[float] = []

    async def client(calls: Sequence[Callable[[], Any]]) -> None:
        for call in calls:
            start = perf_counter()
            await call()
            waits.append(perf_counter() - start)

    start = perf_counter()
    await asyncio.gather(*map(client, clients))
    return _served(waits, perf_counter() - start)


def _served(waits: list[float], whole: float) -> Served:
    return Served(len(waits) / whole, *half_and_99(waits))


def _middle(served: list[Served]) -> Served:
    return Served(*(median(values) for values in zip(*served, strict=True)))
