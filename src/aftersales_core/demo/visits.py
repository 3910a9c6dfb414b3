"""上门: the stretches of a story from the appointment to the registered slip."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from aftersales_core.demo import days, goods, keeping, people
from aftersales_core.demo.people import CS, CS_HEAD, CUSTOMER, DISPATCH, INSTALLER, SUPERVISOR
from aftersales_core.demo.script import Script, Step, Story

_PAPERS: Final = ["install-repair-slip"]
_LEFTOVER_PAPERS: Final = ["leftover-sheet", "sheet-feedback-slip"]


def booked(s: Script, *, ahead: int = 1, whole: bool = False, repair: bool = False) -> Story:
    """Appointment, papers, people. (L-11 to L-14)"""
    lots = s.lots
    ahead += s.now.hour >= 14
    first = lots.below(len(people.INSTALL_CREWS))
    crews = people.REPAIR_CREWS if repair else people.INSTALL_CREWS
    slot = s.office.book(days.following(s.now.date(), ahead), crews=crews, first=first, whole=whole)
    s.visit, s.slot = s.visit + 1, slot
    yield s.do("make-appointment", CS, channel="phone", start=slot.start, end=slot.end, agreed_with=s.customer.name)
    if s.errs("visit-still-open"):
        yield s.do("make-appointment", CS, refused="visit-still-open", start=slot.start, end=slot.end,
                   agreed_with=s.customer.name)  # fmt: skip
    s.wait(3, 20)
    if s.errs("slip-not-made-out"):
        yield s.do("dispatch", CS_HEAD, refused="slip-not-made-out", visit=s.visit, crew=slot.crew.members)
    short = s.rests and s.errs("drawing-papers-missing")
    yield s.do("prepare-papers", CS, visit=s.visit, papers=_PAPERS + (_LEFTOVER_PAPERS if s.rests and not short else []))
    if lots.percent(5):
        s.wait(10, 30)
        yield from moved(s, "客户临时有事，改约")
        slot = s.slot
    if slot.start.date() >= days.following(s.now.date(), 2) and lots.percent(60):
        s.morning(1, 10, 90)
    else:
        s.wait(15, 100)
    if s.errs("role-may-not"):
        yield s.do("dispatch", INSTALLER, refused="role-may-not", visit=s.visit, crew=slot.crew.members)
    yield s.do("dispatch", CS_HEAD, visit=s.visit, crew=slot.crew.members)
    _answered(s)
    if s.errs("wrong-stage"):
        yield s.do("triage", CS, refused="wrong-stage", service="install", needs_goods=False)
    if lots.percent(4) and (other := s.office.spare(slot, crews)) != slot.crew:
        s.wait(5, 15)
        s.slot = slot._replace(crew=other)
        yield s.do("reassign", CS_HEAD, visit=s.visit, crew=other.members, reason=lots.pick(("师傅请病假", "上一单未完工")))
    if short:
        s.wait(5, 15)
        yield from _short_of_papers(s)


def _answered(s: Script) -> None:
    """The customer looks at his link and says that the time suits him, or asks for another and is talked round. (L-12, S-16)"""
    lots, soon = s.beside, s.now + timedelta(minutes=s.beside.between(6, 20))
    way = lots.below(100)
    if way < 30:
        s.later(soon, "confirm-appointment", CUSTOMER, channel="link", visit=s.visit)
    elif way < 38 and soon.hour < 16:
        day, part = days.following(s.slot.start.date(), lots.between(1, 3)), lots.pick(("morning", "afternoon", None))
        s.later(soon, "request-time", CUSTOMER, channel="link", visit=s.visit, day=day, **({"time_of_day": part} if part else {}))
        s.later(soon + timedelta(minutes=lots.between(15, 40)), "confirm-appointment", CS, channel="phone", visit=s.visit)


def _short_of_papers(s: Script) -> Story:
    """The slip alone does not open the warehouse, and without the sheet's slip nobody sets out. (W-16, L-14)"""
    pieces = [{"line": line["id"], "qty": line["qty"]} for line in s.open_goods()]
    if pieces:
        yield s.do("draw-goods", s.crew_role, refused="drawing-papers-missing", visit=s.visit, lines=pieces)
    yield s.do("depart", s.crew_role, refused="papers-missing", visit=s.visit)
    s.wait(2, 8)
    yield s.do("prepare-papers", CS, visit=s.visit, papers=_LEFTOVER_PAPERS)


def moved(s: Script, reason: str) -> Story:
    """Another exact time of the same crew is agreed. (L-12)"""
    after = days.following(max(s.slot.start.date(), s.now.date()), 1)
    s.slot = slot = s.office.book(after, crews=(s.slot.crew,))
    yield s.do("move-appointment", CS, channel="phone", visit=s.visit, start=slot.start, end=slot.end,
               agreed_with=s.customer.name, reason=reason)  # fmt: skip


def gone(s: Script, *, drawn: bool = False) -> Story:
    """Goods drawn, arrival confirmed, set out, arrived. (L-15, L-16)"""
    lots, start, role = s.lots, s.slot.start, s.crew_role
    # everything before setting out has its place between eight and half past, or before lunch
    begin = days.at(start.date(), lots.between(1, 6)) if start.hour < 12 else days.at(start.date(), lots.between(240, 280))
    s.to(begin)
    goods_in = [] if drawn else s.open_goods()
    confirm: dict[str, Any] = {"address_confirmed": True, "expected_at": start}
    if goods_in:
        if s.errs("goods-not-drawn"):
            yield s.do("depart", role, channel="mobile", refused="goods-not-drawn", visit=s.visit)
        s.wait(1, 4)
        yield s.do("draw-goods", role, channel="mobile", visit=s.visit,
                   lines=[{"line": line["id"], "qty": line["qty"]} for line in goods_in])  # fmt: skip
    elif not drawn and s.errs("arrival-not-confirmed"):
        yield s.do("depart", role, channel="mobile", refused="arrival-not-confirmed", visit=s.visit)
    s.wait(3, 8)
    yield s.do("confirm-arrival", role, channel="phone", visit=s.visit, **confirm)
    if lots.percent(5):
        s.to(start + timedelta(minutes=lots.between(20, 40)))
        yield s.do("miss-visit", role, channel="mobile", visit=s.visit,
                   reason=lots.pick(("家中无人，电话不接", "小区停电，电梯停用", "客户临时外出，改日再约")))  # fmt: skip
        s.wait(30, 90)
        yield from moved(s, "上次上门未能进门")
        yield from gone(s, drawn=True)
        return
    s.to(start - timedelta(minutes=lots.between(37, 44)))
    if s.after_repair:
        if s.category == "repair" and s.errs("tools-unchecked"):
            yield s.do("depart", role, channel="mobile", refused="checks-missing", visit=s.visit)
        yield s.do("tick-checks", role, channel="mobile", visit=s.visit, items=[goods.TOOLS])
    s.to(start - timedelta(minutes=lots.between(22, 36)))
    yield s.do("depart", role, channel="mobile", visit=s.visit)
    s.to(start + timedelta(minutes=lots.between(-6, 18)))
    present = not lots.percent(6)
    s.present = present
    yield s.do("arrive", role, channel="mobile", visit=s.visit, customer_present=present)
    s.wait(8, 25)
    s.unticked = s.category == "installation" and s.errs("checks-missing")
    if not s.unticked:
        yield _ticked(s)


def _ticked(s: Script) -> Step:
    items = [*goods.DELIVERY, *s.lots.some(goods.CHECKS, s.lots.between(1, 4))]
    return s.do("tick-checks", s.crew_role, channel="mobile", visit=s.visit, items=items)


def worked(s: Script, work: str, *, lines: list[dict[str, Any]] | None = None, settles: list[str] | None = None,
           due: int = 0) -> Story:  # fmt: skip
    """The work as far as it went, what is left over, the customer's signature and score. (L-17, L-18)"""
    lots, role = s.lots, s.crew_role
    s.to(s.slot.end - timedelta(minutes=lots.between(5, 55)))
    again = s.errs("again")
    if s.unticked:
        yield s.do("complete-visit", role, channel="mobile", refused="checks-missing", visit=s.visit, work=work)
        s.wait(2, 5)
        yield _ticked(s)
    written = bool(lines) and lots.percent(60)
    more: dict[str, Any] = {"leftovers": lines, "written": written} if lines else {}
    if settles:
        more["settles"] = settles
    yield s.do("complete-visit", role, channel="mobile", facts=2 if lines else 1, again=again, visit=s.visit, work=work,
               **more)  # fmt: skip
    s.written = written
    if lines:
        s.raised(lines)
        yield from keeping.photo(s, "、".join(line.get("cause", "") for line in lines), role, 60, visit=s.visit)
    if s.category == "installation" and s.delivered is None:
        keeping.after_care(s)
    if due:
        paid_at = s.now + timedelta(minutes=1)
    if s.present and s.errs("work-not-accepted"):
        yield s.do("hand-in-slip", role, refused="work-not-accepted", visit=s.visit)
    s.wait(4, 15)
    s.rated, department = True, ""
    if s.present:
        s.rated = not lots.percent(7)
        score: dict[str, Any] = {"rating": lots.pick((5, 5, 5, 5, 4, 4, 3)), "product_rating": lots.pick((5, 5, 4, 4))} if s.rated else {}
        opinion, department = keeping.remark(s, keeping.INSTALLED, 8)
        yield s.do("accept-work", role, channel="paper", visit=s.visit, by="customer", signed_by=s.customer.name, remark=opinion,
                   **score)  # fmt: skip
        if department:
            keeping.passed_on(s, f"visit-{s.visit}", department)
    else:
        if s.errs("supervisor-not-signed"):
            yield s.do("accept-work", role, refused="supervisor-not-signed", visit=s.visit, by="customer",
                       signed_by=s.customer.name, rating=5)  # fmt: skip
        yield s.do("accept-work", SUPERVISOR, visit=s.visit, by="supervisor", signed_by="陈主管", rating=4,
                   rating_channel="phone")  # fmt: skip
    accepted = s.version
    if s.rated and s.beside.percent(12):
        evening = days.at(s.now.date(), s.beside.between(660, 780))
        score = {"rating": s.beside.pick((5, 5, 4, 4, 2)), "product_rating": s.beside.pick((5, 4, 4, 3))}
        s.later(evening, "rate-service", CUSTOMER, channel="link", visit=s.visit, **score)
    if s.present:
        yield from keeping.signature(s)
        yield from keeping.card(s)
    if s.errs("correction"):
        s.wait(10, 40)
        yield s.do("correct", CS_HEAD, version=accepted, changes={"remark": "客户补充：请随单留一份保养说明"},
                   reason="纸单备注漏录")  # fmt: skip
        if not department:
            keeping.passed_on(s, f"visit-{s.visit}", "客服部")
    if due:
        # the receipt book comes to the office with the slips: typed in next morning, happened before the signature
        next_morning = days.at(days.following(s.now.date(), 1), lots.between(2, 12))
        yield s.do("collect-payment", role, when=paid_at, late=next_morning if lots.percent(50) else None,
                   channel="paper", visit=s.visit, amount=due, receipt_no=f"SJ{s.number[4:]}-{s.visit}")  # fmt: skip


def slipped(s: Script) -> Story:
    """The slip's way: handed in, approved, passed on, registered. (F-02 to F-18)"""
    lots, role, visit = s.lots, s.crew_role, s.visit
    s.report_alone = False
    form: dict[str, Any] = {"visit": visit, "slip_no": f"FK{s.number[4:]}-{visit}"}
    evening = days.at(s.now.date(), lots.between(560, 590))
    next_day = days.following(s.now.date(), 1)
    way = lots.below(100)
    if way < 55 and s.now < evening:
        s.to(evening)
        if s.errs("slip-incomplete"):
            yield s.do("hand-in-slip", role, channel="paper", refused="slip-incomplete", complete=False, **form)
        forgot = s.errs("daily-report-missing")
        yield s.do("hand-in-slip", role, channel="paper", daily_report=not forgot, **form)
        if forgot:
            s.wait(3, 9)
            yield s.do("approve-slip", SUPERVISOR, refused="daily-report-missing", visit=visit)
            yield s.do("refuse-slip", DISPATCH, visit=visit, why="incomplete", note="缺安装日报表，补齐再交")
            s.to(days.at(next_day, lots.between(3, 12)))
            yield s.do("hand-in-slip", role, channel="paper", **form)
    elif way < 67 and s.now < evening:
        # on paper that evening, typed in the next morning, after the customer rang customer service
        s.to(evening)
        handed_in = s.now
        s.wait(5, 20)
        yield s.do("acknowledge", CS, channel="phone", note="客户来电询问保养事项，已解答")
        s.to(days.at(next_day, lots.between(2, 20)))
        yield s.do("hand-in-slip", role, when=handed_in, late=s.now, channel="paper", **form)
    else:
        brought = days.at(next_day, lots.between(1, 75) if way < 93 else lots.between(560, 595))
        if s.beside.percent(70):
            yield from keeping.daily_report(s)
        s.to(brought)
        yield s.do("hand-in-slip", role, channel="paper", daily_report=not s.report_alone, **form)
    if s.errs("slip-not-passed-on"):
        yield s.do("attempt-revisit", CS, refused="slip-not-passed-on")
    yield from signed(s, visit)


def signed(s: Script, visit: int) -> Story:
    """Supervisor and customer service take the slip, with a score or with a reason. (F-06, F-17, F-18, F-04)"""
    lots = s.lots
    if not s.rated:
        s.wait(2, 9)
        if lots.percent(60):
            yield s.do("refuse-slip", DISPATCH, visit=visit, why="no-score", note="客户未打分，退回补分")
            s.morning(1, 5, 60)
            yield s.do("hand-in-slip", s.crew_role, channel="paper", visit=visit, slip_no=f"FK{s.number[4:]}-{visit}B")
        s.wait(3, 30)
        if s.errs("no-score"):
            yield s.do("approve-slip", SUPERVISOR, refused="no-score", visit=visit)
        yield s.do("approve-slip", SUPERVISOR, visit=visit, override=lots.pick(("客户出差，已电话口头评价满意", "客户拒绝打分，主管已现场复核")))
    else:
        if s.now.hour >= 17 and lots.percent(45):
            s.morning(1, 5, 50)
        else:
            s.wait(4, 28)
        yield from keeping.report_reviewed(s, visit)
        yield s.do("approve-slip", SUPERVISOR, visit=visit)
    s.wait(2, 12)
    yield s.do("pass-on-slip", SUPERVISOR, visit=visit)
    if lots.percent(85):
        s.wait(3, 15)
        yield s.do("register-slip", CS, visit=visit)
    else:
        s.to_register.append(visit)
