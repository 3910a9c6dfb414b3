"""How far every paper of a ticket has come, and what is next. (F-15, F-19)"""

from __future__ import annotations

import pytest

from aftersales_core.playbooks import Playbook
from aftersales_core.rules import load_playbook, preset
from aftersales_core.testing import Scene, scene_at
from aftersales_core.views.papers import PaperRow, rows, standing


def of(scene: Scene, paper: str, playbook: Playbook | None = None) -> list[PaperRow]:
    return [row for row in rows(scene.ticket, playbook or scene.playbook) if row.paper == paper]


@pytest.mark.parametrize(
    ("place", "paper", "told"),
    [
        ("安装/已判定", "install-repair-slip", []),
        ("安装/已预约", "install-repair-slip", [("visit:1", "NEW", "made-out", "cs_specialist", "prepare-papers")]),
        ("安装/已完工", "daily-report", [("visit:1", "NEW", "handed-in", "install_team_leader", "move-paper")]),
        ("安装/反馈单已上交", "daily-report", [("visit:1", "HANDED_IN", "reviewed", "install_supervisor", "move-paper")]),
        ("安装/反馈单已上交", "install-repair-slip", [("visit:1", "HANDED_IN", "approved", "install_supervisor", "approve-slip")]),
        ("安装/反馈单已签字", "daily-report", [("visit:1", "REVIEWED", None, None, None)]),
        ("安装/已归档", "install-repair-slip", [("visit:1", "ARCHIVED", None, None, None)]),
        ("安装有遗留/处理单已开", "leftover-sheet", [("leftover:1", "MADE_OUT", "reviewed", "install_supervisor", "review-sheet")]),
        ("安装有遗留/再次备单", "sheet-feedback-slip", [
            ("visit:1", "NEW", None, None, None), ("visit:2", "MADE_OUT", None, None, None)]),
    ],
)  # fmt: skip
def test_a_paper_says_where_it_stands_and_who_takes_it_on(place: str, paper: str, told: list[tuple[str, ...]]) -> None:
    found = of(scene_at(*place.split("/")), paper)

    assert [(r.part, r.state, r.next_step, r.next_role, r.next_command) for r in found] == told


def test_a_step_says_since_when_by_whom_and_under_which_number() -> None:
    scene = scene_at("安装", "已完工")
    scene.when("move-paper", "installer", paper="daily-report", step="handed-in", no="RB-7").then_recorded("paper-moved")
    scene.when("move-paper", "install_supervisor", paper="daily-report", step="reviewed").then_recorded("paper-moved")

    (row,) = of(scene, "daily-report")
    assert (row.since, row.actor, row.number) == (scene.history[-1].occurred_at, "install_supervisor", "RB-7")
    assert (row.crew, row.customer, row.stage) == ("zhou-jian", "王芳", "INSTALLED")
    assert row.clauses == "F-14、F-15、W-19"


def test_a_slip_that_was_sent_back_is_handed_in_again_and_not_made_out_again() -> None:
    scene = scene_at("安装", "反馈单已上交")
    scene.when("send-back-slip", "install_supervisor", reason="没有打胶").then_recorded("slip-sent-back")

    (row,) = of(scene, "install-repair-slip")
    assert (row.state, row.next_step, row.next_command) == ("REFUSED", "handed-in", "hand-in-slip")


def test_on_a_cancelled_ticket_nothing_is_next() -> None:
    scene = scene_at("安装", "已预约")
    scene.when("cancel", "cs_specialist", reason="客户退订").then_recorded("cancelled")

    assert {row.next_step for row in rows(scene.ticket, preset())} == {None}


OWN = """
extends = "whole-house"
name = "own-forms"
edition = "1"

[[form]]
id = "site-photos"
title = { zh = "现场照片册", en = "site photos" }
of = "ticket"
step = [
    { step = "handed-in", roles = ["installer"] },
    { step = "reviewed", roles = ["install_supervisor", "cs_supervisor"] },
]
clauses = ["F-14"]
"""


def test_a_form_of_the_ticket_is_one_row_and_every_role_that_may_is_known() -> None:
    book = load_playbook(OWN)
    scene = scene_at("安装", "已判定", playbook=book)

    (before,) = of(scene, "site-photos")
    scene.when("move-paper", "installer", paper="site-photos", step="handed-in").then_recorded("paper-moved")

    (after,) = [each for each in standing(scene.ticket, book) if each.form.id == "site-photos"]
    assert (before.part, before.crew, before.since, before.next_role) == ("", "", None, "installer")
    assert (after.life.state, after.command, after.roles) == ("HANDED_IN", "move-paper", ("install_supervisor", "cs_supervisor"))
    assert of(scene, "site-photos", preset()) == []
