"""The ledger: appended once at the version expected, linked by digests, given back as it was."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from tests.rules.strategies import Life

from aftersales_core.audit import Report, verify
from aftersales_core.codec import GENESIS
from aftersales_core.errors import NoAdapter, StoredFactUnreadable
from aftersales_core.facts import EARLIER_THAN_PREVIOUS, LATER_THAN_RECORDED, Entry, Fact, intake
from aftersales_core.ledger import Conflict, Ledger, MemoryRecorder, Stamp, draft
from aftersales_core.plugins import RECORDERS, adapter

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
REPORTED = intake.Reported(category="repair", customer="王芳")


def _append(
    ledger: Ledger, ticket: str, *facts: Fact, after: Entry | None = None, command: str = "c-1", at: datetime = NOW,
    recorded: datetime = NOW,
) -> tuple[Entry, ...]:  # fmt: skip
    stamp = Stamp(at, "li-na", "cs_specialist", "phone", command, "whole-house@2026.1", correlation="x")
    last = (after.version, after.digest, after.envelope.occurred_at) if after else (0, "", None)
    return ledger.append(draft(ticket, *last, facts, stamp, recorded, b"digest of " + command.encode()))


def test_what_was_appended_is_the_history(ledger: Ledger) -> None:
    written = _append(ledger, "AS-1", REPORTED, intake.Acknowledged())

    assert tuple(ledger.history("AS-1")) == written
    assert [e.version for e in written] == [1, 2]
    assert ledger.version("AS-1") == 2
    assert ledger.history("AS-2") == []
    assert ledger.version("AS-2") == 0


def test_a_part_of_a_history(ledger: Ledger) -> None:
    _append(ledger, "AS-1", REPORTED, intake.Acknowledged(), intake.Amended(phone="13812345678"))

    assert [e.version for e in ledger.history("AS-1", after=1)] == [2, 3]
    assert [e.version for e in ledger.history("AS-1", upto=2)] == [1, 2]
    assert [e.version for e in ledger.history("AS-1", after=1, upto=2)] == [2]


def test_every_fact_links_to_the_one_before(ledger: Ledger) -> None:
    first, second = _append(ledger, "AS-1", REPORTED, intake.Acknowledged())
    (third,) = _append(ledger, "AS-1", intake.Acknowledged(), after=second, command="c-2")
    (other,) = _append(ledger, "AS-2", REPORTED, command="c-3")

    assert [e.envelope.prev for e in (first, second, third, other)] == [GENESIS, first.digest, second.digest, GENESIS]


@pytest.mark.parametrize("behind", [0, 1], ids=["as new", "one behind"])
def test_an_append_behind_the_times_is_a_conflict_and_writes_nothing(ledger: Ledger, behind: int) -> None:
    first, _second = _append(ledger, "AS-1", REPORTED, intake.Acknowledged())

    with pytest.raises(Conflict):
        _append(ledger, "AS-1", intake.Acknowledged(), after=first if behind else None, command="c-2")

    assert ledger.count() == 2
    assert ledger.answer("c-2") is None


def test_an_append_ahead_of_the_times_is_a_conflict(ledger: Ledger) -> None:
    first, second = _append(ledger, "AS-1", REPORTED, intake.Acknowledged())
    assert first.version == 1

    with pytest.raises(Conflict):
        _append(ledger, "AS-2", intake.Acknowledged(), after=second, command="c-2")

    assert ledger.version("AS-2") == 0


def test_a_command_id_is_taken_once(ledger: Ledger) -> None:
    (first,) = _append(ledger, "AS-1", REPORTED)

    with pytest.raises(Conflict):
        _append(ledger, "AS-1", intake.Acknowledged(), after=first)
    with pytest.raises(Conflict):
        _append(ledger, "AS-2", REPORTED)

    assert ledger.count() == 1


def test_an_answer_names_ticket_digest_and_versions(ledger: Ledger) -> None:
    (first,) = _append(ledger, "AS-1", REPORTED)
    _append(ledger, "AS-1", intake.Acknowledged(), intake.Acknowledged(), after=first, command="c-2")

    ticket, digest, low, high = ledger.answer("c-2") or ("", b"", 0, 0)

    assert (ticket, bytes(digest), low, high) == ("AS-1", b"digest of c-2", 2, 3)
    assert ledger.answer("c-9") is None


@pytest.mark.parametrize(
    ("at", "recorded", "flags"),
    [
        (NOW + HOUR, NOW + HOUR, ()),
        (NOW, NOW, ()),
        (NOW - HOUR, NOW, (EARLIER_THAN_PREVIOUS,)),
        (NOW + HOUR, NOW, (LATER_THAN_RECORDED,)),
        (NOW - HOUR, NOW - 2 * HOUR, (EARLIER_THAN_PREVIOUS, LATER_THAN_RECORDED)),
    ],
)
def test_odd_times_are_flagged_and_never_refused(
    ledger: Ledger, at: datetime, recorded: datetime, flags: tuple[str, ...]
) -> None:
    (first,) = _append(ledger, "AS-1", REPORTED)

    written = _append(
        ledger, "AS-1", intake.Acknowledged(), intake.Acknowledged(), after=first, command="c-2", at=at, recorded=recorded
    )

    assert written[0].envelope.flags == flags
    # the second fact of a command is as old as the first, so it is not earlier than that one
    assert written[1].envelope.flags == tuple(f for f in flags if f == LATER_THAN_RECORDED)
    assert [e.envelope for e in ledger.history("AS-1", after=1)] == [e.envelope for e in written]


def test_everything_since_a_position_in_the_order_it_was_written(ledger: Ledger) -> None:
    for number in range(1, 8):
        _append(ledger, f"AS-{number % 3}-{number}", REPORTED, command=f"c-{number}")

    first, rest = ledger.since(0, 3), []
    position = first[-1].position
    while page := ledger.since(position, 2):
        rest += page
        position = page[-1].position

    assert [e.envelope.command_id for e in (*first, *rest)] == [f"c-{n}" for n in range(1, 8)]
    assert [e.position for e in (*first, *rest)] == sorted({e.position for e in (*first, *rest)})
    assert ledger.position() == position
    assert ledger.since(position) == []


def test_an_empty_ledger_has_nothing_of_everything(ledger: Ledger) -> None:
    assert (ledger.count(), ledger.position(), ledger.since(0), list(ledger.tickets()), list(ledger.raw())) == (
        0, 0, [], [], [])  # fmt: skip


def test_tickets_come_in_order_of_number_with_their_latest_version(ledger: Ledger) -> None:
    _append(ledger, "B", REPORTED, command="c-1")
    _append(ledger, "A", REPORTED, intake.Acknowledged(), command="c-2")
    _append(ledger, "工单", REPORTED, command="c-3")

    assert list(ledger.tickets()) == [("A", 2), ("B", 1), ("工单", 1)]


def _two_lives(ledger: Ledger) -> None:
    for number in ("AS-2", "AS-1"):
        life = Life(number, ledger=ledger)
        life.do("report", category="repair", customer="王芳", phone="13812345678", problem="门歪")
        life.do("acknowledge")
        life.do("diagnose", finding="铰链")


def test_rows_restored_are_the_rows_that_were(ledger: Ledger) -> None:
    _two_lives(ledger)
    rows = list(ledger.raw())
    with closing(Ledger(MemoryRecorder())) as other:
        count = other.restore((t, v, k, s, e.envelope.command_id) for (t, v, k, s, _), e in zip(rows, ledger.since(0), strict=True))

        assert count == len(rows) == other.count()
        assert list(other.raw()) == rows
        assert other.answer("AS-1-c2") is not None
        assert list(verify(other.recorder.scan(), Report())) == []


@pytest.mark.parametrize("harm", ["hole", "id twice"])
def test_a_restore_that_does_not_fit_writes_nothing(ledger: Ledger, harm: str) -> None:
    with closing(Ledger(MemoryRecorder())) as source:
        _two_lives(source)
        rows = [(t, v, k, s, f"c-{at}") for at, (t, v, k, s, _) in enumerate(source.raw())]
    if harm == "hole":
        del rows[1]
    else:
        rows[-1] = (*rows[-1][:4], rows[0][4])

    with pytest.raises(Conflict):
        ledger.restore(rows)

    assert ledger.count() == 0
    assert list(ledger.tickets()) == []


def test_a_row_of_an_unknown_kind_is_named_and_the_rest_can_be_read(ledger: Ledger) -> None:
    (first,) = _append(ledger, "AS-1", REPORTED)
    (_t, _v, _k, state, _p) = next(ledger.raw())
    ledger.restore([("AS-1", 2, "teleported", state, "c-2")])

    with pytest.raises(StoredFactUnreadable) as caught:
        ledger.history("AS-1")

    assert (caught.value.facts["version"], caught.value.facts["reason"]) == (2, "unknown kind 'teleported'")
    assert ledger.history("AS-1", upto=1) == [first]


def test_closing_twice_is_fine(ledger: Ledger) -> None:
    ledger.close()
    ledger.close()

    with pytest.raises(NoAdapter) as caught:
        adapter(RECORDERS, "carrierpigeon://loft")
    assert {"memory", "sqlite"} <= set(caught.value.facts["installed"])
