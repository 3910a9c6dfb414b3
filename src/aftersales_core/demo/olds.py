"""旧单: five tickets of a spreadsheet, brought over as far as they are known and completed later. (I-07, T-11)"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from aftersales_core.demo import calls, goods, rests, visits
from aftersales_core.demo.people import CS, CS_HEAD
from aftersales_core.demo.script import Script, Story


def _brought(s: Script, stage: str, *known: str) -> Story:
    who = s.customer
    all_known: dict[str, Any] = {
        "phone": who.phone, "address": who.address, "model": s.model, "purchased_on": s.bought,
        "problem": goods.problem(s.lots, s.product),
    }  # fmt: skip
    yield s.do("import-ticket", CS_HEAD, channel="import", stage=stage, origin="售后登记表2026.xlsx",
               old_no=f"2026-售-{s.number[6:10]}", customer=who.name,
               **{name: all_known[name] for name in known})  # fmt: skip
    s.morning(s.lots.between(1, 3), 30, 400)
    missing = {name: value for name, value in all_known.items() if name not in known}
    yield s.do("amend", CS, channel="phone", branch=who.branch, **missing)


def _visited(s: Script) -> Story:
    s.wait(20, 90)
    s.after_repair = True
    yield from visits.booked(s, repair=True)
    yield from visits.gone(s)
    yield from visits.worked(s, "旧单补修完毕", settles=s.settle())
    yield from visits.slipped(s)
    yield from _finished(s, visited=True)


def _finished(s: Script, *, visited: bool) -> Story:
    s.after_repair = True
    yield from calls.content(s)
    yield from calls.registered(s)
    yield from calls.ended(s, "旧单处理完毕", visited=visited)


def reported(s: Script) -> Story:
    """Only a name and a complaint were in the sheet."""
    yield from _brought(s, "REPORTED", "problem")
    s.wait(20, 60)
    yield s.do("triage", CS, service="repair", needs_goods=False)
    yield from _visited(s)


def ready(s: Script) -> Story:
    """A visit was due; the address was missing."""
    yield from _brought(s, "READY", "phone", "problem", "model")
    yield from _visited(s)


def awaiting(s: Script) -> Story:
    """Goods were on order; which, is found out by telephone."""
    yield from _brought(s, "AWAITING_GOODS", "phone", "address")
    s.wait(20, 60)
    lines = goods.lines_of(s.lots, s.product, 1, 0)
    yield s.do("raise-leftover", CS, channel="phone", lines=lines)
    s.raised(lines)
    yield from rests.sheet(s)
    yield from rests.ordered(s, 6)
    yield from rests.arrived(s, 6)
    yield from _visited(s)


def done(s: Script) -> Story:
    """The work was done, nobody had called back."""
    yield from _brought(s, "INSTALLED", "address", "model", "problem")
    yield from _finished(s, visited=False)


def called(s: Script) -> Story:
    """Called back, never closed."""
    yield from _brought(s, "REVISITED", "phone", "problem")
    s.wait(30, 90)
    yield s.do("close", CS, result="旧单补录后结案")


OLDS: Final[tuple[tuple[str, Callable[[Script], Story]], ...]] = (
    ("SH20260908004", reported), ("SH20260915002", ready), ("SH20260918007", awaiting),
    ("SH20260922001", done), ("SH20260925003", called),
)  # fmt: skip
"""Number → story."""
