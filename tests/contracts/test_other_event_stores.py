"""Our facts live in other event stores too: those that come with eventsourcing, and a server of somebody else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from types import FrameType
from typing import Any
from uuid import uuid4

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.popo import POPOApplicationRecorder
from tests.umadb import Umadb, running

from aftersales_core import Desk
from aftersales_core.audit import Report
from aftersales_core.errors import StoreUnusable
from aftersales_core.ledger import Append, Ledger, Recorder
from aftersales_core.memory import open_store
from aftersales_core.testing.recorder_contract import RecorderContract, events
from aftersales_eventsourcing import EventsourcingRecorder, open_recorder
from aftersales_eventsourcing.index import Index


def life(number: str) -> list[dict[str, Any]]:
    """Commands of a ticket, the last of which corrects the first."""
    said = {"ticket": number, "actor": "lin", "role": "cs_specialist"}
    times = (f"2026-11-02T09:{minute:02}:00+08:00" for minute in range(60))
    commands: list[dict[str, Any]] = [
        {"command": "report", "category": "repair", "customer": "王芳", "phone": "13812345678", "address": "文三路 90 号", "problem": "柜门掉了"},
        {"command": "acknowledge"},
        {"command": "diagnose", "finding": "铰链断了"},
        {"command": "correct", "version": 1, "changes": {"phone": "13900001111"}, "reason": "写错", "role": "cs_supervisor"},
    ]
    return [{**said, "command_id": f"{number}-{at}", "occurred_at": next(times), **each} for at, each in enumerate(commands)]


# ---- the common contract


class TestPopo(RecorderContract):
    @pytest.fixture
    def recorder(self) -> Recorder:
        return EventsourcingRecorder(POPOApplicationRecorder(), text_ids=True)


class TestPopoThatCountsFromNought(RecorderContract):
    """As KurrentDB does."""

    @pytest.fixture
    def recorder(self) -> Recorder:
        return EventsourcingRecorder(POPOApplicationRecorder(), first=0)


class TestStockSqlite(RecorderContract):
    @pytest.fixture
    def recorder(self, tmp_path: Path) -> Iterator[Recorder]:
        recorder = open_recorder(f"eventsourcing:eventsourcing.sqlite?SQLITE_DBNAME={tmp_path / 'stock.db'}")
        yield recorder
        recorder.close()


class TestStockSqliteWithTextIds(RecorderContract):
    @pytest.fixture
    def recorder(self, tmp_path: Path) -> Iterator[Recorder]:
        recorder = open_recorder(f"eventsourcing:eventsourcing.sqlite?SQLITE_DBNAME={tmp_path / 'stock.db'}&ORIGINATOR_ID_TYPE=text")
        yield recorder
        recorder.close()


@pytest.fixture
def umadb(tmp_path: Path) -> Iterator[Umadb]:
    with running(tmp_path) as server:
        yield server


class TestUmadb(RecorderContract):
    @pytest.fixture
    def recorder(self, umadb: Umadb) -> Iterator[Recorder]:
        recorder = open_recorder(umadb.url)
        yield recorder
        recorder.close()


# ---- a desk on them


@pytest.fixture(params=["umadb", "stock sqlite", "popo"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "umadb":
        return str(request.getfixturevalue("umadb").url)
    return {"popo": "eventsourcing:eventsourcing.popo", "stock sqlite": f"eventsourcing:eventsourcing.sqlite?SQLITE_DBNAME={tmp_path / 's.db'}"}[request.param]


def test_a_desk_works_on_another_store_as_on_ours(url: str) -> None:
    with Desk.open(url) as desk, Desk.open("memory:") as ours:
        for number in ("AS-1", "AS-2"):
            for command in life(number):
                assert desk.handle(command).version == ours.handle(command).version
        assert desk.handle(life("AS-1")[1]).repeated
        assert desk.state("AS-2").phone == ours.state("AS-2").phone == "13900001111"
        assert [row.stage for row in desk.look("board").rows] == [row.stage for row in ours.look("board").rows]
        report = Report()
        assert list(desk.verify(report)) == []
        assert (report.tickets, report.facts) == (2, 8)
        assert list(desk.verify(Report(), "AS-2")) == []
        assert [line.partition('"recorded_at"')[0] for line in desk.export()] != []


def test_an_export_of_ours_is_brought_into_another_store_and_back(url: str) -> None:
    with Desk.open("memory:") as ours:
        for command in life("AS-1"):
            ours.handle(command)
        lines = list(ours.export())
    with Desk.open(url) as desk:
        assert desk.import_(iter(lines)) == 4
        assert list(desk.export()) == lines


# ---- what the adapter alone can get wrong


def test_what_one_process_writes_another_sees(umadb: Umadb) -> None:
    with Desk.open(umadb.url) as one, Desk.open(umadb.url) as other:
        commands = life("AS-1")
        one.handle(commands[0])
        assert other.state("AS-1").version == 1
        other.handle(commands[1])
        assert one.handle(commands[1]).repeated
        one.handle(commands[2])
        assert [entry.version for entry in other.ledger.history("AS-1")] == [1, 2, 3]
        assert other.look("timeline").rows[-1].version == 3


@pytest.mark.parametrize("store", ["umadb", "sqlite"])
def test_of_several_who_append_at_once_the_store_takes_each_version_once(request: pytest.FixtureRequest, tmp_path: Path, store: str) -> None:
    url = request.getfixturevalue("umadb").url if store == "umadb" else f"eventsourcing:eventsourcing.sqlite?SQLITE_DBNAME={tmp_path / 'r.db'}"
    taken: list[tuple[int, int]] = []

    def write(writer: int) -> None:
        # a recorder of its own, as another process has one
        recorder = open_recorder(url)
        done = 0
        while done < 10:
            version = recorder.version("a")
            try:
                recorder.insert_events(events("a", version + 1, version + 1), expected=version, command=(f"{writer}-{done}", b""))
            except IntegrityError:
                continue
            taken.append((version + 1, writer))
            done += 1
        recorder.close()

    open_recorder(url).close()
    writers = [Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    assert sorted(version for version, _writer in taken) == list(range(1, 41))
    recorder = open_recorder(url)
    assert [row[1] for row in recorder.rows("a")] == list(range(1, 41))
    recorder.close()


def test_several_appends_are_looked_through_anew_where_somebody_was_quicker() -> None:
    class Raced(POPOApplicationRecorder):
        """Somebody else writes just before the first of our inserts."""

        rivals = 1

        def insert_events(self, stored_events: Any, **kwargs: Any) -> Any:
            if self.rivals:
                self.rivals -= 1
                EventsourcingRecorder(self, text_ids=True).insert_events(events("a", 1, 1, state=b"theirs"), expected=0)
            return super().insert_events(stored_events, **kwargs)

    store = Raced()
    recorder = EventsourcingRecorder(store, text_ids=True)
    store.rivals = 1
    assert recorder.insert_each([(events("a", 1, 1), 0, None), (events("b", 1, 1), 0, None)]) == [False, True]
    assert [row[3] for row in recorder.rows("a")] == [b"theirs"]

    store.rivals = 1
    with pytest.raises(IntegrityError):
        recorder.insert_many([(events("a", 2, 2), 1, None), (events("a", 1, 1), 0, None)])


def test_several_appends_each_get_an_answer_where_somebody_is_quicker_all_the_time() -> None:
    class Busy(POPOApplicationRecorder):
        """Somebody else writes to the stream before each of our inserts of several, and again, and again."""

        def insert_events(self, stored_events: Any, **kwargs: Any) -> Any:
            if len(stored_events) > 1:
                rival = EventsourcingRecorder(self, text_ids=True)
                version = rival.version("a") + 1
                rival.insert_events(events("a", version, version), expected=version - 1)
            return super().insert_events(stored_events, **kwargs)

    recorder = EventsourcingRecorder(Busy(), text_ids=True)
    batches: list[Append] = [(events("a", n, n), n - 1, None) for n in range(1, 12)]
    assert recorder.insert_each([*batches, (events("b", 1, 1), 0, None)])[-1]
    assert recorder.streams()[-1] == ("b", 1)


def test_what_was_read_before_an_interrupt_is_not_read_twice() -> None:
    store = POPOApplicationRecorder()
    EventsourcingRecorder(store, text_ids=True).insert_events(events("a", 1, 3), expected=0, command=("c", b"d"))

    class Interrupted(BaseException):
        pass

    index = Index(store.select_notifications)

    def interrupt(frame: FrameType, event: str, _arg: object) -> Any:
        if frame.f_code is Index._catch_up.__code__ and event == "line" and index.positions["a"]:
            raise Interrupted
        return interrupt

    traced = sys.gettrace()
    sys.settrace(interrupt)
    try:
        with pytest.raises(Interrupted):
            index.catch_up()
    finally:
        sys.settrace(traced)
    index.catch_up()
    assert (index.positions["a"], index.answers, index.count) == ([1, 2, 3], {"c": ("a", b"d", 1, 3)}, 3)


def test_positions_of_a_ticket_and_of_the_log_are_the_same(umadb: Umadb) -> None:
    recorder = open_recorder(umadb.url)
    for version in (1, 2):
        for stream in ("b", "a"):
            recorder.insert_events(events(stream, version, version, state=b"%d\n\n" % version), expected=version - 1)
    assert [row for stream in ("a", "b") for row in recorder.rows(stream)] == sorted(recorder.log(0, 10))
    assert recorder.rows("a", after=2) == recorder.rows("a", after=1, upto=1) == recorder.rows("c") == []
    recorder.close()


def test_facts_outlive_the_server_they_are_kept_by(umadb: Umadb) -> None:
    with Desk.open(umadb.url) as desk:
        for command in life("AS-1"):
            desk.handle(command)
        umadb.stop()
        with pytest.raises(StoreUnusable, match="eventsourcing_umadb cannot be reached"):
            desk.handle(life("AS-2")[0])
    umadb.start()
    with Desk.open(umadb.url) as desk:
        assert desk.state("AS-1").version == 4
        assert desk.handle(life("AS-1")[3]).repeated


def test_a_row_behind_the_last_of_a_command_is_not_its_own() -> None:
    recorder = EventsourcingRecorder(POPOApplicationRecorder())
    rows = [("a", 1, "t", b"", "c", b"", 2), ("a", 2, "t", b"", None, None, None), ("a", 3, "t", b"", None, None, None)]
    assert recorder.fill(iter(rows), lambda _rows: None) == 3
    assert recorder.answer("c") == ("a", b"", 1, 2)
    assert [row[:2] for row in recorder.rows("a")] == [("a", 1), ("a", 2), ("a", 3)]


def test_a_store_with_events_of_somebody_else_is_left_alone() -> None:
    store = POPOApplicationRecorder()
    store.insert_events([StoredEvent(uuid4(), 1, "theirs", b"{}")])
    with pytest.raises(StoreUnusable, match="was not written by aftersales-core"):
        EventsourcingRecorder(store).count()


@pytest.mark.parametrize("url", ["eventsourcing:no_such_module", "eventsourcing:eventsourcing_umadb", "eventsourcing:eventsourcing.popo?x", "eventsourcing:eventsourcing.popo?FIRST_VERSION=x"])
def test_a_store_that_cannot_be_had_is_named(url: str) -> None:
    with pytest.raises(StoreUnusable, match=url.partition("?")[0]):
        open_recorder(url)


def test_closing_the_ledger_gives_the_store_back() -> None:
    closed: list[str] = []
    with Desk(Ledger(EventsourcingRecorder(POPOApplicationRecorder(), close=lambda: closed.append("store"))), open_store()):
        pass
    assert closed == ["store"]
