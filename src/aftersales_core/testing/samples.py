"""样例: realistic fields for every command, so that a story says only what matters to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from aftersales_core.rules import EVERY_COMMAND
from aftersales_core.state import Line, Ticket
from aftersales_core.state.ticket import BEFORE_DEPARTURE
from aftersales_core.testing.scene import Scene, Step

_PERSON = {"customer": "王芳", "phone": "13812345678", "address": "杭州市西湖区文三路 90 号 3 幢 1202 室"}
_THING = {"model": "K-200 推拉门衣柜", "purchased_on": "2026-03-01", "problem": "左侧柜门开裂，关不严"}

REPORTS: Final[dict[str, dict[str, Any]]] = {
    "installation": {**_PERSON, "order_no": "SO-20261018-07", "source": "门店"},
    "repair": {**_PERSON, **_THING, "source": "客服热线"},
    "delivery-defect": {**_PERSON, **_THING, "problem": "到货时台面有磕碰", "source": "送货员"},
    "complaint": {**_PERSON, "problem": "约好的时间没有人来"},
    "enquiry": {**_PERSON, "problem": "想知道实木门板怎样保养"},
    "patrol": {**_PERSON, "problem": "巡检时发现铰链松动"},
}
"""Category → what a customer says."""

_FIXED: Final[dict[str, dict[str, Any]]] = {
    "import-ticket": {"stage": "REPORTED", "origin": "旧登记表", "customer": "李国强"},
    "acknowledge": {"note": "已电话联系"},
    "cancel": {"reason": "客户自行解决"},
    "diagnose": {"finding": "铰链孔位开裂", "damage": "一扇柜门", "wishes": "尽快修好"},
    "rule": {"covered": "covered", "ground": "购买未满一年，属产品质量", "bearer": "factory"},
    "quote": {"amount": 12000, "note": "更换门板一扇"},
    "agree-remedy": {"remedy": "更换门板"},
    "solve-remotely": {"solution": "视频指导客户调整铰链螺丝"},
    "dispatch": {"crew": ["zhou-jian"]},
    "reassign": {"crew": ["chen-bo"], "reason": "原安装师请假"},
    "miss-visit": {"reason": "客户家中无人，电话不通"},
    "collect-payment": {"amount": 50000, "receipt_no": "R-0117"},
    "complete-visit": {"work": "柜体安装调试完毕"},
    "accept-work": {"by": "customer", "signed_by": "王芳", "rating": 5},
    "refuse-slip": {"why": "no-score"},
    "send-back-slip": {"reason": "收口条没有打胶"},
    "raise-leftover": {"lines": [{"item": "三节滑轨", "qty": 2, "needs_goods": True}]},
    "review-sheet": {"approved": True},
    "rule-liability": {"party": "factory", "ground": "出厂时少装"},
    "order-goods": {"factory_order": "FO-5512"},
    "ship-goods": {"waybill": "WB-880123"},
    "reject-goods": {"reason": "板面划伤"},
    "receive-goods": {"place": "A 区 3 架", "entry_no": "IN-0620"},
    "revisit": {"call_class": "A", "outcome": "satisfied", "satisfaction": 5},
    "share-revisit": {"group": "售后服务群"},
    "lodge-complaint": {"about": "安装时碰花了墙面"},
    "investigate-complaint": {"finding": "搬柜体时没有做墙面防护", "party": "installation"},
    "rectify-complaint": {"measure": "上门补漆并致歉", "customer_told": True},
    "close": {"result": "问题已解决，客户满意"},
    "archive": {"papers": ["install-repair-slip", "aftersales-form"]},
    "reopen": {"reason": "客户反映柜门又松了"},
    "move-paper": {"paper": "daily-report", "step": "handed-in"},
    "attach-file": {"digest": "ab" * 32, "media_type": "image/jpeg", "size": 48_213, "file_name": "现场.jpg"},
    "fill-fields": {"fields": {"birthday": "1988-11-20"}},
    "give-notice": {"notice": "opinion-passed-on", "to": "设计部", "means": "group"},
    "follow-up": {"occasion": "after-care-1-month", "customer_file": "no-change", "solved": True, "satisfaction": 5},
    "rate-service": {"rating": 4, "product_rating": 5, "remark": "师傅很准时"},
    "return-old-goods": {"item": "旧门板 600×2200", "qty": 1},
    "do-routine": {"routine": "goods-report"},
}
"""Fields that do not hang on the ticket."""


_OF: Final[dict[str, tuple[str, dict[str, dict[str, Any]]]]] = {
    "move-paper": ("paper", {"daily-report": {"no": "RB-0412"}}),
    "do-routine": ("routine", {"goods-report": {"found": 2, "note": "本商两单已发货"}}),
}
"""Command → the field that says what of, and the fields that go with each."""


def _booking(ticket: Ticket, now: datetime) -> dict[str, Any]:
    start = (now + timedelta(days=1)).replace(hour=9, minute=0)
    return {"start": start, "end": start + timedelta(hours=3), "agreed_with": ticket.customer or "王芳"}


def _call(ticket: Ticket, now: datetime) -> dict[str, Any]:
    if ticket.stage in {"DISPATCHED", "AWAITING_GOODS", "READY"}:
        return {
            "call_class": "B",
            "satisfaction": None,
            "leftovers_checked": True,
            "progress_told": "门板已向工厂下单",
        }
    return {"repair_result": "柜门开合正常"} if ticket.category in {"repair", "delivery-defect"} else {}


def _papers(ticket: Ticket, now: datetime) -> dict[str, Any]:
    left = ("sheet-feedback-slip", "leftover-sheet") if ticket.open_lines else ()
    return {"papers": ["install-repair-slip", *left]}


def _pieces(amount: Callable[[Line], int], *, kind: str) -> Callable[[Ticket, datetime], dict[str, Any]]:
    def lines(ticket: Ticket, now: datetime) -> dict[str, Any]:
        return {
            "lines": [{"line": x.id, "qty": amount(x)} for x in ticket.lines if x.takes(kind) and amount(x)]
        }

    return lines


_BY_TICKET: Final[dict[str, Callable[[Ticket, datetime], dict[str, Any]]]] = {
    "triage": lambda t, _now: {"service": "install" if t.category == "installation" else "repair", "needs_goods": False},
    "make-appointment": _booking,
    "request-time": lambda _t, now: {"day": (now + timedelta(days=3)).date(), "time_of_day": "afternoon"},
    "move-appointment": lambda t, now: {**_booking(t, now + timedelta(days=1)), "reason": "客户临时有事"},
    "prepare-papers": _papers,
    "tick-checks": lambda t, _now: {
        "items": ["工具设备"] if t.category == "repair" and t.visit and t.visit.state in BEFORE_DEPARTURE else [
            "件数", "型号", "外观"]},
    "draw-goods": _pieces(lambda line: line.arrived - line.drawn, kind="goods-drawn"),
    "confirm-arrival": lambda t, now: {
        "address_confirmed": True, "expected_at": (t.visit.start if t.visit else None) or now + timedelta(hours=1)},
    "arrive": lambda _t, _now: {"customer_present": True},
    "complete-visit": lambda t, _now: {"settles": [x.id for x in t.lines if x.takes("installed")]},
    "hand-in-slip": lambda t, _now: {"slip_no": f"FK-{len(t.visits):04}"},
    "issue-sheet": lambda t, _now: {"sheet_no": f"CL-{len(t.leftovers):04}"},
    "promise-goods": lambda _t, now: {"promised_on": (now + timedelta(days=14)).date()},
    "inspect-goods": lambda t, _now: {"lines": [
        {"line": x.id, "good": x.qty - x.arrived - x.good} for x in t.lines if x.takes("goods-inspected")]},
    "reject-goods": _pieces(lambda line: line.bad, kind="goods-rejected"),
    "receive-goods": _pieces(lambda line: line.good, kind="goods-arrived"),
    "revisit": _call,
    "waive-line": lambda t, _now: {"line": next((x.id for x in t.open_lines), "L1-1"),
                                   "reason": "客户愿意保持现状", "settled_by": "kept-as-is"},
    "do-routine": lambda _t, now: {"day": now.date()},
    "correct": lambda _t, _now: {"version": 1, "changes": {"phone": "13900001111"}, "reason": "登记时写错"},
}  # fmt: skip
"""Fields that hang on the ticket and the moment."""


def filled(scene: Scene, command: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The sample fields of *command* with *fields* over them; a field given as None is left out."""
    sample = dict(_FIXED.get(command, {}))
    if command == "report":
        sample = {"category": "repair", **REPORTS[str(fields.get("category", "repair"))]}
    if command in _BY_TICKET:
        sample |= _BY_TICKET[command](scene.ticket, scene.now)
    if command in _OF:
        what, of = _OF[command]
        sample |= of.get(str(fields.get(what, sample[what])), {})
    known = EVERY_COMMAND[command].model_fields
    merged = {**{name: value for name, value in sample.items() if name in known}, **fields}
    return {name: value for name, value in merged.items() if value is not None}


def sampled(scene: Scene, step: Step) -> Step:
    """*step* with its sample fields."""
    return step._replace(fields=filled(scene, step.command, step.fields))
