"""条款: what the clauses say, how the software carries them, where, and which scenarios show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from aftersales_cli.shell import Shell, plain
from aftersales_core import wording
from aftersales_core.errors import BadInput

if TYPE_CHECKING:
    from aftersales_core.playbooks import Clause
    from aftersales_core.playbooks.register import Shown

Report = Mapping[str, tuple["Shown", ...]]


def clauses(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="clauses such as L-14; without any, all of them")] = None,
    only: Annotated[str | None, typer.Option("--series", metavar="LETTER", help="only this series, e.g. F")] = None,
    unfinished: Annotated[bool, typer.Option("--open", help="only those planned, or shown by no passing scenario of the report")] = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="scenarios, as pytest --clause-report wrote them")] = None,
) -> None:
    """What the clauses say, where they come from, how the software carries them and where."""
    from aftersales_core.playbooks import clauses as register
    from aftersales_core.rules import preset

    shell: Shell = ctx.obj
    known = register()
    asked = _asked(shell, known, ids, only)
    shown = None if report is None else _read(report)
    if unfinished:
        asked = [clause for clause in asked if _unfinished(clause, known[clause], shown)]
    book = preset()
    used = _used(book)
    if shell.json:
        rows = [{"id": c, **plain(known[c]), "used": used.get(c, [])} for c in asked]
        shell.emit(rows if shown is None else [{**row, "scenarios": [plain(s) for s in shown.get(row["id"], ())]} for row in rows])
        return
    for clause in asked:
        _tell(shell, clause, known[clause])
        for place in used.get(clause, ()):
            shell.print(Text(f"  ↳ {book.id} {place}", style="cyan"))
        if shown is not None:
            _scenarios(shell, shown.get(clause, ()))
    counts = Counter(known[clause].carried for clause in asked)
    said = wording.listed((f"{shell.word('carried', c)} {n}" for c, n in sorted(counts.items(), key=lambda p: _rank(p[0]))), shell.lang)
    shell.line(shell.say("clauses-total", count=len(asked), said=said or "—"))


def _asked(shell: Shell, known: Mapping[str, Clause], ids: list[str] | None, only: str | None) -> list[str]:
    from aftersales_core.playbooks.register import series

    asked = [clause.upper() for clause in ids or known]
    for clause in asked:
        if clause not in known:
            raise BadInput("no-such-clause", clause=clause)
    if only is None:
        return asked
    there = list(dict.fromkeys(map(series, known)))
    if only.upper() not in there:
        raise BadInput("bad-option", field="--series", value=only, reason=wording.listed(there, shell.lang))
    return [clause for clause in asked if series(clause) == only.upper()]


def _read(path: Path) -> Report:
    from pydantic import ValidationError

    from aftersales_core.playbooks.register import read_report

    try:
        return read_report(path.read_text("utf-8"))
    except (ValidationError, UnicodeDecodeError) as problem:
        reason = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else str(problem)
        raise BadInput("bad-option", field="--report", value=str(path), reason=reason) from None


def _unfinished(name: str, clause: Clause, shown: Report | None) -> bool:
    if clause.carried in ("planned", "outside") or shown is None:
        return clause.carried == "planned"
    return not any(scenario.outcome == "passed" for scenario in shown.get(name, ()))


def _used(book: Any) -> dict[str, list[str]]:
    """Clause → the entries of *book* that cite it."""
    from aftersales_core.playbooks.register import entries

    used: dict[str, list[str]] = {}
    for kind, name, cited in entries(book):
        place = f"{kind} {name}" + (f" = {book.setting[name].value}" if kind == "setting" else "")
        for clause in cited:
            used.setdefault(clause, []).append(place)
    return {clause: list(dict.fromkeys(places)) for clause, places in used.items()}


def _rank(carried: str) -> int:
    from aftersales_core.playbooks.register import CARRIED

    return [*CARRIED, ""].index(carried)


def _tell(shell: Shell, name: str, clause: Clause) -> None:
    """The clause in words, how it is carried and where."""
    shell.print(Text(name, style="bold") + Text(f"  {clause.source}  {clause.kind}", style="not bold dim"))
    shell.print(Text(f"  {getattr(clause, shell.lang)}"))
    style = {"planned": "yellow", "": "yellow", "outside": "dim"}.get(clause.carried, "green")
    told = Text(f"  {shell.word('carried', clause.carried)}", style=style)
    if clause.mechanism:
        told.append(f"  {shell.word('mechanism', clause.mechanism)}", style="not bold default")
    if clause.where:
        told.append(f"  {' '.join(clause.where)}", style="default")
    shell.print(told)
    if clause.note is not None:
        shell.print(Text(f"  {getattr(clause.note, shell.lang)}", style="dim"))


def _scenarios(shell: Shell, shown: tuple[Shown, ...]) -> None:
    if not shown:
        shell.print(Text(f"  {shell.say('no-scenario')}", style="yellow"))
    for one in shown:
        mark = "✓" if one.outcome == "passed" else "✗"
        shell.print(Text(f"  {mark} {one.scenario}  {one.feature}", style="green" if one.outcome == "passed" else "red"))
