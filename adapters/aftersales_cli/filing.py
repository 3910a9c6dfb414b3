"""附件: commands that check the files which are kept, give one out, and take one away for good."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from aftersales_cli.shell import Shell
from aftersales_core import wording

files = typer.Typer(name="files", help="Photos, signatures and documents that are kept.")

Digest = Annotated[str, typer.Argument(metavar="DIGEST", help="the file's SHA-256, 64 hex digits")]


@files.command()
def verify(ctx: typer.Context) -> None:
    """Read every file that a fact names: there, whole, or removed on purpose. Lists the files that no fact names."""
    from aftersales_core.audit import FilesReport

    shell: Shell = ctx.obj
    report = FilesReport()
    with shell.desk() as desk, shell.progress(shell.say("verifying")) as bar:
        found = [(f, wording.sentence(f.code, f.facts, shell.lang)) for f in desk.verify_files(report, bar)]
    if shell.json:
        shell.emit(
            {"sound": report.sound, "named": report.named, "whole": report.whole, "removed": report.removed, "orphans": report.orphans,
             "findings": [{"ticket": f.ticket, "version": f.version, "position": f.position, "digest": f.facts["digest"],
                           "code": f.code, "sentence": s} for f, s in found]}
        )  # fmt: skip
    else:
        for _finding, sentence in found:
            shell.line(f"✗ {shell.masked(sentence)}")
        for digest in report.orphans:
            shell.line(f"· {shell.say('file-orphan', digest=digest)}")
        phrase = "files-sound" if report.sound else "files-broken"
        shell.line(shell.say(phrase, named=report.named, whole=report.whole, removed=report.removed, orphans=len(report.orphans), broken=len(found)))
    raise typer.Exit(0 if report.sound else 1)


@files.command()
def get(
    ctx: typer.Context,
    digest: Digest,
    output: Annotated[str, typer.Option("--output", "-o", metavar="FILE", help="write it here; - is standard output")],
) -> None:
    """Give out one file, checked against its digest."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        content = desk.file(digest)
    if output == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return
    part = Path(f"{output}.part")
    part.write_bytes(content)
    # only a whole file bears the name that was asked for
    os.replace(part, output)
    shell.emit({"digest": digest, "size": len(content), "path": output}) if shell.json else shell.note(shell.say("written", path=output))


@files.command()
def remove(ctx: typer.Context, digest: Digest) -> None:
    """Take the bytes of one file away for good, as a person may ask for; the facts about it stay and it does not come back."""
    shell: Shell = ctx.obj
    with shell.desk() as desk:
        gone = desk.files.remove(digest)
    if shell.json:
        shell.emit({"digest": digest, "removed": gone})
    else:
        shell.line(shell.say("file-erased" if gone else "file-erased-before", digest=digest))
