"""样板: stretches of a story at fixed times."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aftersales_core.demo.days import ZONE
from aftersales_core.demo.people import CS, CS_HEAD, DESIGNER, INSTALLER, KEEPER, SUPERVISOR
from aftersales_core.demo.script import Script, Story


def on(month: int, day: int, hour: int, minute: int) -> datetime:
    """A moment of the year 2026."""
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def opened(s: Script, day: int) -> Story:
    """Reported, spoken with, triaged before nine."""
    who = s.customer
    yield s.do("report", CS, channel="store", category="installation", customer=who.name, phone=who.phone,
               address=who.address, order_no=f"XS202609{day}01", model="YG-2608", problem="定制衣柜与榻榻米安装", source="门店",
               branch=who.branch)  # fmt: skip
    s.to(on(10, day, 8, 20))
    yield s.do("acknowledge", CS, channel="phone", note="已核对地址与上楼条件")
    s.to(on(10, day, 9, 5))
    yield s.do("triage", CS, service="install", needs_goods=False)


def booking(s: Script, visit: int, start: datetime, end: datetime, papers: list[str]) -> Story:
    """Appointment, papers, people."""
    s.slot = s.slot._replace(start=start, end=end)
    yield s.do("make-appointment", CS, channel="phone", start=start, end=end, agreed_with=s.customer.name)
    s.wait(4, 12)
    yield s.do("prepare-papers", CS, visit=visit, papers=papers)
    s.wait(20, 60)
    yield s.do("dispatch", CS_HEAD, visit=visit, crew=s.slot.crew.members)
    s.visit = visit


def going(s: Script, start: datetime, lines: list[dict[str, Any]] | None = None) -> Story:
    """From the warehouse to the customer's door."""
    s.to(start.replace(hour=8, minute=3))
    if lines:
        yield s.do("draw-goods", INSTALLER, channel="mobile", visit=s.visit, lines=lines)
    s.to(start.replace(hour=8, minute=9))
    yield s.do("confirm-arrival", INSTALLER, channel="phone", visit=s.visit, address_confirmed=True, expected_at=start)
    s.to(start.replace(hour=8, minute=30))
    yield s.do("depart", INSTALLER, channel="mobile", visit=s.visit)
    s.to(start.replace(minute=start.minute + 4))
    yield s.do("arrive", INSTALLER, channel="mobile", visit=s.visit, customer_present=True)
    s.wait(10, 20)
    yield s.do("tick-checks", INSTALLER, channel="mobile", visit=s.visit, items=["件数", "型号", "外观", "现场尺寸复核"])


def signing(s: Script, visit: int, rating: int, handed_in: datetime) -> Story:
    """Accepted, handed in that evening, approved and registered next morning."""
    s.wait(5, 15)
    yield s.do("accept-work", INSTALLER, channel="paper", visit=visit, by="customer", signed_by=s.customer.name, rating=rating)
    s.to(handed_in)
    yield s.do("hand-in-slip", INSTALLER, channel="paper", visit=visit, slip_no=f"FK{s.number[4:]}-{visit}")
    s.morning(1, 6, 20)
    yield s.do("approve-slip", SUPERVISOR, visit=visit)
    s.wait(2, 6)
    yield s.do("pass-on-slip", SUPERVISOR, visit=visit)
    s.wait(3, 9)
    yield s.do("register-slip", CS, visit=visit)


def entering(s: Script) -> Story:
    """The call-back stands in the form and in the group."""
    s.wait(3, 9)
    yield s.do("register-revisit", CS)
    s.wait(5, 20)
    yield s.do("share-revisit", CS, channel="wechat", group="售后回访群")


def class_b(s: Script, at: datetime, progress: str) -> Story:
    """Leftovers checked, progress told."""
    s.to(at)
    yield s.do("revisit", CS, channel="phone", call_class="B", outcome="satisfied", satisfaction=4, leftovers_checked=True,
               progress_told=progress)  # fmt: skip
    yield from entering(s)


def sheeting(s: Script, no: int, at: datetime, party: str, ground: str, *, returned: bool = False) -> Story:
    """Sheet to liability; *returned* once by the supervisor."""
    s.to(at)
    number = f"YL{s.number[4:]}-{no}"
    yield s.do("issue-sheet", DESIGNER, leftover=no, sheet_no=number)
    if returned:
        s.wait(20, 40)
        yield s.do("review-sheet", SUPERVISOR, leftover=no, approved=False, note="缺门板现场尺寸，重开")
        s.wait(40, 60)
        yield s.do("issue-sheet", DESIGNER, leftover=no, sheet_no=f"{number}B")
    s.wait(30, 60)
    yield s.do("review-sheet", SUPERVISOR, leftover=no, approved=True)
    s.wait(10, 30)
    yield s.do("confirm-leftover", CS, channel="phone", leftover=no, remark="客户确认遗留内容")
    s.wait(20, 40)
    yield s.do("rule-liability", SUPERVISOR, leftover=no, party=party, ground=ground)


def ordering(s: Script, no: int, at: datetime, promised: str) -> Story:
    """Ordered, uploaded, promised."""
    s.to(at)
    yield s.do("order-goods", CS, leftover=no, factory_order=f"GC{s.number[4:]}-{no}")
    s.wait(5, 15)
    yield s.do("upload-form", CS, leftover=no)
    s.wait(60, 120)
    yield s.do("promise-goods", CS, channel="phone", leftover=no, promised_on=promised)


def storing(s: Script, at: datetime, seen: list[dict[str, Any]]) -> Story:
    """Inspected, entered, told; bad pieces stay outside."""
    s.to(at)
    yield s.do("inspect-goods", KEEPER, lines=seen, opened=True)
    s.wait(5, 10)
    yield s.do("receive-goods", KEEPER, lines=[{"line": x["line"], "qty": x["good"]} for x in seen], place="A区3排",
               entry_no=f"RK{s.number[4:]}-{s.version}")  # fmt: skip
    s.wait(5, 15)
    yield s.do("notify-arrival", KEEPER, note="配件入仓，可约客户")
