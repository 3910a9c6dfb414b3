"""故事: the shapes of after-sales matters. Each is a legal script by construction, mistakes and all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aftersales_core.demo import calls, goods, intake, keeping, people, rests, visits
from aftersales_core.demo.people import AFTERSALES, CS, CS_HEAD, SUPERVISOR
from aftersales_core.demo.script import Script, Story


def _first_visit(s: Script) -> Story:
    yield from intake.asked(s, "installation")
    yield from intake.settled_on(s, "install")
    s.wait(5, 60)
    yield from visits.booked(s, ahead=s.lots.pick((1, 1, 1, 2, 3)), whole=s.lots.percent(25))
    yield from visits.gone(s)


def _again(s: Script, work: str, *, repair: bool = True, days_: tuple[int, ...] = (1, 1, 2)) -> Story:
    """Another visit that settles every line."""
    if s.lots.percent(35):
        s.morning(s.lots.pick((1, 1, 2, 3)), 60, 420)
    else:
        s.wait(30, 420)
    yield from visits.booked(s, ahead=s.lots.pick(days_), repair=repair)
    yield from visits.gone(s)
    yield from visits.worked(s, work, settles=s.settle())
    yield from visits.slipped(s)


def _finish(s: Script, result: str, *, visited: bool = True) -> Story:
    yield from calls.content(s)
    yield from calls.registered(s)
    yield from calls.ended(s, result, visited=visited)


def installed(s: Script) -> Story:
    """An installation without a hitch; now and then the slip comes back, or the closed ticket is opened again."""
    yield from _first_visit(s)
    yield from visits.worked(s, f"{s.product.name}安装完毕，已调试清洁")
    yield from visits.slipped(s)
    if s.errs("a-slip"):
        yield from calls.not_content(s, "slip-sent-back", "客户称评分不是本人填写，反馈单退回重填")
        yield from calls.registered(s)
        s.morning(1, 5, 100)
        yield s.do("hand-in-slip", s.crew_role, channel="paper", visit=s.visit, slip_no=f"FK{s.number[4:]}-{s.visit}C")
        s.to_register = [no for no in s.to_register if no != s.visit]
        yield from visits.signed(s, s.visit)
    if s.errs("a-complaint"):
        yield from calls.not_content(s, "complaint", s.lots.pick(goods.GRIEVANCES))
        yield from calls.registered(s)
        yield from calls.righted(s, hasty=s.errs("complaint-open"))
        yield from calls.ended(s, "安装完成，投诉已处理")
        if s.errs("again-complained"):
            yield from keeping.complained_again(s)
            yield from _once_more(s)
        return
    yield from _finish(s, "安装完成，客户满意")
    if keeping.month_comes_round(s) and s.errs("not-solved"):
        yield from keeping.not_solved(s)
        yield from _once_more(s)
    elif s.errs("reopen"):
        s.morning(s.lots.between(2, 5), 30, 500)
        yield s.do("reopen", CS, channel="phone", reason="客户来电，柜门又有下沉")
        yield from _once_more(s)


def _once_more(s: Script) -> Story:
    """A ticket that was closed and opened again."""
    yield from intake.settled_on(s, "repair")
    yield from _again(s, "复调铰链，柜门齐平")
    yield from _finish(s, "复修完成")


def installed_with_rests(s: Script) -> Story:
    """An installation that leaves goods to be ordered: class B call, sheet, factory, second visit."""
    yield from _first_visit(s)
    lines = goods.lines_of(s.lots, s.product, s.lots.pick((1, 1, 2, 2, 3)), s.lots.pick((0, 0, 1)))
    yield from visits.worked(s, f"{s.product.name}主体安装完毕，余{len(lines)}项遗留", lines=lines)
    yield from visits.slipped(s)
    if s.errs("b-slip"):
        yield from calls.not_content(s, "slip-sent-back", "客户称单上漏写遗留项，退回补写", call_class="B")
        yield from calls.registered(s)
        s.morning(1, 5, 100)
        yield s.do("hand-in-slip", s.crew_role, channel="paper", visit=s.visit)
        s.to_register = [no for no in s.to_register if no != s.visit]
        yield from visits.signed(s, s.visit)
    if s.errs("b-complaint"):
        yield from calls.not_content(s, "complaint", s.lots.pick(goods.GRIEVANCES), call_class="B")
        yield from calls.registered(s)
        yield from calls.righted(s)
    elif s.errs("b-work"):
        yield from calls.not_content(s, "work-sent-back", "客户称已装柜门下沉，补件上门时一并返工", call_class="B")
        yield from calls.registered(s)
    else:
        yield from calls.told(s)
    yield from rests.sheet(s)
    if sum(line["needs_goods"] for line in lines) > 1 and s.errs("waive"):
        yield from rests.waived(s)
    yield from _goods_then_visit(s)
    yield from _finish(s, "遗留全部处理，客户满意")


def _goods_then_visit(s: Script) -> Story:
    lead = s.lots.between(4, 10)
    yield from rests.ordered(s, lead)
    yield from rests.arrived(s, lead)
    yield from _again(s, "遗留配件安装到位", repair=s.lots.percent(50), days_=(1, 1, 1, 2, 3))


def installed_to_adjust(s: Script) -> Story:
    """What is left needs no goods, only another visit."""
    yield from _first_visit(s)
    lines = goods.lines_of(s.lots, s.product, 0, s.lots.between(1, 2))
    yield from visits.worked(s, f"{s.product.name}安装完毕，尚需复调", lines=lines)
    yield from visits.slipped(s)
    yield from calls.told(s)
    if s.lots.percent(30):
        yield from rests.sheet(s)
    yield from _again(s, "复调完成")
    yield from _finish(s, "复调完成，客户满意")


def installed_and_sent_back(s: Script) -> Story:
    """The call-back or the supervisor sends the work back; somebody goes again."""
    yield from _first_visit(s)
    yield from visits.worked(s, f"{s.product.name}安装完毕")
    first, rated = s.visit, s.rated
    if s.errs("send-back"):
        s.morning(1, 3, 40)
        slip_no = f"FK{s.number[4:]}-{first}"
        yield s.do("hand-in-slip", s.crew_role, channel="paper", visit=first, slip_no=slip_no)
        s.wait(20, 90)
        yield s.do("send-back-slip", SUPERVISOR, visit=first, reason="现场抽查门缝不齐，返工")
        yield from _again(s, "返工：门缝重新调齐", repair=False)
        s.wait(3, 20)
        yield s.do("hand-in-slip", s.crew_role, channel="paper", visit=first, slip_no=f"{slip_no}B")
        s.wait(3, 20)
        reason = None if rated else "返工后主管现场复核，客户口头评价满意"
        yield s.do("approve-slip", SUPERVISOR, visit=first, override=reason)
        yield s.do("pass-on-slip", SUPERVISOR, visit=first)
        s.to_register.append(first)
    else:
        yield from visits.slipped(s)
        yield from calls.not_content(s, "work-sent-back", s.lots.pick(("客户称抽屉异响", "客户称收口胶开裂", "柜门关不严")))
        yield from calls.registered(s)
        yield from _again(s, "返工完成，客户当面验过", repair=False)
    yield from _finish(s, "返工后客户满意")


def repaired(s: Script) -> Story:
    """A repair under warranty, without goods."""
    short = s.lots.percent(25)
    s.after_repair = True
    yield from intake.asked(s, "repair", short=short)
    yield from intake.ruled(s, "covered")
    yield from intake.settled_on(s, "repair", short=short)
    if s.errs("no-such-ticket"):
        yield s.do("acknowledge", CS, refused="no-such-ticket", ticket=s.number[:-3] + "999", note="单号打错")
    s.wait(5, 90)
    yield from visits.booked(s, ahead=s.lots.pick((1, 1, 2)), repair=True)
    yield from visits.gone(s)
    yield from visits.worked(s, "调整铰链与导轨，试用正常")
    yield from visits.slipped(s)
    yield from _finish(s, "维修完成")


def repaired_with_parts(s: Script) -> Story:
    """A repair that needs parts first: leftover order from the desk, goods, then the visit."""
    short = s.lots.percent(20)
    s.after_repair = True
    yield from intake.asked(s, "repair", short=short)
    yield from intake.ruled(s, "covered" if s.lots.percent(80) else "goodwill")
    yield from intake.settled_on(s, "repair", needs_goods=True, short=short)
    yield from _parts(s)
    yield from _finish(s, "更换配件，维修完成")


def _parts(s: Script) -> Story:
    s.wait(5, 40)
    if s.errs("goods-not-ordered"):
        slot = s.office.book(s.now.date(), crews=people.REPAIR_CREWS)
        yield s.do("make-appointment", CS, refused="goods-not-ordered", start=slot.start, end=slot.end,
                   agreed_with=s.customer.name)  # fmt: skip
    lines = goods.lines_of(s.lots, s.product, s.lots.pick((1, 1, 2)), 0)
    yield s.do("raise-leftover", CS, lines=lines)
    s.raised(lines)
    yield from rests.sheet(s)
    yield from _goods_then_visit(s)


def repaired_for_money(s: Script) -> Story:
    """Out of warranty: priced, agreed, paid on site against a receipt."""
    s.after_repair = True
    yield from intake.asked(s, "repair")
    yield from intake.ruled(s, "not-covered")
    price = s.lots.pick((8000, 12000, 15000, 26000, 38000))
    s.wait(5, 60)
    yield s.do("quote", CS, channel="phone", amount=price, note="含上门费与辅料")
    if s.errs("correction"):
        quoted = s.version
        s.wait(3, 10)
        price += 1000
        yield s.do("correct", CS_HEAD, version=quoted, changes={"amount": price}, reason="报价漏算辅料十元")
    s.wait(5, 200)
    yield s.do("agree-remedy", CS, channel="phone", remedy=f"付费维修 {price // 100} 元，客户同意")
    yield from intake.settled_on(s, "repair")
    s.wait(5, 60)
    yield from visits.booked(s, ahead=s.lots.pick((1, 2)), repair=True)
    yield from visits.gone(s)
    yield from visits.worked(s, "付费维修完毕，试用正常", due=price)
    yield from visits.slipped(s)
    yield from _finish(s, "付费维修完成")


def delivered_with_defect(s: Script) -> Story:
    """A defect found at the door: exchanged at the factory's or the carrier's cost."""
    s.after_repair = True
    yield from intake.asked(s, "delivery-defect", f"送货开箱发现{s.lots.pick(s.product.parts)}{s.lots.pick(('破损', '少件', '色差'))}")
    yield from intake.ruled(s, "covered")
    s.wait(5, 60)
    yield s.do("agree-remedy", CS, channel="phone", remedy="换新件，到货后免费上门更换")
    yield from intake.settled_on(s, "exchange", needs_goods=True)
    yield from _parts(s)
    s.wait(5, 30)
    s.old_piece = f"换下的{s.lots.pick(s.product.parts)}"
    if not s.errs("old-goods-not-returned"):
        yield from keeping.old_piece(s)
    yield from _finish(s, "换件完成")


def solved_remotely(s: Script) -> Story:
    """A question, or a fault that a telephone call puts right."""
    repair = s.lots.percent(35)
    s.after_repair = repair
    problem, solution = s.lots.pick(goods.REMOTE if repair else goods.QUESTIONS)
    yield from intake.asked(s, "repair" if repair else "enquiry", problem)
    yield from intake.settled_on(s, "advice")
    s.wait(5, 90)
    yield s.do("solve-remotely", s.lots.pick((CS, AFTERSALES)), channel="video", facts=2, solution=solution)
    yield from _finish(s, "远程解决", visited=False)


def complained(s: Script) -> Story:
    """Somebody rings up to complain."""
    grievance = s.lots.pick(goods.GRIEVANCES)
    yield from intake.asked(s, "complaint", grievance)
    s.wait(2, 10)
    yield s.do("lodge-complaint", CS, channel="phone", about=grievance)
    yield from intake.settled_on(s, "advice")
    yield from calls.righted(s)
    s.wait(5, 60)
    yield s.do("solve-remotely", CS, channel="phone", facts=2, solution="投诉处理结果已告知，客户接受")
    yield from calls.content(s)
    yield from calls.registered(s)
    yield from calls.ended(s, "投诉处理完毕", visited=False)


def called_off(s: Script) -> Story:
    """Withdrawn before anything was installed."""
    yield from intake.asked(s, "installation")
    yield from intake.settled_on(s, "install")
    if s.lots.percent(60):
        s.wait(5, 60)
        yield from visits.booked(s, ahead=3)
    s.wait(10, 120)
    yield s.do("cancel", CS, channel="phone", reason=s.lots.pick(("客户退单", "客户延期装修，重新下单", "重复登记")),
               asked_by=s.lots.pick(("customer", "customer", "company")))  # fmt: skip
    s.drop("birthday")


def patrolled(s: Script) -> Story:
    """A finding of a patrol through delivered flats."""
    yield from intake.asked(s, "patrol", f"交付巡检：{goods.problem(s.lots, s.product)}")
    yield from intake.settled_on(s, "repair")
    yield from visits.booked(s, ahead=2, repair=True)
    yield from visits.gone(s)
    yield from visits.worked(s, "巡检问题现场处理")
    yield from visits.slipped(s)
    yield from _finish(s, "巡检问题已处理")


SHAPES: Final[tuple[tuple[int, Callable[[Script], Story]], ...]] = (
    (350, installed), (175, installed_with_rests), (45, installed_to_adjust), (25, installed_and_sent_back),
    (15, called_off), (130, repaired), (95, repaired_with_parts), (35, repaired_for_money),
    (40, solved_remotely), (40, delivered_with_defect), (30, complained), (20, patrolled),
)  # fmt: skip
"""How many of 1000 tickets go which way."""
