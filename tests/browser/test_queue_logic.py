"""待发送: the part of the queue that needs no network and no store, asked as a module by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from tests.browser.looking import Pages
from tests.browser.office_at import Served


@pytest.fixture
def module(tmp_path: Path, page_at: Pages) -> Iterator[Page]:
    """A page in which the module can be imported."""
    served = Served(tmp_path)
    served.start()
    page = page_at(390)
    page.goto(f"{served.url}/visits/offline")
    yield page
    served.stop()


def ask(page: Page, expression: str, argument: Any = None) -> Any:
    """What *expression* says of the module as `queue`."""
    return page.evaluate(f"async (argument) => {{ const queue = await import('/static/queue.js'); return {expression} }}", argument)


def test_its_answers(module: Page) -> None:
    statuses = [200, 0, 401, 403, 404, 409, 412, 413, 422, 429, 500, 503]
    assert ask(module, "argument.map(status => queue.verdict(status))", statuses) == [
        "recorded", "later", "sign-in", "refused", "refused", "refused", "refused", "refused", "refused", "later", "later", "later",
    ]  # fmt: skip
    codes = ["forged", "visits-other-account", "password-first", "not-your-role"]
    assert ask(module, "argument.map(code => queue.verdict(403, code))", codes) == ["secret", "other", "sign-in", "refused"]


def test_a_moment_is_of_the_telephones_zone_and_never_before_the_last(module: Page) -> None:
    at = "Date.parse('2026-11-26T01:02:03.004Z')"
    assert ask(module, f"queue.stamp({at})") == "2026-11-26T09:02:03.004+08:00"
    assert ask(module, f"queue.stamp({at}, {at} + 60000)") == "2026-11-26T09:03:03.004+08:00"


def test_pauses_grow_are_spread_and_heed_the_server(module: Page) -> None:
    assert ask(module, "[0, 1, 2, 30].map(tries => queue.pause(tries, 1))") == [2000, 4000, 8000, 300000]
    assert ask(module, "[0, 1, 2, 30].map(tries => queue.pause(tries, 0))") == [1000, 2000, 4000, 150000]
    assert ask(module, "queue.pause(0, 0, 90)") == 90000


def test_what_is_sent_next(module: Page) -> None:
    def item(key: int, ticket: str, state: str = "waiting", account: str = "zhou") -> dict[str, Any]:
        return {"key": key, "path": ticket, "state": state, "account": account}

    items = [item(1, "A", "refused"), item(2, "A"), item(3, "B", account="li"), item(4, "B"), item(5, "C")]
    assert ask(module, "queue.nextOf(argument, 'zhou').key", items) == 4
    assert ask(module, "[...queue.heldOf(argument)]", items) == [2]
    assert ask(module, "queue.nextOf(argument.slice(0, 3), 'zhou')", items) is None


def test_ids_are_ids_of_the_core_and_differ(module: Page) -> None:
    found = ask(module, "Array.from({length: 50}, () => queue.newId())")
    assert len(set(found)) == 50
    assert all(len(each) == 18 and each.startswith("p-") and " " not in each for each in found)


def test_items_are_kept_in_the_order_they_were_tapped(module: Page) -> None:
    told = ask(module, """(async () => {
        const store = await queue.Store.open("a-test");
        await store.add([{ id: "a" }, { id: "b" }], 5000); await store.add([{ id: "c" }], 4000);
        const found = await (await queue.Store.open("a-test")).all();
        return found.map(item => [item.id, item.state, item.at]);
    })()""")
    assert told == [[each, "waiting", "1970-01-01T08:00:05.000+08:00"] for each in ("a", "b", "c")]
