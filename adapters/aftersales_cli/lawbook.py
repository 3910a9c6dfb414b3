"""条款: what the clauses say, how the software carries them, where, and which scenarios show it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aftersales_cli import lawtables
from aftersales_cli.shell import Shell, plain
from aftersales_core import wording
from aftersales_core.errors import BadInput

if TYPE_CHECKING:
    from aftersales_core.playbooks import Clause
    from aftersales_core.playbooks.register import Report


def clauses(
    ctx: typer.Context,
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="clauses such as L-14; without any, all of them")] = None,
    only: Annotated[str | None, typer.Option("--series", metavar="LETTER", help="only this series, e.g. F")] = None,
    unfinished: Annotated[bool, typer.Option("--open", help="only those not carried, or shown by no scenario that passed")] = False,
    missing: Annotated[bool, typer.Option("--missing", help="instead: what is in the catalogue and not in the register yet")] = False,
    report: Annotated[Path | None, typer.Option("--report", metavar="FILE", help="scenarios of your own run, as pytest --clause-report wrote them")] = None,
) -> None:
    """What the clauses say, where they come from, how the software carries them, where, and which scenarios show it."""
    from aftersales_core.playbooks import clauses as register
    from aftersales_core.playbooks import register as lawbook
    from aftersales_core.rules import preset

    shell: Shell = ctx.obj
    known = register()
    asked = _asked(shell, known, ids, only)
    if missing:
        _missing(shell, only)
        return
    shown = lawbook.shown() if report is None else _read(report)
    if unfinished:
        asked = [clause for clause in asked if lawtables.why_open(known[clause], shown.get(clause, ()))]
    book = preset()
    used = _used(book)
    if shell.json:
        shell.emit([
            {"id": c, **plain(known[c]), "used": used.get(c, []), "scenarios": plain(shown.get(c, ()))} for c in asked
        ])  # fmt: skip
        return
    if ids:
        for clause in asked:
            lawtables.tell(shell, clause, known[clause], [f"{book.id} {place}" for place in used.get(clause, ())], shown.get(clause, ()))
    else:
        lawtables.listed(shell, {clause: known[clause] for clause in asked}, shown, unfinished=unfinished)
        absent = lawbook.missing(known)
        more = sum(len(absent.get(name, ())) for name in _series(only))
        shell.line()
        shell.line(shell.say("clauses-shown", count=sum(lawtables.passes(shown.get(clause, ())) for clause in asked)))
        if more:
            shell.line(shell.say("clauses-more", count=more))
    shell.line(lawtables.total(shell, [known[clause] for clause in asked]))


def _series(only: str | None) -> list[str]:
    from aftersales_core.playbooks.register import catalogue

    return [name for name in catalogue() if only is None or name == only.upper()]


def _asked(shell: Shell, known: Mapping[str, Clause], ids: list[str] | None, only: str | None) -> list[str]:
    from aftersales_core.playbooks.register import catalogue, series

    asked = [clause.upper() for clause in ids or known]
    for clause in asked:
        if clause not in known:
            raise BadInput("no-such-clause", clause=clause)
    if only is None:
        return asked
    if only.upper() not in catalogue():
        raise BadInput("bad-option", field="--series", value=only, reason=wording.listed(catalogue(), shell.lang))
    return [clause for clause in asked if series(clause) == only.upper()]


def _missing(shell: Shell, only: str | None) -> None:
    """What the catalogue has and the register does not, by series with counts."""
    from aftersales_core.playbooks import clauses as register
    from aftersales_core.playbooks.register import catalogue, missing

    absent = missing(register())
    rows: list[dict[str, Any]] = [
        {
            "series": name, "zh": each.zh, "en": each.en, "sources": each.sources, "catalogued": len(each.clauses),
            "registered": len(each.clauses) - len(absent.get(name, ())), "missing": absent.get(name, ()),
        }
        for name, each in catalogue().items() if name in _series(only)
    ]  # fmt: skip
    if shell.json:
        counts = {key: sum(row[key] for row in rows) for key in ("catalogued", "registered")}
        shell.emit({**counts, "missing": sum(len(row["missing"]) for row in rows), "series": rows})
    else:
        lawtables.missing(shell, rows)


def _read(path: Path) -> Report:
    from pydantic import ValidationError

    from aftersales_core.playbooks.register import read_report

    try:
        return read_report(path.read_text("utf-8"))
    except (ValidationError, UnicodeDecodeError) as problem:
        reason = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else str(problem)
        raise BadInput("bad-option", field="--report", value=str(path), reason=reason) from None


def _used(book: Any) -> dict[str, list[str]]:
    """Clause → the entries of *book* that cite it."""
    from aftersales_core.playbooks.register import entries

    used: dict[str, list[str]] = {}
    for kind, name, cited in entries(book):
        place = f"{kind} {name}" + (f" = {book.setting[name].value}" if kind == "setting" else "")
        for clause in cited:
            used.setdefault(clause, []).append(place)
    return {clause: list(dict.fromkeys(places)) for clause, places in used.items()}
