"""What the state remembers of waiting: equal to what the history tells, and enough to tell every clock that runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import cycle
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.rules.strategies import Life, lives, torn

from aftersales_core.clocks import MOMENTS, TASKS, clocks_of, deadline
from aftersales_core.clocks.moments import UNTIMED
from aftersales_core.facts import KINDS, Entry
from aftersales_core.playbooks import Playbook, preset_text
from aftersales_core.playbooks.model import ClockRule
from aftersales_core.rules import load_playbook, preset
from aftersales_core.state import WAITING, Ticket, Wait, effective, evolve, replay
from aftersales_core.state.waits import MAY_BEGIN
from aftersales_core.testing import START, TRAILS, Scene, Step, scene_at
from aftersales_core.testing.samples import sampled
from aftersales_core.views import WORKLIST, TaskRow

law = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip

TOLD = [name for name in MOMENTS if name not in UNTIMED]
"""Moments that the state times."""


def clock_rule(name: str, since: str, until: str | None, breach: str, unit: str, hours: int, task: str) -> ClockRule:
    return ClockRule.model_validate({
        "id": name, "from": since, "until": until, "limit": {"amount": hours, "unit": unit},
        "breach": {"amount": 2 * hours, "unit": unit, "from": breach}, "pauses": tuple(WAITING), "task": task, "clauses": ("S-01",),
    })  # fmt: skip


def books() -> list[Playbook]:
    """The preset with other clocks: together they count from every moment, stop at every moment, and all of them pause."""
    tasks, untils, breaches = cycle(TASKS), cycle((None, *TOLD[3:], *TOLD[:2])), cycle(TOLD[5:])
    hours, units = cycle((2, 20, 90)), cycle(("hours", "working-hours"))
    rules = [clock_rule(f"from-{since}", since, next(untils), next(breaches), next(units), next(hours), next(tasks))
             for _ in range(3) for since in TOLD]  # fmt: skip
    some = len(TASKS)
    return [preset().model_copy(update={"clock": tuple(rules[at : at + some])}) for at in range(0, len(rules), some)]


BOOKS = books()


def waits_told(history: Sequence[Entry]) -> set[Wait]:
    """The waits that a history tells when its states are looked at one after the other."""
    found: set[Wait] = set()
    since: dict[str, datetime] = {}
    ticket = Ticket("AS-1")
    for entry in effective(history):
        ticket = evolve(ticket, entry)
        for reason, waiting in WAITING.items():
            if waiting(ticket):
                since.setdefault(reason, entry.occurred_at)
            elif reason in since:
                found.add(Wait(reason, since.pop(reason), entry.occurred_at))
    return found | {Wait(reason, begun) for reason, begun in since.items()}


def running(book: Playbook, ticket: Ticket, as_of: datetime, history: Sequence[Entry] = ()) -> dict[tuple[str, str], Any]:
    return {(c.id, c.ref): c for c in clocks_of(ticket, book, as_of, history) if c.stop is None}


@law
@given(lives())
def test_the_state_remembers_the_waits_that_the_history_tells(life: Life) -> None:
    assert set(replay(life.number, life.history).waits) == waits_told(life.history)


@law
@given(torn())
def test_the_waits_of_a_torn_history_are_remembered_too(entries: list[Entry]) -> None:
    ticket = Ticket("AS-1")
    for entry in entries:
        ticket = evolve(ticket, entry)

    assert sorted(ticket.waits, key=str) == sorted(waits_told([e for e in entries if e.fact.kind != "corrected"]), key=str)


def agree(ticket: Ticket, as_of: datetime, history: Sequence[Entry]) -> None:
    """With and without history, by `clocks_of`, `deadline` and the worklist, every running clock is told alike."""
    for book in BOOKS:
        told = running(book, ticket, as_of, history)
        assert running(book, ticket, as_of) == told
        for clock in told.values():
            said = deadline(clock.task, clock.ref, ticket, book)
            assert said is not None
            assert (said.due_at, said.breach_at) == (clock.due, clock.breach_at)
        by_task = {(clock.task, clock.ref): clock for clock in told.values()}
        for row in rows(ticket, book):
            driver = by_task.get((row.task, row.ref))
            if driver is not None:
                assert (row.due_at, row.breach_at) == (driver.due, driver.breach_at)


@law
@given(lives(), st.integers(0, 60), st.sampled_from((0, 1, 600, 100_000)))
def test_the_state_alone_tells_every_running_clock_as_the_history_does(life: Life, at: int, minutes: int) -> None:
    if life.history:
        as_of = life.history[at % len(life.history)].occurred_at + timedelta(minutes=minutes)
        agree(replay(life.number, life.history, as_of=as_of), as_of, life.history)


@law
@given(torn())
def test_of_a_torn_history_too(entries: list[Entry]) -> None:
    whole = [e for e in entries if e.fact.kind != "corrected"]
    if whole:
        agree(replay("AS-1", whole), whole[-1].occurred_at + timedelta(days=3), whole)


# --- on a real life

NINE_TO_SIX = "".join(f'{day} = ["09:00-12:00", "13:30-18:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri"))
CONFIRM = """
[[clock]]
id = "settling"
from = "leftover-raised"
limit = { amount = 9, unit = "working-hours" }
breach = "due"
pauses = ["waiting-for-goods", "waiting-for-customer"]
task = "confirm-leftover"
clauses = ["R-14"]
"""


@cache
def patient() -> Playbook:
    """The preset, where a leftover is to be confirmed within nine hours of work, and nobody counts the waiting."""
    text = preset_text("whole-house")
    start, end = text.index("[calendar.week]\n") + len("[calendar.week]\n"), text.index("# --- 时钟")
    return load_playbook(f"{text[:start]}{NINE_TO_SIX}\n{text[end:]}{CONFIRM}")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=START.tzinfo)


def rows(ticket: Ticket, book: Playbook) -> list[TaskRow]:
    assert WORKLIST.of_ticket is not None
    return list(WORKLIST.of_ticket(ticket, book))


def task(scene: Scene, name: str) -> TaskRow:
    return next(row for row in rows(scene.ticket, scene.playbook) if row.task == name)


def arrived(scene: Scene, when: datetime) -> Scene:
    """Ordered, and all of it in at *when*."""
    for place in ("遗留已写入日报", "处理单已开", "处理单已审核", "已下单"):
        scene.given(*(sampled(scene, step) for step in TRAILS["安装有遗留"][place]))
    scene.now = when
    for place in ("已检查", "已到齐"):
        scene.given(*(sampled(scene, step) for step in TRAILS["安装有遗留"][place]))
    return scene


def test_a_paused_task_has_no_due_time_and_gets_a_later_one_when_it_goes_on() -> None:
    scene = scene_at("安装有遗留", "遗留已登记", playbook=patient())
    found_missing = scene.history[-1].occurred_at
    assert scene.ticket.waits == (Wait("waiting-for-goods", found_missing),)
    assert (task(scene, "confirm-leftover").due_at, task(scene, "confirm-leftover").breach_at) == (None, None)

    arrived(scene, at(9, 11))
    in_at = scene.history[-1].occurred_at
    assert scene.ticket.waits == (Wait("waiting-for-goods", found_missing, in_at),)
    # nothing of the nine hours was used before: five and a third on Monday, the rest on Tuesday
    row = task(scene, "confirm-leftover")
    assert (row.due_at, row.breach_at) == (at(10, 14, 10), at(10, 14, 10))
    assert in_at == at(9, 11, 10)


def test_what_was_over_before_the_wait_began_stays_over() -> None:
    scene = scene_at("安装", "已派工", playbook=patient())
    scene.given(sampled(scene, Step("raise-leftover", "cs_specialist", {"lines": [{"item": "调缝", "needs_goods": False}]})))
    due = task(scene, "confirm-leftover").due_at
    scene.now = at(5, 10)
    scene.given(sampled(scene, Step("miss-visit", "installer")))

    assert scene.ticket.waits == (Wait("waiting-for-customer", at(5, 10)),)
    assert task(scene, "confirm-leftover").due_at == due
    assert due is not None
    assert due < at(5, 10)


def test_the_moment_a_wait_begins_belongs_to_it() -> None:
    scene = scene_at("安装有遗留", "遗留已登记", playbook=patient())
    begun = scene.history[-1].occurred_at

    (clock,) = (c for c in clocks_of(scene.ticket, patient(), begun, scene.history) if c.id == "settling")
    assert (clock.state, clock.due) == ("paused", None)


def test_a_corrected_time_moves_the_wait() -> None:
    scene = arrived(scene_at("安装有遗留", "遗留已登记", playbook=patient()), at(9, 11))
    version = scene.history[-1].version
    earlier = {"occurred_at": at(6, 16).isoformat()}
    scene.when("correct", "management", version=version, changes=earlier, reason="到货当天漏记")
    assert scene.error is None, scene.error

    assert scene.ticket.waits[-1].until == at(6, 16)
    assert task(scene, "confirm-leftover").due_at == at(9, 17, 30)
    assert scene.at(known_at=at(9, 11, 10)).waits[-1].until == at(9, 11, 10)
    assert scene.at(as_of=at(6, 15)).waits[-1].until is None


def test_a_reopened_ticket_remembers_its_waits() -> None:
    closed = scene_at("安装有遗留", "已结案")
    waits = closed.ticket.waits
    assert waits

    closed.later(timedelta(days=3)).given(sampled(closed, Step("reopen", "cs_supervisor")))
    assert closed.ticket.waits == waits


@pytest.mark.parametrize("stage", ["AWAITING_GOODS", "READY"])
def test_a_ticket_taken_over_waits_from_then_on(stage: str) -> None:
    scene = Scene().when("import-ticket", "management", category="repair", stage=stage, origin="旧登记表", customer="李")

    expected = (Wait("waiting-for-goods", START),) if stage == "AWAITING_GOODS" else ()
    assert scene.ticket.waits == expected


def test_only_few_facts_can_begin_a_wait() -> None:
    assert set(KINDS) > MAY_BEGIN
    assert "visit-missed" in MAY_BEGIN
