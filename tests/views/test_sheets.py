"""《售服信息反馈表》 and the sheets: what a repair or a leftover went through, and where each order stands since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from aftersales_core.facts import Entry
from aftersales_core.ledger import Ledger, MemoryRecorder, draft
from aftersales_core.memory import MemoryViewStore
from aftersales_core.projector import Projector
from aftersales_core.rules import preset
from aftersales_core.state import effective
from aftersales_core.testing import TRAILS, Scene, Step, filled, scene_at
from aftersales_core.views import AFTERSALES, CALLS, GOODS, SHEETS, View
from aftersales_core.views.sheets import is_repair, stands

BOOK = preset()


def rows(view: View[Any], scene: Scene) -> list[Any]:
    assert view.of_history is not None
    return list(view.of_history(effective(scene.history), scene.ticket, BOOK))


def on(scene: Scene, *steps: tuple[str, str, dict[str, Any]]) -> Scene:
    for name, role, fields in steps:
        scene.given(Step(name, role, filled(scene, name, fields)))
    return scene


# --- 《售服信息反馈表》


def test_an_installation_without_leftovers_is_not_in_the_after_sales_form() -> None:
    assert rows(AFTERSALES, scene_at("安装", "已结案")) == []


def test_a_repair_without_goods_is_one_row_that_the_call_back_completes() -> None:
    (before,) = rows(AFTERSALES, scene_at("维修", "反馈单已登记"))
    (after,) = rows(AFTERSALES, scene_at("维修", "回访已登记"))

    assert (before.leftover, before.matter, before.problem, before.needs_goods) == (0, "repair", "左侧柜门开裂，关不严", False)
    assert (before.called_at, before.satisfaction, before.repair_result, before.registered) == (None, None, None, False)
    assert (after.satisfaction, after.repair_result, after.registered) == (5, "柜门开合正常", True)
    assert before.done_at is not None
    assert after.called_at is not None


def test_a_repair_that_needs_goods_is_followed_by_its_order() -> None:
    (row,) = rows(AFTERSALES, scene_at("维修待配件", "已有交期"))

    assert (row.leftover, row.matter, row.needs_goods, row.factory_order, row.uploaded) == (1, "repair", True, "FO-5512", True)
    assert row.problem == "左侧柜门开裂，关不严"
    assert row.ordered_at is not None
    assert row.promised_on is not None
    assert (row.done_at, row.called_at) == (None, None)


def test_what_an_installation_left_over_is_a_leftover_named_by_its_lines() -> None:
    (row,) = rows(AFTERSALES, scene_at("安装有遗留", "遗留已登记"))

    assert (row.matter, row.problem, row.uploaded, row.ordered_at) == ("leftover", "衣柜门板×2、抽屉调缝×1", False, None)


def test_a_call_before_the_work_was_done_does_not_stand_in_the_form() -> None:
    scene = scene_at("安装有遗留", "反馈单已登记")
    on(scene, ("revisit", "cs_specialist", {}))
    (row,) = rows(AFTERSALES, scene)

    assert scene.ticket.calls
    assert (row.called_at, row.remark) == (None, None)


def test_a_repair_that_leaves_something_over_has_a_row_for_each() -> None:
    scene = on(scene_at("维修", "已到现场"), ("complete-visit", "aftersales_specialist", {
        "work": "换了铰链，余门板", "leftovers": [{"item": "门板", "qty": 1, "needs_goods": True}]}))  # fmt: skip

    assert [(row.leftover, row.matter, row.problem) for row in rows(AFTERSALES, scene)] == [
        (0, "repair", "左侧柜门开裂，关不严"), (1, "leftover", "门板×1"),
    ]  # fmt: skip


@pytest.mark.parametrize(("category", "repair"), [("repair", True), ("delivery-defect", True), ("enquiry", False), ("installation", False)])
def test_before_triage_the_category_says_whether_it_is_a_repair(category: str, repair: bool) -> None:
    scene = Scene()
    on(scene, ("report", "cs_specialist", {"category": category}))

    assert is_repair(scene.ticket) is repair


def test_a_corrected_call_is_read_as_corrected() -> None:
    scene = scene_at("维修", "已回访")
    told = next(entry.version for entry in scene.history if entry.fact.kind == "revisited")
    scene.when("correct", "cs_supervisor", version=told, changes={"repair_result": "还有一点响"}, reason="听错了")

    assert scene.error is None
    (row,) = rows(AFTERSALES, scene)
    assert row.repair_result == "还有一点响"
    assert rows(CALLS, scene)[0].repair_result == "还有一点响"


# --- 《遗留问题处理单》

WAY = {
    "遗留已登记": ("RAISED", "leftover-raised"),
    "处理单已开": ("ISSUED", "sheet-issued"),
    "处理单已审核": ("REVIEWED", "sheet-reviewed"),
    "责任已判定": ("REVIEWED", "sheet-reviewed"),
    "已下单": ("ORDERED", "goods-ordered"),
    "已有交期": ("ORDERED", "goods-ordered"),
    "已发货": ("SHIPPED", "goods-shipped"),
    "部分到货": ("PART_IN", "goods-arrived"),
    "已到齐": ("IN", "goods-arrived"),
    "已领料": ("DRAWN", "goods-drawn"),
    "再次完工": ("SETTLED", "installed"),
    "已结案": ("SETTLED", "installed"),
}


@pytest.mark.parametrize(("place", "expected"), WAY.items())
@pytest.mark.parametrize("trail", ["安装有遗留", "维修待配件"])
def test_a_sheet_says_where_its_order_stands_and_since_when(trail: str, place: str, expected: tuple[str, str]) -> None:
    scene = scene_at(trail, place)
    (row,) = rows(SHEETS, scene)
    state, kind = expected

    assert row.state == state
    assert row.since == [entry.occurred_at for entry in scene.history if entry.fact.kind == kind][-1]


def test_a_returned_sheet_waits_with_its_issuer() -> None:
    scene = on(scene_at("安装有遗留", "处理单已开"), ("review-sheet", "install_supervisor", {"approved": False, "note": "尺寸不清"}))
    (row,) = rows(SHEETS, scene)

    assert (row.state, row.since) == ("RETURNED", scene.ticket.last_at)


def test_a_sheet_names_who_issued_and_reviewed_it_and_who_bears_it() -> None:
    (row,) = rows(SHEETS, scene_at("安装有遗留", "已有交期"))

    assert (row.issued_by, row.reviewed_by, row.own_sheet, row.party) == ("designer", "install_supervisor", False, "factory")
    assert (row.written, row.visit, row.factory_order, row.items) == (True, 1, "FO-5512", "衣柜门板×2、抽屉调缝×1")


def test_a_supervisor_who_issued_it_himself_is_flagged() -> None:
    scene = on(
        scene_at("安装有遗留", "遗留已写入日报"),
        ("issue-sheet", "install_supervisor", {"actor": "sup-chen"}),
        ("review-sheet", "install_supervisor", {"actor": "sup-chen"}),
    )
    (row,) = rows(SHEETS, scene)

    assert (row.issued_by, row.reviewed_by, row.own_sheet) == ("sup-chen", "sup-chen", True)


def test_an_order_whose_lines_were_all_waived_is_waived() -> None:
    scene = scene_at("维修待配件", "遗留已登记")
    on(scene, ("waive-line", "cs_supervisor", {}))
    (order,) = scene.ticket.leftovers
    (row,) = rows(SHEETS, scene)

    assert (stands(order), row.state, row.since) == ("WAIVED", "WAIVED", scene.ticket.last_at)


def test_orders_of_one_ticket_are_told_apart() -> None:
    scene = scene_at("安装有遗留", "遗留已登记").later(timedelta(hours=1))
    on(scene, ("raise-leftover", "cs_specialist", {}), ("write-leftover", "installer", {"leftover": 1}))
    on(scene, ("issue-sheet", "designer", {"leftover": 1}))
    first, second = rows(SHEETS, scene)

    assert (first.state, second.state) == ("ISSUED", "RAISED")
    assert first.since == scene.ticket.last_at
    assert second.since == second.raised_at


# --- what the other registers tell from the history


def test_a_call_says_who_called_and_what_was_told() -> None:
    scene = on(scene_at("安装有遗留", "反馈单已登记"), ("revisit", "cs_specialist", {"actor": "li-na"}))
    (row,) = rows(CALLS, scene)

    assert (row.caller, row.leftovers_checked, row.progress_told) == ("li-na", True, "门板已向工厂下单")
    assert rows(CALLS, scene_at("维修", "已回访"))[0].leftovers_checked is None


def test_goods_that_came_in_say_their_sheet_and_when_the_office_heard() -> None:
    before = rows(GOODS, scene_at("安装有遗留", "已到齐"))
    after = rows(GOODS, scene_at("安装有遗留", "已领料"))

    assert {(row.move, row.notified_at) for row in before} == {("in", None)}
    assert [row.notified_at is not None for row in after] == [True, True, False]
    assert {row.sheet_no for row in after} == {scene_at("安装有遗留", "处理单已开").ticket.leftovers[0].sheet_no}


# --- the projector


def test_the_projector_gives_a_view_the_whole_history_however_little_is_new() -> None:
    scene = scene_at("维修", list(TRAILS["维修"])[-1])
    at_once, bit_by_bit = MemoryViewStore(), MemoryViewStore()
    ledger = Ledger(MemoryRecorder())
    slow = Projector(ledger, bit_by_bit, lambda _ticket: BOOK)
    for entry in scene.history:
        write(ledger, [entry])
        slow.refresh([AFTERSALES, CALLS])
    Projector(ledger, at_once, lambda _ticket: BOOK).refresh([AFTERSALES, CALLS])

    for view in (AFTERSALES, CALLS):
        assert bit_by_bit.page(view.shape).rows == at_once.page(view.shape).rows
        assert len(at_once.page(view.shape).rows) == 1


def write(ledger: Ledger, entries: Sequence[Entry]) -> None:
    for entry in entries:
        by = entry.envelope
        before = ledger.history(entry.ticket)
        stamp = (by.occurred_at, by.actor, by.role, by.channel, f"c-{entry.version}", by.playbook, None, None, None, None)
        head, last = (before[-1].digest, before[-1].occurred_at) if before else ("", None)
        ledger.append(draft(entry.ticket, entry.version - 1, head, last, [entry.fact], stamp, by.recorded_at, b""))
