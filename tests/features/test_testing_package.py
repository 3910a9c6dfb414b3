"""What other projects test with: scenes, journeys, the one-rule helper, the plugin."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from aftersales_core import testing
from aftersales_core.facts.intake import Acknowledged, Amended, Reported
from aftersales_core.rules import COMMANDS, preset
from aftersales_core.state import replay
from aftersales_core.testing import START, TRAILS, Scene, Step, filled, given, list_steps, scene_at, words
from aftersales_core.views import BY_NAME
from aftersales_core.wording import zh

PLACES = [(trail, place) for trail, places in TRAILS.items() for place in places]
REPORTED = Reported(category="repair", customer="王芳", phone="13812345678", problem="柜门开裂")


@pytest.mark.parametrize("name", testing.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(testing, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nobody"):
        _ = testing.nobody


def test_a_scene_begins_on_a_monday_morning_with_nothing() -> None:
    scene = Scene()
    assert (scene.now, scene.history, scene.ticket.stage) == (START, [], "NEW")
    assert START.isoformat() == "2026-11-02T08:00:00+08:00"
    assert START.isoweekday() == 1


def test_a_scene_comes_on_by_real_commands_and_keeps_what_was_recorded() -> None:
    scene = Scene().given(Step("report", "cs_specialist", {"category": "patrol"}))
    scene.when("acknowledge", "cs_specialist").then_recorded("acknowledged").then_stage("REPORTED")
    assert [entry.version for entry in scene.history] == [1, 2]
    assert replay(scene.number, scene.history) == scene.ticket


def test_a_given_step_that_is_refused_is_an_error() -> None:
    from aftersales_core.errors import Refused

    with pytest.raises(Refused, match="no ticket"):
        Scene().given(Step("acknowledge", "cs_specialist"))


def test_a_refusal_is_kept_and_checked_by_code_clause_missing_and_remedy() -> None:
    scene = scene_at("安装", "已预约").when("dispatch", "cs_supervisor", crew=["zhou-jian"])
    scene.then_refused("slip-not-made-out", clause="W-15").then_missing("paper:install-repair-slip")
    scene.then_missing("《安装维修反馈单》").then_remedy("prepare-papers")
    assert scene.seen == ["slip-not-made-out"]
    assert scene.facts == []


def test_a_command_with_nothing_new_records_nothing() -> None:
    scene = scene_at("安装", "已受理")
    scene.when("amend", "cs_specialist", customer="王芳").then_nothing()


def test_bad_input_is_kept_and_checked() -> None:
    Scene().when("report", "cs_specialist", category="nothing").then_bad_input("bad-value")


@pytest.mark.parametrize(
    "check",
    [
        lambda s: s.then_recorded("closed"),
        lambda s: s.then_nothing(),
        lambda s: s.then_refused(),
        lambda s: s.then_bad_input(),
        lambda s: s.then_stage("CLOSED"),
    ],
)
def test_a_check_that_does_not_hold_fails(check: object) -> None:
    scene = scene_at("安装", "已受理").when("acknowledge", "cs_specialist")
    with pytest.raises(AssertionError):
        check(scene)  # type: ignore[operator]


@pytest.mark.parametrize(
    "check",
    [
        lambda s: s.then_recorded("dispatched"),
        lambda s: s.then_refused("papers-missing"),
        lambda s: s.then_refused(clause="L-14"),
        lambda s: s.then_missing("paper:drawing"),
        lambda s: s.then_remedy("close"),
    ],
)
def test_a_check_of_a_refusal_that_does_not_hold_fails(check: object) -> None:
    scene = scene_at("安装", "已预约").when("dispatch", "cs_supervisor", crew=["zhou-jian"])
    with pytest.raises(AssertionError):
        check(scene)  # type: ignore[operator]


def test_time_passes_only_when_told_or_when_something_was_recorded() -> None:
    scene = Scene()
    scene.when("acknowledge", "cs_specialist")
    assert scene.now == START
    scene.later(timedelta(hours=2)).when("report", "cs_specialist", category="patrol")
    assert scene.now > START + timedelta(hours=2)
    assert scene.history[0].envelope.recorded_at == START + timedelta(hours=2)


def test_late_paper_is_flagged_and_seen_as_of_and_as_known_at_a_moment() -> None:
    scene = scene_at("安装", "已到现场")
    happened = scene.now - timedelta(minutes=15)
    scene.later(timedelta(days=1))
    scene.when("complete-visit", "installer", work="装好", occurred_at=happened).then_recorded("installed")
    assert scene.history[-1].envelope.flags == ("earlier-than-previous",)
    assert scene.at(known_at=happened + timedelta(hours=1)).stage == "DISPATCHED"
    assert scene.at(as_of=happened + timedelta(hours=1)).stage == "INSTALLED"


@pytest.mark.parametrize(("trail", "place"), PLACES)
def test_every_place_of_every_trail_is_reached_by_legal_commands(trail: str, place: str) -> None:
    scene = scene_at(trail, place)
    assert replay(scene.number, scene.history) == scene.ticket


@pytest.mark.parametrize("trail", TRAILS)
def test_every_trail_ends_closed(trail: str) -> None:
    assert scene_at(trail, "已结案").ticket.stage == "CLOSED"


def test_a_trail_or_place_that_is_not_there_is_said() -> None:
    with pytest.raises(LookupError, match="安装有遗留"):
        scene_at("拆除", "已受理")
    with pytest.raises(LookupError, match="已派工"):
        scene_at("安装", "已拆除")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_sample_fields_that_make_a_command(command: str) -> None:
    scene = scene_at("安装有遗留", "已发货")
    scene.when("inspect-goods", "warehouse_keeper", lines=[{"line": "L1-1", "good": 1, "bad": 1}])
    lines = {"lines": [{"line": "L1-1", "qty": 1}]} if command == "draw-goods" else {}
    role = preset().duties[command].roles[0]
    assert scene.command(command, role, **filled(scene, command, lines)).name() == command


def test_given_when_then_of_one_rule() -> None:
    given(REPORTED).when("acknowledge", "cs_specialist", note="已联系").then(Acknowledged(note="已联系"))
    given(REPORTED).when("acknowledge", "cs_specialist").then("acknowledged")
    given(REPORTED, Amended(address="文三路")).when("amend", "cs_specialist", address="文三路").then()


def test_given_when_refused_of_one_rule() -> None:
    given().when("acknowledge", "cs_specialist").refused("no-such-ticket", clause="T-21")
    given(REPORTED).when("triage", "cs_specialist", service="repair", needs_goods=False).refused(
        "field-missing", clause="T-01", missing="field:model"
    )
    given(REPORTED).when("amend", "cs_specialist", phone="x").bad_input("bad-value")


def test_given_when_then_fails_on_another_fact() -> None:
    outcome = given(REPORTED).when("acknowledge", "cs_specialist", note="已联系")
    with pytest.raises(AssertionError):
        outcome.then(Acknowledged())


def test_words_that_are_not_known_name_those_that_are() -> None:
    with pytest.raises(LookupError, match="客服专员"):
        words.named("经理", "role")
    with pytest.raises(LookupError, match="crew"):
        words.field("颜色", ["crew"])
    with pytest.raises(ValueError, match="昨天 16:30"):
        words.moment("下午", START)
    with pytest.raises(LookupError, match="遗留台账"):
        words.view("流水账")
    with pytest.raises(LookupError, match="due_at"):
        words.column("颜色", ["due_at"])


def test_every_register_is_known_by_its_name_with_and_without_its_marks() -> None:
    assert {words.view(said) for said in zh.WORDS["register"].values()} == set(zh.WORDS["register"])
    assert words.view("安装信息登记表") == words.view("《安装信息登记表》") == "slips"
    assert set(words.VIEWS.values()) == set(BY_NAME) - {"worklist"}


def test_a_task_is_listed_from_the_minute_it_appears_and_overdue_from_the_minute_it_is() -> None:
    scene = scene_at("安装", "反馈单已登记")
    for moment, there, late in (
        ("2026-11-03 08:59", False, False), ("2026-11-03 09:00", True, False), ("2026-11-03 23:59", True, False),
        ("2026-11-04 00:00", True, True),
    ):  # fmt: skip
        scene.now = words.moment(moment, scene.now)
        (list_steps.to_be_done if there else list_steps.not_to_be_done)(scene, "9 点 回访", "回访")
        (list_steps.to_be_done if late else list_steps.not_to_be_done)(scene, "已超期", "回访")
    list_steps.not_to_be_done(scene, "10 点 跟货", "回访")


@pytest.mark.parametrize(
    ("check", "said"),
    [
        (lambda s: list_steps.to_be_done(s, None, "预约"), "待办「预约」里没有"),
        (lambda s: list_steps.to_be_done(s, None, "跟货", [["下一步", "登记交期"], ["角色", "仓管"]]), "角色是「客服专员」，不是「仓管」"),
        (lambda s: list_steps.not_to_be_done(s, "10 点 跟货", "跟货"), "待办里有「跟货」"),
        (lambda s: list_steps.register_has(s, "遗留台账", "，明细是「L1-1」，状态是「已发货」"), "状态是「已下单」，不是「已发货」"),
        (lambda s: list_steps.register_has(s, "遗留台账", None, [["数量", "3"], ["品名", "衣柜门板"]]), "数量是「2」，不是「3」"),
        (lambda s: list_steps.register_has(s, "进出仓信息反馈表", "，进出是「入仓」"), "里没有"),
        (lambda s: list_steps.register_has_not(s, "遗留台账", "，状态是「已下单」"), "L1-1"),
        (lambda s: list_steps.register_counts(s, "遗留台账", "3"), "有 2 行"),
    ],
)
def test_a_list_that_says_otherwise_tells_what_it_says(check: Callable[[Scene], None], said: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(said)):
        check(scene_at("安装有遗留", "已下单"))


def test_the_movements_of_goods_are_read_from_the_history_a_correction_included() -> None:
    scene = scene_at("安装有遗留", "已领料")
    list_steps.register_counts(scene, "进出仓信息反馈表", "3")
    arrived = next(entry.version for entry in scene.history if entry.fact.kind == "goods-arrived")
    scene.when("correct", "cs_supervisor", version=arrived, changes={"place": "C 区"}, reason="写错货位").then_recorded("corrected")
    list_steps.register_has(scene, "进出仓信息反馈表", "，进出是「领出」，明细是「L1-1」，数量是「2」")
    list_steps.register_counts(scene, "时间线", str(len(scene.history)))


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "with xdist"])
def test_another_project_uses_the_steps_and_gets_its_clause_report(
    consumer: Path, run: Run, options: tuple[str, ...]
) -> None:
    done = run(consumer, "--clause-report", "clauses.json", "--every-scenario", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    ended = {"outcome": "passed", "refusals": ["role-may-not"]}
    row = {"feature": "features/ours.feature", "scenario": "派工", "line": 5, **ended, "rows": [{"line": 5, **ended}]}
    assert json.loads((consumer / "clauses.json").read_text("utf-8")) == {"L-13": [row]}


def test_a_trap_in_another_project_stops_the_run_and_is_explained(consumer: Path, run: Run) -> None:
    file = consumer / "features/ours.feature"
    file.write_text(file.read_text("utf-8").replace("场景:", "场景："), "utf-8")
    done = run(consumer)
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "全角冒号" in done.stderr + done.stdout


def test_a_project_that_does_not_opt_in_pays_nothing(tmp_path: Path, run: Run) -> None:
    (tmp_path / "test_light.py").write_text(
        "import sys\n\ndef test_light():\n    assert not {'pydantic', 'transitions', 'gherkin'} & set(sys.modules)\n",
        "utf-8",
    )
    done = run(tmp_path, "-p", "no:pytest-bdd", "-p", "no:xdist")
    assert done.returncode == 0, done.stdout + done.stderr
