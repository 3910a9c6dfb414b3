"""重判: the command that judges what was decided once more, by the rules it was decided under or by others."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final
from zoneinfo import ZoneInfo

import typer

from aftersales_cli import plain as text
from aftersales_cli.shell import Shell, plain, read_playbook

if TYPE_CHECKING:
    from aftersales_core.audit import Judged

EXAMPLES: Final = 3
"""How many decisions of a kind are named, unless all are asked for."""


def rejudge(
    ctx: typer.Context,
    ticket: Annotated[str | None, typer.Argument(metavar="[TICKET]", help="only this ticket")] = None,
    under: Annotated[Path | None, typer.Option("--under", metavar="FILE", help="by this playbook instead, to see what it would have changed")] = None,
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="only decisions about what happened from this day on")] = None,
    every: Annotated[bool, typer.Option("--all", help="name every decision, not a few of each kind")] = False,
) -> None:
    """Judge every decision again, each on what was recorded by then. Without --under each has to come out as it did."""
    from aftersales_core.audit import Rejudged, alike

    shell: Shell = ctx.obj
    report = Rejudged()
    book = read_playbook(under) if under is not None else None
    with shell.desk() as desk, shell.progress(shell.say("judging")) as bar:
        since = start.replace(tzinfo=ZoneInfo(desk.playbook.timezone)) if start is not None else None
        found = list(desk.rejudge(report, ticket, under=book, since=since, progress=bar))
    if shell.json:
        shell.emit({
            "playbook": book.id if book is not None else None, "tickets": report.tickets, "decisions": report.decisions, "same": report.same,
            "outcomes": dict(report.outcomes), "judged": [_json(shell, each) for each in found],
        })  # fmt: skip
    else:
        for kind in alike(found):
            _tell(shell, kind, every)
        said = "rejudged-same" if not found else "rejudged-under" if book is not None else "rejudged"
        facts = {"decisions": report.decisions, "tickets": report.tickets, "same": report.same, "changed": len(found), "playbook": book.id if book else ""}
        shell.line(shell.say(said, **facts))
    raise typer.Exit(1 if found else 0)


def _tell(shell: Shell, kind: list[Judged], every: bool) -> None:
    first = kind[0]
    what = shell.word("command", first.command) if first.command else shell.word("fact", first.entries[0].fact.kind)
    shell.line(f"✗ {shell.say(f'judged-{first.outcome}', count=len(kind), what=what)}")
    for sentence in _sentences(shell, first):
        shell.line(f"    {shell.masked(sentence)}")
    for each in islice(kind, None if every else EXAMPLES):
        entry = each.entries[0]
        where = shell.say("judged-where", ticket=each.ticket, version=each.version)
        shell.line(f"    {where}  {text.moment(entry.occurred_at)}  {shell.role(entry.envelope.role)} {entry.envelope.actor}")
    if not every and len(kind) > EXAMPLES:
        shell.line(f"    {shell.say('and-more', count=len(kind) - EXAMPLES)}")


def _sentences(shell: Shell, judged: Judged) -> list[str]:
    return [shell.sentence(each.error(judged.ticket, judged.command)) for each in judged.refusals]


def _json(shell: Shell, judged: Judged) -> dict[str, Any]:
    entry = judged.entries[0]
    return {
        "ticket": judged.ticket, "version": judged.version, "command": judged.command, "outcome": judged.outcome, "occurred_at": entry.occurred_at,
        "actor": entry.actor, "role": entry.envelope.role, "recorded": [plain(each.fact) for each in judged.entries], "now": [plain(each) for each in judged.facts],
        "refusals": [
            {"code": each.code, "clauses": each.clauses, "missing": each.missing, "remedies": each.remedies, "sentence": sentence}
            for each, sentence in zip(judged.refusals, _sentences(shell, judged), strict=True)
        ],
    }  # fmt: skip
