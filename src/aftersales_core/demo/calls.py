"""回访: the stretches of a story from the call-back to the archive."""

from __future__ import annotations

from typing import Any

from aftersales_core.demo import days, goods, keeping
from aftersales_core.demo.people import CS, CS_HEAD, SUPERVISOR
from aftersales_core.demo.script import Script, Story

PROGRESS = ("配件已下单，到货后第一时间约您", "工厂已排产，预计一周内到货", "师傅这两天再上门调整，会提前一天电话确认")


def due(s: Script) -> Story:
    """Between nine and half past ten, the same day where the slip came early; sometimes nobody answers. (R-01)"""
    lots = s.lots
    slow = lots.percent(10)
    early = s.now < days.at(s.now.date(), 55) and not slow
    s.morning(lots.between(2, 4) if slow else int(not early), 61, 130)
    tries = lots.pick((0, 0, 0, 0, 0, 1, 1, 2))
    for _ in range(tries):
        yield s.do("attempt-revisit", CS, channel="phone", note=lots.pick(("无人接听", "正在通话中", "客户开会，稍后再打")))
        s.morning(1, 61, 150)


def told(s: Script) -> Story:
    """Class B: slip and leftover register are compared, the customer hears how far it is. (R-04, R-05)"""
    yield from due(s)
    if s.errs("wrong-call-class"):
        yield s.do("revisit", CS, refused="wrong-call-class", call_class="A", outcome="satisfied", satisfaction=5,
                   repair_result="已修好")  # fmt: skip
    opinion, department = keeping.remark(s, keeping.CALLED, 8)
    yield s.do("revisit", CS, channel="phone", call_class="B", outcome="satisfied", leftovers_checked=True,
               progress_told=s.lots.pick(PROGRESS), satisfaction=s.lots.pick((5, 4, 4, 3)), remark=opinion)  # fmt: skip
    _called(s, department)
    yield from registered(s)


def content(s: Script) -> Story:
    """Class A, satisfied: the job is complete. (R-03, R-11)"""
    yield from due(s)
    if s.errs("not-called-back"):
        yield s.do("close", CS, refused="not-called-back", result="已处理")
    more: dict[str, Any] = {"repair_result": s.lots.pick(("使用正常", "已不再异响", "开合顺畅"))} if s.after_repair else {}
    opinion, department = keeping.remark(s, keeping.CALLED, 8)
    yield s.do("revisit", CS, channel="phone", call_class="A", outcome="satisfied",
               satisfaction=s.lots.pick((5, 5, 5, 4, 4, 3)), remark=opinion, **more)  # fmt: skip
    _called(s, department)
    if not department and s.errs("notice-not-owed"):
        yield s.do("give-notice", CS, refused="notice-not-owed", notice="opinion-passed-on", ref=f"call-{s.calls}", to="安装部")


def _called(s: Script, department: str) -> None:
    """One call more; what was said in it concerns *department*, or nobody."""
    s.calls += 1
    if department:
        keeping.passed_on(s, f"call-{s.calls}", department)


def not_content(s: Script, outcome: str, remark: str, *, call_class: str = "A") -> Story:
    """The slip or the work goes back, or the customer complains. (R-13, R-16)"""
    yield from due(s)
    more: dict[str, Any] = {}
    if call_class == "B":
        more = {"leftovers_checked": True, "progress_told": s.lots.pick(PROGRESS)}
    yield s.do("revisit", CS, channel="phone", facts=2 if outcome == "complaint" else 1, call_class=call_class,
               outcome=outcome, remark=remark, satisfaction=s.lots.pick((1, 2, 2, 3)), **more)  # fmt: skip
    _called(s, "客服部" if outcome == "complaint" else "安装部")


def registered(s: Script) -> Story:
    """The call stands in the form, then it is shared. (R-09, R-10)"""
    s.wait(2, 10)
    if s.errs("revisit-not-registered"):
        yield s.do("share-revisit", CS, refused="revisit-not-registered", group="售后回访群")
    yield s.do("register-revisit", CS)
    s.wait(5, 30)
    yield s.do("share-revisit", CS, channel="wechat", group="售后回访群")
    if s.errs("already"):
        yield s.do("share-revisit", CS, facts=0, channel="wechat", group="售后回访群")


def righted(s: Script, *, hasty: bool = False) -> Story:
    """A complaint is looked into and put right. (Q-03)"""
    s.wait(60, 420)
    yield s.do("investigate-complaint", CS_HEAD if s.lots.percent(60) else SUPERVISOR, complaint=1,
               finding=s.lots.pick(("核对日报表与通话记录，情况属实", "询问当班师傅，沟通不到位")),
               party=s.lots.pick(("installation", "company", "logistics")))  # fmt: skip
    s.morning(s.lots.between(1, 2), 30, 500)
    if hasty:
        yield s.do("close", CS, refused="complaint-open", result="客户已谅解")
    yield s.do("rectify-complaint", CS_HEAD, complaint=1, measure=s.lots.pick(goods.MEASURES), customer_told=True)
    keeping.complaint_followed(s)


def ended(s: Script, result: str, *, visited: bool = True) -> Story:
    """Slip and call registered, papers filed, closed. (F-20, L-24)"""
    for visit in s.to_register:
        s.wait(2, 8)
        yield s.do("register-slip", CS, visit=visit)
    s.to_register.clear()
    if s.lots.percent(35):
        s.morning(s.lots.between(1, 2), 20, 540)
    else:
        s.wait(20, 240)
    if visited:
        if not s.filed and s.errs("papers-not-filed"):
            yield s.do("close", CS, refused="papers-not-filed", result=result)
            s.wait(2, 6)
        yield s.do("archive", CS, facts=int(not s.filed), channel="paper", papers=["install-repair-slip", "aftersales-form"],
                   shelf=f"{s.number[2:8]}-{s.lots.between(1, 12):02d}盒")  # fmt: skip
        s.filed = True
        yield from keeping.cards_filed(s)
        s.wait(1, 20)
    if s.old_piece:
        yield from keeping.old_piece_sent_on(s, result)
        s.wait(2, 10)
    yield s.do("close", CS, result=result)
