"""Laws that hold for every ticket: for legal lives of any turn, and for facts in any order at all."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from tests.rules.strategies import END_OF_TIME, FACTS, Life, envelopes, lives, torn

from aftersales_core.audit import Report, export_line, read_export, verify
from aftersales_core.codec import decode, digest_of, encode, split
from aftersales_core.facts import KINDS, Entry
from aftersales_core.ledger import Ledger, MemoryRecorder
from aftersales_core.moves import TABLES, TICKET
from aftersales_core.rules import COMMANDS, decide
from aftersales_core.state import Ticket, effective, evolve, needs_replay, replay

law = settings(
    max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),  # a life shrinks for minutes and is readable as it is
)


def fold(ticket: Ticket, entries: Iterable[Entry]) -> Ticket:
    for entry in entries:
        ticket = evolve(ticket, entry)
    return ticket


@law
@given(lives())
def test_what_decide_produced_is_legal_at_every_step_and_verifies(life: Life) -> None:
    report = Report()

    findings = list(verify(life.ledger.recorder.scan(), report))

    assert findings == []
    assert report.sound
    assert report.facts == len(life.history) == life.ledger.count()
    assert report.tickets == bool(life.history)


@law
@given(lives())
def test_the_state_kept_while_deciding_is_the_state_replayed_from_the_store(life: Life) -> None:
    assert replay(life.number, life.ledger.history(life.number)) == life.ticket


@law
@given(torn())
def test_evolve_takes_any_facts_in_any_order(entries: list[Entry]) -> None:
    ticket = fold(Ticket("AS-1"), entries)

    assert ticket.version == len(entries)
    assert ticket.stage in TICKET.states
    states = {table.name: set(table.states) for table in TABLES}
    assert {v.state for v in ticket.visits} <= states["visit"]
    assert {v.slip.state for v in ticket.visits} <= states["slip"]
    assert {line.state for line in ticket.lines} <= states["line"]
    assert {o.sheet for o in ticket.leftovers} <= states["sheet"]
    assert {c.state for c in ticket.complaints} <= states["complaint"]


@law
@given(torn(), st.integers(0, 30))
def test_evolve_leaves_the_ticket_it_was_given_as_it_was(entries: list[Entry], cut: int) -> None:
    before = fold(Ticket("AS-1"), entries[:cut])

    fold(before, entries[cut:])

    assert before == fold(Ticket("AS-1"), entries[:cut])


@law
@given(torn(), st.integers(0, 30))
def test_a_history_folded_in_halves_is_a_history_folded_at_once(entries: list[Entry], cut: int) -> None:
    assert fold(fold(Ticket("AS-1"), entries[:cut]), entries[cut:]) == fold(Ticket("AS-1"), entries)


@law
@given(lives())
def test_replay_is_the_fold_of_the_history_read_as_corrected(life: Life) -> None:
    assert replay(life.number, life.history) == fold(Ticket(life.number), effective(life.history))


@law
@given(lives())
def test_without_corrections_replay_is_the_fold_of_the_history_itself(life: Life) -> None:
    plain = [entry for entry in life.history if not needs_replay(entry)]

    assert effective(plain) == plain
    assert replay(life.number, plain) == fold(Ticket(life.number), plain)


@law
@given(lives())
def test_at_the_end_of_time_everything_has_happened_and_is_known(life: Life) -> None:
    now = replay(life.number, life.history)

    assert replay(life.number, life.history, as_of=END_OF_TIME) == now
    assert replay(life.number, life.history, known_at=END_OF_TIME) == now
    assert replay(life.number, life.history, as_of=END_OF_TIME, known_at=END_OF_TIME) == now


@law
@given(lives())
def test_what_was_known_when_a_fact_was_written_is_the_replay_up_to_it(life: Life) -> None:
    for entry, after in pairwise(life.history):
        if entry.envelope.recorded_at < after.envelope.recorded_at:
            known = replay(life.number, life.history, known_at=entry.envelope.recorded_at)

            assert known == replay(life.number, life.history[: entry.version])


@law
@given(lives())
def test_decide_is_deterministic_and_changes_nothing(life: Life) -> None:
    again = Life()
    for command in life.commands:
        first = decide(command, again.ticket, again.book, again.history)
        before = replay(again.number, again.history)

        assert decide(command, again.ticket, again.book, again.history) == first
        assert again.ticket == before
        again.now = max(again.now, command.occurred_at)
        again.give(command)
    assert [e.fact for e in again.history] == [e.fact for e in life.history]


@law
@given(lives())
def test_every_command_that_records_begins_with_its_own_fact(life: Life) -> None:
    commands = {c.command_id: c for c in life.commands}
    seen: set[str] = set()
    for entry in life.history:
        if entry.envelope.command_id not in seen:
            seen.add(entry.envelope.command_id)

            assert COMMANDS[commands[entry.envelope.command_id].name()].fact.kind == entry.fact.kind


@law
@given(lives())
def test_an_export_read_back_is_the_same_rows(life: Life) -> None:
    rows = list(life.ledger.raw())
    other = Ledger(MemoryRecorder())

    count = other.restore(read_export(map(export_line, rows)))

    assert count == len(rows)
    assert list(other.raw()) == rows
    assert other.history(life.number) == life.history


def _codec_law(kind: str) -> None:
    @settings(law, max_examples=12)
    @given(FACTS[kind], envelopes(), st.integers(1, 10**6))
    def holds(fact: object, envelope: object, version: int) -> None:
        digest, state = encode("工单/1", version, fact, envelope)  # type: ignore[arg-type]
        found, head, body = split(state)

        assert decode("工单/1", version, kind, state) == Entry("工单/1", version, fact, envelope, digest)  # type: ignore[arg-type]
        assert found == digest == digest_of("工单/1", version, kind, head, body)
        assert encode("工单/1", version, decode("工单/1", version, kind, state).fact, envelope) == (digest, state)  # type: ignore[arg-type]

    holds()


def test_every_kind_of_fact_comes_back_from_its_bytes_as_it_was() -> None:
    assert set(FACTS) == set(KINDS)
    for kind in KINDS:
        _codec_law(kind)


@law
@given(lives(most=25), st.integers(1, 30))
@example(Life(), 1)
def test_a_late_reader_sees_the_same_ticket_as_one_who_followed(life: Life, size: int) -> None:
    followed: dict[str, Ticket] = {}
    position = 0
    while page := life.ledger.since(position, size):
        for entry in page:
            if needs_replay(entry):
                followed[entry.ticket] = replay(entry.ticket, life.ledger.history(entry.ticket, upto=entry.version))
            else:
                followed[entry.ticket] = evolve(followed.get(entry.ticket, Ticket(entry.ticket)), entry)
        position = page[-1].position

    assert followed.get(life.number, Ticket(life.number)) == life.ticket
