"""`aftersales form` and `aftersales report`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales_core.forms import PAPERS
from aftersales_core.reports import REPORTS

Cli = Callable[..., Any]


@pytest.fixture
def done(cli: Cli, trail: Callable[..., Any], write: Callable[..., Path]) -> Cli:
    """The command line on an installation with leftovers that went the whole way, AS-1, and a fresh repair, AS-2."""
    assert cli("record", write(*trail("AS-1", "安装有遗留"), *trail("AS-2", "维修", "已受理"))).code == 0
    return cli


# --- form


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_a_name_the_forms_are_named_in_chinese_always(lang: str, cli: Cli) -> None:
    said = cli("form", "--lang", lang).out.splitlines()

    assert [line.split()[0] for line in said] == list(PAPERS)
    assert "安装维修反馈单" in said[0]
    assert ("install/repair slip" in said[0]) is (lang == "en")
    assert [row["form"] for row in cli("form", "--json").json] == list(PAPERS)


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_form_is_shown_on_the_screen(lang: str, name: str, done: Cli) -> None:
    ran = done("--lang", lang, "form", name, "AS-1")

    assert ran.code == 0
    assert "王芳" in ran.out
    assert ("客户: 王芳" in ran.out) is (lang == "zh")
    assert "138****5678" in ran.out
    assert "13812345678" not in ran.out


def test_a_form_is_written_as_a_page_with_numbers_in_full_where_asked(done: Cli, tmp_path: Path) -> None:
    page = tmp_path / "slip.html"

    ran = done("--unmask", "--lang", "zh", "form", "install-repair-slip", "AS-1", "--visit", "1", "-o", page)

    assert (ran.code, ran.out) == (0, "")
    text = page.read_text("utf-8")
    assert "13812345678" in text
    assert "<h1" in text
    assert "已写入" in ran.err


def test_the_content_of_a_form_is_given_as_json(done: Cli) -> None:
    found = done("--json", "form", "leftover-sheet", "AS-1").json

    assert (found["name"], found["ticket"], found["title"]["zh"]) == ("leftover-sheet", "AS-1", "遗留问题处理单")
    cells = {cell["key"]: cell for row in found["blocks"][0]["rows"] for cell in row}
    assert cells["customer"]["value"] == {"zh": "王芳", "en": "王芳"}
    assert cells["phone"]["value"]["zh"] == "138****5678"
    assert [block["kind"] for block in found["blocks"]].count("table") == 1


def test_a_blank_form_has_its_head_and_nothing_else(done: Cli) -> None:
    filled = done("--lang", "zh", "form", "install-repair-slip", "AS-1", "--visit", "1").out
    blank = done("--lang", "zh", "form", "install-repair-slip", "AS-1", "--visit", "1", "--blank").out

    assert "主体装好，余两项遗留" in filled
    assert "[x]" in filled
    assert "王芳" in blank
    assert "主体装好" not in blank
    assert "[x]" not in blank


def test_an_empty_form_needs_no_ticket_and_no_database(cli: Cli, database: Path) -> None:
    ran = cli("--lang", "zh", "form", "acceptance-card", "--blank")

    assert ran.code == 0
    assert "安装顾客验收卡" in ran.out
    assert not database.exists()


WRONG = {
    "no such form": (("form", "invoice", "AS-1"), 2, "install-repair-slip"),
    "no such form to print empty": (("form", "invoice", "--blank"), 2, "install-repair-slip"),
    "no ticket": (("form", "install-repair-slip"), 2, "空白表"),
    "no such ticket": (("form", "install-repair-slip", "AS-404"), 3, "AS-404"),
    "no such visit": (("form", "install-repair-slip", "AS-1", "--visit", "9"), 2, "现有 2 次"),
    "no such leftover": (("form", "leftover-sheet", "AS-1", "--leftover", "9"), 2, "现有 1 张"),
    "no visit yet": (("form", "install-repair-slip", "AS-2"), 2, "请先预约"),
    "no leftover yet": (("form", "leftover-sheet", "AS-2"), 2, "请先登记遗留"),
    "no such report": (("report", "profit"), 2, "times、satisfaction、recurring"),
}


@pytest.mark.parametrize(("words", "code", "remedy"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_made_is_one_sentence_with_the_way_on(words: tuple[str, ...], code: int, remedy: str, done: Cli) -> None:
    ran = done("--lang", "zh", *words)
    english = done("--lang", "en", *words)

    assert (ran.code, ran.out, english.code) == (code, "", code)
    assert remedy in ran.err
    assert ";" in english.err
    assert len(ran.err.splitlines()) == len(english.err.splitlines()) == 1


# --- report


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_a_name_the_reports_are_named(lang: str, cli: Cli) -> None:
    assert [line.split()[0] for line in cli("report", "--lang", lang).out.splitlines()] == list(REPORTS)
    assert [row["report"] for row in cli("report", "--json").json] == list(REPORTS)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_report_is_shown_with_its_heads_in_words_and_its_tickets(lang: str, done: Cli) -> None:
    for name in ("times", "satisfaction"):
        ran = done("--lang", lang, "report", name)

        assert ran.code == 0
        assert "col-" not in ran.out
        assert "AS-1" in ran.out


def test_every_figure_opens_to_its_tickets_in_json(done: Cli) -> None:
    found = done("--json", "report", "times").json

    assert found["report"] == "times"
    assert [line["about"]["span"] for line in found["lines"]] == ["response", "solution", "closing", "whole"]
    assert all(figure["tickets"] == ["AS-1"] for line in found["lines"] for figure in line["figures"].values())


def test_a_report_is_asked_for_days(done: Cli) -> None:
    within = done("--json", "report", "satisfaction", "--from", "2026-11-01", "--to", "2026-11-30").json
    later = done("--lang", "zh", "report", "satisfaction", "--from", "2027-01-01")

    assert {line["about"]["name"] for line in within["lines"]} == {"2026-11", "zhou-jian"}
    assert (later.code, later.err.strip()) == (0, "没有内容")


def test_what_comes_back_is_found_over_many_tickets(cli: Cli, trail: Callable[..., Any], write: Callable[..., Path]) -> None:
    assert cli("record", write(*(line for n in "123" for line in trail(f"AS-{n}", "维修待配件", "遗留已登记")))).code == 0

    lines = cli("--json", "report", "recurring").json["lines"]

    assert [(line["about"]["name"], line["figures"]["count"]) for line in lines] == [
        (name, {"value": 3, "tickets": ["AS-1", "AS-2", "AS-3"]}) for name in ("三节滑轨", "铰链孔位开裂")
    ]


def test_a_csv_of_a_report_holds_its_numbers_and_all_its_tickets(done: Cli, tmp_path: Path) -> None:
    out = tmp_path / "times.csv"

    ran = done("--lang", "zh", "report", "times", "--csv", out)

    assert "4 行" in ran.err
    with out.open(encoding="utf-8-sig", newline="") as source:
        heads, *rows = list(csv.reader(source))
    assert heads == ["月份", "时段", "数量", "中位（分钟）", "九成以内（分钟）", "工单"]
    assert rows[0] == ["2026-11", "受理到响应", "1", "10", "10", "AS-1"]
