"""保险柜: in memory, in a file, on a server: the same promises; and what is told of a commit is on the disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from tests.children import child, start_together
from tests.postgres import Server, by_hand

from aftersales_core import Desk
from aftersales_core.errors import NoAdapter, StoreUnusable
from aftersales_core.memory import open_safe as open_memory
from aftersales_core.ports import Kept, Safe
from aftersales_core.testing.safe_contract import NOON, SafeContract
from aftersales_sql import open_safe
from aftersales_sql.engines import sqlite_engine
from aftersales_sql.safe import SqlSafe


class TestMemory(SafeContract):
    @pytest.fixture
    def safe(self) -> Safe:
        return open_memory()


class TestSqlite(SafeContract):
    @pytest.fixture
    def safe(self, tmp_path: Path) -> Iterator[Safe]:
        safe = open_safe(f"sqlite:///{tmp_path / 'shop.db'}")
        yield safe
        safe.close()


class TestPostgres(SafeContract):
    @pytest.fixture
    def safe(self, postgres: Server) -> Iterator[Safe]:
        with Desk.open(postgres.new_url()) as desk:
            yield desk.safe


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database in which nobody has opened a safe yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    url: str = request.getfixturevalue("postgres").new_url()
    Desk.open(url).close()
    return url


# --- several processes

RACER = """
import sys
from aftersales_sql import open_safe
print("ready", flush=True); sys.stdin.readline()
safe = open_safe(sys.argv[1])
print(sum(safe.put("key", f"k{n}", sys.argv[2], expect=0) is not None for n in range(100)), flush=True)
"""


def test_of_two_processes_that_come_at_once_one_is_first(url: str) -> None:
    racers = [child(RACER, url, name) for name in ("a", "b")]
    start_together(*racers)
    won = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    assert sum(won) == 100
    with closing(open_safe(url)) as safe:
        owners = [kept.value for _key, kept in safe.all("key")]
    assert [owners.count(name) for name in ("a", "b")] == won


COUNTER = """
import sys
from aftersales_sql import open_safe
safe = open_safe(sys.argv[1])
print("ready", flush=True); sys.stdin.readline()
left = 50
while left:
    kept = safe.get("key", "count")
    left -= safe.put("key", "count", str(int(kept.value) + 1), expect=kept.version) is not None
    safe.put("session", sys.argv[2], "x")
    safe.remove("session", sys.argv[2])
"""


def test_two_processes_that_count_up_lose_nothing(url: str) -> None:
    with closing(open_safe(url)) as safe:
        assert safe.put("key", "count", "0", expect=0) == 1
        counters = [child(COUNTER, url, name) for name in ("a", "b")]
        start_together(*counters)
        for counter in counters:
            counter.communicate(timeout=60)
            assert counter.returncode == 0
        assert safe.get("key", "count") == Kept("100", 101)
        assert list(safe.all("session")) == []


KILLED = """
import os, signal, sys
from aftersales_sql import open_safe
safe = open_safe(sys.argv[1])
for n in range(50):
    safe.put("session", f"s{n}", "x")
safe.remove("session", "s7")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_laid_there_survives_a_killed_process(url: str) -> None:
    killed = child(KILLED, url)
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    with closing(open_safe(url)) as safe:
        assert {key for key, _kept in safe.all("session")} == {f"s{n}" for n in range(50)} - {"s7"}


# --- the disk


def test_it_is_there_when_opened_again(url: str) -> None:
    with closing(open_safe(url)) as safe:
        safe.put("account", "li-na", "1")
        safe.put("account", "li-na", "2", until=NOON)
    with closing(open_safe(url)) as again:
        assert again.get("account", "li-na") == Kept("2", 2, NOON)
        assert again.put("account", "li-na", "3", expect=2) == 3


def test_a_commit_of_the_safe_waits_for_the_disk_and_those_of_views_go_on_without(url: str) -> None:
    asked, sure, quick = ("PRAGMA synchronous", 2, 1) if url.startswith("sqlite") else ("SHOW synchronous_commit", "on", "off")
    with Desk.open(url) as desk:
        for holder, expected in ((desk.safe, sure), (desk.store, quick)):
            with holder._engine.connect() as connection:  # type: ignore[attr-defined]
                assert connection.exec_driver_sql(asked).scalar_one() == expected


def test_a_server_that_waits_for_its_standbys_to_apply_is_not_told_to_wait_for_less(postgres: Server) -> None:
    url = postgres.new_url(options="-csynchronous_commit%3Dremote_apply")
    Desk.open(url).close()
    with closing(open_safe(url)) as safe, safe._engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "remote_apply"


SECRET = "a-secret-nobody-shall-find"


@pytest.mark.parametrize("how", ["removed", "replaced", "forgotten"])
def test_what_is_gone_is_not_in_the_file_once_its_log_is_emptied(tmp_path: Path, how: str) -> None:
    path = tmp_path / "shop.db"
    with Desk.open(f"sqlite:///{path}") as desk:
        desk.safe.put("account", "a", SECRET * 500, until=NOON)
        if how == "removed":
            desk.safe.remove("account", "a")
        elif how == "replaced":
            desk.safe.put("account", "a", "short")
        else:
            desk.safe.forget("account", NOON)
    # closed by everybody, the write-ahead log went into the file and was taken away
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("shop.db")] == ["shop.db"]
    assert SECRET.encode() not in path.read_bytes()


def test_a_full_disk_leaves_what_lay_there(tmp_path: Path) -> None:
    path = str(tmp_path / "shop.db")
    engine = sqlite_engine(path, 10, durable=True)
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA max_page_count = 10"))
    with closing(SqlSafe(engine, name=path)) as safe:
        safe.put("account", "a", "1")
        with pytest.raises(StoreUnusable) as caught:
            safe.put("account", "a", "x" * 100_000)
        assert caught.value.code == "disk-full"
        assert safe.get("account", "a") == Kept("1", 1)


def test_a_file_that_somebody_else_writes_is_locked_and_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(open_safe(f"sqlite:///{path}?timeout=0")) as safe, closing(sqlite3.connect(path, isolation_level=None)) as other:
        safe.put("account", "a", "1")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnusable) as caught:
            safe.put("account", "a", "2")
        assert caught.value.code == "locked"
        assert safe.get("account", "a") == Kept("1", 1)


def test_on_a_server_nothing_is_kept_waiting_by_whoever_writes_views(postgres: Server) -> None:
    url = postgres.new_url(timeout="0.05")
    with Desk.open(url) as desk, desk.store._writing() as held:  # type: ignore[attr-defined]
        assert not held.closed
        assert desk.safe.put("session", "a", "1", until=NOON) == 1
        assert desk.safe.forget("session", NOON) == 1


# --- where it is


def test_it_lies_beside_the_ledger_and_leaves_it_alone(url: str) -> None:
    with Desk.open(url) as desk:
        desk.safe.put("account", "li-na", "hash")
        assert desk.safe is desk.safe
        assert list(desk.export()) == []
        desk.rebuild()
    with Desk.open(url) as desk:
        assert desk.safe.get("account", "li-na") == Kept("hash", 1)


def test_it_can_lie_somewhere_else(tmp_path: Path) -> None:
    apart = f"sqlite:///{tmp_path / 'safe.db'}"
    for database in ("memory:", "eventsourcing:eventsourcing.popo", f"sqlite:///{tmp_path / 'shop.db'}"):
        with Desk.open(database, safe=apart) as desk:
            desk.safe.put("account", database, "hash")
    with closing(open_safe(apart)) as safe:
        assert len(list(safe.all("account"))) == 3


def test_a_desk_that_never_asks_makes_none(tmp_path: Path) -> None:
    with Desk.open(f"sqlite:///{tmp_path / 'shop.db'}", safe=f"sqlite:///{tmp_path / 'safe.db'}"):
        pass
    assert not (tmp_path / "safe.db").exists()


def test_a_closed_safe_says_so(url: str) -> None:
    with Desk.open(url) as desk:
        safe = desk.safe
    for ask in (lambda: safe.get("account", "a"), lambda: safe.put("account", "a", "1"), lambda: safe.remove("account", "a")):
        with pytest.raises(StoreUnusable) as caught:
            ask()
        assert caught.value.code == "unopenable"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_kind_of_database_without_a_place_for_secrets_asks_for_one(lang: str) -> None:
    with Desk.open("eventsourcing:eventsourcing.popo") as desk, pytest.raises(NoAdapter) as caught:
        desk.safe  # noqa: B018
    assert caught.value.code == "no-safe-place"
    assert "safe=" in caught.value.sentence(lang)
    with Desk.open("memory:", safe="redis://here") as desk, pytest.raises(NoAdapter) as caught:
        desk.safe  # noqa: B018
    assert caught.value.code == "no-adapter"


def test_a_table_that_somebody_took_away_is_told(url: str) -> None:
    with closing(open_safe(url)) as safe:
        safe.put("account", "a", "1")
        with safe._engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE aftersales_safe")
        for ask in (lambda: safe.get("account", "a"), lambda: safe.put("account", "a", "2")):
            with pytest.raises(StoreUnusable) as caught:
                ask()
            assert (caught.value.code, "aftersales_safe" in caught.value.facts["reason"]) == ("unopenable", True)
    with closing(open_safe(url)) as again:
        assert again.get("account", "a") is None


def test_who_may_not_look_into_it_is_told(postgres: Server) -> None:
    url = postgres.new_url()
    with Desk.open(url) as desk:
        desk.safe.put("account", "a", "1")
        with by_hand(url) as connection:
            connection.execute("DO $$ BEGIN CREATE ROLE nosy LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$")
            connection.execute("DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO nosy', current_schema()); END $$")
        with closing(open_safe(url.replace("tests@", "nosy@"))) as safe, pytest.raises(StoreUnusable) as caught:
            safe.get("account", "a")
        assert caught.value.code == "unopenable"


def test_it_works_again_when_the_server_does(postgres: Server) -> None:
    with Desk.open(postgres.new_url()) as desk:
        safe = desk.safe
        safe.put("account", "a", "1")
        postgres.stop()
        try:
            with pytest.raises(StoreUnusable) as caught:
                safe.put("account", "a", "2")
            assert caught.value.code == "unreachable"
        finally:
            postgres.start()
        assert safe.put("account", "a", "2", expect=1) == 2


def test_after_a_crash_of_the_server_it_is_all_there(postgres: Server) -> None:
    url = postgres.new_url()
    with Desk.open(url) as desk:
        for n in range(20):
            desk.safe.put("session", f"s{n:02}", str(n))
    postgres.stop("immediate")
    postgres.start()
    with closing(open_safe(url)) as safe:
        assert [kept.value for _key, kept in safe.all("session")] == [str(n) for n in range(20)]
