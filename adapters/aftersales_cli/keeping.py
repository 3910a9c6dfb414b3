"""保管: commands that carry the facts away, bring them back, prove them whole and build the views anew."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from aftersales_cli.shell import Shell
from aftersales_core import wording
from aftersales_core.errors import BadInput


def export(
    ctx: typer.Context,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="write it here")] = None,
) -> None:
    """Every fact as stored, one JSON line each; evidence, so nothing in it is masked."""
    shell: Shell = ctx.obj
    count = 0
    with shell.desk() as desk:
        if output is None:
            for line in desk.export():
                shell.line(line)
            return
        part = output.with_name(output.name + ".part")
        with shell.progress(str(output), desk.ledger.count()) as bar, part.open("w", encoding="utf-8", newline="\n") as stream:
            for count, line in enumerate(desk.export(), 1):
                stream.write(line + "\n")
                bar(count, None) if count % 500 == 0 else None
        # only a whole export bears the name that was asked for
        os.replace(part, output)
    shell.emit({"facts": count, "path": str(output)}) if shell.json else shell.note(shell.say("exported", count=count, path=output))


def import_(
    ctx: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="an export; - reads standard input")],
    as_is: Annotated[bool, typer.Option("--as-is", help="take also what verify would find fault with")] = False,
) -> None:
    """Bring an export into an empty database, all of it or nothing; it is proved before it stands."""
    shell: Shell = ctx.obj
    if file != "-" and not Path(file).is_file():
        raise BadInput("no-such-file", path=file)
    with shell.desk(making=True) as desk:
        count = desk.import_(_lines(file), as_is=as_is)
        with shell.progress(shell.say("building")) as bar:
            desk.refresh(progress=bar)
    shell.emit({"facts": count}) if shell.json else shell.line(shell.say("imported", count=count))


def _lines(file: str) -> Iterator[str]:
    read = 0
    try:
        with nullcontext(sys.stdin) if file == "-" else Path(file).open(encoding="utf-8-sig") as stream:
            for line in stream:
                read += 1
                yield line
    except UnicodeDecodeError as problem:
        raise BadInput("bad-export", line=read + 1, reason=str(problem)) from None


def verify(
    ctx: typer.Context,
    ticket: Annotated[str | None, typer.Argument(metavar="[TICKET]", help="only this ticket")] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, metavar="N", help="processes at once; what is found is the same")] = 1,
) -> None:
    """Check every stored fact: nothing missing, nothing changed, every move legal. Names the first bad fact of each ticket."""
    from aftersales_core.audit import Finding, Report

    shell: Shell = ctx.obj
    report = Report()
    first: dict[str, Finding] = {}
    with shell.desk() as desk, shell.progress(shell.say("verifying")) as bar:
        for finding in desk.verify(report, ticket, processes=jobs, progress=bar):
            first.setdefault(finding.ticket, finding)
    found = [(f, wording.sentence(f.code, f.facts, shell.lang)) for f in first.values()]
    if shell.json:
        shell.emit(
            {"sound": report.sound, "tickets": report.tickets, "facts": report.facts, "flagged": report.flagged,
             "findings": [{"ticket": f.ticket, "version": f.version, "position": f.position, "code": f.code, "sentence": s}
                          for f, s in found]}
        )  # fmt: skip
    else:
        for _finding, sentence in found:
            shell.line(f"✗ {shell.masked(sentence)}")
        phrase = "verify-sound" if report.sound else "verify-broken"
        shell.line(
            shell.say(phrase, tickets=report.tickets, facts=report.facts, flagged=report.flagged, broken=len(found))
        )
    raise typer.Exit(0 if report.sound else 1)


def rebuild(ctx: typer.Context) -> None:
    """Drop what is shown and build it anew from the facts."""
    shell: Shell = ctx.obj
    with shell.desk() as desk, shell.progress(shell.say("building"), desk.ledger.position()) as bar:
        count = desk.rebuild(bar)
    shell.emit({"facts": count}) if shell.json else shell.line(shell.say("rebuilt", count=count))
