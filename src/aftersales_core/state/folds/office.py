"""受理、判定、投诉、结案: what the office records."""

from __future__ import annotations

from sys import intern
from typing import Final

from aftersales_core.facts import closing, complaints, intake, triage
from aftersales_core.state.folds._parts import Told, change_complaint, change_visit
from aftersales_core.state.ticket import Ticket

_INTAKE: Final = ("customer", "phone", "address", "order_no", "model", "purchased_on", "problem", "branch", "source")


# --- 受理 intake


def reported(t: Ticket, f: intake.Reported, e: Told) -> None:
    t.category = f.category
    t.customer, t.phone, t.address, t.order_no = f.customer, f.phone, f.address, f.order_no
    t.model, t.purchased_on, t.problem, t.source = f.model, f.purchased_on, f.problem, f.source
    t.branch = f.branch
    t.opened_at = e.occurred_at
    t.playbook = intern(e.playbook)


def acknowledged(t: Ticket, f: intake.Acknowledged, e: Told) -> None:
    t.acknowledged_at = e.occurred_at


def amended(t: Ticket, f: intake.Amended, e: Told) -> None:
    for name in _INTAKE:
        if (value := getattr(f, name)) is not None:
            setattr(t, name, value)
    t.unknown = tuple(name for name in t.unknown if getattr(t, name, None) is None)


def imported(t: Ticket, f: intake.Imported, e: Told) -> None:
    t.category = f.category
    for name in _INTAKE[:-1]:
        setattr(t, name, getattr(f, name))
    t.origin, t.old_no, t.unknown = f.origin, f.old_no, f.unknown
    t.opened_at = e.occurred_at
    t.playbook = intern(e.playbook)
    if f.stage in {"INSTALLED", "REVISITED", "CLOSED"}:
        t.first_installed_at = t.last_installed_at = e.occurred_at
        t.uncalled = f.stage == "INSTALLED"
    if f.stage == "CLOSED":
        t.closed_at = e.occurred_at


def cancelled(t: Ticket, f: intake.Cancelled, e: Told) -> None:
    t.closed_at, t.result = e.occurred_at, f.reason


# --- 判定 triage


def diagnosed(t: Ticket, f: triage.Diagnosed, e: Told) -> None:
    t.finding = f.finding


def ruled(t: Ticket, f: triage.Ruled, e: Told) -> None:
    t.covered, t.bearer = f.covered, f.bearer


def quoted(t: Ticket, f: triage.Quoted, e: Told) -> None:
    t.quoted = f.amount


def remedy_agreed(t: Ticket, f: triage.RemedyAgreed, e: Told) -> None:
    t.remedy = f.remedy


def triaged(t: Ticket, f: triage.Triaged, e: Told) -> None:
    t.service, t.needs_goods, t.owner = f.service, f.needs_goods, f.owner
    t.triaged_at = e.occurred_at


def solved_remotely(t: Ticket, f: triage.SolvedRemotely, e: Told) -> None:
    t.solution = f.solution
    if t.visit is not None and t.visit.state == "PLANNED":
        change_visit(t, t.visit.no, f.kind)


# --- 投诉 complaints
def complaint_lodged(t: Ticket, f: complaints.ComplaintLodged, e: Told) -> None:
    change_complaint(t, f.complaint, f.kind, about=f.about, lodged_at=e.occurred_at)


def complaint_investigated(t: Ticket, f: complaints.ComplaintInvestigated, e: Told) -> None:
    change_complaint(t, f.complaint, f.kind)


def complaint_rectified(t: Ticket, f: complaints.ComplaintRectified, e: Told) -> None:
    change_complaint(t, f.complaint, f.kind, measure=f.measure, rectified_at=e.occurred_at)


# --- 结案 closing


def closed(t: Ticket, f: closing.Closed, e: Told) -> None:
    t.closed_at, t.result = e.occurred_at, f.result


def archived(t: Ticket, f: closing.Archived, e: Told) -> None:
    t.archived = tuple(dict.fromkeys((*t.archived, *f.papers)))


def reopened(t: Ticket, f: closing.Reopened, e: Told) -> None:
    t.closed_at, t.result, t.archived = None, None, ()
    t.reopened += 1


def corrected(t: Ticket, f: closing.Corrected, e: Told) -> None:
    t.corrected = (*t.corrected, f.version)
