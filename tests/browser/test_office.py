"""办公室一天: a ticket's whole life clicked through by five people, a second browser that sees it, and pages that anybody can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.browser.looking import Lang, Pages, axe, shot
from tests.browser.office_at import Served

from aftersales_core import Desk
from aftersales_core.audit import Report

LOOKS = [(390, "zh", "light"), (390, "en", "dark"), (1280, "zh", "dark"), (1280, "en", "light")]

Fill = Callable[[Locator], None]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    served.sent_out("AS-1")
    served.sent_out("AS-2", category="installation")
    served.tell("AS-3", "report", "cs_specialist", category="repair", customer="李雷", phone="13900001111", address="文一路 1 号", model="K", purchased_on="2026-03-01", problem="异响")
    served.start()
    yield served
    served.stop()


@pytest.mark.parametrize(("width", "lang", "scheme"), LOOKS)
def test_the_pages_of_the_office(office: Served, page_at: Pages, width: int, lang: Lang, scheme: str) -> None:
    page = page_at(width, lang, color_scheme=scheme)
    page.goto(f"{office.url}/enter")
    _sound(page, f"enter-{width}-{lang}-{scheme}")
    for account, places in (
        ("cs-lin", ("", "board", "board?view=table", "plan", "calls", "tickets?q=AS")), ("csm-tang", ("", "?list=overdue", "plan?days=1")),
        ("mgr-fang", ("people", "people/mgr-fang", "accesses", "rules")), ("sup-chen", ("",)),
    ):  # fmt: skip
        office.sign_in(page, account)
        for place in places:
            page.goto(f"{office.url}/{place}")
            page.wait_for_load_state("load")
            _sound(page, f"{account}-{place.partition('?')[0].replace('/', '-') or 'today'}-{width}-{lang}-{scheme}")


def _sound(page: Page, name: str) -> None:
    shot(page, name)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def _do(page: Page, office: Served, ticket: str, command: str, fill: Fill | None = None) -> None:
    """Give a command by its form on the ticket's page, as a link of the page opens it."""
    page.goto(f"{office.url}/t/{ticket}/do/{command}")
    form = page.locator("section.action form[method=post]")
    if fill is not None:
        fill(form)
    form.locator("button.primary").click()
    expect(page).to_have_url(f"{office.url}/t/{ticket}?done={command}")
    expect(page.locator("#flash")).not_to_be_empty()


def _tap(page: Page, office: Served, command: str) -> None:
    """Give a command by the one tap of the day's page."""
    page.goto(office.url)
    button = page.locator(f"form[action^='/today/'][action*='/{command}'] button").first
    button.click()
    expect(button).to_have_count(0)


def test_five_people_take_a_ticket_from_report_to_close(office: Served, page_at: Pages) -> None:
    page = page_at(1280)
    office.sign_in(page, "cs-lin")
    page.goto(f"{office.url}/tickets/new")
    page.fill("[name=ticket]", "AS-9")
    page.select_option("[name=category]", "repair")
    for name, value in (("customer", "韩梅梅"), ("phone", "13700002222"), ("address", "文二路 5 号"), ("model", "K-9"), ("problem", "柜门下垂"), ("purchased_on", "2026-05-01")):
        page.fill(f"[name={name}]", value)
    page.locator("main form[method=post] button.primary").click()
    expect(page.locator("h1")).to_have_text("AS-9")

    def triage(form: Locator) -> None:
        form.locator("[name=service][value=repair]").check()
        form.locator("[name=needs_goods][value=no]").check()

    _do(page, office, "AS-9", "triage", triage)
    _do(page, office, "AS-9", "make-appointment")
    _do(page, office, "AS-9", "prepare-papers", lambda form: form.locator("[value=install-repair-slip]").check())

    office.sign_in(page, "csm-tang")
    _do(page, office, "AS-9", "dispatch", lambda form: form.locator("[name=crew][value=inst-zhou]").check())

    phone = page_at(390)
    office.sign_in(phone, "inst-zhou")

    def arrival(form: Locator) -> None:
        form.locator("[name=address_confirmed][value=yes]").check()

    def ticks(form: Locator) -> None:
        for each in form.locator("[name=items]").all():
            each.check()

    def signed(form: Locator) -> None:
        form.locator("[name=by][value=customer]").check()
        form.locator("[name=signed_by]").fill("韩梅梅")
        form.locator("[name=rating][value='5']").check()
        form.locator("[name=product_rating][value='5']").check()

    def slip(form: Locator) -> None:
        form.locator("[name=slip_no]").fill("N-9")
        for name in ("complete", "daily_report"):
            form.locator(f"[name={name}]").check()

    _do(phone, office, "AS-9", "confirm-arrival", arrival)
    _do(phone, office, "AS-9", "tick-checks", ticks)
    _do(phone, office, "AS-9", "depart")
    _do(phone, office, "AS-9", "arrive", lambda form: form.locator("[name=customer_present][value=yes]").check())
    _do(phone, office, "AS-9", "complete-visit", lambda form: form.locator("[name=work]").fill("调整铰链"))
    _do(phone, office, "AS-9", "accept-work", signed)
    _do(phone, office, "AS-9", "hand-in-slip", slip)
    shot(phone, "life-installer-390")

    office.sign_in(page, "sup-chen")
    _tap(page, office, "approve-slip")
    _tap(page, office, "pass-on-slip")

    office.sign_in(page, "cs-lin")
    _do(page, office, "AS-9", "register-slip")
    page.goto(f"{office.url}/calls?ticket=AS-9")
    shot(page, "life-call-1280")
    page.keyboard.press("5")
    page.fill("[name=repair_result]", "好用")
    page.click("button[name=outcome][value=satisfied]")
    page.locator("form[action$='register-revisit'] button").click()
    page.locator("form[action$='share-revisit'] button").click()
    expect(page.locator("form[action$='share-revisit']")).to_have_count(0)

    def file(form: Locator) -> None:
        for each in form.locator("[name=papers]").all():
            each.check()

    _do(page, office, "AS-9", "archive", file)
    _do(page, office, "AS-9", "close", lambda form: form.locator("[name=result]").fill("已修好"))
    page.goto(f"{office.url}/t/AS-9")
    shot(page, "life-closed-1280")
    assert axe(page) == []

    history = office.history("AS-9")
    assert {entry.actor for entry in history} == {"cs-lin", "csm-tang", "inst-zhou", "sup-chen"}
    with Desk.open(office.database) as desk:
        assert desk.state("AS-9").stage == "CLOSED"
        assert list(desk.verify(Report())) == []

    # a manager, the fifth, looks back at it
    office.sign_in(page, "mgr-fang")
    page.goto(f"{office.url}/t/AS-9/replay")
    expect(page.locator("main")).to_contain_text("AS-9")
    shot(page, "life-replay-1280")


def test_a_second_browser_sees_what_the_first_recorded(office: Served, page_at: Pages) -> None:
    one, other = page_at(1280), page_at(1280)
    for page in (one, other):
        office.sign_in(page, "cs-lin")
    other.goto(f"{office.url}/board")
    expect(other.locator("#live")).to_have_attribute("data-state", "on")
    card = other.locator("#stage-REPORTED .ticket-card", has_text="AS-3")
    expect(card).to_have_count(1)

    def triage(form: Locator) -> None:
        form.locator("[name=service][value=repair]").check()
        form.locator("[name=needs_goods][value=no]").check()

    _do(one, office, "AS-3", "triage", triage)
    expect(card).to_have_count(0)
    expect(other.locator("#stage-TRIAGED .ticket-card", has_text="AS-3")).to_have_count(1)


def test_keys_lead_through_the_office(office: Served, page_at: Pages) -> None:
    page = page_at(1280)
    office.sign_in(page, "cs-lin")
    page.goto(office.url)
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page).to_have_url(f"{office.url}/board")
    expect(page.locator("#live")).to_have_attribute("data-state", "on")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.getAttribute('href')")
    assert first.startswith("/t/")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{office.url}{first}")
    expect(page.locator("#live")).to_have_attribute("data-state", "on")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
