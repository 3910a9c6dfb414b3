"""步骤: the Chinese step library for pytest-bdd: few general steps, in the words of the trade.

    假如  还没有工单 · 一张「安装」工单「已派工」 · 「安装师」出发 · 「安装师」依次出发、到达 · 现在是「明天 08:20」 · 过了 2 天
    当    「客服专员」登记报修（下面可跟一张 字段 | 值 的表） · 「安装师」依次出发、到达 · 到了「明天 08:20」 · 过了 2 天
    那么  记录了「安装完工、遗留」 · 没有新的记录 · 记录中的有评分是「否」 · 记录注明「早于上一条（补录）」
          被拒绝，因为条款 L-14 · 被拒绝，说明「…」 · 填报有误，说明「…」 · 提示缺少「…」 · 可以先「…」 · 填写例外理由后可以继续
          「安装主管」可以「签字确认反馈单」 · 「客服专员」不能「派工」，因为条款 L-13
          工单处于「待到货」 · 第 2 次上门处于「在途」 · 明细 L1-1 处于「已到齐」 · 上门的评分是「5」
          回看「昨天 12:00」，工单处于「已安装」 · 按「昨天 12:00」所知，工单的联系电话是「…」
          时钟「回访」在「明天 23:59」到期 · 时钟「回访」在「后天 23:59」超期 · 时钟「回访」处于「超期」 · 没有时钟「回访」

A table gives only what matters to the scenario; the rest comes from `samples`, and `（空）` takes a sample away. As
given, an action must succeed; as when, its refusal is kept for the checks. The places are those of `journey`.

The plugin loads this module where a project opts in with `aftersales_features`. A step of the same text in a
project's own conftest goes before the one here, and so does a fixture called `scene`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from pytest_bdd import given, parsers, then, when

from aftersales_core import wording
from aftersales_core.clocks import TicketClock, clocks_of
from aftersales_core.errors import Refused
from aftersales_core.state import Ticket
from aftersales_core.testing import words
from aftersales_core.testing.journey import travel
from aftersales_core.testing.plugin import SEEN
from aftersales_core.testing.samples import filled
from aftersales_core.testing.scene import Scene

Table = Sequence[Sequence[str]] | None

_UNITS: Final = {"天": "days", "小时": "hours", "分钟": "minutes"}
_THING: Final = r"(?P<thing>(?:工单|上门|反馈单|处理单|遗留单|投诉|回访|第 ?\d+ ?(?:次上门(?:的反馈单)?|张遗留单|号投诉)|明细 ?L\d+-\d+)) ?"
_SIGHT: Final = r"(?:回看「(?P<as_of>[^」]+)」，|按「(?P<known_at>[^」]+)」所知，)?"
_ACT: Final = r"「(?P<role>[^」]+)」(?!依次|可以|不能)(?P<action>[^「」，、：:]+)[：:]?"


@pytest.fixture
def scene(request: pytest.FixtureRequest) -> Scene:
    """The world of one scenario; a project overrides this fixture to bring its own playbook."""
    made = Scene()
    request.node.stash[SEEN] = made.seen
    return made


_UNSEEN: Final = pytest.StashKey[str]()
"""The refusal of the last action, until a check has followed it."""


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Any) -> None:
    """A refusal that no check follows would be passed over in silence."""
    if step.type != "then":
        _looked_at(request)


def pytest_bdd_after_step(request: pytest.FixtureRequest, step: Any, step_func_args: dict[str, object]) -> None:
    scene = step_func_args.get("scene")
    if step.type == "when" and isinstance(scene, Scene) and scene.error is not None:
        said = scene.error.sentence("zh")
        assert not isinstance(scene.error, Refused) or scene.error.clauses, f"拒绝没有写明条款：{said}"
        request.node.stash[_UNSEEN] = said
    elif step.type == "then":
        request.node.stash[_UNSEEN] = ""


def pytest_bdd_step_error(request: pytest.FixtureRequest) -> None:
    # the scenario has failed already, and of that it is to tell
    request.node.stash[_UNSEEN] = ""


def pytest_bdd_step_func_lookup_error(request: pytest.FixtureRequest) -> None:
    request.node.stash[_UNSEEN] = ""


def pytest_bdd_after_scenario(request: pytest.FixtureRequest) -> None:
    _looked_at(request)


def _looked_at(request: pytest.FixtureRequest) -> None:
    refusal = request.node.stash.get(_UNSEEN, "")
    assert not refusal, f"上一步没有做成，也没有核对：{refusal}"


def _act(scene: Scene, role: str, action: str, datatable: Table) -> Scene:
    command = words.named(action, "command")
    told = words.fields(datatable, command, scene.now, scene.playbook)
    return scene.when(command, _role(scene, role), **filled(scene, command, told))


def _role(scene: Scene, said: str) -> str:
    return words.named(said, "role", scene.playbook.titles)


# --- 假如


@given("还没有工单")
def no_ticket(scene: Scene) -> None:
    assert scene.ticket.version == 0


@given(parsers.parse("一张「{trail}」工单「{place}」"))
def a_ticket(scene: Scene, trail: str, place: str) -> None:
    travel(scene, trail, place)


@given(parsers.re(_ACT))
def has_done(scene: Scene, role: str, action: str, datatable: Table = None) -> None:
    _act(scene, role, action, datatable)
    assert scene.error is None, scene.error and scene.error.sentence("zh")


@given(parsers.parse("「{role}」依次{actions}"))
@when(parsers.parse("「{role}」依次{actions}"))
def has_done_in_turn(scene: Scene, role: str, actions: str) -> None:
    for action in words.split(actions):
        has_done(scene, role, action)


@given(parsers.parse("现在是「{moment}」"))
@when(parsers.parse("到了「{moment}」"))
def it_is(scene: Scene, moment: str) -> None:
    scene.now = words.moment(moment, scene.now)


@given(parsers.re(r"过了 ?(?P<count>\d+) ?(?P<unit>天|小时|分钟)"))
@when(parsers.re(r"过了 ?(?P<count>\d+) ?(?P<unit>天|小时|分钟)"))
def time_passes(scene: Scene, count: str, unit: str) -> None:
    scene.later(timedelta(**{_UNITS[unit]: int(count)}))


# --- 当


@when(parsers.re(_ACT))
def does(scene: Scene, role: str, action: str, datatable: Table = None) -> None:
    _act(scene, role, action, datatable)


# --- 那么: what was recorded


@then(parsers.parse("记录了「{kinds}」"))
def recorded(scene: Scene, kinds: str) -> None:
    assert scene.error is None, scene.error and scene.error.sentence("zh")
    scene.then_recorded(*(words.named(kind, "fact") for kind in words.split(kinds)))


@then("没有新的记录")
def nothing_new(scene: Scene) -> None:
    scene.then_nothing()


@then(parsers.parse("记录中的{said}是「{expected}」"))
def the_record_says(scene: Scene, said: str, expected: str) -> None:
    assert scene.facts, scene.error and scene.error.sentence("zh")
    fact = scene.facts[0]
    _same(fact, words.field(said, type(fact).model_fields), expected, scene)


@then(parsers.parse("记录注明「{flag}」"))
def the_record_notes(scene: Scene, flag: str) -> None:
    envelope = scene.history[-1].envelope
    notes = (*(wording.word("flag", f, "zh") for f in envelope.flags), envelope.reason)
    assert flag in notes, notes


@then("记录没有异常注明")
def the_record_notes_nothing(scene: Scene) -> None:
    assert scene.history[-1].envelope.flags == ()


# --- 那么: what was refused


@then(parsers.re(r"被拒绝，因为条款 ?(?P<clauses>[A-Z0-9、 -]+)"))
def refused_under(scene: Scene, clauses: str) -> None:
    for clause in words.split(clauses):
        scene.then_refused(clause=clause)


@then(parsers.parse("被拒绝，说明「{text}」"))
def refused_saying(scene: Scene, text: str) -> None:
    said = scene.then_refused().refusal.sentence("zh")
    assert text in said, said


@then(parsers.parse("填报有误，说明「{text}」"))
def bad_input_saying(scene: Scene, text: str) -> None:
    error = scene.then_bad_input().error
    assert error is not None
    said = error.sentence("zh")
    assert text in said, said


@then(parsers.parse("提示缺少「{what}」"))
def told_missing(scene: Scene, what: str) -> None:
    for item in words.split(what):
        scene.then_missing(item)


@then(parsers.parse("可以先「{action}」"))
def way_on(scene: Scene, action: str) -> None:
    for one in words.split(action):
        scene.then_remedy(words.named(one, "command"))


@then("填写例外理由后可以继续")
def soft(scene: Scene) -> None:
    assert scene.refusal.facts["soft"] is True


# --- 那么: who may do what now


@then(parsers.parse("「{role}」可以「{action}」"))
def may(scene: Scene, role: str, action: str) -> None:
    found = scene.move(words.named(action, "command"), _role(scene, role))
    assert found.open, found.refusals


@then(parsers.re(r"「(?P<role>[^」]+)」不能「(?P<action>[^」]+)」，因为条款 ?(?P<clauses>[A-Z0-9、 -]+)"))
def may_not(scene: Scene, role: str, action: str, clauses: str) -> None:
    found = scene.move(words.named(action, "command"), _role(scene, role))
    assert not found.open
    said = {clause for refusal in found.refusals for clause in refusal.clauses}
    assert set(words.split(clauses)) <= said, found.refusals
    assert all(refusal.clauses for refusal in found.refusals), found.refusals
    scene.seen += [refusal.code for refusal in found.refusals]


# --- 那么: how things stand, now, as of a moment, as known at a moment


@then(parsers.re(_SIGHT + _THING + r"处于「(?P<state>[^」]+)」"))
def stands(scene: Scene, thing: str, state: str, as_of: str | None, known_at: str | None) -> None:
    ticket = _seen_from(scene, as_of, known_at)
    part = _part(ticket, thing)
    if isinstance(part, Ticket):
        found = wording.word("stage", part.stage, "zh")
    else:
        found = wording.word("state", getattr(part, "sheet", None) or part.state, "zh")
    assert found == state, f"{thing}处于「{found}」"


@then(parsers.re(_SIGHT + _THING + r"的(?P<said>(?!反馈单处于)[^「」]+?)是「(?P<expected>[^」]*)」"))
def reads(
    scene: Scene, thing: str, said: str, expected: str, as_of: str | None, known_at: str | None
) -> None:
    part = _part(_seen_from(scene, as_of, known_at), thing)
    _same(part, words.field(said, [name for name in dir(part) if not name.startswith("_")]), expected, scene)


@then(parsers.re(_SIGHT + r"还没有工单"))
def is_not_there(scene: Scene, as_of: str | None, known_at: str | None) -> None:
    assert _seen_from(scene, as_of, known_at).version == 0


def _seen_from(scene: Scene, as_of: str | None, known_at: str | None) -> Ticket:
    if as_of is None and known_at is None:
        return scene.ticket
    at = {
        name: words.moment(said, scene.now)
        for name, said in (("as_of", as_of), ("known_at", known_at))
        if said
    }
    return scene.at(**at)


# --- 那么: what is due


@then(parsers.re(r"时钟「(?P<clock>[^」]+)」在「(?P<moment>[^」]+)」(?P<limit>到期|超期)"))
def falls_due(scene: Scene, clock: str, moment: str, limit: str) -> None:
    found = _clocks(scene, clock)[-1]
    at = found.due if limit == "到期" else found.breach_at
    wanted = words.moment(moment, scene.now)
    # what is due on a day is due to its last second
    assert (at and at.replace(second=0)) == wanted, f"{clock}{limit}：{at}，不是 {wanted}"


@then(parsers.re(r"时钟「(?P<clock>[^」]+)」处于「(?P<state>[^」]+)」"))
def clock_stands(scene: Scene, clock: str, state: str) -> None:
    found = wording.word("clock-state", _clocks(scene, clock)[-1].state, "zh")
    assert found == state, f"时钟{clock}{found}，不是{state}"


@then(parsers.parse("没有时钟「{clock}」"))
def no_clock(scene: Scene, clock: str) -> None:
    assert not _clocks(scene, clock, none=True)


def _clocks(scene: Scene, clock: str, *, none: bool = False) -> list[TicketClock]:
    name = words.named(clock, "clock", scene.playbook.titles)
    found = [c for c in clocks_of(scene.ticket, scene.playbook, scene.now, scene.history) if c.id == name]
    assert found or none, f"时钟「{clock}」还没有开始"
    return found


def _part(ticket: Ticket, thing: str) -> Any:
    number = re.search(r"\d+", thing)
    at = int(number[0]) - 1 if number else -1
    parts: dict[str, Any] = {
        "工单": lambda: ticket,
        "明细": lambda: ticket.find_line(thing.removeprefix("明细").strip()),
        "反馈单": lambda: ticket.visits[at].slip,
        "上门": lambda: ticket.visits[at],
        "处理单": lambda: ticket.leftovers[at],
        "遗留单": lambda: ticket.leftovers[at],
        "投诉": lambda: ticket.complaints[at],
        "回访": lambda: ticket.calls[at],
    }
    found = next(find for name, find in parts.items() if thing.startswith(name) or thing.endswith(name))()
    assert found is not None, f"没有{thing}"
    return found


def _same(part: object, name: str, expected: str, scene: Scene) -> None:
    found = getattr(part, name)
    wanted = words.value(name, expected, scene.now, scene.playbook.titles)
    assert found == wanted or str(found) == str(wanted), f"{name} 是 {found!r}，不是 {wanted!r}"
