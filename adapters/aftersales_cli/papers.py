"""表单: the forms of the house on the screen, or as a page to print."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from aftersales_cli.shell import Shell, width
from aftersales_core.errors import BadInput

if TYPE_CHECKING:
    from aftersales_core.forms import Form


def form(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="a form, e.g. install-repair-slip")] = None,
    ticket: Annotated[str | None, typer.Argument(metavar="TICKET", help="the ticket it is made from")] = None,
    visit: Annotated[int | None, typer.Option("--visit", min=1, metavar="N", help="which visit; the latest unless given")] = None,
    leftover: Annotated[int | None, typer.Option("--leftover", min=1, metavar="N", help="which leftover order; the latest unless given")] = None,
    blank: Annotated[bool, typer.Option("--blank", help="only the head filled in, the rest to write on; without a ticket, empty throughout")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE.html", help="write it as a page for A4 paper")] = None,
) -> None:
    """A form of the house: which there are, or one filled in from a ticket."""
    from aftersales_core.forms import NOBODY, PAPERS, html, paper_form, plain

    shell: Shell = ctx.obj
    if name is None:
        _list(shell, list(PAPERS))
        return
    if ticket is None:
        if name in PAPERS and not blank:
            raise BadInput("no-ticket-for-form", form=name)
        made = paper_form(name, NOBODY, shell.playbook(), visit=visit, leftover=leftover)
    else:
        with shell.desk() as desk:
            state = desk.state(ticket)
            made = paper_form(
                name, state, desk.playbook_of(state), history=desk.history(ticket), visit=visit, leftover=leftover, blank=blank
            )
    made = masked(shell, made)
    if shell.json:
        shell.emit(made)
    elif output is None:
        shell.line(plain([made], shell.lang, width()).rstrip("\n"))
    if output is not None:
        output.write_text(html([made], shell.lang), "utf-8")
        shell.note(shell.say("written", path=output))


def masked(shell: Shell, made: Form) -> Form:
    """*made* with telephone numbers masked, unless they were asked for."""
    from aftersales_core.forms import retold

    return retold(made, lambda key, text: shell.phone(text) if key == "phone" else shell.masked(text))


def _list(shell: Shell, names: list[str]) -> None:
    from aftersales_core.forms import title

    if shell.json:
        shell.emit([{"form": name, "title": title(name)} for name in names])
        return
    for name in names:
        said = title(name)
        shell.line(f"{name:<24}{said.zh}" + (f"  {said.en}" if shell.lang == "en" else ""))
