"""演示: a month of a company's life put into an empty database, and what one would want to see of it first."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from aftersales_cli.reading import BOARD_COLUMNS, day, grid
from aftersales_cli.shell import Shell
from aftersales_cli.telling import clause_texts, condensed
from aftersales_core import wording
from aftersales_core.errors import BadInput, CommandReused, Refused
from aftersales_core.ports import Page

if TYPE_CHECKING:
    from aftersales_core.desk import Desk

WRITTEN_AFTER = timedelta(minutes=2)
"""How long after it happened the demo writes a fact down; what is told late is written down in its turn."""


class _Clock:
    """The month's own time, so that the demo looks the same on every day of every year; it never runs backwards."""

    def __init__(self) -> None:
        self.at = datetime.min.replace(tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def hear(self, command: Mapping[str, Any]) -> None:
        happened = command["occurred_at"]
        if isinstance(happened, str):
            happened = datetime.fromisoformat(happened)
        self.at = max(self.at, happened + WRITTEN_AFTER)


def demo(
    ctx: typer.Context,
    tickets: Annotated[int, typer.Option(min=1, max=100_000, help="how many tickets the month has")] = 320,
) -> None:
    """Fill an empty database with a month of a company's life, and show what there is to see."""
    shell: Shell = ctx.obj
    scene = import_module("aftersales_core.demo")
    month = list(scene.month(tickets))
    clock = _Clock()
    with shell.desk(making=True, clock=clock) as desk:
        _only_ours(desk, month)
        refused = 0
        with shell.progress(shell.say("demo-filling"), len(month)) as bar:
            for at, command in enumerate(month, 1):
                clock.hear(command)
                try:
                    desk.handle(command)
                except Refused:
                    refused += 1
                except CommandReused as problem:
                    # a month of another size has given the same ids to other commands
                    raise BadInput("demo-not-empty", found=desk.ledger.count(), ticket=problem.facts["used_for"]) from None
                if at % 50 == 0:
                    bar(at, None)
        with shell.progress(shell.say("building")) as bar:
            desk.refresh(progress=bar)
        if shell.json:
            _as_json(shell, desk, scene, len(month), refused)
            return
        shell.line(shell.say("demo-done", commands=len(month), refused=refused, facts=desk.ledger.count()))
        _show(shell, desk, scene)


def _only_ours(desk: Desk, month: list[dict[str, Any]]) -> None:
    """Raises BadInput where the database holds a fact that this demo did not write."""
    if not desk.ledger.count():
        return
    ours = {(command["ticket"], command["command_id"]) for command in month}
    for row in desk.ledger.raw():
        command_id = json.loads(bytes(row[3]).split(b"\n", 2)[1])["command_id"]
        if (row[0], command_id) not in ours:
            raise BadInput("demo-not-empty", found=desk.ledger.count(), ticket=row[0])


def _as_json(shell: Shell, desk: Desk, scene: Any, commands: int, refused: int) -> None:
    from aftersales_core.audit import Report

    report = Report()
    list(desk.verify(report))
    shell.emit(
        {"commands": commands, "refused": refused, "facts": report.facts, "tickets": report.tickets, "sound": report.sound,
         "stages": desk.tally("board", "stage"), "end": scene.END, "hard_ticket": scene.HARD_TICKET}
    )  # fmt: skip


def _show(shell: Shell, desk: Desk, scene: Any) -> None:
    _title(shell, "demo-today")
    day(shell, desk.worklist(scene.END), scene.END, 3)
    _title(shell, "demo-board")
    stages = desk.tally("board", "stage")
    shell.table((shell.say("col-stage"), shell.say("col-count")), [(shell.word("stage", s), n) for s, n in _by_stage(stages)])
    shell.line()
    shell.line(shell.say("demo-oldest"))
    page: Page[Any] = desk.look("board", order=("opened_at",), limit=500)
    oldest = [row for row in page.rows if row.stage not in ("CLOSED", "CANCELLED")]
    grid(shell, oldest[:5], BOARD_COLUMNS)
    _title(shell, "demo-hard", ticket=scene.HARD_TICKET)
    condensed(shell, desk.story(scene.HARD_TICKET))
    _title(shell, "demo-refused")
    explain(shell, desk, scene.REFUSED_COMMAND)
    _title(shell, "demo-verify")
    _verified(shell, desk)
    _title(shell, "demo-next")
    for line in _next(shell, scene):
        shell.line(f"  {line}")


def _title(shell: Shell, key: str, **facts: object) -> None:
    shell.print()
    shell.print(Text(f"━━ {shell.say(key, **facts)}", style="bold blue"))


def _by_stage(tally: Mapping[Any, int]) -> Iterator[tuple[str, int]]:
    from aftersales_core.moves import TICKET

    return ((stage, tally[stage]) for stage in TICKET.states if stage in tally)


def explain(shell: Shell, desk: Desk, command: Mapping[str, Any]) -> None:
    """Why *command* is refused: the sentence, the clauses in words, what is missing, the way on."""
    try:
        desk.check(command)
    except (Refused, CommandReused) as problem:
        facts = problem.facts
        shell.print(Text(shell.masked(problem.sentence(shell.lang)), style="bold red"))
        for clause, said in clause_texts(facts.get("clauses", ()), shell.lang):
            shell.print(Text(f"  § {clause}  {said}"))
        missing = [wording.missing(item, shell.lang, facts.get("titles")) for item in facts.get("missing", ())]
        if missing:
            shell.print(Text("  " + shell.say("what-is-missing", items=wording.listed(missing, shell.lang))))
        remedies = [f"{shell.word('command', name)} ({name})" for name in facts.get("remedies", ())]
        if remedies:
            shell.print(Text("  " + shell.say("way-on", items=wording.listed(remedies, shell.lang))))


def _verified(shell: Shell, desk: Desk) -> None:
    from aftersales_core.audit import Report

    report = Report()
    broken = len({finding.ticket for finding in desk.verify(report)})
    phrase = "verify-sound" if report.sound else "verify-broken"
    shell.line(shell.say(phrase, tickets=report.tickets, facts=report.facts, flagged=report.flagged, broken=broken))


def _program() -> str:
    """How this program is called from here: by its name where the shell finds it, else by its path."""
    name = Path(sys.argv[0]).name
    if name != "aftersales":
        return "aftersales"  # called as a library or by the tests
    found = shutil.which(name)
    if found and Path(found).samefile(sys.argv[0]):
        return name
    return shlex.quote(os.path.relpath(sys.argv[0]))


def _next(shell: Shell, scene: Any) -> list[str]:
    url, hard = shlex.quote(shell.options.db), shlex.quote(scene.HARD_TICKET)
    at = scene.END.isoformat(timespec="minutes")
    db = f"{_program()} --db {url}"
    return [
        f"{db} today --at {at} --list overdue",
        f"{db} show {hard}",
        f"{db} replay {hard} --from 1 --to 5",
        f"{db} legal {hard}",
        f"{db} board --stage READY",
        f"{db} diagram ticket --ticket {hard} --format svg -o ticket.svg",
        f"{db} verify",
    ]


