"""说明书: the shapes of commands and facts, and whether a playbook is sound."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from aftersales_cli.shell import Shell
from aftersales_core.errors import BadInput, PlaybookUnsound


class Side(StrEnum):
    """What goes in, or what is kept."""

    commands = "commands"
    facts = "facts"


def schema(
    ctx: typer.Context,
    side: Annotated[Side, typer.Argument(metavar="commands|facts", help="what goes in, or what is kept")],
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="only this one, e.g. report")] = None,
) -> None:
    """The JSON Schema of commands or facts."""
    from aftersales_core.facts import KINDS
    from aftersales_core.rules import EVERY_COMMAND

    shell: Shell = ctx.obj
    known: dict[str, Any] = dict(EVERY_COMMAND if side is Side.commands else KINDS)
    if name is not None and name not in known:
        code = "unknown-command" if side is Side.commands else "no-such-kind"
        raise BadInput(code, field="command", value=name, known=sorted(known))
    found = {key: cls.model_json_schema() for key, cls in known.items() if name in (None, key)}
    shell.line(json.dumps(found if name is None else found[name], ensure_ascii=False, indent=None if shell.json else 2))


playbook = typer.Typer(name="playbook", help="The rules of a house as data.", no_args_is_help=True)


@playbook.command()
def lint(ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="a playbook")]) -> None:
    """Load a playbook and name every gap, overlap, unknown name and dead entry."""
    from aftersales_core.rules import load_playbook

    shell: Shell = ctx.obj
    if not file.is_file():
        raise BadInput("no-such-file", path=str(file))
    problems: list[str] = []
    title = ""
    try:
        title = load_playbook(file.read_text("utf-8")).id
    except PlaybookUnsound as problem:
        problems = list(problem.facts["problems"])
    except UnicodeDecodeError as problem:
        problems = [f"not UTF-8: {problem}"]
    if shell.json:
        shell.emit({"sound": not problems, "playbook": title, "problems": problems})
    elif problems:
        for found in problems:
            shell.line(f"✗ {found}")
        shell.note(shell.say("playbook-problems", path=file, count=len(problems)))
    else:
        shell.line(shell.say("playbook-sound", playbook=title))
    raise typer.Exit(1 if problems else 0)


