"""Finding tickets, opening one, looking up clauses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from tests.web.office import House, hidden, house
from tests.web.telling import kinds, words

from aftersales_core.playbooks.register import clauses
from aftersales_web.pages.finding import plausible, proposed


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        yield made


@pytest.fixture
def full(shop: House) -> House:
    shop.report("AS-1", customer="王芳", phone="13812345678", address="文三路 90 号", branch="east")
    shop.report("AS-2", customer="欧阳长江", phone="13900005678", address="南山路 7 号", branch="west")
    shop.report("SH20261126007", customer="李雷", phone="0571-8888 6666", address="文一路 3 号")
    return shop


def found(shop: House, account: str, query: str) -> list[str]:
    page = shop.browser(account).get(f"/tickets{query}").text
    return re.findall(r'<a class="result" href="/t/([^"]+)"', page)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [("?q=欧阳", ["AS-2"]), ("?q=5678", ["AS-2", "AS-1"]), ("?q=8888+6666", ["SH20261126007"]), ("?q=138-1234", ["AS-1"]), ("?q=文三路", ["AS-1"]), ("?q=AS", ["AS-2", "AS-1"]),
     ("?q=20261126", ["SH20261126007"]), ("?q=文&in=address", ["SH20261126007", "AS-1"]), ("?q=nothing", []), ("", ["SH20261126007", "AS-2", "AS-1"])],
)  # fmt: skip
def test_tickets_are_found_by_number_customer_telephone_and_address(full: House, query: str, numbers: list[str]) -> None:
    assert found(full, "cs-lin", query) == numbers


def test_a_whole_number_leads_straight_to_its_ticket(full: House) -> None:
    answer = full.browser("cs-lin").get("/tickets?q=AS-1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/t/AS-1")
    assert full.browser("cs-east").get("/tickets?q=AS-2").status_code == 200  # not his, so not there


def test_only_tickets_one_sees_are_found(full: House) -> None:
    assert found(full, "cs-east", "") == ["AS-1"]
    assert found(full, "cs-east", "?q=5678") == ["AS-1"]
    assert found(full, "inst-zhou", "") == []


def test_what_is_masked_is_not_found_out_by_searching(full: House) -> None:
    page = full.browser("wh-he").get("/tickets?q=5678").text
    assert "13812345678" not in page
    assert found(full, "wh-he", "?q=5678") == []
    assert found(full, "wh-he", "?q=5678&in=phone") == []
    assert found(full, "wh-he", "?q=AS") == ["AS-2", "AS-1"]
    assert "只能按单号查找" in page


def test_nothing_found_says_so_and_what_else_to_try(full: House) -> None:
    page = words(full.browser("cs-lin").get("/tickets?q=<b>nobody").text)
    assert "没有找到“&lt;b&gt;nobody”" in page


def test_pages_follow_one_another(shop: House) -> None:
    for n in range(33):
        shop.report(f"AS-{n:03d}")
    browser = shop.browser("cs-lin")
    first = browser.get("/tickets?q=AS").text
    onward = re.search(r'href="(/tickets\?q=AS&amp;after=[^"]+)"', first)
    assert onward is not None
    second = browser.get(onward[1].replace("&amp;", "&")).text
    numbers = [re.findall(r'class="result" href="/t/([^"]+)"', page) for page in (first, second)]
    assert [len(each) for each in numbers] == [30, 3]
    assert sorted([*numbers[0], *numbers[1]]) == [f"AS-{n:03d}" for n in range(33)]


@pytest.mark.parametrize(("q", "first"), [("5678", "phone"), ("138 1234", "phone"), ("SH2026", "ticket"), ("20261126007", "phone"), ("王芳", "customer"), ("文三路 90 号", "address")])
def test_a_word_is_first_looked_for_where_it_is_meant(q: str, first: str) -> None:
    assert plausible(q)[0] == first


def test_the_number_proposed_is_the_next_of_its_day(shop: House) -> None:
    day = date(2026, 11, 26)
    assert proposed(shop.desk, day) == "AS20261126001"
    shop.report("SH20261125009")
    assert proposed(shop.desk, day) == "SH20261126001"
    shop.report("SH20261126001")
    shop.report("SH20261126002")
    assert proposed(shop.desk, day) == "SH20261126003"


def test_a_ticket_is_opened_by_whoever_may(shop: House) -> None:
    browser = shop.browser("cs-lin")
    page = browser.get("/tickets/new").text
    assert 'name="ticket" value="AS20261126001"' in page
    told = {"ticket": "AS20261126001", "command_id": hidden(page, "command_id"), "category": "repair", "customer": "王芳", "phone": "13812345678",
            "problem": "柜门开裂", "branch": "east"}  # fmt: skip
    answer = browser.post("/tickets", data=told)
    assert (answer.status_code, answer.headers["location"]) == (303, "/t/AS20261126001?done=report")
    ticket = shop.desk.state("AS20261126001")
    assert (ticket.customer, ticket.branch, ticket.stage) == ("王芳", "east", "REPORTED")
    assert shop.desk.history("AS20261126001")[0].actor == "cs-lin"
    assert browser.post("/tickets", data=told).status_code == 303  # sent twice is sent once
    assert kinds(shop, "AS20261126001") == ["reported"]


def test_a_number_somebody_has_is_said_and_another_proposed(shop: House) -> None:
    shop.report("AS20261126001")
    answer = shop.browser("cs-lin").post("/tickets", data={"ticket": "AS20261126001", "command_id": "n", "category": "repair", "customer": "李雷", "phone": "13900000000", "problem": "异响"})
    assert answer.status_code == 409
    assert 'aria-invalid="true" aria-describedby="new-ticket-wrong"' in answer.text
    assert "AS20261126002 还没有人用" in answer.text
    assert "异响</textarea>" in answer.text
    assert shop.desk.state("AS20261126001").customer == "王芳"


@pytest.mark.parametrize("number", ["", "has space", "log/2026-11", "log/access/2026-11-26"])
def test_what_is_no_number_is_marked(shop: House, number: str) -> None:
    answer = shop.browser("cs-lin").post("/tickets", data={"ticket": number, "command_id": "n", "category": "repair", "customer": "李雷", "phone": "13900000000", "problem": "异响"})
    assert answer.status_code == 422
    assert "new-ticket-wrong" in answer.text


def test_what_a_ticket_needs_is_marked(shop: House) -> None:
    answer = shop.browser("cs-lin").post("/tickets", data={"ticket": "AS-9", "command_id": "n", "customer": "李雷", "phone": "x"})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert 'value="李雷"' in answer.text


def test_who_has_branches_opens_tickets_of_his_own(shop: House) -> None:
    east = shop.browser("cs-east")
    assert '<option value="east" selected>' in east.get("/tickets/new").text
    told = {"ticket": "AS-1", "command_id": "n", "category": "repair", "customer": "李雷", "phone": "13900000000", "problem": "异响"}
    assert east.post("/tickets", data={**told, "branch": "west"}).status_code == 422
    assert east.post("/tickets", data=told).status_code == 422
    assert east.post("/tickets", data={**told, "branch": "east"}).status_code == 303
    assert shop.desk.state("AS-1").branch == "east"


def test_who_may_not_open_tickets_is_not_offered_to(shop: House) -> None:
    keeper = shop.browser("wh-he")
    assert "/tickets/new" not in keeper.get("/tickets").text
    assert keeper.get("/tickets/new").status_code == 403
    assert keeper.post("/tickets", data={"ticket": "AS-1", "category": "repair"}).status_code == 403


def test_tickets_of_the_same_telephone_are_shown_before_another_is_opened(full: House) -> None:
    told = words(full.browser("cs-lin").get("/tickets/known?phone=138+1234+5678").text)
    assert "这个电话已有 1 张工单" in told
    assert "AS-1" in told
    assert full.browser("cs-lin").get("/tickets/known?phone=138").text.strip() == ""
    assert full.browser("wh-he").get("/tickets/known?phone=13812345678").text.strip() == ""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_clause_stands_in_both_languages_with_how_it_is_carried(shop: House, lang: str) -> None:
    page = shop.browser("inst-zhou", **{"accept-language": lang}).get("/clauses").text
    for name, clause in clauses().items():
        assert f'<article class="law" id="{name}"' in page, name
        article = page[page.index(f'id="{name}"') :]
        article = words("<" + article[: article.index("</article>")])
        assert clause.zh[:12] in article or "&" in clause.zh[:12], name
    assert "clauses-kind-" not in page


def test_clauses_are_found_by_words_and_by_how_they_are_carried(shop: House) -> None:
    browser = shop.browser("cs-lin")

    def ids(query: str) -> list[str]:
        return re.findall(r'<article class="law" id="([^"]+)"', browser.get(f"/clauses{query}").text)

    assert ids("?q=f-01") == ["F-01"]
    assert set(ids("?carried=planned")) == {name for name, clause in clauses().items() if clause.carried == "planned"}
    assert set(ids("?carried=open")) == {name for name, clause in clauses().items() if not clause.carried}
    assert ids("?q=no+such+words") == []


def test_a_clause_says_what_it_governs_and_which_scenarios_show_it(shop: House) -> None:
    page = shop.browser("cs-lin").get("/clauses?q=F-02").text
    told = words(page)
    assert "谁能办 转交反馈单" in told
    assert "例行工作 晨会" in told
    assert re.search(r"\d+ 个场景验证通过", told)
    assert 'href="#O-37"' in page
