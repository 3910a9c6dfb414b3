"""自家: Chinese steps for the readings a house chooses, for rules of its own, and for what those rules keep.

    假如  制度的取舍「由谁派工？」取「客服专员」 · 本店制度另有规定：（下面用三引号写一段 TOML，只写不同的地方）
    那么  单据「安装日报表」处于「已上交」 · 单据「安装日报表」办过「上交、审核」 · 第 1 次上门的单据「…」处于「…」
          栏目「客户生日」是「1988-11-20」 · 第 1 次上门的栏目「…」是「…」 · 第 1 张遗留单的栏目「…」是「（空）」
          例行工作「晨会」在「今天」处于「待做」（下面可跟一张 栏目 | 值 的表） · 「2026-11-08」没有例行工作「晨会」

Choices and readings go by their question and their title, or by their ids. Both given steps stand before the ticket
begins and may stand several times: what was said before holds on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

import pytest
from pytest_bdd import given, parsers, then

from aftersales_core import wording
from aftersales_core.clocks import Round, rounds_of
from aftersales_core.playbooks import Playbook
from aftersales_core.playbooks.model import Choice
from aftersales_core.rules import load_playbook
from aftersales_core.state import PaperLife
from aftersales_core.state.papers import life
from aftersales_core.testing import own_words, words
from aftersales_core.testing.scene import Scene

Table = Sequence[Sequence[str]] | None

_OF: Final = r"(?:第 ?(?P<no>\d+) ?(?P<of>次上门|张遗留单)的)?"
_PAPER: Final = _OF + r"单据「(?P<paper>[^」]+)」"
_ROUND: Final = r"例行工作「(?P<routine>[^」]+)」"


class _House(NamedTuple):
    """A house as the scenario tells it: the preset it goes by, what it lays down otherwise, the readings it chooses."""

    base: str
    own: tuple[str, ...] = ()
    chosen: tuple[tuple[str, str], ...] = ()


_HOUSE: Final = pytest.StashKey[_House]()


@cache
def _playbook(house: _House) -> Playbook:
    """The house's playbook; one for all scenarios that tell of the same house."""
    choose = [f'{choice} = "{reading}"' for choice, reading in house.chosen]
    head = [f'extends = "{house.base}"', 'name = "this-house"', 'edition = "1"']
    return load_playbook("\n".join([*head, *house.own, *(["[choose]", *choose] if choose else [])]))


def _moves_in(request: pytest.FixtureRequest, scene: Scene, house: _House) -> None:
    assert scene.ticket.version == 0, "制度要在建单之前定下来"
    assert not scene.logs, "制度要在记工作日志之前定下来"
    request.node.stash[_HOUSE] = house
    scene.playbook = _playbook(house)


def _house(request: pytest.FixtureRequest, scene: Scene) -> _House:
    held: _House = request.node.stash.get(_HOUSE, _House(scene.playbook.name))
    return held


# --- 假如


@given(parsers.parse("制度的取舍「{choice}」取「{reading}」"))
def reads_so(request: pytest.FixtureRequest, scene: Scene, choice: str, reading: str) -> None:
    found = chosen(scene.playbook, choice)
    house = _house(request, scene)
    others = tuple(each for each in house.chosen if each[0] != found.id)
    _moves_in(request, scene, house._replace(chosen=(*others, (found.id, option(found, reading)))))


@given(parsers.re("本店制度另有规定[：:]"))
def lays_down(request: pytest.FixtureRequest, scene: Scene, docstring: str) -> None:
    house = _house(request, scene)
    _moves_in(request, scene, house._replace(own=(*house.own, docstring)))


def chosen(playbook: Playbook, said: str) -> Choice:
    """The choice of that id or question.

    Raises:
        LookupError: none; the message lists the questions there are.
    """
    for choice in playbook.choice:
        if said in (choice.id, choice.asks.zh):
            return choice
    raise LookupError(f"制度里没有取舍「{said}」；有：{'、'.join(choice.asks.zh for choice in playbook.choice)}")


def option(choice: Choice, said: str) -> str:
    """The reading of that id or title.

    Raises:
        LookupError: none; the message lists the titles there are.
    """
    for name, each in choice.options.items():
        if said in (name, each.title.zh):
            return name
    raise LookupError(f"取舍「{choice.asks.zh}」没有「{said}」这一种；有：{'、'.join(each.title.zh for each in choice.options.values())}")


# --- 那么: papers and fields


@then(parsers.re(_PAPER + r"处于「(?P<state>[^」]+)」"))
def paper_stands(scene: Scene, paper: str, state: str, no: str | None, of: str | None) -> None:
    found = wording.word("state", _life(scene, paper, no, of).state, "zh")
    assert found == state, f"单据「{paper}」{found}，不是{state}"


@then(parsers.re(_PAPER + r"办过「(?P<steps>[^」]+)」"))
def paper_went(scene: Scene, paper: str, steps: str, no: str | None, of: str | None) -> None:
    found = [wording.word("paper-step", taken.step, "zh") for taken in _life(scene, paper, no, of).steps]
    assert tuple(found) == words.split(steps), f"单据「{paper}」办过「{'、'.join(found)}」"


def _life(scene: Scene, said: str, no: str | None, of: str | None) -> PaperLife:
    form = scene.playbook.forms[words.named(said, "paper", scene.playbook.titles)]
    part = {"次上门": "visit", "张遗留单": "leftover", None: form.of}[of]
    assert part == form.of, f"单据「{said}」不属于{'第 ' + str(no) + ' ' if no else ''}{of}"
    return life(scene.ticket, form.id, _ref(scene, part, no))


@then(parsers.re(_OF + r"栏目「(?P<field>[^」]+)」是「(?P<expected>[^」]*)」"))
def field_reads(scene: Scene, field: str, expected: str, no: str | None, of: str | None) -> None:
    name = words.named(field, "custom", scene.playbook.titles)
    rule = scene.playbook.fields[name]
    part = {"次上门": "visit", "张遗留单": "leftover", None: rule.of}[of]
    found = scene.ticket.filled(name, _ref(scene, part, no))
    wanted = None if expected == words.BLANK else own_words.content(rule, expected)
    assert (type(found), found) == (type(wanted), wanted), f"栏目「{field}」是 {found!r}，不是 {wanted!r}"


def _ref(scene: Scene, part: str, no: str | None) -> str:
    """A part of the ticket as papers and fields name it; the latest where no number is said."""
    if part == "ticket":
        return ""
    there = {"visit": scene.ticket.visits, "leftover": scene.ticket.leftovers}[part]
    assert there, f"还没有{wording.word('thing', part, 'zh')}"
    assert int(no or 1) <= len(there), f"没有第 {no} 个{wording.word('thing', part, 'zh')}"
    return f"{part}:{no or len(there)}"


# --- 那么: what comes round with the calendar


@then(parsers.re(_ROUND + r"在「(?P<day>[^」]+)」处于「(?P<state>[^」]+)」[：:]?"))
def comes_round(scene: Scene, routine: str, day: str, state: str, datatable: Table = None) -> None:
    found = _round(scene, routine, day)
    assert found is not None, f"「{day}」没有例行工作「{routine}」"
    stands = own_words.ROUND_STATES[found.state]
    assert stands == state, f"例行工作「{routine}」{stands}，不是{state}"
    told = _told(found)
    for row in datatable or ():
        said, expected = (cell.strip() for cell in row)
        assert said in told, f"例行工作没有栏目「{said}」；可用：{'、'.join(told)}"
        name, value = told[said]
        assert words.says(name, value, expected, scene.now), f"{said}是「{words.shown(name, value, scene.now)}」，不是「{expected}」"


@then(parsers.re(r"「(?P<day>[^」]+)」没有" + _ROUND))
def does_not_come_round(scene: Scene, routine: str, day: str) -> None:
    assert _round(scene, routine, day) is None, f"「{day}」有例行工作「{routine}」"


def _round(scene: Scene, said: str, day: str) -> Round | None:
    """The round that falls on a day, or whose period the day is in."""
    name, on = words.named(said, "routine", scene.playbook.titles), words.day(day, scene.now)
    found = rounds_of(scene.playbook, scene.logs, on, on, scene.now)
    return next((each for each in found if each.routine == name), None)


def _told(found: Round) -> Mapping[str, tuple[str, Any]]:
    """What a round says, by the headings of its columns."""
    done = found.done
    return {
        "出现": ("opens_at", found.opens_at), "时限": ("due_at", found.due_at), "清单": ("list", found.list),
        "角色": ("role", "、".join(found.roles)), "条款": ("clauses", "、".join(found.clauses)),
        "件数": ("found", done and done.found), "备注": ("note", done and done.note), "经手人": ("role", done and done.by),
        "意见": ("opinions", done and "、".join(f"{department}={text}" for department, text in done.opinions)),
    }  # fmt: skip
