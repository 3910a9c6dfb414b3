"""`aftersales register`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales_cli.registers import COLUMNS, harmless
from aftersales_core.forms import REGISTERS as LAYOUTS


@pytest.fixture
def done(cli: Callable[..., Any], trail: Callable[..., Any], write: Callable[..., Path]) -> Callable[..., Any]:
    """The command line on a database with one ticket that went the whole way, leftovers, fields of the house and all."""
    filled = {
        "command": "fill-fields", "ticket": "AS-1", "command_id": "f-1", "occurred_at": "2026-11-20T09:00:00+08:00", "actor": "lin",
        "role": "cs_specialist", "fields": {"birthday": "1988-11-20"},
    }  # fmt: skip
    assert cli("record", write(*trail("AS-1", "安装有遗留"), filled)).code == 0
    return cli


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_without_a_name_the_registers_are_named(lang: str, cli: Callable[..., Any]) -> None:
    said = cli("register", "--lang", lang).out.splitlines()

    assert [line.split()[0] for line in said] == list(COLUMNS)
    assert ("《安装信息登记表》" in said[0]) is (lang == "zh")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_register_is_shown_with_its_heads_in_words(lang: str, done: Callable[..., Any]) -> None:
    for name in COLUMNS:
        ran = done("--lang", lang, "register", name)

        assert ran.code == 0
        assert "col-" not in ran.out
        assert len(ran.out.splitlines()) > 2, name


def test_days_are_asked_in_the_time_zone_of_the_house(done: Callable[..., Any]) -> None:
    within = done("--json", "register", "roster", "--from", "2026-11-01", "--to", "2026-11-30").json
    later = done("--json", "register", "roster", "--from", "2027-01-01").json

    assert [row["visit"] for row in within["rows"]] == [1, 2]
    assert later["rows"] == []


def test_a_csv_holds_every_row_and_column(done: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "slips.csv"

    ran = done("--lang", "zh", "register", "slips", "--csv", out)

    assert "2 行" in ran.err
    with out.open(encoding="utf-8-sig", newline="") as source:
        heads, *rows = list(csv.reader(source))
    assert heads[:2] == ["工单", "上门"]
    assert len(rows) == 2
    assert all(len(row) == len(heads) for row in rows)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t="])
def test_a_csv_holds_no_formulas(text: str) -> None:
    assert harmless(text) == f"'{text}"


def test_an_unknown_register_is_refused_with_those_there_are(cli: Callable[..., Any]) -> None:
    ran = cli("--lang", "en", "register", "invoices")

    assert ran.code == 2
    assert "slips, calls, aftersales, sheets, roster, daily, goods, commission, fields, papers" in ran.err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_column_of_every_register_has_a_head_in_words(lang: str, done: Callable[..., Any], tmp_path: Path) -> None:
    for name in COLUMNS:
        assert done("--lang", lang, "register", name, "--csv", tmp_path / "out.csv").code == 0
        heads = (tmp_path / "out.csv").read_text("utf-8-sig").splitlines()[0]
        assert "col-" not in heads
        assert "_" not in heads


def test_the_commission_check_says_on_time_or_late_and_whether_there_is_a_score(done: Callable[..., Any]) -> None:
    said = done("--lang", "zh", "register", "commission").out
    (first, second) = done("--json", "register", "commission").json["rows"]

    assert "按时" in said
    assert (first["handed_in"], first["scored"]) == (second["handed_in"], second["scored"]) == ("on-time", True)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_register_is_printed_as_the_form_it_is(name: str, done: Callable[..., Any], tmp_path: Path) -> None:
    page = tmp_path / "register.html"

    ran = done("--lang", "zh", "register", name, "--html", page)

    assert (ran.code, ran.out) == (0, "")
    assert str(page) in ran.err
    text = page.read_text("utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert "AS-1" in text
    assert "13812345678" not in text


def test_a_register_on_paper_masks_telephone_numbers_unless_asked(done: Callable[..., Any], tmp_path: Path) -> None:
    masked, full = tmp_path / "masked.html", tmp_path / "full.html"

    done("register", "roster", "--html", masked)
    done("--unmask", "register", "roster", "--html", full)

    assert "138****5678" in masked.read_text("utf-8")
    assert "13812345678" in full.read_text("utf-8")


def test_a_register_on_paper_says_which_days_it_is_of(done: Callable[..., Any], tmp_path: Path) -> None:
    page = tmp_path / "register.html"

    done("register", "roster", "--html", page)
    assert "2026-11-03 Tuesday" in page.read_text("utf-8")
    done("register", "slips", "--from", "2026-11-01", "--to", "2026-11-30", "--html", page)
    assert "2026-11-01 – 2026-11-30" in page.read_text("utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_register_with_nothing_in_it_is_not_printed(lang: str, done: Callable[..., Any], tmp_path: Path) -> None:
    page = tmp_path / "register.html"

    ran = done("--lang", lang, "register", "slips", "--from", "2030-01-01", "--html", page)

    assert (ran.code, page.exists()) == (2, False)
    assert ("；请" if lang == "zh" else "; ask") in ran.err
