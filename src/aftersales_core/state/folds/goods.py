"""遗留单、到货: what hangs on leftover lines."""

from __future__ import annotations

from aftersales_core.facts import goods, leftovers
from aftersales_core.moves import LINE, SHEET
from aftersales_core.state.folds._parts import Told, change_leftover, change_line, change_visit, nothing
from aftersales_core.state.ticket import Leftover, Line, Ticket, Visit

# --- 遗留单 leftovers


def leftover_raised(t: Ticket, f: leftovers.LeftoverRaised, e: Told) -> None:
    at = e.occurred_at
    raised = LINE.land("NEW", f.kind, nothing)
    lines = tuple(
        Line(f"L{f.leftover}-{n}", line.item, line.qty, line.needs_goods, raised, line.cause)
        for n, line in enumerate(f.lines, 1)
    )
    change_leftover(t, f.leftover, raised_at=at, visit=f.visit, written=f.written, lines=lines)
    if f.visit is not None:
        ended = (t.find_visit(f.visit) or Visit(f.visit)).ended_at
        change_visit(t, f.visit, f.kind, ended_at=ended or at)


def leftover_written(t: Ticket, f: leftovers.LeftoverWritten, e: Told) -> None:
    change_leftover(t, f.leftover, written=True)


def sheet_issued(t: Ticket, f: leftovers.SheetIssued, e: Told) -> None:
    order = t.find_leftover(f.leftover) or Leftover(f.leftover)
    state = SHEET.land(order.sheet, f.kind, nothing)
    change_leftover(t, f.leftover, sheet=state, sheet_no=f.sheet_no, issued_by=e.actor)


def sheet_reviewed(t: Ticket, f: leftovers.SheetReviewed, e: Told) -> None:
    order = t.find_leftover(f.leftover) or Leftover(f.leftover)
    state = SHEET.land(order.sheet, f.kind, lambda _name: f.approved)
    change_leftover(t, f.leftover, sheet=state, reviewed_by=e.actor, own_sheet=f.own_sheet)


def leftover_confirmed(t: Ticket, f: leftovers.LeftoverConfirmed, e: Told) -> None:
    change_leftover(t, f.leftover, confirmed_at=e.occurred_at)


def liability_ruled(t: Ticket, f: leftovers.LiabilityRuled, e: Told) -> None:
    change_leftover(t, f.leftover, party=f.party)


def goods_ordered(t: Ticket, f: leftovers.GoodsOrdered, e: Told) -> None:
    change_leftover(t, f.leftover, factory_order=f.factory_order)
    for line_id in f.lines:
        change_line(t, line_id, f.kind, lambda _old: {"ordered_at": f.ordered_at})


def form_uploaded(t: Ticket, f: leftovers.FormUploaded, e: Told) -> None:
    change_leftover(t, f.leftover, uploaded=True)


def goods_promised(t: Ticket, f: leftovers.GoodsPromised, e: Told) -> None:
    for line_id in f.lines:
        change_line(t, line_id, f.kind, lambda _old: {"promised_on": f.promised_on})


def goods_shipped(t: Ticket, f: leftovers.GoodsShipped, e: Told) -> None:
    for line_id in f.lines:
        change_line(t, line_id, f.kind, lambda _old: {"shipped_at": e.occurred_at})


def line_waived(t: Ticket, f: leftovers.LineWaived, e: Told) -> None:
    change_line(t, f.line, f.kind, lambda _old: {"closed_at": e.occurred_at})


# --- 到货仓管 goods


def goods_inspected(t: Ticket, f: goods.GoodsInspected, e: Told) -> None:
    for seen in f.lines:
        change_line(t, seen.line, f.kind, lambda old, s=seen: {"good": old.good + s.good, "bad": old.bad + s.bad})  # type: ignore[misc]


def goods_rejected(t: Ticket, f: goods.GoodsRejected, e: Told) -> None:
    for piece in f.lines:
        change_line(t, piece.line, f.kind, lambda old, q=piece.qty: {  # type: ignore[misc]
            "bad": max(0, old.bad - q), "rejected": old.rejected + q})  # fmt: skip


def goods_arrived(t: Ticket, f: goods.GoodsArrived, e: Told) -> None:
    at = e.occurred_at
    for piece in f.lines:
        change_line(t, piece.line, f.kind, lambda old, q=piece.qty: {  # type: ignore[misc]
            "arrived": old.arrived + q, "good": max(0, old.good - q), "in_at": at})  # fmt: skip
    t.unnotified_since = t.unnotified_since or at


def arrival_notified(t: Ticket, f: goods.ArrivalNotified, e: Told) -> None:
    t.unnotified_since = None
