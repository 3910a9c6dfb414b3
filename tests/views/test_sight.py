"""可见: who sees what, as a question about a ticket and as conditions on rows; the two never differ, whatever the store."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.rules.strategies import lives

from aftersales_core.errors import PlaybookUnsound
from aftersales_core.memory import MemoryViewStore
from aftersales_core.playbooks import Access, preset_text
from aftersales_core.plugins import RECORDERS, VIEWS, adapter
from aftersales_core.ports import Batch, ViewStore
from aftersales_core.rules import load_playbook, preset
from aftersales_core.rules.sight import (
    Viewer,
    conditions,
    hidden,
    in_full,
    listed,
    may_export,
    may_unmask,
    people_in,
    sees,
)
from aftersales_core.state import Leftover, Line, Ticket
from aftersales_core.views import BOARD, LEFTOVERS, WORKLIST

law = settings(
    deadline=None, derandomize=True, database=None, max_examples=60, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip

BOOK = preset()
PLAIN = BOOK.model_copy(update={"access": Access()})
MONDAY = datetime(2026, 11, 2, 1, tzinfo=UTC)

PEOPLE = ("zhou", "Zhou", "ZHOU", "zhou-wei", "wei", "陈波", "陈", "k", "\u212a", "o'x", "", "zhou、li", "li", "Zhou^5a686f75", "%", "_")
"""Ids, some of which read alike, and names that are no ids and that an account may have all the same."""

IDS = tuple(one for one in PEOPLE if one and not set(one) & set("、^%'"))
BRANCHES = ("west-lake", "West-Lake", "west", "钱江", "")

viewers = st.builds(
    Viewer, st.sampled_from(PEOPLE), st.sampled_from([*BOOK.roles, "nobody-knows"]),
    st.none() | st.frozensets(st.sampled_from(BRANCHES), max_size=3),
)  # fmt: skip
branches = st.none() | st.sampled_from([one for one in BRANCHES if one])


@st.composite
def tickets(draw: st.DrawFn) -> list[Ticket]:
    """Some that were reported, each with a leftover line, so that every one of the three views has rows of it."""
    return [
        Ticket(
            f"AS-{no}", 1, "REPORTED", playbook=BOOK.id, category="repair", opened_at=MONDAY, last_at=MONDAY,
            branch=draw(branches), assigned=tuple(draw(st.lists(st.sampled_from(IDS), max_size=3, unique=True))),
            leftovers=(Leftover(1, MONDAY, lines=(Line("L1-1", "门板", 1, False, "RAISED"),)),),
        )
        for no in range(draw(st.integers(1, 5)))
    ]  # fmt: skip


@pytest.fixture(scope="module", params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ViewStore]:
    url = {
        "memory": lambda: "memory:", "sqlite": lambda: f"sqlite:///{tmp_path_factory.mktemp('sight') / 'views.db'}",
        "postgresql": lambda: request.getfixturevalue("postgres").new_url(),
    }[request.param]()  # fmt: skip
    # in PostgreSQL a schema is there once a ledger was opened in it
    adapter(RECORDERS, url)(url).close()
    opened: ViewStore = adapter(VIEWS, url)(url)
    yield opened
    opened.close()


def fill(store: ViewStore, made: list[Ticket]) -> None:
    for view in (BOARD, WORKLIST, LEFTOVERS):
        assert view.of_ticket is not None
        store.reset(view.shape)
        assert store.apply(view.shape, Batch({t.number: list(view.of_ticket(t, BOOK)) for t in made}), after=0, upto=1)


@law
@given(made=tickets(), asking=st.lists(viewers, min_size=1, max_size=6))
def test_a_row_is_found_exactly_where_its_ticket_may_be_seen(store: ViewStore, made: list[Ticket], asking: list[Viewer]) -> None:
    fill(store, made)
    for viewer in asking:
        for book in (BOOK, PLAIN):
            seen = {t.number for t in made if sees(viewer, t, book)}
            for view in (BOARD, WORKLIST, LEFTOVERS):
                rows: tuple[Any, ...] = store.page(view.shape, conditions(viewer, book), limit=1000).rows
                assert {row.ticket for row in rows} == seen, (view.name, viewer)


@law
@given(life=lives(most=25), asking=st.lists(viewers, min_size=1, max_size=6))
def test_it_holds_for_tickets_with_a_life_too(life: Any, asking: list[Viewer]) -> None:
    store, ticket = MemoryViewStore(), life.ticket
    fill(store, [ticket])
    for viewer in asking:
        for view in (BOARD, WORKLIST, LEFTOVERS):
            every = store.count(view.shape)
            assert store.count(view.shape, conditions(viewer, BOOK)) == (every if sees(viewer, ticket, BOOK) else 0)


@law
@given(people=st.lists(st.sampled_from(IDS), unique=True), one=st.sampled_from(PEOPLE))
def test_a_text_of_people_contains_one_where_he_is_among_them(people: list[str], one: str) -> None:
    assert (listed((one,)).lower() in listed(people).lower()) == (one in people)


def test_a_viewer_without_a_name_is_nobody() -> None:
    (asked,) = conditions(Viewer("", "installer"), BOOK)

    assert not any(str(asked.value) in listed(people) for people in ((), ("zhou",), ("zhou", "li")))


def test_people_are_written_so_that_they_can_be_read() -> None:
    assert listed(("zhou-wei", "陈波")) == "、zhou-wei、陈波、"
    assert listed(()) == ""
    assert listed(("Zhou",)) == "、Zhou^5a686f75、"


def ticket(**fields: Any) -> Ticket:
    return Ticket("AS-1", 1, "REPORTED", **fields)


def test_an_installer_sees_what_he_was_sent_to_and_nothing_else() -> None:
    zhou = Viewer("zhou", "installer", frozenset({"west-lake"}))

    assert sees(zhou, ticket(branch="qianjiang", assigned=("li", "zhou")), BOOK)
    assert not sees(zhou, ticket(branch="west-lake", assigned=("li",)), BOOK)
    assert not sees(zhou, ticket(branch="west-lake"), BOOK)


def test_everybody_else_sees_the_tickets_of_his_branches() -> None:
    lin = Viewer("lin", "cs_specialist", frozenset({"west-lake", "qianjiang"}))

    assert sees(lin, ticket(branch="west-lake"), BOOK)
    assert sees(lin, ticket(branch="qianjiang"), BOOK)
    assert not sees(lin, ticket(branch="xihu", assigned=("lin",)), BOOK)


def test_a_ticket_without_a_branch_is_for_those_with_all_of_them() -> None:
    assert not sees(Viewer("lin", "cs_specialist", frozenset({"west-lake"})), ticket(), BOOK)
    assert sees(Viewer("lin", "cs_specialist"), ticket(), BOOK)


def test_an_account_without_branches_has_them_all_and_no_branches_at_all_see_nothing() -> None:
    assert Viewer.of("lin", "cs_specialist") == Viewer("lin", "cs_specialist", None)
    assert Viewer.of("lin", "cs_specialist", ["west-lake"]).branches == frozenset({"west-lake"})
    assert not sees(Viewer("lin", "cs_specialist", frozenset()), ticket(branch="west-lake"), BOOK)


def test_the_preset_shows_customers_to_those_who_deal_with_them() -> None:
    def who(allowed: Any) -> set[str]:
        return {role for role in BOOK.roles if allowed(Viewer("x", role), BOOK)}

    assert set(BOOK.roles) - who(in_full) == {"designer", "warehouse_keeper", "customer"}
    assert who(may_unmask) == {"designer"}
    assert who(may_export) == {"cs_supervisor", "management"}


def test_what_is_masked_is_not_searched_by_either() -> None:
    assert hidden(Viewer("x", "designer"), BOOK) == {"customer", "phone", "address", "customer_key"}
    assert hidden(Viewer("x", "cs_specialist"), BOOK) == frozenset()


def test_a_playbook_that_says_nothing_shows_and_lets_out_nothing() -> None:
    for role in (*BOOK.roles, "nobody-knows"):
        viewer = Viewer("x", role)
        assert (in_full(viewer, PLAIN), may_unmask(viewer, PLAIN), may_export(viewer, PLAIN)) == (False, False, False)
        assert sees(viewer, ticket(branch="west-lake"), PLAIN)


HOUSE = 'extends = "whole-house"\nname = "our-shop"\nedition = "1"\nannounced = 2026-09-01\neffective = 2026-10-01\n'


def test_a_house_changes_one_list_and_keeps_the_others() -> None:
    book = load_playbook(f'{HOUSE}[access]\nexport = ["cs_supervisor"]\n')

    assert book.access.export == ("cs_supervisor",)
    assert book.access.full == BOOK.access.full
    assert book.access.rows == BOOK.access.rows


LIES = {
    "unknown role in rows": ('rows = { gardener = "assigned" }', "access: rows: role 'gardener' is not declared"),
    "unknown role": ('full = ["gardener"]\nexport = []', "access: full: role 'gardener' is not declared"),
    "given twice": ('unmask = ["designer", "designer"]', "access: unmask: role 'designer' is given more than once"),
    "nothing to unmask": ('unmask = ["installer"]',
                          "access: role 'installer' sees everything in full and has nothing to unmask; name it in full or in unmask"),
    "carries out unseen": ('export = ["designer"]',
                           "access: role 'designer' may carry out what it does not see; name it in full, or not in export"),
    "carries out all": ('export = ["installer"]',
                        "access: role 'installer' sees its own tickets only and may carry out all; let it see by branch, or not export"),
    "clause": ('clauses = ["Z-99"]', "access access: clause Z-99 is not in the register"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "finding"), LIES.values(), ids=LIES)
def test_a_section_that_cannot_be_meant_does_not_load(said: str, finding: str) -> None:
    with pytest.raises(PlaybookUnsound) as caught:
        load_playbook(f"{HOUSE}[access]\n{said}\n")
    assert finding in caught.value.facts["problems"]


def test_rows_are_seen_by_assignment_or_by_branch_and_in_no_other_way() -> None:
    with pytest.raises(PlaybookUnsound, match="assigned"):
        load_playbook(preset_text("whole-house").replace('installer = "assigned"', 'installer = "everything"', 1))


@given(st.lists(st.text(st.sampled_from("aB、^é陈\udc80"), min_size=1, max_size=4), max_size=4))
def test_people_who_are_listed_are_read_back(people: list[str]) -> None:
    assert people_in(listed(people)) == tuple(people)
