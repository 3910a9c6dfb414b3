"""到货登记: whatever number a crate or a form bears leads to the lines that wait, and one form records up to three facts, once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.office import House, hidden, house
from tests.web.stock import goods, kinds

from aftersales_web.access.accounts import Account
from aftersales_web.pages.arrivals import Code, code_of


@pytest.fixture
def office() -> Iterator[House]:
    with house() as made:
        goods(made, "AS-1", "ship-goods")
        goods(made, "AS-2", "ship-goods", branch="west")
        yield made


def sent(page: str, **more: Any) -> dict[str, Any]:
    """The form of the first ticket on a page, as a browser sends it."""
    told = {name: hidden(page, name) for name in ("csrf", "ticket", "version", "command_id")}
    return {**told, "code": "AS-1", "lines.0.line": "L1-1", "lines.0.good": "2", "lines.0.bad": "0", **more}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("AS-1", Code("AS-1")),
        (" ＡＳ-１ ", Code("AS-1")),
        ("https://shop.example/t/AS-1?x=1", Code("AS-1", ticket="AS-1", address=True)),
        ("http://10.0.0.5:8000/t/SH~2026~1", Code("SH/2026/1", ticket="SH/2026/1", address=True)),
        ("https://shop.example/elsewhere", Code("https://shop.example/elsewhere")),
        ("AS-1 L2-3", Code("AS-1 L2-3", ticket="AS-1", line="L2-3")),
        ("AS-1/l2-3", Code("AS-1/l2-3", ticket="AS-1", line="L2-3")),
        ("L2-3", Code("L2-3", line="L2-3")),
        ("http://[", Code("http://[")),
        ("", Code("")),
    ],
)
def test_a_code_is_understood(typed: str, code: Code) -> None:
    assert code_of(typed) == code


@given(st.text(max_size=300))
def test_any_code_is_read(typed: str) -> None:
    assert len(code_of(typed).line) <= 10


@pytest.mark.parametrize(
    ("code", "by"),
    [("as-1", "按工单号"), ("YL-1", "按处理单号"), ("gc-100", "按工厂单号"), ("db-1", "按运单号"), ("AS-1 L1-1", "按明细"),
     ("http://anywhere/t/AS-1", "按工单号")],
)  # fmt: skip
def test_every_number_leads_to_the_lines_that_wait(office: House, code: str, by: str) -> None:
    page = office.browser("wh-he").get("/warehouse/arrivals", params={"code": code}).text

    assert by in page
    assert re.findall(r'name="ticket" value="([^"]+)"', page) == ["AS-1"]
    assert 'name="lines.0.good" value="2"' in page
    assert 'id="code" name="code"' in page
    assert "autofocus" in page


def test_a_number_of_nothing_and_one_of_another_shop_are_the_same_nothing(office: House) -> None:
    office.office.accounts.put(Account("wh-east", "东店仓管", ("warehouse_keeper",), ("east",)))
    page = office.browser("wh-east").get("/warehouse/arrivals?code=DB-2").text

    assert "没有找到“DB-2”" in page
    assert "没有找到“XX”" in office.browser("wh-he").get("/warehouse/arrivals?code=XX").text
    assert 'value="AS-2"' in office.browser("wh-he").get("/warehouse/arrivals?code=DB-2").text


def test_one_form_records_inspection_entry_and_news_and_the_box_is_ready_again(office: House) -> None:
    client = office.browser("wh-he")
    page = client.get("/warehouse/arrivals?code=AS-1").text
    answer = client.post("/warehouse/arrivals", data=sent(page, enter="yes", tell="yes", place="A-3", entry_no="RK-9"))

    assert (answer.status_code, answer.headers["location"]) == (303, "/warehouse/arrivals?done=receive-goods")
    assert kinds(office, "AS-1")[-3:] == ["goods-inspected", "goods-arrived", "arrival-notified"]
    arrived = office.desk.history("AS-1")[-2]
    assert (arrived.actor, arrived.fact.place, arrived.fact.entry_no) == ("wh-he", "A-3", "RK-9")  # type: ignore[attr-defined]
    after = client.get(answer.headers["location"]).text
    assert 'name="code" value=""' in after
    assert "登记入仓" in after


def test_sent_again_it_records_nothing_again(office: House) -> None:
    client = office.browser("wh-he")
    form = sent(client.get("/warehouse/arrivals?code=AS-1").text, enter="yes", tell="yes")
    client.post("/warehouse/arrivals", data=form)
    before = kinds(office, "AS-1")

    assert client.post("/warehouse/arrivals", data=form).status_code == 303
    assert kinds(office, "AS-1") == before


def test_bad_pieces_are_inspected_and_only_the_good_ones_entered(office: House) -> None:
    client = office.browser("wh-he")
    page = client.get("/warehouse/arrivals?code=AS-1").text
    client.post("/warehouse/arrivals", data=sent(page, enter="yes", **{"lines.0.good": "1", "lines.0.bad": "1"}))
    line = office.desk.state("AS-1").find_line("L1-1")

    assert line is not None
    assert (line.state, line.arrived, line.bad) == ("PART_IN", 1, 1)
    assert kinds(office, "AS-1")[-1] == "goods-arrived"


def test_where_nothing_is_to_be_entered_it_is_only_inspected(office: House) -> None:
    client = office.browser("wh-he")
    client.post("/warehouse/arrivals", data=sent(client.get("/warehouse/arrivals?code=AS-1").text))
    assert kinds(office, "AS-1")[-1] == "goods-inspected"


@pytest.mark.parametrize(("pieces", "status", "why"), [("0", 422, "请至少填一件"), ("9", 409, "数量超过订购数量"), ("x", 422, "")])
def test_what_is_not_taken_says_why_beside_its_ticket(office: House, pieces: str, status: int, why: str) -> None:
    client = office.browser("wh-he")
    page = client.get("/warehouse/arrivals?code=AS-1").text
    answer = client.post("/warehouse/arrivals", data=sent(page, enter="yes", **{"lines.0.good": pieces}))

    assert answer.status_code == status
    assert why in answer.text
    assert 'class="note red"' in answer.text
    assert kinds(office, "AS-1")[-1] == "goods-shipped"


def test_what_was_seen_before_somebody_else_took_the_goods_in_is_not_taken(office: House) -> None:
    client = office.browser("wh-he")
    form = sent(client.get("/warehouse/arrivals?code=AS-1").text, enter="yes")
    office.tell("inspect-goods", "AS-1", "warehouse_keeper", "wh-he", lines=[{"line": "L1-1", "good": 2}])

    assert client.post("/warehouse/arrivals", data=form).status_code == 412
    assert kinds(office, "AS-1").count("goods-inspected") == 1


def test_the_box_is_the_keepers(office: House) -> None:
    assert office.browser("cs-lin").get("/warehouse/arrivals").status_code == 403
    assert office.browser("cs-lin").post("/warehouse/arrivals", data={"ticket": "AS-1"}).status_code == 403
    assert "/warehouse/arrivals" not in office.browser("cs-lin").get("/warehouse").text


def test_what_the_keeper_recorded_lately_stands_beside_the_box(office: House) -> None:
    client = office.browser("wh-he")
    assert "今天还没有登记" in client.get("/warehouse/arrivals").text
    client.post("/warehouse/arrivals", data=sent(client.get("/warehouse/arrivals?code=AS-1").text))

    assert "<td>到货检查</td>" in client.get("/warehouse/arrivals").text
