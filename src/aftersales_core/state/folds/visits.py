"""派工、上门、反馈单、回访: what hangs on visits."""

from __future__ import annotations

from msgspec.structs import replace

from aftersales_core.facts import customer, dispatch, revisits, slips, visit
from aftersales_core.state.folds._parts import (
    Told,
    change_line,
    change_slip,
    change_visit,
    more,
    send_slip_back,
)
from aftersales_core.state.ticket import Call, Score, Ticket, Visit, Wish

# --- 派工 dispatch


def appointment_made(t: Ticket, f: dispatch.AppointmentMade, e: Told) -> None:
    change_visit(t, f.visit, f.kind, start=f.start, end=f.end, agreed_with=f.agreed_with, booked_at=e.occurred_at)


def appointment_moved(t: Ticket, f: dispatch.AppointmentMoved, e: Told) -> None:
    moved = (t.find_visit(f.visit) or Visit(f.visit)).moved + 1
    change_visit(t, f.visit, f.kind, start=f.start, end=f.end, agreed_with=f.agreed_with, moved=moved,
           address_confirmed=False, expected_at=None, confirmed_at=None, wish=None)  # fmt: skip


def papers_prepared(t: Ticket, f: dispatch.PapersPrepared, e: Told) -> None:
    had = (t.find_visit(f.visit) or Visit(f.visit)).papers
    change_visit(t, f.visit, f.kind, papers=more(had, f.papers))


def dispatched(t: Ticket, f: dispatch.Dispatched, e: Told) -> None:
    change_visit(t, f.visit, f.kind, crew=f.crew)
    t.assigned = more(t.assigned, f.crew)
    t.rework = False


def reassigned(t: Ticket, f: dispatch.Reassigned, e: Told) -> None:
    change_visit(t, f.visit, f.kind, crew=f.crew)
    t.assigned = more(t.assigned, f.crew)


def goods_drawn(t: Ticket, f: dispatch.GoodsDrawn, e: Told) -> None:
    had = (t.find_visit(f.visit) or Visit(f.visit)).drawn
    change_visit(t, f.visit, f.kind, drawn=(*had, *((p.line, p.qty) for p in f.lines)))
    for piece in f.lines:
        change_line(t, piece.line, f.kind, lambda old, qty=piece.qty: {"drawn": old.drawn + qty})  # type: ignore[misc]


def arrival_confirmed(t: Ticket, f: dispatch.ArrivalConfirmed, e: Told) -> None:
    change_visit(t, f.visit, f.kind, address_confirmed=f.address_confirmed, expected_at=f.expected_at)


# --- 上门 visit


def departed(t: Ticket, f: visit.Departed, e: Told) -> None:
    change_visit(t, f.visit, f.kind, departed_at=e.occurred_at)


def arrived(t: Ticket, f: visit.Arrived, e: Told) -> None:
    change_visit(t, f.visit, f.kind, arrived_at=e.occurred_at, customer_present=f.customer_present)


def visit_missed(t: Ticket, f: visit.VisitMissed, e: Told) -> None:
    change_visit(t, f.visit, f.kind, departed_at=None, arrived_at=None)


def checks_ticked(t: Ticket, f: visit.ChecksTicked, e: Told) -> None:
    had = (t.find_visit(f.visit) or Visit(f.visit)).checks
    change_visit(t, f.visit, f.kind, checks=more(had, f.items))


def payment_collected(t: Ticket, f: visit.PaymentCollected, e: Told) -> None:
    change_visit(t, f.visit, f.kind, paid=(t.find_visit(f.visit) or Visit(f.visit)).paid + f.amount)


def installed(t: Ticket, f: visit.Installed, e: Told) -> None:
    at = e.occurred_at
    if f.visit is not None:
        change_visit(t, f.visit, f.kind, installed_at=at, work=f.work)
    for line_id in f.settles:
        change_line(t, line_id, f.kind, lambda _old: {"closed_at": at})
    t.first_installed_at = t.first_installed_at or at
    t.last_installed_at = at
    t.rework = False
    t.uncalled = True


def accepted(t: Ticket, f: visit.Accepted, e: Told) -> None:
    own = (t.find_visit(f.visit) or Visit(f.visit)).score
    rating, product = f.rating, f.product_rating
    if rating is None and own is not None:
        rating, product = own.rating, own.product_rating
    change_visit(t, f.visit, f.kind, accepted_by=f.by, signed_by=f.signed_by, accepted_at=e.occurred_at,
           rating=rating, product_rating=product, remark=f.remark)  # fmt: skip


# --- 客户 customer


def appointment_confirmed(t: Ticket, f: customer.AppointmentConfirmed, e: Told) -> None:
    change_visit(t, f.visit, f.kind, confirmed_at=e.occurred_at, wish=None)


def time_requested(t: Ticket, f: customer.TimeRequested, e: Told) -> None:
    change_visit(t, f.visit, f.kind, wish=Wish(e.occurred_at, f.day, f.time_of_day, f.remark), confirmed_at=None)


def service_rated(t: Ticket, f: customer.ServiceRated, e: Told) -> None:
    had = t.find_visit(f.visit) or Visit(f.visit)
    # a score that was given with the signature stands beside this one; where none was, this is the one that counts
    counts = {} if had.rating is not None else {"rating": f.rating, "product_rating": f.product_rating}
    change_visit(t, f.visit, f.kind, score=Score(e.occurred_at, f.rating, f.product_rating, f.remark), **counts)


# --- 反馈单 slips


def slip_handed_in(t: Ticket, f: slips.SlipHandedIn, e: Told) -> None:
    change_slip(t, f.visit, f.kind, slip_no=f.slip_no, scored=f.scored, complete=f.complete,
          daily_report=f.daily_report, handed_in_at=e.occurred_at, refused_for=None)  # fmt: skip


def slip_refused(t: Ticket, f: slips.SlipRefused, e: Told) -> None:
    change_slip(t, f.visit, f.kind, refused_for=f.why, handed_in_at=None)


def slip_approved(t: Ticket, f: slips.SlipApproved, e: Told) -> None:
    change_slip(t, f.visit, f.kind, approved_at=e.occurred_at, approved_by=e.actor)


def slip_sent_back(t: Ticket, f: slips.SlipSentBack, e: Told) -> None:
    change_slip(t, f.visit, f.kind, handed_in_at=None, approved_at=None)
    t.rework = True


def slip_passed_on(t: Ticket, f: slips.SlipPassedOn, e: Told) -> None:
    change_slip(t, f.visit, f.kind, passed_on_at=e.occurred_at)


def slip_registered(t: Ticket, f: slips.SlipRegistered, e: Told) -> None:
    change_slip(t, f.visit, f.kind, registered_at=e.occurred_at)


# --- 回访 revisits


def revisit_attempted(t: Ticket, f: revisits.RevisitAttempted, e: Told) -> None:
    t.attempts += 1


def revisited(t: Ticket, f: revisits.Revisited, e: Told) -> None:
    t.calls = (*t.calls, Call(e.occurred_at, f.call_class, f.outcome, f.satisfaction, f.remark))
    t.attempts = 0
    t.uncalled = False
    if f.outcome == "work-sent-back":
        t.rework = True
    if f.outcome == "slip-sent-back" and t.visits:
        installed_visits = [v.no for v in t.visits if v.installed_at is not None]
        if installed_visits:
            t.uncalled = True
            send_slip_back(t, installed_visits[-1])


def revisit_registered(t: Ticket, f: revisits.RevisitRegistered, e: Told) -> None:
    if t.calls:
        t.calls = (*t.calls[:-1], replace(t.calls[-1], registered=True))


def revisit_shared(t: Ticket, f: revisits.RevisitShared, e: Told) -> None:
    if t.calls:
        t.calls = (*t.calls[:-1], replace(t.calls[-1], shared=True))
