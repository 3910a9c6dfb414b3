"""A checkpoint of a whole store, one ticket proved under it, and every decision judged again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from hashlib import sha256

from aftersales_core import Desk
from aftersales_core.audit import Rejudged, check
from bench._fill import FACTS, fill, numbers
from bench._run import Run
from bench._table import Line, seconds
from bench._timing import interleaved, timed

ALL = "SELECT originator_id, originator_version, topic, state FROM stored_events ORDER BY position"


def proofs(run: Run) -> Iterator[Line]:
    tickets = run.big(20_000, 60)
    file = run.place() / "ours.db"
    with ExitStack() as stack:
        desk = stack.enter_context(Desk.open(f"sqlite:///{file}"))
        db = stack.enter_context(closing(sqlite3.connect(file)))
        facts = fill(desk.ledger, tickets)
        assert facts == tickets * FACTS
        note = desk.checkpoint("bench").text
        middle = numbers(tickets)[tickets // 2]

        def limit() -> None:
            # what nobody can do without: each row read and hashed, each leaf, and a node for each leaf but one
            for _number, _version, _kind, state in db.execute(ALL):
                node = sha256(b"\0" + sha256(state).digest()).digest()
                sha256(b"\1" + node + node).digest()

        def judged() -> None:
            report = Rejudged()
            assert not list(desk.rejudge(report))
            assert report.decisions == facts

        found = interleaved(min(run.rounds, 5), {
            "ours": lambda: timed(lambda: desk.checkpoint("bench"), 1) / facts,
            "raw": lambda: timed(limit, 1) / facts,
            "one ticket proved": lambda: timed(lambda: list(desk.prove(middle, note)), 1) / facts,
            "every decision judged again": lambda: timed(judged, 1) / facts,
        })  # fmt: skip
        lines = list(desk.prove(middle, note))
        checked = interleaved(run.rounds, {"ours": lambda: timed(lambda: check(lines), run.size(200, 5))}, warm=True)
    shown = {name: found[name] for name in ("ours", "raw")}
    yield seconds(f"checkpoint of {facts:,} facts, SQLite", shown, unit="µs a fact", note="raw reads the rows in order and makes as many hashes")
    for name in ("one ticket proved", "every decision judged again"):
        yield Line(f"{name}, {facts:,} facts, SQLite", "µs a fact", {"ours": found[name] * 1e6})
    yield Line(f"a proof of {FACTS} facts checked without the store", "µs", {"ours": checked["ours"] * 1e6})
