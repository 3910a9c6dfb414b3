"""Leftovers, goods and call-backs: what each command makes, when it is refused, when it stays quiet."""

from __future__ import annotations

import pytest
from tests.rules.strategies import Case, play

from aftersales_core.facts import complaints, leftovers, revisits

_BAD = (("inspect-goods", {"lines": [{"line": "L1-1", "good": 1, "bad": 1}]}),)
_LINE = [{"line": "L1-1", "qty": 1}]
_B = {"call_class": "B", "leftovers_checked": True, "progress_told": "门板已下单"}
_CALL = {"call_class": "A", "repair_result": "好用", "satisfaction": 5}

PRODUCES = [
    Case("维修/已判定", "raise-leftover", "leftover-raised"),
    Case("安装/已回访", "raise-leftover", "leftover-raised"),
    Case("安装/已到现场", "raise-leftover", "leftover-raised", {"visit": 1}),
    Case("安装有遗留/反馈单已登记", "write-leftover", "leftover-written"),
    Case("安装有遗留/遗留已写入日报", "issue-sheet", "sheet-issued"),
    Case("安装有遗留/处理单已开", "review-sheet", "sheet-reviewed"),
    Case("安装有遗留/处理单已开", "issue-sheet", "sheet-issued", first=(("review-sheet", {"approved": False}),)),
    Case("安装有遗留/处理单已审核", "confirm-leftover", "leftover-confirmed"),
    Case("安装有遗留/遗留已确认", "rule-liability", "liability-ruled"),
    Case("安装有遗留/责任已判定", "order-goods", "goods-ordered"),
    Case("安装有遗留/已下单", "upload-form", "form-uploaded"),
    Case("安装有遗留/反馈表已上传", "promise-goods", "goods-promised"),
    Case("安装有遗留/已有交期", "ship-goods", "goods-shipped"),
    Case("安装有遗留/遗留已登记", "waive-line", "line-waived"),
    Case("安装有遗留/已发货", "inspect-goods", "goods-inspected"),
    Case("安装有遗留/已发货", "reject-goods", "goods-rejected", first=_BAD),
    Case("安装有遗留/已检查", "receive-goods", "goods-arrived"),
    Case("安装有遗留/已到齐", "notify-arrival", "arrival-notified"),
    Case("安装/反馈单已登记", "attempt-revisit", "revisit-attempted"),
    Case("安装/反馈单已登记", "revisit", "revisited"),
    Case("维修/反馈单已登记", "revisit", "revisited complaint-lodged", {"outcome": "complaint", "remark": "关不严"}),
    Case("维修/反馈单已登记", "revisit", "revisited", {"outcome": "work-sent-back", "remark": "还是响"}),
    Case("安装有遗留/反馈单已登记", "revisit", "revisited", _B),
    Case("安装/已回访", "register-revisit", "revisit-registered"),
    Case("安装/回访已登记", "share-revisit", "revisit-shared"),
]

REFUSES = [
    Case("维修/已受理", "raise-leftover", "wrong-stage"),
    Case("维修/已判定", "raise-leftover", "no-such-part", {"visit": 1}),
    Case("维修/已预约", "raise-leftover", "part-not-there", {"visit": 1}),
    Case("安装/已完工", "write-leftover", "no-such-part"),
    Case("安装有遗留/反馈单已登记", "issue-sheet", "leftover-not-written"),
    Case("安装有遗留/遗留已写入日报", "issue-sheet", "role-may-not", role="installer"),
    Case("安装有遗留/处理单已开", "issue-sheet", "part-not-there"),
    Case("安装有遗留/遗留已写入日报", "review-sheet", "part-not-there"),
    Case("安装/已完工", "confirm-leftover", "no-such-part"),
    Case("安装有遗留/处理单已审核", "rule-liability", "leftover-not-confirmed"),
    Case("安装有遗留/遗留已写入日报", "order-goods", "sheet-not-reviewed"),
    Case("安装有遗留/责任已判定", "order-goods", "no-such-line", {"lines": ["L9-9"]}),
    Case("安装有遗留/责任已判定", "order-goods", "part-not-there", {"lines": ["L1-2"]}),
    Case("安装有遗留/已下单", "order-goods", "part-not-there"),
    Case("安装/已完工", "upload-form", "no-such-part"),
    Case("安装有遗留/责任已判定", "promise-goods", "part-not-there"),
    Case("安装有遗留/责任已判定", "ship-goods", "part-not-there"),
    Case("安装有遗留/遗留已登记", "waive-line", "no-such-line", {"line": "L1-9"}),
    Case("安装有遗留/遗留已登记", "waive-line", "part-not-there", {"line": "L1-1"}, (("waive-line", {"line": "L1-1"}),)),
    Case("安装有遗留/责任已判定", "inspect-goods", "part-not-there", {"lines": [{"line": "L1-1", "good": 1}]}),
    Case("安装有遗留/已发货", "inspect-goods", "more-than-ordered", {"lines": [{"line": "L1-1", "good": 99}]}),
    Case("安装有遗留/已发货", "reject-goods", "nothing-bad-to-send-back", {"lines": _LINE}),
    Case("安装有遗留/已发货", "receive-goods", "goods-not-inspected", {"lines": _LINE}),
    Case("安装有遗留/已检查", "receive-goods", "more-than-ordered", {"lines": [{"line": "L1-1", "qty": 99}]}),
    Case("安装有遗留/已发货", "notify-arrival", "nothing-to-notify"),
    Case("安装/已判定", "attempt-revisit", "nothing-installed"),
    Case("安装/已判定", "revisit", "nothing-installed"),
    Case("安装/反馈单已签字", "attempt-revisit", "slip-not-passed-on"),
    Case("安装/反馈单已签字", "revisit", "slip-not-passed-on"),
    Case("安装/反馈单已转交", "revisit", "wrong-call-class", _B),
    Case("安装有遗留/反馈单已转交", "revisit", "wrong-call-class", _CALL),
    Case("安装/反馈单已转交", "revisit", "field-missing", {"satisfaction": None}),
    Case("维修/反馈单已转交", "revisit", "field-missing", {"repair_result": None}),
    Case("安装有遗留/反馈单已转交", "revisit", "field-missing", {**_B, "progress_told": None}),
    Case("安装有遗留/反馈单已转交", "revisit", "field-missing", {**_B, "leftovers_checked": False}),
    Case("安装/反馈单已转交", "revisit", "field-missing", {"outcome": "complaint", "remark": None}),
    Case("安装/已完工", "register-revisit", "no-call-yet"),
    Case("安装/已完工", "share-revisit", "no-call-yet"),
    Case("安装/已回访", "share-revisit", "revisit-not-registered"),
]

QUIET = [
    Case("安装有遗留/遗留已写入日报", "write-leftover", ""),
    Case("安装有遗留/反馈表已上传", "upload-form", ""),
    Case("安装/回访已登记", "register-revisit", ""),
    Case("安装/回访已共享", "share-revisit", ""),
]


@pytest.mark.parametrize("case", PRODUCES, ids=str)
def test_produces(case: Case) -> None:
    play(case).then_recorded(*case.then.split())


@pytest.mark.parametrize("case", REFUSES, ids=str)
def test_refuses(case: Case) -> None:
    scene = play(case)

    scene.then_refused(case.then)
    assert scene.facts == []


@pytest.mark.parametrize("case", QUIET, ids=str)
def test_stays_quiet(case: Case) -> None:
    play(case).then_nothing()


def test_an_order_without_lines_takes_every_line_that_needs_it() -> None:
    scene = play(Case("安装有遗留/责任已判定", "order-goods", ""))

    (fact,) = scene.facts
    assert isinstance(fact, leftovers.GoodsOrdered)
    assert fact.lines == ("L1-1",)
    assert fact.ordered_at == scene.history[-1].envelope.occurred_at


def test_a_supervisor_who_reviews_his_own_sheet_is_marked() -> None:
    own = Case("安装有遗留/遗留已写入日报", "review-sheet", "", first=(("issue-sheet", {"role": "install_supervisor"}),))
    others = Case("安装有遗留/处理单已开", "review-sheet", "")

    for case, expected in ((own, True), (others, False)):
        (fact,) = play(case).facts
        assert isinstance(fact, leftovers.SheetReviewed)
        assert fact.own_sheet is expected


def test_goods_arrive_in_part_and_the_ticket_waits_for_the_rest() -> None:
    scene = play(Case("安装有遗留/已部分检查", "receive-goods", ""))

    assert scene.then_stage("AWAITING_GOODS").ticket.find_line("L1-1").state == "PART_IN"
    scene = play(Case("安装有遗留/已检查", "receive-goods", ""))
    assert scene.then_stage("READY").ticket.find_line("L1-1").state == "IN"


def test_a_complaint_in_a_call_back_is_lodged_in_the_same_breath() -> None:
    words = {"outcome": "complaint", "remark": "柜门关不严"}

    scene = play(Case("维修/反馈单已登记", "revisit", "", words))

    call, complaint = scene.facts
    assert isinstance(call, revisits.Revisited)
    assert complaint == complaints.ComplaintLodged(complaint=1, about="柜门关不严")


def test_a_call_back_that_sends_the_slip_back_stays_due() -> None:
    scene = play(Case("维修/反馈单已登记", "revisit", "", {"outcome": "slip-sent-back", "remark": "没签字"}))

    assert scene.then_stage("INSTALLED").ticket.uncalled
    assert scene.ticket.visits[-1].slip.state == "SENT_BACK"


@pytest.mark.parametrize(
    ("lines", "stage"),
    [(["L1-2"], "AWAITING_GOODS"), (["L1-1"], "READY"), (["L1-1", "L1-2"], "INSTALLED")],
)
def test_waiving_lines_lands_where_what_is_left_over_says(lines: list[str], stage: str) -> None:
    *before, last = lines
    first = tuple(("waive-line", {"line": line}) for line in before)

    play(Case("安装有遗留/遗留已登记", "waive-line", "", {"line": last}, first)).then_stage(stage)


_TWO_ORDERS = (
    ("write-leftover", {}), ("issue-sheet", {}),
    ("raise-leftover", {"lines": [{"item": "台面", "qty": 1, "needs_goods": True}]}),
    ("issue-sheet", {"sheet_no": "CL-2"}), ("review-sheet", {"leftover": 2}),
)  # fmt: skip
"""A first leftover order whose sheet waits for its review, and a second whose sheet is reviewed."""


def test_lines_are_ordered_under_their_own_sheet_and_not_under_the_latest() -> None:
    """Nothing is ordered before its own sheet is reviewed. (L-06)"""
    case = Case("安装有遗留/遗留已登记", "order-goods", "", {"lines": ["L1-1"]}, first=_TWO_ORDERS)

    play(case).then_refused("sheet-not-reviewed")

    reviewed = case._replace(first=(*_TWO_ORDERS, ("review-sheet", {"leftover": 1})))
    (fact,) = play(reviewed).facts
    assert isinstance(fact, leftovers.GoodsOrdered)
    assert (fact.leftover, fact.lines) == (1, ("L1-1",))


@pytest.mark.parametrize("words", [{"lines": ["L1-1", "L2-1"]}, {"leftover": 1, "lines": ["L1-1", "L2-1"]}])
def test_an_order_of_one_sheet_takes_no_lines_of_another(words: dict[str, object]) -> None:
    scene = play(Case("安装有遗留/遗留已登记", "order-goods", "", words, first=_TWO_ORDERS))

    assert scene.then_refused("no-such-line").refusal.facts["line"] == "L2-1"
