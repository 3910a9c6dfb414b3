"""The log of the house through the desk: once, all or none, verified, exported, and never mistaken for a ticket."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aftersales_core import BadInput, CommandReused, Desk, Refused, Report, UnknownTicket
from aftersales_core.views import ALL

CHINA = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 2, 9, 40, tzinfo=CHINA)


def said(**words: Any) -> dict[str, Any]:
    return {
        "command": "do-routine", "command_id": "r-1", "occurred_at": NOW.isoformat(), "actor": "diao-wu",
        "role": "dispatch_specialist", "routine": "goods-report", "day": "2026-11-02", "found": 2, **words,
    }  # fmt: skip


def reported(number: str = "AS-1") -> dict[str, Any]:
    return {
        "command": "report", "ticket": number, "command_id": f"c-{number}", "occurred_at": NOW.isoformat(), "actor": "li-na",
        "role": "cs_specialist", "category": "enquiry", "customer": "王", "phone": "13800000000", "problem": "?",
    }  # fmt: skip


@pytest.fixture(params=["memory:", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    url = request.param if request.param == "memory:" else f"sqlite:///{tmp_path}/a.db"
    with Desk.open(url, clock=lambda: NOW) as opened:
        yield opened


def test_a_routine_is_recorded_once_under_its_month(desk: Desk) -> None:
    first = desk.handle(said())
    again = desk.handle(said())

    assert (first.ticket, first.version, [e.fact.kind for e in first.entries]) == ("log/2026-11", 1, ["routine-done"])
    assert (again.repeated, again.entries) == (True, first.entries)
    assert desk.handle(said(command_id="r-2")).entries == ()
    assert desk.handle(said(command_id="r-3", found=3)).version == 2
    with pytest.raises(CommandReused):
        desk.handle(said(found=9))


def test_what_would_be_recorded_can_be_asked_first(desk: Desk) -> None:
    assert [e.fact.kind for e in desk.check(said()).entries] == ["routine-done"]
    assert desk.ledger.count() == 0
    assert desk.refusals(desk.parse(said(role="installer")))[0].code == "role-may-not"
    assert desk.refusals(desk.parse(said())) == ()


@pytest.mark.parametrize(
    ("words", "code", "clause"),
    [
        ({"routine": "moon-watch"}, "no-such-routine", "G-02"),
        ({"role": "install_supervisor"}, "role-may-not", "G-01"),
        ({"day": "2026-11-03"}, "day-not-come", "G-02"),
    ],
)
def test_what_is_refused_names_its_clause_and_writes_nothing(desk: Desk, words: dict[str, Any], code: str, clause: str) -> None:
    with pytest.raises(Refused) as caught:
        desk.handle(said(**words))

    assert caught.value.code == code
    assert clause in caught.value.clauses
    assert desk.ledger.count() == 0


def test_the_log_is_no_ticket_and_a_ticket_is_no_log(desk: Desk) -> None:
    desk.handle(said())
    desk.handle(reported())

    for number in ("log/2026-11", "log/2025-01", "log/x"):
        with pytest.raises(BadInput, match="log of the house") as caught:
            desk.handle(reported(number))
        assert caught.value.code == "number-reserved"
        with pytest.raises(UnknownTicket):
            desk.state(number)
        with pytest.raises(UnknownTicket):
            desk.history(number)
    with pytest.raises(BadInput):
        desk.handle({**reported("log/2026-11"), "command": "acknowledge", "command_id": "c-9"})
    desk.refresh()
    for view in ALL:
        assert {row.ticket for row in desk.look(view).rows} <= {"AS-1"}
    assert desk.worklist(NOW, then=True) == desk.worklist(NOW)


def test_a_number_given_by_hand_does_not_lead_astray(desk: Desk) -> None:
    assert desk.handle(said(ticket="AS-7")).ticket == "log/2026-11"


def test_a_log_is_verified_exported_and_brought_back(desk: Desk, tmp_path: Path) -> None:
    desk.handle(said())
    desk.handle(said(command_id="r-2", routine="morning-meeting", role="install_supervisor", found=None))
    desk.handle(reported())
    report = Report()

    assert list(desk.verify(report)) == []
    assert (report.facts, report.sound) == (3, True)
    lines = list(desk.export())
    with Desk.open(f"sqlite:///{tmp_path}/other.db", clock=lambda: NOW) as other:
        assert other.import_(iter(lines)) == 3
        assert other.clerk.log("log/2026-11") == desk.clerk.log("log/2026-11")
        assert list(other.verify(Report())) == []


def test_a_fact_of_a_ticket_in_a_log_and_the_other_way_round_are_found(desk: Desk) -> None:
    from aftersales_core.facts import KINDS
    from aftersales_core.ledger import Stamp, draft

    stamp = Stamp(NOW, "x", "cs_specialist", "office", "odd-1", "whole-house@2026.1")
    desk.ledger.append(draft("log/2026-11", 0, "", None, [KINDS["acknowledged"]()], stamp, NOW, b""))
    desk.handle(reported())
    ticket = desk.state("AS-1")
    done = KINDS["routine-done"](routine="goods-report", day=date(2026, 11, 2))
    desk.ledger.append(draft("AS-1", 1, ticket.head, ticket.last_at, [done], stamp._replace(command_id="odd-2"), NOW, b""))

    assert [(f.ticket, f.code) for f in desk.verify(Report())] == [("AS-1", "illegal-move"), ("log/2026-11", "illegal-move")]
    assert desk.state("AS-1").stage == "REPORTED"
    assert desk.clerk.log("log/2026-11").done == ()


def test_several_writers_lose_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    Desk.open(url).close()

    def write(who: int) -> None:
        with Desk.open(url, clock=lambda: NOW + timedelta(days=40)) as desk:
            for day in range(1, 11):
                desk.handle(said(command_id=f"w{who}-{day}", day=f"2026-10-{day:02}", found=who, note=f"{who}"))

    writers = [Thread(target=write, args=(who,)) for who in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    with Desk.open(url) as desk:
        log = desk.clerk.log("log/2026-10")
        assert log.version == len(log.done) == 30
        assert list(desk.verify(Report())) == []


# --- the day's work


def rows(desk: Desk, at: datetime, **asked: Any) -> list[tuple[str, str, str]]:
    return [(row.task, row.ref, row.list) for row in desk.worklist(at, **asked) if row.command == "do-routine"]


def test_the_rounds_of_the_moment_stand_in_front_of_the_day_s_work(desk: Desk) -> None:
    desk.handle(reported())
    at = NOW.replace(hour=10, minute=30)
    found = desk.worklist(at)

    assert [(row.ticket, row.task, row.command) for row in found][:2] == [
        ("log/2026-11", "morning-meeting", "do-routine"), ("log/2026-11", "goods-report", "do-routine")]  # fmt: skip
    assert found[-1].ticket == "AS-1"
    assert rows(desk, at, role="dispatch_specialist") == [("goods-report", "2026-11-02", "goods")]
    assert rows(desk, at, role="installer") == []
    assert rows(desk, at, only="goods") == [("goods-report", "2026-11-02", "goods")]
    assert {task for task, _ref, _list in rows(desk, at, only="overdue")} == {"morning-meeting", "goods-report"}
    assert {task for task, _ref, _list in rows(desk, NOW.replace(hour=7))} == {"goods-report", "satisfaction-survey", "customer-tour"}


def test_what_was_done_is_off_the_list_and_was_on_it_before(desk: Desk) -> None:
    desk.handle(said())
    before = NOW - timedelta(minutes=5)

    assert "goods-report" not in {task for task, _ref, _list in rows(desk, NOW)}
    assert "goods-report" in {task for task, _ref, _list in rows(desk, before)}
    assert "goods-report" in {task for task, _ref, _list in rows(desk, before, then=True)}
    assert "goods-report" not in {task for task, _ref, _list in rows(desk, NOW, then=True)}


@pytest.mark.parametrize("asked", [{}, {"role": "cs_supervisor"}, {"only": "office"}, {"only": "overdue"}, {"then": True}], ids=str)
def test_counts_and_pages_are_those_of_the_list_the_rounds_included(desk: Desk, asked: dict[str, Any]) -> None:
    for number in range(4):
        desk.handle(reported(f"AS-{number}"))
    at = NOW + timedelta(days=2)
    whole = desk.worklist(at, **asked)

    assert desk.count_tasks(at, **asked) == len(whole)
    tally = desk.tally_tasks(at, **asked)
    assert sum(tally.values()) == len(whole)
    for limit in (1, 2, 3, 5, 50):
        paged, after = [], None
        while True:
            page = desk.worklist_page(at, after=after, limit=limit, **asked)
            assert len(page.rows) <= limit
            paged += page.rows
            after = page.next
            if after is None:
                break
        assert sorted(map(repr, paged)) == sorted(map(repr, whole))


def test_a_cursor_of_nowhere_is_refused(desk: Desk) -> None:
    with pytest.raises(BadInput, match="cursor"):
        desk.worklist_page(NOW, after="round:x")
