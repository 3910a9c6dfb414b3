"""遮蔽: what is left of names, addresses and telephone numbers, and that nothing else of them is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_core import masking

law = settings(deadline=None, derandomize=True, database=None, max_examples=120)

NAMES = {"王芳": "王*", "欧阳娜娜": "欧***", "王": "*", "Anna Smith": "A*** S****", "O'Neil": "O*****", "王芳 13812345678": "王* 1**********"}

ADDRESSES = {
    "文三路 90 号 3 幢 502": "文三路 ***",
    "杭州市西湖区溪岸新邸12栋3单元1502室": "杭州市西湖区溪岸新邸***",
    "文三路九十号": "文三路***",
    "学院路十二弄三号": "学院路***",
    "云栖花园 B座 1102": "云栖花园 ***",
    "文三路９０号": "文三路***",
    "三号楼二单元五零二": "***",
    "90 号": "***",
    "云栖花园": "云栖花园",
    "12B Baker Street, Flat 3, London": "*** Baker Street, Flat ***",
    "Baker Street 221B": "Baker Street ***",
    "": "",
}

NUMBERS = {
    "打 13812345678": "打 138****5678",
    "138-1234-5678、138 1234 5678": "138******5678、138******5678",
    "+86 13812345678": "+86********5678",
    "8613812345678": "861******5678",
    "１３８１２３４５６７８": "１３８****５６７８",
    "0571-88123456 或 (010)88886666": "057******3456 或 (010)88886666",
    "01088886666": "010****6666",
    "400-820-8820 13812345678": "400-820-8820 138****5678",
    "2026-11-02 09:00:00+08:00": "2026-11-02 09:00:00+08:00",
    "XS2026101301 与 a13812345678f": "XS2026101301 与 a13812345678f",
    "138123456789": "138123456789",
}


@pytest.mark.parametrize(("name", "masked"), NAMES.items())
def test_of_a_name_the_first_sign_is_left(name: str, masked: str) -> None:
    assert masking.customer(name) == masked


@pytest.mark.parametrize(("place", "masked"), ADDRESSES.items())
def test_of_an_address_the_street_is_left(place: str, masked: str) -> None:
    assert masking.address(place) == masked


@pytest.mark.parametrize(("said", "masked"), NUMBERS.items())
def test_of_a_number_in_a_text_the_ends_are_left(said: str, masked: str) -> None:
    assert masking.numbers(said) == masked


def test_fields_are_known_by_name_and_the_rest_is_left_as_it_is() -> None:
    row = {"ticket": "AS-1", "customer": "王芳", "phone": "0571-8812345", "address": "文三路 90 号", "crew": "zhou", "open_lines": 2,
           "rework": False, "satisfaction": None, "customer_key": "05718812345"}  # fmt: skip

    assert masking.personal(row) == {
        **row, "customer": "王*", "phone": "057*****2345", "address": "文三路 ***", "customer_key": "057****2345",
    }  # fmt: skip
    assert masking.personal({"customer_key": "王芳"}) == {"customer_key": "王*"}
    assert masking.personal([{"agreed_with": "王芳"}, {"signed_by": "王芳"}]) == [{"agreed_with": "王*"}, {"signed_by": "王*"}]


def test_old_and_new_of_a_change_are_those_of_the_field_it_names() -> None:
    story = {"changes": [
        {"path": "customer", "old": None, "new": "王芳"}, {"path": "stage", "old": "NEW", "new": "REPORTED"},
        {"path": "visits.1.signed_by", "old": None, "new": "王芳"}, {"field": "phone", "old": "0571-8812345", "new": "12345"},
    ]}  # fmt: skip

    assert masking.personal(story) == {"changes": [
        {"path": "customer", "old": None, "new": "王*"}, {"path": "stage", "old": "NEW", "new": "REPORTED"},
        {"path": "visits.1.signed_by", "old": None, "new": "王*"}, {"field": "phone", "old": "057*****2345", "new": "1**45"},
    ]}  # fmt: skip
    assert masking.personal({"command": "correct", "changes": {"customer": "王芳"}})["changes"] == {"customer": "王*"}


def test_the_body_of_a_timeline_is_gone_through_and_stays_json() -> None:
    body = '{"by":"customer","signed_by":"王芳","rating":5,"remark":"“好”，电话 0571-8812345 转"}'

    (row,) = masking.personal([{"version": 3, "body": body}], about={"customer": "王芳", "phone": "0571-8812345"})
    assert row["body"] == '{"by":"customer","signed_by":"王*","rating":5,"remark":"“好”，电话 057*****2345 转"}'
    assert masking.personal("{王芳") == "{王芳"
    assert masking.personal("[13812345678") == "[138****5678"


def test_what_a_field_says_is_masked_in_the_texts_beside_it_but_not_within_a_longer_word() -> None:
    ticket = {"customer": "Li", "phone": "81234", "address": "文三路 90 号", "number": "AS-812345",
              "visits": [{"remark": "Li lives at 文三路 90 号 in Lisbon, 81234; not 812345"}]}  # fmt: skip

    masked = masking.personal(ticket)
    assert masked["visits"] == [{"remark": "L* lives at 文三路 *** in Lisbon, 8**34; not 812345"}]
    assert masked["number"] == "AS-812345"


def test_a_number_that_is_known_is_masked_wherever_it_stands() -> None:
    assert masking.personal({"phone": "13812345678", "note": "tel13812345678a"})["note"] == "tel138****5678a"


def test_a_row_says_nothing_about_the_row_beside_it() -> None:
    rows = [{"customer": "方芳", "note": "x"}, {"customer": "王芳", "item": "方芳牌铰链"}]

    assert masking.personal(rows)[1]["item"] == "方芳牌铰链"


# --- laws

_mobile = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
_any_phone = _mobile | st.from_regex(r"\+?[0-9][0-9 -]{4,17}[0-9]", fullmatch=True)
_edge = st.sampled_from(("", "，", "电话：", "（", "）", "\n", "。"))
_word = st.text(st.characters(exclude_categories=("Cs", "Nd")), max_size=6)


def _values(number: str) -> st.SearchStrategy[Any]:
    said = st.builds(lambda a, b, c, d: f"{a}{b}{number}{c}{d}", _word.map(lambda w: w.rstrip("+-") + "，"), _edge, _edge, _word.map("，".__add__))
    leaf = st.one_of(said, _word, st.none(), st.integers(0, 99), st.booleans())
    named = st.builds(lambda key, value: {key: value}, st.sampled_from(("remark", "address", "customer", "signed_by", "body", "to")), said)
    change = st.builds(
        lambda key, path, value: {key: path, "old": value, "new": number}, st.sampled_from(("field", "path")),
        st.sampled_from(("phone", "customer", "problem", "visits.2.work")), leaf,
    )  # fmt: skip
    within = st.recursive(leaf | named | change, lambda inner: st.lists(inner, max_size=3) | inner.map(
        lambda value: {"body": json.dumps(value, ensure_ascii=False)}) | st.dictionaries(_word, inner, max_size=3), max_leaves=8)  # fmt: skip
    return st.builds(lambda value: {"phone": number, "rest": value}, within)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(inner)


@law
@given(data=st.data(), number=_any_phone)
def test_no_text_of_a_masked_value_has_the_number(data: st.DataObject, number: str) -> None:
    value = data.draw(_values(number))

    assert any(number in text for text in _texts(value))
    assert not any(number in text for text in _texts(masking.personal(value)))


@law
@given(before=_word, number=_mobile, after=_word, spelt=st.sampled_from(("{0}{1}{2}", "{0} {1} {2}", "{0}-{1}-{2}", "+86{0}{1}{2}")))
def test_a_mobile_is_masked_in_any_text_that_nobody_knows(before: str, number: str, after: str, spelt: str) -> None:
    written = spelt.format(number[:3], number[3:7], number[7:])
    text = f"{before}，{written}，{after}"

    assert written not in masking.personal({"note": text})["note"]
    assert number not in masking.personal({"note": text})["note"]


@law
@given(name=st.text(min_size=1, max_size=12), place=st.text(max_size=20) | st.sampled_from(sorted(ADDRESSES)), number=_any_phone)
def test_masking_what_is_masked_changes_nothing(name: str, place: str, number: str) -> None:
    for mask, value in ((masking.customer, name), (masking.address, place), (masking.phone, number)):
        assert mask(mask(value)) == mask(value)


@law
@given(value=st.recursive(st.none() | st.booleans() | st.integers() | _word, lambda inner: st.lists(inner) | st.dictionaries(_word, inner), max_leaves=10))
def test_a_value_without_personal_data_stays_what_it_is(value: Any) -> None:
    if not any(text[:1] in ("{", "[", chr(34)) for text in _texts(value)):
        assert masking.personal(value) == value


def test_the_command_line_goes_on_masking_numbers_only() -> None:
    row = {"customer": "王芳", "phone": "0571-8812345", "address": "文三路 90 号", "note": "打 13812345678 或 138-1234-5678"}

    assert masking.everything(row) == {**row, "phone": "057*****2345", "note": "打 138****5678 或 138-1234-5678"}
