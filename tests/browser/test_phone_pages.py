"""手机上的页面: the pages of visits and of customers can be read and used by everybody, on a telephone and on a desk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.browser.looking import Lang, Pages, axe, shot
from tests.browser.office_at import Served

from aftersales_core import Desk
from aftersales_web.access.links import Links

LOOKS = [(390, "zh", "light"), (390, "en", "dark"), (1280, "zh", "dark"), (1280, "en", "light")]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Served]:
    """An office with visits that stand at different steps."""
    served = Served(tmp_path)
    served.sent_out("AS-1")
    served.sent_out("AS-2", category="installation")
    with Desk.open(served.database) as desk:
        now = datetime.now(UTC)
        crew = [
            ("confirm-arrival", {"address_confirmed": True, "expected_at": now}), ("depart", {}), ("arrive", {"customer_present": True}),
            ("tick-checks", {"items": ["count", "model", "looks"]}),
        ]  # fmt: skip
        for at, (command, fields) in enumerate(crew):
            desk.handle({
                "command": command, "ticket": "AS-2", "command_id": f"crew-{at}", "occurred_at": now, "actor": "inst-zhou", "role": "installer", **fields,
            })  # fmt: skip
    served.start()
    yield served
    served.stop()


def sound(page: Page, name: str) -> None:
    """Nothing is wrong with the page by axe, and nothing sticks out to the side."""
    shot(page, name)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "lang", "scheme"), LOOKS)
def test_the_pages_of_visits(office: Served, page_at: Pages, width: int, lang: Lang, scheme: str) -> None:
    page = page_at(width, lang, color_scheme=scheme)
    office.sign_in(page, "inst-zhou")
    look = f"{width}-{lang}-{scheme}"
    page.goto(f"{office.url}/visits")
    expect(page.locator(".trip")).to_have_count(2)
    sound(page, f"visits-{look}")
    for ticket in ("AS-1", "AS-2"):
        page.goto(f"{office.url}/visits/{ticket}/1")
        page.wait_for_selector("html[data-visits=ready]")
        for each in page.locator("#visit details").all():
            each.evaluate("each => { each.open = true }")
        sound(page, f"visit-{ticket}-{look}")


@pytest.mark.parametrize(("width", "lang", "scheme"), LOOKS[:2])
def test_a_telephone_without_network(office: Served, page_at: Pages, width: int, lang: Lang, scheme: str) -> None:
    page = page_at(width, lang, color_scheme=scheme)
    office.sign_in(page, "inst-zhou")
    page.goto(f"{office.url}/visits/AS-1/1")
    page.wait_for_selector("html[data-kept=yes]")
    office.stop()
    page.check("input[name=address_confirmed][value=yes]")
    page.click("#step-confirm-arrival button.primary")
    page.check("#step-checks-before input[type=checkbox]")
    page.click("#step-checks-before button.primary")
    expect(page.locator("#outbox [data-item]")).to_have_count(2)
    expect(page.locator("#phone-state .note")).to_be_visible()
    sound(page, f"waiting-{width}-{lang}-{scheme}")
    page.goto(f"{office.url}/board")
    sound(page, f"offline-{width}-{lang}-{scheme}")
    page_at.settle()
    page_at.faults[:] = [fault for fault in page_at.faults if "net::ERR" not in fault]


@pytest.mark.parametrize(("width", "lang", "scheme"), LOOKS)
def test_the_page_of_a_customer(office: Served, page_at: Pages, width: int, lang: Lang, scheme: str) -> None:
    page = page_at(width, lang, color_scheme=scheme, java_script_enabled=True)
    look = f"{width}-{lang}-{scheme}"
    for ticket in ("AS-1", "AS-2"):
        page.goto(office.url + address(office, ticket))
        for each in page.locator("details").all():
            each.evaluate("each => { each.open = true }")
        sound(page, f"customer-{ticket}-{look}")
    page.goto(f"{office.url}/c/none.none")
    sound(page, f"customer-closed-{look}")


def address(office: Served, ticket: str) -> str:
    with Desk.open(office.database) as desk:
        return "/c/" + Links(desk.safe, lambda: datetime.now(UTC)).issue(ticket, "customer")[0]


def test_a_customer_without_scripts_confirms_and_complains(office: Served, page_at: Pages) -> None:
    page = page_at(390, java_script_enabled=False)
    page.goto(office.url + address(office, "AS-1"))
    page.get_by_role("button", name="这个时间可以").click()
    expect(page.get_by_role("status")).to_contain_text("谢谢您确认")
    page.get_by_text("有不满意，要投诉").click()
    page.fill("#about", "打电话没人接")
    page.get_by_role("button", name="提交投诉").click()
    expect(page.get_by_role("status")).to_contain_text("我们会给您答复")
    assert [(entry.fact.kind, entry.actor) for entry in office.history("AS-1")[-2:]] == [
        ("appointment-confirmed", "customer:AS-1"), ("complaint-lodged", "customer:AS-1"),
    ]  # fmt: skip
    assert page.context.cookies() == []


def test_a_crew_without_scripts_records_by_plain_forms(office: Served, page_at: Pages) -> None:
    page = page_at(390, java_script_enabled=False)
    office.sign_in(page, "inst-zhou")
    page.goto(f"{office.url}/visits/AS-2/1")
    page.fill("#work", "安装完毕")
    page.locator("#step-complete-visit button.primary").click()
    expect(page.locator("#step-complete-visit.done")).to_be_visible()
    page.locator("#step-accept-work input[name=rating][value='4']").check(force=True)
    page.locator("#step-accept-work button.primary").click()
    expect(page.locator("#step-accept-work.done")).to_be_visible()
    assert [entry.fact.kind for entry in office.history("AS-2")[-2:]] == ["installed", "accepted"]


@pytest.mark.parametrize(("width", "lang", "scheme"), LOOKS)
def test_the_page_where_a_link_is_made(office: Served, page_at: Pages, width: int, lang: Lang, scheme: str) -> None:
    page = page_at(width, lang, color_scheme=scheme)
    office.sign_in(page, "cs-lin")
    page.goto(f"{office.url}/t/AS-1/link")
    page.locator("form[action$='/link'] button").click()
    expect(page.locator(".code svg")).to_be_visible()
    sound(page, f"link-{width}-{lang}-{scheme}")
    follow = page.input_value("#url")
    page.goto(follow)
    expect(page.locator("#appointment")).to_be_visible()
