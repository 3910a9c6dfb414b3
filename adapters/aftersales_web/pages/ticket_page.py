"""工单页: what a ticket's page shows, gathered: where it stands, what comes next, why the rest does not, and what happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from aftersales_core.audit import Step
from aftersales_core.errors import AftersalesError
from aftersales_core.facts import Entry
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import LegalMove, Refusal
from aftersales_core.state import Ticket
from aftersales_core.views import TaskRow
from aftersales_core.wording import Lang, sentence
from aftersales_web.pages.telling import Teller, Told

MAIN: Final = ("REPORTED", "TRIAGED", "DISPATCHED", "INSTALLED", "REVISITED", "CLOSED")
"""The path of a ticket where nothing is left over."""

APART: Final = timedelta(minutes=2)
"""What was written down later than this after it happened is shown with both times."""

NEVER: Final = frozenset({"report", "import-ticket"})
"""Commands that open a ticket and have no place on the page of one."""


class Stop(NamedTuple):
    """A stage on a ticket's way: `past`, `now`, or `ahead`."""

    stage: str
    when: str


@dataclass(frozen=True, slots=True)
class WhyNot:
    """A command that cannot be given now, and why.

    Attributes:
        reasons: sentences, each with its clauses.
        remedies: commands that would make it legal and that this reader may give now.
    """

    command: str
    reasons: tuple[tuple[str, tuple[str, ...]], ...]
    remedies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Moves:
    """What can be done with a ticket by one role.

    Attributes:
        first: what the worklist asks for, and can be done.
        others: what else can be done.
        soft: what can be done with a reason for going over a rule.
        closed: what the role may do, and not now.
        elsewhere: what other roles do, with whether it could be done now.
    """

    first: tuple[str, ...]
    others: tuple[str, ...]
    soft: tuple[WhyNot, ...]
    closed: tuple[WhyNot, ...]
    elsewhere: tuple[tuple[str, bool, tuple[str, ...]], ...]


def moves_of(found: Sequence[LegalMove], tasks: Sequence[TaskRow], number: str, book: Playbook, lang: Lang, now: datetime) -> Moves:
    """The legal moves put in order for a page: first what is to be done, then what may be, then why not the rest."""
    open_ = {move.command for move in found if move.open}
    wanted = dict.fromkeys(task.command for task in tasks if task.command in open_ and task.opens_at <= now)
    closed: list[WhyNot] = []
    soft: list[WhyNot] = []
    elsewhere = []
    for move in found:
        if move.command in NEVER or move.open:
            continue
        if any(refusal.code == "role-may-not" for refusal in move.refusals):
            could = len(move.refusals) == 1
            elsewhere.append((move.command, could, book.duties[move.command].roles))
            continue
        reasons = []
        remedies: dict[str, None] = {}
        for refusal in move.refusals:
            reasons.append((reason(refusal, number, move.command, lang), refusal.clauses))
            remedies |= dict.fromkeys(each for each in refusal.remedies if each in open_)
        why = WhyNot(move.command, tuple(reasons), tuple(remedies))
        (soft if all(refusal.soft for refusal in move.refusals) else closed).append(why)
    others = tuple(move.command for move in found if move.open and move.command not in wanted and move.command not in NEVER)
    return Moves(tuple(wanted), others, tuple(soft), tuple(closed), tuple(elsewhere))


def reason(refusal: Refusal, number: str, command: str, lang: Lang) -> str:
    """Why a command is refused, in a sentence without what a page shows beside it: clauses and remedies."""
    told = refusal.error(number, command)
    return sentence(told.code, {**told.facts, "clauses": (), "remedies": (), "soft": False}, lang)


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


@dataclass(frozen=True, slots=True)
class Event:
    """A fact as the timeline tells it."""

    entry: Entry
    stage: str
    moved: bool
    changes: list[Told]
    clauses: tuple[str, ...]
    late: bool
    files: tuple[str, ...]


def timeline(steps: Sequence[Step], teller: Teller) -> list[Event]:
    """Every fact with what changed by it, oldest first."""
    found = []
    before = ""
    for step in steps:
        envelope = step.entry.envelope
        digest = getattr(step.entry.fact, "digest", None)
        found.append(Event(
            step.entry, step.ticket.stage, step.ticket.stage != before,
            teller.told(c for c in step.changes if c.path != "stage"), step.clauses,
            abs(envelope.recorded_at - envelope.occurred_at) > APART, (digest,) if isinstance(digest, str) else (),
        ))  # fmt: skip
        before = step.ticket.stage
    return found


def due_of(tasks: Sequence[TaskRow]) -> TaskRow | None:
    """The task that is due first; None where none has a time."""
    dated: list[tuple[datetime, TaskRow]] = [(task.due_at, task) for task in tasks if task.due_at is not None]
    return min(dated, key=lambda pair: pair[0])[1] if dated else None


def field_wrong(problem: AftersalesError, lang: Lang) -> dict[str, str]:
    """The field of a form that a problem is about, with what is wrong; nothing where it is about none."""
    field = str(problem.facts.get("field", ""))
    return {field: problem.sentence(lang)} if field else {}
