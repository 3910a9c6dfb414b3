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

from aftersales_cli.plain import moment
from aftersales_cli.reading import BOARD_COLUMNS, day, grid
from aftersales_cli.shell import Shell
from aftersales_cli.telling import clause_texts, condensed
from aftersales_core import wording
from aftersales_core.errors import BadInput, CommandReused, Refused, UnknownFile
from aftersales_core.ports import Page

if TYPE_CHECKING:
    from aftersales_core.clocks import Round
    from aftersales_core.desk import Desk
    from aftersales_core.views import TaskRow

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
        told = _told_before(desk, month)
        _keep(desk, scene, month)
        # what was refused the first time may be legal by now, and would be out of its time
        mistakes = scene.mistakes(tickets) if told else {}
        refused = sum(command["command_id"] in mistakes for command in month[:told])
        with shell.progress(shell.say("demo-filling"), len(month)) as bar:
            for at, command in enumerate(month[told:], told + 1):
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


def _told_before(desk: Desk, month: list[dict[str, Any]]) -> int:
    """How many of the month's commands were given already: up to the last that was recorded.

    Raises:
        BadInput: the database holds a fact that this demo did not write.
    """
    places = {(command["ticket"], command["command_id"]): at for at, command in enumerate(month, 1)}
    last = 0
    for row in desk.ledger.raw():
        command_id = json.loads(bytes(row[3]).split(b"\n", 2)[1])["command_id"]
        if (row[0], command_id) not in places:
            raise BadInput("demo-not-empty", found=desk.ledger.count(), ticket=row[0])
        last = max(last, places[row[0], command_id])
    return last


def _keep(desk: Desk, scene: Any, month: list[dict[str, Any]]) -> None:
    """Keep the files that the month's commands name."""
    named = {command.get("digest") for command in month}
    for picture in scene.files():
        if picture.digest not in named:
            continue
        try:
            desk.keep(picture.content, media_type=picture.media_type, name=picture.name)
        except UnknownFile:
            # somebody took it away for good since the first run, and what was answered then is answered again
            continue


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
    tasks = desk.worklist(scene.END)
    day(shell, tasks, scene.END, 3)
    _title(shell, "demo-calendar")
    _calendar(shell, desk, scene)
    _title(shell, "demo-reminders")
    _reminders(shell, desk, tasks, scene.END)
    _title(shell, "demo-board")
    stages = desk.tally("board", "stage")
    shell.table((shell.say("col-stage"), shell.say("col-count")), [(shell.word("stage", s), n) for s, n in _by_stage(stages)])
    shell.line()
    shell.line(shell.say("demo-oldest"))
    page: Page[Any] = desk.look("board", order=("opened_at",), limit=500)
    oldest = [row for row in page.rows if row.stage not in ("CLOSED", "CANCELLED")]
    grid(shell, oldest[:5], [c for c in BOARD_COLUMNS if c != "crew"])
    _title(shell, "demo-hard", ticket=scene.HARD_TICKET)
    condensed(shell, desk.story(scene.HARD_TICKET))
    _title(shell, "demo-refused")
    explain(shell, desk, scene.REFUSED_COMMAND)
    _title(shell, "demo-verify")
    _verified(shell, desk)
    _title(shell, "demo-next")
    for line in _next(shell, desk, scene):
        shell.line(f"  {line}")
    shell.line(shell.say("demo-serve"))


def _calendar(shell: Shell, desk: Desk, scene: Any) -> None:
    """The routines whose time it is, and how those before went."""
    from aftersales_core.clocks import logs_of, rounds_of

    first, today = scene.START.date(), scene.END.date()
    logs = {number: desk.clerk.log(number) for number in logs_of(first, today)}
    rounds = rounds_of(desk.playbook, logs, first, today, scene.END)
    shell.table(
        [shell.say(f"demo-col-{c}") for c in ("routine", "by", "who", "how")],
        [
            # the end of a day is midnight, and reads as if it were the day after
            (_called(desk, "routine", each.routine, shell), moment(each.due_at - timedelta(seconds=each.due_at.hour == 0)),
             shell.word("role", each.roles[0]), _how(shell, each))
            for each in rounds
            if each.opens_at <= scene.END < each.ends_at
        ],
    )  # fmt: skip
    over = [each.state for each in rounds if each.due_at <= scene.END]
    shell.line(shell.say("demo-rounds", count=len(over), **{state: over.count(state) for state in ("done", "late", "missed")}))


def _how(shell: Shell, one: Round) -> str:
    """Whether it was done, and how much was heard."""
    if one.done is None:
        return shell.say(f"round-{one.state}")
    phrase = "round-heard" if one.done.opinions else "round-done"
    return shell.say(phrase, at=moment(one.done.at), count=len(one.done.opinions))


def _reminders(shell: Shell, desk: Desk, tasks: list[TaskRow], at: datetime) -> None:
    """How many open tasks come from the playbook's own clocks."""
    found = [(rule.id, [row for row in tasks if row.task == rule.id]) for rule in desk.playbook.reminders]
    shell.table(
        [shell.say(f"demo-col-{c}") for c in ("reminder", "open", "overdue", "clauses")],
        [
            (_called(desk, "task", name, shell), len(open_), sum(row.overdue(at) for row in open_), open_[0].clauses)
            for name, open_ in found
            if open_
        ],
    )


def _called(desk: Desk, kind: str, name: str, shell: Shell) -> str:
    """What the playbook calls something of its own."""
    return str(getattr(desk.playbook.titles[f"{kind}:{name}"], shell.lang))


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
    from aftersales_core.audit import FilesReport, Report

    report = Report()
    broken = len({finding.ticket for finding in desk.verify(report)})
    phrase = "verify-sound" if report.sound else "verify-broken"
    shell.line(shell.say(phrase, tickets=report.tickets, facts=report.facts, flagged=report.flagged, broken=broken))
    kept = FilesReport()
    broken = len(list(desk.verify_files(kept)))
    phrase = "files-sound" if kept.sound else "files-broken"
    shell.line(shell.say(phrase, named=kept.named, whole=kept.whole, removed=kept.removed, orphans=len(kept.orphans), broken=broken))


def _program() -> str:
    """How this program is called from here: by its name where the shell finds it, else by its path."""
    name = Path(sys.argv[0]).name
    if name != "aftersales":
        return "aftersales"  # called as a library or by the tests
    found = shutil.which(name)
    if found and Path(found).samefile(sys.argv[0]):
        return name
    return shlex.quote(os.path.relpath(sys.argv[0]))


def _next(shell: Shell, desk: Desk, scene: Any) -> list[str]:
    url, hard = shlex.quote(shell.options.db), shlex.quote(scene.HARD_TICKET)
    at = scene.END.isoformat(timespec="minutes")
    db = f"{_program()} --db {url}"
    photo = next(file.digest for file in desk.state(scene.HARD_TICKET).files)
    return [
        f"{db} today --at {at} --list overdue",
        f"{db} show {hard}",
        f"{db} replay {hard} --from 1 --to 5",
        f"{db} legal {hard}",
        f"{db} board --stage READY",
        f"{db} diagram ticket --ticket {hard} --format svg -o ticket.svg",
        f"{db} files get {photo} -o photo.png",
        f"{db} verify",
        f"{db} proof take --name demo",
    ]


