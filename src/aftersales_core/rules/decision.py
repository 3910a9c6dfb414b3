"""裁定: from a command to facts, or to the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from aftersales_core.facts import Entry, Fact
from aftersales_core.moves import COMPLAINT, SHEET, TICKET
from aftersales_core.playbooks import Playbook
from aftersales_core.playbooks.model import Required
from aftersales_core.rules import (
    closing,
    complaints,
    customer,
    dispatch,
    fields,
    files,
    followups,
    intake,
    leftovers,
    revisits,
    slips,
    triage,
    visit,
)
from aftersales_core.rules._base import Case, Command, Refusal, meant_visit, named_leftover, say
from aftersales_core.rules.asks import asks_of
from aftersales_core.rules.house import MAKERS, QUESTIONS
from aftersales_core.rules.questions import LINE_COMMANDS, blank, part_refusal, questions
from aftersales_core.rules.vocabulary import COMMANDS, TicketCommand
from aftersales_core.state import Ticket


class LegalMove(NamedTuple):
    """A command and whether it could be given now; `refusals` is empty where it could."""

    command: str
    open: bool
    refusals: tuple[Refusal, ...]


def decide(
    command: TicketCommand, ticket: Ticket, playbook: Playbook, history: Sequence[Entry] = ()
) -> list[Fact]:
    """The facts that *command* makes of *ticket*; none where there is nothing new. For the log see `do_routine`.

    Args:
        ticket: as it is now; `Ticket(number)` for one that does not exist yet.
        playbook: the edition the ticket was opened under.
        history: only a correction looks at it.

    Raises:
        Refused: with the clause, what is missing and what would make it legal.
        BadInput: a correction whose values the corrected fact cannot take.
    """
    plan = _plan(playbook, type(command))
    if not _clear(plan, command, ticket, playbook):
        for refusal in questions(type(command), command, ticket, playbook, command.role):
            if not (refusal.soft and command.override):
                raise refusal.error(ticket.number, command.name())
    if isinstance(command, closing.Correct):
        return closing.correct(command, ticket, history, playbook.duties["correct"].clauses)
    if plan.of_the_house:
        return MAKERS.get(type(command), _without_playbook)(command, ticket, playbook)
    return plan.maker(command, ticket)


def _without_playbook(command: Command, ticket: Ticket, _playbook: Playbook) -> list[Fact]:
    return _maker(type(command))(command, ticket)


class _Plan(NamedTuple):
    """What a playbook says of one command, looked up once."""

    kind: str
    roles: frozenset[str]
    requirements: tuple[Required, ...]
    parted: bool
    asks: tuple[Callable[[Case], tuple[str, ...]], ...]
    of_the_house: bool
    maker: Callable[[Any, Ticket], list[Fact]]


_PLANS: Final[dict[int, tuple[Playbook, dict[type[Command], _Plan]]]] = {}


def _plan(playbook: Playbook, cls: type[Command]) -> _Plan:
    # by identity, and holding the playbook, so that the number cannot become another's
    held = _PLANS.get(id(playbook))
    if held is None:
        if len(_PLANS) > 100:
            _PLANS.clear()
        held = _PLANS[id(playbook)] = (playbook, {})
    found = held[1].get(cls)
    if found is None:
        name = cls.name()
        found = held[1][cls] = _Plan(
            kind=cls.fact.kind,
            roles=frozenset(playbook.duties[name].roles),
            requirements=playbook.requirements.get(name, ()),
            parted=cls.thing is not None or cls is leftovers.RaiseLeftover,
            asks=tuple(ask.missing for ask in asks_of(playbook, name)),
            of_the_house=cls in QUESTIONS,
            maker=_maker(cls),
        )
    return found


def _clear(plan: _Plan, command: Command, ticket: Ticket, playbook: Playbook) -> bool:
    """Whether `questions` surely finds nothing; where it is not sure, they are asked one by one."""
    kind = plan.kind
    if command.role not in plan.roles or (ticket.stage, kind) not in TICKET.cells:
        return False
    if kind == "cancelled" or (kind == "installed" and ticket.stage == "TRIAGED") or plan.of_the_house:
        return False
    for need in plan.requirements:
        if blank(need, command, ticket):
            return False
    if plan.parted and not _a_visit_fits(command, ticket) and part_refusal(type(command), command, ticket, ()) is not None:
        return False
    if plan.asks:
        case = Case(ticket, command, playbook, type(command), command.role)
        for missing in plan.asks:
            if missing(case):
                return False
    return True


def _a_visit_fits(command: Any, ticket: Ticket) -> bool:
    """The ordinary case of `part_refusal`: no visit is named, one allows it, and no lines are named either."""
    if command.thing not in {"visit", "slip"} or command.visit is not None or command.__dict__.get("settles"):
        return False
    return meant_visit(type(command), None, ticket) is not None


def _maker(cls: type[Command]) -> Callable[[Any, Ticket], list[Fact]]:
    """What makes the facts of a command that is legal."""
    if (maker := _MAKERS.get(cls)) is not None:
        return maker
    if cls.thing in {"visit", "slip"}:
        return _about_visit
    if cls.thing in {"leftover", "sheet"}:
        return _about_leftover
    if cls.thing == "complaint":
        return lambda command, ticket: [say(cls.fact, command, complaint=_complaint_no(command, ticket))]
    return lambda command, _ticket: [say(cls.fact, command)]


def refusals(command: TicketCommand, ticket: Ticket, playbook: Playbook) -> tuple[Refusal, ...]:
    """Every reason why *command* is not legal now; `decide` raises the first."""
    return tuple(questions(type(command), command, ticket, playbook, command.role))


def legal_moves(ticket: Ticket, playbook: Playbook, role: str | None = None) -> tuple[LegalMove, ...]:
    """Every command, whether it could be given now, and if not, why not.

    Args:
        role: asks for one role; without it, whatever the role.
    """
    moves = []
    for name, cls in COMMANDS.items():
        found = tuple(questions(cls, None, ticket, playbook, role))
        moves.append(LegalMove(name, not any(not r.soft for r in found), found))
    return tuple(moves)


def _about_visit(command: Command, ticket: Ticket) -> list[Fact]:
    """The visit that is meant: the one named, else the latest that allows it."""
    meant = meant_visit(type(command), getattr(command, "visit", None), ticket)
    assert meant is not None, "the questions let through a command about no visit"
    no = meant.no
    maker = _VISIT_MAKERS.get(type(command))
    return [say(command.fact, command, visit=no)] if maker is None else maker(command, ticket, no)


def _about_leftover(command: Command, ticket: Ticket) -> list[Fact]:
    """The leftover order that is meant: the one named, else the latest that allows it."""
    kind = command.fact.kind
    no = named_leftover(command)
    if no is None:
        if command.thing == "sheet":
            fits = [o.no for o in ticket.leftovers if (o.sheet, kind) in SHEET.cells]
        elif isinstance(command, LINE_COMMANDS):
            fits = [o.no for o in ticket.leftovers if any(line.takes(kind) for line in o.lines)]
        else:
            done: dict[type[Command], Callable[[Any], bool]] = {
                leftovers.WriteLeftover: lambda o: o.written,
                leftovers.ConfirmLeftover: lambda o: o.confirmed_at is not None,
                leftovers.RuleLiability: lambda o: o.party is not None,
                leftovers.UploadForm: lambda o: o.uploaded,
            }
            settled = done[type(command)]
            fits = [o.no for o in ticket.leftovers if not settled(o)] or [ticket.leftovers[-1].no]
        no = fits[-1]
    if isinstance(command, leftovers.WriteLeftover):
        return leftovers.write_leftover(command, ticket, no)
    if isinstance(command, leftovers.ReviewSheet):
        return leftovers.review_sheet(command, ticket, no)
    if isinstance(command, leftovers.UploadForm) and ticket.leftovers[no - 1].uploaded:
        return []
    if isinstance(command, LINE_COMMANDS):
        lines = tuple(dict.fromkeys(command.lines)) or tuple(line.id for line in ticket.leftovers[no - 1].lines if line.takes(kind))
        if isinstance(command, leftovers.OrderGoods):
            return leftovers.order_goods(command, ticket, no, lines)
        return [say(command.fact, command, leftover=no, lines=lines)]
    return [say(command.fact, command, leftover=no)]


def _complaint_no(command: Command, ticket: Ticket) -> int:
    named: int | None = getattr(command, "complaint", None)
    kind = command.fact.kind
    return named or [c.no for c in ticket.complaints if (c.state, kind) in COMPLAINT.cells][-1]


_MAKERS: Final[dict[type[Command], Callable[[Any, Ticket], list[Fact]]]] = {
    intake.Amend: intake.amend,
    intake.ImportTicket: intake.import_ticket,
    triage.Triage: triage.triage_,
    triage.SolveRemotely: triage.solve_remotely,
    dispatch.MakeAppointment: dispatch.make_appointment,
    leftovers.RaiseLeftover: leftovers.raise_leftover,
    revisits.Revisit: revisits.revisit,
    revisits.RegisterRevisit: revisits.register_revisit,
    revisits.ShareRevisit: revisits.share_revisit,
    complaints.LodgeComplaint: complaints.lodge_complaint,
    closing.Archive: closing.archive,
    files.AttachFile: files.attach_file,
    fields.FillFields: fields.fill_fields,
    followups.FollowUp: followups.follow_up,
}
"""Commands whose facts are not simply their own words."""

_VISIT_MAKERS: Final[dict[type[Command], Callable[[Any, Ticket, int], list[Fact]]]] = {
    dispatch.PreparePapers: dispatch.prepare_papers,
    visit.CompleteVisit: visit.complete_visit,
    slips.HandInSlip: slips.hand_in_slip,
    customer.ConfirmAppointment: customer.confirm_appointment,
}
"""The same of commands about a visit or its slip, with the number of the visit."""
