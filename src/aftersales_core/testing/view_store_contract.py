"""契约: what every view store has to do, as tests that any adapter can run.

    class TestMyStore(ViewStoreContract):
        @pytest.fixture
        def store(self): ...

Equality with the reference over random rows and questions is `same_answers`, for hypothesis or another source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Final

import pytest

from aftersales_core.cursors import CONDITIONS, VALUES
from aftersales_core.errors import BadInput
from aftersales_core.ports import Batch, Op, Shape, ViewStore, Where


@dataclass(frozen=True, slots=True)
class Sample:
    """A row with every type of column, with and without None."""

    ticket: str
    no: int
    name: str | None = None
    qty: int | None = None
    done: bool = False
    at: datetime | None = None
    day: date | None = None


SAMPLE: Final = Shape("sample", 1, Sample, ("ticket", "no"), (("name", "qty"), ("at",)), ("-at", "qty"))
"""The view that the contract is tried on."""

_START: Final = datetime(2026, 11, 2, 9, tzinfo=timezone(timedelta(hours=8)))


def some_rows() -> list[Sample]:
    """Twelve rows of four tickets with None in every nullable column, and ties."""
    names = ("Abc", "abd", None, "100%_x")
    return [
        Sample(f"T{n % 4}", n, names[n % 4], None if n % 5 == 0 else n // 2, n % 2 == 0,
               None if n % 3 == 0 else _START + timedelta(hours=n // 2),
               None if n % 4 == 0 else date(2026, 11, 1 + n % 3))
        for n in range(12)
    ]  # fmt: skip


def walk(
    store: ViewStore, where: Sequence[Where] = (), order: Sequence[str] = (), limit: int = 5
) -> list[Any]:
    """Every row of the sample view, page by page."""
    found: list[Any] = []
    after = None
    while True:
        page = store.page(SAMPLE, where, order=order, after=after, limit=limit)
        found += page.rows
        if page.next is None:
            return found
        assert len(page.rows) == limit, "only the last page is short"
        after = page.next


def same_answers(
    one: ViewStore, other: ViewStore, where: Sequence[Where], order: Sequence[str], limit: int
) -> None:
    """Both stores give the same pages, cursors, counts and tallies, and a count is how many rows the pages have.

    Raises AssertionError where they do not.
    """
    after, shown = None, 0
    while True:
        pages = [store.page(SAMPLE, where, order=order, after=after, limit=limit) for store in (one, other)]
        assert pages[0] == pages[1]
        after, shown = pages[0].next, shown + len(pages[0].rows)
        if after is None:
            break
    assert one.count(SAMPLE, where) == other.count(SAMPLE, where) == shown
    for column in ("name", "qty", "done", "at", "day"):
        tally = one.tally(SAMPLE, column, where)
        assert tally == other.tally(SAMPLE, column, where)
        assert sum(tally.values()) == shown


class ViewStoreContract:
    """Inherit, and give the fixture `store`: a new and empty store, closed afterwards."""

    @pytest.fixture
    def store(self) -> ViewStore:
        raise NotImplementedError("give a fixture `store`")

    @pytest.fixture
    def full(self, store: ViewStore) -> ViewStore:
        assert store.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=12)
        return store

    def test_it_is_a_view_store(self, store: ViewStore) -> None:
        assert isinstance(store, ViewStore)

    def test_a_view_that_was_never_built_is_empty_and_at_zero(self, store: ViewStore) -> None:
        assert store.position(SAMPLE) == 0
        assert store.page(SAMPLE) == ((), None)
        assert store.count(SAMPLE) == 0
        assert store.tally(SAMPLE, "name") == {}

    def test_a_batch_moves_the_position(self, full: ViewStore) -> None:
        assert full.position(SAMPLE) == 12
        assert full.apply(SAMPLE, Batch({}), after=12, upto=20)
        assert full.position(SAMPLE) == 20

    def test_a_view_that_is_being_built_has_positions_below_zero(self, store: ViewStore) -> None:
        assert store.apply(SAMPLE, Batch({"T0": [Sample("T0", 1)]}), after=0, upto=-1)
        assert not store.apply(SAMPLE, Batch({"T0": []}), after=0, upto=-1)
        assert store.position(SAMPLE) == -1
        assert store.apply(SAMPLE, Batch({"T1": [Sample("T1", 1)]}), after=-1, upto=12)
        assert (store.position(SAMPLE), store.count(SAMPLE)) == (12, 2)

    @pytest.mark.parametrize("after", [0, 11, 13])
    def test_a_batch_from_another_position_writes_nothing(self, full: ViewStore, after: int) -> None:
        before = walk(full)
        assert not full.apply(SAMPLE, Batch({"T0": []}, [Sample("new", 1)]), after=after, upto=99)
        assert full.position(SAMPLE) == 12
        assert walk(full) == before

    def test_a_batch_that_fails_leaves_nothing(self, full: ViewStore) -> None:
        before = walk(full)
        with pytest.raises(ValueError, match="two rows with"):
            full.apply(SAMPLE, Batch({"T0": []}, [Sample("new", 1), Sample("T1", 1)]), after=12, upto=13)
        assert full.position(SAMPLE) == 12
        assert walk(full) == before

    def test_the_first_batch_that_fails_leaves_nothing_either(self, store: ViewStore) -> None:
        with pytest.raises(ValueError, match="two rows with"):
            store.apply(SAMPLE, Batch({}, [Sample("a", 1), Sample("a", 1)]), after=0, upto=1)
        assert (store.position(SAMPLE), store.count(SAMPLE)) == (0, 0)
        assert store.apply(SAMPLE, Batch({}, [Sample("a", 1)]), after=0, upto=1)

    def test_replaced_tickets_have_the_new_rows_only_and_others_stay(self, full: ViewStore) -> None:
        others = [row for row in some_rows() if row.ticket not in ("T0", "T1")]
        new = [Sample("T0", 0), Sample("T0", 99)]
        assert full.apply(SAMPLE, Batch({"T0": new, "T1": (), "T9": ()}), after=12, upto=13)
        assert set(walk(full)) == {*others, *new}

    def test_more_tickets_than_one_statement_takes_are_replaced(self, store: ViewStore) -> None:
        tickets = [f"N{n}" for n in range(2500)]
        assert store.apply(SAMPLE, Batch({t: [Sample(t, 1), Sample(t, 2)] for t in tickets}), after=0, upto=1)
        assert store.apply(SAMPLE, Batch({t: [Sample(t, 1)] for t in tickets}), after=1, upto=2)
        assert store.count(SAMPLE) == 2500

    def test_reset_starts_again(self, full: ViewStore) -> None:
        full.reset(SAMPLE)
        assert (full.position(SAMPLE), full.count(SAMPLE)) == (0, 0)
        assert full.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=12)
        assert full.count(SAMPLE) == 12

    def test_reset_of_a_view_that_was_never_built_is_fine(self, store: ViewStore) -> None:
        store.reset(SAMPLE)
        assert store.position(SAMPLE) == 0

    def test_another_edition_is_another_table_and_drops_the_older(self, full: ViewStore) -> None:
        newer = replace(SAMPLE, edition=2)
        assert full.position(newer) == 0
        assert full.apply(newer, Batch({}, [Sample("a", 1)]), after=0, upto=1)
        assert full.count(newer) == 1
        assert (full.position(SAMPLE), full.count(SAMPLE)) == (0, 0)

    def test_an_older_edition_leaves_the_newer_alone(self, full: ViewStore) -> None:
        older = replace(SAMPLE, edition=0)
        assert full.apply(older, Batch({}, [Sample("a", 1)]), after=0, upto=1)
        assert full.count(SAMPLE) == 12

    def test_many_rows_come_back_as_they_went_in(self, store: ViewStore) -> None:
        many = [replace(row, ticket=f"T{n}", no=n * 100 + row.no) for n in range(40) for row in some_rows()]
        replaced = {f"T{n}": [row for row in many if row.ticket == f"T{n}"] for n in range(20)}
        assert store.apply(SAMPLE, Batch(replaced, [row for row in many if row.no >= 2000]), after=0, upto=1)
        assert sorted(walk(store, limit=100), key=lambda row: row.no) == many

    def test_many_rows_with_one_key_twice_leave_nothing(self, store: ViewStore) -> None:
        many = [Sample("a", n) for n in range(300)]
        for batch in (Batch({"a": [*many, Sample("a", 7)]}), Batch({}, [*many, Sample("a", 7)]), Batch({"a": many}, many[7:8])):
            with pytest.raises(ValueError, match="two rows with"):
                store.apply(SAMPLE, batch, after=0, upto=1)
        assert (store.position(SAMPLE), store.count(SAMPLE)) == (0, 0)

    def test_of_a_ticket_whose_rows_are_replaced_every_kind_of_change_is_written(self, full: ViewStore) -> None:
        rows = [row for row in some_rows() if row.ticket == "T0"]
        kept, changed, gone = rows
        new = [kept, replace(changed, name="new", qty=None, at=None, day=None), Sample("T0", 99)]
        assert full.apply(SAMPLE, Batch({"T0": new, "nobody": []}), after=12, upto=13)
        assert gone not in walk(full)
        assert sorted(walk(full), key=lambda row: row.no) == sorted(
            [*new, *(row for row in some_rows() if row.ticket != "T0")], key=lambda row: row.no
        )

    def test_a_view_that_is_built_again_is_filled_like_a_new_one(self, full: ViewStore) -> None:
        full.reset(SAMPLE)
        assert full.apply(SAMPLE, Batch({"T1": [Sample("T1", 1)]}), after=0, upto=-1)
        assert full.apply(SAMPLE, Batch({"T1": [Sample("T1", 2)], "T2": [Sample("T2", 3)]}), after=-1, upto=20)
        assert full.apply(SAMPLE, Batch({"T2": [Sample("T2", 4)]}), after=20, upto=21)
        assert [(row.ticket, row.no) for row in walk(full, order=["no"])] == [("T1", 2), ("T2", 4)]

    @pytest.mark.parametrize(
        ("op", "value", "expected"),
        [
            ("eq", 2, {4}), ("eq", None, {0, 5, 10}), ("ne", 2, set(range(12)) - {4}),
            ("ne", None, set(range(12)) - {0, 5, 10}), ("lt", 2, {1, 2, 3}), ("le", 2, {1, 2, 3, 4}),
            ("gt", 4, {11}), ("ge", 4, {8, 9, 11}), ("lt", None, set()), ("ge", None, set()),
            ("in", (0, 4), {1, 8, 9}), ("in", (0, None), {1}), ("in", (), set()),
        ],
    )  # fmt: skip
    def test_numbers_compare(self, full: ViewStore, op: Op, value: Any, expected: set[int]) -> None:
        where = [Where("qty", op, value)]
        assert {row.no for row in walk(full, where)} == expected
        assert full.count(SAMPLE, where) == len(expected)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [("AB", {0, 1, 4, 5, 8, 9}), ("%", {3, 7, 11}), ("_x", {3, 7, 11}), ("q", set()), (None, set())],
    )
    def test_text_contains_and_minds_no_case(self, full: ViewStore, value: Any, expected: set[int]) -> None:
        assert {row.no for row in walk(full, [Where("name", "contains", value)])} == expected

    def test_text_minds_no_case_beyond_ascii(self, store: ViewStore) -> None:
        assert store.apply(SAMPLE, Batch({}, [Sample("a", 1, "王芳 ÉTAGE")]), after=0, upto=1)
        assert store.count(SAMPLE, [Where("name", "contains", "étage")]) == 1
        assert store.count(SAMPLE, [Where("name", "contains", "王")]) == 1

    def test_moments_compare_across_zones_and_come_back_aware(self, full: ViewStore) -> None:
        at = (_START + timedelta(hours=1)).astimezone(UTC)
        found = walk(full, [Where("at", "eq", at)])
        assert {row.no for row in found} == {2}
        assert all(row.at.utcoffset() is not None for row in found)
        assert {row.no for row in walk(full, [Where("at", "le", at)])} == {1, 2}

    @pytest.mark.parametrize(
        ("op", "text", "count"),
        [("ge", "0001-01-01T00:00:00+08:00", 8), ("lt", "0001-01-01T00:00:00+08:00", 0),
         ("le", "9999-12-31T23:59:59-08:00", 8), ("gt", "9999-12-31T23:59:59-08:00", 0)],
    )  # fmt: skip
    def test_a_moment_at_the_end_of_the_calendar_is_before_or_behind_all(self, full: ViewStore, op: Op, text: str, count: int) -> None:
        where = [Where("at", op, datetime.fromisoformat(text))]
        assert len(walk(full, where)) == full.count(SAMPLE, where) == count

    def test_a_page_may_be_asked_to_hold_everything(self, full: ViewStore) -> None:
        for limit in (2**31 - 1, 2**31, 2**63 - 1, 2**64):
            assert len(full.page(SAMPLE, limit=limit).rows) == 12

    def test_so_many_values_can_be_asked_for_at_once_and_no_more(self, full: ViewStore) -> None:
        many = tuple(range(VALUES))
        assert full.count(SAMPLE, [Where("qty", "in", many)] * 2) == len(walk(full, [Where("qty", "in", many)])) == 9
        assert full.count(SAMPLE, [Where("qty", "ne", None)] * CONDITIONS) == 9
        for where in ([Where("qty", "in", (*many, 0))], [Where("qty", "ne", None)] * (CONDITIONS + 1)):
            with pytest.raises(BadInput) as caught:
                full.page(SAMPLE, where)
            assert caught.value.code == "bad-value"

    def test_days_and_truths_compare(self, full: ViewStore) -> None:
        assert {row.no for row in walk(full, [Where("day", "gt", date(2026, 11, 2))])} == {2, 5, 11}
        found = walk(full, [Where("done", "eq", True), Where("ticket", "in", ("T0", "T1"))])
        assert {row.no for row in found} == {0, 4, 8}
        assert all(row.done is True for row in found)

    def test_rows_come_back_as_they_went_in(self, full: ViewStore) -> None:
        assert sorted(walk(full), key=lambda row: row.no) == some_rows()

    def test_counts_and_tallies_agree_with_the_rows(self, full: ViewStore) -> None:
        assert full.count(SAMPLE) == len(walk(full)) == 12
        assert full.tally(SAMPLE, "name") == {"Abc": 3, "abd": 3, None: 3, "100%_x": 3}
        assert full.tally(SAMPLE, "done", [Where("name", "eq", "Abc")]) == {True: 3}

    # --- order and cursors

    def test_none_comes_first_upwards_and_last_downwards(self, full: ViewStore) -> None:
        up = [row.qty for row in walk(full, order=["qty"])]
        assert up[:3] == [None] * 3
        assert up[3:] == sorted(up[3:])
        down = [row.qty for row in walk(full, order=["-qty"])]
        assert down[-3:] == [None] * 3
        assert down[:-3] == sorted(down[:-3], reverse=True)

    @pytest.mark.parametrize("limit", [1, 2, 5, 11, 12, 13])
    @pytest.mark.parametrize(
        "order", [(), ("name", "-qty"), ("-at", "done", "-day"), ("-ticket",), ("-no", "ticket")]
    )
    def test_pages_are_the_whole_in_order(self, full: ViewStore, order: tuple[str, ...], limit: int) -> None:
        assert walk(full, order=order, limit=limit) == walk(full, order=order, limit=100)
        assert len(set(walk(full, order=order, limit=limit))) == 12

    def test_rows_that_come_and_go_move_no_other(self, full: ViewStore) -> None:
        page = full.page(SAMPLE, order=["no"], limit=4)
        gone = Batch({"T3": ()}, [Sample("new", -1), Sample("new", 100)])
        assert full.apply(SAMPLE, gone, after=12, upto=13)
        rest = full.page(SAMPLE, order=["no"], after=page.next, limit=100).rows
        assert [row.no for row in rest] == [4, 5, 6, 8, 9, 10, 100]

    def test_a_cursor_is_safe_in_a_url(self, full: ViewStore) -> None:
        cursor = full.page(SAMPLE, order=["name"], limit=1).next
        assert cursor is not None
        assert all(sign.isascii() and (sign.isalnum() or sign in "-_") for sign in cursor)

    def test_a_cursor_of_another_order_view_or_edition_is_refused(self, full: ViewStore) -> None:
        cursor = full.page(SAMPLE, order=["no"], limit=1).next
        for shape, order in (
            (SAMPLE, ["-no"]),
            (SAMPLE, []),
            (replace(SAMPLE, name="other"), ["no"]),
            (replace(SAMPLE, edition=2), ["no"]),
        ):
            with pytest.raises(BadInput) as caught:
                full.page(shape, order=order, after=cursor)
            assert caught.value.code == "bad-cursor"
            assert caught.value.facts["value"] == cursor

    @pytest.mark.parametrize("cursor", ["", "x", "王", "AAAA", "W10", "bnVsbA", "=", "%%"])
    def test_a_torn_cursor_is_refused(self, full: ViewStore, cursor: str) -> None:
        with pytest.raises(BadInput) as caught:
            full.page(SAMPLE, after=cursor)
        assert caught.value.code == "bad-cursor"

    def test_an_unknown_column_is_refused_with_those_there_are(self, full: ViewStore) -> None:
        questions = (
            lambda: full.page(SAMPLE, [Where("nam", "eq", "x")]),
            lambda: full.page(SAMPLE, order=["-nam"]),
            lambda: full.count(SAMPLE, [Where("nam", "eq", "x")]),
            lambda: full.tally(SAMPLE, "nam"),
        )
        for question in questions:
            with pytest.raises(BadInput) as caught:
                question()
            assert caught.value.code == "no-such-column"
            assert caught.value.facts["field"] == "nam"
            assert caught.value.facts["view"] == "sample"
            assert "name" in caught.value.facts["known"]

    @pytest.mark.parametrize(
        ("condition", "code"),
        [
            (Where("qty", "eq", "2"), "bad-value"),
            (Where("name", "lt", 2), "bad-value"),
            (Where("qty", "in", 2), "bad-value"),
            (Where("qty", "eq", (2,)), "bad-value"),
            (Where("qty", "contains", 2), "bad-value"),
            (Where("qty", "lt", 2**63), "bad-value"),
            (Where("name", "eq", "\ud800"), "bad-value"),
            (Where("qty", "like", 2), "bad-value"),  # type: ignore[arg-type]
            (Where("at", "lt", datetime(2026, 11, 2)), "naive-datetime"),
        ],
    )
    def test_a_value_the_column_cannot_hold_is_refused(
        self, full: ViewStore, condition: Where, code: str
    ) -> None:
        with pytest.raises(BadInput) as caught:
            full.page(SAMPLE, [condition])
        assert caught.value.code == code

    def test_a_page_has_rows_and_closing_twice_is_fine(self, store: ViewStore) -> None:
        with pytest.raises(BadInput):
            store.page(SAMPLE, limit=0)
        store.close()
        store.close()
