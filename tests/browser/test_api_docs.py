"""接口文档: drawn within the policy of all pages, and a command tried on it is recorded as whoever is signed in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.browser.looking import Lang, Pages, axe, shot
from tests.web.office import PASSWORD, House, house, served


@pytest.fixture
def wired() -> Iterator[tuple[House, str]]:
    with house() as shop, served(shop) as base:
        yield shop, base


@pytest.mark.parametrize(("width", "lang"), [(1280, "zh"), (390, "en")])
def test_the_description_is_drawn(page_at: Pages, wired: tuple[House, str], width: int, lang: Lang) -> None:
    _shop, base = wired
    page = page_at(width, lang)
    page.goto(f"{base}/api/docs")

    expect(page.locator(".opblock-tag")).to_have_count(7)
    expect(page.locator(".api-title")).to_have_text("接口文档" if lang == "zh" else "API documentation")
    expect(page.get_by_role("heading", level=1)).to_contain_text("aftersales-core")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert axe(page, ".api-bar") == []
    shot(page, f"api-docs-{width}-{lang}", whole=False)


def test_what_is_tried_is_asked_as_whoever_is_signed_in(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    shop.report()
    page = page_at()
    page.goto(f"{base}/enter")
    page.fill("#account", "cs-lin")
    page.fill("#password", PASSWORD)
    page.click("main button.primary")
    page.goto(f"{base}/api/docs")
    page.click("#operations-tag-commands")
    page.click("#operations-commands-acknowledge .opblock-summary-control")
    operation = page.locator("#operations-commands-acknowledge")
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_placeholder("ticket").fill("AS-1")
    operation.get_by_placeholder("If-Match").fill('"1"')
    operation.get_by_placeholder("Idempotency-Key").fill("tried-1")
    operation.get_by_role("button", name="Execute").click()

    expect(operation.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("201")
    entry = shop.desk.history("AS-1")[-1]
    assert (entry.fact.kind, entry.actor, entry.envelope.command_id) == ("acknowledged", "cs-lin", "tried-1")
