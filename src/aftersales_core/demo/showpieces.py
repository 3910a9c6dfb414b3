"""样板: two tickets that are the same in every month, whatever the seed."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from aftersales_core.demo import fixed, keeping
from aftersales_core.demo.people import (
    CS,
    CS_HEAD,
    DESIGNER,
    DISPATCH,
    INSTALL_CREWS,
    INSTALLER,
    KEEPER,
    SUPERVISOR,
)
from aftersales_core.demo.script import Script, Slot, Story

HARD_TICKET: Final = "SH20261012001"
"""Nearly everything that can happen happened to it; closed on the day before the last."""

HELD_UP: Final = "SH20261026001"
"""Its crew wants to set out this morning and has not drawn the goods."""

REFUSED_COMMAND: Final[dict[str, Any]] = {
    "command": "depart",
    "ticket": HELD_UP,
    "command_id": "demo-000000",
    "occurred_at": "2026-11-13T08:22:00+08:00",
    "actor": "inst-zhou",
    "role": "installer",
    "channel": "mobile",
    "visit": 2,
}
"""Setting out without the goods: refused under L-15, when the month tells it and ever after."""

_PAPERS: Final = ["install-repair-slip", "leftover-sheet", "sheet-feedback-slip"]


BUSY: Final = tuple(
    ("inst-zhou", date(2026, month, day)) for month, day in ((10, 13), (10, 15), (10, 28), (10, 30), (11, 7), (11, 13))
)
"""Whose days these two tickets take."""


def hard(s: Script) -> Story:
    """Missed once, three visits, two leftover orders, bad goods, work sent back, a complaint, a correction."""
    s.slot = Slot(s.now, s.now, INSTALL_CREWS[0])
    yield from _missed_first(s)
    yield from _first_visit(s)
    yield from _first_goods(s)
    yield from _second_visit(s)
    yield from _second_goods(s)
    yield from _third_visit(s)


def held_up(s: Script) -> Story:
    """The goods of a leftover are in, the visit is at half past nine, nothing is drawn yet."""
    s.slot = Slot(s.now, s.now, INSTALL_CREWS[0])
    yield from fixed.opened(s, 26)
    s.now = fixed.on(10, 26, 9, 40)
    yield from fixed.booking(s, 1, fixed.on(10, 28, 9, 0), fixed.on(10, 28, 17, 0), ["install-repair-slip"])
    yield from fixed.going(s, fixed.on(10, 28, 9, 0))
    s.to(fixed.on(10, 28, 16, 20))
    yield s.do("complete-visit", INSTALLER, channel="mobile", facts=2, visit=1, work="衣柜主体安装完毕，余一项遗留", written=True,
               leftovers=[{"item": "衣柜门板 600×2200 雾白", "qty": 2, "needs_goods": True, "cause": "工厂少发"}])  # fmt: skip
    yield from fixed.signing(s, 1, 5, fixed.on(10, 28, 17, 30))
    yield from fixed.class_b(s, fixed.on(10, 30, 9, 12), "门板已报工厂补发，到货后约您")
    yield from fixed.sheeting(s, 1, fixed.on(10, 30, 11, 0), "factory", "箱单少两件门板，责任归工厂")
    yield from fixed.ordering(s, 1, fixed.on(10, 31, 9, 0), "2026-11-10")
    s.to(fixed.on(11, 9, 14, 0))
    yield s.do("ship-goods", CS, leftover=1, waybill="DB880913572")
    yield from fixed.storing(s, fixed.on(11, 11, 10, 8), [{"line": "L1-1", "good": 2}])
    s.to(fixed.on(11, 11, 15, 30))
    yield from fixed.booking(s, 2, fixed.on(11, 13, 9, 30), fixed.on(11, 13, 11, 30), _PAPERS)
    s.to(fixed.on(11, 13, 8, 10))
    yield s.do("confirm-arrival", INSTALLER, channel="phone", visit=2, address_confirmed=True, expected_at=s.slot.start)
    s.to(fixed.on(11, 13, 8, 22))
    yield s.do("depart", INSTALLER, channel="mobile", refused="goods-not-drawn", visit=2)


def _missed_first(s: Script) -> Story:
    yield from fixed.opened(s, 12)
    s.to(fixed.on(10, 12, 10, 0))
    yield from fixed.booking(s, 1, fixed.on(10, 13, 9, 0), fixed.on(10, 13, 17, 0), ["install-repair-slip"])
    s.to(fixed.on(10, 12, 17, 10))
    yield s.do("reassign", CS_HEAD, visit=1, crew=["inst-zhou", "inst-yu"], reason="潘师傅请病假")
    s.to(fixed.on(10, 13, 8, 6))
    yield s.do("confirm-arrival", INSTALLER, channel="phone", visit=1, address_confirmed=True, expected_at=s.slot.start)
    s.to(fixed.on(10, 13, 8, 32))
    yield s.do("depart", INSTALLER, channel="mobile", visit=1)
    s.to(fixed.on(10, 13, 9, 35))
    yield s.do("miss-visit", INSTALLER, channel="mobile", visit=1, reason="家中无人，等候半小时，电话不接")
    s.to(fixed.on(10, 13, 11, 0))
    s.slot = s.slot._replace(start=fixed.on(10, 15, 9, 0), end=fixed.on(10, 15, 17, 0))
    yield s.do("move-appointment", CS, channel="phone", visit=1, start=s.slot.start, end=s.slot.end,
               agreed_with=s.customer.name, reason="客户忘记时间，改到周四")  # fmt: skip


def _first_visit(s: Script) -> Story:
    """Four lines left; no score, for the customer is in a hurry; slip and report come one by one, the slip is taken with a reason."""
    yield from fixed.going(s, fixed.on(10, 15, 9, 0))
    s.to(fixed.on(10, 15, 16, 30))
    lines = [
        {"item": "衣柜门板 600×2200 雾白", "qty": 3, "needs_goods": True, "cause": "工厂少发"},
        {"item": "110°阻尼铰链", "qty": 4, "needs_goods": True, "cause": "工厂少发"},
        {"item": "装饰扣条", "qty": 1, "needs_goods": True, "cause": "批次色差"},
        {"item": "抽屉调缝", "qty": 1, "needs_goods": False},
    ]
    yield s.do("complete-visit", INSTALLER, channel="mobile", facts=2, again=True, visit=1, leftovers=lines,
               work="衣柜、榻榻米主体安装完毕，余四项遗留")  # fmt: skip
    s.to(fixed.on(10, 15, 16, 45))
    yield s.do("accept-work", INSTALLER, channel="paper", visit=1, by="customer", signed_by=s.customer.name)
    s.to(fixed.on(10, 15, 17, 48))
    yield s.do("acknowledge", CS, channel="phone", note="客户来电，着急要门板，已安抚")
    s.to(fixed.on(10, 16, 8, 4))
    yield s.do("hand-in-slip", INSTALLER, when=fixed.on(10, 15, 17, 20), late=s.now, channel="paper", visit=1, slip_no="FK20261012001",
               daily_report=False)  # fmt: skip
    s.to(fixed.on(10, 16, 8, 6))
    yield s.do("move-paper", INSTALLER, channel="paper", paper="daily-report", step="handed-in", visit=1)
    s.to(fixed.on(10, 16, 8, 9))
    yield s.do("refuse-slip", DISPATCH, visit=1, why="no-score", note="客户未打分，退回补分")
    s.to(fixed.on(10, 16, 8, 20))
    yield s.do("move-paper", SUPERVISOR, paper="daily-report", step="reviewed", visit=1, note="四项遗留属实")
    s.to(fixed.on(10, 16, 17, 25))
    yield s.do("hand-in-slip", INSTALLER, channel="paper", visit=1, slip_no="FK20261012001B", daily_report=False)
    s.to(fixed.on(10, 17, 8, 8))
    yield s.do("approve-slip", SUPERVISOR, refused="no-score", visit=1)
    s.to(fixed.on(10, 17, 8, 12))
    yield s.do("approve-slip", SUPERVISOR, visit=1, override="客户出差在外，已电话口头评价，主管现场复核合格")
    s.to(fixed.on(10, 17, 8, 20))
    yield s.do("pass-on-slip", SUPERVISOR, visit=1)
    s.to(fixed.on(10, 17, 8, 31))
    yield s.do("register-slip", CS, visit=1)
    s.to(fixed.on(10, 17, 9, 5))
    yield s.do("attempt-revisit", CS, channel="phone", note="无人接听")
    s.to(fixed.on(10, 17, 9, 50))
    yield s.do("revisit", CS, refused="wrong-call-class", call_class="A", outcome="satisfied", satisfaction=4)
    yield from fixed.class_b(s, fixed.on(10, 17, 9, 52), "门板与铰链今日报工厂，抽屉下次一并调")
    yield s.do("fill-fields", CS, channel="phone", fields={"birthday": "1986-03-21"})


def _first_goods(s: Script) -> Story:
    """Part comes, a panel is bad and goes back, the strip is given up, the rest comes later."""
    s.to(fixed.on(10, 17, 10, 30))
    yield s.do("issue-sheet", DESIGNER, refused="leftover-not-written", leftover=1, sheet_no="YL20261012001")
    s.to(fixed.on(10, 17, 10, 40))
    yield s.do("write-leftover", INSTALLER, channel="paper", leftover=1)
    yield from fixed.sheeting(s, 1, fixed.on(10, 17, 11, 0), "factory", "箱单与实物不符，责任归工厂", returned=True)
    s.to(fixed.on(10, 19, 8, 40))
    yield s.do("waive-line", CS_HEAD, line="L1-3", reason="客户同意用现有扣条，退差价六十元", settled_by="refund")
    yield from fixed.ordering(s, 1, fixed.on(10, 19, 9, 0), "2026-10-23")
    s.to(fixed.on(10, 19, 14, 0))
    yield s.do("make-appointment", CS, refused="goods-not-arrived", start=fixed.on(10, 24, 9, 0), end=fixed.on(10, 24, 11, 30),
               agreed_with=s.customer.name)  # fmt: skip
    s.to(fixed.on(10, 21, 15, 0))
    yield s.do("ship-goods", CS, leftover=1, waybill="DB702615588")
    s.to(fixed.on(10, 23, 10, 2))
    yield s.do("inspect-goods", KEEPER, refused="more-than-ordered", lines=[{"line": "L1-1", "good": 4}])
    yield from fixed.storing(s, fixed.on(10, 23, 10, 6), [{"line": "L1-1", "good": 2, "bad": 1}])
    yield keeping.attached(s, "封边爆口", KEEPER, leftover=1)
    s.to(fixed.on(10, 23, 11, 0))
    yield s.do("reject-goods", KEEPER, lines=[{"line": "L1-1", "qty": 1}], reason="门板封边爆口，退回工厂")
    s.to(fixed.on(10, 23, 11, 20))
    yield s.do("promise-goods", CS, channel="phone", leftover=1, promised_on="2026-10-29")
    s.to(fixed.on(10, 23, 16, 0))
    yield s.do("ship-goods", CS, leftover=1, lines=["L1-2"], waybill="DB702617001")
    yield from fixed.storing(s, fixed.on(10, 26, 10, 4), [{"line": "L1-2", "good": 4}])
    yield from fixed.storing(s, fixed.on(10, 29, 10, 10), [{"line": "L1-1", "good": 1}])


def _second_visit(s: Script) -> Story:
    """Every line settled; then the call-back finds a cracked table top and sends the work back."""
    s.to(fixed.on(10, 29, 11, 0))
    yield from fixed.booking(s, 2, fixed.on(10, 30, 9, 0), fixed.on(10, 30, 11, 30), _PAPERS)
    yield from fixed.going(s, fixed.on(10, 30, 9, 0), [{"line": "L1-1", "qty": 3}, {"line": "L1-2", "qty": 4}])
    s.to(fixed.on(10, 30, 11, 20))
    yield s.do("complete-visit", INSTALLER, channel="mobile", visit=2, work="门板、铰链装好，抽屉调缝完成", settles=["L1-1", "L1-2", "L1-4"])
    yield from fixed.signing(s, 2, 4, fixed.on(10, 30, 17, 22))
    s.to(fixed.on(10, 31, 9, 15))
    yield s.do("revisit", CS, channel="phone", call_class="A", outcome="work-sent-back", satisfaction=2,
               remark="客户称榻榻米盖板一处开裂，升降台异响，要求返工")  # fmt: skip
    yield from fixed.entering(s)
    s.to(fixed.on(10, 31, 9, 50))
    yield s.do("give-notice", CS, notice="opinion-passed-on", ref="call-2", to="安装部", means="group")
    s.to(fixed.on(10, 31, 10, 0))
    lines = [
        {"item": "榻榻米盖板 800×900", "qty": 1, "needs_goods": True, "cause": "运输破损"},
        {"item": "升降台异响检修", "qty": 1, "needs_goods": False},
    ]
    yield s.do("raise-leftover", CS, channel="phone", lines=lines)
    yield keeping.attached(s, "开裂", CS, channel="wechat", leftover=2)


def _second_goods(s: Script) -> Story:
    yield from fixed.sheeting(s, 2, fixed.on(10, 31, 11, 0), "logistics", "外箱破损有签收照片，责任归物流")
    yield from fixed.ordering(s, 2, fixed.on(11, 2, 9, 0), "2026-11-06")
    s.to(fixed.on(11, 4, 15, 0))
    yield s.do("ship-goods", CS, leftover=2, waybill="DB709930112")
    yield from fixed.storing(s, fixed.on(11, 6, 10, 3), [{"line": "L2-1", "good": 1}])


def _third_visit(s: Script) -> Story:
    """Put right; the customer still complains about three visits, is heard, and the ticket is closed."""
    s.to(fixed.on(11, 6, 13, 0))
    yield from fixed.booking(s, 3, fixed.on(11, 7, 9, 0), fixed.on(11, 7, 11, 30), _PAPERS)
    yield from fixed.going(s, fixed.on(11, 7, 9, 0), [{"line": "L2-1", "qty": 1}])
    s.to(fixed.on(11, 7, 11, 10))
    yield s.do("complete-visit", INSTALLER, channel="mobile", visit=3, work="更换盖板，升降台检修，试用正常", settles=["L2-1", "L2-2"])
    yield from fixed.signing(s, 3, 4, fixed.on(11, 7, 17, 15))
    accepted = s.version - 4
    s.to(fixed.on(11, 9, 9, 15))
    yield keeping.attached(s, "签名甲", INSTALLER, purpose="signature", visit=3)
    s.to(fixed.on(11, 9, 9, 20))
    yield s.do("correct", CS_HEAD, version=accepted, changes={"rating": 5}, reason="纸单评分为五分，录入时误录四分")
    s.to(fixed.on(11, 9, 9, 30))
    yield s.do("revisit", CS, channel="phone", facts=2, call_class="A", outcome="complaint", satisfaction=3,
               remark="东西修好了，但前后跑了三趟，要求说明")  # fmt: skip
    yield from fixed.entering(s)
    s.to(fixed.on(11, 9, 10, 10))
    yield s.do("give-notice", CS_HEAD, notice="opinion-passed-on", ref="call-3", to="客服部", means="in-person")
    s.to(fixed.on(11, 9, 15, 0))
    yield s.do("investigate-complaint", CS_HEAD, complaint=1, finding="工厂少发一次、物流破损一次，首次上门客户不在家", party="factory")
    s.to(fixed.on(11, 10, 10, 0))
    yield s.do("close", CS, refused="complaint-open", result="遗留全部处理")
    s.to(fixed.on(11, 11, 14, 0))
    yield s.do("rectify-complaint", CS_HEAD, complaint=1, measure="致歉并赠送一年期保养两次，客户认可", customer_told=True)
    s.to(fixed.on(11, 12, 9, 40))
    yield s.do("follow-up", CS_HEAD, channel="phone", occasion="after-complaint", about=1, solved=True, satisfaction=4,
               remark="客户认可，已无异议")  # fmt: skip
    s.to(fixed.on(11, 12, 10, 0))
    yield s.do("archive", CS, channel="paper", papers=["install-repair-slip", "aftersales-form", "leftover-sheet"], shelf="202611-01盒")
    s.to(fixed.on(11, 12, 10, 20))
    yield s.do("close", CS, result="两张遗留单共六项全部了结，投诉已处理，客户认可")
