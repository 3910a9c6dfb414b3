"""A ticket from its rows is the ticket from its entries, and a struct takes nothing that its model refuses."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from json import dumps, loads
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError
from tests.rules.strategies import FACTS, Life, envelopes, lives

from aftersales_core.codec import decode, encode, fact_bytes
from aftersales_core.errors import StoredFactUnreadable
from aftersales_core.facts import KINDS, Envelope, Fact
from aftersales_core.state import Ticket, fold_rows, fold_rows_at, replay
from aftersales_core.state.lean import Unlike, struct_of

law = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip

BY_MODEL: set[str] = set()
"""Kinds whose model says more than a struct can; they are read by the model always."""

AT = datetime(2026, 11, 2, tzinfo=UTC)
HEAD = Envelope(AT, AT, "li-na", "cs_specialist", "phone", "c-7", "whole-house@2026.1", "0" * 64)

ODD: tuple[Any, ...] = (
    None, "", " ", " x", "x ", "x\n", "\u3000x", "x\u3000", "x\x1f", "L1-1\n", "L1-1", "\xb2", "٣", "1234567 ", "x" * 121, "x" * 4001,
    0, 1, 5, 6, 999, 1000, 10**13, -1, 1.0, 1.5, True, False, "7", "true", "2026-11-02", "2026-11-02T09:00:00",
    "2026-11-02T09:00:00Z", "2026-11-02T09:00:00+08:00", 1_762_000_000, [], [None], ["x"], [" x"], {},
    [{"line": "L1-1", "qty": 1}], [{"line": "L1-1", "qty": 0}], [{"line": "L1-1", "qty": 1, "more": 1}],
)  # fmt: skip


def plain(value: object) -> object:
    """A fact, in either form, as values that can be compared."""
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    return tuple(map(plain, value)) if isinstance(value, tuple) else (type(value), value)


def agree(kind: str, decoder: msgspec.json.Decoder[Any], body: bytes) -> bool:
    """Whether the struct takes *body*; if it does, the model does and reads the same."""
    try:
        lean = decoder.decode(body)
    except msgspec.DecodeError:
        return False
    assert plain(lean) == plain(KINDS[kind].model_validate_json(body)), body
    assert lean.kind == kind
    return True


def decoder_of(kind: str) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(struct_of(KINDS[kind], kind=kind))


def test_every_kind_has_a_struct() -> None:
    without = set()
    for kind, cls in KINDS.items():
        try:
            struct_of(cls)
        except Unlike:
            without.add(kind)
    assert without == BY_MODEL


@pytest.mark.parametrize("kind", sorted(set(KINDS) - BY_MODEL))
def test_a_struct_reads_what_its_model_wrote_to_equal_values(kind: str) -> None:
    decoder = decoder_of(kind)
    taken: list[bool] = []

    @settings(law, max_examples=15)
    @given(FACTS[kind])
    def holds(fact: Fact) -> None:
        taken.append(agree(kind, decoder, fact_bytes(fact)))

    holds()
    assert any(taken)


@pytest.mark.parametrize("kind", sorted(set(KINDS) - BY_MODEL))
def test_a_struct_takes_nothing_that_its_model_refuses(kind: str) -> None:
    decoder = decoder_of(kind)

    @settings(law, max_examples=4)
    @given(FACTS[kind])
    def holds(fact: Fact) -> None:
        body = loads(fact_bytes(fact))
        for name in KINDS[kind].model_fields:
            for odd in ODD:
                agree(kind, decoder, dumps({**body, name: odd}).encode())
            agree(kind, decoder, dumps({k: v for k, v in body.items() if k != name}).encode())
        assert not agree(kind, decoder, dumps({**body, "colour": "red"}).encode())

    holds()


@settings(law, max_examples=40)
@given(lives())
def test_a_ticket_from_its_rows_is_the_ticket_from_its_entries(life: Life) -> None:
    rows = life.ledger.recorder.rows(life.number)

    for upto in range(len(rows) + 1):
        assert fold_rows(life.number, rows[:upto]) == replay(life.number, life.history[:upto])


@settings(law, max_examples=60)
@given(lives(), st.integers(0, 60), st.sampled_from((-300, -5, 0, 5)), st.sampled_from(("occurred_at", "recorded_at")))
def test_a_ticket_as_it_was_seen_is_the_one_replayed_as_of_then(life: Life, at: int, minutes: int, clock: str) -> None:
    if not life.history:
        return
    moment = getattr(life.history[at % len(life.history)].envelope, clock) + timedelta(minutes=minutes)

    found = fold_rows_at(life.number, life.ledger.recorder.rows(life.number), moment)

    assert found == replay(life.number, life.history, as_of=moment, known_at=moment)


@settings(law, max_examples=150)
@given(st.lists(st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.tuples(FACTS[kind], envelopes())), max_size=8))
def test_also_where_no_rule_ever_saw_the_facts(told: list[tuple[Fact, Envelope]]) -> None:
    rows = [("工单/1", n, f.kind, encode("工单/1", n, f, e)[1], n) for n, (f, e) in enumerate(told, 1)]

    def read(by: Any) -> Ticket | str:
        try:
            ticket: Ticket = by()
        except StoredFactUnreadable as problem:
            return str(problem)
        return ticket

    assert read(lambda: fold_rows("工单/1", rows)) == read(lambda: replay("工单/1", [decode(*row) for row in rows]))


@pytest.mark.parametrize(
    ("kind", "state"),
    [("teleported", None), ("os:system", None), ("acknowledged", b'{"colour":"red"}'), ("acknowledged", b'{"note":7}'),
     ("acknowledged", b"{"), ("departed", b'{"visit":0}'), ("arrived", b'{"visit":1}')],
    ids=range(7),
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_named_as_ever(kind: str, state: bytes | None) -> None:
    good = encode("AS-1", 1, KINDS["acknowledged"](), HEAD)[1]
    bad = encode("AS-1", 2, KINDS["acknowledged"](), HEAD)[1]
    if state is not None:
        bad = bad[: bad.rindex(b"\n") + 1] + state
    rows = [("AS-1", 1, "acknowledged", good, 1), ("AS-1", 2, kind, bad, 2)]

    with pytest.raises(StoredFactUnreadable) as caught:
        fold_rows("AS-1", rows)
    with pytest.raises(StoredFactUnreadable) as at_length:
        decode(*rows[1])

    assert caught.value.facts == at_length.value.facts
    assert caught.value.facts["version"] == 2


@pytest.mark.parametrize("torn", [b"", b"x" * 64, b"x\ny", b"x\n{}\n{}", bytes(range(256)), "text", None, 7], ids=range(8))
def test_bytes_that_are_not_ours_are_named_too(torn: Any) -> None:
    with pytest.raises(StoredFactUnreadable):
        fold_rows("AS-1", [("AS-1", 1, "acknowledged", torn, 1)])


def test_what_only_the_model_takes_is_read_by_the_model() -> None:
    state = encode("AS-1", 1, KINDS["dispatched"](visit=1, crew=("张师傅",)), HEAD)[1]
    body = state[state.rindex(b"\n") + 1 :]

    assert not agree("dispatched", decoder_of("dispatched"), body)
    assert fold_rows("AS-1", [("AS-1", 1, "dispatched", state, 1)]).visits[0].crew == ("张师傅",)


def test_no_rows_are_a_ticket_that_is_not_there() -> None:
    assert fold_rows("AS-1", []) == Ticket("AS-1")


def test_a_model_that_says_more_than_a_struct_can_is_not_made_one() -> None:
    class Loud(BaseModel):
        ratio: float

    with pytest.raises(Unlike):
        struct_of(Loud)
    with pytest.raises(ValidationError):
        Loud.model_validate_json(b"{}")


@pytest.mark.parametrize("text", ["2026-11-02T09:00:00.1234567+00:00", "2026-11-02T09:00:00.9999999+00:00", "2026-11-02T09:00:00.123456+00:00"])
def test_a_time_that_is_finer_than_we_write_it_is_read_as_ever(text: str) -> None:
    when = f'"occurred_at":"{text}"'.encode()
    state = encode("AS-1", 1, KINDS["arrival-confirmed"](visit=1, address_confirmed=True, expected_at=AT), HEAD)[1]
    state = state.replace(f'"occurred_at":"{AT.isoformat()}"'.encode(), when).replace(b"2026-11-02T00:00:00Z", text.encode())
    rows = [("AS-1", 1, "arrival-confirmed", state, 1)]

    ticket = fold_rows("AS-1", rows)

    assert state.count(text.encode()) == 2
    assert ticket == replay("AS-1", [decode(*row) for row in rows])
    assert ticket.last_at == ticket.visits[0].expected_at == datetime.fromisoformat(text)


def test_what_many_tickets_have_alike_is_kept_once_for_all_of_them() -> None:
    def ticket(number: str) -> Ticket:
        told = (KINDS["papers-prepared"](visit=1, papers=("b", "a")), KINDS["dispatched"](visit=1, crew=("wang",)), KINDS["checks-ticked"](visit=1, items=("件数",)))
        return fold_rows(number, [(number, n, f.kind, encode(number, n, f, HEAD)[1], n) for n, f in enumerate(told, 1)])

    one, other = ticket("AS-1").visits[0], ticket("AS-2").visits[0]

    assert (one.papers, one.crew, one.checks) == (("b", "a"), ("wang",), ("件数",))
    assert one.papers is other.papers
    assert one.crew is other.crew
    assert one.checks is other.checks


def test_papers_and_checks_stand_once_in_the_order_they_came() -> None:
    told = [KINDS["papers-prepared"](visit=1, papers=p) for p in (("b", "a", "b"), ("c", "a"))]
    told += [KINDS["checks-ticked"](visit=1, items=i) for i in (("y", "y"), ("x", "y"), ("z",))]
    rows = [("AS-1", n, f.kind, encode("AS-1", n, f, HEAD)[1], n) for n, f in enumerate(told, 1)]

    visit = fold_rows("AS-1", rows).visits[0]

    assert (visit.papers, visit.checks) == (("b", "a", "c"), ("y", "x", "z"))
