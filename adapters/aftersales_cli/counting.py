"""报表: the reports of the house: figures, each with the tickets it was counted from."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aftersales_cli.clocking import length
from aftersales_cli.registers import days, every, harmless
from aftersales_cli.shell import Shell
from aftersales_core import wording
from aftersales_core.errors import BadInput

if TYPE_CHECKING:
    from aftersales_core.reports import Line

SHOWN = 2
"""Tickets named behind a line on the screen; a CSV and JSON name them all."""


def report(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="times, satisfaction or recurring")] = None,
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="the first day, e.g. 2026-11-02")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="the last day")] = None,
    as_csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="write every line as CSV instead, with its tickets")] = None,
) -> None:
    """Figures over many tickets: which reports there are, or one, each number with the tickets behind it."""
    from aftersales_core.reports import REPORTS

    shell: Shell = ctx.obj
    if name is None:
        _list(shell, list(REPORTS))
        return
    if name not in REPORTS:
        raise BadInput("no-such-report", report=name, known=list(REPORTS))
    asked = REPORTS[name]
    with shell.desk() as desk:
        lines = asked.lines(list(every(desk, asked.view, list(days(asked.day, start, end, desk.playbook.timezone)))))
    if as_csv is not None:
        _write(shell, lines, as_csv)
        shell.note(shell.say("csv-written", count=len(lines), path=as_csv))
        return
    if shell.json:
        shell.emit({"report": name, "lines": lines})
        return
    shell.heading(shell.word("report", name))
    if not lines:
        shell.note(shell.say("nothing-here"))
        return
    heads = _heads(shell, lines[0], "hours")
    cells = [[*_about(shell, line), *_figures(shell, line), _behind(shell, line)] for line in lines]
    shell.table(heads, cells, [True] * (len(heads) - 1))


def _list(shell: Shell, names: list[str]) -> None:
    if shell.json:
        shell.emit([{"report": name, "title": shell.word("report", name)} for name in names])
        return
    for name in names:
        shell.line(f"{name:<14}{shell.word('report', name)}")


TIMES = ("median", "p90")
"""Figures in minutes; on the screen they are hours and minutes."""


def _heads(shell: Shell, line: Line, unit: str) -> list[str]:
    names = (*line.about, *line.figures, "tickets")
    return [shell.say(f"col-{name}") + (shell.say(unit) if name in TIMES else "") for name in names]


VOCABULARY = {"span": "span", "by": "by", "source": "score-source", "what": "what"}
"""What a line is about → the vocabulary its words are in."""


def _about(shell: Shell, line: Line) -> list[str]:
    return [shell.word(VOCABULARY[key], value) if key in VOCABULARY else value for key, value in line.about.items()]


def _figures(shell: Shell, line: Line) -> list[str]:
    """The numbers as people read them: minutes as hours and minutes, a share as percent."""

    def said(name: str, value: float) -> str:
        if name in TIMES:
            return length(timedelta(minutes=value))
        return f"{value:g} %" if name == "share" else f"{value:g}"

    return [said(name, figure.value) for name, figure in line.figures.items()]


def _tickets(line: Line) -> tuple[str, ...]:
    return line.figures["count"].tickets


def _behind(shell: Shell, line: Line) -> str:
    tickets = _tickets(line)
    more = f" +{len(tickets) - SHOWN}" if len(tickets) > SHOWN else ""
    return wording.listed(tickets[:SHOWN], shell.lang) + more


def _write(shell: Shell, lines: Sequence[Line], path: Path) -> None:
    """Every line with its numbers as they are, in minutes and percent, and all its tickets."""
    # the mark in front tells a spreadsheet that this is UTF-8
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        for line in lines[:1]:
            writer.writerow(_heads(shell, line, "minutes"))
        for line in lines:
            numbers = [str(figure.value) for figure in line.figures.values()]
            writer.writerow([*map(harmless, _about(shell, line)), *numbers, "、".join(_tickets(line))])
