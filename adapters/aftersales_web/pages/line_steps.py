"""遗留进度: the way of one leftover line, from raised to settled: what is done and when, what comes next, and what is late.

Pure. What is done stands in the ticket, when it was done in its history, what is due in the tasks of the core; nothing is
decided here a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from aftersales_core.facts import Entry, dispatch, goods, leftovers
from aftersales_core.state import Leftover, Line, Ticket, effective
from aftersales_core.views import TaskRow

STEPS: Final = (
    "raised", "issued", "reviewed", "confirmed", "ruled", "ordered", "promised", "shipped", "inspected", "in", "told", "drawn",
    "settled",
)  # fmt: skip
"""Columns of the matrix, in the order of the process. (L-01 … L-17, W-01 … W-17)"""

OF_GOODS: Final = frozenset({"ordered", "promised", "shipped", "inspected", "in", "told", "drawn"})
"""Steps that only a line with goods takes."""

OF_SHEET: Final = frozenset({"issued", "reviewed"})
"""Steps that are asked for only where goods are ordered; without goods a sheet is nobody's duty. (L-04, L-05)"""

BY_COMMAND: Final[Mapping[str, str]] = {
    "write-leftover": "issued", "issue-sheet": "issued", "review-sheet": "reviewed", "confirm-leftover": "confirmed",
    "rule-liability": "ruled", "order-goods": "ordered", "promise-goods": "promised", "ship-goods": "shipped",
    "inspect-goods": "inspected", "reject-goods": "inspected", "receive-goods": "in", "notify-arrival": "told",
}  # fmt: skip
"""What a task asks to be given next → the step it leads to."""


class Cell(NamedTuple):
    """One step of one line.

    Attributes:
        state: done, next, late (next, and due before now), later, none (not for this line).
        at: when it was done; the day itself for a promise. None where nobody wrote it down.
        due: by when it should be done, where it comes next and a clause names a time.
        command: what takes the step, where it comes next.
    """

    step: str
    state: str
    at: datetime | date | None = None
    due: datetime | None = None
    command: str = ""


@dataclass(slots=True)
class Trace:
    """What the history knows of one line beside its state.

    Attributes:
        at: step → when it was last taken.
        place, entry_no: where the pieces stand and the number of their entry. (W-09, W-11)
        reasons: why pieces were sent back.
    """

    at: dict[str, datetime]
    waybill: str | None = None
    place: str | None = None
    entry_no: str | None = None
    reasons: tuple[str, ...] = ()


def traces(ticket: Ticket, history: Sequence[Entry]) -> dict[str, Trace]:
    """The trace of every leftover line of *ticket*, read as corrected."""
    found = {line.id: Trace({}) for line in ticket.lines}
    of_order = {order.no: [line.id for line in order.lines] for order in ticket.leftovers}
    untold: list[str] = []

    def mark(lines: Iterable[str], step: str, at: datetime) -> None:
        for line in lines:
            if line in found:
                found[line].at[step] = at

    for entry in effective(history):
        at, fact = entry.occurred_at, entry.fact
        match fact:
            case leftovers.SheetIssued():
                mark(of_order.get(fact.leftover, ()), "issued", at)
            case leftovers.SheetReviewed(approved=True):
                mark(of_order.get(fact.leftover, ()), "reviewed", at)
            case leftovers.LiabilityRuled():
                mark(of_order.get(fact.leftover, ()), "ruled", at)
            case leftovers.GoodsShipped():
                mark(fact.lines, "shipped", at)
                for line in fact.lines:
                    if line in found and fact.waybill:
                        found[line].waybill = fact.waybill
            case goods.GoodsInspected():
                mark((each.line for each in fact.lines), "inspected", at)
            case goods.GoodsRejected():
                for each in fact.lines:
                    if each.line in found:
                        found[each.line].reasons += (fact.reason,)
            case goods.GoodsArrived():
                pieces = [each.line for each in fact.lines if each.line in found]
                mark(pieces, "in", at)
                untold += pieces
                for line in pieces:
                    found[line].place, found[line].entry_no = fact.place or found[line].place, fact.entry_no or found[line].entry_no
            case goods.ArrivalNotified():
                mark(untold, "told", at)
                untold = []
            case dispatch.GoodsDrawn():
                mark((each.line for each in fact.lines), "drawn", at)
            case _:
                pass
    return found


def cells(line: Line, order: Leftover, trace: Trace, tasks: Sequence[TaskRow], now: datetime) -> tuple[Cell, ...]:
    """The steps of *line* in their order.

    Args:
        tasks: what hangs on the ticket, as the worklist has it.
    """
    waiting = _waiting(line, order, tasks)
    return tuple(_cell(step, line, order, trace, waiting, now) for step in STEPS)


def _cell(
    step: str, line: Line, order: Leftover, trace: Trace, waiting: Mapping[str, tuple[datetime | None, str]], now: datetime
) -> Cell:
    if step in _done(line, order, trace):
        return Cell(step, "done", _when(step, line, order, trace))
    if not line.open:
        return Cell(step, "none")
    if step in waiting:
        due, command = waiting[step]
        return Cell(step, "late" if due is not None and due < now else "next", None, due, command)
    if not line.needs_goods and (step in OF_GOODS or step in OF_SHEET):
        return Cell(step, "none")
    return Cell(step, "later")


def _done(line: Line, order: Leftover, trace: Trace) -> frozenset[str]:
    """The steps that *line* has behind it."""
    held = {
        "raised": True,
        "issued": order.sheet in ("ISSUED", "REVIEWED"),
        "reviewed": order.sheet == "REVIEWED",
        "confirmed": order.confirmed_at is not None,
        "ruled": order.party is not None,
        "ordered": line.ordered_at is not None,
        "promised": line.promised_on is not None,
        "shipped": line.shipped_at is not None,
        # looked at, and the last look left nothing owed behind it
        "inspected": line.needs_goods and (line.good > 0 or line.in_at is not None) and not line.bad,
        "in": line.needs_goods and line.in_at is not None,
        "told": line.in_at is not None and "told" in trace.at and trace.at["told"] >= line.in_at,
        "drawn": line.state == "DRAWN" or (line.drawn >= line.qty and line.drawn > 0),
        "settled": not line.open,
    }
    return frozenset(step for step, done in held.items() if done)


def _when(step: str, line: Line, order: Leftover, trace: Trace) -> datetime | date | None:
    known: dict[str, datetime | date | None] = {
        "raised": order.raised_at, "confirmed": order.confirmed_at, "ordered": line.ordered_at, "promised": line.promised_on,
        "shipped": line.shipped_at, "in": line.in_at, "settled": line.closed_at,
    }  # fmt: skip
    return known[step] if step in known else trace.at.get(step)


def _waiting(line: Line, order: Leftover, tasks: Sequence[TaskRow]) -> dict[str, tuple[datetime | None, str]]:
    """Step → (by when, with which command), of the steps that come next for *line*."""
    found: dict[str, tuple[datetime | None, str]] = {}
    for task in tasks:
        if (step := BY_COMMAND.get(task.command)) is None or task.ref not in ("", str(order.no), line.id):
            continue
        if task.ref == line.id or (task.ref == "" and step == "told" and line.in_at) or task.ref == str(order.no):
            found[step] = (task.due_at, task.command)
    if not line.needs_goods:
        for step in OF_GOODS | OF_SHEET:
            found.pop(step, None)
    elif line.state != "RAISED":
        found.pop("ordered", None)
    if line.state == "IN":
        found["drawn"] = (None, "draw-goods")
    if line.state == "DRAWN" or (line.state == "RAISED" and not line.needs_goods):
        found["settled"] = (None, "complete-visit")
    return found
