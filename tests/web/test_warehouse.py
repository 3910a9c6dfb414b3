"""仓库: what each tab shows and to whom, what is offered on a line and recorded from it, and what may be carried out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from io import StringIO

import pytest
from tests.web.office import NOW, House, hidden, house
from tests.web.stock import goods, kinds

from aftersales_core.rules import preset
from aftersales_core.views import worklist
from aftersales_web.pages.goods_acts import order_of
from aftersales_web.pages.leftovers import AGES, TABS
from aftersales_web.pages.line_steps import STEPS, Cell, cells, traces
from aftersales_web.wording import said

BOOK = preset()


@pytest.fixture
def office() -> Iterator[House]:
    with house() as made:
        yield made


def told(page: str) -> list[str]:
    """The lines a page shows, as TICKET/LINE."""
    return [f"{ticket}/{line}" for ticket, line in re.findall(r'data-row>([^<]+)</a> <span class="nowrap">([^<]+)</span>', page)]


def counts(page: str) -> dict[str, int]:
    names = [tab.name for tab in TABS]
    found = re.findall(r'<span class="count">(\d+)</span></a>', page.partition('<nav class="tabs"')[2].partition("</nav>")[0])
    return dict(zip(names, map(int, found), strict=True))


def way(house_: House, ticket: str, line: str = "L1-1") -> dict[str, Cell]:
    state = house_.desk.state(ticket)
    found, order = state.find_line(line), state.find_leftover(order_of(line))
    assert found is not None
    assert order is not None
    trace = traces(state, house_.desk.history(ticket))[line]
    return {cell.step: cell for cell in cells(found, order, trace, worklist.rows(state, BOOK), house_.clock())}


# --- the way of a line


def test_a_new_leftover_waits_for_its_sheet_and_for_a_call(office: House) -> None:
    goods(office, "AS-1", "raise-leftover")
    found = way(office, "AS-1")

    assert [step for step, cell in found.items() if cell.state == "done"] == ["raised"]
    assert {step: cell.command for step, cell in found.items() if cell.state in ("next", "late")} == {
        "issued": "issue-sheet", "confirmed": "confirm-leftover",
    }  # fmt: skip
    assert found["settled"].state == "later"


def test_a_line_without_goods_asks_for_no_order_and_no_keeper(office: House) -> None:
    goods(office, "AS-1", "raise-leftover")
    found = way(office, "AS-1", "L1-2")

    assert {step for step, cell in found.items() if cell.state == "none"} == {
        "issued", "reviewed", "ordered", "promised", "shipped", "inspected", "in", "told", "drawn",
    }  # fmt: skip
    assert found["settled"].state == "next"


def test_every_step_that_was_taken_says_when(office: House) -> None:
    goods(office, "AS-1", "notify-arrival")
    found = way(office, "AS-1")

    assert tuple(found) == STEPS
    done = [step for step, cell in found.items() if cell.state == "done"]
    assert done == ["raised", "issued", "reviewed", "ordered", "promised", "shipped", "inspected", "in", "told"]
    assert all(found[step].at is not None for step in done)
    assert (found["drawn"].state, found["confirmed"].state) == ("next", "next")


def test_what_is_past_its_time_is_late(office: House) -> None:
    goods(office, "AS-1", "ship-goods")
    assert way(office, "AS-1")["inspected"].state == "next"
    office.clock.move(days=5)

    late = way(office, "AS-1")["inspected"]
    assert late.state == "late"
    assert late.due is not None
    assert late.due < office.clock()


def test_pieces_that_were_bad_have_to_be_seen_again(office: House) -> None:
    goods(office, "AS-1", "ship-goods")
    office.tell("inspect-goods", "AS-1", "warehouse_keeper", "wh-he", lines=[{"line": "L1-1", "bad": 2, "good": 0}])
    bad = way(office, "AS-1")["inspected"]
    assert (bad.state, bad.command) == ("next", "reject-goods")
    office.tell("reject-goods", "AS-1", "warehouse_keeper", "wh-he", lines=[{"line": "L1-1", "qty": 2}], reason="破损")

    again = way(office, "AS-1")["inspected"]
    assert (again.state, again.command) == ("next", "inspect-goods")


def test_a_line_that_was_given_up_has_nothing_before_it(office: House) -> None:
    goods(office, "AS-1", "raise-leftover")
    office.tell("waive-line", "AS-1", "cs_supervisor", "csm-tang", line="L1-1", reason="不做了", settled_by="kept-as-is")

    assert {cell.state for cell in way(office, "AS-1").values()} == {"done", "none"}


def test_the_number_of_an_order_is_read_off_a_line() -> None:
    assert [order_of(line) for line in ("L1-1", "L12-3", "L1", "", "x", "L-1", "L٣-1")] == [1, 12, 1, 0, 0, 0, 0]


# --- tabs


def test_every_line_is_on_the_tabs_where_it_stands(office: House) -> None:
    for number, upto in enumerate(("raise-leftover", "order-goods", "ship-goods", "inspect-goods", "receive-goods"), 1):
        goods(office, f"AS-{number}", upto)
    client = office.browser("cs-lin")
    first = client.get("/warehouse").text

    assert counts(first) == {"lines": 10, "order": 1, "transit": 3, "check": 2, "draw": 1, "fit": 0, "back": 0}
    shown = {tab.name: told(client.get(f"/warehouse?tab={tab.name}").text) for tab in TABS}
    assert shown["order"] == ["AS-1/L1-1"]
    assert sorted(shown["transit"]) == ["AS-2/L1-1", "AS-3/L1-1", "AS-4/L1-1"]
    # what is inspected and only has to be entered comes first
    assert shown["check"] == ["AS-4/L1-1", "AS-3/L1-1"]
    assert shown["draw"] == ["AS-5/L1-1"]
    assert len(shown["lines"]) == 10


def test_an_order_whose_day_has_come_waits_for_the_keeper_too(office: House) -> None:
    goods(office, "AS-1", "promise-goods")
    assert told(office.browser("wh-he").get("/warehouse?tab=check").text) == []
    office.clock.move(days=2)

    assert told(office.browser("wh-he").get("/warehouse?tab=check").text) == ["AS-1/L1-1"]


def test_what_was_sent_back_stays_on_its_tab_with_the_reason(office: House) -> None:
    goods(office, "AS-1", "ship-goods")
    office.tell("inspect-goods", "AS-1", "warehouse_keeper", "wh-he", lines=[{"line": "L1-1", "bad": 1, "good": 1}])
    client = office.browser("wh-he")
    assert "待退 1，已退 0" in client.get("/warehouse?tab=back").text
    office.tell("reject-goods", "AS-1", "warehouse_keeper", "wh-he", lines=[{"line": "L1-1", "qty": 1}], reason="封边爆口")

    page = client.get("/warehouse?tab=back").text
    assert "待退 0，已退 1" in page
    assert "封边爆口" in page


def test_lines_are_filtered_by_age_party_and_text_and_the_address_says_so(office: House) -> None:
    goods(office, "AS-1", "ship-goods")
    office.clock.move(days=5)
    goods(office, "AS-2", "raise-leftover")
    client = office.browser("cs-lin")

    assert sorted(told(client.get("/warehouse?age=4-7").text)) == ["AS-1/L1-1", "AS-1/L1-2"]
    assert sorted(told(client.get("/warehouse?age=0-3").text)) == ["AS-2/L1-1", "AS-2/L1-2"]
    page = client.get("/warehouse?q=yl-1").text
    assert sorted(told(page)) == ["AS-1/L1-1", "AS-1/L1-2"]
    assert "按处理单号查找" in page
    assert told(client.get("/warehouse?q=柜门&age=4-7").text) == ["AS-1/L1-1"]
    assert told(client.get("/warehouse?party=factory").text) == []
    assert 'href="/warehouse?tab=transit&amp;q=%E6%9F%9C"' in client.get("/warehouse?q=柜").text


@pytest.mark.parametrize("days", [0, 3, 4, 7, 8, 15, 16, 40])
def test_every_age_is_in_one_bucket(office: House, days: int) -> None:
    goods(office, "AS-1", "raise-leftover")
    office.clock.move(days=days)
    client = office.browser("cs-lin")
    found = [bucket for bucket in AGES if told(client.get(f"/warehouse?age={bucket}").text)]

    youngest, oldest = AGES[found[0]]
    assert len(found) == 1
    assert youngest <= days <= (oldest if oldest is not None else days)


def test_settled_lines_are_shown_where_they_are_asked_for(office: House) -> None:
    goods(office, "AS-1", "raise-leftover")
    office.tell("waive-line", "AS-1", "cs_supervisor", "csm-tang", line="L1-1", reason="不做了", settled_by="kept-as-is")
    client = office.browser("cs-lin")

    assert told(client.get("/warehouse").text) == ["AS-1/L1-2"]
    assert sorted(told(client.get("/warehouse?all=1").text)) == ["AS-1/L1-1", "AS-1/L1-2"]


def test_many_lines_come_page_by_page_each_once(office: House) -> None:
    lines = [{"item": f"件 {n}", "qty": 1, "needs_goods": True} for n in range(50)]
    goods(office, "AS-1", "raise-leftover", lines=lines)
    client = office.browser("cs-lin")
    first = client.get("/warehouse?tab=order").text
    onward = re.search(r'href="(/warehouse\?tab=order&amp;after=[^"]+)"', first)
    assert onward is not None
    second = client.get(onward[1].replace("&amp;", "&")).text

    assert sorted(told(first) + told(second)) == sorted(f"AS-1/L1-{n}" for n in range(1, 51))
    assert client.get("/warehouse?tab=order&after=9~x").status_code == 422


def test_somebody_sees_the_lines_of_his_shop_only_and_searches_no_customer_he_is_not_shown(office: House) -> None:
    goods(office, "AS-1", "ship-goods", branch="east")
    goods(office, "AS-2", "ship-goods", branch="west", customer="赵六")
    assert {line[:4] for line in told(office.browser("cs-east").get("/warehouse").text)} == {"AS-1"}

    keeper = office.browser("wh-he").get("/warehouse").text
    assert "王芳" not in keeper
    assert "王*" in keeper
    assert told(office.browser("wh-he").get("/warehouse?q=赵六").text) == []
    assert len(told(office.browser("cs-lin").get("/warehouse?q=赵六").text)) == 2


# --- acts


@pytest.mark.parametrize(
    ("account", "upto", "offered"),
    [
        ("cs-lin", "review-sheet", {"confirm-leftover", "order-goods"}),
        ("cs-lin", "order-goods", {"confirm-leftover", "promise-goods", "ship-goods"}),
        ("wh-he", "ship-goods", {"inspect-goods"}),
        ("wh-he", "inspect-goods", {"receive-goods"}),
        ("wh-he", "receive-goods", {"notify-arrival"}),
        ("mgr-fang", "ship-goods", set()),
    ],
)
def test_a_role_is_offered_what_it_may_do_where_the_line_stands(office: House, account: str, upto: str, offered: set[str]) -> None:
    goods(office, "AS-1", upto)
    client = office.browser(account)
    pages = [client.get(f"/warehouse?tab={tab.name}").text for tab in TABS]

    assert {name for page in pages for name in re.findall(r'href="/act/AS-1/([a-z-]+)\?line=L1-1', page)} == offered


def test_a_command_given_from_a_line_is_recorded_and_leads_back(office: House) -> None:
    goods(office, "AS-1", "ship-goods")
    client = office.browser("wh-he")
    page = client.get("/act/AS-1/inspect-goods?line=L1-1&next=/warehouse?tab=check").text
    sent = {
        "csrf": hidden(page, "csrf"), "command_id": hidden(page, "command_id"), "version": hidden(page, "version"),
        "next": hidden(page, "next"), "about": "L1-1", "lines.0.line": "L1-1", "lines.0.good": "1", "lines.0.bad": "1", "opened": "yes",
    }  # fmt: skip
    answer = client.post("/act/AS-1/inspect-goods", data=sent)

    assert (answer.status_code, answer.headers["location"]) == (303, "/warehouse?tab=check&done=inspect-goods")
    line = office.desk.state("AS-1").find_line("L1-1")
    assert line is not None
    assert (line.good, line.bad) == (1, 1)
    client.post("/act/AS-1/inspect-goods", data=sent)
    assert kinds(office, "AS-1").count("goods-inspected") == 1


def test_a_form_about_a_line_names_no_line_that_the_command_cannot_be_about(office: House) -> None:
    lines = [{"item": "甲", "qty": 3, "needs_goods": True}, {"item": "乙", "qty": 1, "needs_goods": False}, {"item": "丙", "qty": 1, "needs_goods": True}]
    goods(office, "AS-1", "ship-goods", lines=lines)
    page = office.browser("wh-he").get("/act/AS-1/inspect-goods?line=L1-1").text

    assert re.findall(r'name="lines\.\d+\.line" value="([^"]+)"', page) == ["L1-1", "L1-3"]
    assert re.findall(r'name="lines\.\d+\.good"[^>]*value="([^"]*)"', page) == ["3", ""]


def test_what_is_refused_says_why_and_keeps_what_was_typed(office: House) -> None:
    goods(office, "AS-1", "ship-goods")
    client = office.browser("wh-he")
    sent = {"about": "L1-1", "version": str(office.desk.state("AS-1").version), "lines.0.line": "L1-1", "lines.0.good": "9"}
    answer = client.post("/act/AS-1/inspect-goods", data=sent)

    assert answer.status_code == 409
    assert "数量超过订购数量" in answer.text
    assert 'value="9"' in answer.text
    assert "goods-inspected" not in kinds(office, "AS-1")


def test_nobody_decides_on_what_is_not_so_any_more(office: House) -> None:
    goods(office, "AS-1", "order-goods")
    client = office.browser("cs-lin")
    seen = str(office.desk.state("AS-1").version)
    office.tell("confirm-leftover", "AS-1")
    answer = client.post("/act/AS-1/ship-goods", data={"version": seen, "lines": "L1-1", "about": "L1-1"})

    assert answer.status_code == 412
    assert hidden(answer.text, "version") == str(office.desk.state("AS-1").version)
    assert "goods-shipped" not in kinds(office, "AS-1")


def test_a_command_is_for_the_roles_that_hold_its_duty_and_the_page_for_commands_of_its_own(office: House) -> None:
    goods(office, "AS-1", "ship-goods")

    assert office.browser("cs-lin").get("/act/AS-1/inspect-goods?line=L1-1").status_code == 403
    assert office.browser("cs-lin").post("/act/AS-1/inspect-goods", data={}).status_code == 403
    assert office.browser("cs-lin").get("/act/AS-1/close").status_code == 404
    assert office.browser("cs-east").get("/act/AS-1/order-goods").status_code == 404


def test_a_dialog_is_led_back_by_its_script_and_nobody_is_led_elsewhere(office: House) -> None:
    goods(office, "AS-1", "order-goods")
    client = office.browser("cs-lin")
    sent = {"version": str(office.desk.state("AS-1").version), "lines": "L1-1", "next": "//evil.example/x"}
    answer = client.post("/act/AS-1/ship-goods", data=sent, headers={"hx-request": "true"})

    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, "/?done=ship-goods")


# --- carrying out


def test_a_table_is_for_those_who_may_carry_out_and_a_fact(office: House) -> None:
    goods(office, "AS-1", "ship-goods", customer="=HYPERLINK(1)")
    assert office.browser("cs-lin").get("/warehouse/leftovers.csv").status_code == 403
    assert "/warehouse/leftovers.csv" not in office.browser("cs-lin").get("/warehouse").text
    client = office.browser("csm-tang")
    assert 'href="/warehouse/leftovers.csv?tab=transit"' in client.get("/warehouse?tab=transit").text
    answer = client.get("/warehouse/leftovers.csv?tab=transit")

    rows = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["工单号"], row["状态"], row["工厂单号"]) for row in rows] == [("AS-1", "已发货", "GC-100")]
    assert rows[0]["客户"] == "'=HYPERLINK(1)"
    assert [(e.fact.kind, e.fact.what, e.fact.rows, e.actor) for e in office.desk.accesses(NOW.date(), NOW.date())] == [  # type: ignore[attr-defined]
        ("carried-out", "leftovers", 1, "csm-tang"),
    ]  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("tab", [tab.name for tab in TABS])
def test_every_tab_says_so_where_nothing_is_on_it(office: House, tab: str, lang: str) -> None:
    client = office.browser("cs-lin", **{"accept-language": lang})
    page = client.get(f"/warehouse?tab={tab}&age=16-&q=x&party=factory")

    assert page.status_code == 200
    assert told(page.text) == []
    assert said(f"stock-none-{tab}", "zh" if lang == "zh" else "en") in page.text
