"""A process killed while it records: what it acknowledged is there, once, and repeating the rest ends the same.

The file is also the program that is killed: `python test_crash.py URL refresh|plain|counter`.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from aftersales_core.audit import Report
from aftersales_core.desk import Desk
from aftersales_core.views import ALL

TICKETS = 60


def commands() -> list[dict[str, Any]]:
    """What the department says on this day, ticket by ticket."""
    said: list[dict[str, Any]] = [
        {"command": "report", "category": "repair", "customer": "王芳", "phone": "13812345678", "problem": "门歪"},
        {"command": "amend", "model": "K", "purchased_on": "2026-01-01", "address": "文三路"},
        {"command": "acknowledge"},
        {"command": "triage", "service": "repair", "needs_goods": False},
        {"command": "solve-remotely", "solution": "视频指导"},
    ]
    return [
        {**one, "ticket": f"AS-{n:03}", "command_id": f"c-{n:03}-{at}", "occurred_at": f"2026-11-02T08:{at:02}:00+08:00",
         "actor": "li-na", "role": "cs_specialist"}
        for n in range(TICKETS)
        for at, one in enumerate(said)
    ]  # fmt: skip


async def at_the_counter(desk: Desk) -> None:
    """Every ticket has a client of its own, and all come at once."""
    with desk.counter() as counter:

        async def client(ticket: str) -> None:
            for command in commands():
                if command["ticket"] == ticket:
                    await counter.handle(command)
                    sys.stdout.write(f"{command['command_id']}\n")
                    sys.stdout.flush()

        await asyncio.gather(*(client(f"AS-{n:03}") for n in range(TICKETS)))


def main(url: str, mode: str) -> None:
    with Desk.open(url) as desk:
        if mode == "counter":
            asyncio.run(at_the_counter(desk))
            return
        for command in commands():
            desk.handle(command)
            sys.stdout.write(f"{command['command_id']}\n")
            sys.stdout.flush()
            if mode == "refresh":
                desk.refresh()


def _killed_after(url: str, mode: str, lines: int) -> list[str]:
    """The acknowledgements of a program that was killed once it had given so many."""
    program = subprocess.Popen([sys.executable, __file__, url, mode], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    with program.stdout as out:
        heard = [out.readline().strip() for _ in range(lines)]
        program.send_signal(signal.SIGKILL)
        heard += [line.strip() for line in out if line.endswith("\n")]
    assert program.wait() == -signal.SIGKILL
    return heard


def _rows(desk: Desk) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for view in ALL:
        rows, after = [], None
        while True:
            page = desk.look(view, after=after, limit=100)
            rows += page.rows
            after = page.next
            if after is None:
                break
        found[view.name] = rows
    return found


@pytest.mark.parametrize(("mode", "lines"), [("plain", 1), ("plain", 113), ("refresh", 7), ("refresh", 68), ("counter", 1), ("counter", 150)])
def test_what_was_acknowledged_survives_a_kill(shared_url: str, mode: str, lines: int) -> None:
    url = shared_url

    heard = _killed_after(url, mode, lines)

    assert len(heard) >= lines
    with Desk.open(url) as desk:
        recorded = [(e.ticket, e.version, e.envelope.command_id, e.fact.kind) for e in desk.ledger.since(0, 10_000)]
        ids = {command_id for _t, _v, command_id, _k in recorded}
        assert set(heard) <= ids
        # one more of each client may have been recorded than the program lived to say
        assert len(ids) <= len(heard) + (TICKETS if mode == "counter" else 1)
        assert max(Counter((t, v) for t, v, _c, _k in recorded).values()) == 1
        assert list(desk.verify(Report())) == []

        receipts = [desk.handle(command) for command in commands()]

        assert {c["command_id"] for c, r in zip(commands(), receipts, strict=True) if r.repeated} == ids
        assert desk.ledger.count() == TICKETS * 6
        everybody = Counter(e.envelope.command_id for e in desk.ledger.since(0, 10_000))
        assert everybody == {c["command_id"]: 2 if c["command"] == "solve-remotely" else 1 for c in commands()}
        report = Report()
        assert list(desk.verify(report)) == []
        assert (report.tickets, report.facts) == (TICKETS, TICKETS * 6)


@pytest.mark.parametrize("lines", [5, 31])
def test_views_of_a_killed_process_go_on_as_if_nothing_had_been(shared_url: str, lines: int) -> None:
    url = shared_url
    _killed_after(url, "refresh", lines)

    with Desk.open(url) as desk:
        grown = _rows(desk)
        desk.rebuild()

        assert _rows(desk) == grown
        assert len(grown["timeline"]) == desk.ledger.count()


if __name__ == "__main__":
    main(*sys.argv[1:])
