"""The reports: rows by hand-made scenes, figures by hand-counted rows, and the tickets behind every number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_core.reports import REPORTS, SPANS, nearest_rank, recurring, satisfaction, times
from aftersales_core.rules import preset
from aftersales_core.testing import TRAILS, Scene, Step, filled, scene_at
from aftersales_core.views import FAULTS, SCORES, TIMES, View
from aftersales_core.views.reports import FaultRow, ScoreRow, TimesRow

BOOK = preset()
NOON = datetime(2026, 11, 2, 4, tzinfo=UTC)


def rows(view: View[Any], scene: Scene) -> list[Any]:
    assert view.of_ticket is not None
    return list(view.of_ticket(scene.ticket, BOOK))


def on(scene: Scene, *steps: tuple[str, str, dict[str, Any]]) -> Scene:
    for name, role, fields in steps:
        scene.given(Step(name, role, filled(scene, name, fields)))
    return scene


# --- times


def test_a_ticket_is_timed_from_its_application() -> None:
    scene = scene_at("维修", "已结案")
    (row,) = rows(TIMES, scene)
    ticket = scene.ticket

    assert (row.month, row.opened_at, row.responded_at) == ("2026-11", ticket.opened_at, ticket.acknowledged_at)
    assert (row.solved_at, row.closed_at) == (ticket.last_installed_at, ticket.closed_at)
    assert row.response == 10
    assert row.whole == row.solution + row.closing


def test_what_has_not_come_yet_is_not_timed() -> None:
    (fresh,) = rows(TIMES, scene_at("维修", "已受理"))
    (waiting,) = rows(TIMES, scene_at("安装有遗留", "遗留已登记"))

    assert (fresh.responded_at, fresh.response, fresh.solution) == (None, None, None)
    assert (waiting.solved_at, waiting.solution, waiting.whole) == (None, None, None)
    assert waiting.response is not None


def test_a_ticket_is_solved_when_the_last_leftover_is() -> None:
    scene = scene_at("安装有遗留", "再次完工")
    (row,) = rows(TIMES, scene)

    assert row.solved_at == scene.ticket.last_installed_at
    assert row.closing is None


def test_a_cancelled_ticket_was_closed_and_never_solved() -> None:
    (row,) = rows(TIMES, on(scene_at("维修", "已受理"), ("cancel", "cs_specialist", {})))

    assert (row.stage, row.closed_at is None, row.solved_at, row.whole) == ("CANCELLED", False, None, None)


def test_a_ticket_taken_over_from_elsewhere_is_not_timed() -> None:
    assert rows(TIMES, on(Scene(), ("import-ticket", "cs_specialist", {}))) == []


def times_row(ticket: str, response: int | None, month: str = "2026-11") -> TimesRow:
    return TimesRow(ticket, month, "repair", "TRIAGED", NOON, None, None, None, response, None, None, None)


def test_times_counts_month_by_month_those_that_have_the_span() -> None:
    found = times([times_row("A", 10), times_row("B", None), times_row("C", 30), times_row("D", 20), times_row("E", 5, "2026-10")])

    assert [line.about for line in found] == [{"month": "2026-10", "span": "response"}, {"month": "2026-11", "span": "response"}]
    assert {name: figure.value for name, figure in found[1].figures.items()} == {"count": 3, "median": 20, "p90": 30}
    assert found[1].figures["median"].tickets == ("A", "C", "D")


@pytest.mark.parametrize(("percent", "value"), [(1, 1), (50, 5), (90, 9), (91, 10), (100, 10)])
def test_a_percentile_is_one_of_the_values(percent: int, value: int) -> None:
    assert nearest_rank(list(range(10, 0, -1)), percent) == value


@given(st.lists(st.integers(), min_size=1), st.integers(1, 100))
def test_so_many_percent_do_not_exceed_a_percentile_and_fewer_do_not_reach_it(values: list[int], percent: int) -> None:
    rank = nearest_rank(values, percent)

    assert rank in values
    assert sum(value <= rank for value in values) * 100 >= percent * len(values)
    assert sum(value < rank for value in values) * 100 < percent * len(values)


def test_nothing_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no values"):
        nearest_rank([], 50)


# --- satisfaction


def test_every_score_is_a_row_with_the_crew_that_earned_it() -> None:
    scene = scene_at("安装", "已完工")
    on(scene, ("accept-work", "installer", {"rating": 4, "product_rating": 3}))
    after = scene_at("安装", "已回访")

    assert [(row.source, row.no, row.score, row.crew) for row in rows(SCORES, scene)] == [
        ("service", 1, 4, "zhou-jian"), ("product", 1, 3, "zhou-jian"),
    ]  # fmt: skip
    assert [(row.source, row.crew, row.score) for row in rows(SCORES, after)][-1] == ("call-back", "zhou-jian", 5)


def test_a_crew_is_one_crew_in_whichever_order_it_is_named() -> None:
    one = on(scene_at("安装", "已备单"), ("dispatch", "cs_supervisor", {"crew": ["inst-b", "inst-a", "inst-b"]}))
    for place in ("confirm-arrival", "depart", "arrive", "tick-checks", "complete-visit", "accept-work"):
        on(one, (place, "installer", {}))

    assert {row.crew for row in rows(SCORES, one)} == {"inst-a、inst-b"}


def test_a_call_without_a_score_is_no_score() -> None:
    scene = on(scene_at("安装有遗留", "反馈单已登记"), ("revisit", "cs_specialist", {}))

    assert scene.ticket.calls
    assert [row.source for row in rows(SCORES, scene)] == ["service"]


def test_a_score_belongs_to_the_month_of_the_house() -> None:
    scene = Scene(now=datetime(2026, 11, 30, 15, 30, tzinfo=UTC))
    for steps in TRAILS["安装"].values():
        for step in steps:
            scene.given(Step(step.command, step.role, filled(scene, step.command, step.fields)))

    assert {row.month for row in rows(SCORES, scene)} == {"2026-12"}


def score(ticket: str, value: int, crew: str = "a、b", month: str = "2026-11", source: str = "call-back") -> ScoreRow:
    return ScoreRow(ticket, source, 1, NOON, month, crew, "repair", value)


def test_satisfaction_is_told_by_month_and_by_crew_each_with_its_tickets() -> None:
    found = satisfaction([score("A", 5), score("B", 4), score("C", 2, "c"), score("D", 5, "", "2026-10")])
    told = {(line.about["by"], line.about["name"]): line.figures for line in found}

    assert list(told) == [("month", "2026-10"), ("month", "2026-11"), ("crew", "a、b"), ("crew", "c")]
    november = told["month", "2026-11"]
    assert (november["count"].value, november["mean"].value, november["share"].value) == (3, 3.67, 66.7)
    assert november["share"].tickets == ("A", "B")
    assert told["crew", "c"]["share"].value == 0


def test_scores_given_in_different_places_are_not_mixed() -> None:
    found = satisfaction([score("A", 5), score("A", 1, source="product")])

    assert [(line.about["source"], line.figures["mean"].value) for line in found if line.about["by"] == "month"] == [
        ("call-back", 5), ("product", 1),
    ]  # fmt: skip


# --- recurring


def test_lines_and_diagnoses_are_what_was_wrong() -> None:
    scene = scene_at("维修待配件", "遗留已登记")

    assert [(row.ref, row.occasion, row.model, row.item, row.cause) for row in rows(FAULTS, scene)] == [
        ("", 0, "K-200 推拉门衣柜", "铰链孔位开裂", ""), ("L1-1", 1, "K-200 推拉门衣柜", "三节滑轨", ""),
    ]  # fmt: skip
    assert [row.cause for row in rows(FAULTS, scene_at("安装有遗留", "遗留已登记"))] == ["少发", ""]


def fault(ticket: str, day: int, item: str = "滑轨", cause: str = "", model: str = "K-200", occasion: int = 1, ref: str = "L1-1") -> FaultRow:
    at = NOON + timedelta(days=day)
    return FaultRow(ticket, ref, occasion, at, at.date().isoformat(), model, item, cause, "repair")


def told(found: list[Any]) -> list[tuple[str, str, str, int, tuple[str, ...]]]:
    return [
        (line.about["model"], line.about["what"], line.about["name"], line.figures["count"].value, line.figures["count"].tickets)
        for line in found
    ]


def test_what_comes_back_three_times_in_ninety_days_is_told_with_its_tickets() -> None:
    found = recurring([fault("A", 0), fault("B", 40), fault("C", 90), fault("D", 300)])

    assert told(found) == [("K-200", "item", "滑轨", 3, ("A", "B", "C"))]
    assert (found[0].about["first"], found[0].about["last"]) == ("2026-11-02", "2027-01-31")


@pytest.mark.parametrize(
    "faults",
    [
        [fault("A", 0), fault("B", 1)],
        [fault("A", 0), fault("B", 45), fault("C", 91)],
        [fault("A", 0), fault("B", 1), fault("C", 2, model="K-300")],
        [fault("A", 0), fault("B", 1), fault("C", 2, item="铰链")],
        [fault("A", 0), fault("A", 0, ref="L1-2"), fault("A", 0, ref="L1-3"), fault("B", 1)],
    ],
    ids=["too few", "too far apart", "another model", "another thing", "lines of one order"],
)
def test_what_is_no_recurrence_is_not_told(faults: list[FaultRow]) -> None:
    assert recurring(faults) == []


def test_the_same_cause_on_different_things_comes_back_too() -> None:
    found = recurring([fault("A", 0, "门板", "少发"), fault("B", 1, "滑轨", "少发"), fault("C", 2, "铰链", "少发")])

    assert told(found) == [("K-200", "cause", "少发", 3, ("A", "B", "C"))]


def test_one_ticket_that_comes_back_again_and_again_counts_each_time() -> None:
    found = recurring([fault("A", 0, occasion=1), fault("A", 5, occasion=2), fault("A", 9, occasion=3)])

    assert told(found) == [("K-200", "item", "滑轨", 3, ("A",))]


def test_how_often_and_within_what_is_for_the_asker() -> None:
    faults = [fault("A", 0), fault("B", 10)]

    assert [line.figures["count"].value for line in recurring(faults, times=2, within=10)] == [2]
    assert recurring(faults, times=2, within=9) == []


def test_the_most_frequent_comes_first() -> None:
    found = recurring([fault(t, n, "铰链") for n, t in enumerate("ABC")] + [fault(t, n, "滑轨") for n, t in enumerate("ABCD")])

    assert [line.about["name"] for line in found] == ["滑轨", "铰链"]


# --- all of them


@pytest.mark.parametrize("name", REPORTS)
def test_every_number_of_a_report_opens_to_tickets_there_are(name: str) -> None:
    report = REPORTS[name]
    scenes = [scene_at(trail, list(places)[-1], number=f"T{n}") for n, (trail, places) in enumerate(TRAILS.items())]
    found = [row for scene in scenes for row in rows(report.view, scene)]
    lines = report.lines(found)

    assert report.day in report.view.shape.row.__dataclass_fields__
    assert lines or name == "recurring"
    known = {scene.number for scene in scenes}
    assert all(set(figure.tickets) <= known for line in lines for figure in line.figures.values())
    assert report.lines([]) == []


def test_the_spans_are_columns_of_the_view() -> None:
    assert set(SPANS) <= set(TIMES.shape.row.__dataclass_fields__)
