"""发货清单: any text is read, the same list is the same list, no line is given twice, and what is matched is so for a reason."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_web.pages.goods_list import (
    NUMBERS,
    Open,
    Row,
    alike,
    command_id,
    digest,
    matched,
    read,
    written,
)

DOOR = Open("AS-1", "L1-1", "柜门 450×720", 2, order="GC-100", sheet="YL-1", customer="王芳")
RAIL = Open("AS-1", "L1-2", "导轨 450mm", 4, order="GC-100", sheet="YL-1", customer="王芳")
SHELF = Open("AS-2", "L1-1", "活动层板", 1, order="GC-200", sheet="YL-2", customer="李雷", due=True)

texts = st.text(alphabet=st.sampled_from("柜门导轨层板ABGC0123456789-× .\t,，;|\"'\n\r\u3000"), max_size=120)
numbers = st.sampled_from(["GC-100", "GC-200", "GC-300", "YL-1", "AS-2", ""])
items = st.sampled_from(["柜门 450×720", "柜门450*720", "导轨 450mm", "活动层板", "气撑杆", ""])
rows = st.lists(
    st.builds(lambda item, qty, order, customer: Row(0, item, qty, order=order, customer=customer),
              items, st.integers(1, 5), numbers, st.sampled_from(["王芳", "李雷", ""])),
    max_size=8,
).map(lambda found: [row._replace(nr=at) for at, row in enumerate((r for r in found if r.item or r.order), 1)])  # fmt: skip
lines = st.lists(
    st.builds(lambda n, m, item, qty, shipped: Open(f"AS-{n}", f"L1-{m}", item or "件", qty, f"GC-{n}00", f"YL-{n}", "王芳", shipped),
              st.integers(1, 3), st.integers(1, 3), items, st.integers(1, 5), st.booleans()),
    max_size=8, unique_by=lambda line: line.key,
)  # fmt: skip


# --- reading


@given(texts | st.text(max_size=200))
def test_any_text_is_read_and_what_was_read_is_read_again_as_the_same(text: str) -> None:
    found = read(text)

    assert [row.nr for row in found] == list(range(1, len(found) + 1))
    assert all(row.qty >= 1 and (row.item or any(getattr(row, name) for name in NUMBERS)) for row in found)
    assert read(written(found)) == found


@pytest.mark.parametrize("separator", ["\t", ",", "，", ";", "|"])
def test_columns_are_known_by_their_heads_in_any_order(separator: str) -> None:
    told = [["数量", "工厂单号", "品 名", "运单号"], ["2", "GC-100", "柜门 450×720", "DB-9"]]

    assert read("\r\n".join(separator.join(row) for row in told)) == (
        Row(1, "柜门 450×720", 2, order="GC-100", waybill="DB-9"),
    )


def test_without_heads_columns_are_known_by_what_stands_in_them() -> None:
    assert read("GC26110500\t柜门 450×720\t2件\nGC26110600\t活动层板\t1件") == (
        Row(1, "柜门 450×720", 2, order="GC26110500"), Row(2, "活动层板", 1, order="GC26110600"),
    )  # fmt: skip


def test_full_width_signs_and_quotes_of_a_spreadsheet_are_understood() -> None:
    assert read('品名,数量,订单号\n"柜门, 左",２,ＧＣ-100') == (Row(1, "柜门, 左", 2, order="GC-100"),)


def test_lines_that_say_nothing_are_no_rows() -> None:
    assert read("品名,数量\n,\n   \n柜门,2") == (Row(1, "柜门", 2),)
    assert read("") == ()


# --- what a list is known by


@given(rows)
def test_the_same_rows_have_the_same_ids_and_each_its_own(told: list[Row]) -> None:
    again = [Row(*row) for row in told]
    ids = [command_id(told, row.nr, what) for row in told for what in ("ship", "inspect")]

    assert digest(told) == digest(again)
    assert len(set(ids)) == len(ids)
    assert all(len(each) <= 80 for each in ids)


def test_another_row_makes_another_list() -> None:
    told = read("品名,数量\n柜门,2\n层板,1")

    assert digest(told) != digest(told[:1])
    assert digest(told) != digest(read("品名,数量\n柜门,2\n层板,2"))
    assert digest(told) == digest(read("品名\t数量\n柜门\t2\n层板\t1"))


# --- matching


@given(rows, lines)
def test_no_line_is_given_twice_and_every_row_is_answered_once(told: list[Row], owed: list[Open]) -> None:
    found = matched(told, owed)
    given_ = [each.fit.line.key for each in found.rows if each.fit]

    assert [each.row for each in found.rows] == told
    assert len(set(given_)) == len(given_)
    assert {line.key for line in found.missing}.isdisjoint(given_)
    assert len(found.found) + len(found.unmatched) == len(told)


@given(rows, lines, st.randoms(use_true_random=False))
def test_the_order_of_the_lines_that_are_owed_changes_nothing(told: list[Row], owed: list[Open], chance: Random) -> None:
    shuffled = list(owed)
    chance.shuffle(shuffled)

    assert matched(told, shuffled) == matched(told, owed)


@given(rows, lines)
def test_a_match_that_is_certain_has_a_number_and_the_item_and_a_row_is_never_about_another_order(told: list[Row], owed: list[Open]) -> None:
    for each in matched(told, owed).found:
        assert each.fit is not None
        numbered = set(each.fit.why) & set(NUMBERS)
        if each.fit.sure == "certain":
            assert numbered
            assert alike(each.row.item, each.fit.line.item) == 1
        if each.row.order:
            assert numbered


@given(lines)
def test_a_list_of_everything_that_is_owed_is_matched_whole_and_surely(owed: list[Open]) -> None:
    told = [Row(at, line.item, line.qty, order=line.order, ticket=line.ticket) for at, line in enumerate(owed, 1)]
    found = matched(told, owed)

    assert found.missing == ()
    assert all(each.fit and each.fit.sure == "certain" and alike(each.fit.line.item, each.row.item) == 1 for each in found.rows)
    assert all(each.fit and each.fit.line.ticket == each.row.ticket for each in found.rows)


@pytest.mark.parametrize(
    ("row", "line", "sure", "why"),
    [
        (Row(1, "柜门450*720", 2, order="GC-100"), DOOR, "certain", ("order", "item", "qty")),
        (Row(1, "柜门 450×720", 1, order="GC-100"), DOOR, "certain", ("order", "item", "less")),
        (Row(1, "左柜门 450×720", 2, sheet="YL-1"), DOOR, "likely", ("sheet", "like", "qty")),
        (Row(1, "活动层板", 1, order="AS-2"), SHELF, "certain", ("ticket", "item", "qty", "only")),
        (Row(1, "活动层板", 1, customer="李雷"), SHELF, "likely", ("item", "qty", "customer")),
        (Row(1, "活动层板", 1), SHELF, "possible", ("item", "qty")),
    ],
)
def test_a_match_says_why_and_how_surely(row: Row, line: Open, sure: str, why: tuple[str, ...]) -> None:
    (found,) = matched([row], [DOOR, RAIL, SHELF]).rows

    assert found.fit is not None
    assert (found.fit.line, found.fit.sure, set(found.fit.why)) == (line, sure, set(why))


@pytest.mark.parametrize("row", [Row(1, "柜门 450×720", 2, order="GC-999"), Row(1, "气撑杆", 2), Row(1, "活动层板", 3)])
def test_what_fits_nothing_is_not_forced(row: Row) -> None:
    assert matched([row], [DOOR, RAIL, SHELF]).found == ()


def test_two_tickets_that_fit_alike_are_a_guess_with_the_other_beside_it() -> None:
    twin = SHELF._replace(ticket="AS-3", order="GC-300", sheet="YL-3")
    (found,) = matched([Row(1, "活动层板", 1)], [SHELF, twin]).rows

    assert found.fit is not None
    assert (found.fit.sure, [fit.line.ticket for fit in found.others]) == ("possible", ["AS-3"])


def test_what_was_due_and_stands_in_no_row_is_missing() -> None:
    found = matched([Row(1, "柜门 450×720", 2, order="GC-100")], [DOOR, RAIL, SHELF])

    assert found.missing == (SHELF,)


def test_what_was_recorded_before_is_not_matched_again() -> None:
    told = [Row(1, "柜门 450×720", 2, order="GC-100"), Row(2, "柜门 450×720", 2, order="GC-100")]
    found = matched(told, [DOOR], taken={1: DOOR.key})

    assert [each.fit.line.key if each.fit else None for each in found.rows] == [DOOR.key, None]


def test_another_size_is_another_thing() -> None:
    assert alike("柜门 450×720", "柜门450*720") == 1
    assert alike("柜门 450×720", "柜门 600×720") < 0.6
    assert alike("", "柜门") == 0
