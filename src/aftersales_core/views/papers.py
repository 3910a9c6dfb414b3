"""单据进度: one row per paper of a ticket: how far it has come, since when, what is next and who takes it. (F-15, F-19, I-08)"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from aftersales_core.moves import PAPER, VISIT
from aftersales_core.playbooks import Form, Playbook
from aftersales_core.playbooks.mechanisms import FormStep
from aftersales_core.ports import Shape
from aftersales_core.state import PaperLife, Ticket, Visit
from aftersales_core.state.papers import lives, taken
from aftersales_core.views._base import View


class Standing(NamedTuple):
    """Where one paper stands.

    Attributes:
        life: the steps it has taken, and its state.
        next: the step that comes next; None where nothing does.
        command: what takes that step, and *roles*: who may; empty where nothing is next.
    """

    form: Form
    life: PaperLife
    next: FormStep | None = None
    command: str = ""
    roles: tuple[str, ...] = ()


def standing(ticket: Ticket, playbook: Playbook) -> Iterator[Standing]:
    """Every form of the playbook for every part of the ticket that has one, in the order of the playbook.

    On a cancelled ticket nothing is next.
    """
    for form in playbook.form:
        for life in lives(ticket, form.id, form.of):
            step = next_step(form, life, ticket) if ticket.stage != "CANCELLED" else None
            if step is None:
                yield Standing(form, life)
                continue
            roles = playbook.duties[step.command].roles if step.command else step.roles
            yield Standing(form, life, step, step.command or "move-paper", roles)


def next_step(form: Form, life: PaperLife, ticket: Ticket) -> FormStep | None:
    """The first step of *form* that was not taken and can be, from where the paper stands; refusing is never next."""
    return next((step for step in form.steps if _comes(step, form, life, ticket)), None)


def _comes(step: FormStep, form: Form, life: PaperLife, ticket: Ticket) -> bool:
    if step.step == "refused" or taken(life, step.step) is not None:
        return False
    if PAPER.step(life.state, "paper-moved", lambda name: name == step.step) is None:
        return False
    if step.command != "prepare-papers":
        return True
    # a visit's papers are made out before it: not once the crew has left, and not again where a slip was refused
    visit = _visit(life, ticket)
    ahead = visit is None or (visit.state, "papers-prepared") in VISIT.cells
    return ahead and not (life.state == "REFUSED" and form.find("handed-in"))


def _visit(life: PaperLife, ticket: Ticket) -> Visit | None:
    """The visit whose paper it is; None for a paper of the ticket or of a leftover order."""
    of, _, no = life.ref.partition(":")
    return ticket.find_visit(int(no)) if of == "visit" else None


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One paper of a ticket.

    Attributes:
        part: whose paper it is: `visit:1`, `leftover:2`, empty for the ticket.
        state: of the paper table; *since*, *actor*: of the step that led there, None where the state does not keep it.
        number: printed on it, as last told.
        next_step: what comes next; *next_command* takes it and *next_role* is the first who may. None where nothing is next.
        crew: of the visit it belongs to, joined by "、".
        clauses: ids joined by "、".
    """

    ticket: str
    paper: str
    part: str
    state: str
    since: datetime | None
    actor: str | None
    number: str | None
    next_step: str | None
    next_role: str | None
    next_command: str | None
    crew: str
    customer: str | None
    phone: str | None
    stage: str
    clauses: str


def rows(ticket: Ticket, playbook: Playbook) -> Iterable[PaperRow]:
    """A row for every paper, whether it was begun or not."""
    for paper in standing(ticket, playbook):
        life = paper.life
        visit = _visit(life, ticket)
        last = life.steps[-1] if life.steps else None
        yield PaperRow(
            ticket=ticket.number,
            paper=life.paper,
            part=life.ref,
            state=life.state,
            since=last.at if last else None,
            actor=last.by if last else None,
            number=next((step.no for step in reversed(life.steps) if step.no), None),
            next_step=paper.next.step if paper.next else None,
            next_role=paper.roles[0] if paper.roles else None,
            next_command=paper.command or None,
            crew="、".join(visit.crew) if visit else "",
            customer=ticket.customer,
            phone=ticket.phone,
            stage=ticket.stage,
            clauses="、".join(paper.form.clauses),
        )


PAPERS: Final = View(
    Shape(
        name="papers",
        edition=1,
        row=PaperRow,
        key=("ticket", "paper", "part"),
        indexes=(("paper", "next_step"), ("next_role",), ("since",)),
        order=("since",),
    ),
    of_ticket=rows,
)
"""How far every paper has come (单据进度)."""
