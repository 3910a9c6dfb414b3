"""Golden streams: histories once written are read for ever, to the same state after every single fact."""

from __future__ import annotations

import json
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import astuple

from aftersales_core.audit import Report, export_line, read_export, verify
from aftersales_core.facts import KINDS, Entry
from aftersales_core.ledger import Ledger, MemoryRecorder
from aftersales_core.state import (
    HouseLog,
    Ticket,
    evolve,
    evolve_log,
    is_log,
    needs_replay,
    replay,
    replay_log,
)

ROOM = Path(__file__).parent
STREAMS = sorted(ROOM.glob("*.jsonl"))


NEWER = {2: {"Complaint.rectified_at"}, 3: {"Ticket.waits"}, 4: {"Ticket.assigned"}}
"""Edition → fields of the state that were there from then on and hold what facts told before.

A stream keeps the edition it was written under, and its fingerprints are of the fields there were; nothing they ever
covered is left out.
"""

EDITION = max(NEWER)
"""What a stream that is written today says."""


def plain(value: object, edition: int = EDITION) -> Any:
    """A state as plain JSON values; what is empty or zero is left out, so that a new field changes nothing old."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    fields = ("__struct_fields__", "_fields", "__dataclass_fields__")
    names = next((found for each in fields if (found := getattr(type(value), each, None)) is not None), ())
    if names:
        later = {name for since, fields in NEWER.items() if since > edition for name in fields}
        known = (name for name in names if f"{type(value).__name__}.{name}" not in later)
        found = {name: plain(getattr(value, name), edition) for name in known}
        return {name: said for name, said in found.items() if said not in (None, "", [], False, 0, {})}
    if isinstance(value, tuple | list):
        return [plain(item, edition) for item in value]
    return value


def fingerprint(ticket: Ticket | HouseLog, edition: int = EDITION) -> str:
    text = json.dumps(plain(ticket, edition), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def state(number: str, history: list[Entry]) -> Ticket | HouseLog:
    return replay_log(number, history) if is_log(number) else replay(number, history)


def opened(path: Path) -> Ledger:
    ledger = Ledger(MemoryRecorder())
    ledger.restore(read_export(path.read_text("utf-8").splitlines()))
    return ledger


def expected(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(path.with_suffix(".states.json").read_text("utf-8"))
    return found


def test_there_are_streams_and_together_they_hold_every_kind_of_fact() -> None:
    kinds = {json.loads(line)["kind"] for path in STREAMS for line in path.read_text("utf-8").splitlines()}

    assert len(STREAMS) >= 6
    assert kinds == set(KINDS)


@pytest.mark.parametrize("path", STREAMS, ids=lambda p: p.stem)
def test_a_golden_stream_is_read_to_the_same_state_after_every_fact(path: Path) -> None:
    ledger = opened(path)
    (number, last), *others = ledger.tickets()
    states = expected(path)

    assert others == []
    assert [s["version"] for s in states] == list(range(1, last + 1))
    history = ledger.history(number)
    for at, said in enumerate(states, 1):
        ticket = state(number, history[:at])

        assert (ticket.version, ticket.stage, history[at - 1].fact.kind) == (at, said["stage"], said["kind"])
        assert fingerprint(ticket, said.get("edition", 1)) == said["sha256"], f"{path.stem} after fact {at} ({said['kind']})"


@pytest.mark.parametrize("path", STREAMS, ids=lambda p: p.stem)
def test_a_golden_stream_folded_one_by_one_ends_in_the_same_state(path: Path) -> None:
    ledger = opened(path)
    ((number, _last),) = ledger.tickets()
    history = ledger.history(number)
    ticket: Ticket | HouseLog = HouseLog(number) if is_log(number) else Ticket(number)
    for at, entry in enumerate(history, 1):
        if isinstance(ticket, HouseLog):
            ticket = evolve_log(ticket, entry)
        else:
            ticket = replay(number, history[:at]) if needs_replay(entry) else evolve(ticket, entry)

    last = expected(path)[-1]
    assert fingerprint(ticket, last.get("edition", 1)) == last["sha256"]


def told_later(name: str) -> Any:
    """What a field of the state that came later holds after the last fact of each older stream: stream → value."""
    return json.loads((ROOM / name).read_text("utf-8"))


def older_than(edition: int) -> list[Path]:
    return [path for path in STREAMS if expected(path)[-1].get("edition", 1) < edition]


def test_what_came_later_is_told_of_every_older_stream() -> None:
    assert set(told_later("waits.json")) == {path.stem for path in older_than(3)}
    assert set(told_later("assigned.json")) == {path.stem for path in older_than(4)}


@pytest.mark.parametrize("path", older_than(3), ids=lambda p: p.stem)
def test_a_golden_stream_is_read_to_the_same_waits(path: Path) -> None:
    ledger = opened(path)
    ((number, _last),) = ledger.tickets()

    found = () if is_log(number) else replay(number, ledger.history(number)).waits
    assert [plain(astuple(wait)) for wait in found] == told_later("waits.json")[path.stem]


@pytest.mark.parametrize("path", older_than(4), ids=lambda p: p.stem)
def test_a_golden_stream_is_read_to_the_same_people(path: Path) -> None:
    ledger = opened(path)
    ((number, _last),) = ledger.tickets()

    found = () if is_log(number) else replay(number, ledger.history(number)).assigned
    assert list(found) == told_later("assigned.json")[path.stem]


@pytest.mark.parametrize("path", STREAMS, ids=lambda p: p.stem)
def test_a_golden_stream_is_whole_legal_and_written_the_same_today(path: Path) -> None:
    ledger = opened(path)

    assert list(verify(ledger.recorder.scan(), Report())) == []
    assert list(map(export_line, ledger.raw())) == path.read_text("utf-8").splitlines()


def test_every_state_file_belongs_to_a_stream() -> None:
    assert {p.name.removesuffix(".states.json") for p in ROOM.glob("*.states.json")} == {p.stem for p in STREAMS}


def test_the_fingerprint_sees_what_changes_and_not_what_is_empty() -> None:
    assert fingerprint(Ticket("AS-1")) == fingerprint(Ticket("AS-1", customer=None, attempts=0))
    assert fingerprint(Ticket("AS-1")) != fingerprint(Ticket("AS-1", customer="王芳"))
