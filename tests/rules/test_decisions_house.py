"""What a playbook declares of its own: papers, files, fields, notices, follow-ups, checklists, routines."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from tests.rules.strategies import Case, play

from aftersales_core.facts import closing, fields, followups, goods, notices, papers, routines
from aftersales_core.rules import load_playbook, preset
from aftersales_core.state.papers import life, lives
from aftersales_core.testing import Scene, scene_at

_UNHEARD = (("revisit", {"remark": "抽屉再大一点就好了"}),)
_EXCHANGED = (
    ("triage", {"service": "exchange"}), ("make-appointment", {}), ("prepare-papers", {}), ("dispatch", {}),
    ("confirm-arrival", {}), ("tick-checks", {}), ("complete-visit", {}), ("accept-work", {}), ("hand-in-slip", {}),
    ("approve-slip", {}), ("pass-on-slip", {}), ("register-slip", {}), ("revisit", {}), ("register-revisit", {}), ("archive", {}),
)  # fmt: skip
_REPORT = {"paper": "daily-report", "step": "handed-in", "role": "installer"}
_COMPLAINED = (("lodge-complaint", {}), ("investigate-complaint", {}), ("rectify-complaint", {}))

PRODUCES = [
    Case("安装/已完工", "move-paper", "paper-moved", _REPORT),
    Case("安装/已完工", "move-paper", "paper-moved",
         {"paper": "daily-report", "step": "reviewed", "role": "install_supervisor"}, (("move-paper", _REPORT),)),
    Case("安装/已完工", "move-paper", "paper-moved", _REPORT, (("move-paper", _REPORT), (
        "move-paper", {"paper": "daily-report", "step": "refused", "role": "install_supervisor"}))),
    Case("安装/已到现场", "attach-file", "file-attached", {"visit": 1, "check": "looks"}),
    Case("安装/已受理", "fill-fields", "fields-filled"),
    Case("安装/已结案", "fill-fields", "fields-filled"),
    Case("安装/反馈单已登记", "give-notice", "notice-given", first=_UNHEARD),
    Case("安装/已结案", "follow-up", "followed-up"),
    Case("安装/已结案", "follow-up", "followed-up reopened", {"solved": False}),
    Case("安装/已完工", "follow-up", "followed-up", {"solved": False}),
    Case("维修/已完工", "return-old-goods", "old-goods-returned"),
    Case("维修/已完工", "return-old-goods", "old-goods-returned", {"visit": 1}),
    Case("", "do-routine", "routine-done"),
    Case("", "do-routine", "routine-done", {"found": 3}, (("do-routine", {}),)),
]  # fmt: skip

REFUSES = [
    Case("", "report", "channel-not-agreed", {"channel": "pigeon"}),
    Case("安装/已派工", "complete-visit", "checks-missing", first=(("confirm-arrival", {}), ("depart", {}), ("arrive", {}))),
    Case("维修/已派工", "depart", "checks-missing", first=(("confirm-arrival", {}),)),
    Case("安装/已预约", "prepare-papers", "no-such-paper", {"papers": ["napkin"]}),
    Case("安装/回访已共享", "archive", "no-such-paper", {"papers": ["napkin"]}),
    Case("安装/已完工", "move-paper", "no-such-paper", {"paper": "napkin"}),
    Case("安装/已完工", "move-paper", "no-such-step", {"paper": "daily-report", "step": "registered"}),
    Case("安装/已完工", "move-paper", "paper-has-a-command", {"paper": "install-repair-slip", "step": "approved"}),
    Case("安装/已完工", "move-paper", "paper-step-missing",
         {"paper": "daily-report", "step": "reviewed", "role": "install_supervisor"}),
    Case("安装/已完工", "move-paper", "role-may-not", _REPORT, role="cs_specialist"),
    Case("安装/已完工", "move-paper", "part-not-there", _REPORT, (("move-paper", _REPORT),)),
    Case("安装/已受理", "move-paper", "no-such-part", _REPORT),
    Case("安装/已完工", "move-paper", "no-such-part", {**_REPORT, "visit": 3}),
    Case("", "move-paper", "no-such-ticket"),
    Case("安装/已到现场", "attach-file", "no-such-part", {"visit": 2}),
    Case("安装/已到现场", "attach-file", "no-such-check", {"visit": 1, "check": "moonlight"}),
    Case("", "attach-file", "no-such-ticket"),
    Case("安装/已受理", "fill-fields", "no-such-field", {"fields": {"shoe-size": 42}}),
    Case("安装/已受理", "fill-fields", "content-does-not-fit", {"fields": {"birthday": "soon"}}),
    Case("安装/已预约", "fill-fields", "field-of-another-part", {"visit": 1}),
    Case("安装/已受理", "fill-fields", "no-such-part", {"leftover": 1}),
    Case("", "fill-fields", "no-such-ticket"),
    Case("安装/反馈单已登记", "give-notice", "notice-not-owed"),
    Case("安装/反馈单已登记", "give-notice", "notice-not-owed", {"ref": "call-7"}, _UNHEARD),
    Case("安装/反馈单已登记", "give-notice", "no-such-notice", {"notice": "gossip"}),
    Case("安装/已结案", "follow-up", "no-such-occasion", {"occasion": "full-moon"}),
    Case("安装/已结案", "follow-up", "no-such-part", {"occasion": "after-complaint", "about": 1}),
    Case("安装/已结案", "follow-up", "field-missing", {"customer_file": None}),
    Case("", "follow-up", "no-such-ticket"),
    Case("维修/已完工", "return-old-goods", "no-such-part", {"visit": 3}),
    Case("维修/已受理", "return-old-goods", "wrong-stage"),
    Case("维修/已诊断", "close", "old-goods-not-returned", first=_EXCHANGED),
    Case("", "do-routine", "no-such-routine", {"routine": "moon-watch"}),
    Case("", "do-routine", "role-may-not", role="install_supervisor"),
    Case("", "do-routine", "day-not-come", {"day": date(2026, 11, 3)}),
]  # fmt: skip

QUIET = [
    Case("安装/已到现场", "attach-file", "", {"visit": 1}, (("attach-file", {"visit": 1}),)),
    Case("安装/已受理", "fill-fields", "", first=(("fill-fields", {}),)),
    Case("安装/反馈单已登记", "give-notice", "", first=(*_UNHEARD, ("give-notice", {}))),
    Case("", "do-routine", "", first=(("do-routine", {}),)),
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


# --- papers


def test_the_form_of_the_latest_visit_is_meant_and_another_can_be_named() -> None:
    scene = play(Case("安装有遗留/再次完工", "move-paper", "", _REPORT))
    assert scene.facts == [papers.PaperMoved(paper="daily-report", step="handed-in", visit=2, no="RB-0412")]

    scene.when("move-paper", "installer", paper="acceptance-card", step="handed-in", visit=1).then_recorded("paper-moved")
    assert life(scene.ticket, "acceptance-card", "visit:1").state == "HANDED_IN"
    assert life(scene.ticket, "acceptance-card", "visit:2").state == "NEW"


def test_a_report_handed_in_by_itself_lets_the_slip_be_signed() -> None:
    """F-19: slip and daily report reach the supervisor together, be it on one sheet or on two."""
    first = (("hand-in-slip", {"daily_report": False}),)
    play(Case("安装/已验收", "approve-slip", "", first=first)).then_refused("daily-report-missing", clause="F-19")

    play(Case("安装/已验收", "approve-slip", "", first=(*first, ("move-paper", _REPORT)))).then_recorded("slip-approved")


@pytest.mark.parametrize(
    ("place", "paper", "of", "states"),
    [
        ("安装/已备单", "install-repair-slip", "visit", ["MADE_OUT"]),
        ("安装/反馈单已上交", "install-repair-slip", "visit", ["HANDED_IN"]),
        ("安装/反馈单已上交", "daily-report", "visit", ["HANDED_IN"]),
        ("安装/反馈单已签字", "install-repair-slip", "visit", ["APPROVED"]),
        ("安装/反馈单已签字", "daily-report", "visit", ["REVIEWED"]),
        ("安装/反馈单已转交", "install-repair-slip", "visit", ["PASSED_ON"]),
        ("安装/反馈单已登记", "install-repair-slip", "visit", ["REGISTERED"]),
        ("安装/已归档", "install-repair-slip", "visit", ["ARCHIVED"]),
        ("安装/已判定", "install-repair-slip", "visit", []),
        ("安装有遗留/处理单已开", "leftover-sheet", "leftover", ["MADE_OUT"]),
        ("安装有遗留/处理单已审核", "leftover-sheet", "leftover", ["REVIEWED"]),
        ("安装有遗留/反馈表已上传", "aftersales-form", "leftover", ["HANDED_IN"]),
        ("安装有遗留/再次备单", "sheet-feedback-slip", "visit", ["NEW", "MADE_OUT"]),
        ("安装/已归档", "acceptance-card", "visit", ["NEW"]),
    ],
)
def test_the_steps_that_other_facts_tell_are_read_the_same_way(place: str, paper: str, of: str, states: list[str]) -> None:
    ticket = scene_at(*place.split("/")).ticket

    assert [each.state for each in lives(ticket, paper, of)] == states


def test_a_slip_that_went_back_has_its_way_to_go_again() -> None:
    scene = play(Case("安装/反馈单已上交", "send-back-slip", ""))

    assert life(scene.ticket, "install-repair-slip", "visit:1").state == "REFUSED"


# --- files and checklists


def test_a_file_is_kept_with_what_it_shows() -> None:
    scene = play(Case("安装/已到现场", "attach-file", "", {"visit": 1, "check": "looks", "purpose": "photo"}))

    (file,) = scene.ticket.files
    assert (file.digest, file.purpose, file.ref, file.check, file.name) == ("ab" * 32, "photo", "visit:1", "looks", "现场.jpg")


PHOTO = """
extends = "whole-house"
name = "photo-house"
edition = "1"

[[checklist]]
id = "delivery-check"
title = { zh = "送到现场的核对", en = "check of the delivery" }
commands = ["complete-visit"]
items = [
    { id = "looks", title = { zh = "外观", en = "looks" }, photo = true },
    { id = "smell", title = { zh = "气味", en = "smell" }, must = false },
]
clauses = ["G-09"]
"""


def test_an_item_can_ask_for_a_photo() -> None:
    scene = scene_at("安装", "已到现场", playbook=load_playbook(PHOTO))

    scene.when("complete-visit", "installer", work="装好").then_refused("checks-missing", clause="G-09")
    assert scene.refusal.missing == ("photo:looks",)
    assert "外观的照片" in scene.refusal.sentence("zh")
    assert "a photo of: looks" in str(scene.refusal)
    scene.then_remedy("attach-file")
    photo: dict[str, Any] = {"digest": "ef" * 32, "media_type": "image/png", "size": 9, "check": "looks"}
    scene.when("attach-file", "installer", **photo)
    scene.when("complete-visit", "installer", work="装好").then_refused("checks-missing")
    scene.when("attach-file", "installer", visit=1, **photo)
    scene.when("complete-visit", "installer", work="装好").then_recorded("installed")


# --- fields of the house's own

FIELDS = """
extends = "whole-house"
name = "field-house"
edition = "1"

[[field]]
id = "wall"
title = { zh = "墙体", en = "wall" }
of = "visit"
type = "choice"
choices = ["砖墙", "轻钢龙骨"]
required-for = ["complete-visit"]
when = { category = ["installation"] }
clauses = ["I-01"]

[[field]]
id = "floor"
title = { zh = "楼层", en = "floor" }
type = "number"
clauses = ["I-01"]

[[field]]
id = "lift"
title = { zh = "有电梯", en = "lift" }
type = "yes-no"
clauses = ["I-01"]

[[field]]
id = "carriage"
title = { zh = "搬运费", en = "carriage" }
type = "money"
clauses = ["I-01"]

[[field]]
id = "panel"
title = { zh = "板件编号", en = "panel number" }
of = "leftover"
clauses = ["I-01"]
"""


@pytest.mark.parametrize(
    ("field", "right", "wrong"),
    [
        ("floor", [0, 12, -1], ["12", True, "12 层"]),
        ("lift", [True, False], [1, "是", 0]),
        ("carriage", [0, 5000], [-1, "50 元", False]),
        ("birthday", ["1988-11-20"], ["1988-13-20", "19881120", 19881120, True]),
    ],
)
def test_a_content_is_of_its_fields_type(field: str, right: list[Any], wrong: list[Any]) -> None:
    book = load_playbook(FIELDS)
    for content in right:
        scene = scene_at("安装", "已受理", playbook=book)
        scene.when("fill-fields", "cs_specialist", fields={field: content}).then_recorded("fields-filled")
        assert scene.ticket.filled(field) == content
    for content in wrong:
        scene = scene_at("安装", "已受理", playbook=book)
        scene.when("fill-fields", "cs_specialist", fields={field: content}).then_refused("content-does-not-fit")


def test_a_move_waits_for_a_field_of_its_visit() -> None:
    scene = scene_at("安装", "已到现场", playbook=load_playbook(FIELDS))

    scene.when("complete-visit", "installer", work="装好").then_refused("field-missing", clause="I-01")
    assert scene.refusal.sentence("zh") == "「完工」还缺 墙体；可先 填写栏目（条款 I-01）"
    scene.when("fill-fields", "installer", visit=1, fields={"wall": "砖墙"}).then_recorded("fields-filled")
    scene.when("complete-visit", "installer", work="装好").then_recorded("installed")


def test_a_content_can_be_taken_away_and_what_is_the_same_is_not_recorded() -> None:
    scene = scene_at("维修待配件", "遗留已登记", playbook=load_playbook(FIELDS))
    scene.when("fill-fields", "installer", leftover=1, fields={"panel": "B-17"})
    scene.when("fill-fields", "installer", fields={"floor": 3, "lift": True})

    scene.when("fill-fields", "installer", fields={"floor": 3, "lift": None})

    assert scene.facts == [fields.FieldsFilled(fields=(fields.FilledField(field="lift", content=None),))]
    assert {(f.ref, f.field): f.content for f in scene.ticket.custom} == {("leftover:1", "panel"): "B-17", ("", "floor"): 3}


# --- notices, follow-ups, exchanges


def test_every_opinion_goes_to_its_department_once() -> None:
    scene = scene_at("安装", "已完工")
    scene.when("accept-work", "installer", by="customer", signed_by="王芳", rating=4, remark="师傅很细心")
    for step in (("hand-in-slip", "installer"), ("approve-slip", "install_supervisor"), ("pass-on-slip", "install_supervisor")):
        scene.when(*step)
    scene.when("revisit", "cs_specialist", call_class="A", outcome="satisfied", satisfaction=5, remark="希望有夜间档期")

    scene.when("give-notice", "cs_specialist", notice="opinion-passed-on", to="安装部", means="group")
    assert [(t.ref, t.to) for t in scene.ticket.told] == [("visit-1", "安装部")]
    scene.when("give-notice", "cs_specialist", notice="opinion-passed-on", to="客服部", ref="call-1", text="加开夜间档期")
    assert scene.facts == [
        notices.NoticeGiven(notice="opinion-passed-on", ref="call-1", to="客服部", means="phone", text="加开夜间档期")
    ]


def test_what_is_not_solved_after_closing_opens_the_ticket_again() -> None:
    scene = play(Case("安装/已结案", "follow-up", "", {"solved": False, "remark": "柜门又松了", "satisfaction": 2}))

    first, second = scene.facts
    assert isinstance(first, followups.FollowedUp)
    assert second == closing.Reopened(reason="柜门又松了")
    scene.then_stage("TRIAGED")


def test_a_follow_up_says_which_complaint_it_is_about() -> None:
    scene = play(Case("安装/反馈单已登记", "follow-up", "", {"occasion": "after-complaint", "about": 1}, _COMPLAINED))

    assert [(each.occasion, each.ref) for each in scene.ticket.follow_ups] == [("after-complaint", "1")]


def test_an_exchange_is_closed_when_the_old_piece_is_back() -> None:
    scene = play(Case("维修/已诊断", "close", "", first=_EXCHANGED))

    scene.then_refused("old-goods-not-returned", clause="G-07").then_remedy("return-old-goods")
    scene.when("return-old-goods", "warehouse_keeper", item="旧门板", qty=2)
    assert scene.facts == [goods.OldGoodsReturned(item="旧门板", qty=2)]
    scene.when("close", "cs_specialist", result="换好").then_recorded("closed")


# --- routines


def test_a_routine_goes_into_the_log_of_its_month_and_the_last_word_counts() -> None:
    scene = Scene()
    scene.when("do-routine", "dispatch_specialist", routine="goods-report", day="2026-11-02", found=2)
    scene.when("do-routine", "dispatch_specialist", routine="goods-report", day="2026-11-02", found=3)
    scene.when("do-routine", "management", routine="customer-tour", day="2026-10-30", opinions=[
        {"department": "设计部", "text": "抽屉偏浅"}])  # fmt: skip

    assert sorted(scene.logs) == ["log/2026-10", "log/2026-11"]
    log = scene.logs["log/2026-11"]
    assert (log.version, log.stage) == (2, "OPEN")
    found = log.find("goods-report", date(2026, 11, 2))
    assert found is not None
    assert found.found == 3
    assert scene.logs["log/2026-10"].done[0].opinions == (("设计部", "抽屉偏浅"),)
    assert isinstance(scene.facts[0], routines.RoutineDone)
    assert scene.ticket.version == 0


@pytest.mark.parametrize("words", [{}, {"day": "yesterday"}, {"day": "2026-11-02", "opinions": [{"text": "没有部门"}]}])
def test_a_routine_without_its_day_or_its_departments_is_bad_input(words: dict[str, Any]) -> None:
    Scene().when("do-routine", "dispatch_specialist", routine="goods-report", **words).then_bad_input()


def test_the_preset_asks_for_what_its_documents_ask() -> None:
    book = preset()

    assert set(book.routines) == {"morning-meeting", "goods-report", "satisfaction-survey", "customer-tour", "festival-greetings"}
    assert [form.id for form in book.form if form.of == "visit"] == [
        "install-repair-slip", "sheet-feedback-slip", "daily-report", "acceptance-card"]  # fmt: skip


ONLY_REPAIRS = """
extends = "whole-house"
name = "notice-house"
edition = "1"

[[notice]]
id = "opinion-passed-on"
title = { zh = "客户意见转有关部门", en = "opinion" }
to = "department"
from = "opinion-heard"
when = { category = ["repair"] }
limit = { amount = 2, unit = "working-days" }
clauses = ["F-23"]

[[form]]
id = "quality-sheet"
title = { zh = "《质量单》", en = "quality sheet" }
of = "visit"
step = [
    { step = "made-out", command = "prepare-papers" },
    { step = "handed-in", roles = ["installer"] },
    { step = "reviewed", roles = ["install_supervisor"] },
]
clauses = ["F-14"]
"""


def test_a_notice_is_owed_only_where_it_is_for() -> None:
    for trail, code in (("安装", "notice-not-owed"), ("维修", None)):
        scene = scene_at(trail, "反馈单已登记", playbook=load_playbook(ONLY_REPAIRS))
        call = {
            "call_class": "A",
            "outcome": "satisfied",
            "satisfaction": 5,
            "repair_result": "好用",
            "remark": "说明书字太小",
        }
        scene.when("revisit", "cs_specialist", **call).then_recorded("revisited")
        scene.when("give-notice", "cs_specialist", notice="opinion-passed-on", to="设计部")
        assert (scene.error.code if scene.error else None) == code
        if scene.error:
            assert (
                scene.error.sentence("zh") == "「客户意见转有关部门」现在没有要告知的；待告知：—（条款 F-23）"
            )


def test_what_was_refused_is_handed_in_again_without_being_made_out_again() -> None:
    scene = scene_at("安装", "已预约", playbook=load_playbook(ONLY_REPAIRS))
    sheet = {"paper": "quality-sheet", "visit": 1}
    scene.when("move-paper", "installer", **sheet, step="handed-in").then_refused(
        "paper-step-missing"
    ).then_remedy("prepare-papers")
    scene.when("prepare-papers", "cs_specialist", papers=["quality-sheet"]).then_recorded("papers-prepared")
    for step, role in (
        ("handed-in", "installer"),
        ("refused", "install_supervisor"),
        ("handed-in", "installer"),
        ("reviewed", "install_supervisor"),
    ):
        scene.when("move-paper", role, **sheet, step=step).then_recorded("paper-moved")
    assert life(scene.ticket, "quality-sheet", "visit:1").state == "REVIEWED"
