"""进出: each command of the log of accesses is one fact of its day, refused by nobody, and holds no secret."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aftersales_core import Desk
from aftersales_core.audit import Report
from aftersales_core.errors import BadInput, CommandReused
from aftersales_core.facts import LOG_KINDS
from aftersales_core.rules.access import ACCESS_COMMANDS
from aftersales_core.wording import word

AT = datetime.fromisoformat("2026-11-26T07:30:00+08:00")  # the day before, in UTC

SAID: dict[str, dict[str, Any]] = {
    "open-account": {"account": "li-na", "called": "李娜", "roles": ["cs_specialist"], "branches": ["west-lake"]},
    "change-account": {"account": "li-na", "called": "李娜", "roles": [], "disabled": True, "reason": "离职"},
    "set-password": {"account": "li-na"},
    "sign-in": {"account": "li-na", "device": "Chrome"},
    "refuse-sign-in": {"account": "li na?", "cause": "unknown"},
    "sign-out": {"account": "li-na"},
    "issue-token": {"token": "a1b2", "account": "li-na", "scopes": ["read"], "expires": "2027-01-01T00:00:00Z"},
    "revoke-token": {"token": "a1b2", "account": "li-na"},
    "show-in-full": {"about": "AS-1", "fields": ["phone"], "reason": "客户来电核对"},
    "carry-out": {"what": "register:slips", "rows": 120_000},
    "issue-link": {"about": "AS-1", "purpose": "customer", "expires": "2027-01-01T00:00:00Z"},
    "revoke-link": {"about": "AS-1", "purpose": "customer"},
}


def told(command: str, **more: Any) -> dict[str, Any]:
    return {"command": command, "command_id": f"a-{command}", "occurred_at": AT, "actor": "li-na", "role": "admin", **SAID[command], **more}


def test_every_command_is_shown_here_and_makes_a_kind_of_its_own() -> None:
    assert set(SAID) == set(ACCESS_COMMANDS)
    assert {cls.fact.kind for cls in ACCESS_COMMANDS.values()} == LOG_KINDS - {"routine-done"}


@pytest.mark.parametrize("command", sorted(SAID))
def test_it_is_one_fact_in_the_log_of_its_day(command: str) -> None:
    with Desk.open("memory:", clock=lambda: AT) as desk:
        receipt = desk.handle(told(command))
        again = desk.handle(told(command))

        assert receipt.ticket == "log/access-2026-11-25"
        (entry,) = receipt.entries
        assert entry.fact.kind == ACCESS_COMMANDS[command].fact.kind
        for lang in ("zh", "en"):
            assert word("fact", entry.fact.kind, lang) != entry.fact.kind
        assert again.repeated
        assert desk.accesses(AT.astimezone(UTC).date(), AT.date()) == list(receipt.entries)
        assert desk.refusals(desk.parse(told(command))) == ()


@pytest.mark.parametrize("command", sorted(SAID))
def test_a_field_that_is_wrong_is_named_and_nothing_is_written(command: str) -> None:
    with Desk.open("memory:", clock=lambda: AT) as desk:
        with pytest.raises(BadInput) as wrong:
            desk.handle(told(command, password="geheim"))
        assert (wrong.value.code, wrong.value.facts["field"]) == ("unknown-field", "password")
        assert desk.ledger.count() == 0


@pytest.mark.parametrize("at", ["yesterday", "2026-11-26T07:30:00", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", "", None])
def test_a_moment_that_is_none_is_what_is_wrong(at: Any) -> None:
    with Desk.open("memory:", clock=lambda: AT) as desk, pytest.raises(BadInput) as wrong:
        desk.handle(told("sign-in", occurred_at=at))
    assert wrong.value.facts["field"] == "occurred_at"


def test_the_log_it_stands_in_is_not_the_senders_to_choose() -> None:
    with Desk.open("memory:", clock=lambda: AT) as desk:
        assert desk.handle(told("sign-in", ticket="AS-1")).ticket == "log/access-2026-11-25"
        with pytest.raises(CommandReused):
            desk.handle(told("sign-out", command_id="a-sign-in"))


def test_a_ledger_with_such_logs_is_whole_and_views_pass_them_over() -> None:
    with Desk.open("memory:", clock=lambda: AT + timedelta(hours=1)) as desk:
        desk.handle({"command": "report", "ticket": "AS-1", "command_id": "r-1", "occurred_at": AT, "actor": "li-na", "role": "cs_specialist",
                     "category": "repair", "customer": "王芳", "phone": "13812345678", "address": "文三路", "model": "K", "purchased_on": "2026-03-01",
                     "problem": "裂"})  # fmt: skip
        for command in SAID:
            desk.handle(told(command))
        report = Report()
        assert list(desk.verify(report)) == []
        assert report.facts == 1 + len(SAID)
        assert [row.ticket for row in desk.look("board").rows] == ["AS-1"]
        assert [row.ticket for row in desk.look("timeline").rows] == ["AS-1"]


def test_an_export_brings_them_along() -> None:
    with Desk.open("memory:", clock=lambda: AT) as desk, Desk.open("memory:", clock=lambda: AT) as other:
        for command in SAID:
            desk.handle(told(command))
        other.import_(desk.export())
        assert [e.fact for e in other.accesses(AT.date() - timedelta(days=1), AT.date())] == [
            e.fact for e in desk.accesses(AT.date() - timedelta(days=1), AT.date())
        ]
