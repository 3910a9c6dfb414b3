"""例行工作: what the office does by the calendar: morning meeting, goods report, survey, customer tour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from aftersales_core.demo import days
from aftersales_core.demo.lots import Lots
from aftersales_core.demo.people import CS, CS_HEAD, DISPATCH, MANAGEMENT, STAFF, SUPERVISOR
from aftersales_core.demo.script import Step

_MEETING: Final = "morning-meeting"
_REPORT: Final = "goods-report"

_MIXED_UP: Final = date(2026, 10, 14)
"""A colleague looks at the goods report, and it is not hers to look at."""

_TOO_SOON: Final = date(2026, 10, 29)
"""The goods report of the next morning is ticked off in the evening."""


def rounds(steps: Iterable[Step], seed: int) -> Iterator[tuple[str, Step]]:
    """Log and step for everything done by the calendar, in the order it was entered.

    Args:
        steps: what was done on the tickets; the meeting counts its slips, the goods report its shipments.
    """
    told = [step for step in steps if not step.refused]
    slips = sorted(step.entered for step in told if step.command == "hand-in-slip")
    shipped = sorted(step.entered for step in told if step.command == "ship-goods")
    found = [*_every_day(slips, shipped, Lots(seed, "routines")), *_survey(), *_tours()]
    for step in sorted(found, key=lambda step: step.entered):
        yield f"log/{step.fields['day']:%Y-%m}", step


def _every_day(slips: list[datetime], shipped: list[datetime], lots: Lots) -> Iterator[Step]:
    """Every day, for the shop has somebody in on Sundays too; a few late, one of each left out."""
    all_days = [days.START.date() + timedelta(days=n) for n in range((days.END.date() - days.START.date()).days + 1)]
    usual = [day for day in all_days[3:-2] if day not in {_MIXED_UP, _TOO_SOON, days.following(_TOO_SOON, 1)}]
    odd = lots.some(usual, 9)
    missed = {_MEETING: odd[0], _REPORT: odd[1]}
    late = {_MEETING: odd[2:5], _REPORT: odd[5:9]}
    since = {_MEETING: days.START, _REPORT: days.START}
    for day in all_days:
        for routine, role, early, tardy in ((_MEETING, SUPERVISOR, (8, 25), (64, 100)), (_REPORT, DISPATCH, (70, 116), (124, 420))):
            at = days.at(day, lots.between(*(tardy if day in late[routine] else early)))
            if day == missed[routine] or at > days.END:
                continue
            if routine == _MEETING:
                yield _done(at, _MEETING, role, day, note=_handed_over(_between(slips, since[_MEETING], at), day))
            else:
                yield from _mistaken(at, day)
                yield _done(at, _REPORT, role, day, channel="web", **_on_the_way(_between(shipped, since[_REPORT], at)))
            since[routine] = at


def _mistaken(at: datetime, day: date) -> Iterator[Step]:
    if day == _MIXED_UP:
        yield _done(at - timedelta(minutes=6), _REPORT, CS, day, refused="role-may-not", channel="web")
    elif day == days.following(_TOO_SOON, 1):
        evening = days.at(_TOO_SOON, 583)
        yield _done(evening, _REPORT, DISPATCH, day, refused="day-not-come", channel="web", found=0)


def _between(moments: list[datetime], since: datetime, until: datetime) -> int:
    return sum(since < moment <= until for moment in moments)


def _handed_over(slips: int, day: date) -> str:
    if slips:
        return f"收到反馈单 {slips} 张，交客服登记"
    return "无反馈单交接" if days.works(day) else "周日值班，无反馈单交接"


def _on_the_way(shipments: int) -> dict[str, Any]:
    if shipments:
        return {"found": shipments, "note": f"本店发货 {shipments} 单，已转仓管备位"}
    return {"found": 0, "note": "无本店发货"}


def _survey() -> Iterator[Step]:
    """The quarter's survey. (N-12)"""
    yield _done(
        days.at(date(2026, 10, 31), 515), "satisfaction-survey", CS_HEAD, date(2026, 10, 31), found=60,
        note="电话与门店问卷共 60 份，满意 53 份，基本满意 5 份，不满意 2 份",
        opinions=[
            {"department": "安装部", "text": "希望上门前半小时再打一次电话"},
            {"department": "物流部", "text": "两户反映送货当天改时间没有提前告知"},
            {"department": "设计部", "text": "插座避让没有画在图上，现场开孔"},
        ],
    )  # fmt: skip


def _tours() -> Iterator[Step]:
    """Two batches of customers are visited. (N-13, N-14)"""
    yield _done(
        days.at(date(2026, 11, 5), 530), "customer-tour", MANAGEMENT, date(2026, 11, 5), found=6,
        note="第一批走访 6 户，均已入住满半年",
        opinions=[
            {"department": "质量部", "text": "两户浅色门板边缘发黄，要求说明原因"},
            {"department": "客服部", "text": "保养知识想要一份图文版"},
        ],
    )  # fmt: skip
    yield _done(
        days.at(date(2026, 11, 10), 540), "customer-tour", CS_HEAD, date(2026, 11, 10), found=4,
        note="第二批走访 4 户",
        opinions=[
            {"department": "安装部", "text": "收口胶半年后变黑，请换防霉胶"},
            {"department": "销售部", "text": "老客户介绍新客户的优惠没有人讲清楚"},
        ],
    )  # fmt: skip


def _done(at: datetime, routine: str, role: str, day: date, *, refused: str = "", channel: str = "office", **said: Any) -> Step:
    return Step(at, at, "do-routine", role, STAFF[role][0], channel, {"routine": routine, "day": day, **said}, refused)
