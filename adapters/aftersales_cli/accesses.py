"""进出记录: the command that tells who came in, what was shown in full and what was carried out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from aftersales_cli import plain as text
from aftersales_cli.reading import now
from aftersales_cli.routines import span
from aftersales_cli.shell import Shell, plain

if TYPE_CHECKING:
    from aftersales_core.facts import Entry

COLUMNS = ("at", "actor", "role", "access", "details")

WHOLE = (True, True, True, True, False)

WEEK = timedelta(days=6)
"""Before the last day, where the first is not said."""


def accesses(
    ctx: typer.Context,
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="the first day; six days before the last unless given")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="the last day; today unless given")] = None,
) -> None:
    """Who came in, what he may, what was shown in full and what was carried out. (H-65)"""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        last = end.date() if end else now().astimezone(ZoneInfo(desk.playbook.timezone)).date()
        first = start.date() if start else max(last, datetime.min.date() + WEEK) - WEEK
        first, last = span(shell, first, last)
        found = desk.accesses(first, last)
    if shell.json:
        shell.emit({"from": first, "to": last, "accesses": [_json(each) for each in found]})
    elif found:
        shell.table([shell.say(f"col-{column}") for column in COLUMNS], [_cells(shell, each) for each in found], WHOLE)
    else:
        shell.note(shell.say("nothing-here"))


def _json(entry: Entry) -> dict[str, Any]:
    return {
        "log": entry.ticket, "version": entry.version, "kind": entry.fact.kind, "fact": plain(entry.fact),
        "envelope": plain(entry.envelope), "digest": entry.digest,
    }  # fmt: skip


def _cells(shell: Shell, entry: Entry) -> list[str]:
    from aftersales_core.wording.accesses import details, who

    said = details(dict(entry.fact), shell.lang, text.moment)
    colon = shell.say("colon")
    role = shell.role(entry.envelope.role) if shell.lang == "en" else who(entry.envelope.role, shell.lang)
    return [
        text.moment(entry.occurred_at), entry.actor, role, shell.word("fact", entry.fact.kind),
        "\n".join(f"{label}{colon}{shell.masked(content)}" for label, content in said),
    ]  # fmt: skip
