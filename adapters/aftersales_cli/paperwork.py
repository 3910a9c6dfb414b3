"""单据进度: the command that tells of every paper of a ticket how far it has come, what is next and who takes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aftersales_cli.reading import TicketNo
from aftersales_cli.shell import Shell, plain

if TYPE_CHECKING:
    from aftersales_core.views.papers import Standing

WHOLE = (False, True, True, False, False, False, True, True)
"""A role broken in two cannot be copied."""

COLUMNS = ("paper", "part", "state", "since", "actor", "number", "next", "who")


def papers(
    ctx: typer.Context,
    ticket: TicketNo,
    waiting: Annotated[bool, typer.Option("--open", help="only those of which something is still to come")] = False,
) -> None:
    """The papers of a ticket: how far each has come, since when, by whom, what is next and who takes it."""
    from aftersales_core.views.papers import standing

    shell: Shell = ctx.obj
    with shell.desk() as desk:
        state = desk.state(ticket)
        found = [paper for paper in standing(state, desk.playbook_of(state)) if not waiting or paper.next is not None]
    if shell.json:
        shell.emit({"ticket": ticket, "stage": state.stage, "papers": [_json(shell, paper) for paper in found]})
    elif found:
        shell.table([shell.say(f"col-{column}") for column in COLUMNS], [_cells(shell, paper) for paper in found], WHOLE)
    else:
        shell.note(shell.say("nothing-here"))


def _json(shell: Shell, paper: Standing) -> dict[str, Any]:
    life = paper.life
    ahead = None if paper.next is None else {"step": paper.next.step, "command": paper.command, "roles": paper.roles}
    return {
        "paper": life.paper, "title": shell.word("paper", life.paper), "part": life.ref, "state": life.state,
        "steps": plain(life.steps), "next": ahead, "clauses": paper.form.clauses,
    }  # fmt: skip


def _cells(shell: Shell, paper: Standing) -> list[object]:
    life = paper.life
    last = life.steps[-1] if life.steps else None
    number = next((step.no for step in reversed(life.steps) if step.no), None)
    ahead = shell.word("paper-step", paper.next.step) if paper.next else None
    who = "\n".join(map(shell.role, paper.roles))
    part = shell.part(life.ref) if life.ref else shell.word("table", "ticket")
    return [
        shell.word("paper", life.paper), part, shell.word("state", life.state), last and last.at, last and last.by, number, ahead, who,
    ]  # fmt: skip
