"""What the customer does himself: what each command makes, when it is refused, when it stays quiet."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.rules.strategies import Case, play

from aftersales_core.rules import COMMANDS, legal_moves, preset
from aftersales_core.rules.sight import Viewer, in_full, may_export, may_unmask, sees
from aftersales_core.state.ticket import Score
from aftersales_core.views import WORKLIST

_ASKED = (("request-time", {}),)
_RATED = (("rate-service", {"rating": 2}),)

PRODUCES = [
    Case("安装/已预约", "confirm-appointment", "appointment-confirmed"),
    Case("安装/已派工", "confirm-appointment", "appointment-confirmed", role="cs_specialist"),
    Case("安装/已派工", "confirm-appointment", "appointment-confirmed", first=(("confirm-appointment", {}), *_ASKED)),
    Case("安装/已预约", "request-time", "time-requested"),
    Case("安装/已派工", "request-time", "time-requested", {"time_of_day": None, "remark": "那天不在家"}),
    Case("安装/已完工", "rate-service", "service-rated"),
    Case("安装/已结案", "rate-service", "service-rated"),
    Case("维修/已受理", "lodge-complaint", "complaint-lodged", role="customer"),
]

REFUSES = [
    Case("安装/已判定", "confirm-appointment", "no-appointment"),
    Case("安装/在途", "confirm-appointment", "part-not-there"),
    Case("安装/已预约", "confirm-appointment", "role-may-not", role="installer"),
    Case("安装/在途", "request-time", "part-not-there"),
    Case("安装/已结案", "request-time", "wrong-stage"),
    Case("安装/已到现场", "rate-service", "part-not-there"),
    Case("安装/已完工", "rate-service", "already-rated", first=_RATED),
    Case("安装/已完工", "rate-service", "role-may-not", role="installer"),
    Case("安装/已完工", "rate-service", "role-may-not", role="cs_specialist"),
]

QUIET = [
    Case("安装/已预约", "confirm-appointment", "", first=(("confirm-appointment", {}),)),
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


def test_a_wish_stands_on_the_worklist_until_it_is_answered() -> None:
    scene = play(Case("安装/已派工", "request-time", ""))
    assert WORKLIST.of_ticket is not None

    def wishes() -> list[tuple[str, str]]:
        assert WORKLIST.of_ticket is not None
        return [(row.role, row.command) for row in WORKLIST.of_ticket(scene.ticket, scene.playbook) if row.task == "answer-wish"]

    assert wishes() == [("cs_specialist", "move-appointment")]
    moved = {"start": scene.now + timedelta(days=4), "end": scene.now + timedelta(days=4, hours=2), "agreed_with": "王芳", "reason": "客户要求"}
    scene.when("move-appointment", "cs_specialist", **moved)
    assert wishes() == []


def test_a_time_that_stands_after_all_answers_the_wish_too() -> None:
    scene = play(Case("安装/已派工", "confirm-appointment", "", first=_ASKED, role="cs_specialist"))

    assert scene.ticket.visit is not None
    assert (scene.ticket.visit.wish, scene.ticket.visit.confirmed_at) == (None, scene.history[-1].occurred_at)


def test_a_moved_appointment_is_confirmed_anew() -> None:
    scene = play(Case("安装/已预约", "move-appointment", "", first=(("confirm-appointment", {}),)))

    assert scene.ticket.visit is not None
    assert scene.ticket.visit.confirmed_at is None


def test_the_customers_own_score_counts_where_none_was_given_with_the_signature() -> None:
    scene = play(Case("安装/已完工", "rate-service", "", {"rating": 2, "product_rating": None, "remark": None}))
    scene.when("accept-work", "installer", by="customer", signed_by="王芳").then_recorded("accepted")

    assert scene.ticket.visit is not None
    assert scene.ticket.visit.rating == 2
    scene.when("hand-in-slip", "installer").then_recorded("slip-handed-in")
    assert scene.history[-1].fact.scored is True


def test_two_scores_of_one_visit_stand_beside_each_other() -> None:
    scene = play(Case("安装/已验收", "rate-service", "", {"rating": 1, "product_rating": 3, "remark": "迟到两小时"}))

    assert scene.ticket.visit is not None
    assert scene.ticket.visit.rating == 5
    assert scene.ticket.visit.score == Score(scene.history[-1].occurred_at, 1, 3, "迟到两小时")


def test_a_slip_handed_in_without_a_score_has_one_once_the_customer_rated() -> None:
    scene = play(Case("安装/已完工", "rate-service", "", first=(("accept-work", {"rating": None}), ("hand-in-slip", {}))))

    scene.when("approve-slip", "install_supervisor").then_recorded("slip-approved")


def test_a_customer_may_do_what_is_his_and_look_at_nothing() -> None:
    book = preset()
    his = {name for name in COMMANDS if "customer" in book.duties[name].roles}
    viewer = Viewer("customer:AS-1", "customer")
    scene = play(Case("安装/已完工", "rate-service", ""))

    assert his == {"confirm-appointment", "request-time", "rate-service", "lodge-complaint"}
    assert {move.command for move in legal_moves(scene.ticket, book, "customer") if move.open} == {"lodge-complaint"}
    assert not any((sees(viewer, scene.ticket, book), in_full(viewer, book), may_unmask(viewer, book), may_export(viewer, book)))
    assert book.access.outside == ("customer",)
