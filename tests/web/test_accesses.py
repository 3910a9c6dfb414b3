"""进出记录: the page of an auditor: in words, by days, for administrators only."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.web.office import House, house


@pytest.fixture
def open_house() -> Iterator[House]:
    with house() as made:
        made.office.log.note("refuse-sign-in", "nobody", "anonymous", account="13812345678", cause="wrong-password")
        made.office.log.note("show-in-full", "cs-lin", "cs_specialist", about="AS-1", fields=["phone"], reason="核对 13987654321")
        yield made


def test_entries_are_told_in_words_the_latest_on_top(open_house: House) -> None:
    page = open_house.browser("boss").get("/accesses?first=2026-11-26&last=2026-11-26").text

    for word in ("登录被拒", "密码不对", "未登录", "查看完整资料", "联系电话", "AS-1", "林小满"):
        assert word in page
    assert "{&#34;" not in page
    assert page.index("查看完整资料</span>") < page.index("登录被拒</span>")
    english = open_house.browser("boss", **{"accept-language": "en"}).get("/accesses?first=2026-11-26&last=2026-11-26").text
    assert "wrong password" in english


def test_of_another_day_there_is_nothing(open_house: House) -> None:
    assert "这几天没有记录" in open_house.browser("boss").get("/accesses?first=2026-11-25&last=2026-11-25").text


@pytest.mark.parametrize("words", ["first=0001-01-01&last=0001-01-02", "last=0001-01-03", "first=9999-12-30&last=9999-12-31"])
def test_the_ends_of_the_calendar_are_days_without_entries(open_house: House, words: str) -> None:
    answer = open_house.browser("boss").get(f"/accesses?{words}")

    assert (answer.status_code, "这几天没有记录" in answer.text) == (200, True)


def test_who_is_no_administrator_sees_nothing_of_it(open_house: House) -> None:
    answer = open_house.browser("mgr-fang").get("/accesses?first=2026-11-26&last=2026-11-26")

    assert answer.status_code in (403, 404)
    assert "登录被拒" not in answer.text
