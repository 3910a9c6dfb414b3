"""A page of the board to JSON, beside the same SQL by hand and the same rows to JSON."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from time import perf_counter
from typing import Any

import msgspec

from aftersales_core import Desk
from aftersales_core.cursors import columns, ordering, stamp
from aftersales_core.cursors import decode as place
from aftersales_core.ports import Batch, Where
from aftersales_core.state import replay
from aftersales_core.testing import TRAILS, Scene
from aftersales_core.testing.samples import sampled
from aftersales_core.views import BOARD, BoardRow
from bench._run import Run
from bench._table import Line, Ratio
from bench._timing import half_and_99

PAGE = 50
TOGETHER = 5000
"""Rows written in one transaction while the board is made."""

TABLE = f"view_board_{BOARD.shape.edition}"
NAMES = tuple(columns(BoardRow))
MOMENTS = frozenset(name for name in NAMES if name.endswith(("_at", "_since", "_due", "_start")))
SELECT = f"SELECT {', '.join(NAMES)} FROM {TABLE}"


def templates(desk: Desk) -> list[BoardRow]:
    """The board's row for each place of each story."""
    found: list[BoardRow] = []
    for places in TRAILS.values():
        scene = Scene()
        for steps in places.values():
            for step in steps:
                scene.given(sampled(scene, step))
            if scene.history:
                ticket = replay(scene.number, scene.history)
                assert BOARD.of_ticket is not None
                found += BOARD.of_ticket(ticket, desk.playbook)
    return found


def fill_board(desk: Desk, tickets: int) -> None:
    """A board of so many tickets, written into the view store; the ledger stays empty, and so nothing is behind."""
    chance = random.Random(tickets)
    kinds = templates(desk)

    def rows() -> Iterator[BoardRow]:
        for at in range(tickets):
            row = chance.choice(kinds)
            later = timedelta(minutes=chance.randrange(60 * 24 * 365))
            moved: dict[str, Any] = {name: value + later for name in MOMENTS if isinstance(value := getattr(row, name), datetime)}
            yield replace(row, ticket=f"AS-{at:07}", phone=f"13{at * 7919 % 10**9:09}", **moved)

    made = rows()
    while some := list(islice(made, TOGETHER)):
        assert desk.store.apply(BOARD.shape, Batch({}, some), after=0, upto=0)


def page(run: Run) -> Iterator[Line]:
    tickets, pages = run.big(100_000, 500), run.size(600, 40)
    path = run.place() / "board.db"
    with Desk.open(f"sqlite:///{path}") as desk, closing(sqlite3.connect(path, cached_statements=128)) as db:
        fill_board(desk, tickets)
        stages = [stage for (stage,) in db.execute(f"SELECT stage FROM {TABLE} GROUP BY stage HAVING count(*) > {PAGE}")]
        places = [(stage, after) for stage in stages for after in _cursors(desk, stage, pages // len(stages) + 1)]
        random.Random(1).shuffle(places)
        for stage, after in places:  # the same rows both ways, and both warm
            mine, theirs = json.loads(_ours(desk, stage, after)), json.loads(_by_hand(db, stage, after))
            assert [row["ticket"] for row in mine] == [row["ticket"] for row in theirs]
        ours: list[float] = []
        raw: list[float] = []
        for at, (stage, after) in enumerate(places * 2):
            # whoever is second finds the pages of the file warm, so they take turns
            for mine in (True, False) if at % 2 else (False, True):
                start = perf_counter()
                said = _ours(desk, stage, after) if mine else _by_hand(db, stage, after)
                (ours if mine else raw).append(perf_counter() - start)
                assert said.startswith(b'[{"ticket":"AS-')
    half, most = half_and_99(ours)
    raw_half, raw_most = half_and_99(raw)
    yield Line(
        f"board page, {PAGE} of {tickets:,} tickets, to JSON, half within", "µs", {"ours": half * 1e6, "raw": raw_half * 1e6},
        [Ratio("the time of raw", half / raw_half, 1.25, at_most=True)],
        f"{len(places)} pages of {len(stages)} stages, twice each; raw: the same SQL by hand to dictionaries, and the same encoder",
    )  # fmt: skip
    yield Line(
        "board page, 99 of 100 within", "µs", {"ours": most * 1e6, "raw": raw_most * 1e6},
        [Ratio("the half", most / half, 3, at_most=True)],
    )  # fmt: skip


def _cursors(desk: Desk, stage: str, pages: int) -> Iterator[str | None]:
    """Places to begin at, none and then a page further each time."""
    after: str | None = None
    for _ in range(pages):
        yield after
        after = desk.look(BOARD, [Where("stage", "eq", stage)], order=("next_due",), after=after, limit=PAGE).next
        if after is None:
            return


def _ours(desk: Desk, stage: str, after: str | None) -> bytes:
    found = desk.look(BOARD, [Where("stage", "eq", stage)], order=("next_due",), after=after, limit=PAGE)
    return msgspec.json.encode(found.rows)


def _by_hand(db: sqlite3.Connection, stage: str, after: str | None) -> bytes:
    """The page in the order (next_due, ticket), none first."""
    order = f"ORDER BY next_due, ticket LIMIT {PAGE + 1}"
    if after is None:
        rows = db.execute(f"{SELECT} WHERE stage = ? {order}", (stage,)).fetchall()
    else:
        due, ticket = place(BOARD.shape, ordering(BOARD.shape, ("next_due",)), after)
        if due is None:
            rows = db.execute(f"{SELECT} WHERE stage = ? AND next_due IS NULL AND ticket > ? {order}", (stage, ticket)).fetchall()
            if len(rows) <= PAGE:
                more = f"{SELECT} WHERE stage = ? AND next_due IS NOT NULL {order}"
                rows += db.execute(more, (stage,)).fetchmany(PAGE + 1 - len(rows))
        else:
            assert isinstance(due, datetime)
            where = f"{SELECT} WHERE stage = ? AND (next_due, ticket) > (?, ?) {order}"
            rows = db.execute(where, (stage, stamp(due), ticket)).fetchall()
    return msgspec.json.encode([dict(zip(NAMES, row, strict=True)) for row in rows[:PAGE]])
