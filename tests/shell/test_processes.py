"""Several processes on one database: every command once, every chain whole, whoever came first.

The file is also the program: `python test_processes.py URL NAME`.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import Any

from aftersales_core.audit import Report
from aftersales_core.desk import Desk
from aftersales_core.errors import StaleTicket

TICKETS, ROUNDS, PROCESSES = 3, 12, 3


def tell(command: str, command_id: str, ticket: str, **more: Any) -> dict[str, Any]:
    envelope = {"ticket": ticket, "command_id": command_id, "command": command, "occurred_at": "2026-11-02T08:00:00Z"}
    return {**envelope, "actor": "li-na", "role": "cs_specialist", **more}


def opening(ticket: int) -> dict[str, Any]:
    words = {"category": "repair", "customer": "王芳", "phone": "13812345678", "problem": "门歪"}
    return tell("report", f"open-{ticket}", f"AS-{ticket}", **words)


def handled(desk: Desk, command: dict[str, Any]) -> None:
    """Sent until it is taken; others may be quicker for a while."""
    while True:
        try:
            desk.handle(command)
        except StaleTicket:
            continue
        return


def main(url: str, name: str) -> None:
    with Desk.open(url) as desk:
        for ticket in range(TICKETS):
            # everybody opens every ticket under the same id: one of them does, the others hear its answer
            handled(desk, opening(ticket))
        for n in range(ROUNDS):
            for ticket in range(TICKETS):
                handled(desk, tell("acknowledge", f"{name}-{ticket}-{n}", f"AS-{ticket}", note=name))
            handled(desk, tell("diagnose", f"all-{n}", f"AS-{n % TICKETS}", finding="铰链"))
            desk.count("timeline")


def test_processes_on_one_database_record_every_command_once(shared_url: str) -> None:
    url = shared_url
    Desk.open(url).close()

    programs = [subprocess.Popen([sys.executable, __file__, url, f"p{n}"]) for n in range(PROCESSES)]
    assert [program.wait(120) for program in programs] == [0] * PROCESSES

    expected = [f"p{p}-{t}-{n}" for p in range(PROCESSES) for t in range(TICKETS) for n in range(ROUNDS)]
    expected += [f"open-{t}" for t in range(TICKETS)] + [f"all-{n}" for n in range(ROUNDS)]
    with Desk.open(url) as desk:
        assert Counter(e.envelope.command_id for e in desk.ledger.since(0, 10_000)) == Counter(expected)
        report = Report()
        assert list(desk.verify(report)) == []
        assert (report.tickets, report.facts) == (TICKETS, len(expected))
        assert desk.count("timeline") == len(expected)
        assert desk.count("board") == TICKETS


def test_a_reader_in_another_process_sees_what_was_acknowledged(shared_url: str) -> None:
    url = shared_url
    with Desk.open(url) as desk:
        desk.handle(opening(1))
        program = "import sys; from aftersales_core import Desk; print(Desk.open(sys.argv[1]).state('AS-1').stage)"

        said = subprocess.run([sys.executable, "-c", program, url], capture_output=True, text=True, check=True)

        assert said.stdout.strip() == "REPORTED"
        assert desk.handle(tell("acknowledge", "c-2", "AS-1")).version == 2


if __name__ == "__main__":
    main(*sys.argv[1:])
