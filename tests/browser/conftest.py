"""浏览器: one Chromium for all tests that look at pages, and pages that tell on themselves."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright
from tests.browser.looking import ARGS, Pages
from tools.browser import MISSING, find


@pytest.fixture(scope="session")
def chromium() -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    """A running Chromium and the event loop of Playwright; each process of pytest has its own."""
    if (program := find()) is None:
        pytest.fail(MISSING)
    # Chromium's sandbox does not start for root
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        running = playwright.chromium.launch(executable_path=program, args=[*ARGS, *alone])
        asyncio._set_running_loop(None)
        yield running, loop
        asyncio._set_running_loop(loop)
        running.close()


@pytest.fixture
def browser(chromium: tuple[Browser, asyncio.AbstractEventLoop]) -> Iterator[Browser]:
    """The Chromium of all tests, for this one."""
    running, loop = chromium
    # Playwright marks its loop as running in this thread and leaves it so; other tests here run loops of their own
    asyncio._set_running_loop(loop)
    yield running
    asyncio._set_running_loop(None)


@pytest.fixture
def page_at(browser: Browser) -> Iterator[Pages]:
    """`page_at(width, lang)` opens a page; see `Pages`."""
    pages = Pages(browser)
    yield pages
    pages.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """A test fails with what went wrong in its pages; where it failed already, that is told beside."""
    pages = getattr(item, "funcargs", {}).get("page_at")
    try:
        yield
    except BaseException:
        if pages is not None and pages.faults:
            item.add_report_section("call", "pages", "\n".join(pages.faults))
        raise
    if pages is not None:
        pages.settle()
        if pages.faults:
            pytest.fail("\n".join(pages.faults), pytrace=False)
