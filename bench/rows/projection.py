"""The board as a view: brought up to date exactly once, and built anew, beside the stock projection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing

from aftersales_core import Desk
from aftersales_core.views import BOARD
from bench._fill import FACTS, fill, fill_stock
from bench._run import Run
from bench._stock import stock_desk
from bench._stock_board import BoardProjection, catch_up, stock_board
from bench._table import Line, Ratio
from bench._timing import interleaved, timed


def board(run: Run) -> Iterator[Line]:
    tickets, more, of_stock = run.big(20_000, 60), run.size(2000, 40), run.size(40, 3)
    folder = run.place()
    with ExitStack() as stack:
        desk = stack.enter_context(Desk.open(f"sqlite:///{folder / 'ours.db'}"))
        stock = stack.enter_context(closing(stock_desk(str(folder / "stock.db"))))
        view = stock_board(str(folder / "stock-board.db"))
        stack.callback(view.datastore.close)
        projection = BoardProjection(view)
        facts = fill(desk.ledger, tickets)
        desk.refresh([BOARD])

        def ours() -> float:
            new = fill(desk.ledger, more, run.name())
            took = timed(lambda: desk.refresh([BOARD]), 1)
            assert desk.store.position(BOARD.shape) == desk.ledger.position()
            return took / new

        def theirs() -> float:
            fill_stock(stock, of_stock, run.name())
            done: list[int] = []
            took = timed(lambda: done.append(catch_up(stock, projection)), 1)
            assert done == [of_stock * FACTS]
            return took / done[0]

        found = interleaved(run.rounds, {"ours": ours, "stock": theirs})
        facts = desk.ledger.count()

        def anew() -> float:
            desk.store.reset(BOARD.shape)
            return timed(lambda: desk.refresh([BOARD]), 1) / facts

        again = interleaved(min(run.rounds, 3), {"ours": anew, "stock": theirs})
        assert desk.store.count(BOARD.shape) == facts // FACTS
    yield Line(
        "projection catch-up, exactly once, the board on SQLite", "facts a second", {name: 1 / took for name, took in found.items()},
        [Ratio("the rate of stock", found["stock"] / found["ours"], 20)],
        f"{more:,} new tickets each time, beside {tickets:,}; stock: one commit an event, a board by hand under the same indexes",
    )  # fmt: skip
    yield Line(
        "projection rebuilt, the board on SQLite", "facts a second", {name: 1 / took for name, took in again.items()},
        [Ratio("the rate of stock", again["stock"] / again["ours"], 100)], f"{facts:,} facts; stock has no other way than one event after another",
    )  # fmt: skip
