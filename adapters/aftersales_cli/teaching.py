"""说明书: the shapes of commands and facts; whether a playbook is sound, what it chooses, and what stays open."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from aftersales_cli.shell import Shell, read_playbook
from aftersales_core.errors import BadInput, PlaybookUnsound

if TYPE_CHECKING:
    from aftersales_core.playbooks import Choice, Gap, Playbook


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


File = Annotated[Path, typer.Argument(metavar="FILE.toml", help="a playbook")]
Maybe = Annotated[Path | None, typer.Argument(metavar="[FILE.toml]", help="a playbook; the preset, or the latest of --playbook, unless given")]


@playbook.command()
def lint(ctx: typer.Context, file: File) -> None:
    """Load a playbook under every reading of its choices; name every gap, overlap, unknown name and dead entry, and what the documents leave open."""
    from aftersales_core.playbooks import lint_readings
    from aftersales_core.rules.vocabulary import vocabulary

    shell: Shell = ctx.obj
    if not file.is_file():
        raise BadInput("no-such-file", path=str(file))
    book: Playbook | None = None
    try:
        book = read_playbook(file)
        problems = lint_readings(file.read_text("utf-8"), vocabulary())
    except PlaybookUnsound as problem:
        problems = list(problem.facts.get("problems", ())) or [shell.sentence(problem)]
    title, gaps = (book.id, book.gap) if book is not None else ("", ())
    if shell.json:
        shell.emit({"sound": not problems, "playbook": title, "problems": problems, "gaps": gaps})
    elif problems:
        for found in problems:
            shell.line(f"✗ {found}")
        shell.note(shell.say("playbook-problems", path=file, count=len(problems)))
    elif book is not None:
        readings = sum(len(choice.options) for choice in book.choice)
        shell.line(shell.say("playbook-sound", playbook=title, readings=readings))
        for gap in gaps:
            shell.line(f"· {_open_point(shell, gap)}")
    raise typer.Exit(1 if problems else 0)


@playbook.command()
def choices(ctx: typer.Context, file: Maybe = None) -> None:
    """The points on which the documents contradict each other: the question, the readings, and which one holds."""
    shell: Shell = ctx.obj
    book = shell.playbook() if file is None else read_playbook(file)
    if shell.json:
        shell.emit({"playbook": book.id, "choices": [_choice(each) for each in book.choice]})
        return
    for each in book.choice:
        title = Text(each.id, style="bold") + Text(f"  {each.source}  {' '.join(each.clauses)}", style="not bold dim")
        shell.print(title)
        shell.print(Text(f"  {getattr(each.asks, shell.lang)}"))
        for name, reading in each.options.items():
            holds = name == each.value
            shell.print(Text(f"  {'✓' if holds else '·'} {name}  {getattr(reading.title, shell.lang)}", style="green" if holds else ""))
    shell.note(shell.say("choices-told", playbook=book.id, count=len(book.choice)))


def _choice(each: Choice) -> dict[str, Any]:
    readings = [{"id": name, "title": option.title, "holds": name == each.value} for name, option in each.options.items()]
    return {"id": each.id, "source": each.source, "asks": each.asks, "value": each.value, "readings": readings, "clauses": each.clauses}


@playbook.command()
def gaps(ctx: typer.Context, file: Maybe = None) -> None:
    """What the documents leave open or break off, by name; nothing is guessed."""
    shell: Shell = ctx.obj
    book = shell.playbook() if file is None else read_playbook(file)
    if shell.json:
        shell.emit({"playbook": book.id, "gaps": book.gap})
        return
    for gap in book.gap:
        shell.line(_open_point(shell, gap))
    shell.note(shell.say("gaps-told", playbook=book.id, count=len(book.gap)))


def _open_point(shell: Shell, gap: Gap) -> str:
    return f"{gap.id}  {gap.source}  {getattr(gap.says, shell.lang)}  {' '.join(gap.clauses)}"
