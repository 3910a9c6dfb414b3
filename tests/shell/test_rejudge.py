"""Judging again: every decision comes out as it did, unless somebody wrote past the rules, or the rules are others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from tests.rules.strategies import Life, lives

from aftersales_core import Desk, demo
from aftersales_core.audit import Judged, Rejudged, Report, read_export, rejudge, verify
from aftersales_core.codec import encode
from aftersales_core.errors import BadInput, PlaybookUnsound, Refused
from aftersales_core.facts import Entry, Envelope
from aftersales_core.facts.dispatch import AppointmentMade
from aftersales_core.facts.intake import Acknowledged
from aftersales_core.facts.triage import Triaged
from aftersales_core.ledger import Ledger, MemoryRecorder
from aftersales_core.memory import MemoryViewStore
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import load_playbook, preset
from aftersales_core.state import is_log

MONDAY = datetime(2026, 11, 2, 9, tzinfo=timezone(timedelta(hours=8)))
GOLDEN = Path(__file__).parents[1] / "golden"

STRICT = load_playbook("""
extends = "whole-house"
name = "strict"
edition = "1"
announced = 2026-12-01
effective = 2027-01-01

[[required]]
command = "report"
fields = ["model"]
when = { category = ["repair"] }
clauses = ["T-08"]

[[duty]]
command = "acknowledge"
roles = ["cs_supervisor"]
clauses = ["T-01"]
""")


def judged(history: Sequence[Entry], book: Playbook | None = None, **more: Any) -> tuple[list[Judged], Rejudged]:
    report = Rejudged()
    found = list(rejudge(history[0].ticket, history, book or preset(), report, **more))
    return found, report


def acknowledged(**fields: str) -> Life:
    life = Life()
    life.do("report", category="repair", customer="王芳", phone="13812345678", problem="门歪", **fields)
    life.do("acknowledge", "cs_specialist", note="已联系")
    return life


def test_every_decision_of_the_demonstration_comes_out_as_it_did() -> None:
    with Desk.open("memory:") as desk:
        for command in demo.month(60):
            with suppress(Refused, BadInput):  # planned mistakes, and photos that were not put
                desk.handle(command)
        report = Rejudged()
        assert list(desk.rejudge(report)) == []
        assert report.decisions == report.same > 1000
        assert report.tickets == 60


@given(lives())
def test_every_decision_of_any_life_comes_out_as_it_did(life: Life) -> None:
    found, report = judged(life.history)

    assert found == []
    assert report.decisions == len({entry.envelope.command_id for entry in life.history})


def test_old_decisions_come_out_as_they_are_known_to() -> None:
    """The preset was changed under the name of its edition before the first release; what that changed is written down once."""
    told = {}
    for path in sorted(GOLDEN.glob("*.jsonl")):
        ledger = Ledger(MemoryRecorder())
        ledger.restore(read_export(path.read_text("utf-8").splitlines()))
        for number in sorted({row[0] for row in ledger.raw() if not is_log(row[0])}):
            found, _report = judged(ledger.history(number))
            told[path.stem] = [[each.version, each.command, each.outcome, [r.code for r in each.refusals]] for each in found]

    assert told == json.loads((GOLDEN / "judged.json").read_text("utf-8"))


def test_what_was_written_past_the_rules_is_found_though_nothing_else_is_wrong() -> None:
    life = acknowledged(model="K-200", purchased_on="2026-03-01")
    last = life.history[-1]
    envelope = Envelope(life.now, life.now, "hacker", "installer", "web", "past-1", preset().id, last.digest)
    _digest, state = encode("AS-1", 3, Triaged(service="repair", needs_goods=False, owner="install_dept"), envelope)
    life.ledger.restore([("AS-1", 3, "triaged", state, "past-1")])

    assert list(verify(life.ledger.recorder.scan(), Report())) == []
    (found,), report = judged(life.ledger.history("AS-1"))
    assert (found.ticket, found.version, found.command, found.outcome) == ("AS-1", 3, "triage", "refused")
    assert [each.code for each in found.refusals] == ["role-may-not"]
    assert (report.decisions, report.same, dict(report.outcomes)) == (3, 2, {"refused": 1})


def test_a_fact_is_judged_by_the_edition_of_its_ticket_whatever_it_names_itself() -> None:
    life = acknowledged()
    last = life.history[-1]
    envelope = Envelope(life.now, life.now, "cs", "cs_specialist", "web", "past-1", STRICT.id, last.digest)
    _digest, state = encode("AS-1", 3, Acknowledged(note="再联系"), envelope)
    life.ledger.restore([("AS-1", 3, "acknowledged", state, "past-1")])
    with Desk(life.ledger, MemoryViewStore(), playbooks=[preset(), STRICT]) as desk:
        assert list(desk.rejudge(Rejudged())) == []  # by the preset, which the ticket was opened under, he may
        assert [each.version for each in desk.rejudge(Rejudged(), under=STRICT)] == [1, 2, 3]


def test_a_fact_that_says_otherwise_than_its_decision_is_found() -> None:
    life = Life()
    life.do("report", category="installation", customer="王芳", phone="13812345678", address="文三路 90 号", order_no="SO-1")
    life.do("triage", service="install", needs_goods=False)
    last = life.history[-1]
    envelope = Envelope(life.now, life.now, "cs", preset().duties["make-appointment"].roles[0], "web", "past-1", preset().id, last.digest)
    later = life.now + timedelta(days=1)
    _digest, state = encode("AS-1", 3, AppointmentMade(visit=7, start=later, end=later + timedelta(hours=1), agreed_with="王芳"), envelope)
    life.ledger.restore([("AS-1", 3, "appointment-made", state, "past-1")])
    (found,), _report = judged(life.ledger.history("AS-1"))

    assert (found.command, found.outcome, found.refusals) == ("make-appointment", "other", ())
    assert [fact.model_dump()["visit"] for fact in found.facts] == [1]


def test_other_rules_show_what_they_would_have_refused_and_why() -> None:
    found, report = judged(acknowledged().history, STRICT)

    assert [(each.command, [(r.code, r.clauses) for r in each.refusals]) for each in found] == [
        ("report", [("field-missing", ("T-08",))]), ("acknowledge", [("role-may-not", ("T-01",))]),
    ]  # fmt: skip
    assert (report.decisions, report.same) == (2, 0)


def test_each_decision_is_judged_by_itself_on_what_was_recorded_by_then() -> None:
    life = acknowledged(model="K-200", purchased_on="2026-03-01")
    life.do("triage", "cs_specialist", service="repair", needs_goods=False)

    found, _report = judged(life.history, STRICT)
    assert [each.command for each in found] == ["acknowledge"]  # what came after it stands, as it was then


def test_a_rule_that_was_gone_over_and_is_no_more_is_said() -> None:
    life = Life()
    life.do("report", category="repair", customer="王芳", phone="13812345678", problem="门歪")
    life.do("acknowledge", note="已联系", override="电话占线，先记")
    (found,), _report = judged(life.history)

    assert (found.command, found.outcome, found.refusals) == ("acknowledge", "needless", ())


def test_facts_that_no_command_says_are_told_as_such() -> None:
    life = acknowledged()
    broken = life.history[-1]
    broken.fact.__dict__["note"] = "x" * 100_000  # longer than any command may say
    (found,), _report = judged(life.history)

    assert (found.version, found.command, found.outcome) == (2, "", "untold")


def test_only_what_happened_since_is_judged() -> None:
    life = acknowledged()
    life.now += timedelta(days=3)
    life.do("acknowledge", "cs_specialist", note="再联系")

    found, report = judged(life.history, STRICT, since=life.now - timedelta(hours=1))
    assert [each.version for each in found] == [3]
    assert report.decisions == 1


def test_corrections_are_decided_again_too() -> None:
    life = acknowledged()
    life.do("correct", "cs_supervisor", version=1, changes={"customer": "王芬"}, reason="听错了")
    life.do("acknowledge", "cs_specialist", note="再联系")

    assert judged(life.history)[0] == []
    assert [each.version for each in judged(life.history, STRICT)[0]] == [1, 2, 4]


def test_the_desk_judges_by_the_edition_of_each_ticket(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    report = {"command": "report", "actor": "cs-lin", "role": "cs_specialist", "category": "repair", "customer": "王芳", "phone": "13812345678", "problem": "门歪"}
    with Desk.open(url, playbooks=[preset(), STRICT]) as desk:
        desk.handle({**report, "ticket": "AS-1", "command_id": "c1", "occurred_at": MONDAY})
        desk.handle({**report, "ticket": "AS-2", "command_id": "c2", "occurred_at": MONDAY.replace(year=2027), "model": "K-200"})
        seen: list[tuple[int, int]] = []
        assert list(desk.rejudge(Rejudged(), progress=lambda *told: seen.append(told))) == []
        assert [each.ticket for each in desk.rejudge(Rejudged(), under=STRICT)] == ["AS-1"]
        assert list(desk.rejudge(Rejudged(), "AS-2", under=STRICT)) == []
        assert seen == [(1, 2), (2, 2)]
    with Desk.open(url) as desk, pytest.raises(PlaybookUnsound):
        list(desk.rejudge(Rejudged()))
