"""Export and import: one JSON line a fact, checkable with SHA-256 alone, brought back to the byte."""

from __future__ import annotations

import json
from contextlib import closing
from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rules.strategies import Life

from aftersales_core.audit import Report, export_line, read_export, verify
from aftersales_core.errors import BadInput
from aftersales_core.ledger import Ledger, MemoryRecorder


@pytest.fixture
def lines() -> list[str]:
    return list(written())


@cache
def written() -> tuple[str, ...]:
    ledger = Ledger(MemoryRecorder())
    for number in ("AS-1", "工单-2"):
        life = Life(number, ledger=ledger)
        life.do("report", category="repair", customer='王"芳"\n', phone="13812345678", problem="门歪 😀 \u2028 \x00")
        life.do("acknowledge", note="/\\ \u007f é ñ")
        life.do("cancel", reason="不修了")
    return tuple(export_line(row) for row in ledger.raw())


def test_a_line_is_json_with_everything_in_it(lines: list[str]) -> None:
    found = json.loads(lines[0])

    assert list(found) == ["position", "ticket", "version", "kind", "digest", "envelope", "fact"]
    assert (found["ticket"], found["version"], found["kind"]) == ("AS-1", 1, "reported")
    assert found["fact"]["problem"].startswith("门歪 😀")
    assert found["envelope"]["prev"] == "0" * 64
    assert "\n" not in lines[0]


def test_the_digest_can_be_recomputed_from_the_line_alone(lines: list[str]) -> None:
    for line in lines:
        found = json.loads(line)
        body = line[line.index('"envelope":') + 11 : -1]
        envelope, fact = body.split(',"fact":', 1)
        text = f"{found['ticket']}\0{found['version']}\0{found['kind']}\0{envelope}\n{fact}"

        assert sha256(text.encode()).hexdigest() == found["digest"]


def test_what_is_read_back_is_the_same_rows(ledger: Ledger, lines: list[str]) -> None:
    count = ledger.restore(read_export(lines))

    assert count == len(lines) == 6
    assert [export_line(row) for row in ledger.raw()] == lines
    report = Report()
    assert list(verify(ledger.recorder.scan(), report)) == []
    assert (report.tickets, report.facts) == (2, 6)
    assert ledger.answer("AS-1-c2") is not None


def test_lines_written_by_another_json_writer_are_read_all_the_same(ledger: Ledger, lines: list[str]) -> None:
    spaced = [json.dumps(json.loads(line), indent=None, separators=(", ", ": ")) for line in lines]

    assert ledger.restore(read_export([*spaced, "", "  \n"])) == 6
    assert [export_line(row) for row in ledger.raw()] == lines


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("不修了", "修好了", "the digest of AS-1 fact 3 does not fit"),
        ('"version":3', '"version":4', "the digest of AS-1 fact 4 does not fit"),
        ('"kind":"cancelled"', '"kind":"closed"', "does not fit"),
        ('"actor":"cs_specialist"', '"actor":"somebody"', "does not fit"),
        ('"digest":"', '"checksum":"', "not a line of an export"),
        ('{"position"', '{position"', "not a line of an export"),
        ('"version":3', '"version":"three"', "not a line of an export"),
        ('"ticket":"AS-1"', '"ticket":"AS-8"', "the digest of AS-8 fact 3 does not fit"),
    ],
)
def test_a_line_that_is_wrong_is_named_and_nothing_is_written(
    ledger: Ledger, lines: list[str], old: str, new: str, says: str
) -> None:
    assert old in lines[2]
    lines[2] = lines[2].replace(old, new)

    with pytest.raises(BadInput) as caught:
        ledger.restore(read_export(lines))

    assert (caught.value.code, caught.value.facts["line"]) == ("bad-export", 3)
    assert says in caught.value.facts["reason"]
    assert ledger.count() == 0


@pytest.mark.parametrize("line", ["[]", "null", "7", '"text"', "{}", '{"envelope":{}}', '{"envelope":3,"fact":4}'])
def test_json_that_is_no_export_is_refused(line: str) -> None:
    with pytest.raises(BadInput) as caught:
        list(read_export([line]))

    assert caught.value.code == "bad-export"


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_line_as_we_write_it_is_read_as_any_json_is(data: st.DataObject) -> None:
    line = data.draw(st.sampled_from(written()))
    for _ in range(data.draw(st.integers(0, 2))):
        at = data.draw(st.integers(1, len(line) - 1))
        gone = data.draw(st.integers(0, 2))
        line = line[:at] + data.draw(st.sampled_from(["", '"', "\\", "}", '","', "0", "x", " ", "工", "\ud800"])) + line[at + gone :]

    # a blank after the first brace is the same JSON, and not how we write it
    assert outcome(line) == outcome("{ " + line[1:])


def outcome(line: str) -> object:
    try:
        return list(read_export([line]))
    except BadInput as problem:
        return problem.code, "digest" in problem.facts["reason"]


def forged(line: str, old: str, new: str, ticket: str = "AS-1") -> str:
    """The line with *new* in place of *old* and a digest that fits."""
    assert old in line
    line = line.replace(old, new, 1)
    version = line.split('"version":', 1)[1].partition(",")[0]
    envelope, fact = line[line.index('"envelope":') + 11 : -1].split(',"fact":', 1)
    digest = sha256(f"{ticket}\0{version}\0reported\0{envelope}\n{fact}".encode(errors="replace")).hexdigest()
    at = line.index('"digest":"') + 10
    return line[:at] + digest + line[at + 64 :]


@pytest.mark.parametrize(
    ("old", "new", "ticket"),
    [
        ('"version":1', f'"version":{"9" * 5000}', "AS-1"),
        ('"version":1', f'"version":{10**30}', "AS-1"),
        ('"version":1', f'"version":{2**63}', "AS-1"),
        ('"version":1', '"version":1e999', "AS-1"),
        ('"position":1', f'"position":{"[" * 100_000}{"]" * 100_000}', "AS-1"),
        ('"AS-1"', '"A\udc80"', "A\udc80"),
        ('"AS-1"', '"A\nB"', "A\nB"),
        ('"AS-1"', '"A\0B"', "A\0B"),
        ('"command_id":"AS-1-c1"', '"command_id":["c"]', "AS-1"),
        ('"command_id":"AS-1-c1"', '"command_id":7', "AS-1"),
        ('"command_id":"AS-1-c1"', '"command_id":null', "AS-1"),
        ('"command_id":"AS-1-c1"', '"command_id":"AS-1-c1","command_id":"c"', "AS-1"),
    ],
    ids=range(12),
)
def test_a_line_with_a_digest_that_fits_is_refused_all_the_same_where_no_ledger_could_hold_it(
    ledger: Ledger, lines: list[str], old: str, new: str, ticket: str
) -> None:
    with pytest.raises(BadInput) as caught:
        ledger.restore(read_export([forged(lines[0], old, new, ticket)]))

    assert (caught.value.code, caught.value.facts["line"]) == ("bad-export", 1)
    assert ledger.count() == 0


def test_a_command_is_known_by_its_own_id_and_not_by_one_that_stands_in_something_else(lines: list[str]) -> None:
    line = forged(lines[0], '"actor"', '"more":{"command_id":"another"},"actor"')

    assert [found.command_id for found in read_export([line])] == ["AS-1-c1"]


def test_an_empty_export_is_an_empty_ledger(ledger: Ledger) -> None:
    assert ledger.restore(read_export([])) == 0
    with closing(Ledger(MemoryRecorder())) as other:
        assert list(map(export_line, other.raw())) == []
