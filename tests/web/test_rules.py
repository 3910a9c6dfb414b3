"""Trying rules: what a playbook would have changed, told to an administrator before it takes effect."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.web.office import House, house
from tests.web.telling import words

from aftersales_core.rules import load_playbook
from aftersales_web.pages.rules import tried

STRICT = """
extends = "whole-house"
name = "strict"
edition = "1"
announced = 2026-12-01
effective = 2027-01-01

[[duty]]
command = "acknowledge"
roles = ["cs_supervisor"]
clauses = ["T-01"]
"""


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        made.report("DD/7")
        made.tell("acknowledge", "DD/7", note="已联系")
        made.report("AS-2")
        made.tell("acknowledge", "AS-2", note="已联系")
        yield made


def test_a_playbook_is_tried_and_what_it_would_refuse_is_told_with_clause_and_place(shop: House) -> None:
    version = shop.desk.ledger.position()
    page = shop.browser("boss").post("/rules", data={"text": STRICT}).text
    told = words(page)

    assert "2 张工单的 4 个决定中，有 2 个会不一样" in told
    assert "2× 联系客户 会被拒绝" in told
    assert "该职责属于客服主管" in told
    assert 'href="/clauses#T-01"' in page
    assert 'href="/t/DD~7/replay?v=2"' in page
    assert "strict" in html.unescape(page[page.index("<textarea") : page.index("</textarea>")])  # what was written stays
    assert shop.desk.ledger.position() == version
    assert shop.desk.playbook.id != "strict@1"


def test_a_file_is_taken_as_well_and_the_day_from_which(shop: House) -> None:
    boss = shop.browser("boss")
    sent = boss.post("/rules", data={"since": "2030-01-01"}, files={"file": ("new.toml", STRICT.encode(), "text/plain")})
    assert "0 个决定都不会改变" in words(sent.text)
    same = STRICT.replace('roles = ["cs_supervisor"]', 'roles = ["cs_supervisor", "cs_specialist"]')
    assert "4 个决定都不会改变" in words(boss.post("/rules", data={"text": same}).text)


@pytest.mark.parametrize(("text", "said"), [("", "请选一个制度文件"), ("x = 1", "这份制度有问题"), ("extends = \"whole-house\"\n[[", "这份制度有问题"), ("\0", "这份制度有问题"), ("x = " + "[" * 100_000, "这份制度有问题")])
def test_what_is_no_playbook_is_said_so_and_stays(shop: House, text: str, said: str) -> None:
    answer = shop.browser("boss").post("/rules", data={"text": text})
    assert answer.status_code == 422
    assert said in words(answer.text)


def test_a_day_that_is_none_and_people_who_may_not_are_refused(shop: House) -> None:
    assert shop.browser("boss").post("/rules", data={"text": STRICT, "since": "soon"}).status_code == 422
    assert shop.browser("mgr-fang").get("/rules").status_code == 403
    assert "/rules" not in shop.browser("mgr-fang").get("/board").text
    assert "现行 whole-house@" in words(shop.browser("boss").get("/rules").text)


def test_a_trial_comes_to_an_end(shop: House) -> None:
    book, since = load_playbook(STRICT), shop.clock() - timedelta(days=1)
    whole = tried(shop.office, book, since, "zh")
    some = tried(shop.office, book, since, "zh", most=2)

    assert (whole.cut, whole.report.tickets, some.cut, some.report.tickets) == (False, 2, True, 2)
    assert [(kind.times, kind.command, len(kind.examples)) for kind in whole.kinds] == [(2, "acknowledge", 2)]
