"""Bytes that a folded ticket takes while it lives, beside the stock aggregate and a record with slots."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from aftersales_core import Desk
from aftersales_core.state import fold_rows
from bench._fill import fill, fill_stock, numbers
from bench._life import MONDAY
from bench._run import Run
from bench._stock import stock_desk
from bench._table import Line, Ratio


@dataclass(slots=True)
class Record:
    """Thirteen fields, as many as anybody would keep of a ticket; some of its own, some that many share."""

    number: str
    customer: str
    phone: str
    address: str
    order_no: str
    opened_at: datetime
    last_at: datetime
    due_at: datetime
    category: str
    stage: str
    owner: str
    version: int
    crew: tuple[str, ...]


def record(number: str, at: int) -> Record:
    first, second, third = (MONDAY.replace(microsecond=(at + shift) % 1_000_000) for shift in range(3))
    return Record(
        f"{number}", f"周文静{at}", f"138{at:08}", f"云栖花园 3 栋 2 单元 {at}", f"SO-{at}", first, second, third,
        "installation", "INSTALLED", "install_dept", at, ("inst-zhou",),
    )  # fmt: skip


def per_ticket(run: Run) -> Iterator[Line]:
    tickets = run.size(10_000, 200)
    folder = run.place()
    with Desk.open(f"sqlite:///{folder / 'ours.db'}") as desk, closing(stock_desk(str(folder / "stock.db"))) as stock:
        fill(desk.ledger, tickets)
        ids = fill_stock(stock, tickets)
        found = {
            "ours": bytes_each(lambda: [fold_rows(n, list(rows)) for n, rows in groupby(desk.ledger.recorder.scan(), itemgetter(0))]),
            "stock": bytes_each(lambda: [stock.repository.get(each) for each in ids]),
            "raw": bytes_each(lambda: [record(number, at) for at, number in enumerate(numbers(tickets))]),
        }
    yield Line(
        "memory per live ticket state", "bytes", found,
        [Ratio("less than stock", found["stock"] / found["ours"], 1.9), Ratio("a slotted record", found["ours"] / found["raw"])],
        f"{tickets:,} tickets; ours after all twelve facts, with its visits and papers; raw: a slotted record of 13 fields",
    )  # fmt: skip


def bytes_each(make: Callable[[], list[Any]]) -> float:
    """What is still there afterwards, by `tracemalloc`, for each of the things made; the first making warms up what is shared."""
    make()
    gc.collect()
    tracemalloc.start()
    made = make()
    gc.collect()
    kept, _peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept / len(made)
