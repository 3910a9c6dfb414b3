"""裁定: from a command to facts, or to the reason why not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from aftersales_core.facts import Entry, Fact
from aftersales_core.moves import COMPLAINT, LINE, SHEET, SLIP, TICKET, VISIT
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import (
    closing,
    complaints,
    dispatch,
    intake,
    leftovers,
    revisits,
    slips,
    triage,
    visit,
)
from aftersales_core.rules._base import Case, Command, Refusal, say
from aftersales_core.rules.predicates import PREDICATES
from aftersales_core.rules.vocabulary import COMMANDS, TicketCommand
from aftersales_core.state import Ticket

_LINE_COMMANDS: Final = (leftovers.OrderGoods, leftovers.PromiseGoods, leftovers.ShipGoods)


class LegalMove(NamedTuple):
    """A command and whether it could be given now; `refusals` is empty where it could."""

    command: str
    open: bool
    refusals: tuple[Refusal, ...]


def decide(
    command: TicketCommand, ticket: Ticket, playbook: Playbook, history: Sequence[Entry] = ()
) -> list[Fact]:
    """The facts that *command* makes of *ticket*; none where there is nothing new.

    Args:
        ticket: as it is now; `Ticket(number)` for one that does not exist yet.
        playbook: the edition the ticket was opened under.
        history: only a correction looks at it.

    Raises:
        Refused: with the clause, what is missing and what would make it legal.
        BadInput: a correction whose values the corrected fact cannot take.
    """
    for refusal in _questions(type(command), command, ticket, playbook, command.role):
        if not (refusal.soft and command.override):
            raise refusal.error(ticket.number, command.name())
    if isinstance(command, closing.Correct):
        return closing.correct(command, ticket, history, playbook.duties["correct"].clauses)
    if (maker := _MAKERS.get(type(command))) is not None:
        return maker(command, ticket)
    if command.thing in {"visit", "slip"}:
        return _about_visit(command, ticket)
    if command.thing in {"leftover", "sheet"}:
        return _about_leftover(command, ticket)
    if command.thing == "complaint":
        return [say(command.fact, command, complaint=_complaint_no(command, ticket))]
    return [say(command.fact, command)]


def refusals(command: TicketCommand, ticket: Ticket, playbook: Playbook) -> tuple[Refusal, ...]:
    """Every reason why *command* is not legal now; `decide` raises the first."""
    return tuple(_questions(type(command), command, ticket, playbook, command.role))


def legal_moves(ticket: Ticket, playbook: Playbook, role: str | None = None) -> tuple[LegalMove, ...]:
    """Every command, whether it could be given now, and if not, why not.

    Args:
        role: asks for one role; without it, whatever the role.
    """
    moves = []
    for name, cls in COMMANDS.items():
        found = tuple(_questions(cls, None, ticket, playbook, role))
        moves.append(LegalMove(name, not any(not r.soft for r in found), found))
    return tuple(moves)


def _questions(
    cls: type[Command], command: Command | None, ticket: Ticket, playbook: Playbook, role: str | None
) -> Iterator[Refusal]:
    """The questions in their order; each answer no is one refusal."""
    name = cls.name()
    duty = playbook.duties[name]
    if role is not None and role not in duty.roles:
        yield Refusal("role-may-not", duty.clauses, facts={"role": role, "roles": duty.roles})
    for need in playbook.requirements.get(name, ()):
        if need.of == "command" and command is None:
            continue
        if all(_field(ticket, command, key) in values for key, values in need.when.items()):
            about: object = ticket if need.of == "ticket" else command
            blank = tuple(f"field:{f}" for f in need.fields if getattr(about, f) in (None, "", False, ()))
            if blank:
                remedies = ("amend",) if need.of == "ticket" else ()
                yield Refusal("field-missing", need.clauses, blank, remedies)
    case = Case(ticket, command, playbook, name, role)
    guards = playbook.guards.get(name, ())
    kind = _primary(cls)
    # from TRIAGED the table lets in only what was solved remotely, and a visit never is
    if (ticket.stage, kind) not in TICKET.cells or (cls is visit.CompleteVisit and ticket.stage == "TRIAGED"):
        explained = False
        for guard in guards:
            if ticket.stage in guard.explains and (missing := PREDICATES[guard.needs](case)):
                explained = True
                yield Refusal(guard.id, guard.clauses, missing, guard.remedies)
        if not explained:
            yield _wrong_stage(ticket, kind, duty.clauses)
        return
    part = _part(cls, command, ticket, duty.clauses)
    if part is not None:
        yield part
        return
    for guard in guards:
        if missing := PREDICATES[guard.needs](case):
            yield Refusal(guard.id, guard.clauses, missing, guard.remedies, soft=guard.soft)
    if kind == "cancelled" and ticket.first_installed_at is not None:
        yield Refusal("already-installed", duty.clauses, remedies=("waive-line", "close"))


def _primary(cls: type[Command]) -> str:
    return cls.fact.kind


def _field(ticket: Ticket, command: Command | None, name: str) -> object:
    value = getattr(command, name, None)
    return value if value is not None else getattr(ticket, name, None)


def _wrong_stage(ticket: Ticket, kind: str, clauses: tuple[str, ...]) -> Refusal:
    if ticket.stage == "NEW":
        return Refusal("no-such-ticket", clauses, remedies=("report", "import-ticket"))
    if kind in {"reported", "imported"}:
        return Refusal("ticket-exists", clauses, facts={"stage": ticket.stage})
    legal_from = tuple(stage for stage in TICKET.sources[kind] if stage != ticket.stage)
    return Refusal("wrong-stage", clauses, facts={"stage": ticket.stage, "stages": legal_from, "fact": kind})


def _part(cls: type[Command], command: Command | None, ticket: Ticket, clauses: tuple[str, ...]) -> Refusal | None:
    """Whether the visit, slip, sheet, line or complaint that is meant allows it; None where it does."""
    kind = _primary(cls)
    if cls.thing in {"visit", "slip"}:
        table = VISIT if cls.thing == "visit" else SLIP
        no = getattr(command, "visit", None)
        if not ticket.visits:
            return Refusal("no-appointment", clauses, ("thing:visit",), ("make-appointment",))
        meant = [v for v in ticket.visits if no in (None, v.no)]
        if not meant:
            return Refusal("no-such-part", clauses, facts={"thing": "visit", "no": no, "last": len(ticket.visits)})
        if cls.thing == "slip":
            meant = [v for v in meant if v.installed_at or v.ended_at] or meant
        states = [v.state if cls.thing == "visit" else v.slip.state for v in meant]
        if cls.thing == "slip" and not any(v.installed_at or v.ended_at for v in meant):
            return Refusal("work-not-done", clauses, ("fact:installed",), ("complete-visit",))
        if not any((state, kind) in table.cells for state in states):
            facts = {"thing": cls.thing, "no": meant[-1].no, "state": states[-1], "states": table.sources[kind]}
            return Refusal("part-not-there", clauses, facts=facts)
        if isinstance(command, visit.CompleteVisit):
            return _settled_lines(command, ticket, clauses)
        return None
    if cls.thing in {"leftover", "sheet"}:
        return _leftover_part(cls, command, ticket, clauses)
    if cls.thing == "line":
        return _line_part(cls, command, ticket, clauses)
    if cls.thing == "complaint":
        no = getattr(command, "complaint", None)
        complaints_meant = [c for c in ticket.complaints if no in (None, c.no)]
        if not complaints_meant:
            return Refusal("no-such-part", clauses, remedies=("lodge-complaint",),
                           facts={"thing": "complaint", "no": no or 1, "last": len(ticket.complaints)})  # fmt: skip
        if not any((c.state, kind) in COMPLAINT.cells for c in complaints_meant):
            last = complaints_meant[-1]
            facts = {"thing": "complaint", "no": last.no, "state": last.state, "states": COMPLAINT.sources[kind]}
            return Refusal("part-not-there", clauses, facts=facts)
    if isinstance(command, leftovers.RaiseLeftover) and command.visit is not None:
        if command.visit > len(ticket.visits):
            return Refusal("no-such-part", clauses, facts={"thing": "visit", "no": command.visit, "last": len(ticket.visits)})
        state = ticket.visits[command.visit - 1].state
        if (state, kind) not in VISIT.cells:
            facts = {"thing": "visit", "no": command.visit, "state": state, "states": VISIT.sources[kind]}
            return Refusal("part-not-there", clauses, facts=facts)
    return None


def _settled_lines(command: visit.CompleteVisit, ticket: Ticket, clauses: tuple[str, ...]) -> Refusal | None:
    for line_id in command.settles:
        line = ticket.find_line(line_id)
        if line is None:
            return Refusal("no-such-line", clauses, facts={"line": line_id, "lines": _ids(ticket)})
        if not line.takes("installed"):
            facts = {"thing": "line", "no": line.id, "state": line.state, "states": LINE.sources["installed"]}
            return Refusal("part-not-there", ("L-11", "L-15"), (f"line:{line.id} {line.item}",), facts=facts)
    return None


def _leftover_part(
    cls: type[Command], command: Command | None, ticket: Ticket, clauses: tuple[str, ...]
) -> Refusal | None:
    kind = _primary(cls)
    no = getattr(command, "leftover", None)
    orders = [o for o in ticket.leftovers if no in (None, o.no)]
    if not orders:
        return Refusal("no-such-part", clauses, remedies=("raise-leftover",),
                       facts={"thing": "leftover", "no": no or 1, "last": len(ticket.leftovers)})  # fmt: skip
    if cls.thing == "sheet" and not any((o.sheet, kind) in SHEET.cells for o in orders):
        remedies = ("issue-sheet",) if orders[-1].sheet in SHEET.sources["sheet-issued"] else ()
        facts = {"thing": "sheet", "no": orders[-1].no, "state": orders[-1].sheet, "states": SHEET.sources[kind]}
        return Refusal("part-not-there", clauses, remedies=remedies, facts=facts)
    if issubclass(cls, _LINE_COMMANDS):
        named: tuple[str, ...] = getattr(command, "lines", ())
        meant = [line for order in orders for line in order.lines if not named or line.id in named]
        for line_id in named:
            if ticket.find_line(line_id) is None:
                return Refusal("no-such-line", clauses, facts={"line": line_id, "lines": _ids(ticket)})
        fitting = [line for line in meant if line.takes(kind)]
        if not fitting or (named and len(fitting) != len(set(named))):
            off = next(line for line in meant if line not in fitting) if meant else None
            facts = {"thing": "line", "no": off.id if off else "", "state": off.state if off else "",
                     "states": LINE.sources[kind]}  # fmt: skip
            return Refusal("part-not-there", clauses, facts=facts)
    return None


def _line_part(
    cls: type[Command], command: Command | None, ticket: Ticket, clauses: tuple[str, ...]
) -> Refusal | None:
    kind = _primary(cls)
    if command is None:
        if any(line.takes(kind) for line in ticket.lines):
            return None
        return Refusal("no-line-there", clauses, facts={"states": LINE.sources[kind]})
    named = [command.line] if isinstance(command, leftovers.WaiveLine) else [p.line for p in getattr(command, "lines", ())]
    for line_id in named:
        line = ticket.find_line(line_id)
        if line is None:
            return Refusal("no-such-line", clauses, facts={"line": line_id, "lines": _ids(ticket)})
        if not line.takes(kind):
            facts = {"thing": "line", "no": line.id, "state": line.state, "states": LINE.sources[kind]}
            return Refusal("part-not-there", clauses, facts=facts)
    return None


def _ids(ticket: Ticket) -> tuple[str, ...]:
    return tuple(line.id for line in ticket.lines)


def _about_visit(command: Command, ticket: Ticket) -> list[Fact]:
    """The visit that is meant: the one named, else the latest that allows it."""
    kind = command.fact.kind
    no = getattr(command, "visit", None)
    if no is None:
        if command.thing == "visit":
            fits = [v.no for v in ticket.visits if (v.state, kind) in VISIT.cells]
        else:
            fits = [v.no for v in ticket.visits if (v.slip.state, kind) in SLIP.cells and (v.installed_at or v.ended_at)]
        no = fits[-1]
    match command:
        case dispatch.PreparePapers():
            return dispatch.prepare_papers(command, ticket, no)
        case visit.CompleteVisit():
            return visit.complete_visit(command, ticket, no)
        case slips.HandInSlip():
            return slips.hand_in_slip(command, ticket, no)
    return [say(command.fact, command, visit=no)]


def _about_leftover(command: Command, ticket: Ticket) -> list[Fact]:
    """The leftover order that is meant: the one named, else the latest that allows it."""
    kind = command.fact.kind
    no = getattr(command, "leftover", None)
    if no is None:
        if command.thing == "sheet":
            fits = [o.no for o in ticket.leftovers if (o.sheet, kind) in SHEET.cells]
        elif isinstance(command, _LINE_COMMANDS):
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
    if isinstance(command, _LINE_COMMANDS):
        lines = command.lines or tuple(line.id for line in ticket.leftovers[no - 1].lines if line.takes(kind))
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
}
"""Commands whose facts are not simply their own words."""

