"""视图库契约: the stores in memory, in SQLite and in PostgreSQL keep the same promises and give the same answers."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Barrier
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect
from tests.postgres import Server

from aftersales_core.errors import StoreUnusable
from aftersales_core.facts import KINDS, Entry
from aftersales_core.memory import MemoryViewStore
from aftersales_core.memory import open_store as open_memory
from aftersales_core.plugins import RECORDERS, adapter
from aftersales_core.ports import Batch, ViewStore, Where
from aftersales_core.state import Ticket, evolve
from aftersales_core.testing import scene_at
from aftersales_core.testing.view_store_contract import (
    SAMPLE,
    Sample,
    ViewStoreContract,
    same_answers,
    some_rows,
)
from aftersales_core.views import BOARD, TIMELINE, WORKLIST
from aftersales_sql import SqlViewStore, open_store
from aftersales_sql.glance import glance
from aftersales_sql.tables import later, table, table_name
from aftersales_sqlite import open_recorder


class TestMemory(ViewStoreContract):
    @pytest.fixture
    def store(self) -> Iterator[ViewStore]:
        store = open_memory("memory:")
        yield store
        store.close()


class TestSqlite(ViewStoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[ViewStore]:
        store = open_store(f"sqlite:///{tmp_path / 'views.db'}")
        yield store
        store.close()


class TestPostgres(ViewStoreContract):
    @pytest.fixture
    def store(self, postgres: Server) -> Iterator[ViewStore]:
        store = opened(postgres.new_url())
        yield store
        store.close()


def opened(url: str) -> ViewStore:
    """The view store at *url*; a schema is there once a ledger was opened in it."""
    adapter(RECORDERS, url)(url).close()
    return open_store(url)


# --- the same answers

moments = st.none() | st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 3), timezones=st.just(UTC))
days = st.none() | st.dates(date(2026, 11, 1), date(2026, 11, 4))
texts = st.none() | st.sampled_from(["", "a", "A", "ab", "é", "É", "王", "%", "_", "'", "𝄞", "\ue000"])
numbers = st.none() | st.integers(-2, 2)
truths = st.booleans()
cells = {"name": texts, "qty": numbers, "done": truths, "at": moments, "day": days}
rows = st.lists(
    st.builds(Sample, ticket=st.sampled_from("abc"), no=st.integers(0, 20), **cells),
    max_size=25,
    unique_by=lambda row: (row.ticket, row.no),
)
orders = st.lists(
    st.tuples(st.sampled_from(["", "-"]), st.sampled_from([*cells, "no"])).map("".join), max_size=3
)


def _condition(column: str) -> st.SearchStrategy[Where]:
    value = cells[column]
    single = st.builds(Where, st.just(column), st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"]), value)
    several = st.builds(Where, st.just(column), st.just("in"), st.lists(value, max_size=3).map(tuple))
    part = st.builds(Where, st.just(column), st.just("contains"), value)
    return single | several | part if column == "name" else single | several


@settings(max_examples=150, deadline=None)
@given(
    first=rows,
    second=rows,
    where=st.lists(st.sampled_from(list(cells)).flatmap(_condition), max_size=2),
    order=orders,
    limit=st.integers(1, 7),
)
def test_a_database_answers_as_the_reference_does(shared: ViewStore, first, second, where, order, limit) -> None:
    reference = MemoryViewStore()
    for store in (reference, shared):
        store.reset(SAMPLE)
        assert store.apply(SAMPLE, Batch({}, first), after=0, upto=1)
        replaced = {ticket: [row for row in second if row.ticket == ticket] for ticket in "ab"}
        assert store.apply(SAMPLE, Batch(replaced), after=1, upto=2)
    same_answers(reference, shared, where, order, limit)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ViewStore]:
    if request.param == "sqlite":
        store = open_store(f"sqlite:///{tmp_path_factory.mktemp('views') / 'views.db'}")
    else:
        store = opened(request.getfixturevalue("postgres").new_url())
    yield store
    store.close()


# --- one database


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'views.db'}"
    url: str = request.getfixturevalue("postgres").new_url()
    opened(url).close()
    return url


def test_of_two_stores_at_one_position_exactly_one_writes(url: str) -> None:
    stores = [open_store(url) for _ in range(4)]
    ready = Barrier(len(stores))

    def race(no: int) -> list[bool]:
        won = []
        for step in range(10):
            ready.wait()
            won.append(
                stores[no].apply(SAMPLE, Batch({}, [Sample(f"by-{no}", step)]), after=step, upto=step + 1)
            )
            ready.wait()
        return won

    with ThreadPoolExecutor(len(stores)) as pool:
        results = list(pool.map(race, range(len(stores))))
    assert [sum(turn) for turn in zip(*results, strict=True)] == [1] * 10
    assert stores[0].position(SAMPLE) == stores[0].count(SAMPLE) == 10
    for store in stores:
        store.close()


def test_threads_share_a_store(url: str) -> None:
    store = open_store(url)
    assert store.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=12)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: store.count(SAMPLE), range(64))) == {12}
    store.close()


def test_rows_and_position_are_there_when_opened_again(url: str) -> None:
    store = open_store(url)
    assert store.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=12)
    store.close()
    again = open_store(url)
    assert (again.position(SAMPLE), again.count(SAMPLE)) == (12, 12)
    again.close()


def indexes(url: str) -> set[str]:
    """The names of the indexes of the sample view that its shape asks for."""
    store = open_store(url)
    with store._engine.connect() as connection:
        found = {str(index["name"]) for index in inspect(connection).get_indexes(table_name(SAMPLE.name, SAMPLE.edition))}
    store.close()
    return found


def test_a_view_that_is_built_gets_its_indexes_when_all_its_rows_are_there(url: str) -> None:
    store = open_store(url)
    assert SAMPLE.indexes
    wanted = {str(index.name) for index in table(SAMPLE).indexes}
    late = {str(index.name) for index in later(SAMPLE)}
    assert late
    for _turn in range(2):
        assert store.apply(SAMPLE, Batch({"T0": [Sample("T0", 1)]}), after=0, upto=-1)
        assert indexes(url) == wanted - late
        assert store.apply(SAMPLE, Batch({"T1": [Sample("T1", 1)]}), after=-1, upto=12)
        assert indexes(url) == wanted
        store.reset(SAMPLE)
        assert indexes(url) == wanted - late
    assert store.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=12)
    assert indexes(url) == wanted
    store.close()


def by_hand(store: ViewStore, *statements: str) -> None:
    assert isinstance(store, SqlViewStore)
    with store._engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def test_a_table_that_somebody_took_away_is_told_and_made_again(url: str) -> None:
    with closing(open_store(url)) as store:
        assert store.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=5)
        by_hand(store, "DROP TABLE view_sample_1")

        for ask in (lambda: store.page(SAMPLE), lambda: store.count(SAMPLE), lambda: store.tally(SAMPLE, "qty")):
            with pytest.raises(StoreUnusable, match="rebuild"):
                ask()
        store.reset(SAMPLE)

        assert store.page(SAMPLE).rows == ()
        assert store.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=5)
        assert store.count(SAMPLE) == 12


def test_a_position_that_somebody_took_away_is_begun_again_without_what_was_there(url: str) -> None:
    with closing(open_store(url)) as store:
        assert store.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=5)
        by_hand(store, "DELETE FROM view_positions")

        assert store.position(SAMPLE) == 0
        assert store.apply(SAMPLE, Batch({}, some_rows()[:3]), after=0, upto=5)

        assert (store.position(SAMPLE), store.count(SAMPLE)) == (5, 3)


def test_rows_that_somebody_wrote_are_put_right_with_the_next_fact_of_their_ticket_and_all_of_them_when_built_anew(url: str) -> None:
    rows = [replace(row, at=None if row.at is None else row.at.replace(microsecond=row.no)) for row in some_rows()]
    mine = {f"T{n}": [row for row in rows if row.ticket == f"T{n}"] for n in range(4)}
    with closing(open_store(url)) as store:
        assert store.apply(SAMPLE, Batch(mine), after=0, upto=5)
        by_hand(
            store, "UPDATE view_sample_1 SET done = NOT done", "UPDATE view_sample_1 SET name = NULL WHERE no < 6",
            "UPDATE view_sample_1 SET qty = coalesce(qty, 0) + 1, day = NULL", "DELETE FROM view_sample_1 WHERE no IN (2, 3)",
            "INSERT INTO view_sample_1 (ticket, no, done) VALUES ('T1', 77, true), ('T2', 78, false)",
        )  # fmt: skip

        assert store.apply(SAMPLE, Batch({"T1": mine["T1"], "T2": mine["T2"]}), after=5, upto=6)

        shown = {row.no: row for row in store.page(SAMPLE).rows}
        assert {no for no, row in shown.items() if row in rows} == {1, 2, 5, 6, 9, 10}
        assert set(shown) == {*range(12)} - {3}
        store.reset(SAMPLE)
        assert store.apply(SAMPLE, Batch(mine), after=0, upto=6)
        assert sorted(store.page(SAMPLE).rows, key=lambda row: row.no) == rows


def test_rows_that_stay_as_they_are_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "views.db"
    store = open_store(f"sqlite:///{path}")
    rows = [row for row in some_rows() if row.ticket == "T1"]
    assert store.apply(SAMPLE, Batch({"T1": rows}), after=0, upto=12)
    with sqlite3.connect(path) as file:
        for what in ("INSERT", "UPDATE", "DELETE"):
            file.execute(f"CREATE TRIGGER no_{what} BEFORE {what} ON {table_name(SAMPLE.name, SAMPLE.edition)}"
                         " BEGIN SELECT RAISE(ABORT, 'written'); END")  # fmt: skip
    file.close()
    assert store.apply(SAMPLE, Batch({"T1": rows}), after=12, upto=13)
    for other in (rows[1:], [*rows, Sample("T1", 99)], [replace(rows[0], name="new"), *rows[1:]]):
        with pytest.raises(ValueError, match="written"):
            store.apply(SAMPLE, Batch({"T1": other}), after=13, upto=14)
    store.close()


def test_a_moment_without_zone_is_refused_and_nothing_written(url: str) -> None:
    store = open_store(url)
    with pytest.raises(ValueError, match="no time zone"):
        store.apply(SAMPLE, Batch({}, [Sample("a", 1, at=datetime(2026, 11, 2))]), after=0, upto=1)
    assert (store.position(SAMPLE), store.count(SAMPLE)) == (0, 0)
    store.close()


def test_a_closed_store_says_so(url: str) -> None:
    store = open_store(url)
    store.close()
    with pytest.raises(StoreUnusable) as caught:
        store.count(SAMPLE)
    assert caught.value.code == "unopenable"


def test_text_with_a_nul_is_shown_without_it_where_the_database_has_none(postgres: Server) -> None:
    store = opened(postgres.new_url())
    assert store.apply(SAMPLE, Batch({}, [Sample("a", 1, "left\0right")]), after=0, upto=1)
    assert [row.name for row in store.page(SAMPLE, [Where("name", "eq", "left\0right")]).rows] == ["left\ufffdright"]
    assert store.count(SAMPLE, [Where("name", "contains", "T\0R")]) == 1
    store.close()


def test_a_schema_that_another_program_writes_is_locked(postgres: Server) -> None:
    url = postgres.new_url(timeout="0.01")
    store, other = opened(url), open_store(url)
    assert isinstance(other, SqlViewStore)
    with other._writing() as held:
        assert not held.closed
        with pytest.raises(StoreUnusable) as caught:
            store.apply(SAMPLE, Batch({}), after=0, upto=1)
    assert caught.value.code == "locked"
    assert store.apply(SAMPLE, Batch({}), after=0, upto=1)
    store.close()
    other.close()


def test_a_store_works_again_when_the_server_does(postgres: Server) -> None:
    store = opened(postgres.new_url())
    assert store.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=12)
    postgres.stop()
    try:
        for ask in (store.count, store.position, store.reset):
            with pytest.raises(StoreUnusable) as caught:
                ask(SAMPLE)
            assert caught.value.code == "unreachable"
    finally:
        postgres.start()
    assert (store.count(SAMPLE), store.position(SAMPLE)) == (12, 12)
    assert store.apply(SAMPLE, Batch({}), after=12, upto=13)
    store.close()


def test_a_file_that_somebody_else_writes_is_locked(tmp_path: Path) -> None:
    path = tmp_path / "views.db"
    store = open_store(f"sqlite:///{path}?timeout=0")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnusable) as caught:
        store.apply(SAMPLE, Batch({}), after=0, upto=1)
    assert caught.value.code == "locked"
    assert caught.value.facts["path"] == str(path)
    other.execute("ROLLBACK")
    other.close()
    assert store.apply(SAMPLE, Batch({}), after=0, upto=1)
    store.close()


def test_a_full_disk_leaves_the_view_as_it_was(tmp_path: Path) -> None:
    from sqlalchemy import event

    from aftersales_sql.engines import sqlite_engine
    from aftersales_sql.store import SqlViewStore

    path = tmp_path / "views.db"
    engine = sqlite_engine(str(path), 10)
    event.listen(
        engine, "connect", lambda connection, _record: connection.execute("PRAGMA max_page_count = 20")
    )
    store = SqlViewStore(engine, name=str(path))
    assert store.apply(SAMPLE, Batch({}, some_rows()), after=0, upto=12)
    with pytest.raises(StoreUnusable) as caught:
        store.apply(SAMPLE, Batch({}, [Sample("much", n, "x" * 500) for n in range(1000)]), after=12, upto=13)
    assert caught.value.code == "disk-full"
    assert (store.position(SAMPLE), store.count(SAMPLE)) == (12, 12)
    store.close()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("sqlite:///{}/no/folder/views.db", "no-such-folder"),
        ("sqlite:///{}/views.db?speed=1", "unopenable"),
        ("sqlite:///{}/views.db?timeout=x", "unopenable"),
        ("sqlite://host/views.db", "unopenable"),
        ("sqlite:///", "unopenable"),
        ("sqlite:///{}/garbage", "not-a-database"),
    ],
)
def test_an_address_that_cannot_be_opened_is_refused(tmp_path: Path, address: str, code: str) -> None:
    (tmp_path / "garbage").write_bytes(b"not a database at all, but long enough to be looked at" * 30)
    with pytest.raises(StoreUnusable) as caught:
        open_store(address.format(tmp_path))
    assert caught.value.code == code


# --- the fast way


def _url(path: Path) -> str:
    return f"sqlite:///{quote(str(path))}"


def _ledger(path: Path) -> tuple[list[Entry], Ticket]:
    """A ledger file that holds a ticket's rows as far as a glance looks at them."""
    scene = scene_at("安装", "已派工")
    open_recorder(_url(path)).close()
    with sqlite3.connect(path) as file:
        for entry in scene.history:
            file.execute(
                "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (?, ?, ?, ?)",
                (entry.ticket, entry.version, entry.fact.kind, b""),
            )
    file.close()
    return scene.history, scene.ticket


def _project(store: ViewStore, history: list[Entry]) -> None:
    scene = scene_at("安装", "已派工")
    ticket = Ticket(history[0].ticket)
    lines = []
    assert TIMELINE.of_entry is not None
    assert BOARD.of_ticket is not None
    for entry in history:
        ticket = evolve(ticket, entry)
        lines += TIMELINE.of_entry(entry, ticket)
    assert store.apply(
        TIMELINE.shape, Batch({}, lines), after=store.position(TIMELINE.shape), upto=len(history)
    )
    board = {ticket.number: list(BOARD.of_ticket(ticket, scene.playbook))}
    assert store.apply(BOARD.shape, Batch(board), after=0, upto=len(history))
    assert WORKLIST.of_ticket is not None
    tasks = {ticket.number: list(WORKLIST.of_ticket(ticket, scene.playbook))}
    assert store.apply(WORKLIST.shape, Batch(tasks), after=0, upto=len(history))


def test_a_glance_shows_a_ticket_whose_views_are_fresh(tmp_path: Path) -> None:
    path = tmp_path / "100% a?b#c.db"
    history, ticket = _ledger(path)
    store = open_store(_url(path))
    assert glance(str(path), ticket.number) is None, "nothing is built yet"
    _project(store, history)
    found = glance(str(path), ticket.number)
    assert found is not None
    assert found["board"]["stage"] == ticket.stage
    assert [line["version"] for line in found["timeline"]] == list(range(1, ticket.version + 1))
    assert {line["kind"] for line in found["timeline"]} <= set(KINDS)
    assert [(task["task"], task["command"]) for task in found["worklist"]] == [("visit", "complete-visit")]
    assert glance(str(path), "unknown") is None
    store.close()


@pytest.mark.parametrize("behind", ["board", "timeline", "worklist", "ledger"])
def test_a_glance_sees_nothing_where_something_is_behind(tmp_path: Path, behind: str) -> None:
    path = tmp_path / "a.db"
    history, ticket = _ledger(path)
    store = open_store(f"sqlite:///{path}")
    _project(store, history)
    store.close()
    statement = {
        "board": f"UPDATE view_board_{BOARD.shape.edition} SET version = version - 1",
        "timeline": f"DELETE FROM view_timeline_{TIMELINE.shape.edition} WHERE version = 2",
        "worklist": "UPDATE view_positions SET position = position - 1 WHERE name = 'worklist'",
        "ledger": "UPDATE stored_events SET originator_version = 99 WHERE originator_version = 1",
    }[behind]
    with sqlite3.connect(path) as file:
        file.execute(statement)
    file.close()
    assert glance(str(path), ticket.number) is None


def test_a_glance_at_no_database_sees_nothing(tmp_path: Path) -> None:
    (tmp_path / "garbage").write_bytes(b"garbage" * 999)
    assert glance(str(tmp_path / "garbage"), "T") is None
    assert glance(str(tmp_path / "missing.db"), "T") is None
    assert not (tmp_path / "missing.db").exists()


def test_importing_the_package_and_the_glance_imports_nothing_heavy() -> None:
    code = (
        "import sys, aftersales_sql, aftersales_sql.glance;"
        "sys.exit(' '.join({'sqlalchemy', 'pydantic', 'aftersales_core', 'eventsourcing'} & set(sys.modules)) or 0)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (run.stderr.strip(), run.returncode) == ("", 0)


def test_the_package_gives_the_function_glance_even_after_its_module_was_imported() -> None:
    import aftersales_sql

    assert callable(aftersales_sql.__getattr__("glance"))
