"""保险柜: in memory, in a file, on a server: the same promises; and what is told of a commit is on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.children import child, start_together
from tests.postgres import Server

from aftersales_core import Desk
from aftersales_core.errors import NoAdapter, StoreUnusable
from aftersales_core.memory import open_safe as open_memory
from aftersales_core.ports import Safe
from aftersales_core.testing.safe_contract import SafeContract
from aftersales_sql import open_safe


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


RACER = """
import sys
from aftersales_sql import open_safe
safe = open_safe(sys.argv[1])
print("ready", flush=True); sys.stdin.readline()
print(sum(safe.put("key", f"k{n}", sys.argv[2], expect=0) is not None for n in range(200)), flush=True)
"""


def test_of_two_processes_one_is_first(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    racers = [child(RACER, url, name) for name in ("a", "b")]
    start_together(*racers)
    won = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    assert sum(won) == 200
    safe = open_safe(url)
    owners = [kept.value for _key, kept in safe.all("key")]
    assert [owners.count(name) for name in ("a", "b")] == won
    safe.close()


KILLED = """
import os, signal, sys
from aftersales_sql import open_safe
safe = open_safe(sys.argv[1])
for n in range(50):
    safe.put("session", f"s{n}", "x")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_laid_there_survives_a_killed_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    killed = child(KILLED, url)
    killed.communicate(timeout=60)
    assert killed.returncode == -9
    safe = open_safe(url)
    assert len(list(safe.all("session"))) == 50
    safe.close()


def test_a_commit_of_the_safe_waits_for_the_disk_and_what_is_deleted_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    safe = open_safe(f"sqlite:///{path}")
    with safe._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1
    safe.put("account", "a", "a-secret-nobody-shall-find")
    safe.remove("account", "a")
    with safe._engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    safe.close()
    assert b"a-secret-nobody-shall-find" not in path.read_bytes()


def test_it_lies_beside_the_ledger_and_leaves_it_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    with Desk.open(url) as desk:
        desk.safe.put("account", "li-na", "hash")
        assert desk.safe is desk.safe
        assert list(desk.export()) == []
    with Desk.open(url) as desk:
        kept = desk.safe.get("account", "li-na")
        assert kept is not None
        assert kept.value == "hash"


def test_a_closed_safe_says_so(tmp_path: Path) -> None:
    safe = open_safe(f"sqlite:///{tmp_path / 'shop.db'}")
    safe.close()
    with pytest.raises(StoreUnusable):
        safe.get("account", "a")


def test_a_kind_of_database_without_a_place_for_secrets_says_so() -> None:
    with Desk.open("eventsourcing:eventsourcing.popo") as desk, pytest.raises(NoAdapter):
        desk.safe  # noqa: B018
