"""发货清单核对: a list is compared without recording anything, recorded row by row once, and pasted again records nothing again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from starlette.testclient import TestClient
from tests.web.office import PEOPLE, House, house
from tests.web.stock import goods, kinds

from aftersales_web.access.accounts import Account
from aftersales_web.pages.goods_list import LONGEST

LIST = "工厂单号\t品名\t数量\t运单号\nGC-100\t柜门450*720\t2\tDB-7\nGC-200\t柜门 450×720\t1\tDB-8\nGC-999\t没有的东西\t3\t\n"


@pytest.fixture
def office() -> Iterator[House]:
    with house() as made:
        made.office.accounts.put(Account("disp-mei", "梅调度", ("dispatch_specialist",)))
        goods(made, "AS-1", "promise-goods")
        goods(made, "AS-2", "order-goods")
        yield made


def compared(client: TestClient, text: str = LIST) -> str:
    return client.post("/warehouse/goods-list/files", data={"text": text}).text


def chosen(page: str) -> list[str]:
    """What a browser sends of the rows: those that are ticked."""
    return re.findall(r'name="row" value="([^"]+)" checked', page)


def text_of(page: str) -> str:
    found = re.search(r'<textarea name="text" hidden[^>]*>([^<]*)</textarea>', page)
    assert found is not None
    return found[1]


def test_comparing_shows_what_fits_what_does_not_and_what_is_missing_and_records_nothing(office: House) -> None:
    office.clock.move(days=3)
    goods(office, "AS-3", "order-goods", lines=[{"item": "层板", "qty": 1, "needs_goods": True}])
    office.tell("promise-goods", "AS-3", promised_on="2026-11-29")
    before = office.desk.ledger.position()
    page = compared(office.browser("cs-lin"))

    assert "对上 2 行" in page
    assert chosen(page) == ["1|AS-1|L1-1", "2|AS-2|L1-1"]
    assert "工厂单号相同、品名相同、件数较少" in page
    assert "没有的东西" in page.partition('id="unmatched"')[2].partition("</section>")[0]
    assert "AS-3" in page.partition('id="missing"')[2].partition("</section>")[0]
    assert office.desk.ledger.position() == before


def test_what_was_chosen_is_recorded_each_by_itself(office: House) -> None:
    client = office.browser("cs-lin")
    page = compared(client)
    answer = client.post("/warehouse/goods-list", data={"text": text_of(page), "way": "ship", "row": chosen(page)})

    assert answer.status_code == 200
    for ticket, waybill in (("AS-1", "DB-7"), ("AS-2", "DB-8")):
        entry = office.desk.history(ticket)[-1]
        assert (entry.fact.kind, entry.fact.waybill, entry.actor) == ("goods-shipped", waybill, "cs-lin")  # type: ignore[attr-defined]
    assert answer.text.count("已登记过") == 2


def test_the_same_list_again_is_known_and_records_nothing(office: House) -> None:
    client = office.browser("cs-lin")
    page = compared(client)
    form = {"text": text_of(page), "way": "ship", "row": chosen(page)}
    client.post("/warehouse/goods-list", data=form)
    before = office.desk.ledger.position()
    again = compared(client)

    assert chosen(again) == []
    assert again.count("已登记过") == 2
    # somebody else sends the form he had open
    client.post("/warehouse/goods-list", data=form)
    assert office.desk.ledger.position() == before


def test_one_row_that_is_refused_does_not_hold_up_the_others(office: House) -> None:
    client = office.browser("cs-lin")
    page = compared(client)
    rows = ["1|AS-2|L9-9", "2|AS-1|L1-1"]
    answer = client.post("/warehouse/goods-list", data={"text": text_of(page), "way": "ship", "row": rows})

    assert kinds(office, "AS-1")[-1] == "goods-shipped"
    assert kinds(office, "AS-2")[-1] == "goods-ordered"
    assert "badge red" in answer.text


def test_a_ticket_that_is_not_seen_is_not_matched_and_not_written_about(office: House) -> None:
    client = office.browser("cs-east")
    page = compared(client)
    assert "对上 0 行" in page
    client.post("/warehouse/goods-list", data={"text": text_of(page), "way": "ship", "row": ["1|AS-1|L1-1"]})

    assert kinds(office, "AS-1")[-1] == "goods-promised"


def test_the_keeper_records_what_came_as_inspected(office: House) -> None:
    client = office.browser("wh-he")
    page = compared(client)
    assert 'value="inspect"' in page
    assert 'value="ship"' not in page
    client.post("/warehouse/goods-list", data={"text": text_of(page), "way": "inspect", "row": chosen(page)})
    line = office.desk.state("AS-1").find_line("L1-1")

    assert line is not None
    assert line.good == 2
    assert client.post("/warehouse/goods-list", data={"text": text_of(page), "way": "ship", "row": "1|AS-1|L1-1"}).status_code == 422


def test_looking_at_the_days_list_is_a_routine_that_is_done_with_it(office: House) -> None:
    client = office.browser("disp-mei")
    page = compared(client)
    assert 'name="routine" value="goods-report" checked' in page
    client.post("/warehouse/goods-list", data={"text": text_of(page), "way": "ship", "row": chosen(page), "routine": "goods-report"})

    done = office.desk.log(date(2026, 11, 26)).find("goods-report", date(2026, 11, 26))
    assert done is not None
    assert (done.found, done.by) == (2, "disp-mei")
    assert 'name="routine"' not in compared(client)
    assert "已登记：2 行" in compared(client)


def test_nobody_else_is_asked_for_the_routine(office: House) -> None:
    assert 'name="routine"' not in compared(office.browser("cs-lin"))


@pytest.mark.parametrize("content", [LIST.encode(), LIST.encode("utf-8-sig"), LIST.encode("gb18030"), LIST.encode("utf-16")])
def test_a_file_is_read_in_whatever_a_spreadsheet_writes(office: House, content: bytes) -> None:
    answer = office.browser("cs-lin").post("/warehouse/goods-list/files", files={"file": ("list.csv", content, "text/csv")})

    assert "对上 2 行" in answer.text


@pytest.mark.parametrize(
    ("said", "why"),
    [({"text": "  "}, "没有可以读的行"), ({"text": "品名,数量\n" + "门,1\n" * (LONGEST + 1)}, "一次最多核对"), ({}, "没有可以读的行")],
)
def test_a_list_of_nothing_or_of_too_much_is_refused_with_what_to_do(office: House, said: dict[str, str], why: str) -> None:
    answer = office.browser("cs-lin").post("/warehouse/goods-list/files", data=said)

    assert answer.status_code == 422
    assert why in answer.text


def test_a_workbook_is_no_text(office: House) -> None:
    answer = office.browser("cs-lin").post("/warehouse/goods-list/files", files={"file": ("list.xlsx", b"PK\x03\x04\0\0\0")})

    assert answer.status_code == 422
    assert "看不懂这个文件" in answer.text


def test_choosing_nothing_is_said_so(office: House) -> None:
    client = office.browser("cs-lin")
    answer = client.post("/warehouse/goods-list", data={"text": text_of(compared(client)), "way": "ship"})

    assert answer.status_code == 422
    assert "没有选任何一行" in answer.text


def test_who_records_neither_can_still_compare(office: House) -> None:
    page = compared(office.browser("mgr-fang"))

    assert "对上 2 行" in page
    assert "只能核对" in page
    assert 'name="way"' not in page
    assert PEOPLE["mgr-fang"].roles == ("management",)
