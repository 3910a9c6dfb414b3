"""Intake, triage, complaints and closing: what each command makes, when it is refused, when it stays quiet."""

from __future__ import annotations

import pytest
from tests.rules.strategies import Case, play

from aftersales_core.facts import closing, intake, triage

_LODGED = (("lodge-complaint", {}),)

PRODUCES = [
    Case("", "report", "reported"),
    Case("", "report", "reported", {"category": "installation"}),
    Case("", "report", "reported", {"category": "patrol", "customer": None, "phone": None}),
    Case("", "import-ticket", "imported"),
    Case("维修/已受理", "acknowledge", "acknowledged"),
    Case("维修/已受理", "amend", "amended", {"address": "新地址 1 号"}),
    Case("维修/已判定", "cancel", "cancelled"),
    Case("维修待配件/已到齐", "cancel", "cancelled"),
    Case("维修/已受理", "diagnose", "diagnosed"),
    Case("维修/已诊断", "rule", "ruled"),
    Case("维修/已诊断", "quote", "quoted"),
    Case("维修/已诊断", "agree-remedy", "remedy-agreed"),
    Case("维修/已诊断", "triage", "triaged"),
    Case("维修/已判定", "triage", "triaged", {"needs_goods": True}),
    Case("维修/已判定", "solve-remotely", "solved-remotely installed"),
    Case("维修/已受理", "lodge-complaint", "complaint-lodged"),
    Case("维修/已受理", "investigate-complaint", "complaint-investigated", first=_LODGED),
    Case("维修/已受理", "rectify-complaint", "complaint-rectified", first=(*_LODGED, ("investigate-complaint", {}))),
    Case("维修/回访已共享", "archive", "archived"),
    Case("维修/已归档", "close", "closed"),
    Case("维修/已结案", "archive", "archived", {"papers": ["drawing"]}),
    Case("维修/已结案", "reopen", "reopened"),
    Case("维修/已判定", "correct", "corrected"),
]

REFUSES = [
    Case("", "report", "role-may-not", role="installer"),
    Case("", "report", "field-missing", {"phone": None}),
    Case("", "report", "field-missing", {"category": "installation", "order_no": None}),
    Case("维修/已受理", "report", "ticket-exists"),
    Case("维修/已受理", "import-ticket", "ticket-exists"),
    Case("", "acknowledge", "no-such-ticket"),
    Case("", "amend", "no-such-ticket"),
    Case("维修/已结案", "amend", "wrong-stage"),
    Case("维修/已到现场", "cancel", "role-may-not", role="installer"),
    Case("维修/已完工", "cancel", "wrong-stage"),
    Case("安装有遗留/遗留已登记", "cancel", "already-installed"),
    Case("维修/已结案", "diagnose", "wrong-stage"),
    Case("维修/已结案", "rule", "wrong-stage"),
    Case("维修/已结案", "quote", "wrong-stage"),
    Case("维修/已结案", "agree-remedy", "wrong-stage"),
    Case("", "triage", "no-such-ticket"),
    Case("", "triage", "field-missing", first=(("import-ticket", {}),)),
    Case("维修/已派工", "triage", "wrong-stage"),
    Case("维修/已受理", "solve-remotely", "wrong-stage"),
    Case("维修/已结案", "lodge-complaint", "wrong-stage"),
    Case("维修/已受理", "investigate-complaint", "no-such-part"),
    Case("维修/已受理", "investigate-complaint", "no-such-part", {"complaint": 2}, _LODGED),
    Case("维修/已受理", "rectify-complaint", "part-not-there", first=_LODGED),
    Case("维修/已受理", "archive", "wrong-stage"),
    Case("维修/已受理", "close", "wrong-stage"),
    Case("安装/反馈单已登记", "close", "not-called-back"),
    Case("安装有遗留/反馈单已登记", "close", "lines-open"),
    Case("安装/回访已登记", "close", "complaint-open", first=(("archive", {}), *_LODGED)),
    Case("安装/已回访", "close", "revisit-not-registered"),
    Case("安装/反馈单已转交", "close", "slip-not-registered",
         first=(("revisit", {}), ("register-revisit", {}), ("archive", {}))),
    Case("安装/回访已登记", "close", "papers-not-filed"),
    Case("维修/已受理", "reopen", "wrong-stage"),
    Case("维修/已受理", "correct", "no-such-fact", {"version": 3}),
    Case("维修/已受理", "correct", "correction-of-correction", {"version": 2}, (("correct", {}),)),
    Case("维修/已回访", "correct", "correction-breaks-history",
         {"version": 19, "changes": {"outcome": "work-sent-back"}}, (("register-revisit", {}), ("archive", {}))),
]  # fmt: skip

QUIET = [
    Case("维修/已受理", "amend", "", {"phone": "13812345678"}),
    Case("维修/已受理", "amend", ""),
    Case("维修/已归档", "archive", ""),
    Case("维修/已受理", "correct", "", {"changes": {"phone": "13812345678"}}),
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
    scene = play(case)
    before = len(scene.history)

    scene.then_nothing()
    assert len(scene.history) == before


def test_an_amendment_records_only_what_changes() -> None:
    scene = play(Case("维修/已受理", "amend", "", {"phone": "13812345678", "model": "K-300"}))

    assert scene.facts == [intake.Amended(model="K-300")]


def test_an_import_names_what_the_old_system_did_not_say() -> None:
    scene = play(Case("", "import-ticket", "", {"stage": "READY", "unknown": ["发票", "phone"]}))

    (fact,) = scene.facts
    assert isinstance(fact, intake.Imported)
    assert fact.unknown == ("发票", "phone", "address", "order_no", "model", "purchased_on", "problem")
    assert scene.ticket.stage == "READY"


@pytest.mark.parametrize(("service", "owner"), [("install", "install_dept"), ("repair", "aftersales_dept")])
def test_the_kind_of_service_decides_the_owner(service: str, owner: str) -> None:
    scene = play(Case("维修/已诊断", "triage", "", {"service": service}))

    assert scene.facts == [triage.Triaged(service=service, needs_goods=False, owner=owner)]


def test_a_matter_solved_remotely_is_installed_and_due_for_a_call() -> None:
    scene = play(Case("维修/已判定", "solve-remotely", ""))

    assert scene.then_stage("INSTALLED").ticket.uncalled


def test_each_complaint_has_its_own_number() -> None:
    scene = play(Case("维修/已受理", "lodge-complaint", "", first=_LODGED))

    assert [c.no for c in scene.ticket.complaints] == [1, 2]


def test_a_paper_is_filed_once() -> None:
    scene = play(Case("维修/已归档", "archive", "", {"papers": ["drawing", "install-repair-slip", "drawing"]}))

    assert scene.facts == [closing.Archived(papers=("drawing",))]


def test_a_correction_keeps_old_and_new_and_is_read_from_now_on() -> None:
    scene = play(Case("维修/已判定", "correct", "", {"changes": {"phone": "13900001111", "customer": "王方"}}))

    (fact,) = scene.facts
    assert isinstance(fact, closing.Corrected)
    assert (fact.version, fact.of) == (1, "reported")
    assert [(c.field, c.old, c.new) for c in fact.changes] == [
        ("phone", "13812345678", "13900001111"),
        ("customer", "王芳", "王方"),
    ]
    assert (scene.ticket.phone, scene.ticket.corrected) == ("13900001111", (1,))


def test_when_it_happened_can_be_corrected_too() -> None:
    scene = play(Case("维修/已判定", "correct", "", {"changes": {"occurred_at": "2026-11-01T20:00:00+08:00"}}))

    assert scene.then_recorded("corrected").ticket.opened_at is not None
    assert scene.ticket.opened_at.isoformat() == "2026-11-01T20:00:00+08:00"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"colour": "red"}, "field-not-correctable"),
        ({"category": "nonsense"}, "bad-value"),
        ({"occurred_at": "yesterday"}, "bad-value"),
        ({"occurred_at": "2026-11-01T20:00:00"}, "naive-datetime"),
        ({"phone": "call me"}, "bad-value"),
    ],
    ids=str,
)
def test_a_correction_that_the_fact_cannot_take_is_bad_input(changes: dict[str, str], code: str) -> None:
    play(Case("维修/已受理", "correct", "", {"changes": changes})).then_bad_input(code)


def test_a_link_to_another_fact_is_not_rewritten() -> None:
    case = Case("安装/已预约", "correct", "", {"version": 4, "changes": {"visit": 2}})

    play(case).then_bad_input("field-not-correctable")
