"""`aftersales register`."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales_cli.registers import COLUMNS, harmless


@pytest.fixture
def done(cli: Callable[..., Any], trail: Callable[..., Any], write: Callable[..., Path]) -> Callable[..., Any]:
    """The command line on a database with one ticket that went the whole way, leftovers and all."""
    assert cli("record", write(*trail("AS-1", "安装有遗留"))).code == 0
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
    assert "slips, calls, roster, daily, goods, commission" in ran.err
