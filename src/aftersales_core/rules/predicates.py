"""前置: the named predicates that guards of a playbook may need.

A predicate looks at a case and returns what is missing, as `kind:name` words; nothing missing means satisfied.
Where the case has no command (the question is only what could be done now), a predicate that hangs on the
command's own words finds nothing missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from aftersales_core.rules._base import Case, meant_visit, named_leftover
from aftersales_core.rules.dispatch import DrawGoods
from aftersales_core.rules.goods import InspectGoods, ReceiveGoods, RejectGoods
from aftersales_core.rules.revisits import Revisit
from aftersales_core.rules.slips import HandInSlip
from aftersales_core.rules.visit import AcceptWork
from aftersales_core.state import Leftover, Line, Visit
from aftersales_core.state.papers import life, taken
from aftersales_core.state.ticket import BEFORE_DEPARTURE, UNDER_WAY

Missing: TypeAlias = tuple[str, ...]
NONE: Final[Missing] = ()


def _visit(case: Case) -> Visit | None:
    return meant_visit(case.asked, getattr(case.command, "visit", None), case.ticket)


def _leftover(case: Case, fits: Callable[[Leftover], bool]) -> Leftover | None:
    no = named_leftover(case.command)
    if no is not None:
        return case.ticket.find_leftover(no)
    return next((order for order in reversed(case.ticket.leftovers) if fits(order)), None)


def _for_leftover(case: Case) -> bool:
    """Whether the present visit is for a leftover order: raised before it was booked and not finished yet."""
    visit = _visit(case)
    return any(order.open and (visit is None or order.visit != visit.no) for order in case.ticket.leftovers)


def _papers(case: Case, gate: str, have: Iterable[str]) -> Missing:
    applies = {
        "always": True,
        "leftover": _for_leftover(case),
        "visited": any(v.installed_at for v in case.ticket.visits),
    }
    held = set(have)
    return tuple(f"paper:{p.paper}" for p in case.playbook.papers(gate) if applies[p.when] and p.paper not in held)


def leftover_where_goods_are_needed(case: Case) -> Missing:
    """Triage said that goods are needed: they must be named as lines before a visit is booked. (L-03)"""
    return ("thing:leftover",) if case.ticket.needs_goods and not case.ticket.leftovers else NONE


def goods_in(case: Case) -> Missing:
    """Only after the goods are in the warehouse is a visit booked. (L-11)"""
    owed = tuple(f"line:{line.id} {line.item}" for line in case.ticket.lines if line.outstanding)
    # an old ticket can come in awaiting goods without anybody knowing which
    unnamed = case.ticket.stage == "AWAITING_GOODS" and not case.ticket.open_lines
    return ("thing:leftover",) if unnamed else owed


def no_visit_under_way(case: Case) -> Missing:
    """One visit at a time: the one that is booked is moved, not booked again."""
    visit = case.ticket.visit
    return (f"visit:{visit.no}",) if visit and visit.state in UNDER_WAY else NONE


def papers_for_dispatch(case: Case) -> Missing:
    """The slip is made out with the booking. (W-15)"""
    visit = _visit(case)
    return _papers(case, "dispatch", visit.papers) if visit else NONE


def papers_for_departure(case: Case) -> Missing:
    """Nobody sets out without the papers of the visit. (L-14)"""
    visit = _visit(case)
    return _papers(case, "departure", visit.papers) if visit and visit.state in BEFORE_DEPARTURE else NONE


def papers_for_drawing(case: Case) -> Missing:
    """The keeper issues goods against the papers. (W-16)"""
    visit = _visit(case)
    return _papers(case, "drawing", visit.papers) if visit else NONE


def papers_for_archive(case: Case) -> Missing:
    """Both papers are filed before a ticket is closed. (F-20)"""
    return _papers(case, "archive", case.ticket.archived)


def goods_drawn(case: Case) -> Missing:
    """Goods that were ordered for the visit are drawn before it. (L-15)"""
    visit = _visit(case)
    if visit is None or visit.state not in BEFORE_DEPARTURE:
        return NONE
    return tuple(f"line:{line.id} {line.item}" for line in case.ticket.lines if line.state == "IN")


def arrival_confirmed(case: Case) -> Missing:
    """Address and approximate time are confirmed before setting out. (L-16)"""
    visit = _visit(case)
    if visit is None or visit.state not in BEFORE_DEPARTURE:
        return NONE
    address = NONE if visit.address_confirmed else ("field:address_confirmed",)
    return address if visit.expected_at else (*address, "field:expected_at")


def lines_on_the_sheet(case: Case) -> Missing:
    """Only items of the sheet are drawn. (W-17)"""
    if not isinstance(case.command, DrawGoods):
        return NONE
    return tuple(f"line:{p.line}" for p in case.command.lines if case.ticket.find_line(p.line) is None)


def no_more_than_arrived(case: Case) -> Missing:
    """No more is drawn than is in. (W-17)"""
    if not isinstance(case.command, DrawGoods):
        return NONE
    drawn: dict[str, int] = {}
    for piece in case.command.lines:
        drawn[piece.line] = drawn.get(piece.line, 0) + piece.qty
    return tuple(
        f"amount:{line.id} {line.drawn + qty} {line.arrived}"
        for line_id, qty in drawn.items()
        if (line := case.ticket.find_line(line_id)) and line.drawn + qty > line.arrived
    )


def supervisor_for_absent_customer(case: Case) -> Missing:
    """Where the customer was not there, the installation supervisor accepts on site and signs. (F-09)"""
    visit = _visit(case)
    absent = visit is not None and visit.customer_present is False
    if isinstance(case.command, AcceptWork):
        by_supervisor = case.command.by == "supervisor"
        # nobody else signs as the supervisor, whether the customer was there or not
        signed = case.command.role == "install_supervisor" if by_supervisor else not absent
    elif case.asked is AcceptWork:
        signed = not absent or case.role in {None, "install_supervisor"}
    else:
        signed = not absent or (visit is not None and visit.accepted_by == "supervisor")
    return NONE if signed else ("thing:supervisor-signature",)


def work_accepted(case: Case) -> Missing:
    """The customer accepts and rates before the slip goes in. (L-18, F-11)"""
    visit = _visit(case)
    return ("thing:acceptance",) if visit and visit.state == "DONE" else NONE


def score_still_wanted(case: Case) -> Missing:
    """Work is accepted once; only a score that was not given then can be given later. (F-05, F-11)"""
    visit = _visit(case)
    given = visit is not None and visit.state == "ACCEPTED" and visit.rating is not None
    return ("thing:missing-score",) if given else NONE


def service_not_rated(case: Case) -> Missing:
    """The customer's own rating of a visit is given once; what he adds he says as a complaint or on the telephone. (F-21)"""
    visit = _visit(case)
    return ("thing:missing-score",) if visit is not None and visit.score is not None else NONE


def slip_complete(case: Case) -> Missing:
    """A slip is filled in completely before it is handed in. (F-07)"""
    return ("thing:complete-slip",) if isinstance(case.command, HandInSlip) and not case.command.complete else NONE


def ground_for_refusal(case: Case) -> Missing:
    """A slip is refused for want of a score, or because it is not complete or signed. (F-05)"""
    visit = _visit(case)
    why = getattr(case.command, "why", None)
    return ("thing:ground-for-refusal",) if visit and why == "no-score" and (visit.slip.scored or visit.score) else NONE


def daily_report(case: Case) -> Missing:
    """Slip and daily report come to the supervisor together. (F-19)"""
    visit = _visit(case)
    if visit is None or visit.slip.state != "HANDED_IN" or visit.slip.daily_report:
        return NONE
    alone = taken(life(case.ticket, "daily-report", f"visit:{visit.no}"), "handed-in")
    return ("paper:daily-report",) if alone is None else NONE


def customer_score(case: Case) -> Missing:
    """A slip without a score may be taken all the same, but then somebody says why. (F-06)"""
    visit = _visit(case)
    return ("thing:customer-score",) if visit and visit.slip.state == "HANDED_IN" and not (visit.slip.scored or visit.score) else NONE


def leftover_in_writing(case: Case) -> Missing:
    """No sheet for a leftover told only by word of mouth. (W-01)"""
    order = _leftover(case, lambda o: o.sheet in {"NEW", "RETURNED"})
    # what triage or a call-back found is in the customer-service register already; the report is the crew's
    return ("paper:daily-report",) if order and order.visit and not order.written else NONE


def sheet_reviewed(case: Case) -> Missing:
    """The supervisor reviews the sheet before anything is ordered. (L-06, W-03)"""
    order = _leftover(case, lambda o: any(line.state == "RAISED" and line.needs_goods for line in o.lines))
    return ("thing:reviewed-sheet",) if order and order.sheet != "REVIEWED" else NONE


def leftover_confirmed(case: Case) -> Missing:
    """Responsibility is decided after the customer confirmed the leftover. (R-14, W-06)"""
    order = _leftover(case, lambda o: o.party is None)
    return ("thing:confirmation",) if order and order.confirmed_at is None else NONE


def _entered(case: Case) -> Iterable[tuple[Line, int]]:
    """(line, pieces) of an inspection, good and bad together, or of an entry."""
    if isinstance(case.command, InspectGoods):
        for seen in case.command.lines:
            if line := case.ticket.find_line(seen.line):
                yield line, seen.good + seen.bad
    elif isinstance(case.command, ReceiveGoods):
        for piece in case.command.lines:
            if line := case.ticket.find_line(piece.line):
                yield line, piece.qty


def _sums(case: Case) -> dict[str, tuple[Line, int]]:
    sums: dict[str, tuple[Line, int]] = {}
    for line, pieces in _entered(case):
        sums[line.id] = (line, sums.get(line.id, (line, 0))[1] + pieces)
    return sums


def pieces_inspected(case: Case) -> Missing:
    """Nothing is entered that was not inspected at the door. (W-08)"""
    if not isinstance(case.command, ReceiveGoods):
        return NONE
    return tuple(
        f"amount:{line.id} {qty} {line.good}"
        for line, qty in _sums(case).values()
        if qty > line.good and line.arrived + qty <= line.qty
    )


def no_more_than_ordered(case: Case) -> Missing:
    """No more pieces come in than were ordered. (G-08, W-11)"""
    waiting = 1 if isinstance(case.command, InspectGoods) else 0
    return tuple(
        f"amount:{line.id} {line.arrived + waiting * line.good + qty} {line.qty}"
        for line, qty in _sums(case).values()
        if line.arrived + waiting * line.good + qty > line.qty
    )


def bad_pieces(case: Case) -> Missing:
    """Only pieces found bad are sent back. (W-08)"""
    if not isinstance(case.command, RejectGoods):
        return NONE if any(line.bad for line in case.ticket.lines) else ("thing:bad-pieces",)
    return tuple(
        f"amount:{p.line} {p.qty} {line.bad}"
        for p in case.command.lines
        if (line := case.ticket.find_line(p.line)) and p.qty > line.bad
    )


def arrival_untold(case: Case) -> Missing:
    """There is an entry that customer service was not told of yet. (W-12)"""
    return NONE if case.ticket.unnotified_since else ("thing:goods-entry",)


def something_installed(case: Case) -> Missing:
    """A call-back follows an installation. (R-01)"""
    return NONE if case.ticket.first_installed_at else ("fact:installed",)


def slip_passed_on(case: Case) -> Missing:
    """The call-back starts when the approved slip was passed on. (F-18, L-21)"""
    done = [v for v in case.ticket.visits if v.installed_at]
    return (f"slip:{done[-1].no}",) if done and done[-1].slip.state not in {"PASSED_ON", "REGISTERED"} else NONE


def call_class_fits(case: Case) -> Missing:
    """Class A for a job completed, class B while something is left over. (R-02 … R-04)"""
    if not isinstance(case.command, Revisit):
        return NONE
    right = "B" if case.ticket.open_lines or case.ticket.stage != "INSTALLED" else "A"
    return NONE if case.command.call_class == right else (f"class:{right}",)


def a_call(case: Case) -> Missing:
    """There is a call to enter or to share. (R-09)"""
    return NONE if case.ticket.calls else ("fact:revisited",)


def call_registered(case: Case) -> Missing:
    """A call-back is finished when it stands in the form; then it is shared, and only then closed. (R-09, R-10)"""
    call = case.ticket.call
    return ("fact:revisit-registered",) if call and not call.registered else NONE


def called_back(case: Case) -> Missing:
    """No closing without a call-back. (L-22)"""
    return ("fact:revisited",) if case.ticket.uncalled or case.ticket.stage == "INSTALLED" else NONE


def no_open_line(case: Case) -> Missing:
    """No closing with an open leftover. (L-24)"""
    return tuple(f"line:{line.id} {line.item}" for line in case.ticket.open_lines)


def no_open_complaint(case: Case) -> Missing:
    """No closing with a problem found and not followed up. (R-16)"""
    return tuple(f"complaint:{c.no}" for c in case.ticket.open_complaints)


def slips_registered(case: Case) -> Missing:
    """Every slip stands in the register. (F-04, L-24)"""
    return tuple(f"slip:{v.no}" for v in case.ticket.open_slips)


def channel_agreed(case: Case) -> Missing:
    """A matter comes in by a way that the house has opened. (T-02)"""
    open_ = case.playbook.listed("channels")
    return NONE if case.command is None or case.command.channel in open_ else (f"channel:{'/'.join(open_)}",)


def arrival_told(case: Case) -> Missing:
    """Customer service was told that the goods are in. (W-12, L-11)"""
    return ("thing:arrival-notice",) if case.ticket.unnotified_since else NONE


PREDICATES: Final[dict[str, Callable[[Case], Missing]]] = {
    f.__name__.replace("_", "-"): f
    for f in (
        leftover_where_goods_are_needed, goods_in, no_visit_under_way, papers_for_dispatch, papers_for_departure,
        papers_for_drawing, papers_for_archive, goods_drawn, arrival_confirmed, lines_on_the_sheet,
        no_more_than_arrived, supervisor_for_absent_customer, work_accepted, score_still_wanted, service_not_rated, slip_complete, ground_for_refusal,
        daily_report, customer_score, leftover_in_writing, sheet_reviewed, leftover_confirmed, pieces_inspected,
        no_more_than_ordered, bad_pieces, arrival_untold, something_installed, slip_passed_on, call_class_fits,
        a_call, call_registered, called_back, no_open_line, no_open_complaint, slips_registered,
        channel_agreed, arrival_told,
    )
}  # fmt: skip
"""Name in a playbook → predicate."""
