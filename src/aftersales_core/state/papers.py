"""单据: how far the papers of a ticket have come, be it told by facts of their own or by `paper-moved`.

A slip, a handling sheet and the after-sales form have facts of their own; what those say of their papers is read here
into the same steps, so that whoever asks how far a paper has come need not know which kind it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from aftersales_core.moves import PAPER
from aftersales_core.state.ticket import Leftover, PaperLife, Taken, Ticket, Visit

OWN: Final = frozenset({"install-repair-slip", "leftover-sheet", "aftersales-form", "daily-report"})
"""Papers of which other facts than `paper-moved` tell."""

STEPS: Final = {dest: step for _trigger, _sources, dest, (step,) in PAPER.moves if dest is not None}
"""Where a paper stands → the step that led there."""

_STATES: Final = {step: state for state, step in STEPS.items()}


def lives(t: Ticket, paper: str, of: str) -> tuple[PaperLife, ...]:
    """The life of *paper* for every part it belongs to: each visit, each leftover order, or the ticket."""
    if of == "visit":
        parts = [(f"visit:{v.no}", _of_visit(t, v, paper)) for v in t.visits]
    elif of == "leftover":
        parts = [(f"leftover:{o.no}", _of_leftover(t, o, paper)) for o in t.leftovers]
    else:
        parts = [("", iter(()))]
    return tuple(_life(t, paper, ref, tuple(told)) for ref, told in parts)


def life(t: Ticket, paper: str, ref: str) -> PaperLife:
    """The life of *paper* of one part, e.g. `visit:1`; nothing has happened to one nobody knows."""
    of, _, no = ref.partition(":")
    told: Iterator[Taken] = iter(())
    if of == "visit" and (visit := t.find_visit(int(no))) is not None:
        told = _of_visit(t, visit, paper)
    elif of == "leftover" and (order := t.find_leftover(int(no))) is not None:
        told = _of_leftover(t, order, paper)
    return _life(t, paper, ref, tuple(told))


def _life(t: Ticket, paper: str, ref: str, told: tuple[Taken, ...]) -> PaperLife:
    kept = t.find_paper(paper, ref)
    steps = (*told, *(kept.steps if kept else ()))
    if ref == "" and paper in t.archived:
        steps = (*steps, Taken("archived", None))
    if not told and kept:
        return replace(kept, steps=steps)
    return PaperLife(paper, ref, _STATES[steps[-1].step] if steps else "NEW", steps)


def taken(told: PaperLife, step: str) -> Taken | None:
    """The step as it was last taken; None where it was not, or where the paper was refused since.

    What was refused need not be made out again.
    """
    for each in reversed(told.steps):
        if each.step == step:
            return each
        if each.step == "refused" and step != "made-out":
            return None
    return None


def _of_visit(t: Ticket, visit: Visit, paper: str) -> Iterator[Taken]:
    slip = visit.slip
    if paper in visit.papers:
        yield Taken("made-out", None)
    if paper == "install-repair-slip":
        if slip.handed_in_at is not None:
            yield Taken("handed-in", slip.handed_in_at, None, slip.slip_no)
        if slip.state in {"REFUSED", "SENT_BACK"}:
            yield Taken("refused", None)
        if slip.approved_at is not None:
            yield Taken("approved", slip.approved_at, slip.approved_by)
        if slip.passed_on_at is not None:
            yield Taken("passed-on", slip.passed_on_at)
        if slip.registered_at is not None:
            yield Taken("registered", slip.registered_at)
    elif paper == "daily-report" and slip.daily_report and slip.handed_in_at is not None:
        yield Taken("handed-in", slip.handed_in_at)
        if slip.approved_at is not None:
            yield Taken("reviewed", slip.approved_at, slip.approved_by)
    if paper in t.archived:
        yield Taken("archived", None)


def _of_leftover(t: Ticket, order: Leftover, paper: str) -> Iterator[Taken]:
    if paper == "leftover-sheet":
        if order.sheet != "NEW":
            yield Taken("made-out", None, order.issued_by, order.sheet_no)
        if order.sheet == "RETURNED":
            yield Taken("refused", None, order.reviewed_by)
        elif order.sheet == "REVIEWED":
            yield Taken("reviewed", None, order.reviewed_by)
    elif paper == "aftersales-form" and order.uploaded:
        yield Taken("handed-in", None)
    if paper in t.archived:
        yield Taken("archived", None)
