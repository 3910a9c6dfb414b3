"""待发送: what was tapped on a telephone reaches the ledger once, in order, with its true time, whatever happens between."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.browser.looking import Pages
from tests.browser.office_at import Served

PHOTO = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Served]:
    """An office with a visit for 周师傅 on AS-1, not running yet."""
    served = Served(tmp_path)
    served.sent_out("AS-1")
    yield served
    served.stop()


@pytest.fixture
def telephone(office: Served, page_at: Pages) -> Page:
    """周师傅's telephone, signed in, which has seen his visits while there was a network."""
    office.start()
    page = page_at(390)
    office.sign_in(page, "inst-zhou")
    visit(page, office)
    page.wait_for_selector("html[data-kept=yes]")
    return page


def visit(page: Page, office: Served, ticket: str = "AS-1") -> None:
    page.goto(f"{office.url}/visits/{ticket}/1")
    page.wait_for_selector("html[data-visits=ready]")


def confirm(page: Page) -> None:
    page.check("input[name=address_confirmed][value=yes]")
    page.click("#step-confirm-arrival button.primary")


def tick_tools(page: Page) -> None:
    page.check("#step-checks-before input[type=checkbox]")
    page.click("#step-checks-before button.primary")


def waiting(page: Page, count: int) -> None:
    expect(page.locator("#outbox [data-item][data-state=waiting]")).to_have_count(count)


def gone_dark(page_at: Pages) -> None:
    """What cannot be fetched from a dead server is no fault of the page."""
    page_at.settle()
    page_at.faults[:] = [fault for fault in page_at.faults if "net::ERR" not in fault]


def tapped(office: Served, ticket: str = "AS-1") -> list[Any]:
    """What the crew recorded, in the ledger's order."""
    return [entry for entry in office.history(ticket) if entry.actor == "inst-zhou"]


def test_what_was_tapped_without_network_is_recorded_once_in_order_with_its_true_time(
    office: Served, telephone: Page, page_at: Pages
) -> None:
    office.stop()
    visit(telephone, office)
    expect(telephone.locator("#phone-state")).to_contain_text("没有网络")
    before = datetime.fromisoformat(telephone.evaluate("new Date().toISOString()"))

    confirm(telephone)
    waiting(telephone, 1)
    tick_tools(telephone)
    waiting(telephone, 2)
    telephone.click("#step-photos summary")
    telephone.set_input_files("#photo-free", {"name": "门.png", "mimeType": "image/png", "buffer": PHOTO})
    waiting(telephone, 3)
    telephone.click("#step-depart button.primary")
    waiting(telephone, 4)
    visit(telephone, office)
    waiting(telephone, 4)
    after = datetime.fromisoformat(telephone.evaluate("new Date().toISOString()"))

    office.start()
    telephone.evaluate("dispatchEvent(new Event('online'))")
    expect(telephone.locator("#step-depart.done")).to_be_visible()
    waiting(telephone, 0)
    found = tapped(office)
    assert [entry.fact.kind for entry in found] == ["arrival-confirmed", "checks-ticked", "file-attached", "departed"]
    times = [entry.occurred_at for entry in found]
    assert times == sorted(times)
    assert before - timedelta(seconds=1) <= times[0] <= times[-1] <= after + timedelta(seconds=1)
    assert {entry.envelope.recorded_at > after for entry in found} == {True}
    assert found[0].occurred_at.utcoffset() == timedelta(hours=8)
    gone_dark(page_at)


@pytest.mark.parametrize("answered", [1, 2])
def test_a_server_that_dies_before_it_answers_has_recorded_it_once(
    office: Served, telephone: Page, page_at: Pages, answered: int
) -> None:
    office.stop()
    visit(telephone, office)
    confirm(telephone)
    waiting(telephone, 1)
    tick_tools(telephone)
    waiting(telephone, 2)

    office.start(die_at=answered)
    telephone.evaluate("dispatchEvent(new Event('online'))")
    office.gone()
    assert [entry.fact.kind for entry in tapped(office)] == ["arrival-confirmed", "checks-ticked"][:answered]
    waiting(telephone, 3 - answered)

    office.start()
    telephone.evaluate("dispatchEvent(new Event('online'))")
    waiting(telephone, 0)
    assert [entry.fact.kind for entry in tapped(office)] == ["arrival-confirmed", "checks-ticked"]
    gone_dark(page_at)


def test_what_a_rule_refuses_stays_with_its_reason_and_holds_up_nothing_of_other_tickets(
    office: Served, telephone: Page, page_at: Pages
) -> None:
    office.sent_out("AS-2")
    visit(telephone, office, "AS-2")
    office.stop()
    visit(telephone, office)
    telephone.check("input[name=address_confirmed][value=no]")
    telephone.click("#step-confirm-arrival button.primary")
    waiting(telephone, 1)
    tick_tools(telephone)
    telephone.click("#step-depart button.primary")
    waiting(telephone, 3)
    visit(telephone, office, "AS-2")
    confirm(telephone)
    waiting(telephone, 4)

    office.start()
    telephone.evaluate("dispatchEvent(new Event('online'))")
    waiting(telephone, 0)
    refused = telephone.locator("#outbox [data-item][data-state=refused]")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("L-16")
    assert [entry.fact.kind for entry in tapped(office, "AS-2")] == ["arrival-confirmed"]
    assert [entry.fact.kind for entry in tapped(office)] == ["arrival-confirmed", "checks-ticked"]

    telephone.reload()
    telephone.wait_for_selector("html[data-visits=ready]")
    expect(refused).to_have_count(1)
    telephone.on("dialog", lambda dialog: dialog.accept())
    refused.get_by_text("删除").click()
    expect(telephone.locator("#outbox")).to_be_hidden()
    gone_dark(page_at)


def test_a_refused_one_is_put_right_and_sent_with_its_own_time(office: Served, telephone: Page, page_at: Pages) -> None:
    office.stop()
    visit(telephone, office)
    confirm(telephone)
    tick_tools(telephone)
    telephone.click("#step-depart button.primary")
    telephone.check("#step-arrive input[value=yes]")
    telephone.click("#step-arrive button.primary")
    waiting(telephone, 4)
    telephone.click("#step-collect-payment summary")
    telephone.fill("#amount", "zwölf")
    telephone.fill("#receipt_no", "S-1")
    telephone.click("#step-collect-payment button.big")
    waiting(telephone, 5)
    tapped_at = telephone.locator("#outbox [data-item] time").last.get_attribute("datetime")

    office.start()
    telephone.evaluate("dispatchEvent(new Event('online'))")
    telephone.locator("#outbox [data-state=refused]").get_by_text("改了再发").click()
    expect(telephone.locator("#amount")).to_have_value("zwölf")
    telephone.fill("#amount", "12.5")
    telephone.click("#step-collect-payment button.big")
    expect(telephone.locator("#outbox")).to_be_hidden()

    paid = tapped(office)[-1]
    assert (paid.fact.kind, paid.fact.amount) == ("payment-collected", 1250)
    assert tapped_at is not None
    assert paid.occurred_at == datetime.fromisoformat(tapped_at)
    gone_dark(page_at)


def test_another_account_on_the_telephone_never_sends_it(office: Served, telephone: Page, page_at: Pages) -> None:
    office.sent_out("AS-3", crew=("inst-li",))
    office.stop()
    visit(telephone, office)
    confirm(telephone)
    waiting(telephone, 1)

    office.start()
    office.sign_in(telephone, "inst-li")
    visit(telephone, office, "AS-3")
    expect(telephone.locator("#phone-state")).to_contain_text("inst-zhou")
    expect(telephone.locator("#outbox")).to_be_hidden()
    assert tapped(office) == []
    assert telephone.evaluate("caches.open('aftersales-pages').then(pages => pages.match('/visits/AS-1/1')).then(Boolean)") is False

    office.sign_in(telephone, "inst-zhou")
    visit(telephone, office)
    waiting(telephone, 0)
    assert [entry.fact.kind for entry in tapped(office)] == ["arrival-confirmed"]
    gone_dark(page_at)


def test_who_is_signed_out_meanwhile_is_asked_to_sign_in_and_loses_nothing(office: Served, telephone: Page, page_at: Pages) -> None:
    office.sign_out_everywhere("inst-zhou")
    confirm(telephone)
    expect(telephone.locator("#phone-state")).to_contain_text("登录已过期")
    waiting(telephone, 1)
    assert tapped(office) == []

    office.sign_in(telephone, "inst-zhou")
    visit(telephone, office)
    waiting(telephone, 0)
    assert [entry.fact.kind for entry in tapped(office)] == ["arrival-confirmed"]


def test_the_service_worker_sends_when_no_page_is_open(office: Served, telephone: Page, page_at: Pages) -> None:
    office.stop()
    visit(telephone, office)
    confirm(telephone)
    waiting(telephone, 1)
    blank = telephone.context.new_page()
    found: list[str] = []
    browser = blank.context.new_cdp_session(blank)
    browser.on("ServiceWorker.workerRegistrationUpdated", lambda told: found.extend(each["registrationId"] for each in told["registrations"]))
    browser.send("ServiceWorker.enable")
    blank.evaluate("0")
    telephone.close()

    office.start()
    browser.send("ServiceWorker.dispatchSyncEvent", {"origin": office.url, "registrationId": found[0], "tag": "aftersales-send", "lastChance": False})
    blank.goto(f"{office.url}/visits/offline")
    blank.evaluate("""async () => {
        const { Store } = await import("/static/queue.js"), store = await Store.open();
        while ((await store.all()).length) await new Promise((resolve) => setTimeout(resolve, 30));
    }""")
    assert [entry.fact.kind for entry in tapped(office)] == ["arrival-confirmed"]
    gone_dark(page_at)


def test_what_somebody_is_writing_is_not_taken_from_him_by_news(office: Served, telephone: Page) -> None:
    telephone.click("#step-checks-before summary")
    telephone.fill("#note-checks-before", "带了电钻")
    telephone.evaluate("() => { window.news = new Promise((resolve) => window.addEventListener('facts', () => resolve(1), { capture: true, once: true })); }")
    office.tell("AS-1", "amend", "cs_specialist", problem="两扇柜门都裂了")
    telephone.evaluate("window.news")
    # as long as the page would have taken to be fetched and put in place, and again
    telephone.evaluate("async () => { for (let n = 0; n < 3; n += 1) await (await fetch(location.href)).text(); }")
    assert telephone.input_value("#note-checks-before") == "带了电钻"
    assert telephone.locator("#step-checks-before details").evaluate("each => each.open") is True

    tick_tools(telephone)
    expect(telephone.locator(".trip-what")).to_contain_text("两扇柜门都裂了")
    assert tapped(office)[0].fact.note == "带了电钻"


def test_signing_out_clears_the_pages_from_the_telephone(office: Served, telephone: Page) -> None:
    telephone.evaluate("document.querySelector('form[action=\"/leave\"]').submit()")
    telephone.wait_for_url("**/enter")
    assert telephone.evaluate("caches.has('aftersales-pages')") is False


def test_no_page_on_the_telephone_holds_the_sessions_secret(office: Served, telephone: Page) -> None:
    kept = telephone.evaluate("caches.open('aftersales-pages').then(pages => pages.match('/visits/AS-1/1')).then(page => page.text())")
    secret = telephone.evaluate("document.documentElement.dataset.csrf")
    assert len(secret) > 20
    assert secret not in kept
    assert "王芳" in kept


def test_a_telephone_whose_clock_is_wrong_is_told_so_and_may_record(office: Served, telephone: Page) -> None:
    telephone.clock.set_system_time(datetime.now() + timedelta(hours=3))
    visit(telephone, office)
    expect(telephone.locator("#phone-state")).to_contain_text("快 3 h")
    confirm(telephone)
    expect(telephone.locator("#step-confirm-arrival.done")).to_be_visible()
    assert tapped(office)[0].envelope.flags == ("later-than-recorded",)


def test_a_photo_is_made_small_before_it_is_sent(office: Served, telephone: Page) -> None:
    telephone.click("#step-photos summary")
    telephone.evaluate("""async () => {
        const canvas = new OffscreenCanvas(3000, 2000); canvas.getContext("2d").fillRect(0, 0, 3000, 2000);
        const files = new DataTransfer(); files.items.add(new File([await canvas.convertToBlob({type: "image/png"})], "大.png", {type: "image/png"}));
        const input = document.getElementById("photo-free"); input.files = files.files; input.dispatchEvent(new Event("change", {bubbles: true}));
    }""")
    picture = telephone.locator("#pictures ~ .pictures img, .pictures img").first
    expect(picture).to_be_visible()
    size = picture.evaluate("async img => { img.loading = 'eager'; await img.decode(); return [img.naturalWidth, img.naturalHeight] }")
    assert size == [1600, 1067]
    assert tapped(office)[0].fact.media_type == "image/jpeg"


def test_the_customer_signs_on_the_glass(office: Served, telephone: Page) -> None:
    confirm(telephone)
    tick_tools(telephone)
    telephone.click("#step-depart button.primary")
    telephone.check("#step-arrive input[value=yes]")
    telephone.click("#step-arrive button.primary")
    telephone.fill("#work", "更换铰链")
    telephone.click("#step-complete-visit button.primary")
    telephone.locator("#step-accept-work input[name=rating][value='5']").check(force=True)
    pad = telephone.locator("[data-pad] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box is not None
    telephone.mouse.move(box["x"] + 30, box["y"] + 40)
    telephone.mouse.down()
    for step in range(1, 12):
        telephone.mouse.move(box["x"] + 30 + step * 15, box["y"] + 40 + (step % 3) * 30)
    telephone.mouse.up()
    telephone.click("#step-accept-work button.primary")
    expect(telephone.locator("#step-accept-work.done")).to_be_visible()

    signature, accepted = tapped(office)[-2:]
    assert (signature.fact.kind, signature.fact.purpose, signature.fact.media_type) == ("file-attached", "signature", "image/png")
    assert (accepted.fact.kind, accepted.fact.rating, accepted.fact.signed_by) == ("accepted", 5, "王芳")
