"""盘问: the questions put to a command, in their order; each answer no is a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from aftersales_core.moves import COMPLAINT, LINE, SHEET, SLIP, TICKET, VISIT
from aftersales_core.playbooks import Playbook
from aftersales_core.playbooks.model import Required
from aftersales_core.rules import leftovers, visit
from aftersales_core.rules._base import Case, Command, Refusal, named_leftover
from aftersales_core.rules.asks import applies, asks_of, words
from aftersales_core.rules.house import QUESTIONS
from aftersales_core.state import Ticket
from aftersales_core.wording import word

LINE_COMMANDS: Final = (leftovers.OrderGoods, leftovers.PromiseGoods, leftovers.ShipGoods)
"""Commands about the lines of one leftover order."""


def questions(
    cls: type[Command], command: Command | None, ticket: Ticket, playbook: Playbook, role: str | None
) -> Iterator[Refusal]:
    """The questions in their order; each answer no is one refusal."""
    name = cls.name()
    duty = playbook.duties[name]
    if role is not None and role not in duty.roles:
        yield Refusal("role-may-not", duty.clauses, facts={"role": role, "roles": duty.roles, **_own_roles(playbook, role, *duty.roles)})
    for need in playbook.requirements.get(name, ()):
        if left_out := blank(need, command, ticket):
            remedies = ("amend",) if need.of == "ticket" else ()
            yield Refusal("field-missing", need.clauses, tuple(f"field:{f}" for f in left_out), remedies)
    case = Case(ticket, command, playbook, cls, role)
    asks = asks_of(playbook, name)
    kind = cls.fact.kind
    # from TRIAGED the table lets in only what was solved remotely, and a visit never is
    if (ticket.stage, kind) not in TICKET.cells or (cls is visit.CompleteVisit and ticket.stage == "TRIAGED"):
        explained = False
        for ask in asks:
            if ticket.stage in ask.explains and (missing := ask.missing(case)):
                explained = True
                yield Refusal(ask.code, ask.clauses, missing, ask.remedies, dict(ask.facts))
        if not explained:
            yield _wrong_stage(ticket, kind, duty.clauses)
        return
    part = part_refusal(cls, command, ticket, duty.clauses)
    if part is not None:
        yield part
        return
    for ask in asks:
        if missing := ask.missing(case):
            yield Refusal(ask.code, ask.clauses, missing, ask.remedies, dict(ask.facts), ask.soft)
    if (of_the_house := QUESTIONS.get(cls)) is not None:
        yield from of_the_house(case)
    if kind == "cancelled" and ticket.first_installed_at is not None:
        yield Refusal("already-installed", duty.clauses, remedies=("waive-line", "close"))


def blank(need: Required, command: Command | None, ticket: Ticket) -> list[str]:
    """The fields that are needed and empty; none while there is no command that could fill them."""
    about = ticket if need.of == "ticket" else command
    if about is None:
        return []
    if need.when and not applies(need.when, command, ticket):
        return []
    return [name for name in need.fields if _empty(about, name)]


def _own_roles(playbook: Playbook, *roles: str) -> dict[str, Any]:
    """What the house calls roles that the wording does not know."""
    own = (f"role:{role}" for role in roles if word("role", role, "zh") == role)
    found = words(playbook.titles, *own)
    return {"titles": found} if found else {}


def _empty(about: Command | Ticket, name: str) -> bool:
    """Whether nothing was said; `False` says something where a field could also say nothing."""
    said = getattr(about, name)
    if said is False:
        return isinstance(about, Ticket) or type(about).model_fields[name].default is False
    return said is None or said == "" or said == ()


def _wrong_stage(ticket: Ticket, kind: str, clauses: tuple[str, ...]) -> Refusal:
    if ticket.stage == "NEW":
        return Refusal("no-such-ticket", clauses, remedies=("report", "import-ticket"))
    if kind in {"reported", "imported"}:
        return Refusal("ticket-exists", clauses, facts={"stage": ticket.stage})
    legal_from = tuple(stage for stage in TICKET.sources[kind] if stage != ticket.stage)
    return Refusal("wrong-stage", clauses, facts={"stage": ticket.stage, "stages": legal_from, "fact": kind})


def part_refusal(cls: type[Command], command: Command | None, ticket: Ticket, clauses: tuple[str, ...]) -> Refusal | None:
    """Whether the visit, slip, sheet, line or complaint that is meant allows it; None where it does."""
    kind = cls.fact.kind
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
    kind = cls.fact.kind
    no = named_leftover(command)
    named: tuple[str, ...] = getattr(command, "lines", ())
    orders = [o for o in ticket.leftovers if no in (None, o.no)]
    if not orders and ticket.leftovers and getattr(command, "leftover", None) is None:
        # only its lines name the order, so it is the line that is not there
        return Refusal("no-such-line", clauses, facts={"line": named[0], "lines": _ids(ticket)})
    if not orders:
        return Refusal("no-such-part", clauses, remedies=("raise-leftover",),
                       facts={"thing": "leftover", "no": no or 1, "last": len(ticket.leftovers)})  # fmt: skip
    if cls.thing == "sheet" and not any((o.sheet, kind) in SHEET.cells for o in orders):
        remedies = ("issue-sheet",) if orders[-1].sheet in SHEET.sources["sheet-issued"] else ()
        facts = {"thing": "sheet", "no": orders[-1].no, "state": orders[-1].sheet, "states": SHEET.sources[kind]}
        return Refusal("part-not-there", clauses, remedies=remedies, facts=facts)
    if issubclass(cls, LINE_COMMANDS):
        there = {line.id: line for order in orders for line in order.lines}
        for line_id in named:
            if line_id not in there:
                return Refusal("no-such-line", clauses, facts={"line": line_id, "lines": tuple(there)})
        meant = [there[line_id] for line_id in dict.fromkeys(named)] if named else list(there.values())
        fitting = [line for line in meant if line.takes(kind)]
        if not fitting or (named and len(fitting) != len(meant)):
            off = next((line for line in meant if line not in fitting), None)
            facts = {"thing": "line", "no": off.id if off else "", "state": off.state if off else "",
                     "states": LINE.sources[kind]}  # fmt: skip
            return Refusal("part-not-there", clauses, facts=facts)
    return None


def _line_part(
    cls: type[Command], command: Command | None, ticket: Ticket, clauses: tuple[str, ...]
) -> Refusal | None:
    kind = cls.fact.kind
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
