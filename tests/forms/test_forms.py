"""表单: what stands on each form, by scenes; that a hostile name does nothing; that an empty form is empty."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
from msgspec import structs

from aftersales_core import wording
from aftersales_core.errors import BadInput, PlaybookUnsound
from aftersales_core.forms import (
    NOBODY,
    PAPERS,
    REGISTERS,
    Dress,
    Fields,
    Form,
    Note,
    Said,
    Signatures,
    Table,
    html,
    paper_form,
    plain,
    register_forms,
    retold,
    title,
)
from aftersales_core.forms.layout import TICKS, Grid, Lines, Print, Sign
from aftersales_core.forms.text import columns
from aftersales_core.rules import load_playbook, preset
from aftersales_core.state import effective
from aftersales_core.testing import Scene, Step, filled, scene_at
from aftersales_core.views import BY_NAME
from aftersales_core.views import REGISTERS as VIEWS
from aftersales_core.wording import en, zh

BOOK = preset()
DONE = scene_at("安装有遗留", "已结案").when("fill-fields", "cs_specialist", fields={"birthday": "1988-11-20"})
HOSTILE = "<script>alert('x')</script>&\"'\u202e\x1b[31m\x00"


def made(name: str, scene: Scene = DONE, **asked: Any) -> Form:
    return paper_form(name, scene.ticket, BOOK, history=scene.history, **asked)


def on(scene: Scene, *steps: tuple[str, str, dict[str, Any]]) -> Scene:
    for name, role, fields in steps:
        scene.given(Step(name, role, filled(scene, name, fields)))
    return scene


def rows(name: str, *scenes: Scene) -> list[Any]:
    view = BY_NAME[name]
    return [
        row
        for scene in scenes
        for row in (
            view.of_ticket(scene.ticket, BOOK)
            if view.of_ticket
            else view.of_history(effective(scene.history), scene.ticket, BOOK)  # type: ignore[misc]
        )
    ]


def told(form: Form) -> dict[str, str]:
    """Key → what stands there in Chinese, or what is ticked; places with nothing left out."""
    found: dict[str, str] = {}
    for block in form.blocks:
        for cell in (cell for row in block.rows for cell in row) if isinstance(block, Fields) else ():
            ticked = [said.zh for said, on in cell.options if on]
            if cell.value or ticked:
                found[cell.key] = cell.value.zh if cell.value else ticked[0]
    return found


def table(form: Form) -> list[dict[str, str]]:
    (only,) = [block for block in form.blocks if isinstance(block, Table)]
    keys = [column.key for column in only.columns]
    return [{key: said.zh for key, said in zip(keys, row, strict=True) if said} for row in only.rows]


def signed(form: Form) -> dict[str, str]:
    (only,) = [block for block in form.blocks if isinstance(block, Signatures)]
    return {place.key: place.by.zh for place in only.places if place.by}


# --- the slip


def test_a_slip_that_is_taken_along_knows_who_and_where_and_leaves_the_rest_to_write() -> None:
    scene = scene_at("安装", "已派工")
    found = told(made("install-repair-slip", scene))

    assert (found["customer"], found["visit"], found["crew"]) == ("王芳", "1", "zhou-jian")
    assert found["booked"] == "2026-11-03 09:00–12:00"
    assert not {"work", "rating", "completion", "arrived_at", "opinion"} & set(found)
    assert signed(made("install-repair-slip", scene)) == {}


def test_a_slip_afterwards_tells_the_work_the_score_and_who_signed() -> None:
    scene = on(
        scene_at("安装有遗留", "遗留已登记"),
        ("collect-payment", "installer", {}),
        ("accept-work", "installer", {"rating": 4, "product_rating": 5, "remark": "师傅很细心"}),
        ("hand-in-slip", "installer", {"slip_no": "FK-1"}),
        ("approve-slip", "install_supervisor", {"actor": "sup-chen"}),
    )
    form = made("install-repair-slip", scene)
    found = told(form)

    assert (form.number, form.ticket) == ("FK-1", scene.number)
    assert (found["work"], found["completion"], found["opinion"]) == ("主体装好，余两项遗留", "完成，有遗留", "师傅很细心")
    assert (found["rating"], found["product_rating"], found["paid"], found["receipt_no"]) == ("4 满意", "5 很满意", "500.00", "R-0117")
    assert table(form) == [
        {"item": "衣柜门板", "qty": "2", "needs_goods": "是", "cause": "少发"}, {"item": "抽屉调缝", "qty": "1", "needs_goods": "否"},
    ]  # fmt: skip
    assert signed(form) == {"customer": "王芳", "install_supervisor": "sup-chen"}


def test_the_latest_visit_is_meant_unless_another_is_named() -> None:
    assert told(made("install-repair-slip"))["visit"] == "2"
    assert told(made("install-repair-slip"))["completion"] == "全部完成"
    assert told(made("install-repair-slip", visit=1))["completion"] == "完成，有遗留"


def test_for_a_customer_who_was_away_the_supervisor_signed_on_site() -> None:
    scene = scene_at("安装", "在途")
    on(scene, ("arrive", "installer", {"customer_present": False}), ("tick-checks", "installer", {"items": ["件数", "型号", "外观"]}), ("complete-visit", "installer", {}))
    on(scene, ("accept-work", "install_supervisor", {"by": "supervisor", "signed_by": "陈主管", "rating": None}))

    assert signed(made("acceptance-card", scene)) == {"install_supervisor": "陈主管"}
    assert told(made("install-repair-slip", scene))["customer_present"] == "否"


def test_a_visit_that_ended_with_nothing_done_is_not_done() -> None:
    scene = on(scene_at("安装", "已到现场"), ("raise-leftover", "installer", {"visit": 1}))

    assert told(made("install-repair-slip", scene))["completion"] == "未装成"


# --- the sheet, its feedback slip, the after-sales form, the card


def test_a_sheet_tells_its_lines_its_review_who_bears_it_and_the_order() -> None:
    form = made("leftover-sheet", scene_at("安装有遗留", "已领料"))
    found = told(form)

    assert form.number
    assert (found["visit"], found["issued_by"], found["reviewed_by"], found["own_sheet"]) == ("1", "designer", "install_supervisor", "否")
    assert (found["party"], found["ground"], found["factory_order"]) == ("工厂", "出厂时少装", "FO-5512")
    assert {"issued_at", "reviewed_at", "confirmed_at", "ordered_at", "promised_on"} <= set(found)
    assert table(form)[0] == {"line": "L1-1", "item": "衣柜门板", "qty": "2", "needs_goods": "是", "cause": "少发", "arrived": "2", "drawn": "2"}
    assert signed(form) == {"designer": "designer", "install_supervisor": "install_supervisor"}


def test_a_returned_sheet_says_why() -> None:
    scene = on(scene_at("安装有遗留", "处理单已开"), ("review-sheet", "install_supervisor", {"approved": False, "note": "尺寸不清"}))

    assert told(made("leftover-sheet", scene))["review_note"] == "尺寸不清"


def test_a_feedback_slip_is_about_the_visit_that_puts_right_and_not_the_one_that_found() -> None:
    with pytest.raises(BadInput) as caught:
        made("sheet-feedback-slip", scene_at("安装有遗留", "已通知到货"))
    before = made("sheet-feedback-slip", scene_at("安装有遗留", "再次派工"))
    after = made("sheet-feedback-slip")

    assert caught.value.code == "no-visit-for-form"
    assert (told(before)["visit"], "work" in told(before)) == ("2", False)
    assert told(after)["work"] == "遗留全部处理完"
    assert [row["settled"] for row in table(after)] == ["是", "是"]
    assert "still_left" not in told(after)


def test_the_after_sales_form_says_what_its_register_says() -> None:
    scene = scene_at("维修待配件", "已结案")
    (row,) = rows("aftersales", scene)
    found = told(made("aftersales-form", scene))

    assert (found["matter"], found["needs_goods"], found["uploaded"]) == ("维修", "是", "是")
    assert (found["satisfaction"], found["repair_result"]) == ("5 很满意", row.repair_result)
    assert (found["problem"], found["promised_on"], found["caller"]) == (row.problem, row.promised_on.isoformat(), "cs_specialist")


def test_an_after_sales_form_of_a_ticket_that_needs_none_is_still_made() -> None:
    found = told(made("aftersales-form", scene_at("安装", "已受理")))

    assert (found["customer"], found["received_at"]) == ("王芳", "2026-11-02 08:00")
    assert not {"matter", "leftover", "called_at"} & set(found)


def test_a_card_of_a_finished_installation_has_the_score_and_boxes_to_tick() -> None:
    form = made("acceptance-card", scene_at("安装", "已验收"))
    options = [cell for block in form.blocks if isinstance(block, Fields) for row in block.rows for cell in row if cell.options]

    assert told(form)["rating"] == "5 很满意"
    assert {"standard_shown", "use_explained", "phone_given", "warranty_card"} <= {cell.key for cell in options}


def test_a_correction_reaches_the_form() -> None:
    scene = scene_at("安装", "已验收")
    version = next(e.version for e in scene.history if e.fact.kind == "accepted")
    scene.when("correct", "cs_supervisor", version=version, changes={"remark": "柜门有点紧"}, reason="漏记")

    assert scene.error is None
    assert told(made("install-repair-slip", scene))["opinion"] == "柜门有点紧"


def test_without_a_history_what_was_said_is_left_to_write_and_nothing_fails() -> None:
    for name in PAPERS:
        found = told(paper_form(name, DONE.ticket, BOOK))
        assert found["customer"] == "王芳"
        assert not {"opinion", "ground", "repair_result"} & set(found)


# --- blank


@pytest.mark.parametrize("name", PAPERS)
def test_a_blank_form_has_its_head_and_nothing_that_only_the_visit_tells(name: str) -> None:
    form, whole = made(name, blank=True), made(name)
    head, *others = form.blocks

    assert head == whole.blocks[0]
    assert signed(form) == {}
    assert not any(on for b in others if isinstance(b, Fields) for row in b.rows for cell in row for _said, on in cell.options)
    assert not any(cell.value for b in others if isinstance(b, Fields) for row in b.rows for cell in row)
    assert [type(block) for block in form.blocks] == [type(block) for block in whole.blocks]


def test_a_blank_feedback_slip_still_says_what_is_to_be_put_right() -> None:
    assert table(made("sheet-feedback-slip", blank=True))[0] == {"line": "L1-1", "item": "衣柜门板", "qty": "2", "drawn": "2"}


@pytest.mark.parametrize("name", PAPERS)
def test_an_empty_form_is_empty_from_top_to_bottom(name: str) -> None:
    form = paper_form(name, NOBODY, BOOK)

    assert (told(form), signed(form), form.number, form.ticket) == ({}, {}, "", "")
    assert html([form]).count("<span class=\"line\"></span>") > 5
    assert "____" in plain([form])


# --- errors


@pytest.mark.parametrize(
    ("name", "scene", "asked", "code"),
    [
        ("invoice", DONE, {}, "no-such-form"),
        ("install-repair-slip", DONE, {"visit": 3}, "no-such-visit"),
        ("leftover-sheet", DONE, {"leftover": 2}, "no-such-leftover"),
        ("install-repair-slip", scene_at("维修", "已受理"), {}, "no-visit-for-form"),
        ("leftover-sheet", scene_at("安装", "已结案"), {}, "no-leftover-for-form"),
    ],
)
def test_what_cannot_be_made_is_refused_with_a_sentence(name: str, scene: Scene, asked: dict[str, int], code: str) -> None:
    with pytest.raises(BadInput) as caught:
        made(name, scene, **asked)

    assert caught.value.code == code
    assert "；" in caught.value.sentence("zh")
    assert ";" in caught.value.sentence("en")


# --- a house's own fields


def test_fields_of_the_house_go_on_every_form_as_a_block_of_their_own() -> None:
    extra = [(Said("楼层", "floor"), "3 楼"), (BOOK.title, 7), (Said("押金", "deposit"), None), (Said("电梯", "lift"), False)]
    for name in PAPERS:
        form = made(name, extra=extra)
        own = form.blocks[1]

        assert isinstance(own, Fields)
        assert [[cell.label.zh for cell in row] for row in own.rows] == [["楼层", BOOK.title.zh], ["押金", "电梯"]]
        assert [cell.value and cell.value.zh for row in own.rows for cell in row] == ["3 楼", "7", None, "否"]
        assert len(form.blocks) == len(made(name).blocks) + 1
        assert "3 楼" in html([form])
        assert "floor" in plain([form], "en")


# --- registers


def test_every_register_there_is_has_a_form_and_every_column_is_of_its_row() -> None:
    assert list(REGISTERS) == [view.name for view in VIEWS]
    for view in VIEWS:
        layout = REGISTERS[view.name]
        keys = {column.partition(":")[0] for column in f"{layout.columns} {layout.left}".split()}
        assert keys | {layout.day} <= set(view.shape.row.__dataclass_fields__)


@pytest.mark.parametrize("name", REGISTERS)
def test_a_register_is_printed_with_all_its_rows_numbered(name: str) -> None:
    found = rows(name, DONE, scene_at("维修待配件", "已结案", number="AS-2"))
    forms = register_forms(name, found, BOOK)
    tables = [next(block for block in form.blocks if isinstance(block, Table)) for form in forms]

    assert sum(len(table.rows) for table in tables) == len(found)
    assert all(row[0] == Said(str(n), str(n)) for table in tables for n, row in enumerate(table.rows, 1))
    assert all(form.wide and form.title == title(name) for form in forms)


def test_a_register_says_the_days_it_covers_or_those_that_were_asked_for() -> None:
    found = rows("slips", DONE)

    assert told(register_forms("slips", found, BOOK)[0])["period"] == "2026-11-02 – 2026-11-02"
    assert told(register_forms("slips", found, BOOK, ("2026-11-01", "2026-11-30"))[0])["period"] == "2026-11-01 – 2026-11-30"


def test_the_daily_report_has_a_sheet_a_day_with_its_leftover_part() -> None:
    other = Scene(number="AS-2", now=datetime.fromisoformat("2026-11-04T08:00:00+08:00"))
    for step in ("report", "acknowledge", "triage", "make-appointment", "prepare-papers"):
        on(other, (step, "cs_specialist", {"category": "installation"} if step == "report" else {}))
    on(other, ("dispatch", "cs_supervisor", {}))
    for step in ("confirm-arrival", "depart", "arrive", "tick-checks", "complete-visit"):
        on(other, (step, "installer", {}))
    first, second = register_forms("daily", rows("daily", other, scene_at("安装有遗留", "遗留已登记")), BOOK)
    parts = [[block for block in form.blocks if isinstance(block, Table)] for form in (first, second)]

    assert (told(first)["day"], told(second)["day"]) == ("2026-11-02 星期一", "2026-11-04 星期三")
    assert [len(left.rows) for _done, left in parts] == [1, 0]
    assert all(left.room and left.title == Said("遗留问题", "Left over") for _done, left in parts)


def test_a_sheet_of_one_day_writes_the_hours_only() -> None:
    (form,) = register_forms("roster", rows("roster", scene_at("安装", "已派工")), BOOK)

    assert table(form)[0]["start"] == "09:00"
    assert table(form)[0]["papers"] == "《安装维修反馈单》"


def test_a_register_without_rows_and_one_that_is_not_there_are_refused() -> None:
    with pytest.raises(BadInput) as empty:
        register_forms("slips", [], BOOK)
    with pytest.raises(BadInput) as unknown:
        register_forms("invoices", rows("slips", DONE), BOOK)

    assert (empty.value.code, unknown.value.code) == ("register-empty", "no-such-form")


# --- drawn


class Page(HTMLParser):
    """What a browser would find: tags with their attributes, and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "col", "br", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def everything() -> list[Form]:
    """Every form of one ticket, and every register of two."""
    other = scene_at("维修待配件", "已结案", number="AS-2")
    return [
        *(made(name) for name in PAPERS),
        *(form for view in VIEWS for form in register_forms(view.name, rows(view.name, DONE, other), BOOK)),
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_page_is_whole_fetches_nothing_and_runs_nothing(lang: str) -> None:
    text = html(everything(), lang)
    page = Page(text)

    assert page.open == []
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not [name for name, _value in page.attributes if name.startswith("on") or name in {"src", "href"}]
    assert not re.search(r"url\(|@import|https?:", text)
    assert page.tags.count("section") == page.tags.count("h1") == len(everything())
    assert "@page{size:A4 portrait" in text
    assert "table-header-group" in text
    assert "break-after:page" in text


def test_a_page_that_a_server_hands_out_has_nothing_inline_and_is_otherwise_the_same() -> None:
    dress = Dress(("/a.css?v=1", '/b.css?"'), "<meta name=x>", "<nav>打印</nav>", lambda form: f"<i>{form.ticket}</i>" if form.ticket else "")
    text = html(everything(), "zh", dress)
    page = Page(text)

    assert not [name for name, _value in page.attributes if name.startswith("on") or name == "style"]
    assert "style" not in page.tags
    assert [value for name, value in page.attributes if name == "href"] == ["/a.css?v=1", '/b.css?"']
    assert text.index("<meta name=x>") < text.index("<body>") < text.index("<nav>打印</nav>") < text.index("<main>")
    # the mark takes the place of the ticket's number in the head, in a cell of its own, and a form without ticket has none
    assert text.count('<div class="number coded">') == sum(bool(form.ticket) for form in everything())
    alone = html(everything(), "zh")
    assert re.findall(r"<t[dh][^>]*>.*?</t[dh]>", text) == re.findall(r"<t[dh][^>]*>.*?</t[dh]>", alone)
    assert re.findall(r'<col width="([\d.]+%)">', text) == re.findall(r'<col style="width:([\d.]+%)">', alone)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_block_is_drawn_on_paper_and_on_the_screen(lang: str) -> None:
    for form in everything():
        page, screen = Page(html([form], lang)).text, plain([form], lang)
        assert form.title.zh in page
        assert form.title.zh in screen
        for block in form.blocks:
            said = {
                Fields: lambda b: [cell.label for row in b.rows for cell in row],
                Table: lambda b: [column.label for column in b.columns],
                Signatures: lambda b: [place.label for place in b.places],
                Note: lambda b: [b.text],
            }[type(block)](block)  # type: ignore[no-untyped-call]
            words = [getattr(each, lang) for each in said]
            assert [word for word in words if word not in page] == []
            if not isinstance(block, Table | Note):
                assert [word for word in words if word not in screen] == []


def hostile() -> Scene:
    scene = Scene(number="AS-9")
    on(scene, ("report", "cs_specialist", {}))
    text = HOSTILE.replace("\x00", "")
    scene.ticket = structs.replace(scene.ticket, customer=HOSTILE, address=HOSTILE, problem=f"{text}\n第二行", model=HOSTILE)
    return scene


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_hostile_name_is_text_and_nothing_else(lang: str) -> None:
    form = paper_form("aftersales-form", hostile().ticket, BOOK, extra=[(Said(HOSTILE, HOSTILE), HOSTILE)])
    text = html([form], lang)
    page = Page(text)
    screen = plain([form], lang)

    assert "script" not in page.tags
    assert page.open == []
    assert "<script>alert('x')</script>&\"'" in page.text
    assert "<script>" not in text.partition("</style>")[2]
    for sign in ("\u202e", "\x1b", "\x00"):
        assert sign not in text
        assert sign not in screen
    assert "第二行" in screen


def test_a_hostile_name_in_a_register_is_text_too() -> None:
    (row, *_more) = rows("slips", DONE)
    (form,) = register_forms("slips", [replace(row, customer=HOSTILE, slip_no="</td><td onclick=x>")], BOOK)
    page = Page(html([form]))

    assert "onclick" not in dict(page.attributes)
    assert "</td><td onclick=x>" in page.text


def test_retelling_reaches_every_value_and_no_label() -> None:
    form = retold(made("leftover-sheet"), lambda key, text: f"{key}!" if key in {"phone", "item", "designer"} else text)

    assert told(form)["phone"] == "phone!"
    assert [row["item"] for row in table(form)] == ["item!", "item!"]
    assert signed(form)["designer"] == "designer!"
    assert told(form)["customer"] == "王芳"


def test_the_content_of_a_form_is_plain_enough_for_json() -> None:
    assert "王芳" in json.dumps(made("leftover-sheet"), ensure_ascii=False)


def test_no_line_on_the_screen_is_wider_than_asked_and_chinese_counts_twice() -> None:
    for form in (form for form in everything() if not form.wide):
        assert max(columns(line) for line in plain([form], "zh", 80).splitlines()) <= 80


# --- words


def test_every_place_has_its_words_in_both_languages() -> None:
    parts = [part for paper in PAPERS.values() for part in paper.parts]
    keys = {place.partition(":")[0] for part in parts if isinstance(part, Grid) for row in part.rows for place in row.split()}
    keys |= {column.partition(":")[0] for part in parts if isinstance(part, Lines) for column in part.columns.split()}
    keys |= {part.title for part in parts if isinstance(part, Grid | Lines) and part.title}
    keys |= {c.partition(":")[0] for layout in REGISTERS.values() for c in f"{layout.columns} {layout.left}".split()}
    who = {each for part in parts if isinstance(part, Sign) for each in part.who.split()}
    who |= {each for layout in REGISTERS.values() for each in layout.sign.split()}
    small = {part.text for part in parts if isinstance(part, Print)}

    for words in (zh.WORDS, en.WORDS):
        assert keys | {"nr", "day", "period", "count", "date", "extra", "left-over"} == set(words["label"])
        assert who == set(words["signer"])
        assert small == set(words["small-print"])
        for ticks in TICKS.values():
            assert set(ticks.values) <= set(words[ticks.vocabulary])


def test_the_forms_are_papers_of_the_house_and_titled_as_such() -> None:
    assert set(PAPERS) <= set(zh.WORDS["paper"])
    assert {name: title(name).zh for name in PAPERS} == {name: wording.word("paper", name, "zh").strip("《》") for name in PAPERS}


def test_a_moment_is_written_in_the_time_of_the_house() -> None:
    scene = scene_at("安装", "已受理").later(timedelta(hours=1))

    assert told(made("aftersales-form", scene))["received_at"] == "2026-11-02 08:00"
    assert told(paper_form("aftersales-form", scene.ticket, BOOK.model_copy(update={"timezone": "UTC"})))["received_at"] == "2026-11-02 00:00"


OWN = """
extends = "whole-house"
name = "form-house"
edition = "1"

[[field]]
id = "wall"
title = { zh = "墙体", en = "wall" }
of = "visit"
forms = ["install-repair-slip"]
clauses = ["I-01"]

[[field]]
id = "carriage"
title = { zh = "搬运费", en = "carriage" }
type = "money"
forms = ["install-repair-slip", "leftover-sheet"]
clauses = ["I-01"]
"""


def test_a_field_of_the_house_stands_on_the_forms_it_names_with_what_was_filled_in() -> None:
    scene = scene_at("安装有遗留", "处理单已开", playbook=load_playbook(OWN))
    scene.when("fill-fields", "installer", fields={"wall": "轻钢龙骨 <石膏>"}, visit=1).then_recorded("fields-filled")
    scene.when("fill-fields", "installer", fields={"carriage": 12050}).then_recorded("fields-filled")

    slip = plain([paper_form("install-repair-slip", scene.ticket, scene.playbook, history=scene.history)], "zh", 100)
    sheet = plain([paper_form("leftover-sheet", scene.ticket, scene.playbook, history=scene.history)], "zh", 100)
    empty = plain([paper_form("install-repair-slip", scene.ticket, scene.playbook, blank=True)], "zh", 100)

    assert "墙体" in slip
    assert "轻钢龙骨 <石膏>" in slip
    assert "120.50" in slip
    assert "墙体" not in sheet
    assert "120.50" in sheet
    assert "墙体" in empty
    assert "石膏" not in empty
    assert "轻钢龙骨 &lt;石膏&gt;" in html([paper_form("install-repair-slip", scene.ticket, scene.playbook)], "zh")


def test_a_field_may_not_name_a_form_that_is_not_there() -> None:
    with pytest.raises(PlaybookUnsound, match="field wall: there is no form 'napkin'"):
        load_playbook(OWN.replace('forms = ["install-repair-slip"]', 'forms = ["napkin"]'))
