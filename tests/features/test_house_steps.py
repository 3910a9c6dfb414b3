"""What the steps say of a house's own rules: its readings, its forms and fields, what comes round, what it reports."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from aftersales_core.errors import PlaybookUnsound
from aftersales_core.rules import load_playbook, preset
from aftersales_core.testing import START, Scene, filled, house_steps, list_steps, own_words, scene_at, words

TITLES = preset().titles
HOUSE = load_playbook("""
extends = "whole-house"
name = "field-house"
edition = "1"
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
id = "note"
title = { zh = "备注", en = "note" }
of = "visit"
clauses = ["I-01"]
""")
CLOSED_ON_TUESDAY = "[calendar]\nholidays = [2026-11-03]\n" + "[calendar.week]\n" + 'tue = ["08:00-18:00"]\nmon = ["08:00-18:00"]\n'


# --- words of a playbook's own


@pytest.mark.parametrize(
    ("said", "vocabulary", "name"),
    [
        ("安装日报表", "paper", "daily-report"), ("《安装日报表》", "paper", "daily-report"), ("图纸", "paper", "drawing"),
        ("满月回访", "task", "after-care-1-month"), ("after-care-1-month", "task", "after-care-1-month"), ("回访", "task", "call-back"),
        ("查《货物日报表》", "routine", "goods-report"), ("日报表上交", "clock", "daily-report"), ("客服专员", "role", "cs_specialist"),
        ("客户生日", "custom", "birthday"),
    ],
)
def test_what_a_playbook_names_is_known_by_its_title_and_what_wording_names_too(said: str, vocabulary: str, name: str) -> None:
    assert words.named(said, vocabulary, TITLES) == name


def test_an_unknown_word_names_those_of_the_playbook_too() -> None:
    with pytest.raises(LookupError, match=r"晨会.*节日问候"):
        words.named("看月亮", "routine", TITLES)
    with pytest.raises(LookupError, match="回访"):
        words.named("满月回访", "task")


def test_a_task_that_only_another_reading_brings_has_its_title_already() -> None:
    assert words.named("结案后回访", "task", own_words.offered(preset())) == "after-closing"
    with pytest.raises(LookupError):
        words.named("结案后回访", "task", TITLES)


@pytest.mark.parametrize(
    ("field", "said", "meant"),
    [
        ("paper", "《安装日报表》", "daily-report"), ("paper", "便条", "便条"), ("step", "上交", "handed-in"), ("check", "外观", "looks"),
        ("notice", "客户意见转有关部门", "opinion-passed-on"), ("occasion", "满月回访", "after-care-1-month"), ("occasion", "其他", "other"),
        ("routine", "晨会", "morning-meeting"), ("customer_file", "无变化", "no-change"), ("means", "微信", "wechat"),
        ("day", "明天", date(2026, 11, 3)), ("day", "2026-10-30", date(2026, 10, 30)), ("day", "改天", "改天"), ("solved", "否", False),
        ("ref", "第 2 次回访", "call-2"), ("ref", "第 1 次上门", "visit-1"), ("ref", "call-7", "call-7"),
        ("opinions", "设计部=抽屉偏浅、=没有部门",
         ({"department": "设计部", "text": "抽屉偏浅"}, {"department": "", "text": "没有部门"})),
        ("papers", "《安装维修反馈单》、图纸", ("install-repair-slip", "drawing")),
    ],
)  # fmt: skip
def test_a_cell_means_what_the_playbook_calls_so(field: str, said: str, meant: object) -> None:
    assert words.value(field, said, START, TITLES) == meant


def test_a_part_is_told_the_way_it_is_said() -> None:
    assert [words.shown("ref", found, START) for found in ("call-2", "visit-1", "1", "L1-1")] == ["第 2 次回访", "第 1 次上门", "1", "L1-1"]


def test_fields_of_the_house_stand_in_the_table_by_their_titles_each_of_its_type() -> None:
    table = [["楼层", "-2"], ["有电梯", "否"], ["搬运费", "50元"], ["客户生日", "1988-11-20"], ["备注", "（空）"], ["鞋码", "42"], ["第几次上门", "1"]]

    told = words.fields(table, "fill-fields", START, HOUSE)

    own = {"floor": -2, "lift": False, "carriage": 5000, "birthday": "1988-11-20", "note": None, "鞋码": "42"}
    assert told == {"visit": 1, "fields": own}


@pytest.mark.parametrize(("title", "said"), [("楼层", "12 层"), ("有电梯", "有"), ("搬运费", "五十")])
def test_a_content_that_does_not_fit_goes_on_as_it_stands(title: str, said: str) -> None:
    [content] = words.fields([[title, said]], "fill-fields", START, HOUSE)["fields"].values()
    assert content == said


def test_samples_of_one_form_and_one_routine_are_not_told_of_another() -> None:
    scene = Scene()
    assert filled(scene, "move-paper", {"paper": "acceptance-card"}) == {"paper": "acceptance-card", "step": "handed-in"}
    assert filled(scene, "move-paper", {})["no"] == "RB-0412"
    assert set(filled(scene, "do-routine", {"routine": "morning-meeting"})) == {"routine", "day"}
    assert filled(scene, "do-routine", {})["found"] == 2


# --- a house and its readings


def test_readings_and_rules_of_its_own_hold_together_and_the_last_word_counts(request: pytest.FixtureRequest) -> None:
    scene = Scene()
    house_steps.reads_so(request, scene, "由谁派工？", "客服专员")
    house_steps.lays_down(request, scene, CLOSED_ON_TUESDAY)
    house_steps.reads_so(request, scene, "who-issues-the-sheet", "designer-only")
    house_steps.reads_so(request, scene, "call-back-day", "within-two-days")
    house_steps.reads_so(request, scene, "call-back-day", "next-day")

    book = scene.playbook
    assert book.duties["dispatch"].roles == ("cs_specialist",)
    assert book.duties["issue-sheet"].roles == ("designer",)
    assert book.clocks["call-back"].limit.amount == 1
    assert book.calendar is not None
    assert book.calendar.holidays == (date(2026, 11, 3),)


def test_the_same_house_is_read_once(request: pytest.FixtureRequest) -> None:
    first, second = Scene(), Scene()
    house_steps.reads_so(request, first, "由谁派工？", "客服专员")
    house_steps.reads_so(request, second, "who-dispatches", "specialist")

    assert first.playbook is second.playbook
    assert preset().duties["dispatch"].roles == ("cs_supervisor",)


@pytest.mark.parametrize(("choice", "reading", "known"), [("谁扫地？", "客服专员", "由谁派工？"), ("由谁派工？", "仓管", "客服主管、客服专员")])
def test_a_choice_or_a_reading_that_is_not_there_names_those_that_are(
    choice: str, reading: str, known: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(LookupError, match=known):
        house_steps.reads_so(request, Scene(), choice, reading)


def test_rules_that_are_not_sound_are_refused_and_so_are_rules_that_come_too_late(request: pytest.FixtureRequest) -> None:
    with pytest.raises(PlaybookUnsound, match="nobody"):
        house_steps.lays_down(request, Scene(), '[[duty]]\ncommand = "close"\nroles = ["nobody"]\nclauses = ["L-24"]')
    with pytest.raises(AssertionError, match="建单之前"):
        house_steps.reads_so(request, scene_at("安装", "已受理"), "由谁派工？", "客服专员")
    late = Scene().when("do-routine", "dispatch_specialist", **filled(Scene(), "do-routine", {}))
    with pytest.raises(AssertionError, match="工作日志"):
        house_steps.lays_down(request, late, CLOSED_ON_TUESDAY)


# --- what does not hold is told


def house_scene(place: str, **fields: Any) -> Scene:
    scene = scene_at("安装", place, playbook=HOUSE)
    return scene.when("fill-fields", "cs_specialist", fields=fields) if fields else scene


@pytest.mark.parametrize(
    ("scene", "check", "said"),
    [
        (scene_at("安装", "反馈单已上交"), lambda s: house_steps.paper_stands(s, "安装日报表", "未开始", None, None), "已上交，不是未开始"),
        (scene_at("安装", "反馈单已上交"), lambda s: house_steps.paper_went(s, "安装日报表", "上交、审核", None, None), "办过「上交」"),
        (scene_at("安装", "已判定"), lambda s: house_steps.paper_stands(s, "安装日报表", "未开始", None, None), "还没有上门预约"),
        (scene_at("安装", "已预约"), lambda s: house_steps.paper_stands(s, "安装日报表", "未开始", "2", "次上门"), "没有第 2 个上门预约"),
        (scene_at("安装", "已预约"), lambda s: house_steps.paper_stands(s, "安装日报表", "未开始", "1", "张遗留单"), "不属于第 1 张遗留单"),
        (house_scene("已受理", floor=0), lambda s: house_steps.field_reads(s, "楼层", "（空）", None, None), "是 0，不是 None"),
        (house_scene("已受理", lift=False), lambda s: house_steps.field_reads(s, "有电梯", "（空）", None, None), "是 False"),
        (house_scene("已受理"), lambda s: house_steps.field_reads(s, "楼层", "3", None, None), "是 None，不是 3"),
        (house_scene("已受理"), lambda s: house_steps.field_reads(s, "备注", "（空）", None, None), "还没有上门预约"),
        (Scene(), lambda s: house_steps.comes_round(s, "晨会", "今天", "按时做了"), "晨会」待做，不是按时做了"),
        (Scene(), lambda s: house_steps.comes_round(s, "晨会", "今天", "待做", [["时限", "今天 10:00"]]), "时限是「2026-11-02 09:00」"),
        (Scene(), lambda s: house_steps.comes_round(s, "晨会", "今天", "待做", [["颜色", "红"]]), "没有栏目「颜色」"),
        (Scene(), lambda s: house_steps.comes_round(s, "节日问候", "今天", "待做"), "没有例行工作「节日问候」"),
        (Scene(), lambda s: house_steps.does_not_come_round(s, "晨会", "今天"), "有例行工作「晨会」"),
        (scene_at("安装", "已验收"), lambda s: list_steps.report_has(s, "满意度报表", "，来源是「服务评分」，平均是「4」"), "里没有，有"),
        (scene_at("安装", "已验收"), lambda s: list_steps.report_has(s, "满意度报表", "，颜色是「红」"), "里没有，有"),
        (scene_at("安装", "已验收"), lambda s: list_steps.report_is_empty(s, "满意度报表"), "满意度报表」有"),
        (scene_at("安装", "已完工"), lambda s: list_steps.report_has(s, "满意度报表", "，平均是「5」"), "里没有，有：[]"),
    ],
)  # fmt: skip
def test_a_step_that_does_not_hold_tells_what_does(scene: Scene, check: Callable[[Scene], None], said: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(said)):
        check(scene)


def test_the_form_of_the_visit_that_is_named_is_meant_and_else_the_latest() -> None:
    scene = scene_at("安装有遗留", "再次备单")
    house_steps.paper_stands(scene, "遗留单处理单反馈单", "未开始", "1", "次上门")
    house_steps.paper_stands(scene, "遗留单处理单反馈单", "已开出", "2", "次上门")
    house_steps.paper_stands(scene, "遗留单处理单反馈单", "已开出", None, None)
    house_steps.paper_stands(scene, "遗留问题处理单", "已审核", "1", "张遗留单")


def test_a_corrected_history_is_what_the_registers_read() -> None:
    scene = scene_at("维修", "已回访")
    called = next(entry.version for entry in scene.history if entry.fact.kind == "revisited")
    scene.when("correct", "cs_supervisor", version=called, changes={"repair_result": "还有点响"}, reason="听错了").then_recorded("corrected")
    list_steps.register_has(scene, "安装信息反馈表", "，维修情况是「还有点响」，记入是「《售服信息反馈表》」")
    list_steps.register_has(scene, "售服信息反馈表", "，维修情况是「还有点响」，事由是「维修」")
