"""遗留: the stretches of a story from the leftover order to the goods in the warehouse."""

from __future__ import annotations

from datetime import date
from typing import Any

from aftersales_core.demo import days, goods, keeping
from aftersales_core.demo.people import CS, CS_HEAD, DESIGNER, KEEPER, SUPERVISOR
from aftersales_core.demo.script import Script, Story


def sheet(s: Script) -> Story:
    """Sheet, review, confirmation, liability for the latest leftover order. (L-05 to L-07, R-14, W-06)"""
    lots, no = s.lots, len(s.leftovers)
    issuer = DESIGNER if lots.percent(85) else SUPERVISOR
    number = f"YL{s.number[4:]}-{no}"
    if s.visit and not s.written:
        if s.errs("leftover-not-written"):
            yield s.do("issue-sheet", issuer, refused="leftover-not-written", leftover=no, sheet_no=number)
        s.wait(5, 25)
        yield s.do("write-leftover", s.crew_role, channel="paper", leftover=no)
    s.wait(20, 150)
    yield s.do("issue-sheet", issuer, leftover=no, sheet_no=number)
    if any(line["needs_goods"] for line in s.leftovers[-1]) and s.errs("sheet-not-reviewed"):
        s.wait(5, 10)
        yield s.do("order-goods", CS, refused="sheet-not-reviewed", leftover=no, factory_order=f"GC{s.number[4:]}-{no}")
    s.wait(20, 200)
    if lots.percent(8):
        yield s.do("review-sheet", SUPERVISOR, leftover=no, approved=False, note="缺现场照片和尺寸，重开")
        s.wait(30, 120)
        yield s.do("issue-sheet", issuer, leftover=no, sheet_no=f"{number}B")
        s.wait(10, 60)
    yield s.do("review-sheet", SUPERVISOR, leftover=no, approved=True)
    if s.errs("part-not-there"):
        yield s.do("review-sheet", SUPERVISOR, refused="part-not-there", leftover=no, approved=True)
    cause = next((line["cause"] for line in s.leftovers[-1] if "cause" in line), "搬运磕碰")
    party = goods.CAUSES[cause]
    if s.errs("leftover-not-confirmed"):
        yield s.do("rule-liability", SUPERVISOR, refused="leftover-not-confirmed", leftover=no, party=party,
                   ground=goods.GROUNDS[party])  # fmt: skip
    s.wait(10, 90)
    yield s.do("confirm-leftover", CS, channel="phone", leftover=no, remark="客户确认遗留内容与数量")
    s.wait(10, 120)
    yield s.do("rule-liability", SUPERVISOR, leftover=no, party=party, ground=goods.GROUNDS[party])


def ordered(s: Script, lead: int) -> Story:
    """Order, form, promise; *lead* working days until the goods leave the factory. (L-08, L-09, W-07)"""
    no = len(s.leftovers)
    s.wait(10, 90)
    yield s.do("order-goods", CS, leftover=no, factory_order=f"GC{s.number[4:]}-{no}")
    s.wait(5, 30)
    yield s.do("upload-form", CS, leftover=no)
    s.morning(1, 30, 300)
    promised: date = days.following(s.now.date(), lead)
    yield s.do("promise-goods", CS, channel="phone", leftover=no, promised_on=promised)
    if s.errs("goods-not-arrived"):
        s.wait(30, 90)
        start, end = days.at(promised, 60), days.at(promised, 210)
        yield s.do("make-appointment", CS, refused="goods-not-arrived", start=start, end=end, agreed_with=s.customer.name)
    if s.errs("lines-open"):
        yield s.do("close", CS, refused="lines-open", result="已处理")


def arrived(s: Script, lead: int, *, fair: bool = False) -> Story:
    """Shipped, looked at, entered, told; one delivery or two, all good or not, in time or late. (W-08 to W-12)"""
    lots, no = s.lots, len(s.leftovers)
    lines = [line for line in s.leftovers[-1] if line["needs_goods"] and not line.get("done")]
    late = 0 if fair else lots.pick((0, 0, 0, 0, 1, 3))
    s.morning(max(1, lead - 2 + late), 30, 400)
    yield s.do("ship-goods", CS, leftover=no, waybill=f"DB{lots.between(10**8, 10**9 - 1)}")
    if late > 1 and lots.percent(70):
        s.wait(10, 40)
        yield s.do("promise-goods", CS, channel="phone", leftover=no, promised_on=days.following(s.now.date(), 3))
    s.morning(2, 115, 190)
    short = not fair and lots.percent(22)
    bad = not fair and not short and lots.percent(15)
    first, last = lines[0], lines[-1]
    come = [line for line in lines if line is not last] if short and len(lines) > 1 else lines
    seen: list[dict[str, Any]] = [{"line": line["id"], "good": line["qty"]} for line in come]
    if bad:
        seen[0] = {"line": first["id"], "good": first["qty"] - 1, "bad": 1}
    if _pieces(seen) and s.errs("goods-not-inspected"):
        yield s.do("receive-goods", KEEPER, refused="goods-not-inspected", lines=_pieces(seen))
    if s.errs("more-than-ordered"):
        yield s.do("inspect-goods", KEEPER, refused="more-than-ordered",
                   lines=[{"line": first["id"], "good": first["qty"] + 1}])  # fmt: skip
    if s.errs("no-such-line"):
        yield s.do("inspect-goods", KEEPER, refused="no-such-line", lines=[{"line": f"L{no}-99", "good": 1}])
    yield s.do("inspect-goods", KEEPER, lines=seen, opened=bad or lots.percent(30),
               remark="开箱见一件封边爆口" if bad else None)  # fmt: skip
    yield from _entered(s, seen, 1)
    if bad:
        yield from keeping.photo(s, "封边爆口", KEEPER, 75, leftover=no)
        s.wait(15, 60)
        yield s.do("reject-goods", KEEPER, lines=[{"line": first["id"], "qty": 1}], reason="封边爆口，退回工厂重做")
        s.wait(20, 60)
        yield s.do("promise-goods", CS, channel="phone", leftover=no, lines=[first["id"]],
                   promised_on=days.following(s.now.date(), 5))  # fmt: skip
    if bad or come is not lines:
        s.morning(lots.between(3, 5), 115, 190)
        rest = [{"line": first["id"], "good": 1}] if bad else [{"line": last["id"], "good": last["qty"]}]
        yield s.do("inspect-goods", KEEPER, lines=rest)
        yield from _entered(s, rest, 2)


def _pieces(seen: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"line": line["line"], "qty": line["good"]} for line in seen if line["good"]]


def _entered(s: Script, seen: list[dict[str, Any]], delivery: int) -> Story:
    pieces = _pieces(seen)
    if not pieces:
        return
    s.wait(5, 20)
    if delivery == 1 and s.errs("nothing-to-notify"):
        yield s.do("notify-arrival", KEEPER, refused="nothing-to-notify")
    yield s.do("receive-goods", KEEPER, lines=pieces, place=f"{s.lots.pick('ABCD')}区{s.lots.between(1, 9)}排",
               entry_no=f"RK{s.number[4:]}-{len(s.leftovers)}{delivery}")  # fmt: skip
    s.wait(5, 45)
    yield s.do("notify-arrival", KEEPER, note="配件已入仓，可约客户")


def waived(s: Script) -> Story:
    """One goods line is given up before it was ordered. (S-22)"""
    line = next(line for line in s.leftovers[-1] if line["needs_goods"])
    line["done"] = True
    s.wait(30, 200)
    yield s.do("waive-line", CS_HEAD, line=line["id"], reason="客户同意保留现状，退差价", settled_by="refund")
