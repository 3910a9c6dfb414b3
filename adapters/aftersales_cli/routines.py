"""例行工作: the command that tells what comes round with the calendar, and whether it was done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.text import Text

from aftersales_cli import plain as text
from aftersales_cli.reading import now
from aftersales_cli.shell import Shell, instant, plain
from aftersales_core.errors import BadInput

if TYPE_CHECKING:
    from aftersales_core.clocks import Round

COLUMNS = ("day", "routine", "state", "hours", "who", "done")

WHOLE = (True, False, True, True, True)
"""A role broken in two cannot be copied."""

LONGEST = timedelta(days=3 * 366)
"""More days than this are not listed in one go."""

_STYLES = {"overdue": "red", "missed": "red", "late": "yellow", "ahead": "dim"}


def routines(
    ctx: typer.Context,
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="the first day; the day of --at unless given")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="the last day; the first unless given")] = None,
    at: Annotated[str | None, typer.Option(metavar="ISO", help="as of this moment instead of now, with its time zone")] = None,
) -> None:
    """The routines of the house: what comes round in these days, whether it was done, by whom and what came of it."""
    shell: Shell = ctx.obj
    moment = instant("--at", at) or now()
    with shell.desk() as desk:
        first, last = _days(shell, start, end, moment.astimezone(ZoneInfo(desk.playbook.timezone)).date())
        found = sorted(desk.rounds(first, last, at=moment), key=lambda each: (each.opens_at, each.due_at, each.routine))
    if shell.json:
        rounds = [{**plain(each), "title": shell.word("routine", each.routine)} for each in found]
        shell.emit({"from": first, "to": last, "at": moment, "rounds": rounds})
    elif found:
        shell.table([shell.say(f"col-{column}") for column in COLUMNS], [_cells(shell, each) for each in found], WHOLE)
    else:
        shell.note(shell.say("nothing-here"))


def _days(shell: Shell, start: datetime | None, end: datetime | None, today: date) -> tuple[date, date]:
    first = start.date() if start else min(today, end.date()) if end else today
    return span(shell, first, end.date() if end else first)


def span(shell: Shell, first: date, last: date) -> tuple[date, date]:
    """The days themselves. Raises BadInput where they stand the wrong way round, or are too many for one go."""
    if last < first:
        raise BadInput("bad-option", field="--to", value=last, reason=shell.say("days-backwards", first=first))
    if last - first > LONGEST:
        raise BadInput("bad-option", field="--to", value=last, reason=shell.say("too-many-days", count=LONGEST.days))
    return first, last


def _cells(shell: Shell, each: Round) -> list[Any]:
    done = each.done
    said: list[str] = []
    if done is not None:
        said = [f"{text.moment(done.at)} {done.by}"]
        said += [shell.say("found", count=done.found)] if done.found is not None else []
        said += [shell.masked(done.note)] if done.note else []
        said += [shell.masked(f"{department}: {opinion}") for department, opinion in done.opinions]
    return [
        each.day.isoformat(), shell.word("routine", each.routine),
        Text(shell.word("round", each.state), style=_STYLES.get(each.state, "")),
        f"{text.moment(each.opens_at)[11:]}–{_until(each)}",
        "\n".join(map(shell.role, each.roles)), "\n".join(said),
    ]  # fmt: skip


def _until(each: Round) -> str:
    """The hour by which it should be done, with its day where that is another."""
    # the end of a day is told as its last minute, as clocks tell it
    due = text.moment(each.due_at - timedelta(minutes=each.due_at == each.ends_at))
    return due[11:] if due[:10] == text.moment(each.opens_at)[:10] else due
