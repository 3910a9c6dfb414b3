"""Giving commands by forms: recorded once; refused, wrong or too late, nothing that was typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from tests.web.office import House, hidden, house
from tests.web.telling import PNG, handed_in, kinds, sent, words

from aftersales_core.facts.closing import Corrected
from aftersales_core.rules import COMMANDS


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        yield made


def test_a_command_is_recorded_as_of_whoever_gives_it_and_the_ticket_comes_back(shop: House) -> None:
    shop.report()
    browser = shop.browser("cs-lin")
    page = browser.get("/t/AS-1/do/acknowledge").text
    answer = browser.post("/t/AS-1/do/acknowledge", data={
        "version": hidden(page, "version"), "command_id": hidden(page, "command_id"), "note": "客户下午在家",
    })  # fmt: skip
    assert (answer.status_code, answer.headers["location"]) == (303, "/t/AS-1?done=acknowledge")
    assert "已登记：联系客户" in browser.get(answer.headers["location"]).text
    entry = shop.desk.history("AS-1")[-1]
    assert (entry.fact.kind, entry.actor, entry.envelope.role, entry.envelope.channel) == ("acknowledged", "cs-lin", "cs_specialist", "web")
    assert entry.occurred_at == shop.clock()


def test_the_same_form_sent_twice_is_one_fact(shop: House) -> None:
    shop.report()
    browser = shop.browser("cs-lin")
    told = {"version": "1", "command_id": "twice"}
    assert [browser.post("/t/AS-1/do/acknowledge", data=told).status_code for _ in range(2)] == [303, 303]
    assert kinds(shop) == ["reported", "acknowledged"]


def test_within_a_page_the_ticket_is_fetched_anew_without_loading_a_page(shop: House) -> None:
    shop.report()
    answer = shop.browser("cs-lin").post("/t/AS-1/do/acknowledge", data={"version": "1", "command_id": "a"}, headers={"hx-request": "true"})
    assert answer.status_code == 204
    assert '"path": "/t/AS-1?done=acknowledge"' in answer.headers["hx-location"]


def test_the_part_of_a_form_that_goes_into_a_page_has_no_frame(shop: House) -> None:
    shop.report()
    inside = shop.browser("cs-lin").get("/t/AS-1/do/acknowledge", headers={"hx-request": "true"}).text
    assert "<html" not in inside
    assert "<h3" in inside


def test_what_another_recorded_meanwhile_is_told_and_nothing_typed_is_lost(shop: House) -> None:
    shop.report()
    browser = shop.browser("cs-lin")
    page = browser.get("/t/AS-1/do/amend").text
    shop.tell("amend", role="cs_supervisor", actor="csm-tang", model="K-300")

    answer = browser.post("/t/AS-1/do/amend", data={"version": hidden(page, "version"), "command_id": "late", "problem": "两扇门都开裂", "address": "新地址 1 号"})
    assert answer.status_code == 412
    assert "您填写时，工单已被他人更新" in answer.text
    said = words(answer.text)
    assert "唐主管" in said
    assert "补充资料" in said
    assert "K-200 K-300" in said
    assert "两扇门都开裂</textarea>" in answer.text
    assert "新地址 1 号</textarea>" in answer.text
    assert kinds(shop) == ["reported", "amended"]

    again = browser.post("/t/AS-1/do/amend", data={"version": hidden(answer.text, "version"), "command_id": hidden(answer.text, "command_id"), "problem": "两扇门都开裂"})
    assert again.status_code == 303
    assert shop.desk.state("AS-1").problem == "两扇门都开裂"
    assert shop.desk.state("AS-1").model == "K-300"


def test_a_refusal_says_the_clause_and_what_to_do_first_and_keeps_what_was_typed(shop: House) -> None:
    handed_in(shop, rating=5)
    browser = shop.browser("cs-lin")
    answer = browser.post("/t/AS-1/do/close", data={"version": str(shop.desk.state("AS-1").version), "command_id": "c", "result": "修好了"})
    assert answer.status_code == 409
    alert = answer.text[answer.text.index('role="alert"', answer.text.index("<section")) :]
    alert = alert[: alert.index("</div>")]
    assert 'href="/clauses#' in alert
    assert 'href="/t/AS-1/do/' in alert
    assert "修好了</textarea>" in answer.text
    assert "closed" not in kinds(shop)


def test_what_cannot_be_done_now_has_no_form_but_says_why(shop: House) -> None:
    shop.report()
    page = shop.browser("cs-lin").get("/t/AS-1/do/close").text
    assert "现在还不能办" in page
    assert 'name="result"' not in page
    assert 'href="/clauses#' in page


def test_what_is_another_roles_has_no_form_and_is_refused_if_sent_all_the_same(shop: House) -> None:
    handed_in(shop, rating=5)
    browser = shop.browser("cs-lin")
    page = browser.get("/t/AS-1/do/approve-slip").text
    assert "这一步由以下角色办理：安装主管" in words(page)
    assert 'name="command_id"' not in page
    answer = browser.post("/t/AS-1/do/approve-slip", data={"command_id": "x"})
    assert answer.status_code == 409
    assert "slip-approved" not in kinds(shop)


def test_a_wrong_field_is_marked_with_what_is_wrong_and_the_rest_stays(shop: House) -> None:
    shop.report()
    browser = shop.browser("cs-lin")
    answer = browser.post("/t/AS-1/do/amend", data={"version": "1", "command_id": "w", "phone": "abc", "problem": "门板变形"})
    assert answer.status_code == 422
    field = re.search(r'<input id="([^"]*phone)"[^>]*value="abc"[^>]*aria-invalid="true"[^>]*aria-describedby="([^"]*)"', answer.text)
    assert field is not None
    assert f'id="{field[2]}"' in answer.text
    assert "门板变形</textarea>" in answer.text
    assert kinds(shop) == ["reported"]


def test_a_moment_that_is_no_moment_is_not_taken_for_now(shop: House) -> None:
    shop.report()
    answer = shop.browser("cs-lin").post("/t/AS-1/do/acknowledge", data={"version": "1", "command_id": "w", "occurred_at": "gestern"})
    assert answer.status_code in (415, 422)
    assert 'value="gestern"' in answer.text
    assert kinds(shop) == ["reported"]


def test_what_happened_earlier_is_recorded_with_its_own_time(shop: House) -> None:
    shop.report()
    shop.browser("cs-lin").post("/t/AS-1/do/acknowledge", data={"command_id": "e", "occurred_at": "2026-11-26T09:15"})
    entry = shop.desk.history("AS-1")[-1]
    assert entry.occurred_at.isoformat() == "2026-11-26T09:15:00+08:00"
    assert entry.envelope.recorded_at == shop.clock()


def test_a_soft_rule_is_gone_over_with_a_reason_that_is_kept(shop: House) -> None:
    handed_in(shop)  # nobody gave a score
    browser = shop.browser("sup-chen")
    ticket = browser.get("/t/AS-1").text
    assert "写明理由后可以办的 1 项" in words(ticket)
    page = browser.get("/t/AS-1/do/approve-slip").text
    assert 'name="override"' in page
    told = {"version": hidden(page, "version"), "command_id": hidden(page, "command_id")}

    refused = browser.post("/t/AS-1/do/approve-slip", data=told)
    assert refused.status_code == 409
    assert 'name="override"' in refused.text

    assert browser.post("/t/AS-1/do/approve-slip", data={**told, "override": "客户出差，电话里说满意"}).status_code == 303
    assert shop.desk.history("AS-1")[-1].envelope.reason == "客户出差，电话里说满意"
    assert "越过规定的理由：客户出差，电话里说满意" in words(browser.get("/t/AS-1").text)


def test_the_same_id_for_another_wish_is_said_and_the_form_gets_a_new_one(shop: House) -> None:
    shop.report()
    browser = shop.browser("cs-lin")
    browser.post("/t/AS-1/do/acknowledge", data={"command_id": "same"})
    answer = browser.post("/t/AS-1/do/amend", data={"command_id": "same", "model": "K-9"})
    assert answer.status_code == 422
    assert hidden(answer.text, "command_id") != "same"
    assert 'value="K-9"' in answer.text


def test_files_are_kept_and_attached_several_at_once(shop: House) -> None:
    sent(shop)
    browser = shop.browser("inst-zhou")
    page = browser.get("/t/AS-1/do/attach-file").text
    assert 'action="/t/AS-1/do/attach-file/files"' in page
    assert "image/heic" in page
    assert 'name="digest"' not in page
    told = {"version": hidden(page, "version"), "command_id": hidden(page, "command_id"), "purpose": "photo"}
    other = PNG.replace(b"IDAT", b"IDAT")  # the same picture is attached once
    two = [("file", ("一.png", PNG, "image/png")), ("file", ("二.png", other + b"\0", "image/png"))]
    answer = browser.post("/t/AS-1/do/attach-file/files", data=told, files=two)
    assert answer.status_code == 303
    files = shop.desk.state("AS-1").files
    assert [file.name for file in files] == ["一.png", "二.png"]
    assert shop.desk.file(files[0].digest) == PNG


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [("bad.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), ("bad.png", b"MZ\x90\0 no picture", "image/png"),
     ("bad.html", b"<html>", "text/html"), ("empty.png", b"", "image/png")],
    ids=["svg", "no-picture", "html", "empty"],
)  # fmt: skip
def test_a_file_of_the_wrong_kind_is_not_attached(shop: House, name: str, content: bytes, media_type: str) -> None:
    sent(shop)
    answer = shop.browser("inst-zhou").post(
        "/t/AS-1/do/attach-file/files", data={"command_id": "f", "purpose": "photo"}, files={"file": (name, content, media_type)},
    )  # fmt: skip
    assert answer.status_code in (415, 422)
    assert 'role="alert"' in answer.text
    assert shop.desk.state("AS-1").files == ()


def test_no_file_is_said_to_be_missing(shop: House) -> None:
    sent(shop)
    answer = shop.browser("inst-zhou").post("/t/AS-1/do/attach-file/files", data={"command_id": "f", "purpose": "photo"})
    assert answer.status_code == 422
    assert shop.desk.state("AS-1").files == ()


def test_a_correction_begins_with_choosing_the_fact(shop: House) -> None:
    sent(shop)
    page = shop.browser("mgr-fang").get("/t/AS-1/do/correct").text
    assert 'method="get" action="/t/AS-1/do/correct"' in page
    assert [int(n) for n in re.findall(r'<option value="(\d+)">#', page)] == [5, 4, 3, 2, 1]
    assert 'name="command_id"' not in page


def test_a_correction_names_only_what_was_changed(shop: House) -> None:
    sent(shop)
    browser = shop.browser("mgr-fang")
    page = browser.get("/t/AS-1/do/correct?fact=1").text
    assert 'name="fix.phone" value="13812345678"' in page
    assert "左侧柜门开裂</textarea>" in page
    fields = dict(re.findall(r'<input id="[^"]*" name="(fix\.\w+)"[^>]*value="([^"]*)"', page))
    told = {
        **fields, "fix.category": "repair", "fix.address": "文三路 90 号 3 幢 502", "fix.problem": "右侧柜门开裂", "fix.phone": "13900001111",
        "version": hidden(page, "version"), "command_id": hidden(page, "command_id"), "fact": "1", "reason": "登记时听错",
    }  # fmt: skip
    assert browser.post("/t/AS-1/do/correct", data=told).status_code == 303
    fact = shop.desk.history("AS-1")[-1].fact
    assert isinstance(fact, Corrected)
    assert (fact.version, {change.field: change.new for change in fact.changes}) == (1, {"problem": "右侧柜门开裂", "phone": "13900001111"})
    assert shop.desk.state("AS-1").phone == "13900001111"

    # what stands there the next time is what is read now
    assert 'name="fix.phone" value="13900001111"' in browser.get("/t/AS-1/do/correct?fact=1").text


def test_a_correction_of_nothing_is_not_taken(shop: House) -> None:
    sent(shop)
    browser = shop.browser("mgr-fang")
    page = browser.get("/t/AS-1/do/correct?fact=5").text
    at = re.search(r'name="fix.occurred_at"[^>]*value="([^"]*)"', page)
    assert at is not None
    answer = browser.post("/t/AS-1/do/correct", data={"command_id": "n", "fact": "5", "reason": "无", "fix.occurred_at": at[1]})
    assert answer.status_code == 422
    assert "corrected" not in kinds(shop)


def test_a_correction_that_is_wrong_marks_its_field(shop: House) -> None:
    sent(shop)
    answer = shop.browser("mgr-fang").post("/t/AS-1/do/correct", data={
        "command_id": "n", "fact": "1", "reason": "错", "fix.phone": "no number", "fix.customer": "王芳", "fix.category": "repair",
    })  # fmt: skip
    assert answer.status_code == 422
    assert re.search(r'name="fix.phone" value="no number"[^>]*aria-invalid="true"', answer.text)
    assert "corrected" not in kinds(shop)


def test_fields_of_the_house_are_filled_in_and_emptied(shop: House) -> None:
    shop.report()
    browser = shop.browser("cs-lin")
    assert 'type="date"' in browser.get("/t/AS-1/do/fill-fields").text
    assert browser.post("/t/AS-1/do/fill-fields", data={"command_id": "a", "own.birthday": "1986-03-21"}).status_code == 303
    assert shop.desk.state("AS-1").filled("birthday") == "1986-03-21"
    assert 'value="1986-03-21"' in browser.get("/t/AS-1/do/fill-fields").text
    assert browser.post("/t/AS-1/do/fill-fields", data={"command_id": "b", "own.birthday": ""}).status_code == 303
    assert shop.desk.state("AS-1").filled("birthday") is None


def test_checks_are_those_for_tickets_like_this_one(shop: House) -> None:
    sent(shop)
    browser = shop.browser("inst-zhou")
    page = browser.get("/t/AS-1/do/tick-checks").text
    offered = re.findall(r'name="items" value="(\w+)"', page)
    assert "tools" in offered
    assert "count" not in offered  # that list is for installations
    assert browser.post("/t/AS-1/do/tick-checks", data={"command_id": "k", "items": offered}).status_code == 303
    visit = shop.desk.state("AS-1").visit
    assert visit is not None
    assert list(visit.checks) == offered


def test_who_hands_a_ticket_to_another_shop_is_led_home(shop: House) -> None:
    shop.report(branch="east")
    answer = shop.browser("cs-east").post("/t/AS-1/do/amend", data={"command_id": "m", "branch": "west"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/?done=amend")
    assert shop.desk.state("AS-1").branch == "west"


def test_a_page_that_is_wanted_afterwards_is_one_of_ours(shop: House) -> None:
    shop.report()
    browser = shop.browser("cs-lin")
    assert browser.post("/t/AS-1/do/acknowledge", data={"command_id": "o", "next": "//elsewhere.example/"}).headers["location"] == "/?done=acknowledge"
    assert browser.post("/t/AS-1/do/amend", data={"command_id": "p", "model": "K-1", "next": "/board?stage=REPORTED"}).headers["location"] == "/board?stage=REPORTED&done=amend"


def test_a_form_without_the_sessions_secret_records_nothing(shop: House) -> None:
    shop.report()
    browser = shop.browser("cs-lin")
    del browser.headers["x-csrf-token"]
    assert browser.post("/t/AS-1/do/acknowledge", data={"command_id": "f"}).status_code == 403
    assert kinds(shop) == ["reported"]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_command_has_a_page(shop: House, lang: str) -> None:
    handed_in(shop, rating=4)
    shop.tell("raise-leftover", lines=[{"item": "铰链", "qty": 2, "needs_goods": True}])
    for account in ("cs-lin", "csm-tang", "sup-chen", "inst-zhou", "wh-he", "mgr-fang"):
        browser = shop.browser(account, **{"accept-language": lang})
        for command in COMMANDS:
            answer = browser.get(f"/t/AS-1/do/{command}")
            assert answer.status_code == 200, command
    assert shop.browser("cs-lin").get("/t/AS-1/do/no-such").status_code == 422
