"""The board of the office in a browser's place: a whole request over a socket, and what the first page weighs on the wire."""

from __future__ import annotations

import http.client
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from time import perf_counter

from tests.web.office import Clock, House, served

from aftersales_core import Desk
from aftersales_web import create_app
from aftersales_web.access.accounts import Account
from aftersales_web.pages.columns import STAGES
from bench._run import Run
from bench._table import Line, Ratio
from bench._timing import half_and_99
from bench.rows.board import SELECT, fill_board

ALLOWED, WEIGHT = 0.030, 100 * 1024
"""Seconds half the requests may take; bytes the first page may weigh with all it loads."""


def board(run: Run) -> Iterator[Line]:
    """The board of 1,000 tickets, asked for by one browser after the other."""
    tickets, asked = run.size(1000, 40), run.size(60, 3)
    path = run.place() / "office.db"
    with Desk.open(f"sqlite:///{path}") as desk:
        fill_board(desk, tickets)
        app = create_app(desk)
        house = House(app, desk, Clock())
        house.office.accounts.put(Account("cs-lin", "林小满", ("cs_specialist",)))
        cookie, _session = house.office.sessions.begin("cs-lin", "cs_specialist")
        headers = {"Cookie": f"aftersales={cookie}", "Accept-Encoding": "gzip", "Accept-Language": "zh"}
        with served(house) as base, closing(http.client.HTTPConnection(base.removeprefix("http://"))) as line:
            times = []
            for _ in range(run.rounds * asked + 5):
                start = perf_counter()
                page = _get(line, "/board", headers)
                times.append(perf_counter() - start)
            plain = _get(line, "/board", {**headers, "Accept-Encoding": "identity"}).decode()
            loaded = dict.fromkeys(re.findall(r'(?:href|src)="(/static/[^"#]+)', plain))
            weight = len(page) + sum(len(_get(line, each, headers)) for each in loaded)
        house.office.close()
    with closing(sqlite3.connect(path)) as raw:
        sql = []
        for _ in range(run.rounds * asked):
            start = perf_counter()
            for stage in STAGES:
                raw.execute(f"{SELECT} WHERE stage = ? ORDER BY next_due, ticket LIMIT 25", (stage,)).fetchall()
            sql.append(perf_counter() - start)
    half, slow = half_and_99(times[5:])
    yield Line(
        f"the board of {tickets:,} tickets in a browser's place, whole request", "ms",
        {"ours": half * 1e3, "raw": half_and_99(sql)[0] * 1e3, "p99": slow * 1e3},
        [Ratio("the 30 ms allowed", half / ALLOWED, 1, at_most=True)],
        "sign-in looked at, rights, seven columns, HTML, gzip, over loopback; raw: the same rows by hand, and nothing else",
    )  # fmt: skip
    yield Line(
        "the first page with all it loads, on the wire", "KiB", {"ours": weight / 1024}, [Ratio("the 100 KiB allowed", weight / WEIGHT, 1, at_most=True)],
        f"the board and {len(loaded)} files, gzipped, without headers",
    )  # fmt: skip


def _get(line: http.client.HTTPConnection, path: str, headers: dict[str, str]) -> bytes:
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    body = answer.read()
    assert answer.status == 200, (path, answer.status)
    return body
