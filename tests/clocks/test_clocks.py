"""Deadlines: the vectors that real help desks get wrong, the edges, and laws."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_core.clocks import Limit, WorkCalendar, run
from aftersales_core.errors import PlaybookUnsound

ZONE = ZoneInfo("Asia/Shanghai")
NINE_TO_SIX = ((time(9), time(18)),)
WITH_LUNCH = ((time(9), time(12)), (time(13, 30), time(18)))
PLAIN = WorkCalendar("Asia/Shanghai", dict.fromkeys(range(5), NINE_TO_SIX))
LUNCH = WorkCalendar("Asia/Shanghai", dict.fromkeys(range(5), WITH_LUNCH))


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=ZONE)


def test_v1_a_weekend_of_waiting_is_not_counted_twice() -> None:
    clock = run(Limit(8, "working-hours"), PLAIN, at(3, 14, 15), at(3, 17, 12), pauses=[(at(3, 14, 16), at(3, 17, 10))])

    assert clock.due == at(3, 17, 17)
    assert clock.elapsed == timedelta(hours=3)


def test_v2_two_deliveries_pause_twice() -> None:
    pauses = [(at(3, 12, 14), at(3, 12, 15)), (at(3, 10, 10), at(3, 12, 10))]

    clock = run(Limit(16, "working-hours"), PLAIN, at(3, 10, 9), at(3, 12, 16), pauses=pauses)

    assert clock.due == at(3, 13, 17)


def test_v3_lunch_is_not_worked() -> None:
    assert run(Limit(4, "working-hours"), LUNCH, at(3, 12, 11), at(3, 12, 11)).due == at(3, 12, 16, 30)


def test_v4_a_make_up_working_day_is_a_whole_day() -> None:
    golden = frozenset(date(2025, 10, day) for day in range(1, 9))
    week = dict.fromkeys(range(5), WITH_LUNCH)
    with_makeup = WorkCalendar("Asia/Shanghai", week, golden, {date(2025, 9, 28): (), date(2025, 10, 11): ()})
    without_makeup = WorkCalendar("Asia/Shanghai", week, golden)

    start = at(9, 27, 17)

    assert run(Limit(24, "working-hours"), with_makeup, start, start).due == at(10, 9, 10, 30)
    assert run(Limit(24, "working-hours"), without_makeup, start, start).due == at(10, 10, 10, 30)


def test_v5_two_days_after_a_friday_is_what_the_policy_says() -> None:
    installed = at(3, 14, 17, 20)

    assert run(Limit(48, "hours"), PLAIN, installed, installed).due == at(3, 16, 17, 20)
    assert run(Limit(2, "days-rolled"), PLAIN, installed, installed).due == at(3, 17, 18)
    assert run(Limit(2, "days"), PLAIN, installed, installed).due == at(3, 17, 0)
    assert run(Limit(2, "working-days"), PLAIN, installed, installed).due == at(3, 18, 18)


def test_v6_a_pause_outside_working_hours_costs_nothing() -> None:
    clock = run(Limit(8, "working-hours"), PLAIN, at(3, 14, 15), at(3, 17, 9), pauses=[(at(3, 14, 19), at(3, 17, 8))])

    assert clock.due == at(3, 17, 14)


def test_v7_what_if_the_limit_had_been_shorter() -> None:
    closed = [(at(3, 10, 9), at(3, 12, 11)), (at(3, 13, 15), at(3, 17, 16)), (at(3, 14, 10), at(3, 18, 17, 30))]
    hours = [run(Limit(24, "working-hours"), LUNCH, a, b, stop=b).elapsed / timedelta(hours=1) for a, b in closed]

    def late(limit: float) -> int:
        return sum(run(Limit(limit, "working-hours"), LUNCH, a, b, stop=b).state == "late" for a, b in closed)

    assert hours == [17, 16, 21]
    assert (late(24), late(16)) == (0, 2)


@pytest.mark.parametrize(
    ("week", "said"),
    [
        ({}, "no weekday has working hours"),
        ({0: ()}, "no weekday has working hours"),
        ({0: ((time(9), time(12)), (time(11), time(18)))}, "overlaps"),
        ({0: ((time(12), time(9)),)}, "runs backwards"),
        ({7: NINE_TO_SIX}, "weekday 7 is none"),
    ],
)
def test_a_calendar_that_cannot_be_kept_is_refused(week: dict[int, tuple[tuple[time, time], ...]], said: str) -> None:
    with pytest.raises(PlaybookUnsound, match=said):
        WorkCalendar("Asia/Shanghai", week)


def test_an_unknown_time_zone_and_a_day_both_off_and_on_are_refused() -> None:
    day = date(2025, 10, 1)

    with pytest.raises(PlaybookUnsound, match=r"'Mars/Base' is unknown"):
        WorkCalendar("Mars/Base", dict.fromkeys(range(5), NINE_TO_SIX))
    with pytest.raises(PlaybookUnsound, match="both a holiday and a make-up day"):
        WorkCalendar("Asia/Shanghai", dict.fromkeys(range(5), NINE_TO_SIX), frozenset({day}), {day: ()})


def test_a_pause_open_now_leaves_the_due_time_unknown() -> None:
    clock = run(Limit(8, "working-hours"), PLAIN, at(3, 12, 9), at(3, 12, 15), pauses=[(at(3, 12, 11), None)])

    assert (clock.state, clock.elapsed, clock.due) == ("paused", timedelta(hours=2), None)
    assert [s.kind for s in clock.segments] == ["ran", "paused"]


def test_a_clock_started_outside_hours_starts_with_the_next_working_hour() -> None:
    assert run(Limit(1, "working-hours"), PLAIN, at(3, 15, 12), at(3, 15, 12)).due == at(3, 17, 10)


def test_a_clock_stopped_in_time_is_met_and_one_over_is_breached_or_late() -> None:
    limit, start = Limit(2, "working-hours"), at(3, 12, 9)

    assert run(limit, PLAIN, start, at(3, 12, 10)).state == "running"
    assert run(limit, PLAIN, start, at(3, 12, 15), stop=at(3, 12, 11)).state == "met"
    assert run(limit, PLAIN, start, at(3, 12, 12)).state == "breached"
    assert run(limit, PLAIN, start, at(3, 12, 15), stop=at(3, 12, 12)).state == "late"


def test_a_stop_that_was_not_known_yet_does_not_count() -> None:
    assert run(Limit(2, "working-hours"), PLAIN, at(3, 12, 9), at(3, 12, 10), stop=at(3, 12, 11)).state == "running"


def test_a_calendar_changed_later_changes_only_clocks_that_use_it() -> None:
    announced = WorkCalendar("Asia/Shanghai", PLAIN.week, frozenset({date(2025, 3, 13)}))
    start = at(3, 12, 17)

    assert run(Limit(2, "working-hours"), PLAIN, start, start).due == at(3, 13, 10)
    assert run(Limit(2, "working-hours"), announced, start, start).due == at(3, 14, 10)


moments = st.integers(0, 60 * 24 * 20).map(lambda minutes: at(3, 3, 0) + timedelta(minutes=minutes))
pauses = st.lists(st.tuples(moments, moments).map(lambda p: (min(p), max(p))), max_size=4)


@settings(max_examples=150, deadline=None)
@given(start=moments, as_of=moments, pauses=pauses)
def test_time_is_neither_made_nor_lost(
    start: datetime, as_of: datetime, pauses: list[tuple[datetime, datetime]]
) -> None:
    clock = run(Limit(8, "working-hours"), LUNCH, start, as_of, pauses=pauses)

    told = sum((s.end - s.start for s in clock.segments), timedelta())
    ran = sum((s.end - s.start for s in clock.segments if s.kind == "ran"), timedelta())

    assert told == max(as_of - start, timedelta())
    assert ran == clock.elapsed
    assert all(a.end == b.start and a.kind != b.kind for a, b in pairwise(clock.segments))


@settings(max_examples=150, deadline=None)
@given(start=moments, pauses=pauses, limit=st.integers(1, 30))
def test_at_the_due_time_exactly_the_limit_has_passed(
    start: datetime, pauses: list[tuple[datetime, datetime]], limit: int
) -> None:
    settled = max([start, *(b for _a, b in pauses)])
    due = run(Limit(limit, "working-hours"), LUNCH, start, settled, pauses=pauses).due
    assert due is not None

    there = run(Limit(limit, "working-hours"), LUNCH, start, max(due, settled), pauses=pauses)

    assert run(Limit(limit, "working-hours"), LUNCH, start, due, stop=due, pauses=pauses).elapsed == timedelta(hours=limit)
    assert there.due == due


@settings(max_examples=100, deadline=None)
@given(start=moments, as_of=moments, pauses=pauses)
def test_a_pause_said_twice_counts_once(
    start: datetime, as_of: datetime, pauses: list[tuple[datetime, datetime]]
) -> None:
    once = run(Limit(8, "hours"), LUNCH, start, as_of, pauses=pauses)

    assert run(Limit(8, "hours"), LUNCH, start, as_of, pauses=[*pauses, *pauses]) == once
