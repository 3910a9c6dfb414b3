"""客户页: what a link shows and does, what it keeps to itself, and that nobody makes one for himself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.web.office import House, hidden, house
from tests.web.visiting import sent_out

from aftersales_core.facts import Entry
from aftersales_web.access.links import Links
from aftersales_web.pages.customer import ACTS, PURPOSE
from aftersales_web.problems import WebError


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        yield made


def link(shop: House, ticket: str = "AS-1", **form: str) -> str:
    """The address of a link that customer service made."""
    page = shop.browser("cs-lin").post(f"/t/{ticket}/link", data=form).text
    found = re.search(r'value="http://testserver(/c/[^"]+)"', page)
    assert found is not None
    return found[1]


def do(shop: House, address: str, act: str, browser: TestClient | None = None, **form: str) -> Response:
    page = shop.stranger().get(address).text
    told = {"seal": hidden(page, "seal"), "command_id": hidden(page, "command_id"), **form}
    return (browser or shop.stranger()).post(f"{address}/{act}", data=told)


def last(shop: House, ticket: str = "AS-1") -> Entry:
    return shop.desk.history(ticket)[-1]


def test_a_link_shows_where_it_stands_with_details_masked_and_leaves_nothing_behind(shop: House) -> None:
    sent_out(shop)
    customer = shop.stranger()
    page = customer.get(link(shop))

    assert page.status_code == 200
    assert "约时间" in page.text
    assert "周师傅" in page.text
    assert "11月26日 周四" in page.text
    for secret in ("王芳", "13812345678", "502", "inst-zhou", "周卫"):
        assert secret not in page.text
    assert "138****5678" in page.text
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["cache-control"] == "no-store"
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text


@pytest.mark.parametrize("stage", ["reported", "goods", "booked", "on-the-way", "done", "closed", "cancelled"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_stage_has_its_words(shop: House, stage: str, lang: str) -> None:
    shop.report()
    address = link(shop)
    if stage == "cancelled":
        shop.tell("cancel", reason="不修了")
    if stage == "goods":
        shop.tell("triage", service="repair", needs_goods=True)
        shop.tell("raise-leftover", lines=[{"item": "门板", "qty": 2, "needs_goods": True, "cause": "工厂漏发"}])
    if stage in ("booked", "on-the-way", "done", "closed"):
        sent_out(shop, opened=True, upto=stage)
    page = shop.stranger().get(f"{address}?lang={lang}").text

    expected = {
        "reported": ("前与您联系", "contact you by"), "goods": ("正在等货", "waiting for parts"), "booked": ("按约好的时间", "at the time agreed"),
        "on-the-way": ("已经出发", "on the way"), "done": ("打电话听听", "we will call"), "closed": ("办完了", "is finished"), "cancelled": ("已经取消", "was cancelled"),
    }  # fmt: skip
    assert expected[stage][lang == "en"] in page
    assert "工厂漏发" not in page
    assert ("门板" in page) is (stage == "goods")


def test_a_customer_confirms_the_time_as_himself(shop: House) -> None:
    sent_out(shop)
    address = link(shop)
    answer = do(shop, address, "confirm")

    assert (answer.status_code, answer.headers["location"]) == (303, f"{address}?lang=zh&done=confirm")
    entry = last(shop)
    assert (entry.fact.kind, entry.actor, entry.envelope.role, entry.envelope.channel) == ("appointment-confirmed", "customer:AS-1", "customer", "link")
    assert entry.envelope.on_behalf_of is None
    page = shop.stranger().get(answer.headers["location"]).text
    assert "谢谢您确认" in page
    assert "您已确认这个时间" in page


def test_a_customer_asks_for_another_time(shop: House) -> None:
    sent_out(shop)
    assert do(shop, link(shop), "time", day="2026-12-01", time_of_day="afternoon", remark="上午不在家").status_code == 303

    fact: Any = last(shop).fact
    assert (fact.kind, str(fact.day), fact.time_of_day, fact.remark) == ("time-requested", "2026-12-01", "afternoon", "上午不在家")
    assert [row.task for row in shop.desk.worklist(shop.clock()) if row.ticket == "AS-1" and row.list == "to-book"] == ["answer-wish"]


def test_a_customer_rates_once_and_a_form_sent_twice_is_sent_once(shop: House) -> None:
    sent_out(shop, upto="done")
    address = link(shop)
    page = shop.stranger().get(address).text
    form = {"seal": hidden(page, "seal"), "command_id": hidden(page, "command_id"), "visit": "1", "rating": "2", "remark": "迟到"}

    assert shop.stranger().post(f"{address}/rate", data=form).status_code == 303
    before = len(shop.desk.history("AS-1"))
    shop.clock.move(seconds=3)
    assert shop.stranger().post(f"{address}/rate", data=form).status_code == 303
    again = shop.stranger().post(f"{address}/rate", data={**form, "rating": "5"})
    assert (again.status_code, len(shop.desk.history("AS-1"))) == (409, before)
    assert "您给服务打了 2 分" in again.text
    assert (last(shop).fact.kind, last(shop).actor) == ("service-rated", "customer:AS-1")


def test_a_customer_complains(shop: House) -> None:
    shop.report()
    address = link(shop)
    assert do(shop, address, "complain", about="等了三天").status_code == 303

    assert (last(shop).fact.kind, last(shop).envelope.role) == ("complaint-lodged", "customer")
    assert "您的投诉我们收到了" in shop.stranger().get(address).text


@pytest.mark.parametrize(
    ("act", "form", "status", "says"),
    [
        ("confirm", {}, 409, "请看最新的时间"), ("rate", {"rating": "5"}, 409, "现在不能评价"), ("complain", {"about": " "}, 422, "请写一下"),
        ("complain", {"about": "长" * 1001}, 422, "1000 字以内"), ("time", {"day": "2026-12-01"}, 409, "改不了时间"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_kindly_and_what_was_written_stays(
    shop: House, act: str, form: dict[str, str], status: int, says: str
) -> None:
    shop.report()
    answer = do(shop, link(shop), act, **form)

    assert answer.status_code == status
    assert says in answer.text
    assert [entry.fact.kind for entry in shop.desk.history("AS-1")] == ["reported"]
    if act == "complain":
        assert form["about"].strip() in answer.text


def test_a_time_that_is_past_is_not_confirmed(shop: House) -> None:
    sent_out(shop)
    address = link(shop)
    shop.clock.move(hours=9)
    assert do_with(shop, address, "confirm").status_code == 409
    assert "约好的时间过了" in shop.stranger().get(address).text


def do_with(shop: House, address: str, act: str) -> Response:
    token = address.removeprefix("/c/")
    return shop.stranger().post(f"{address}/{act}", data={"seal": shop.office.links.seal(token), "command_id": "x-1"})


def test_a_form_without_its_seal_or_with_that_of_another_link_is_not_taken(shop: House) -> None:
    shop.report()
    shop.report("AS-2")
    address, other = link(shop), link(shop, "AS-2")
    foreign = hidden(shop.stranger().get(other).text, "seal")

    for seal in ("", foreign):
        assert shop.stranger().post(f"{address}/complain", data={"seal": seal, "about": "x", "command_id": "c-1"}).status_code == 403
    assert [entry.fact.kind for entry in shop.desk.history("AS-1")] == ["reported"]


def test_a_link_that_was_changed_anywhere_opens_nothing(shop: House) -> None:
    shop.report()
    shop.report("AS-2")
    address = link(shop)
    token = address.removeprefix("/c/")
    body, mac = token.split(".")
    other = link(shop, "AS-2").removeprefix("/c/").split(".")[0]

    for bad in (f"{other}.{mac}", f"{body}.{mac[:-1]}0", f"{body}.{mac[:-1]}g", f"{body}=.{mac}", body, f".{mac}", f"{body}.", "x" * 500, "%00", "中.文"):
        if bad != token:
            assert shop.stranger().get(f"/c/{bad}").status_code == 404, bad
    assert shop.stranger().get(address).status_code == 200


def test_a_link_ends_by_its_day_and_by_being_revoked(shop: House) -> None:
    shop.report()
    short, long = link(shop, days="1"), link(shop, days="30")
    shop.clock.move(days=2)
    assert shop.stranger().get(short).status_code == 410
    assert shop.stranger().get(long).status_code == 200

    shop.browser("cs-lin").post("/t/AS-1/link/revoke")
    assert shop.stranger().get(long).status_code == 410
    assert shop.stranger().get(link(shop)).status_code == 200
    kinds = [entry.fact.kind for entry in shop.desk.accesses(shop.clock().date() - timedelta(days=5), shop.clock().date())]
    assert kinds == ["link-issued", "link-issued", "link-revoked", "link-issued"]


def test_that_a_link_was_made_is_a_fact_without_the_link(shop: House) -> None:
    shop.report()
    address = link(shop)
    (entry,) = shop.desk.accesses(shop.clock().date(), shop.clock().date())
    fact: Any = entry.fact

    assert (fact.about, fact.purpose, entry.actor) == ("AS-1", PURPOSE, "cs-lin")
    assert fact.expires == shop.clock() + timedelta(days=60)
    assert address.rsplit(".")[-1] not in "".join(shop.desk.export())


@pytest.mark.parametrize(("account", "status"), [("cs-lin", 200), ("csm-tang", 200), ("wh-he", 403), ("mgr-fang", 403)])
def test_links_are_made_by_those_who_speak_with_customers(shop: House, account: str, status: int) -> None:
    shop.report()
    assert shop.browser(account).post("/t/AS-1/link").status_code == status
    assert shop.browser(account).get("/t/AS-1/link").status_code == status


def test_who_does_not_see_a_ticket_makes_no_link_to_it(shop: House) -> None:
    shop.report()
    assert shop.browser("cs-east").post("/t/AS-1/link").status_code == 404
    assert shop.browser("cs-lin").post("/t/AS-1/link", data={"days": "500"}).status_code == 422


def test_whoever_tries_too_often_has_to_wait(shop: House) -> None:
    shop.report()
    address = link(shop)
    answers = [shop.stranger().get("/c/x.y").status_code for _ in range(60)]
    assert set(answers) == {404}
    late = shop.stranger().get(address)
    assert (late.status_code, int(late.headers["retry-after"]) > 0) == (429, True)
    shop.clock.move(minutes=2)
    assert shop.stranger().get(address).status_code == 200


def test_two_offices_on_one_safe_write_links_that_both_read(shop: House) -> None:
    one, other = Links(shop.office.safe, shop.clock), Links(shop.office.safe, shop.clock)
    token, _link = one.issue("AS-1", PURPOSE)

    assert other.read(token, PURPOSE).ticket == "AS-1"
    with pytest.raises(WebError, match="link-wrong"):
        other.read(token, "installer")


def test_no_account_can_be_given_the_customers_role(shop: House) -> None:
    admin = shop.browser("boss")
    assert 'value="customer"' not in admin.get("/people").text
    refused = admin.post("/people", data={"account": "c-1", "name": "客", "roles": "customer"})
    assert refused.status_code == 422
    assert shop.office.accounts.find("c-1") is None


def test_each_act_is_one_the_customers_role_may() -> None:
    with house() as shop:
        book = shop.desk.playbook
        assert {name for name, duty in book.duties.items() if "customer" in duty.roles} == set(ACTS.values())
