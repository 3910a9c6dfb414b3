"""折叠: what each fact changes. One function a fact, none of them refuses, whatever the order.

A function changes the ticket it is given by replacing whole attributes, so a shallow copy stays untouched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aftersales_core.facts import (
    Fact,
    access,
    closing,
    complaints,
    customer,
    dispatch,
    fields,
    files,
    followups,
    intake,
    leftovers,
    notices,
    papers,
    revisits,
    routines,
    slips,
    triage,
    visit,
)
from aftersales_core.facts import goods as goods_facts
from aftersales_core.state.folds import goods, keeping, office, visits
from aftersales_core.state.folds._parts import Told
from aftersales_core.state.ticket import Ticket

_FOLDS: Final[dict[type[Fact], Callable[[Ticket, Any, Told], None]]] = {
    intake.Reported: office.reported, intake.Acknowledged: office.acknowledged, intake.Amended: office.amended,
    intake.Imported: office.imported, intake.Cancelled: office.cancelled,
    triage.Diagnosed: office.diagnosed, triage.Ruled: office.ruled, triage.Quoted: office.quoted, triage.RemedyAgreed: office.remedy_agreed,
    triage.Triaged: office.triaged, triage.SolvedRemotely: office.solved_remotely,
    dispatch.AppointmentMade: visits.appointment_made, dispatch.AppointmentMoved: visits.appointment_moved,
    dispatch.PapersPrepared: visits.papers_prepared, dispatch.Dispatched: visits.dispatched, dispatch.Reassigned: visits.reassigned,
    dispatch.GoodsDrawn: visits.goods_drawn, dispatch.ArrivalConfirmed: visits.arrival_confirmed,
    visit.Departed: visits.departed, visit.Arrived: visits.arrived, visit.VisitMissed: visits.visit_missed,
    visit.ChecksTicked: visits.checks_ticked, visit.PaymentCollected: visits.payment_collected, visit.Installed: visits.installed,
    visit.Accepted: visits.accepted,
    customer.AppointmentConfirmed: visits.appointment_confirmed, customer.TimeRequested: visits.time_requested,
    customer.ServiceRated: visits.service_rated,
    slips.SlipHandedIn: visits.slip_handed_in, slips.SlipRefused: visits.slip_refused, slips.SlipApproved: visits.slip_approved,
    slips.SlipSentBack: visits.slip_sent_back, slips.SlipPassedOn: visits.slip_passed_on, slips.SlipRegistered: visits.slip_registered,
    leftovers.LeftoverRaised: goods.leftover_raised, leftovers.LeftoverWritten: goods.leftover_written,
    leftovers.SheetIssued: goods.sheet_issued, leftovers.SheetReviewed: goods.sheet_reviewed,
    leftovers.LeftoverConfirmed: goods.leftover_confirmed, leftovers.LiabilityRuled: goods.liability_ruled,
    leftovers.GoodsOrdered: goods.goods_ordered, leftovers.FormUploaded: goods.form_uploaded,
    leftovers.GoodsPromised: goods.goods_promised, leftovers.GoodsShipped: goods.goods_shipped, leftovers.LineWaived: goods.line_waived,
    goods_facts.GoodsInspected: goods.goods_inspected, goods_facts.GoodsRejected: goods.goods_rejected, goods_facts.GoodsArrived: goods.goods_arrived,
    goods_facts.ArrivalNotified: goods.arrival_notified,
    revisits.RevisitAttempted: visits.revisit_attempted, revisits.Revisited: visits.revisited,
    revisits.RevisitRegistered: visits.revisit_registered, revisits.RevisitShared: visits.revisit_shared,
    complaints.ComplaintLodged: office.complaint_lodged, complaints.ComplaintInvestigated: office.complaint_investigated,
    complaints.ComplaintRectified: office.complaint_rectified,
    closing.Closed: office.closed, closing.Archived: office.archived, closing.Reopened: office.reopened, closing.Corrected: office.corrected,
    papers.PaperMoved: keeping.paper_moved, files.FileAttached: keeping.file_attached, fields.FieldsFilled: keeping.fields_filled,
    notices.NoticeGiven: keeping.notice_given, followups.FollowedUp: keeping.followed_up,
    goods_facts.OldGoodsReturned: keeping.old_goods_returned, routines.RoutineDone: keeping.not_of_a_ticket,
    **dict.fromkeys(access.AccessFact.__args__, keeping.not_of_a_ticket),
}  # fmt: skip

APPLY: Final = {cls.kind: fold for cls, fold in _FOLDS.items()}
"""Kind → what a fact of it changes; a test holds it equal to the vocabulary."""

__all__ = ["APPLY", "Told"]
