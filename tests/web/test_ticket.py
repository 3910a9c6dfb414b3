"""The page of a ticket: what it shows to whom, and what it records when somebody looks behind the mask."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import pytest
from tests.web.office import House, house
from tests.web.telling import CREW, PNG, handed_in, kinds, part, sent, words

from aftersales_web.access.accounts import Account


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        made.office.accounts.put(Account("des-yan", "严设计", ("designer",)))
        yield made


def test_the_head_says_where_a_ticket_stands_and_what_is_due_under_which_clause(shop: House) -> None:
    sent(shop)
    page = shop.browser("cs-lin").get("/t/AS-1").text
    head = words(page[page.index("ticket-head") : page.index('class="way"')])
    assert "AS-1" in head
    assert "已派工" in head
    assert "第 5 版" in head
    assert "最近到期： 上门 14:00 L-17" in head
    assert 'href="/clauses#' in page[: page.index('class="way"')]


def test_the_diagram_marks_the_stage_what_was_passed_and_what_can_be_reached(shop: House) -> None:
    sent(shop)
    page = shop.browser("cs-lin").get("/t/AS-1").text
    assert '<g class="state current" id="DISPATCHED">' in page
    assert '<g class="state visited" id="TRIAGED">' in page
    assert '<g class="state" id="CLOSED">' in page
    assert "<style" not in page  # what the policy forbids
    assert "style=" not in page
    crew = shop.browser("inst-zhou").get("/t/AS-1").text
    assert '<g class="state ahead" id="READY">' in crew or '<g class="state ahead" id="INSTALLED">' in crew


def test_the_whole_diagram_is_a_picture_in_which_nothing_runs(shop: House) -> None:
    shop.report()
    found = shop.browser("cs-lin").get("/t/AS-1/diagram.svg")
    assert found.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in found.headers["content-security-policy"]
    assert "<style>" in found.text


def test_what_is_waited_for_comes_first_and_its_command_is_the_first_button(shop: House) -> None:
    shop.report()
    page = shop.browser("cs-lin").get("/t/AS-1").text
    waiting = part(page, 'id="next"')
    assert "在等" in waiting
    assert "首次响应 客服专员" in waiting
    first = page[page.index('class="actions') :]
    assert first[first.index("<a ") : first.index("</a>")].count('href="/t/AS-1/do/acknowledge"') == 1
    assert 'class="button primary"' in first[: first.index("</a>")]


def test_why_something_cannot_be_done_is_said_with_clause_and_with_what_to_do_first(shop: House) -> None:
    handed_in(shop, rating=5)
    page = shop.browser("cs-lin").get("/t/AS-1").text
    at = page.index('id="why-close"')
    why = page[at : page.index("</li>", at)]
    assert "尚未回访" in words("<" + why) or "回访" in words("<" + why)
    assert 'href="/clauses#' in why
    other = page[page.index('id="why-approve-slip"') :]
    assert "安装主管" in words("<" + other[: other.index("</li>")])  # somebody else's, and said to be possible now
    assert "现在可办" in other[: other.index("</li>")]


def test_nobody_is_offered_what_his_role_may_never_do(shop: House) -> None:
    handed_in(shop, rating=5)
    page = shop.browser("wh-he").get("/t/AS-1").text
    assert "/do/close" not in page
    assert "/do/approve-slip" not in page


def test_the_timeline_tells_both_times_of_what_was_written_down_later(shop: House) -> None:
    shop.report()
    early = shop.clock()
    shop.clock.move(hours=3)
    shop.desk.handle({"command": "acknowledge", "ticket": "AS-1", "command_id": "late", "occurred_at": early, "actor": "cs-lin", "role": "cs_specialist"})
    page = shop.browser("cs-lin").get("/t/AS-1").text
    told = words("<" + page[page.index('id="v2"') : page.index('id="v1"')])
    assert "今天 10:01" in told
    assert "登记于 13:01" in told
    assert "林小满 · 客服专员" in told


def test_what_was_corrected_says_so_and_odd_times_are_flagged(shop: House) -> None:
    sent(shop)
    shop.tell("correct", "AS-1", "management", "mgr-fang", version=1, changes={"problem": "右侧柜门开裂"}, reason="写错")
    shop.desk.handle({
        "command": "acknowledge", "ticket": "AS-1", "command_id": "odd", "occurred_at": shop.clock().replace(hour=8), "actor": "cs-lin", "role": "cs_specialist",
    })  # fmt: skip
    page = shop.browser("cs-lin").get("/t/AS-1").text
    assert "后来有更正" in page[page.index('id="v1"') :]
    assert "右侧柜门开裂" in part(page, 'id="matter"')
    assert "badge amber" in page[page.index('id="v7"') : page.index('id="v6"')]


def test_the_timeline_is_filtered_by_kind_and_person_and_turned_round(shop: House) -> None:
    handed_in(shop, rating=5)
    browser = shop.browser("cs-lin")

    def shown(query: str) -> list[str]:
        page = browser.get(f"/t/AS-1{query}").text
        return [each.partition('"')[0] for each in page.split('<li id="v')[1:]]

    assert shown("?all=1") == [str(n) for n in range(len(kinds(shop)), 0, -1)]
    assert shown("?all=1&order=old")[:2] == ["1", "2"]
    assert shown("?kind=dispatched") == ["5"]
    assert shown("?by=csm-tang") == ["5"]
    assert "没有符合条件的记录" in browser.get("/t/AS-1?kind=dispatched&by=cs-lin").text


def test_a_long_history_is_told_in_part_until_one_asks_for_it(shop: House) -> None:
    shop.report()
    for n in range(20):
        shop.tell("amend", problem=f"第 {n} 次补充")
    page = shop.browser("cs-lin").get("/t/AS-1").text
    assert page.count('<li id="v') == 15
    assert "再看 6 条" in page
    assert shop.browser("cs-lin").get("/t/AS-1?all=1").text.count('<li id="v') == 21


def test_a_ticket_of_another_branch_is_not_there(shop: House) -> None:
    shop.report(branch="west")
    east = shop.browser("cs-east")
    for path in ("/t/AS-1", "/t/AS-1/replay", "/t/AS-1/do/amend", "/t/AS-1/diagram.svg", "/t/AS-1/files/" + "0" * 64):
        assert east.get(path).status_code == 404, path
    for path in ("/t/AS-1/do/amend", "/t/AS-1/unmask", "/t/AS-1/history"):
        assert east.post(path, data={"problem": "x", "reason": "想看"}).status_code in (403, 404), path
    assert kinds(shop) == ["reported"]


def test_an_installer_sees_only_what_he_was_sent_to(shop: House) -> None:
    sent(shop)
    assert shop.browser("inst-zhou").get("/t/AS-1").status_code == 200
    assert shop.browser("inst-li").get("/t/AS-1").status_code == 404


def test_logs_of_the_house_are_no_tickets(shop: House) -> None:
    day = shop.clock().astimezone(UTC).date()
    shop.office.log.note("sign-in", "cs-lin", "cs_specialist", account="cs-lin")
    assert shop.desk.accesses(day, day)
    assert shop.browser("boss").get(f"/t/log~access~{day}").status_code == 404


def test_personal_data_is_masked_everywhere_on_the_page(shop: House) -> None:
    handed_in(shop)
    shop.tell("approve-slip", "AS-1", "install_supervisor", "sup-chen", override="王芳在电话 13812345678 里说满意")
    page = shop.browser("wh-he").get("/t/AS-1?all=1").text
    for whole in ("13812345678", "王芳", "3 幢 502"):
        assert whole not in page, whole
    assert "138****5678" in page
    full = shop.browser("cs-lin").get("/t/AS-1?all=1").text
    assert 'href="tel:13812345678"' in full
    assert "更换铰链，王芳在场" in full


def accesses(shop: House) -> list[object]:
    day = shop.clock().astimezone(UTC).date()
    return [entry.fact for entry in shop.desk.accesses(day, day) if entry.fact.kind == "shown-in-full"]


def test_to_look_behind_the_mask_takes_a_reason_and_is_a_fact(shop: House) -> None:
    shop.report()
    designer = shop.browser("des-yan")
    masked = designer.get("/t/AS-1").text
    assert "13812345678" not in masked
    assert "显示完整资料" in masked

    assert designer.post("/t/AS-1/unmask", data={"reason": " "}).status_code == 422
    assert accesses(shop) == []

    shown = designer.post("/t/AS-1/unmask", data={"reason": "上门量尺前联系客户"})
    assert "13812345678" in shown.text
    assert "王芳" in shown.text
    (fact,) = accesses(shop)
    assert fact.model_dump(exclude_none=True) == {"about": "AS-1", "fields": ("customer", "phone", "address"), "reason": "上门量尺前联系客户"}  # type: ignore[attr-defined]
    assert "13812345678" not in designer.get("/t/AS-1").text  # this once
    assert designer.get("/t/AS-1/unmask").headers["location"] == "/t/AS-1"


def test_who_may_not_ask_is_not_asked_for_a_reason(shop: House) -> None:
    shop.report()
    keeper = shop.browser("wh-he")
    assert "/unmask" not in keeper.get("/t/AS-1").text
    assert keeper.post("/t/AS-1/unmask", data={"reason": "好奇"}).status_code == 403
    assert accesses(shop) == []


def test_a_file_is_shown_to_who_sees_its_ticket_and_only_under_that_ticket(shop: House) -> None:
    sent(shop)
    shop.report("AS-2")
    kept = shop.desk.keep(PNG, media_type="image/png", name="封边“爆口”.png")
    shop.tell("attach-file", **CREW, digest=kept.digest, media_type=kept.media_type, size=kept.size, file_name=kept.name)
    browser = shop.browser("cs-lin")
    page = browser.get("/t/AS-1").text
    assert page.count(f'src="/t/AS-1/files/{kept.digest}"') == 2  # on the timeline and among the files

    found = browser.get(f"/t/AS-1/files/{kept.digest}")
    assert found.content == PNG
    assert found.headers["content-type"] == "image/png"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-disposition"].startswith("inline; filename*=UTF-8''%E5%B0%81")
    assert "sandbox" in found.headers["content-security-policy"]
    assert browser.get(f"/t/AS-1/files/{kept.digest}", headers={"if-none-match": found.headers["etag"]}).status_code == 304
    assert browser.get(f"/t/AS-2/files/{kept.digest}").status_code == 404
    assert shop.browser("inst-li").get(f"/t/AS-1/files/{kept.digest}").status_code == 404


def test_a_document_is_handed_over_and_not_opened_in_the_page(shop: House) -> None:
    shop.report()
    pdf = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
    kept = shop.desk.keep(pdf, media_type="application/pdf", name="合同.pdf")
    shop.tell("attach-file", digest=kept.digest, media_type=kept.media_type, size=kept.size, file_name=kept.name, purpose="document")
    found = shop.browser("cs-lin").get(f"/t/AS-1/files/{kept.digest}")
    assert found.headers["content-disposition"].startswith("attachment")


def test_papers_leftovers_and_visits_are_told(shop: House) -> None:
    handed_in(shop, rating=5)
    shop.tell("raise-leftover", lines=[{"item": "铰链", "qty": 2, "needs_goods": True}])
    page = shop.browser("cs-lin").get("/t/AS-1").text
    assert "《安装维修反馈单》" in part(page, 'aria-labelledby="papers"')
    assert "已上交" in part(page, 'aria-labelledby="papers"')
    assert "L1-1 铰链" in part(page, 'aria-labelledby="leftovers"')
    assert "第 1 次上门 已验收" in part(page, 'aria-labelledby="visits"')
    assert "周师傅" in part(page, 'aria-labelledby="visits"')


def test_the_page_speaks_english_without_leaving_chinese_words_of_its_own(shop: House) -> None:
    shop.report(problem="door cracked", customer="Wang", address="90 Wensan Road")
    page = words(shop.browser("cs-lin", **{"accept-language": "en"}).get("/t/AS-1").text)
    rest = "".join(sign for sign in page.replace("中文", "").replace("林小满", "").replace("售", "") if "\u4e00" <= sign <= "\u9fff")
    assert rest == ""
