"""工单: the ticket's page, its forms, its replay, search and clauses, through a browser: live, by keyboard, without scripts, readable for everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from tests.browser.looking import Lang, Pages, axe, enter, shot
from tests.web.office import House, house, served
from tests.web.telling import CREW, PNG, handed_in, kinds, sent

from aftersales_core.audit import check
from aftersales_web.access.accounts import Account


@pytest.fixture
def wired() -> Iterator[tuple[House, str]]:
    with house() as shop:
        shop.office.accounts.put(Account("des-yan", "严设计", ("designer",)))
        handed_in(shop)
        shop.tell("raise-leftover", lines=[{"item": "铰链", "qty": 2, "needs_goods": True}])
        kept = shop.desk.keep(PNG, media_type="image/png", name="封边爆口.png")
        shop.tell("attach-file", **CREW, digest=kept.digest, media_type=kept.media_type, size=kept.size, file_name=kept.name)
        shop.report("AS-2")
        with served(shop) as base:
            yield shop, base


@pytest.mark.parametrize(("width", "lang", "scheme"), [(1280, "zh", "light"), (1280, "en", "dark"), (390, "zh", "dark"), (390, "en", "light")])
def test_the_pages_are_readable_for_everybody(page_at: Pages, wired: tuple[House, str], width: int, lang: Lang, scheme: str) -> None:
    shop, base = wired
    page = page_at(width, lang, color_scheme=scheme)
    places = {
        "cs-lin": {"ticket": "/t/AS-1?all=1", "do": "/t/AS-1/do/raise-leftover", "why": "/t/AS-1/do/close", "replay": "/t/AS-1/replay?v=3&other=1",
                   "then": "/t/AS-1/replay?as_of=2020-01-01T00:00", "search": "/tickets?q=AS", "none": "/tickets?q=zzz", "new": "/tickets/new",
                   "clauses": "/clauses?q=F-0"},
        "sup-chen": {"soft": "/t/AS-1/do/approve-slip", "correct": "/t/AS-1/do/correct", "fix": "/t/AS-1/do/correct?fact=1"},
        "inst-zhou": {"file": "/t/AS-1/do/attach-file"},
        "des-yan": {"masked": "/t/AS-1"},
    }  # fmt: skip
    for account, own in places.items():
        enter(page, shop, base, account)
        for name, place in own.items():
            page.goto(base + place)
            page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true })")
            assert axe(page) == [], name
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
            shot(page, f"ticket-{name}-{width}-{lang}-{scheme}")


def test_a_form_opens_in_the_page_and_the_ticket_goes_on_without_a_page_being_loaded(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/t/AS-2")
    page.evaluate("window.same = true")
    page.get_by_role("link", name="联系客户").first.click()
    form = page.locator("#doing .action")
    expect(form.get_by_role("heading", name="联系客户")).to_be_visible()
    expect(form.get_by_label("备注")).to_be_focused()
    form.get_by_label("备注").fill("客户下午在家")
    form.get_by_role("button", name="联系客户").click()

    expect(page.locator("#flash")).to_contain_text("已登记：联系客户")
    expect(page.locator("#history")).to_contain_text("首次联系")
    expect(page.locator("#doing")).to_be_empty()
    assert page.evaluate("window.same") is True
    assert kinds(shop, "AS-2") == ["reported", "acknowledged"]


def test_an_open_form_outlives_what_others_record_and_says_so(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/t/AS-2")
    expect(page.locator("#live")).to_have_text("实时")
    page.get_by_role("link", name="补充资料").click()
    form = page.locator("#doing .action")
    form.get_by_label("问题描述").fill("两扇门都开裂")
    page.locator("summary", has_text="由其他角色办理").click()

    shop.tell("amend", "AS-2", "cs_supervisor", "csm-tang", model="K-300")
    expect(page.locator("#matter ~ *, #ticket")).to_contain_text(["K-300"])
    expect(form.get_by_label("问题描述")).to_have_value("两扇门都开裂")
    expect(form.locator(".changed")).to_be_visible()
    expect(page.locator(".elsewhere")).to_be_visible()  # what was unfolded stays so

    form.get_by_role("button", name="补充资料").click()
    expect(form.get_by_role("alert")).to_contain_text("K-300")
    expect(form.get_by_label("问题描述")).to_have_value("两扇门都开裂")
    form.get_by_role("button", name="补充资料").click()
    expect(page.locator("#flash")).to_contain_text("已登记")
    assert shop.desk.state("AS-2").problem == "两扇门都开裂"
    assert shop.desk.state("AS-2").model == "K-300"


def test_a_refusal_stays_in_the_form_with_the_way_on(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "sup-chen")
    page.goto(f"{base}/t/AS-1")
    page.get_by_role("link", name="写明理由并继续").click()
    form = page.locator("#doing .action")
    form.locator("button.primary").click()
    expect(form.get_by_role("alert")).to_be_focused()
    expect(form.get_by_role("alert")).to_contain_text("客户评分")
    form.get_by_label("越过规定的理由").fill("客户出差，电话里说满意")
    form.locator("button.primary").click()
    expect(page.locator("#flash")).to_contain_text("已登记")
    assert shop.desk.history("AS-1")[-1].envelope.reason == "客户出差，电话里说满意"


def test_on_a_phone_the_next_step_is_always_at_hand(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at(390)
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/t/AS-2")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    bar = page.locator(".act-bar")
    expect(bar).to_be_in_viewport()
    box = bar.locator("a").first.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    bar.get_by_role("link", name="联系客户").click()
    expect(page.locator("#doing").get_by_role("button", name="联系客户")).to_be_visible()
    expect(bar).to_be_hidden()  # the form has a button of its own
    page.locator("#doing").get_by_role("button", name="联系客户").click()
    expect(page.locator("#flash")).to_contain_text("已登记")
    assert kinds(shop, "AS-2") == ["reported", "acknowledged"]


def test_everything_works_without_scripts(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at(java_script_enabled=False)
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/t/AS-2")
    page.get_by_role("link", name="联系客户").first.click()
    page.get_by_label("备注").fill("客户下午在家")
    page.get_by_role("button", name="联系客户").click()
    expect(page.locator("#flash")).to_contain_text("已登记")
    assert kinds(shop, "AS-2") == ["reported", "acknowledged"]

    page.get_by_label("只看哪一种").select_option("reported")
    page.get_by_role("button", name="筛选").click()
    assert page.locator(".timeline > li").count() == 1
    page.goto(f"{base}/t/AS-1/replay?v=3")
    page.get_by_role("link", name="下一步").click()
    expect(page.locator(".player-where")).to_contain_text("第 4 步")
    page.get_by_role("button", name="查看").first.click()
    expect(page.locator(".player-where")).to_contain_text("第 4 步")


def test_a_photo_is_attached_by_choosing_it(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at(390)
    enter(page, shop, base, "inst-zhou")
    page.goto(f"{base}/t/AS-1")
    page.get_by_role("link", name="添加附件").first.click()
    page.get_by_label("照片或文件").set_input_files([{"name": "现场.png", "mimeType": "image/png", "buffer": PNG + b"\0"}])
    page.get_by_label("照片", exact=True).check()
    page.get_by_role("button", name="添加附件").click()
    expect(page.locator("#flash")).to_contain_text("已登记")
    expect(page.locator(".gallery img")).to_have_count(2)


def test_the_replay_is_walked_by_keys_and_every_step_has_an_address(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/t/AS-1/replay?v=5")
    slider, where = page.get_by_label("拖动或按左右键"), page.locator(".player-where")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(where).to_contain_text("第 6 步")
    expect(page).to_have_url(re.compile(r"\?v=6$"))
    expect(slider).to_be_focused()
    expect(page.locator(".fact-list [aria-current]")).to_contain_text("上门前确认")
    page.locator("h1").click()
    page.keyboard.press("ArrowLeft")
    expect(where).to_contain_text("第 5 步")
    page.go_back()
    expect(where).to_contain_text("第 6 步")
    page.locator(".fact-list a").first.click()
    expect(where).to_contain_text("第 1 步")
    expect(slider).to_have_value("1")


def test_the_replay_plays_to_its_end(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    sent(shop, "AS-3")
    page = page_at()
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/t/AS-3/replay")
    where = page.locator(".player-where")
    page.get_by_role("button", name="速度 1×").click()
    seen = "new MutationObserver(() => { window.seen.push(document.querySelector('.player-where').innerText) })"
    page.evaluate(f"window.seen = []; {seen}.observe(document.querySelector('#replay'), {{subtree: true, childList: true, characterData: true}})")
    page.get_by_role("button", name="播放").click()
    expect(page.get_by_role("button", name="暂停")).to_be_visible()
    expect(page.get_by_role("button", name="播放")).to_be_visible()  # it has come to its end by itself
    expect(where).to_contain_text("第 5 步")
    expect(page).to_have_url(re.compile(r"\?v=5$"))
    steps = [int(found[1]) for told in page.evaluate("window.seen") if (found := re.search(r"第 (\d) 步", told))]
    played = steps[steps.index(1) :]  # before, it stood at its end
    assert played == sorted(played)
    assert set(played) >= {1, 3, 5}


def test_a_clause_is_led_to_and_marked(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/t/AS-2")
    clause = page.locator("#next a.clause").first
    name = clause.inner_text()
    clause.click()
    expect(page).to_have_url(f"{base}/clauses#{name}")
    expect(page.locator(f"article#{name}")).to_be_in_viewport()


def test_tickets_of_the_same_telephone_are_shown_while_one_is_opened(page_at: Pages, wired: tuple[House, str]) -> None:
    shop, base = wired
    page = page_at()
    enter(page, shop, base, "cs-lin")
    page.goto(f"{base}/tickets/new")
    page.get_by_label("联系电话").fill("13812345678")
    page.get_by_label("地址").focus()
    expect(page.locator("#known")).to_contain_text("已有 2 张工单")
    page.get_by_label("类别").select_option("repair")
    page.get_by_label("客户姓名").fill("李雷")
    page.get_by_label("问题描述").fill("异响")
    number = page.get_by_label("工单号").input_value()
    page.get_by_role("button", name="登记报修").click()
    expect(page.locator("h1")).to_have_text(number)
    assert shop.desk.state(number).customer == "李雷"


@pytest.mark.parametrize(("width", "lang", "button"), [(1280, "zh", "带凭证导出"), (390, "en", "Export with proof")])
def test_a_ticket_is_carried_out_with_its_proof(page_at: Pages, wired: tuple[House, str], width: int, lang: Lang, button: str) -> None:
    shop, base = wired
    page = page_at(width, lang)
    enter(page, shop, base, "mgr-fang")
    page.goto(f"{base}/t/AS-1/replay")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, f"replay-carry-{width}-{lang}")
    with page.expect_download() as coming:
        page.get_by_role("button", name=button).click()

    assert coming.value.suggested_filename == "AS-1.proof"
    found = check(coming.value.path().read_text("utf-8").splitlines())
    assert [entry.digest for entry in found.entries] == [entry.digest for entry in shop.desk.history("AS-1")]
