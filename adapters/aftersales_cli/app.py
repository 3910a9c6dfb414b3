"""命令表: the commands put together, with their help in the reader's language."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.main import get_command

from aftersales_cli import (
    accesses,
    attaching,
    clocking,
    counting,
    filing,
    judging,
    keeping,
    lawbook,
    papers,
    paperwork,
    proving,
    reading,
    recording,
    registers,
    routines,
    serving,
    showcase,
    teaching,
    telling,
)
from aftersales_cli.argv import DATABASE
from aftersales_cli.wording import phrases


def _globals(
    db: Annotated[str, typer.Option("--db", metavar="URL", help="the database; also AFTERSALES_DB")] = DATABASE,
    json: Annotated[bool, typer.Option("--json", help="answers as JSON on standard output, errors as one JSON object on standard error")] = False,
    lang: Annotated[str, typer.Option("--lang", metavar="zh|en", help="the language; also AFTERSALES_LANG")] = "en",
    unmask: Annotated[bool, typer.Option("--unmask", help="show telephone numbers in full")] = False,
    playbook: Annotated[str, typer.Option("--playbook", metavar="FILE.toml", help="rules of your own, beside the preset; may be given several times")] = "",
    files: Annotated[str, typer.Option("--files", metavar="URL", help="where files are kept, if not beside the database; also AFTERSALES_FILES")] = "",
    version: Annotated[bool, typer.Option("--version", help="show the version and exit")] = False,
) -> None:
    """After-sales work as an event-sourced, explainable, replayable process."""
    # `argv.read` has taken all of these; they stand here for --help


_COMMANDS = (
    ("demo", showcase.demo),
    ("serve", serving.serve),
    ("record", recording.record),
    ("attach", attaching.attach),
    ("today", reading.today),
    ("routines", routines.routines),
    ("board", reading.board),
    ("leftovers", reading.leftovers),
    ("register", registers.register),
    ("form", papers.form),
    ("report", counting.report),
    ("show", reading.show),
    ("legal", reading.legal),
    ("clocks", clocking.clocks),
    ("papers", paperwork.papers),
    ("replay", telling.replay),
    ("diagram", telling.diagram),
    ("clauses", lawbook.clauses),
    ("schema", teaching.schema),
    ("export", keeping.export),
    ("import", keeping.import_),
    ("verify", keeping.verify),
    ("rejudge", judging.rejudge),
    ("rebuild", keeping.rebuild),
    ("accesses", accesses.accesses),
)


def build(lang: str) -> Any:
    """The command tree with its help in *lang*."""
    said = phrases(lang)
    app = typer.Typer(
        name="aftersales",
        epilog=said["exit-codes"],
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        no_args_is_help=True,
    )
    app.callback()(_globals)
    for name, function in _COMMANDS:
        app.command(name)(function)
    app.add_typer(teaching.playbook)
    app.add_typer(filing.files)
    app.add_typer(proving.proof)
    command = get_command(app)
    _translate(command, said)
    return command


def _translate(command: Any, said: Any) -> None:
    """Put the help of *command* and all below it into the reader's language; English stands in the code itself."""
    for each in texts(command):
        holder, english = each
        holder.help = said.get(f"help: {english}", english)


def texts(command: Any) -> list[tuple[Any, str]]:
    """Every command and parameter that has a help text, with the text."""
    found = [(command, " ".join(command.help.split()))] if command.help else []
    found += [(param, param.help) for param in command.params if getattr(param, "help", None)]
    for below in getattr(command, "commands", {}).values():
        found += texts(below)
    return found
