"""Dispatch, visit and slip: what each command makes, when it is refused, when it stays quiet."""

from __future__ import annotations

import pytest
from tests.rules.strategies import Case, play

from aftersales_core.facts import dispatch, leftovers, slips, visit

_ABSENT = (("arrive", {"customer_present": False}), ("tick-checks", {}), ("complete-visit", {}))
_ONE_PAPER = (("prepare-papers", {"papers": ["install-repair-slip"]}), ("dispatch", {}))
_DOOR = [{"item": "门板", "qty": 2, "needs_goods": True}]
_NO_SCORE = (("accept-work", {"rating": None}), ("hand-in-slip", {}))
_BACK = (("send-back-slip", {}),)

PRODUCES = [
    Case("安装/已判定", "make-appointment", "appointment-made"),
    Case("维修待配件/已到齐", "make-appointment", "appointment-made"),
    Case("安装/已预约", "move-appointment", "appointment-moved"),
    Case("安装/已预约", "prepare-papers", "papers-prepared"),
    Case("安装/已备单", "dispatch", "dispatched"),
    Case("安装/已派工", "reassign", "reassigned"),
    Case("维修待配件/再次派工", "draw-goods", "goods-drawn"),
    Case("安装/已派工", "confirm-arrival", "arrival-confirmed"),
    Case("安装/已确认到达", "depart", "departed"),
    Case("安装/已确认到达", "arrive", "arrived"),
    Case("安装/在途", "arrive", "arrived"),
    Case("安装/在途", "miss-visit", "visit-missed"),
    Case("安装/已到现场", "tick-checks", "checks-ticked"),
    Case("安装/已到现场", "collect-payment", "payment-collected"),
    Case("安装/已到现场", "complete-visit", "installed"),
    Case("安装/已到现场", "complete-visit", "installed leftover-raised", {"leftovers": _DOOR}),
    Case("安装/已完工", "accept-work", "accepted"),
    Case("安装/在途", "accept-work", "accepted",
         {"by": "supervisor", "signed_by": "老赵", "role": "install_supervisor"}, _ABSENT),
    Case("安装/已验收", "hand-in-slip", "slip-handed-in"),
    Case("安装/反馈单已上交", "refuse-slip", "slip-refused", {"why": "incomplete"}),
    Case("安装/反馈单已上交", "approve-slip", "slip-approved"),
    Case("安装/已完工", "approve-slip", "slip-approved", {"override": "客户拒绝评分"}, _NO_SCORE),
    Case("安装/反馈单已上交", "send-back-slip", "slip-sent-back"),
    Case("安装/反馈单已上交", "hand-in-slip", "slip-handed-in", first=_BACK),
    Case("安装/反馈单已签字", "pass-on-slip", "slip-passed-on"),
    Case("安装/反馈单已转交", "register-slip", "slip-registered"),
]  # fmt: skip

REFUSES = [
    Case("安装/已受理", "make-appointment", "wrong-stage"),
    Case("维修/已诊断", "make-appointment", "goods-not-ordered", first=(("triage", {"needs_goods": True}),)),
    Case("安装有遗留/已发货", "make-appointment", "goods-not-arrived"),
    Case("安装/已预约", "make-appointment", "visit-still-open"),
    Case("", "make-appointment", "field-missing", first=(("import-ticket", {"stage": "TRIAGED"}),)),
    Case("安装/已判定", "move-appointment", "no-appointment"),
    Case("安装/已判定", "prepare-papers", "no-appointment"),
    Case("安装/已预约", "prepare-papers", "no-such-part", {"visit": 2}),
    Case("安装/已预约", "dispatch", "slip-not-made-out"),
    Case("安装/已预约", "dispatch", "role-may-not", role="cs_specialist"),
    Case("安装/已备单", "reassign", "wrong-stage"),
    Case("安装/在途", "reassign", "part-not-there"),
    Case("维修待配件/再次预约", "draw-goods", "drawing-papers-missing", first=_ONE_PAPER),
    Case("维修待配件/再次派工", "draw-goods", "line-not-on-sheet", {"lines": [{"line": "L9-9", "qty": 1}]}),
    Case("维修待配件/再次派工", "draw-goods", "more-than-arrived", {"lines": [{"line": "L1-1", "qty": 99}]}),
    Case("维修待配件/再次预约", "depart", "papers-missing", first=_ONE_PAPER),
    Case("维修待配件/再次派工", "depart", "goods-not-drawn"),
    Case("安装/已派工", "depart", "arrival-not-confirmed"),
    Case("安装/已派工", "depart", "arrival-not-confirmed", first=(("confirm-arrival", {"address_confirmed": False}),)),
    Case("安装/已备单", "confirm-arrival", "wrong-stage"),
    Case("安装/已派工", "arrive", "arrival-not-confirmed"),
    Case("安装/已到现场", "arrive", "part-not-there"),
    Case("安装/已备单", "miss-visit", "wrong-stage"),
    Case("安装/已验收", "tick-checks", "part-not-there"),
    Case("安装/已派工", "collect-payment", "part-not-there"),
    Case("安装/已派工", "complete-visit", "arrival-not-confirmed"),
    Case("安装/已到现场", "complete-visit", "no-such-line", {"settles": ["L1-1"]}),
    Case("安装/已到现场", "accept-work", "part-not-there"),
    Case("安装/在途", "accept-work", "supervisor-not-signed", first=_ABSENT),
    Case("安装/已验收", "accept-work", "already-accepted"),
    Case("安装/在途", "hand-in-slip", "supervisor-not-signed", first=_ABSENT),
    Case("安装/已到现场", "hand-in-slip", "work-not-done"),
    Case("安装/已完工", "hand-in-slip", "work-not-accepted"),
    Case("安装/已验收", "hand-in-slip", "slip-incomplete", {"complete": False}),
    Case("安装/反馈单已上交", "refuse-slip", "nothing-to-refuse", {"why": "no-score"}),
    Case("安装/反馈单已签字", "refuse-slip", "part-not-there"),
    Case("安装/已验收", "approve-slip", "daily-report-missing", first=(("hand-in-slip", {"daily_report": False}),)),
    Case("安装/已完工", "approve-slip", "no-score", first=_NO_SCORE),
    Case("安装/已验收", "send-back-slip", "part-not-there"),
    Case("安装/反馈单已上交", "pass-on-slip", "part-not-there"),
    Case("安装/反馈单已签字", "register-slip", "part-not-there"),
]  # fmt: skip

QUIET = [
    Case("安装/已备单", "prepare-papers", "", {"papers": ["install-repair-slip"]}),
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


def test_a_second_appointment_is_the_second_visit() -> None:
    scene = play(Case("维修待配件/再次预约", "prepare-papers", ""))

    assert [v.no for v in scene.ticket.visits] == [1]
    scene = play(Case("安装有遗留/已到齐", "make-appointment", ""))
    (fact,) = scene.facts
    assert isinstance(fact, dispatch.AppointmentMade)
    assert fact.visit == 2


def test_only_new_papers_are_made_out() -> None:
    scene = play(Case("安装/已备单", "prepare-papers", "", {"papers": ["drawing", "install-repair-slip", "drawing"]}))

    assert scene.facts == [dispatch.PapersPrepared(visit=1, papers=("drawing",))]


def test_moving_the_appointment_asks_for_a_new_confirmation() -> None:
    scene = play(Case("安装/已确认到达", "move-appointment", "")).when("depart", "installer")

    scene.then_refused("arrival-not-confirmed", clause="L-16").then_remedy("confirm-arrival")


def test_work_done_and_something_left_over_is_one_breath() -> None:
    scene = play(Case("安装/已到现场", "complete-visit", "", {"leftovers": _DOOR, "written": True}))

    done, left = scene.facts
    assert isinstance(done, visit.Installed)
    assert isinstance(left, leftovers.LeftoverRaised)
    assert (done.visit, left.visit, left.leftover, left.written) == (1, 1, 1, True)
    scene.then_stage("AWAITING_GOODS")


def test_the_score_on_the_slip_is_read_from_the_acceptance() -> None:
    with_score = play(Case("安装/已验收", "hand-in-slip", ""))
    without = play(Case("安装/已完工", "hand-in-slip", "", first=(("accept-work", {"rating": None}),)))

    for scene, scored in ((with_score, True), (without, False)):
        (fact,) = scene.facts
        assert isinstance(fact, slips.SlipHandedIn)
        assert fact.scored is scored


def test_a_soft_guard_is_gone_over_with_a_reason_that_is_kept() -> None:
    scene = play(Case("安装/已完工", "approve-slip", "", {"override": "客户拒绝评分"}, _NO_SCORE))

    assert scene.then_recorded("slip-approved").history[-1].envelope.reason == "客户拒绝评分"


def test_a_hard_guard_is_not_gone_over() -> None:
    play(Case("安装/已派工", "depart", "", {"override": "赶时间"})).then_refused("arrival-not-confirmed")


def test_a_crew_on_site_finishes_there_whatever_else_is_found_meanwhile() -> None:
    """Found by the laws: the ticket could leave DISPATCHED under the feet of the crew."""
    first = (("raise-leftover", {"lines": _DOOR}),)

    scene = play(Case("安装/已到现场", "complete-visit", "", first=first))

    scene.then_recorded("installed").then_stage("AWAITING_GOODS")


def test_only_what_was_solved_remotely_leads_from_triaged_to_installed() -> None:
    """Found by the laws: a visit whose ticket had fallen back to TRIAGED was recorded against the table."""
    scene = play(Case("安装/已预约", "complete-visit", ""))

    assert scene.then_refused("wrong-stage").refusal.facts["stages"] == ("DISPATCHED",)


def test_work_sent_back_while_the_next_crew_is_out_is_done_by_that_crew() -> None:
    """Found by the laws: the ticket could be told closed and was not, because work sent back was never done again."""
    again = (
        ("write-leftover", {}), ("issue-sheet", {}), ("review-sheet", {}), ("order-goods", {}), ("inspect-goods", {}),
        ("receive-goods", {}), ("make-appointment", {}), ("prepare-papers", {}), ("dispatch", {}), ("draw-goods", {}),
        ("confirm-arrival", {}), ("send-back-slip", {"visit": 1}), ("depart", {}), ("arrive", {}), ("tick-checks", {}),
    )  # fmt: skip

    scene = play(Case("安装有遗留/反馈单已上交", "complete-visit", "", first=again))

    assert not scene.then_stage("INSTALLED").ticket.rework
    assert scene.ticket.open_lines == ()
    assert [v.no for v in scene.ticket.open_slips] == [2]


_UNTIL_THE_NEXT_BOOKING = (
    ("write-leftover", {}), ("issue-sheet", {}), ("review-sheet", {}), ("order-goods", {}), ("inspect-goods", {}),
    ("receive-goods", {}), ("make-appointment", {}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("before", "command", "words", "code"),
    [
        ((("accept-work", {"rating": None}), ("hand-in-slip", {})), "approve-slip", {}, "no-score"),
        ((("accept-work", {}), ("hand-in-slip", {"daily_report": False})), "approve-slip", {}, "daily-report-missing"),
        ((("accept-work", {}), ("hand-in-slip", {})), "refuse-slip", {"why": "no-score"}, "nothing-to-refuse"),
        ((), "hand-in-slip", {}, "work-not-accepted"),
    ],
)
def test_a_guard_looks_at_the_visit_that_is_meant_and_not_at_the_next_one(
    before: tuple[tuple[str, dict[str, object]], ...], command: str, words: dict[str, object], code: str
) -> None:
    """A slip that comes late, when the second visit is booked already, is judged by its own visit. (F-05, F-06, F-19, L-18)"""
    unnamed = Case("安装有遗留/遗留已登记", command, code, words, first=(*before, *_UNTIL_THE_NEXT_BOOKING))
    named = unnamed._replace(words={**words, "visit": 1})

    play(unnamed).then_refused(code)
    play(named).then_refused(code)


def test_an_absent_customer_of_the_first_visit_is_not_forgotten_when_the_second_is_booked() -> None:
    absent = (("arrive", {"customer_present": False}), ("tick-checks", {}), ("complete-visit", {"leftovers": [_DOOR[0]]}), *_UNTIL_THE_NEXT_BOOKING)

    play(Case("安装/在途", "accept-work", "", {"by": "customer"}, first=absent)).then_refused("supervisor-not-signed")
