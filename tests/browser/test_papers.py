"""纸: forms fit their sheets, the code in the head touches nothing, and nothing of the screen is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.browser.looking import Lang, Pages, axe, shot
from tests.browser.test_warehouse import enter
from tests.web.office import House, house, served
from tests.web.stock import goods

from aftersales_core.forms import PAPERS


@pytest.fixture(scope="module")
def wired() -> Iterator[tuple[House, str]]:
    with house() as shop:
        goods(shop, "AS-2026-1234567", "notify-arrival")
        start = shop.clock.at + timedelta(hours=2)
        about: dict[str, Any] = {"start": start, "end": start + timedelta(hours=2), "agreed_with": "王芳"}
        shop.tell("make-appointment", "AS-2026-1234567", **about)
        shop.tell("prepare-papers", "AS-2026-1234567", papers=["install-repair-slip", "sheet-feedback-slip", "leftover-sheet"])
        shop.tell("dispatch", "AS-2026-1234567", "cs_supervisor", "csm-tang", crew=["inst-zhou", "inst-li"])
        with served(shop) as base:
            yield shop, base


def pages_of(pdf: bytes) -> list[tuple[int, int]]:
    """The sheets of a PDF of Chromium's, width and height in millimetres."""
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", pdf)
    assert len(boxes) == len(re.findall(rb"/Type /Page\b(?!s)", pdf))
    return [(round(float(width) / 72 * 25.4), round(float(height) / 72 * 25.4)) for width, height in boxes]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("blank", ["", "?blank=1"])
@pytest.mark.parametrize("paper", list(PAPERS))
def test_a_form_is_one_sheet_and_its_code_touches_nothing(page_at: Pages, wired: tuple[House, str], paper: str, blank: str, lang: Lang) -> None:
    shop, base = wired
    page = page_at(lang=lang)
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/t/AS-2026-1234567/papers/{paper}{blank}")

    assert pages_of(page.pdf(prefer_css_page_size=True)) == [(210, 297)]
    page.emulate_media(media="print")
    assert not page.locator(".print-bar").is_visible()
    code = page.locator(".code").bounding_box()
    assert code is not None
    others = page.locator(".house, h1, .coded > span:first-child, table, h2").all()
    for box in filter(None, (other.bounding_box() for other in others)):
        apart = (
            box["x"] >= code["x"] + code["width"] - 1 or box["x"] + box["width"] <= code["x"] + 1
            or box["y"] >= code["y"] + code["height"] - 1 or box["y"] + box["height"] <= code["y"] + 1
        )  # fmt: skip
        assert apart or not box["width"], box
    drawn = page.locator(".code svg").bounding_box()
    assert drawn is not None
    assert drawn["width"] == pytest.approx(drawn["height"], abs=1)
    assert drawn["width"] > 55  # 15 mm: no smaller code is read off paper by every telephone


@pytest.mark.parametrize(("register", "account"), [("roster", "cs-lin"), ("goods", "wh-he")])
def test_a_register_lies_on_its_side(page_at: Pages, wired: tuple[House, str], register: str, account: str) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, account)
    page.goto(f"{base}/papers/registers/{register}?day=2026-11-26")

    assert pages_of(page.pdf(prefer_css_page_size=True)) == [(297, 210)]


@pytest.mark.parametrize(("width", "lang"), [(1280, "zh"), (390, "en")])
@pytest.mark.parametrize("path", ["/t/AS-2026-1234567/papers/leftover-sheet", "/papers/registers/roster?day=2026-11-26", "/papers/blank/acceptance-card", "/papers"])
def test_what_is_printed_can_be_read_on_a_screen_too(page_at: Pages, wired: tuple[House, str], path: str, width: int, lang: Lang) -> None:
    shop, base = wired
    page = page_at(width, lang)
    enter(page, shop, base, "wh-he")
    page.goto(base + path)

    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, f"papers-{path.rpartition('/')[2].partition('?')[0]}-{width}-{lang}")
