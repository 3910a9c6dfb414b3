"""旁记: what is done beside the work: photos, papers of their own, birthdays, opinions passed on, after-care."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from aftersales_core.demo import days, pictures
from aftersales_core.demo.people import AFTERSALES, CS, CS_HEAD, INSTALLER, KEEPER, LEADER, SUPERVISOR
from aftersales_core.demo.script import Script, Step, Story

INSTALLED: Final = (
    ("师傅很仔细，地面和墙角都贴了保护", "安装部"), ("拆下的包装纸板没有带走", "安装部"), ("希望上门前半小时再来一个电话", "客服部"),
    ("柜子里味道有点大，问多久能散", "质量部"), ("插座被背板挡住，出图前应再核对一次", "设计部"), ("送货那天电梯口堆了半天才有人搬", "物流部"),
)  # fmt: skip
"""What a customer writes beside the score → the department it concerns."""

CALLED: Final = (
    ("想要一份保养说明", "客服部"), ("师傅服务好，请表扬", "安装部"), ("希望把送货和安装排在同一天", "物流部"),
    ("抽屉拉手边缘略毛糙，下次改进", "质量部"), ("朋友也要做衣柜，问老客户有没有优惠", "销售部"), ("收纳分格如果能自己调就更好", "设计部"),
)  # fmt: skip
"""The same of what is said on the telephone."""

ON_PAPER: Final = frozenset({INSTALLER, LEADER})
"""Whose customers sign an acceptance card."""


# --- files


def attached(s: Script, name: str, role: str, *, purpose: str = "photo", channel: str = "mobile", **part: Any) -> Step:
    """The picture of that name belongs to the ticket, or to the part named."""
    kept = pictures.named(name)
    return s.do("attach-file", role, channel=channel, digest=kept.digest, media_type=kept.media_type, size=len(kept.content),
                purpose=purpose, file_name=kept.name, **part)  # fmt: skip


def photo(s: Script, trouble: str, role: str, share: int, **part: Any) -> Story:
    """In *share* of 100 cases a photo of *trouble*, where one could show it."""
    name = pictures.showing(trouble)
    if name and s.beside.percent(share):
        yield attached(s, name, role, **part)


def signature(s: Script) -> Story:
    """The customer signs on the telephone's screen as well. (F-10)"""
    if s.beside.percent(5):
        yield attached(s, s.beside.pick(pictures.SIGNATURES), s.crew_role, purpose="signature", visit=s.visit)


# --- papers


def card(s: Script) -> Story:
    """The acceptance card comes back signed. (F-13)"""
    if s.category == "installation" and s.crew_role in ON_PAPER and s.beside.percent(14):
        s.cards.append(s.visit)
        yield s.do("move-paper", s.crew_role, channel="paper", paper="acceptance-card", step="handed-in", visit=s.visit,
                   no=f"YS{s.number[4:]}-{s.visit}")  # fmt: skip


def cards_filed(s: Script) -> Story:
    """With the other papers, unless it lies about somewhere."""
    for visit in s.cards:
        if s.beside.percent(80):
            yield s.do("move-paper", CS, channel="paper", paper="acceptance-card", step="archived", visit=visit)
    s.cards.clear()


def daily_report(s: Script) -> Story:
    """The slip comes later than the daily report, which is due that evening or as work begins. (F-15, W-19)"""
    evening = days.at(s.now.date(), s.beside.between(562, 594))
    morning = days.at(days.following(s.now.date(), 1), s.beside.between(1, 4))
    early = s.beside.percent(60) and s.now < evening
    s.report_alone = True
    form: dict[str, Any] = {"paper": "daily-report", "visit": s.visit}
    if s.errs("paper-step-missing"):
        s.to(morning)
        yield s.do("move-paper", SUPERVISOR, refused="paper-step-missing", step="reviewed", **form)
        early = False
    s.to(evening if early else morning)
    yield s.do("move-paper", s.crew_role, channel="paper", step="handed-in", **form)
    if s.errs("report-refused"):
        s.to(morning + timedelta(minutes=6))
        yield s.do("move-paper", SUPERVISOR, step="refused", note="遗留情况一栏没有填写，补齐再交", **form)
        s.to(morning + timedelta(minutes=18))
        yield s.do("move-paper", s.crew_role, channel="paper", step="handed-in", note="已补填遗留情况", **form)


def report_reviewed(s: Script, visit: int) -> Story:
    """A report that came alone is looked at before the slip is signed; now and then only the slip is."""
    if s.report_alone and s.beside.percent(65):
        yield s.do("move-paper", SUPERVISOR, paper="daily-report", step="reviewed", visit=visit)
    s.report_alone = False


# --- fields of the house's own


def birthday(s: Script) -> Story:
    """Asked for on the telephone; where it comes round within the month, somebody rings up. (N-07)"""
    if not s.beside.percent(9):
        return
    year = s.beside.between(1961, 1999)
    if s.beside.percent(45):
        soon = s.now.date() + timedelta(days=s.beside.between(4, 26))
        s.birthday = date(year, soon.month, soon.day)
        if s.beside.percent(85):
            greeted = days.at(soon if days.works(soon) else soon - timedelta(days=1), s.beside.between(65, 200))
            means = s.beside.pick(("phone", "sms", "wechat"))
            s.later(greeted, "follow-up", CS, why="birthday", channel="phone", occasion="birthday-greeting", means=means)
    else:
        s.birthday = date(year, s.beside.between(1, 12), s.beside.between(1, 28))
    if s.errs("content-does-not-fit"):
        yield s.do("fill-fields", CS, channel="phone", refused="content-does-not-fit",
                   fields={"birthday": f"{s.birthday.month}月{s.birthday.day}日"})  # fmt: skip
    yield s.do("fill-fields", CS, channel="phone", fields={"birthday": s.birthday.isoformat()})


# --- what customers say


def remark(s: Script, pool: tuple[tuple[str, str], ...], share: int) -> tuple[str | None, str]:
    """In *share* of 100 cases an opinion and its department."""
    return s.beside.pick(pool) if s.beside.percent(share) else (None, "")


def passed_on(s: Script, ref: str, department: str) -> None:
    """Mostly within two days; a few lie about for longer, or for good. (F-23, R-21)"""
    lots, fate = s.beside, s.beside.below(100)
    if fate < 5:
        return
    wait = 4 if fate < 11 else lots.pick((0, 0, 1, 1, 1, 2))
    at = days.at(days.following(s.now.date(), wait), lots.between(30, 520)) if wait else days.open_hours(
        s.now + timedelta(minutes=lots.between(12, 90)), lots.between(20, 55))  # fmt: skip
    s.later(at, "give-notice", CS if lots.percent(80) else CS_HEAD, notice="opinion-passed-on", ref=ref, to=department,
            means=lots.pick(("wechat", "group", "phone", "in-person")))  # fmt: skip


# --- after the work


def after_care(s: Script) -> None:
    """A month after the first installation; the calls begin three days before that day. (N-02, N-05)"""
    lots, s.delivered = s.beside, s.now.date()
    if not lots.percent(75):
        return
    at = days.at(_call_day(s.delivered) + timedelta(days=lots.pick((0, 0, 1, 2))), lots.between(62, 400))
    file = "no-change"
    if s.birthday is None and lots.percent(40):
        file = "updated"
        born = date(lots.between(1961, 1999), lots.between(1, 12), lots.between(1, 28))
        s.later(at, "fill-fields", CS, why="month", channel="phone", fields={"birthday": born.isoformat()})
    s.later(at, "follow-up", CS, why="month", channel="phone", occasion="after-care-1-month", solved=True, customer_file=file,
            satisfaction=lots.pick((5, 5, 4)), remark=lots.pick(("使用正常，无新问题", "柜内已无异味，满意", "问了保养方法，已说明")))  # fmt: skip


def month_comes_round(s: Script) -> bool:
    """Whether the first of those calls falls within the demo."""
    return s.delivered is not None and _call_day(s.delivered) < days.END.date()


def not_solved(s: Script) -> Story:
    """The call after a month finds the old trouble back, and the closed ticket opens again. (N-10)"""
    assert s.delivered is not None
    s.drop("month")
    s.to(days.at(_call_day(s.delivered), s.beside.between(64, 150)))
    yield s.do("follow-up", CS, channel="phone", facts=2, occasion="after-care-1-month", solved=False, customer_file="no-change",
               satisfaction=2, remark="柜门用了一个月又下沉，要求再调")  # fmt: skip


def _call_day(delivered: date) -> date:
    return _month_after(delivered) - timedelta(days=3)


def _month_after(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, min(day.day, 28))


def complaint_followed(s: Script) -> None:
    """Within three days after it was put right. (N-15)"""
    lots = s.beside
    if not lots.percent(85):
        return
    at = days.at(days.following(s.now.date(), lots.pick((1, 1, 2, 3))), lots.between(63, 420))
    s.later(at, "follow-up", lots.pick((CS, CS_HEAD)), why="complaint", channel="phone", occasion="after-complaint", about=1,
            solved=True, satisfaction=lots.pick((4, 4, 3, 5)),
            remark=lots.pick(("客户认可处理结果", "已无异议，感谢跟进", "同类问题没有再出现")))  # fmt: skip


def complained_again(s: Script) -> Story:
    """The follow-up hears that the trouble is not over; the closed ticket opens again. (N-10, N-15)"""
    s.drop("complaint")
    s.morning(s.beside.between(1, 3), 64, 400)
    yield s.do("follow-up", CS_HEAD, channel="phone", facts=2, occasion="after-complaint", about=1, solved=False, satisfaction=2,
               remark="客户称门缝又不齐，要求再上门")  # fmt: skip


def old_piece(s: Script, role: str = "") -> Story:
    """What was replaced comes back; by the crew, or sent on later to the warehouse. (G-07)"""
    yield s.do("return-old-goods", role or s.crew_role, visit=s.visit, item=s.old_piece, qty=1)
    s.old_piece = ""


def old_piece_sent_on(s: Script, result: str) -> Story:
    """Without the old piece an exchange is not closed. (G-07)"""
    yield s.do("close", CS, refused="old-goods-not-returned", result=result)
    s.wait(30, 180)
    yield from old_piece(s, AFTERSALES if s.beside.percent(30) else KEEPER)
