"""重判: Chinese steps for decisions that are judged again, by the rules they were made under or by others.

    当    按原来的制度重判 · 按这样的制度重判：（下面用三引号写一段 TOML，只写不同的地方）
    那么  重判的结果都与当时一样 · 重判时会被拒绝的是「联系客户、出发」 · 重判时「联系客户」依据「T-01」被拒绝
"""

from __future__ import annotations

from typing import Final

import pytest
from pytest_bdd import parsers, then, when

from aftersales_core import wording
from aftersales_core.audit import Judged, Rejudged, rejudge
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import load_playbook
from aftersales_core.testing.scene import Scene

_JUDGED: Final = pytest.StashKey[list[Judged]]()


@when("按原来的制度重判")
def by_the_same(request: pytest.FixtureRequest, scene: Scene) -> None:
    _judge(request, scene, scene.playbook)


@when(parsers.re("按这样的制度重判[：:]"))
def by_others(request: pytest.FixtureRequest, scene: Scene, docstring: str) -> None:
    head = f'extends = "{scene.playbook.name}"\nname = "another"\nedition = "1"\n'
    _judge(request, scene, load_playbook(head + docstring))


def _judge(request: pytest.FixtureRequest, scene: Scene, book: Playbook) -> None:
    request.node.stash[_JUDGED] = list(rejudge(scene.number, scene.history, book, Rejudged()))


@then("重判的结果都与当时一样")
def all_the_same(request: pytest.FixtureRequest) -> None:
    found = _judged(request)
    assert not found, f"重判时「{_names(found)}」与当时不一样"


@then(parsers.re("重判时会被拒绝的是「(?P<commands>[^」]+)」"))
def would_be_refused(request: pytest.FixtureRequest, commands: str) -> None:
    found = [each for each in _judged(request) if each.outcome == "refused"]
    assert _names(found) == commands, f"重判时会被拒绝的是「{_names(found)}」，不是「{commands}」"


@then(parsers.re("重判时「(?P<command>[^」]+)」依据「(?P<clauses>[^」]+)」被拒绝"))
def refused_under(request: pytest.FixtureRequest, command: str, clauses: str) -> None:
    told = {_name(each): "、".join(dict.fromkeys(id_ for r in each.refusals for id_ in r.clauses)) for each in _judged(request) if each.outcome == "refused"}
    assert told.get(command) == clauses, f"重判时「{command}」依据「{told.get(command, '（没有被拒绝）')}」，不是「{clauses}」"


def _judged(request: pytest.FixtureRequest) -> list[Judged]:
    assert _JUDGED in request.node.stash, "要先写「当按……重判」"
    found: list[Judged] = request.node.stash[_JUDGED]
    return found


def _name(judged: Judged) -> str:
    return wording.word("command", judged.command, "zh")


def _names(found: list[Judged]) -> str:
    return "、".join(dict.fromkeys(map(_name, found)))
