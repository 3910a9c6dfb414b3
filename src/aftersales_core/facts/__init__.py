"""事实: what happened to a ticket, a module per capability, closed into one vocabulary here.

`KINDS` is the registry: a stored topic is looked up here and nowhere else, so a stored row can never
name code to import. A kind is added, never renamed and never taken out.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from aftersales_core.facts import (
    access,
    closing,
    complaints,
    customer,
    dispatch,
    fields,
    files,
    followups,
    goods,
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
from aftersales_core.facts._base import Fact
from aftersales_core.facts.envelope import EARLIER_THAN_PREVIOUS, LATER_THAN_RECORDED, Entry, Envelope

TicketFact: TypeAlias = (
    intake.Reported | intake.Acknowledged | intake.Amended | intake.Imported | intake.Cancelled
    | triage.Diagnosed | triage.Ruled | triage.Quoted | triage.RemedyAgreed | triage.Triaged | triage.SolvedRemotely
    | dispatch.AppointmentMade | dispatch.AppointmentMoved | dispatch.PapersPrepared | dispatch.Dispatched
    | dispatch.Reassigned | dispatch.GoodsDrawn | dispatch.ArrivalConfirmed
    | visit.Departed | visit.Arrived | visit.VisitMissed | visit.ChecksTicked | visit.PaymentCollected
    | visit.Installed | visit.Accepted
    | slips.SlipHandedIn | slips.SlipRefused | slips.SlipApproved | slips.SlipSentBack | slips.SlipPassedOn
    | slips.SlipRegistered
    | leftovers.LeftoverRaised | leftovers.LeftoverWritten | leftovers.SheetIssued | leftovers.SheetReviewed
    | leftovers.LeftoverConfirmed | leftovers.LiabilityRuled | leftovers.GoodsOrdered | leftovers.FormUploaded
    | leftovers.GoodsPromised | leftovers.GoodsShipped | leftovers.LineWaived
    | goods.GoodsInspected | goods.GoodsRejected | goods.GoodsArrived | goods.ArrivalNotified
    | revisits.RevisitAttempted | revisits.Revisited | revisits.RevisitRegistered | revisits.RevisitShared
    | complaints.ComplaintLodged | complaints.ComplaintInvestigated | complaints.ComplaintRectified
    | closing.Closed | closing.Archived | closing.Reopened | closing.Corrected
    | papers.PaperMoved | files.FileAttached | fields.FieldsFilled | notices.NoticeGiven | followups.FollowedUp
    | goods.OldGoodsReturned
    | customer.AppointmentConfirmed | customer.TimeRequested | customer.ServiceRated
)  # fmt: skip
"""Every fact a ticket can hold."""

LogFact: TypeAlias = routines.RoutineDone | access.AccessFact
"""Every fact the logs of the house can hold: what is done by the calendar, and who came in."""

KINDS: Final[dict[str, type[Fact]]] = {cls.kind: cls for cls in (*TicketFact.__args__, *LogFact.__args__)}
"""Kind → fact class: the closed registry of all that is ever stored."""

LOG_KINDS: Final = frozenset(cls.kind for cls in LogFact.__args__)
"""The kinds of the logs of the house; all others are a ticket's."""

MILESTONES: Final = (
    "reported", "triaged", "dispatched", "installed", "leftover-raised", "goods-arrived", "revisited", "closed",
)  # fmt: skip
"""The eight facts that carry a ticket from report to close."""

__all__ = [
    "EARLIER_THAN_PREVIOUS",
    "KINDS",
    "LATER_THAN_RECORDED",
    "LOG_KINDS",
    "MILESTONES",
    "Entry",
    "Envelope",
    "Fact",
    "LogFact",
    "TicketFact",
    "access",
    "closing",
    "complaints",
    "customer",
    "dispatch",
    "fields",
    "files",
    "followups",
    "goods",
    "intake",
    "leftovers",
    "notices",
    "papers",
    "revisits",
    "routines",
    "slips",
    "triage",
    "visit",
]
