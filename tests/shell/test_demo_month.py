"""演示: the demo month is the same every time, legal but for the mistakes it plans, and full of life at its end."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any
from zlib import decompress

import pytest

from aftersales_core import demo
from aftersales_core.clocks import moment_of, rounds_of
from aftersales_core.errors import Refused
from aftersales_core.facts import Entry, Envelope
from aftersales_core.media import Limits, examine
from aftersales_core.rules import COMMANDS, AnyCommand, decide, parse_command, preset
from aftersales_core.rules.routines import DoRoutine, do_routine
from aftersales_core.state import HouseLog, Ticket, evolve, evolve_log, needs_replay, replay

STAGES = ("REPORTED", "TRIAGED", "DISPATCHED", "INSTALLED", "AWAITING_GOODS", "READY", "REVISITED", "CLOSED", "CANCELLED")


@dataclass
class Told:
    """The month after it went through decide and evolve."""

    tickets: dict[str, Ticket] = field(default_factory=dict)
    logs: dict[str, HouseLog] = field(default_factory=dict)
    histories: defaultdict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, str] = field(default_factory=dict)
    clauses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    earlier: int = 0

    def handle(self, command: dict[str, Any]) -> None:
        parsed = parse_command(json.dumps(command, ensure_ascii=False))
        try:
            if isinstance(parsed, DoRoutine):
                self._into_the_log(parsed)
            else:
                self._on_a_ticket(parsed)
        except Refused as refusal:
            self.refused[parsed.command_id] = refusal.code
            self.clauses[parsed.command_id] = refusal.clauses

    def _on_a_ticket(self, parsed: Any) -> None:
        number = parsed.ticket
        ticket = self.tickets.get(number, Ticket(number))
        history = self.histories[number]
        for fact in decide(parsed, ticket, preset(), history):
            self.earlier += ticket.last_at is not None and parsed.occurred_at < ticket.last_at
            entry = Entry(number, ticket.version + 1, fact, _envelope(parsed))
            history.append(entry)
            ticket = replay(number, history) if needs_replay(entry) else evolve(ticket, entry)
        self.tickets[number] = ticket

    def _into_the_log(self, parsed: DoRoutine) -> None:
        log = self.logs.get(parsed.ticket, HouseLog(parsed.ticket))
        for fact in do_routine(parsed, log, preset()):
            log = evolve_log(log, Entry(log.number, log.version + 1, fact, _envelope(parsed)))
        self.logs[log.number] = log


def _envelope(command: AnyCommand) -> Envelope:
    return Envelope(
        command.occurred_at, demo.END, command.actor, command.role, command.channel, command.command_id,
        preset().id, "", reason=command.override,
    )  # fmt: skip


def tell(commands: list[dict[str, Any]]) -> Told:
    told, answered = Told(), set()
    for command in commands:
        if command["command_id"] not in answered:
            answered.add(command["command_id"])
            told.handle(command)
    return told


@pytest.fixture(scope="module")
def commands() -> list[dict[str, Any]]:
    return list(demo.month())


@pytest.fixture(scope="module")
def told(commands: list[dict[str, Any]]) -> Told:
    return tell(commands)


def test_the_same_seed_tells_the_same_month(commands: list[dict[str, Any]]) -> None:
    assert list(demo.month()) == commands


def test_another_seed_tells_another_month(commands: list[dict[str, Any]]) -> None:
    assert list(demo.month(seed=7)) != commands


def test_every_command_is_plain_json(commands: list[dict[str, Any]]) -> None:
    assert json.loads(json.dumps(commands, ensure_ascii=False)) == commands


def test_everything_happened_by_the_end_of_the_month_in_chinese_time(commands: list[dict[str, Any]]) -> None:
    moments = [datetime.fromisoformat(command["occurred_at"]) for command in commands]
    assert min(moments) >= demo.START
    assert max(moments) <= demo.END
    assert all(command["occurred_at"].endswith("+08:00") for command in commands)


def test_only_a_telephone_that_was_offline_repeats_an_id(commands: list[dict[str, Any]]) -> None:
    by_id = defaultdict(list)
    for command in commands:
        by_id[command["command_id"]].append(command)
    repeated = [same for same in by_id.values() if len(same) > 1]
    assert repeated
    assert all(len(same) == 2 and same[0] == same[1] and same[0]["command"] == "complete-visit" for same in repeated)


def test_every_command_is_given_at_least_twice(commands: list[dict[str, Any]]) -> None:
    given = Counter(command["command"] for command in commands)
    assert {name: given[name] for name in (*COMMANDS, "do-routine") if given[name] < 2} == {}


@pytest.mark.parametrize("seed", [2026, 1, 2])
def test_what_is_refused_is_what_was_planned(seed: int) -> None:
    told = tell(list(demo.month(seed=seed)))
    assert told.refused == demo.mistakes(seed=seed)
    assert len(set(told.refused.values())) >= 38


def test_the_mistakes_are_of_every_kind(told: Told) -> None:
    new = {"checks-missing", "paper-step-missing", "old-goods-not-returned", "channel-not-agreed", "notice-not-owed",
           "content-does-not-fit", "day-not-come"}  # fmt: skip
    assert new <= set(told.refused.values())


def test_a_small_month_is_legal_too() -> None:
    for tickets in (0, 7, 8, 40):
        told = tell(list(demo.month(tickets)))
        assert told.refused == demo.mistakes(tickets)
        assert len(told.tickets) == max(7, tickets)
        assert set(told.logs) == {"log/2026-10", "log/2026-11"}


def test_the_month_is_that_of_a_real_office(told: Told) -> None:
    assert len(told.tickets) >= 300
    shares = Counter(ticket.category for ticket in told.tickets.values())
    assert 0.55 < shares["installation"] / len(told.tickets) < 0.65
    assert 0.25 < shares["repair"] / len(told.tickets) < 0.35
    assert {"delivery-defect", "complaint", "enquiry", "patrol"} <= set(shares)
    assert sum(ticket.solution is not None for ticket in told.tickets.values()) >= 5


def test_every_stage_is_populated_at_the_end(told: Told) -> None:
    stages = Counter(ticket.stage for ticket in told.tickets.values())
    assert [stage for stage in STAGES if not stages[stage]] == []


def test_call_backs_end_in_every_way(told: Told) -> None:
    calls = {(call.call_class, call.outcome) for ticket in told.tickets.values() for call in ticket.calls}
    assert calls == {(a, b) for a in "AB" for b in ("satisfied", "slip-sent-back", "work-sent-back", "complaint")}


def test_late_paper_is_told_as_earlier_than_what_is_known(told: Told) -> None:
    assert told.earlier >= 20


def test_every_file_named_is_there_and_the_same_for_ever(commands: list[dict[str, Any]]) -> None:
    files = {picture.digest: picture for picture in demo.files()}
    named = [command for command in commands if command["command"] == "attach-file"]

    assert {sha256(picture.content).hexdigest() for picture in files.values()} == set(files)
    assert {examine(picture.content, picture.media_type, Limits()) for picture in files.values()} == {"image/png"}
    assert sha256("".join(files).encode()).hexdigest() == "a627bb814fed7c86abda8d30317880e941b7f7ba4a0d8fc9dd7be773ec89e006"
    assert {command["digest"] for command in named} == set(files), "each is used, and none is missing"
    assert all(command["size"] == len(files[command["digest"]].content) for command in named)
    assert all(command["file_name"] == files[command["digest"]].name for command in named)
    assert 20 <= len(named) <= 60
    assert {command["purpose"] for command in named} == {"photo", "signature"}


def test_pictures_unpack_to_as_many_pixels_as_they_say() -> None:
    for picture in demo.files():
        at = picture.content.index(b"IDAT")
        packed = picture.content[at + 4 : at + 4 + int.from_bytes(picture.content[at - 4 : at], "big")]
        width, height = (int.from_bytes(picture.content[n : n + 4], "big") for n in (16, 20))
        assert len(decompress(packed)) == height * (1 + width // 2)


def test_the_calendar_s_work_is_done_mostly_in_time(told: Told) -> None:
    rounds = rounds_of(preset(), told.logs, demo.START.date(), demo.END.date(), demo.END)
    daily = Counter(each.state for each in rounds if each.routine in {"morning-meeting", "goods-report"})
    assert daily["missed"] == 2
    assert 4 <= daily["late"] <= 10
    assert daily["done"] > 50
    assert daily["open"] == 1, "this morning's goods report"
    seldom = {each.routine: each.done for each in rounds if each.routine in {"satisfaction-survey", "customer-tour"}}
    assert all(done is not None and done.opinions for done in seldom.values())
    assert len(seldom) == 2


def test_what_the_goods_report_found_was_shipped(told: Told) -> None:
    found = [done.found for log in told.logs.values() for done in log.done if done.routine == "goods-report"]
    shipped = sum(entry.fact.kind == "goods-shipped" for history in told.histories.values() for entry in history)
    assert 0 < sum(found) <= shipped
    assert 0 in found


def test_reports_come_alone_are_reviewed_and_one_goes_back(told: Told) -> None:
    reports = [life.steps for ticket in told.tickets.values() for life in ticket.papers if life.paper == "daily-report"]
    steps = [tuple(step.step for step in life) for life in reports]
    assert len(reports) >= 30
    assert sum("reviewed" in life for life in steps) >= 10
    assert sum(life[:3] == ("handed-in", "refused", "handed-in") for life in steps) >= 1
    assert {step.at.astimezone(demo.END.tzinfo).hour for life in reports for step in life if step.step == "handed-in"} == {8, 17}
    cards = [life.state for ticket in told.tickets.values() for life in ticket.papers if life.paper == "acceptance-card"]
    assert {"HANDED_IN", "ARCHIVED"} == set(cards)


def test_opinions_are_mostly_passed_on_within_two_days_and_a_few_wait(told: Told) -> None:
    opinions = moment_of("opinion-heard")
    assert opinions is not None
    waits, waiting = [], 0
    for ticket in told.tickets.values():
        given = {notice.ref: notice.at for notice in ticket.told}
        for ref, heard in opinions(ticket):
            waits += [(given[ref] - heard).days] if ref in given else []
            waiting += ref not in given
    assert len(waits) >= 40
    assert sum(days <= 2 for days in waits) >= 0.85 * len(waits)
    assert any(days > 2 for days in waits)
    assert 2 <= waiting <= 0.2 * len(waits)


def test_after_care_is_taken_and_what_is_not_solved_opens_again(told: Told) -> None:
    calls = [(ticket, call) for ticket in told.tickets.values() for call in ticket.follow_ups]
    assert {call.occasion for _, call in calls} == {"after-care-1-month", "after-complaint", "birthday-greeting"}
    unsolved = [(ticket, call) for ticket, call in calls if call.solved is False]
    assert {call.occasion for _, call in unsolved} >= {"after-care-1-month"}
    for ticket, call in unsolved:
        after = [entry.fact.kind for entry in told.histories[ticket.number] if entry.occurred_at >= call.at]
        assert after[:2] == ["followed-up", "reopened"]
        assert len(after) > 2, "somebody goes on with it"
    assert sum(ticket.filled("birthday") is not None for ticket in told.tickets.values()) >= 10


def test_old_tickets_came_incomplete_and_were_completed(told: Told) -> None:
    olds = [ticket for ticket in told.tickets.values() if ticket.origin]
    assert len(olds) == 5
    assert all(told.histories[old.number][0].fact.model_dump()["unknown"] for old in olds)
    assert all("amended" in {entry.fact.kind for entry in told.histories[old.number]} for old in olds)


def test_friday_morning_has_work_for_every_hour(told: Told) -> None:
    """Slips at eight, call-backs at nine, goods at ten, and people to book and to send."""
    today = demo.END.date()
    tickets = [t for t in told.tickets.values() if t.stage not in {"CLOSED", "CANCELLED"}]
    slips = [
        v for t in tickets for v in t.visits
        if v.installed_at and v.installed_at.date() < today and v.slip.state not in {"PASSED_ON", "REGISTERED"}
    ]  # fmt: skip
    calls = [
        t for t in tickets
        if t.uncalled and all(v.slip.state in {"PASSED_ON", "REGISTERED"} for v in t.visits if v.installed_at)
    ]  # fmt: skip
    waits = [(today - t.last_installed_at.date()).days for t in calls if t.last_installed_at]
    goods = [line for t in tickets for line in t.lines if line.outstanding and line.promised_on]
    assert slips
    assert min(waits) == 1, "due today"
    assert max(waits) > 2, "breached"
    assert any(line.promised_on == today for line in goods)
    assert any(line.promised_on < today for line in goods if line.promised_on)
    assert any(t.visit and t.visit.state == "PLANNED" for t in tickets), "to dispatch"
    assert any(t.stage in {"TRIAGED", "READY"} and (not t.visit or t.visit.state == "ACCEPTED") for t in tickets), "to book"
    assert any(t.acknowledged_at is None for t in tickets if t.stage == "REPORTED")


def test_the_hard_ticket_saw_nearly_everything(told: Told) -> None:
    ticket, history = told.tickets[demo.HARD_TICKET], told.histories[demo.HARD_TICKET]
    kinds = Counter(entry.fact.kind for entry in history)
    assert ticket.stage == "CLOSED"
    assert (len(ticket.visits), len(ticket.leftovers)) == (3, 2)
    assert {line.state for line in ticket.lines} == {"SETTLED", "WAIVED"}
    assert kinds["visit-missed"] == kinds["goods-rejected"] == kinds["slip-refused"] == kinds["corrected"] == 1
    assert kinds["goods-arrived"] == 4
    assert {"paper-moved", "file-attached", "fields-filled", "notice-given", "followed-up"} <= set(kinds)
    assert [(call.call_class, call.outcome) for call in ticket.calls] == [
        ("B", "satisfied"), ("A", "work-sent-back"), ("A", "complaint"),
    ]  # fmt: skip
    assert [complaint.state for complaint in ticket.complaints] == ["RECTIFIED"]
    assert any(entry.fact.kind == "slip-approved" and entry.envelope.reason for entry in history)
    assert not ticket.visits[0].slip.scored
    assert ticket.visits[2].rating == 5, "as corrected"
    assert history == sorted(history, key=lambda entry: entry.version)


def test_the_refused_command_is_refused_when_told_and_afterwards(commands: list[dict[str, Any]], told: Told) -> None:
    assert demo.REFUSED_COMMAND in commands
    assert told.refused[demo.REFUSED_COMMAND["command_id"]] == "goods-not-drawn"
    assert told.clauses[demo.REFUSED_COMMAND["command_id"]] == ("L-15",)
    parsed = parse_command(demo.REFUSED_COMMAND)
    with pytest.raises(Refused, match="L-15"):
        decide(parsed, told.tickets[parsed.ticket], preset())
