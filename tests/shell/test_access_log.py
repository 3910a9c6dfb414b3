"""进出记录: asked by the days of the house, verified with the rest, and whoever rewrites it is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.children import child, start_together

from aftersales_core import BadInput, Desk, Refused
from aftersales_core.audit import Report, read_export, verify
from aftersales_core.audit.verify import thorough
from aftersales_core.codec import split
from aftersales_core.facts import Entry
from aftersales_core.sharing import verify_shared
from aftersales_core.wording import Lang, sentence

NIGHT = datetime.fromisoformat("2026-11-26T00:30:00+08:00")
"""Of the 26th for the house, still the 25th in UTC."""

NOON = datetime.fromisoformat("2026-11-26T12:00:00+08:00")
DAY = date(2026, 11, 26)


class Clock:
    """Stands still until it is moved."""

    at = NOON

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture
def desk(url: str, clock: Clock) -> Iterator[Desk]:
    with Desk.open(url, clock=clock) as opened:
        yield opened


def came(account: str, at: datetime = NOON, command: str = "sign-in", **more: Any) -> dict[str, Any]:
    return {"command": command, "command_id": f"{command}-{account}-{at:%d%H%M}", "occurred_at": at, "actor": account, "role": "cs_specialist",
            "account": account, **more}  # fmt: skip


def accounts(entries: Sequence[Entry]) -> list[str]:
    return [getattr(entry.fact, "account", "") for entry in entries]


# --- asked


def test_the_days_are_those_of_the_house(desk: Desk) -> None:
    for at, account in (
        (NIGHT - timedelta(minutes=31), "before"), (NIGHT - timedelta(minutes=30), "midnight"), (NIGHT, "night"), (NOON, "noon"),
        (datetime.fromisoformat("2026-11-26T23:59:59+08:00"), "late"), (datetime.fromisoformat("2026-11-27T00:00:00+08:00"), "after"),
    ):  # fmt: skip
        desk.handle(came(account, at))
    assert accounts(desk.accesses(DAY, DAY)) == ["midnight", "night", "noon", "late"]
    assert accounts(desk.accesses(DAY - timedelta(days=1), DAY)) == ["before", "midnight", "night", "noon", "late"]
    assert accounts(desk.accesses(DAY, DAY + timedelta(days=1))) == ["midnight", "night", "noon", "late", "after"]
    assert desk.accesses(DAY + timedelta(days=1), DAY) == []


def test_they_are_told_as_they_were_written_whichever_day_they_are_of(desk: Desk, clock: Clock) -> None:
    for account, at in (("first", NOON), ("of-the-night", NIGHT), ("last", NOON + timedelta(hours=1))):
        desk.handle(came(account, at))
        clock.at += timedelta(minutes=1)
    assert accounts(desk.accesses(DAY, DAY)) == ["first", "of-the-night", "last"]


@pytest.mark.parametrize("day", [date.min, date(1900, 1, 1), date(2199, 12, 31), date.max])
def test_the_ends_of_the_calendar_may_be_asked_about(desk: Desk, day: date) -> None:
    desk.handle(came("li-na"))
    assert desk.accesses(day, day) == []
    if day.year < 1900:
        assert accounts(desk.accesses(date(2026, 11, 20), DAY)) == ["li-na"]


def test_what_nobody_did_is_an_empty_list(desk: Desk) -> None:
    assert desk.accesses(DAY, DAY) == []


# --- written


def test_many_who_come_at_once_are_all_written_once(desk: Desk) -> None:
    names = [f"clerk-{n}" for n in range(40)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda name: desk.handle(came(name)), names * 2))
    assert sorted(accounts(desk.accesses(DAY, DAY))) == sorted(names)
    assert list(desk.verify(Report())) == []


PROCESS = """
import sys
from aftersales_core import Desk
from datetime import datetime
with Desk.open(sys.argv[1], clock=lambda: datetime.fromisoformat("2026-11-26T12:00:00+08:00")) as desk:
    print("ready", flush=True); sys.stdin.readline()
    for n in range(40):
        desk.handle({"command": "sign-in", "command_id": f"{sys.argv[2]}-{n}", "occurred_at": "2026-11-26T12:00:00+08:00",
                     "actor": "li", "role": "x", "account": f"{sys.argv[2]}-{n}"})
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_several_processes_that_write_without_pause_are_all_written(kind: str, url: str, request: pytest.FixtureRequest) -> None:
    where = url if kind == "sqlite" else request.getfixturevalue("postgres").new_url()
    Desk.open(where).close()
    writers = [child(PROCESS, where, name) for name in "abc"]
    start_together(*writers)
    for writer in writers:
        writer.communicate(timeout=120)
        assert writer.returncode == 0
    with Desk.open(where) as desk:
        assert sorted(accounts(desk.accesses(DAY, DAY))) == sorted(f"{name}-{n}" for name in "abc" for n in range(40))
        assert list(desk.verify(Report())) == []


def test_a_log_that_is_another_than_was_remembered_is_read_from_its_beginning(url: str, tmp_path: Path, desk: Desk) -> None:
    def did(number: int, by: Desk) -> None:
        by.handle({"command": "do-routine", "command_id": f"d-{number}", "occurred_at": NOON, "actor": "wu", "role": "dispatch_specialist",
                   "routine": "goods-report", "day": "2026-11-25", "found": number})  # fmt: skip

    for number in (1, 2, 3):
        did(number, desk)
    # as after a fail-over to a standby that did not have the last commits
    with closing(sqlite3.connect(tmp_path / "shop.db")) as file, file:
        assert file.execute("DELETE FROM stored_events WHERE originator_version > 1").rowcount == 2
    with Desk.open(url, clock=lambda: NOON) as other:
        for number in (4, 5, 6):
            did(number, other)
    did(7, desk)
    assert [done.found for done in desk.log(DAY).done] == [1, 4, 5, 6, 7]
    assert list(desk.verify(Report())) == []


def test_many_given_together_go_into_the_logs_of_their_days(desk: Desk) -> None:
    told = desk.handle_each([came("a", NIGHT), came("b"), came("c", NIGHT), came("a", NIGHT)])
    assert [(each.ticket, each.version, each.repeated) for each in told if not isinstance(each, Exception)] == [
        ("log/access-2026-11-25", 1, False), ("log/access-2026-11-26", 1, False), ("log/access-2026-11-25", 2, False),
        ("log/access-2026-11-25", 1, True),
    ]  # fmt: skip


def test_no_duty_of_a_playbook_is_asked_and_a_ticket_takes_none_of_it(desk: Desk) -> None:
    assert desk.handle(came("x", role="anonymous", command="refuse-sign-in", cause="disabled")).version == 1
    for number in ("log/access-2026-11-26", "log/access-x"):
        with pytest.raises(BadInput, match="log of the house"):
            desk.handle({"command": "report", "ticket": number, "command_id": "r", "occurred_at": NOON, "actor": "li", "role": "cs_specialist",
                         "category": "enquiry", "customer": "王", "phone": "13800000000", "problem": "?"})  # fmt: skip
    with pytest.raises(Refused):
        desk.handle({"command": "do-routine", "command_id": "d", "occurred_at": NOON, "actor": "li", "role": "admin",
                     "routine": "goods-report", "day": "2026-11-26"})  # fmt: skip


def test_what_was_typed_is_at_most_80_characters_of_any_kind(desk: Desk) -> None:
    desk.handle(came("x", command="refuse-sign-in", cause="unknown") | {"account": "' OR 1=1 -- \u202e" + "王" * 60})
    with pytest.raises(BadInput) as caught:
        desk.handle(came("y", command="refuse-sign-in", cause="unknown") | {"account": "x" * 81})
    assert caught.value.facts["field"] == "account"
    assert len(desk.accesses(DAY, DAY)) == 1


# --- proved


def filled(url: str) -> None:
    """Two days of a log, four facts each."""
    with Desk.open(url, clock=lambda: NOON) as desk:
        for at in (NIGHT, NOON):
            desk.handle(came("li-na", at, "open-account", called="李娜", admin=True, role="admin"))
            desk.handle(came("li-na", at, "refuse-sign-in", cause="wrong-password"))
            desk.handle(came("li-na", at))
            desk.handle({"command": "carry-out", "command_id": f"o-{at:%d%H}", "occurred_at": at, "actor": "li-na", "role": "management",
                         "what": "register:slips", "rows": 120})  # fmt: skip


def test_a_ledger_with_logs_of_accesses_is_sound_in_one_process_and_in_two(url: str) -> None:
    filled(url)
    with Desk.open(url) as desk:
        for processes in (1, 2):
            report = Report()
            assert list(desk.verify(report, processes=processes)) == []
            assert (report.facts, report.tickets) == (8, 0)
        report = Report()
        assert list(verify_shared(desk.ledger, url, report, 2, size=3)) == []
        assert report.facts == 8
        assert list(desk.verify(Report(), "log/access-2026-11-25")) == []


def said(old: str, new: str) -> str:
    return f"UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), '{old}', '{new}') AS BLOB) WHERE "


LOG = "originator_id = 'log/access-2026-11-26' AND originator_version = "

TAMPERED = {
    "who came in": (said('"account":"li-na"', '"account":"wu"') + LOG + "3", 3),
    "who says so": (said('"actor":"li-na"', '"actor":"wu"') + LOG + "4", 4),
    "how many rows": (said('"rows":120', '"rows":1') + LOG + "4", 4),
    "why not": (said("wrong-password", "disabled") + LOG + "2", 2),
    "a right less": (said('"admin":true', '"admin":false') + LOG + "1", 1),
    "when": (said("12:00:00+08:00", "13:00:00+08:00") + LOG + "3", 3),
    "another kind": (f"UPDATE stored_events SET topic = 'signed-out' WHERE {LOG}3", 3),
    "one less": (f"DELETE FROM stored_events WHERE {LOG}2", 3),
    "another day": (f"UPDATE stored_events SET originator_id = 'log/access-2026-11-24' WHERE {LOG}1", 1),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_whoever_rewrites_it_is_found_whichever_way_it_is_looked_at(url: str, tmp_path: Path, what: str) -> None:
    statement, version = TAMPERED[what]
    filled(url)
    with closing(sqlite3.connect(tmp_path / "shop.db")) as file, file:
        assert file.execute(statement).rowcount == 1

    with Desk.open(url) as desk:
        found = list(desk.verify(Report()))
        assert found
        assert all(finding.ticket.startswith("log/access-2026-11-2") for finding in found)
        assert version in {finding.version for finding in found}
        langs: tuple[Lang, ...] = ("zh", "en")
        for lang in langs:
            assert all("log/access-" in sentence(finding.code, finding.facts, lang) for finding in found)
        rows = list(desk.ledger.recorder.scan())
        ways: tuple[Callable[[Report], Any], ...] = (
            lambda report: thorough(iter(rows), report), lambda report: verify(iter(rows), report),
            lambda report: verify_shared(desk.ledger, url, report, 2, size=3),
        )  # fmt: skip
        for way in ways:
            assert list(way(Report())) == found


def test_an_export_brings_them_along_and_one_that_was_rewritten_is_not_taken(url: str, tmp_path: Path) -> None:
    filled(url)
    with Desk.open(url) as desk:
        lines, told = list(desk.export()), desk.accesses(DAY, DAY)
    with Desk.open(f"sqlite:///{tmp_path / 'other.db'}") as other:
        rewritten = [line.replace('"rows":120', '"rows":1') for line in lines]
        assert rewritten != lines
        with pytest.raises(BadInput):
            other.import_(iter(rewritten))
        assert other.ledger.count() == 0
        assert other.import_(iter(lines)) == 8
        assert other.accesses(DAY, DAY) == told


def test_no_row_of_it_holds_more_than_was_said(url: str) -> None:
    filled(url)
    with Desk.open(url) as desk:
        bodies = b"".join(split(state)[2] for _t, _v, _k, state, _p in desk.ledger.recorder.scan())
        assert len(list(read_export(desk.export()))) == 8
    for secret in (b"hash", b"scrypt", b"secret", b"csrf", b'"password":'):
        assert secret not in bodies


def test_it_is_read_again_by_another_desk(url: str) -> None:
    filled(url)
    with Desk.open(url) as desk:
        assert len(desk.accesses(DAY, DAY)) == 8
        assert {entry.occurred_at.astimezone(UTC).day for entry in desk.accesses(DAY, DAY)} == {25, 26}
        again = desk.handle(came("li-na"))
        assert (again.repeated, again.version) == (True, 3)
