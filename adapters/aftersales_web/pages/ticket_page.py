"""工单页: what a ticket's page shows, gathered: who is waited for, what comes next, why the rest does not, where papers are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from aftersales_core.errors import AftersalesError
from aftersales_core.moves import TICKET
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import COMMANDS, LegalMove, Refusal
from aftersales_core.state import Ticket, Wait
from aftersales_core.views import TaskRow
from aftersales_core.views.papers import Standing, standing
from aftersales_core.wording import Lang, sentence

MAIN: Final = ("REPORTED", "TRIAGED", "DISPATCHED", "INSTALLED", "REVISITED", "CLOSED")
"""The path of a ticket where nothing is left over."""

NEVER: Final = frozenset({"report", "import-ticket"})
"""Commands that open a ticket and have no place on the page of one."""


class Stop(NamedTuple):
    """A stage on a ticket's way: `past`, `now`, or `ahead`."""

    stage: str
    when: str


class Waiting(NamedTuple):
    """What a ticket waits for.

    Attributes:
        now: tasks that are to be done, what is due first on top; *later*: those that open another day.
        still: times for which it stands still, and which go on.
    """

    now: tuple[TaskRow, ...]
    later: tuple[TaskRow, ...]
    still: tuple[Wait, ...]

    @property
    def due(self) -> TaskRow | None:
        """The task that is due first, of those there are now; None where none has a time."""
        return next((task for task in self.now if task.due_at is not None), None)


class Reason(NamedTuple):
    """A reason why a command cannot be given: a sentence, its clauses."""

    told: str
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhyNot:
    """A command that cannot be given now, or only with a reason, and why.

    Attributes:
        remedies: commands that would make it legal and that this reader may give now.
        others: those that would, and that somebody else has to give.
    """

    command: str
    reasons: tuple[Reason, ...]
    remedies: tuple[str, ...]
    others: tuple[str, ...]


class Elsewhere(NamedTuple):
    """A command that other roles give; *now* where it could be given now."""

    command: str
    now: bool
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """What can be done with a ticket by one role.

    Attributes:
        first: what the worklist asks for, and can be done: (command, the part it is about).
        others: what else can be done.
        soft: what can be done with a reason for going over a rule.
        closed: what the role may do, and not now.
        elsewhere: what other roles do.
    """

    first: tuple[tuple[str, str], ...]
    others: tuple[str, ...]
    soft: tuple[WhyNot, ...]
    closed: tuple[WhyNot, ...]
    elsewhere: tuple[Elsewhere, ...]


def waiting_of(ticket: Ticket, tasks: Sequence[TaskRow], now: datetime) -> Waiting:
    """What a ticket waits for at a moment."""
    ordered = sorted(tasks, key=lambda task: (task.due_at is None, task.due_at or now, task.opens_at))
    return Waiting(
        tuple(task for task in ordered if task.opens_at <= now), tuple(task for task in ordered if task.opens_at > now),
        tuple(wait for wait in ticket.waits if wait.until is None),
    )  # fmt: skip


def moves_of(found: Sequence[LegalMove], tasks: Sequence[TaskRow], number: str, book: Playbook, lang: Lang) -> Moves:
    """The legal moves put in order for a page: first what is to be done, then what may be, then why not the rest.

    Args:
        found: of the ticket, asked for one role.
        tasks: what is to be done now, most urgent first.
    """
    found = [move for move in found if move.command not in NEVER]
    plain = {move.command for move in found if not move.refusals}
    open_ = {move.command for move in found if move.open}
    closed: list[WhyNot] = []
    soft: list[WhyNot] = []
    elsewhere: list[Elsewhere] = []
    for move in found:
        if not move.refusals:
            continue
        if any(refusal.code == "role-may-not" for refusal in move.refusals):
            elsewhere.append(Elsewhere(move.command, len(move.refusals) == 1, book.duties[move.command].roles))
        else:
            (soft if move.open else closed).append(_why_not(move, number, lang, open_))
    first = {task.command: task.ref for task in reversed(tasks) if task.command in plain}
    order = dict.fromkeys(task.command for task in tasks if task.command in plain)
    return Moves(
        tuple((command, first[command]) for command in order),
        tuple(move.command for move in found if move.command in plain and move.command not in first),
        tuple(soft), tuple(closed), tuple(sorted(elsewhere, key=lambda each: not each.now)),
    )  # fmt: skip


def _why_not(move: LegalMove, number: str, lang: Lang, open_: set[str]) -> WhyNot:
    remedies = dict.fromkeys(each for refusal in move.refusals for each in refusal.remedies)
    return WhyNot(
        move.command, reasons_of(move.refusals, number, move.command, lang), tuple(each for each in remedies if each in open_),
        tuple(each for each in remedies if each not in open_),
    )  # fmt: skip


def reasons_of(refusals: Sequence[Refusal], number: str, command: str, lang: Lang) -> tuple[Reason, ...]:
    """Refusals as sentences, without what a page shows beside them: clauses and remedies."""
    return tuple(Reason(plainly(refusal.error(number, command), lang), refusal.clauses) for refusal in refusals)


def plainly(problem: AftersalesError, lang: Lang) -> str:
    """The sentence of a problem without clauses and remedies."""
    return sentence(problem.code, {**problem.facts, "clauses": (), "remedies": (), "soft": False}, lang)


def ahead_of(stage: str, found: Sequence[LegalMove]) -> frozenset[str]:
    """Stages that what may be done now leads to at once."""
    kinds = {COMMANDS[move.command].fact.kind for move in found if move.open}
    return frozenset(row.dest for kind in kinds for row in TICKET.cells.get((stage, kind), ()) if row.dest != stage)


def way_of(ticket: Ticket, visited: Sequence[str]) -> list[Stop]:
    """The stages of the main path and those aside it that this ticket went through, in order."""
    been = set(visited)
    names = list(MAIN)
    if been & {"AWAITING_GOODS", "READY"}:
        names[4:4] = [stage for stage in ("AWAITING_GOODS", "READY") if stage in been]
    if ticket.stage == "CANCELLED":
        names = [stage for stage in names if stage in been] + ["CANCELLED"]
    at = names.index(ticket.stage) if ticket.stage in names else 0
    return [Stop(stage, "now" if stage == ticket.stage else "past" if stage in been and place <= at else "ahead") for place, stage in enumerate(names)]


class Sheet(NamedTuple):
    """A paper of the ticket, with whether the reader may take its next step."""

    at: Standing
    mine: bool

    @property
    def begun(self) -> bool:
        """Whether it took a step, or the one that comes next is somebody's work already."""
        return bool(self.at.life.steps)


def papers_of(ticket: Ticket, book: Playbook, role: str) -> list[Sheet]:
    """Every paper of a ticket in order of the playbook: those that are on their way first, then those that could be."""
    found = [Sheet(each, each.next is not None and role in each.roles) for each in standing(ticket, book)]
    return sorted(found, key=lambda sheet: not sheet.begun)


def field_wrong(problem: AftersalesError, lang: Lang) -> dict[str, str]:
    """The field of a form that a problem is about, with what is wrong; nothing where it is about none."""
    field = str(problem.facts.get("field", ""))
    return {field: problem.sentence(lang)} if field else {}
