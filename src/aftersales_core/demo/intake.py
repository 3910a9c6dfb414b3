"""受理: the stretches of a story from the report to the ruling."""

from __future__ import annotations

from typing import Any

from aftersales_core.demo import goods, keeping
from aftersales_core.demo.people import AFTERSALES, CS, CS_HEAD, SUPERVISOR
from aftersales_core.demo.script import Script, Story


def asked(s: Script, category: str, problem: str | None = None, *, short: bool = False) -> Story:
    """Report and first talk with the customer; *short*: model and date of purchase are not known yet. (T-01, T-21)"""
    who = s.customer
    s.category = category
    told: dict[str, Any] = {
        "category": category, "customer": who.name, "phone": who.phone, "address": who.address, "branch": who.branch,
    }  # fmt: skip
    if category == "installation":
        told |= {"order_no": f"XS{s.bought:%Y%m%d}{s.lots.between(1, 99):02d}", "problem": problem or f"{s.product.name}安装"}
    else:
        told["problem"] = problem or goods.problem(s.lots, s.product)
    if not short:
        told |= {"model": s.model, "purchased_on": s.bought}
    source = s.lots.pick(goods.SOURCES)
    channel = {"电话": "phone", "微信": "wechat", "小程序": "app"}.get(source, "store")
    if category == "repair" and s.errs("field-missing"):
        yield s.do("report", CS, channel=channel, refused="field-missing", category=category, customer=who.name)
    if s.errs("channel-not-agreed"):
        yield s.do("report", CS, channel="douyin", refused="channel-not-agreed", source="抖音", **told)
    yield s.do("report", CS, channel=channel, source=source, **told)
    if category != "installation":
        yield from keeping.photo(s, told["problem"], CS, 40, channel="wechat")
    if s.errs("ticket-exists"):
        yield s.do("report", CS, channel=channel, refused="ticket-exists", source=source, **told)
    if s.lots.percent(8):
        s.morning(2, 20, 300)
    else:
        s.wait(6, 120)
    yield s.do("acknowledge", CS, channel="phone", note=s.lots.pick(("已与客户通话，核对信息", "客户确认地址，周末也可上门", "客户希望尽快处理")))
    yield from keeping.birthday(s)


def settled_on(s: Script, service: str, *, needs_goods: bool = False, short: bool = False) -> Story:
    """What kind of service, and whether goods are needed; what was missing is asked first. (T-06, T-14, L-03)"""
    s.wait(10, 200)
    if short:
        if s.errs("field-missing"):
            yield s.do("triage", CS, refused="field-missing", service=service, needs_goods=needs_goods)
        yield s.do("amend", CS, channel="phone", model=s.model, purchased_on=s.bought)
        s.wait(5, 40)
    yield s.do("triage", CS, service=service, needs_goods=needs_goods)


def ruled(s: Script, covered: str) -> Story:
    """What is wrong, and who pays. (T-16, T-17)"""
    s.wait(15, 240)
    yield s.do("diagnose", AFTERSALES if s.lots.percent(70) else CS, channel="wechat",
               finding=f"看照片判断：{goods.problem(s.lots, s.product)}", wishes="尽快修好")  # fmt: skip
    s.wait(10, 120)
    ground = {"covered": "保修期内，非人为损坏", "not-covered": "超过保修期", "goodwill": "超保一个月，老客户照顾"}[covered]
    bearer = "customer" if covered == "not-covered" else "company"
    yield s.do("rule", SUPERVISOR if s.lots.percent(60) else CS_HEAD, covered=covered, ground=ground, bearer=bearer)
