"""The registers: who is in which, and what counts for commission."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aftersales_core.rules import preset, reading
from aftersales_core.state import effective
from aftersales_core.testing import Scene, Step, filled, scene_at
from aftersales_core.views import CALLS, COMMISSION, DAILY, GOODS, OWN_FIELDS, REGISTERS, ROSTER, SLIPS, View

BOOK = preset()


def rows(view: View[Any], scene: Scene) -> list[Any]:
    """What *view* holds of a scene's ticket."""
    if view.of_history is not None:
        return list(view.of_history(effective(scene.history), scene.ticket, scene.playbook))
    assert view.of_ticket is not None
    return list(view.of_ticket(scene.ticket, scene.playbook))


def on(scene: Scene, *steps: tuple[str, str, dict[str, Any]]) -> Scene:
    """The scene after more commands, sampled where they say nothing."""
    for name, role, fields in steps:
        scene.given(Step(name, role, filled(scene, name, fields)))
    return scene


def test_a_visit_is_in_the_slip_register_from_the_moment_it_is_done() -> None:
    assert rows(SLIPS, scene_at("安装", "已到现场")) == []

    (row,) = rows(SLIPS, scene_at("安装", "已完工"))

    assert (row.state, row.handed_in_at, row.registered_at) == ("NEW", None, None)


def test_a_registered_slip_says_who_signed_it_and_how_it_was_rated() -> None:
    (row,) = rows(SLIPS, scene_at("安装", "反馈单已登记"))

    assert (row.state, row.complete, row.rating is not None, row.approved_by is not None) == ("REGISTERED", True, True, True)


def test_a_call_is_in_its_register_and_says_whether_it_was_entered() -> None:
    (called,) = rows(CALLS, scene_at("安装", "已回访"))
    (entered,) = rows(CALLS, scene_at("安装", "回访已登记"))

    assert (called.call_class, called.outcome, called.registered) == ("A", "satisfied", False)
    assert entered.registered


def test_a_booked_visit_is_on_the_roster_with_its_crew_once_there_is_one() -> None:
    (booked,) = rows(ROSTER, scene_at("安装", "已预约"))
    (sent,) = rows(ROSTER, scene_at("安装", "已派工"))

    assert (booked.crew, booked.state) == ("", "PLANNED")
    assert sent.crew
    assert sent.state == "DISPATCHED"


def test_the_daily_report_names_what_is_left_over_and_whether_it_was_written() -> None:
    (row,) = rows(DAILY, scene_at("安装有遗留", "遗留已登记"))

    assert row.leftovers
    assert row.day == scene_at("安装有遗留", "遗留已登记").now.date().isoformat()


def test_goods_are_in_the_warehouse_form_as_they_come_in_and_go_out() -> None:
    moves = {row.move for row in rows(GOODS, scene_at("安装有遗留", "已领料"))}

    assert moves == {"in", "out"}


@pytest.mark.parametrize(
    ("place", "steps", "counts", "why"),
    [
        ("已完工", (), False, "slip-missing"),
        ("反馈单已上交", (), False, "slip-not-approved"),
        ("反馈单已上交", (("refuse-slip", "dispatch_specialist", {"why": "unsigned"}),), False, "slip-refused"),
        ("反馈单已上交", (("send-back-slip", "install_supervisor", {"reason": "收口没打胶"}),), False, "slip-sent-back"),
        ("反馈单已签字", (), True, None),
        ("反馈单已登记", (), True, None),
    ],
)
def test_only_a_complete_and_approved_slip_counts(
    place: str, steps: tuple[tuple[str, str, dict[str, Any]], ...], counts: bool, why: str | None
) -> None:
    found = rows(COMMISSION, on(scene_at("安装", place), *steps))

    assert found
    assert {(row.counts, row.why) for row in found} == {(counts, why)}
    assert all("F-08" in row.clauses for row in found)


def test_a_slip_that_was_accepted_incomplete_counts_for_nothing() -> None:
    scene = scene_at("安装", "反馈单已签字")
    visit = scene.ticket.visits[0]
    ticket = replace(scene.ticket, visits=(replace(visit, slip=replace(visit.slip, complete=False)),))

    assert COMMISSION.of_ticket is not None
    assert {(row.counts, row.why) for row in COMMISSION.of_ticket(ticket, BOOK)} == {(False, "slip-incomplete")}


def test_a_slip_handed_in_after_the_next_day_is_marked_late() -> None:
    late = scene_at("安装", "已验收").later(timedelta(days=2))
    on(late, ("hand-in-slip", "installer", {}), ("approve-slip", "install_supervisor", {}))

    found = {(row.counts, row.days, row.handed_in, "L-19" in row.clauses) for row in rows(COMMISSION, late)}
    assert found == {(True, 2, "late", True)}


@pytest.mark.parametrize(
    ("days", "handed_in"), [(0, "on-time"), (1, "on-time"), (2, "late")], ids=["the same day", "the day after", "later"]
)
def test_a_slip_is_on_time_until_the_end_of_the_day_after(days: int, handed_in: str) -> None:
    scene = on(scene_at("安装", "已验收").later(timedelta(days=days)), ("hand-in-slip", "installer", {}))

    assert {(row.days, row.handed_in, row.why) for row in rows(COMMISSION, scene)} == {(days, handed_in, "slip-not-approved")}


def test_what_is_not_handed_in_is_neither_on_time_nor_late() -> None:
    assert {row.handed_in for row in rows(COMMISSION, scene_at("安装", "已完工"))} == {None}


@pytest.mark.parametrize(
    ("reads", "counts", "why"), [("earn-nothing", False, "slip-unscored"), ("earn", True, None)]
)
def test_whether_a_slip_without_a_score_counts_is_the_house_s_choice(reads: str, counts: bool, why: str | None) -> None:
    scene = on(
        scene_at("安装", "已完工", playbook=reading("unscored-slips", reads)),
        ("accept-work", "installer", {"rating": None}),
        ("hand-in-slip", "installer", {}),
        ("approve-slip", "install_supervisor", {"override": "客户只肯口头评价"}),
    )

    assert {(row.scored, row.counts, row.why) for row in rows(COMMISSION, scene)} == {(False, counts, why)}
    assert {row.scored for row in rows(COMMISSION, scene_at("安装", "反馈单已登记"))} == {True}


@pytest.mark.parametrize(
    ("trail", "reads", "form"),
    [("安装", "by-kind", "calls"), ("维修", "by-kind", "aftersales"), ("安装", "one-form", "calls"), ("维修", "one-form", "calls")],
)
def test_a_call_back_goes_into_the_form_of_its_kind_unless_the_house_keeps_one(trail: str, reads: str, form: str) -> None:
    scene = scene_at(trail, "已回访", playbook=reading("call-back-form", reads))

    assert [row.form for row in rows(CALLS, scene)] == [form]


def test_somebody_named_twice_in_a_crew_is_counted_once() -> None:
    scene = on(scene_at("安装", "已派工"), ("reassign", "cs_supervisor", {"crew": ["inst-a", "inst-a", "inst-b"]}))
    on(scene, ("confirm-arrival", "installer", {}), ("depart", "installer", {}), ("arrive", "installer", {}),
       ("tick-checks", "installer", {"items": ["件数", "型号", "外观"]}), ("complete-visit", "installer", {}))  # fmt: skip

    assert [row.crew_member for row in rows(COMMISSION, scene)] == ["inst-a", "inst-b"]


@pytest.mark.parametrize("view", REGISTERS, ids=lambda view: view.name)
def test_keys_are_unique_and_every_row_names_its_ticket(view: View[Any]) -> None:
    for trail, place in (("安装", "已结案"), ("安装有遗留", "已结案"), ("维修待配件", "已结案")):
        scene = scene_at(trail, place)
        found = rows(view, scene)
        keys = [tuple(getattr(row, name) for name in view.shape.key) for row in found]

        assert len(set(keys)) == len(keys)
        assert {row.ticket for row in found} <= {scene.number}


def test_what_stands_in_a_field_of_the_house_is_a_row_under_the_field_s_title() -> None:
    scene = scene_at("安装", "已受理").when("fill-fields", "cs_specialist", fields={"birthday": "1988-11-20"})

    assert [(row.ref, row.field, row.called, row.type, row.content) for row in rows(OWN_FIELDS, scene)] == [
        ("", "birthday", "客户生日", "date", "1988-11-20")]  # fmt: skip
    scene.when("fill-fields", "cs_specialist", fields={"birthday": None}).then_recorded("fields-filled")
    assert rows(OWN_FIELDS, scene) == []
