"""仓库: goods taken in by dialog and by box, with the keyboard alone, live, and readable for everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.browser.looking import Lang, Pages, axe, enter, shot
from tests.web.office import House, house, served
from tests.web.stock import goods, kinds


@pytest.fixture
def wired() -> Iterator[tuple[House, str]]:
    with house() as shop:
        goods(shop, "AS-1", "ship-goods")
        goods(shop, "AS-2", "inspect-goods", customer="欧阳长江")
        goods(shop, "AS-3", "raise-leftover")
        with served(shop) as base:
            yield shop, base


@pytest.mark.parametrize(("width", "lang", "scheme"), [(1280, "zh", "light"), (1280, "en", "dark"), (390, "zh", "dark"), (390, "en", "light")])
def test_the_pages_are_readable_for_everybody(page_at: Pages, wired: tuple[House, str], width: int, lang: Lang, scheme: str) -> None:
    shop, base = wired
    page = page_at(width, lang, color_scheme=scheme)
    enter(page, shop, base, "wh-he")
    places = {
        "matrix": "/warehouse", "transit": "/warehouse?tab=transit", "check": "/warehouse?tab=check", "empty": "/warehouse?tab=fit",
        "arrivals": "/warehouse/arrivals?code=AS-1", "list": "/warehouse/goods-list", "act": "/act/AS-1/inspect-goods?line=L1-1",
        "papers": "/papers?ticket=AS-1",
    }  # fmt: skip
    for name, place in places.items():
        page.goto(base + place)
        assert axe(page) == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        shot(page, f"stock-{name}-{width}-{lang}-{scheme}")


def test_a_dialog_refuses_in_place_and_records_from_the_list(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "wh-he")
    page.goto(f"{base}/warehouse?tab=check")
    page.get_by_role("link", name="到货检查 AS-1").click()
    dialog = page.get_by_role("dialog", name="到货检查")
    dialog.get_by_label("合格", exact=True).fill("9")
    dialog.get_by_role("button", name="到货检查").click()

    expect(dialog.get_by_role("alert")).to_contain_text("数量超过订购数量")
    expect(dialog.get_by_label("合格", exact=True)).to_have_value("9")
    dialog.get_by_label("合格", exact=True).fill("2")
    dialog.get_by_role("button", name="到货检查").click()
    expect(page.locator("#flash")).to_contain_text("已登记：到货检查")
    assert kinds(shop, "AS-1")[-1] == "goods-inspected"
    assert page.url.endswith("/warehouse?tab=check&done=inspect-goods")


def test_leaving_the_dialog_leads_back_to_where_it_was_opened(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "wh-he")
    page.goto(f"{base}/warehouse?tab=check")
    page.get_by_role("link", name="到货检查 AS-1").press("Enter")
    expect(page.get_by_role("dialog", name="到货检查")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog", name="到货检查")).to_be_hidden()
    expect(page.get_by_role("link", name="到货检查 AS-1")).to_be_focused()


def test_a_scan_is_taken_in_and_the_box_waits_for_the_next(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "wh-he")
    page.goto(f"{base}/warehouse/arrivals")
    expect(page.locator("#code")).to_be_focused()
    # a scanner types what the code on a form holds, and Enter
    page.keyboard.type(f"{base}/t/AS-1")
    page.keyboard.press("Enter")
    page.get_by_label("库位").fill("A-3")
    page.get_by_role("button", name="登记到货").click()

    expect(page.locator("#flash")).to_contain_text("登记入仓")
    expect(page.locator("#code")).to_be_focused()
    expect(page.locator("#code")).to_have_value("")
    assert kinds(shop, "AS-1")[-3:] == ["goods-inspected", "goods-arrived", "arrival-notified"]


def test_what_somebody_else_records_is_seen_at_once(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/warehouse?tab=draw")
    expect(page.locator("#live")).to_have_attribute("data-state", "on")
    expect(page.get_by_text("AS-2")).to_have_count(0)
    shop.tell("receive-goods", "AS-2", "warehouse_keeper", "wh-he", lines=[{"line": "L1-1", "qty": 2}])

    expect(page.get_by_role("link", name="AS-2", exact=True)).to_be_visible()


def test_without_scripts_everything_is_a_page(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at(java_script_enabled=False)
    enter(page, shop, base, "wh-he")
    page.goto(f"{base}/warehouse?tab=check")
    page.get_by_role("link", name="登记入仓 AS-2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登记入仓")
    page.get_by_role("button", name="登记入仓").click()

    expect(page.locator("#flash")).to_contain_text("已登记：登记入仓")
    assert kinds(shop, "AS-2")[-1] == "goods-arrived"


def test_a_list_is_compared_and_recorded(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "wh-he")
    page.goto(f"{base}/warehouse/goods-list")
    page.get_by_label("清单", exact=True).fill("工厂单号\t品名\t数量\nGC-100\t柜门 450×720\t2\nGC-999\t别的\t1")
    page.get_by_role("button", name="核对").click()
    expect(page.get_by_role("heading", name="对上 1 行")).to_be_visible()
    assert axe(page) == []
    shot(page, "stock-list-compared")
    page.get_by_role("button", name="登记验收合格").click()

    expect(page.get_by_text("已登记过")).to_be_visible()
    assert kinds(shop, "AS-1")[-1] == "goods-inspected"
