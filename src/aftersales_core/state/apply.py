"""折叠: what each fact changes. One function a fact, none of them refuses, whatever the order.

A function changes the ticket it is given by replacing whole attributes, so a shallow copy stays untouched.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from aftersales_core.facts import (
    Entry,
    Fact,
    closing,
    complaints,
    dispatch,
    goods,
    intake,
    leftovers,
    revisits,
    slips,
    triage,
    visit,
)
from aftersales_core.moves import COMPLAINT, LINE, SHEET, SLIP, VISIT
from aftersales_core.state.ticket import Call, Complaint, Leftover, Line, Slip, Ticket, Visit

_INTAKE = ("customer", "phone", "address", "order_no", "model", "purchased_on", "problem", "source")


def _nothing(_name: str) -> bool:
    return False


def _visit(t: Ticket, no: int, kind: str, **changes: Any) -> None:
    """Change visit *no*, making it (and any before it) where a torn history lacks it."""
    visits = t.visits
    while len(visits) < no:
        visits = (*visits, Visit(len(visits) + 1))
    old = visits[no - 1]
    state = VISIT.land(old.state, kind, _nothing) if kind in VISIT.sources else old.state
    t.visits = (*visits[: no - 1], replace(old, state=state, **changes), *visits[no:])


def _slip(t: Ticket, no: int, kind: str, **changes: Any) -> None:
    found = t.find_visit(no) or Visit(no)
    slip = replace(found.slip, state=SLIP.land(found.slip.state, kind, _nothing), **changes)
    _visit(t, no, kind, slip=slip)


def _leftover(t: Ticket, no: int, **changes: Any) -> None:
    orders = t.leftovers
    while len(orders) < no:
        orders = (*orders, Leftover(len(orders) + 1))
    t.leftovers = (*orders[: no - 1], replace(orders[no - 1], **changes), *orders[no:])


def _line(t: Ticket, line_id: str, kind: str, change: Callable[[Line], dict[str, Any]]) -> None:
    """Change one line; a line the ticket does not have is passed over."""
    for order in t.leftovers:
        for at, old in enumerate(order.lines):
            if old.id == line_id:
                new = replace(old, **change(old))
                truths = {
                    "needs-goods": new.needs_goods,
                    "no-goods": not new.needs_goods,
                    "all-in": new.arrived >= new.qty,
                }
                new = replace(new, state=LINE.land(old.state, kind, truths.__getitem__))
                _leftover(t, order.no, lines=(*order.lines[:at], new, *order.lines[at + 1 :]))
                return


# --- 受理 intake


def reported(t: Ticket, f: intake.Reported, e: Entry) -> None:
    t.category = f.category
    for name in _INTAKE:
        setattr(t, name, getattr(f, name))
    t.opened_at = e.envelope.occurred_at
    t.playbook = e.envelope.playbook


def acknowledged(t: Ticket, f: intake.Acknowledged, e: Entry) -> None:
    t.acknowledged_at = e.envelope.occurred_at


def amended(t: Ticket, f: intake.Amended, e: Entry) -> None:
    for name in f.model_fields_set:
        if (value := getattr(f, name)) is not None:
            setattr(t, name, value)
    t.unknown = tuple(name for name in t.unknown if getattr(t, name, None) is None)


def imported(t: Ticket, f: intake.Imported, e: Entry) -> None:
    t.category = f.category
    for name in _INTAKE[:-1]:
        setattr(t, name, getattr(f, name))
    t.origin, t.old_no, t.unknown = f.origin, f.old_no, f.unknown
    t.opened_at = e.envelope.occurred_at
    t.playbook = e.envelope.playbook
    if f.stage in {"INSTALLED", "REVISITED", "CLOSED"}:
        t.first_installed_at = t.last_installed_at = e.envelope.occurred_at
        t.uncalled = f.stage == "INSTALLED"
    if f.stage == "CLOSED":
        t.closed_at = e.envelope.occurred_at


def cancelled(t: Ticket, f: intake.Cancelled, e: Entry) -> None:
    t.closed_at, t.result = e.envelope.occurred_at, f.reason


# --- 判定 triage


def diagnosed(t: Ticket, f: triage.Diagnosed, e: Entry) -> None:
    t.finding = f.finding


def ruled(t: Ticket, f: triage.Ruled, e: Entry) -> None:
    t.covered, t.bearer = f.covered, f.bearer


def quoted(t: Ticket, f: triage.Quoted, e: Entry) -> None:
    t.quoted = f.amount


def remedy_agreed(t: Ticket, f: triage.RemedyAgreed, e: Entry) -> None:
    t.remedy = f.remedy


def triaged(t: Ticket, f: triage.Triaged, e: Entry) -> None:
    t.service, t.needs_goods, t.owner = f.service, f.needs_goods, f.owner
    t.triaged_at = e.envelope.occurred_at


def solved_remotely(t: Ticket, f: triage.SolvedRemotely, e: Entry) -> None:
    t.solution = f.solution


# --- 派工 dispatch


def appointment_made(t: Ticket, f: dispatch.AppointmentMade, e: Entry) -> None:
    _visit(t, f.visit, f.kind, start=f.start, end=f.end, agreed_with=f.agreed_with, booked_at=e.envelope.occurred_at)


def appointment_moved(t: Ticket, f: dispatch.AppointmentMoved, e: Entry) -> None:
    moved = (t.find_visit(f.visit) or Visit(f.visit)).moved + 1
    _visit(t, f.visit, f.kind, start=f.start, end=f.end, agreed_with=f.agreed_with, moved=moved,
           address_confirmed=False, expected_at=None)  # fmt: skip


def papers_prepared(t: Ticket, f: dispatch.PapersPrepared, e: Entry) -> None:
    had = (t.find_visit(f.visit) or Visit(f.visit)).papers
    _visit(t, f.visit, f.kind, papers=tuple(dict.fromkeys((*had, *f.papers))))


def dispatched(t: Ticket, f: dispatch.Dispatched, e: Entry) -> None:
    _visit(t, f.visit, f.kind, crew=f.crew)
    t.rework = False


def reassigned(t: Ticket, f: dispatch.Reassigned, e: Entry) -> None:
    _visit(t, f.visit, f.kind, crew=f.crew)


def goods_drawn(t: Ticket, f: dispatch.GoodsDrawn, e: Entry) -> None:
    had = (t.find_visit(f.visit) or Visit(f.visit)).drawn
    _visit(t, f.visit, f.kind, drawn=(*had, *((p.line, p.qty) for p in f.lines)))
    for piece in f.lines:
        _line(t, piece.line, f.kind, lambda old, qty=piece.qty: {"drawn": old.drawn + qty})  # type: ignore[misc]


def arrival_confirmed(t: Ticket, f: dispatch.ArrivalConfirmed, e: Entry) -> None:
    _visit(t, f.visit, f.kind, address_confirmed=f.address_confirmed, expected_at=f.expected_at)


# --- 上门 visit


def departed(t: Ticket, f: visit.Departed, e: Entry) -> None:
    _visit(t, f.visit, f.kind, departed_at=e.envelope.occurred_at)


def arrived(t: Ticket, f: visit.Arrived, e: Entry) -> None:
    _visit(t, f.visit, f.kind, arrived_at=e.envelope.occurred_at, customer_present=f.customer_present)


def visit_missed(t: Ticket, f: visit.VisitMissed, e: Entry) -> None:
    _visit(t, f.visit, f.kind, departed_at=None, arrived_at=None)


def checks_ticked(t: Ticket, f: visit.ChecksTicked, e: Entry) -> None:
    had = (t.find_visit(f.visit) or Visit(f.visit)).checks
    _visit(t, f.visit, f.kind, checks=tuple(dict.fromkeys((*had, *f.items))))


def payment_collected(t: Ticket, f: visit.PaymentCollected, e: Entry) -> None:
    _visit(t, f.visit, f.kind, paid=(t.find_visit(f.visit) or Visit(f.visit)).paid + f.amount)


def installed(t: Ticket, f: visit.Installed, e: Entry) -> None:
    at = e.envelope.occurred_at
    if f.visit is not None:
        _visit(t, f.visit, f.kind, installed_at=at, work=f.work)
    for line_id in f.settles:
        _line(t, line_id, f.kind, lambda _old: {"closed_at": at})
    t.first_installed_at = t.first_installed_at or at
    t.last_installed_at = at
    t.uncalled = True


def accepted(t: Ticket, f: visit.Accepted, e: Entry) -> None:
    _visit(t, f.visit, f.kind, accepted_by=f.by, signed_by=f.signed_by, accepted_at=e.envelope.occurred_at,
           rating=f.rating, product_rating=f.product_rating)  # fmt: skip


# --- 反馈单 slips


def slip_handed_in(t: Ticket, f: slips.SlipHandedIn, e: Entry) -> None:
    _slip(t, f.visit, f.kind, slip_no=f.slip_no, scored=f.scored, complete=f.complete,
          daily_report=f.daily_report, handed_in_at=e.envelope.occurred_at, refused_for=None)  # fmt: skip


def slip_refused(t: Ticket, f: slips.SlipRefused, e: Entry) -> None:
    _slip(t, f.visit, f.kind, refused_for=f.why, handed_in_at=None)


def slip_approved(t: Ticket, f: slips.SlipApproved, e: Entry) -> None:
    _slip(t, f.visit, f.kind, approved_at=e.envelope.occurred_at, approved_by=e.envelope.actor)


def slip_sent_back(t: Ticket, f: slips.SlipSentBack, e: Entry) -> None:
    _slip(t, f.visit, f.kind, handed_in_at=None, approved_at=None)
    t.rework = True


def slip_passed_on(t: Ticket, f: slips.SlipPassedOn, e: Entry) -> None:
    _slip(t, f.visit, f.kind, passed_on_at=e.envelope.occurred_at)


def slip_registered(t: Ticket, f: slips.SlipRegistered, e: Entry) -> None:
    _slip(t, f.visit, f.kind, registered_at=e.envelope.occurred_at)


# --- 遗留单 leftovers


def leftover_raised(t: Ticket, f: leftovers.LeftoverRaised, e: Entry) -> None:
    at = e.envelope.occurred_at
    raised = LINE.land("NEW", f.kind, _nothing)
    lines = tuple(
        Line(f"L{f.leftover}-{n}", line.item, line.qty, line.needs_goods, raised, line.cause)
        for n, line in enumerate(f.lines, 1)
    )
    _leftover(t, f.leftover, raised_at=at, visit=f.visit, written=f.written, lines=lines)
    if f.visit is not None:
        ended = (t.find_visit(f.visit) or Visit(f.visit)).ended_at
        _visit(t, f.visit, f.kind, ended_at=ended or at)


def leftover_written(t: Ticket, f: leftovers.LeftoverWritten, e: Entry) -> None:
    _leftover(t, f.leftover, written=True)


def sheet_issued(t: Ticket, f: leftovers.SheetIssued, e: Entry) -> None:
    order = t.find_leftover(f.leftover) or Leftover(f.leftover)
    state = SHEET.land(order.sheet, f.kind, _nothing)
    _leftover(t, f.leftover, sheet=state, sheet_no=f.sheet_no, issued_by=e.envelope.actor)


def sheet_reviewed(t: Ticket, f: leftovers.SheetReviewed, e: Entry) -> None:
    order = t.find_leftover(f.leftover) or Leftover(f.leftover)
    state = SHEET.land(order.sheet, f.kind, lambda _name: f.approved)
    _leftover(t, f.leftover, sheet=state, reviewed_by=e.envelope.actor, own_sheet=f.own_sheet)


def leftover_confirmed(t: Ticket, f: leftovers.LeftoverConfirmed, e: Entry) -> None:
    _leftover(t, f.leftover, confirmed_at=e.envelope.occurred_at)


def liability_ruled(t: Ticket, f: leftovers.LiabilityRuled, e: Entry) -> None:
    _leftover(t, f.leftover, party=f.party)


def goods_ordered(t: Ticket, f: leftovers.GoodsOrdered, e: Entry) -> None:
    _leftover(t, f.leftover, factory_order=f.factory_order)
    for line_id in f.lines:
        _line(t, line_id, f.kind, lambda _old: {"ordered_at": f.ordered_at})


def form_uploaded(t: Ticket, f: leftovers.FormUploaded, e: Entry) -> None:
    _leftover(t, f.leftover, uploaded=True)


def goods_promised(t: Ticket, f: leftovers.GoodsPromised, e: Entry) -> None:
    for line_id in f.lines:
        _line(t, line_id, f.kind, lambda _old: {"promised_on": f.promised_on})


def goods_shipped(t: Ticket, f: leftovers.GoodsShipped, e: Entry) -> None:
    for line_id in f.lines:
        _line(t, line_id, f.kind, lambda _old: {"shipped_at": e.envelope.occurred_at})


def line_waived(t: Ticket, f: leftovers.LineWaived, e: Entry) -> None:
    _line(t, f.line, f.kind, lambda _old: {"closed_at": e.envelope.occurred_at})


# --- 到货仓管 goods


def goods_inspected(t: Ticket, f: goods.GoodsInspected, e: Entry) -> None:
    for seen in f.lines:
        _line(t, seen.line, f.kind, lambda old, s=seen: {"good": old.good + s.good, "bad": old.bad + s.bad})  # type: ignore[misc]


def goods_rejected(t: Ticket, f: goods.GoodsRejected, e: Entry) -> None:
    for piece in f.lines:
        _line(t, piece.line, f.kind, lambda old, q=piece.qty: {  # type: ignore[misc]
            "bad": max(0, old.bad - q), "rejected": old.rejected + q})  # fmt: skip


def goods_arrived(t: Ticket, f: goods.GoodsArrived, e: Entry) -> None:
    at = e.envelope.occurred_at
    for piece in f.lines:
        _line(t, piece.line, f.kind, lambda old, q=piece.qty: {  # type: ignore[misc]
            "arrived": old.arrived + q, "good": max(0, old.good - q), "in_at": at})  # fmt: skip
    t.unnotified_since = t.unnotified_since or at


def arrival_notified(t: Ticket, f: goods.ArrivalNotified, e: Entry) -> None:
    t.unnotified_since = None


# --- 回访 revisits


def revisit_attempted(t: Ticket, f: revisits.RevisitAttempted, e: Entry) -> None:
    t.attempts += 1


def revisited(t: Ticket, f: revisits.Revisited, e: Entry) -> None:
    t.calls = (*t.calls, Call(e.envelope.occurred_at, f.call_class, f.outcome, f.satisfaction, f.remark))
    t.attempts = 0
    t.uncalled = False
    if f.outcome == "work-sent-back":
        t.rework = True
    if f.outcome == "slip-sent-back" and t.visits:
        installed_visits = [v.no for v in t.visits if v.installed_at is not None]
        if installed_visits:
            t.uncalled = True
            _slip_back(t, installed_visits[-1])


def _slip_back(t: Ticket, no: int) -> None:
    found = t.find_visit(no) or Visit(no)
    state = SLIP.land(found.slip.state, "revisited", lambda _name: True)
    slip: Slip = replace(found.slip, state=state, handed_in_at=None, approved_at=None, passed_on_at=None, registered_at=None)
    t.visits = tuple(replace(v, slip=slip) if v.no == no else v for v in t.visits)


def revisit_registered(t: Ticket, f: revisits.RevisitRegistered, e: Entry) -> None:
    if t.calls:
        t.calls = (*t.calls[:-1], replace(t.calls[-1], registered=True))


def revisit_shared(t: Ticket, f: revisits.RevisitShared, e: Entry) -> None:
    if t.calls:
        t.calls = (*t.calls[:-1], replace(t.calls[-1], shared=True))


# --- 投诉 complaints


def _complaint(t: Ticket, no: int, kind: str, **changes: Any) -> None:
    known = t.complaints
    while len(known) < no:
        known = (*known, Complaint(len(known) + 1))
    old = known[no - 1]
    new = replace(old, state=COMPLAINT.land(old.state, kind, _nothing), **changes)
    t.complaints = (*known[: no - 1], new, *known[no:])


def complaint_lodged(t: Ticket, f: complaints.ComplaintLodged, e: Entry) -> None:
    _complaint(t, f.complaint, f.kind, about=f.about, lodged_at=e.envelope.occurred_at)


def complaint_investigated(t: Ticket, f: complaints.ComplaintInvestigated, e: Entry) -> None:
    _complaint(t, f.complaint, f.kind)


def complaint_rectified(t: Ticket, f: complaints.ComplaintRectified, e: Entry) -> None:
    _complaint(t, f.complaint, f.kind, measure=f.measure)


# --- 结案 closing


def closed(t: Ticket, f: closing.Closed, e: Entry) -> None:
    t.closed_at, t.result = e.envelope.occurred_at, f.result


def archived(t: Ticket, f: closing.Archived, e: Entry) -> None:
    t.archived = tuple(dict.fromkeys((*t.archived, *f.papers)))


def reopened(t: Ticket, f: closing.Reopened, e: Entry) -> None:
    t.closed_at, t.result = None, None
    t.reopened += 1


def corrected(t: Ticket, f: closing.Corrected, e: Entry) -> None:
    t.corrected = (*t.corrected, f.version)


APPLY: Final[dict[type[Fact], Callable[[Ticket, Any, Entry], None]]] = {
    intake.Reported: reported, intake.Acknowledged: acknowledged, intake.Amended: amended,
    intake.Imported: imported, intake.Cancelled: cancelled,
    triage.Diagnosed: diagnosed, triage.Ruled: ruled, triage.Quoted: quoted, triage.RemedyAgreed: remedy_agreed,
    triage.Triaged: triaged, triage.SolvedRemotely: solved_remotely,
    dispatch.AppointmentMade: appointment_made, dispatch.AppointmentMoved: appointment_moved,
    dispatch.PapersPrepared: papers_prepared, dispatch.Dispatched: dispatched, dispatch.Reassigned: reassigned,
    dispatch.GoodsDrawn: goods_drawn, dispatch.ArrivalConfirmed: arrival_confirmed,
    visit.Departed: departed, visit.Arrived: arrived, visit.VisitMissed: visit_missed,
    visit.ChecksTicked: checks_ticked, visit.PaymentCollected: payment_collected, visit.Installed: installed,
    visit.Accepted: accepted,
    slips.SlipHandedIn: slip_handed_in, slips.SlipRefused: slip_refused, slips.SlipApproved: slip_approved,
    slips.SlipSentBack: slip_sent_back, slips.SlipPassedOn: slip_passed_on, slips.SlipRegistered: slip_registered,
    leftovers.LeftoverRaised: leftover_raised, leftovers.LeftoverWritten: leftover_written,
    leftovers.SheetIssued: sheet_issued, leftovers.SheetReviewed: sheet_reviewed,
    leftovers.LeftoverConfirmed: leftover_confirmed, leftovers.LiabilityRuled: liability_ruled,
    leftovers.GoodsOrdered: goods_ordered, leftovers.FormUploaded: form_uploaded,
    leftovers.GoodsPromised: goods_promised, leftovers.GoodsShipped: goods_shipped, leftovers.LineWaived: line_waived,
    goods.GoodsInspected: goods_inspected, goods.GoodsRejected: goods_rejected, goods.GoodsArrived: goods_arrived,
    goods.ArrivalNotified: arrival_notified,
    revisits.RevisitAttempted: revisit_attempted, revisits.Revisited: revisited,
    revisits.RevisitRegistered: revisit_registered, revisits.RevisitShared: revisit_shared,
    complaints.ComplaintLodged: complaint_lodged, complaints.ComplaintInvestigated: complaint_investigated,
    complaints.ComplaintRectified: complaint_rectified,
    closing.Closed: closed, closing.Archived: archived, closing.Reopened: reopened, closing.Corrected: corrected,
}  # fmt: skip
"""Fact class → what it changes; a test holds it equal to the vocabulary."""
