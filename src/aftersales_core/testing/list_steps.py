"""清单: Chinese steps for what people look at: the worklist at this moment, the registers, the reports.

    那么  待办里有「回访」 · 待办「9 点 回访」里有「回访」（下面可跟一张 栏目 | 值 的表） · 待办「已超期」里有「回访」
          待办里没有「回访」 · 待办「10 点 跟货」里没有「跟货」
          登记表「遗留台账」有一行，明细是「L1-1」，状态是「已下单」 · 登记表「安装信息登记表」有一行：（下面跟一张 栏目 | 值 的表）
          登记表「进出仓信息反馈表」里没有一行，进出是「入仓」 · 登记表「安装信息反馈表」有 2 行
          报表「满意度报表」有一行，按是「月份」，来源是「回访」，平均是「4」 · 报表「重复问题报表」没有内容

The worklist holds what has appeared by the moment of the scene, never what opens later. A row has to say everything
that is told of it; it may say more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pytest_bdd import parsers, then

from aftersales_core.reports import REPORTS, Line
from aftersales_core.state import effective, evolve, needs_replay, replay
from aftersales_core.testing import own_words, words
from aftersales_core.testing.scene import Scene
from aftersales_core.views import BY_NAME, WORKLIST, View

Table = Sequence[Sequence[str]] | None

_TASKS: Final = r"待办(?:「(?P<of>[^」]+)」)?里"
_SAID: Final = r"(?P<said>(?:，[^「」，]+是「[^」]*」)+)"
_PAIR: Final = re.compile(r"，([^「」，]+)是「([^」]*)」")
_REGISTER: Final = r"登记表「(?P<name>[^」]+)」"
_REPORT: Final = r"报表「(?P<name>[^」]+)」"


def rows_of(scene: Scene, view: View[Any]) -> Iterator[Any]:
    """The rows of *view* for the ticket of the scene, as a store would hold them now."""
    if view.of_ticket is not None:
        yield from view.of_ticket(scene.ticket, scene.playbook)
        return
    if view.of_history is not None:
        yield from view.of_history(effective(scene.history), scene.ticket, scene.playbook)
        return
    assert view.of_entry is not None, f"view {view.name} has no fold"
    ticket = replay(scene.number, [])
    for at, entry in enumerate(scene.history, 1):
        ticket = replay(scene.number, scene.history[:at]) if needs_replay(entry) else evolve(ticket, entry)
        yield from view.of_entry(entry, ticket)


# --- the worklist


@then(parsers.re(_TASKS + r"有「(?P<task>[^」]+)」[：:]?"))
def to_be_done(scene: Scene, of: str | None, task: str, datatable: Table = None) -> None:
    _one(scene, _listed(scene, of, task), _wanted(datatable), f"待办「{task}」")


@then(parsers.re(_TASKS + r"没有「(?P<task>[^」]+)」"))
def not_to_be_done(scene: Scene, of: str | None, task: str) -> None:
    found = _listed(scene, of, task)
    assert not found, f"待办里有「{task}」：{[(row.list, row.ref, row.opens_at.isoformat()) for row in found]}"


def _listed(scene: Scene, of: str | None, task: str) -> list[Any]:
    """The rows called *task* that have appeared by now, of one list where one is named."""
    name, where = words.named(task, "task", own_words.offered(scene.playbook)), of and words.named(of, "list")
    opened = [row for row in rows_of(scene, WORKLIST) if row.task == name and row.opens_at <= scene.now]
    return [row for row in opened if where in (None, row.list) or (where == "overdue" and row.overdue(scene.now))]


# --- the registers


@then(parsers.re(_REGISTER + r"有一行(?:" + _SAID + r"|[：:])"))
def register_has(scene: Scene, name: str, said: str | None, datatable: Table = None) -> None:
    _one(scene, _register(scene, name), _wanted(datatable, said), f"登记表「{name}」")


@then(parsers.re(_REGISTER + r"里没有一行" + _SAID))
def register_has_not(scene: Scene, name: str, said: str) -> None:
    found = [row for row in _register(scene, name) if not _differs(scene, row, _wanted(None, said))]
    assert not found, f"登记表「{name}」里有 {found}"


@then(parsers.re(_REGISTER + r"有 ?(?P<count>\d+) ?行"))
def register_counts(scene: Scene, name: str, count: str) -> None:
    found = _register(scene, name)
    assert len(found) == int(count), f"登记表「{name}」有 {len(found)} 行"


def _register(scene: Scene, name: str) -> list[Any]:
    return list(rows_of(scene, BY_NAME[words.view(name)]))


# --- the reports


@then(parsers.re(_REPORT + r"有一行(?:" + _SAID + r"|[：:])"))
def report_has(scene: Scene, name: str, said: str | None, datatable: Table = None) -> None:
    wanted = _wanted(datatable, said)
    told = [words.report_line(line) for line in _report(scene, name)]
    assert any(wanted.items() <= line.items() for line in told), f"报表「{name}」里没有，有：{told}"


@then(parsers.re(_REPORT + r"没有内容"))
def report_is_empty(scene: Scene, name: str) -> None:
    found = [words.report_line(line) for line in _report(scene, name)]
    assert not found, f"报表「{name}」有 {found}"


def _report(scene: Scene, name: str) -> list[Line]:
    report = REPORTS[words.named(name, "report")]
    return report.lines(list(rows_of(scene, report.view)))


# --- comparing


def _wanted(datatable: Table, said: str | None = None) -> dict[str, str]:
    told = _PAIR.findall(said or "")
    return dict(told or ((row[0].strip(), row[1].strip()) for row in datatable or ()))


def _one(scene: Scene, found: Sequence[Any], wanted: Mapping[str, str], what: str) -> None:
    """One of the rows found says everything that is wanted; the nearest is told where none does."""
    assert found, f"{what}里没有"
    misses = [_differs(scene, row, wanted) for row in found]
    assert [] in misses, f"{what}：{min(misses, key=len)}"


def _differs(scene: Scene, row: Any, wanted: Mapping[str, str]) -> list[str]:
    """What *row* says otherwise."""
    found = []
    for said, expected in wanted.items():
        name = words.column(said, type(row).__dataclass_fields__)
        value = getattr(row, name)
        if not words.says(name, value, expected, scene.now):
            found.append(f"{said}是「{words.shown(name, value, scene.now)}」，不是「{expected}」")
    return found
