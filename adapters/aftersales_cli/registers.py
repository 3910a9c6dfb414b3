"""登记表: the registers of the house on the screen, as a table for a spreadsheet, or as the forms they are."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from aftersales_cli.papers import masked
from aftersales_cli.reading import After, Limit, Wheres, cell, conditions, grid
from aftersales_cli.shell import Shell
from aftersales_core.errors import BadInput
from aftersales_core.ports import Page, Where
from aftersales_core.views import PAPERS, REGISTERS, View

if TYPE_CHECKING:
    from aftersales_core.desk import Desk

COLUMNS = {
    "slips": ("ticket", "visit", "slip_no", "customer", "crew", "installed_at", "state", "rating", "registered_at"),
    "calls": ("ticket", "called_at", "customer", "phone", "call_class", "outcome", "satisfaction", "registered", "shared"),
    "aftersales": ("ticket", "leftover", "matter", "problem", "ordered_at", "uploaded", "promised_on", "satisfaction", "repair_result"),
    "sheets": ("ticket", "sheet_no", "items", "issued_by", "reviewed_by", "own_sheet", "party", "promised_on", "state", "since"),
    "roster": ("ticket", "visit", "start", "crew", "customer", "phone", "address", "state"),
    "daily": ("day", "ticket", "visit", "crew", "customer", "leftovers", "written", "daily_report"),
    "goods": ("at", "ticket", "line", "item", "move", "qty", "place", "actor"),
    "commission": ("crew_member", "ticket", "visit", "installed_at", "counts", "why", "handed_in", "scored", "clauses"),
    "fields": ("ticket", "ref", "called", "content", "customer", "phone"),
    "papers": ("ticket", "paper", "part", "customer", "state", "since", "actor", "next_step", "next_role"),
}
"""What fits on a screen; a CSV holds every column."""


def register(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="slips, calls, aftersales, sheets, roster, daily, goods, commission, fields or papers")] = None,
    start: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], metavar="DATE", help="the first day, e.g. 2026-11-02")] = None,
    end: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], metavar="DATE", help="the last day")] = None,
    where: Wheres = None,
    as_csv: Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="write every row and column as CSV instead")] = None,
    as_html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="write every row as the form it is, for A4 paper, instead")] = None,
    limit: Limit = 50,
    after: After = None,
) -> None:
    """The registers a dealer keeps: what they are, or the rows of one."""
    from aftersales_core.forms import REGISTERS as LAYOUTS

    shell: Shell = ctx.obj
    known = {view.name: view for view in (*REGISTERS, PAPERS)}
    if name is None:
        _list(shell, list(known))
        return
    if name not in known:
        raise BadInput("no-such-view", view=name, known=list(known))
    view = known[name]
    with shell.desk() as desk:
        found = [*conditions(where), *days(LAYOUTS[name].day if name in LAYOUTS else "since", start, end, desk.playbook.timezone)]
        if as_html is not None:
            _print(shell, desk, view, found, as_html, (start, end))
            shell.note(shell.say("written", path=as_html))
        if as_csv is not None:
            count = _write(shell, desk, view, found, as_csv)
            shell.note(shell.say("csv-written", count=count, path=as_csv))
        if as_html is not None or as_csv is not None:
            return
        page: Page[Any] = desk.look(view, found, after=after, limit=limit)
    if shell.json:
        shell.emit({"register": name, "rows": page.rows, "next": page.next})
        return
    shell.heading(shell.word("register", name))
    grid(shell, page.rows, COLUMNS[name])
    if not page.rows:
        shell.note(shell.say("nothing-here"))
    if page.next is not None:
        shell.note(shell.say("next-page", cursor=page.next))


def _list(shell: Shell, names: list[str]) -> None:
    if shell.json:
        shell.emit([{"register": name, "title": shell.word("register", name)} for name in names])
        return
    for name in names:
        shell.line(f"{name:<12}{shell.word('register', name)}")


def days(column: str, start: datetime | None, end: datetime | None, zone: str) -> Iterator[Where]:
    """Conditions for days in the time zone of the house, both ends included."""

    def value(day: date) -> str | datetime:
        return day.isoformat() if column == "day" else datetime.combine(day, time(), ZoneInfo(zone))

    if start is not None:
        yield Where(column, "ge", value(start.date()))
    if end is not None:
        yield Where(column, "lt", value(end.date() + timedelta(days=1)))


def _write(shell: Shell, desk: Desk, view: View[Any], where: list[Where], path: Path) -> int:
    """Every row of a register as CSV that a spreadsheet opens; how many."""
    columns = tuple(view.shape.row.__dataclass_fields__)
    count = 0
    # the mark in front tells a spreadsheet that this is UTF-8
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(shell.say(f"col-{column}") for column in columns)
        for row in every(desk, view, where):
            told = zip(columns, astuple(row), strict=True)
            writer.writerow(harmless(cell(shell, row, c).replace("\n", "、") if v is not None else "") for c, v in told)
            count += 1
    return count


def _print(
    shell: Shell, desk: Desk, view: View[Any], where: list[Where], path: Path, asked: tuple[datetime | None, datetime | None]
) -> None:
    """Every row of a register as its form. Raises BadInput where there is none."""
    from aftersales_core.forms import html, register_forms

    first, last = (day and day.date().isoformat() for day in asked)
    forms = register_forms(view.name, list(every(desk, view, where)), desk.playbook, (first, last) if first and last else None)
    path.write_text(html([masked(shell, form) for form in forms], shell.lang), "utf-8")


def every(desk: Desk, view: View[Any], where: list[Where]) -> Iterator[Any]:
    """Every row of a view in its order, brought up to date first."""
    after: str | None = None
    while True:
        page: Page[Any] = desk.look(view, where, after=after, limit=1000, refresh=after is None)
        yield from page.rows
        after = page.next
        if after is None:
            return


def harmless(text: str) -> str:
    """*text* so that a spreadsheet shows it and does not reckon it: a formula begins with one of these signs."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
