"""时钟: the command that tells the clocks of a ticket: what is due, what stands still, and why."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from aftersales_cli import plain as text
from aftersales_cli.reading import TicketNo
from aftersales_cli.shell import Shell, instant, plain

if TYPE_CHECKING:
    from aftersales_core.clocks import TicketClock

COLUMNS = ("clock", "ref", "state", "due_at", "remaining", "clauses")


def clocks(
    ctx: typer.Context,
    ticket: TicketNo,
    at: Annotated[str | None, typer.Option(metavar="ISO", help="as of this moment instead of now, with its time zone")] = None,
    why: Annotated[bool, typer.Option("--why", help="also tell when each clock ran, stood still or was outside hours")] = False,
) -> None:
    """The clocks of a ticket: by when something is to be done, and how it stands with it."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        found = desk.clocks(ticket, as_of=instant("--at", at))
    if shell.json:
        shell.emit({"ticket": ticket, "clocks": [_json(clock) for clock in found]})
        return
    if not found:
        shell.note(shell.say("nothing-here"))
        return
    if not why:
        shell.table([shell.say(f"col-{c}") for c in COLUMNS], [_cells(shell, c) for c in found], [c != "clauses" for c in COLUMNS])
        return
    for clock in found:
        name, *rest = (cell for cell in _cells(shell, clock) if cell not in ("", "—"))
        shell.print(Text(name, style="bold") + Text("  " + "  ".join(rest), style="not bold"))
        for part in clock.segments:
            span = f"{text.moment(part.start)} → {text.moment(part.end)}  {length(part.end - part.start)}"
            shell.print(Text(f"      {span}  {shell.word('segment', part.kind)}", style="dim"))


def _json(clock: TicketClock) -> object:
    left = None if clock.remaining is None else clock.remaining.total_seconds()
    return {**plain(clock), "elapsed": clock.elapsed.total_seconds(), "remaining": left}


def _cells(shell: Shell, clock: TicketClock) -> list[str]:
    # a clock that has stopped has nothing left
    left = length(clock.remaining) if clock.remaining is not None and clock.stop is None else "—"
    return [
        shell.word("clock", clock.id), shell.part(clock.ref), shell.word("clock-state", clock.state),
        text.moment(clock.due) if clock.due else "—", left, " ".join(clock.clauses),
    ]  # fmt: skip


def length(time: timedelta) -> str:
    """`49:30` for two days, an hour and a half; `-0:10` for ten minutes over."""
    minutes = int(abs(time).total_seconds()) // 60
    return f"{'-' if time < timedelta() else ''}{minutes // 60}:{minutes % 60:02}"
