"""Routines by the calendar: when each comes round, and whether it was done."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from aftersales_core.clocks import Round, logs_of, rounds_of
from aftersales_core.clocks.calendar import months_after
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import load_playbook, preset
from aftersales_core.testing import Scene

CHINA = ZoneInfo("Asia/Shanghai")
WEEKDAYS = """
extends = "whole-house"
name = "weekday-house"
edition = "1"
[calendar]
holidays = [2026-11-03]
makeup = [{ day = 2026-11-07 }]
[calendar.week]
mon = ["08:00-18:00"]
tue = ["08:00-18:00"]
wed = ["08:00-18:00"]
thu = ["08:00-18:00"]
fri = ["08:00-18:00"]
"""


def at(day: int, hour: int, minute: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=CHINA)


def rounds(routine: str, scene: Scene, now: datetime, first: date | None = None, last: date | None = None) -> list[Round]:
    day = now.date()
    found = rounds_of(scene.playbook, scene.logs, first or day, last or day, now)
    return [each for each in found if each.routine == routine]


def one(routine: str, scene: Scene, now: datetime) -> Round:
    (found,) = rounds(routine, scene, now)
    return found


@pytest.mark.parametrize(
    ("now", "state"),
    [(at(2, 0), "open"), (at(2, 9, 59), "open"), (at(2, 10), "open"), (at(2, 10, 1), "overdue"), (at(2, 23, 59), "overdue")],
)
def test_the_goods_report_is_open_from_the_first_hour_and_overdue_after_ten(now: datetime, state: str) -> None:
    found = one("goods-report", Scene(), now)

    assert (found.state, found.due_at, found.list, found.roles) == (state, at(2, 10), "goods", ("dispatch_specialist",))


def test_a_meeting_is_seen_from_eight_and_due_at_nine() -> None:
    scene = Scene()

    assert [one("morning-meeting", scene, now).state for now in (at(2, 7, 59), at(2, 8), at(2, 9, 1))] == ["ahead", "open", "overdue"]


def test_done_before_its_hour_is_in_time_after_it_late_and_never_is_missed() -> None:
    scene = Scene()
    scene.now = at(2, 9, 40)
    scene.when("do-routine", "dispatch_specialist", routine="goods-report", day="2026-11-02", found=2).then_recorded("routine-done")
    scene.now = at(3, 11)
    scene.when("do-routine", "dispatch_specialist", routine="goods-report", day="2026-11-03").then_recorded("routine-done")

    found = rounds("goods-report", scene, at(5, 12), date(2026, 11, 2), date(2026, 11, 5))
    assert [(each.day.day, each.state) for each in found] == [(2, "done"), (3, "late"), (4, "missed"), (5, "overdue")]
    assert found[0].done is not None
    assert found[0].done.found == 2


def test_free_days_have_no_rounds_and_make_up_days_have() -> None:
    scene = Scene(playbook=load_playbook(WEEKDAYS))
    found = rounds("goods-report", scene, at(9, 7), date(2026, 11, 2), date(2026, 11, 9))

    assert [each.day.day for each in found] == [2, 4, 5, 6, 7, 9]


def test_a_quarter_is_one_round_from_its_first_working_day_to_its_end() -> None:
    scene = Scene(playbook=load_playbook(WEEKDAYS))
    found = one("satisfaction-survey", scene, at(20, 12))

    assert (found.day, found.opens_at, found.ends_at) == (date(2026, 10, 1), at(1, 9, month=10), datetime(2027, 1, 1, tzinfo=CHINA))
    assert found.state == "open"
    scene.now = at(20, 13)
    scene.when("do-routine", "cs_supervisor", routine="satisfaction-survey", day="2026-11-20", found=60).then_recorded("routine-done")
    assert one("satisfaction-survey", scene, at(30, 12, month=12)).state == "done"
    assert [each.state for each in rounds("satisfaction-survey", scene, at(21, 9), date(2026, 6, 30), date(2026, 11, 2))] == [
        "missed", "missed", "done"]  # fmt: skip


def test_days_of_its_own_come_round_on_those_days() -> None:
    found = rounds("festival-greetings", Scene(), at(2, 9), date(2027, 1, 1), date(2027, 12, 31))

    assert [each.day for each in found] == [date(2027, 2, 5), date(2027, 6, 9), date(2027, 9, 14)]
    assert {each.state for each in found} == {"ahead"}


def test_a_house_without_routines_has_no_rounds() -> None:
    bare = Playbook.model_validate({**preset().model_dump(by_alias=True), "routine": ()})

    assert rounds_of(bare, {}, date(2026, 11, 2), date(2026, 11, 2), at(2, 9)) == []


def test_the_logs_asked_for_hold_every_period_that_is_touched() -> None:
    assert logs_of(date(2026, 11, 2), date(2026, 11, 2)) == tuple(f"log/2026-{month:02}" for month in range(1, 13))
    assert logs_of(date(2025, 12, 31), date(2026, 1, 1))[11:13] == ("log/2025-12", "log/2026-01")


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        (date(2026, 11, 2), 1, date(2026, 12, 2)), (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)), (date(2026, 12, 31), 6, date(2027, 6, 30)), (date(2026, 3, 31), 0, date(2026, 3, 31)),
    ],
)  # fmt: skip
def test_months_later_is_the_same_day_or_the_last_of_its_month(day: date, count: int, then: date) -> None:
    assert months_after(day, count) == then
