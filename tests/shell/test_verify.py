"""Verification: one row tampered with, whichever column and however cleverly, is found and named."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing as closed_after
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.rules.strategies import Life

from aftersales_core import Desk, wording
from aftersales_core.audit import Finding, Report, Row, verify
from aftersales_core.codec import decode, digest_of, encode, split
from aftersales_core.errors import StoredFactUnreadable, StoreUnusable
from aftersales_core.facts import Entry, Fact, closing, intake
from aftersales_core.ledger import Ledger, MemoryRecorder
from aftersales_core.plugins import RECORDERS, adapter
from aftersales_core.state import replay

NUMBERS = ("AS-1", "AS-2", "AS-3")


def lives(ledger: Ledger, *, corrected: bool = True) -> None:
    """Three tickets, corrected or amended instead, one with flags on its times."""
    for number in NUMBERS:
        life = Life(number, ledger=ledger)
        life.do("report", category="repair", customer="王芳", phone="13812345678", problem="门歪", model="K",
                purchased_on="2026-01-01", address="文三路")  # fmt: skip
        life.now += timedelta(hours=1)
        life.do("acknowledge", note="已联系")
        life.do("diagnose", finding="铰链", occurred_at=life.now - timedelta(days=1 if number == "AS-2" else 0))
        life.now += timedelta(hours=1)
        life.do("triage", service="repair", needs_goods=False)
        if corrected:
            life.do("correct", version=1, changes={"phone": "13900001111"}, reason="写错")
        else:
            life.do("amend", phone="13900001111")
        life.now += timedelta(hours=1)
        life.do("solve-remotely", solution="视频指导")


@pytest.fixture(params=[True, False], ids=["corrected", "amended"])
def rows(request: pytest.FixtureRequest) -> list[Row]:
    """A correction is a matter for the thorough pass, and without one a look is enough; both have to find everything."""
    ledger = Ledger(MemoryRecorder())
    lives(ledger, corrected=request.param)
    return list(ledger.recorder.scan())


def found(rows: list[Row]) -> list[Finding]:
    return list(verify(iter(sorted(rows, key=lambda row: row[:2])), Report()))


def test_the_log_of_the_house_is_checked_and_is_no_ticket() -> None:
    with Desk.open("memory:") as desk:
        desk.handle({"command": "do-routine", "command_id": "r-1", "occurred_at": "2026-11-02T08:10:00+08:00", "actor": "sup-chen",
                     "role": "install_supervisor", "routine": "morning-meeting", "day": "2026-11-02"})  # fmt: skip
        report = Report()
        assert list(desk.verify(report)) == []
    assert (report.tickets, report.facts) == (0, 1)


def at(rows: list[Row], ticket: str, version: int) -> int:
    return next(i for i, row in enumerate(rows) if row[:2] == (ticket, version))


def forge(row: Row, fact: Fact | None = None, **envelope: object) -> Row:
    """The row with other contents and a digest that fits them."""
    ticket, version, kind, state, position = row
    entry = decode(ticket, version, kind, state)
    new = fact or entry.fact
    _digest, forged = encode(ticket, version, new, entry.envelope._replace(**envelope))
    return ticket, version, new.kind, forged, position


def rechained(rows: list[Row], ticket: str, since: int) -> list[Row]:
    """Every digest and link of *ticket* recomputed from version *since* on: the work of somebody who knows how."""
    out, prev = [], ""
    for row in rows:
        if row[0] == ticket and row[1] >= since:
            row = forge(row, **({"prev": prev} if prev else {}))
        if row[0] == ticket:
            prev = split(row[3])[0]
        out.append(row)
    return out


def test_an_untouched_store_has_nothing_to_find_and_is_counted(ledger: Ledger) -> None:
    lives(ledger)
    report = Report()

    assert list(verify(ledger.recorder.scan(), report)) == []
    assert (report.tickets, report.facts, report.flagged, report.sound) == (3, 21, 1, True)


@pytest.mark.parametrize("part", ["digest", "envelope", "fact"])
def test_any_byte_of_any_row_flipped_is_found_in_that_row(rows: list[Row], part: str) -> None:
    for index, (ticket, version, kind, state, position) in enumerate(rows):
        digest, head, body = split(state)
        start = {"digest": 0, "envelope": 65, "fact": 66 + len(head)}[part]
        length = {"digest": len(digest), "envelope": len(head), "fact": len(body)}[part]
        for offset in range(start, start + length, 5):
            flipped = state[:offset] + bytes([state[offset] ^ 1]) + state[offset + 1 :]

            findings = found([*rows[:index], (ticket, version, kind, flipped, position), *rows[index + 1 :]])

            assert findings, (ticket, version, offset)
            assert (findings[0].ticket, findings[0].version) == (ticket, version)
            assert findings[0].code in {"digest-wrong", "fact-unreadable", "not-a-row"}


@pytest.mark.parametrize("bit", [0x01, 0x80])
@pytest.mark.parametrize("line_break", [0, 1])
def test_a_lost_line_break_is_found(rows: list[Row], line_break: int, bit: int) -> None:
    ticket, version, kind, state, position = rows[2]
    offset = 64 if line_break == 0 else 65 + len(split(state)[1])
    rows[2] = (ticket, version, kind, state[:offset] + bytes([state[offset] ^ bit]) + state[offset + 1 :], position)

    assert {(f.ticket, f.version) for f in found(rows)} >= {(ticket, version)}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda r: ("AS-9", *r[1:]), "version-gap"),
        (lambda r: (r[0], 99, *r[2:]), "version-gap"),
        (lambda r: (*r[:2], "amended", *r[3:]), "digest-wrong"),
        (lambda r: (*r[:2], "teleported", *r[3:]), "digest-wrong"),
        (lambda r: (*r[:3], b"", r[4]), "not-a-row"),
        (lambda r: (*r[:4], 0), "position-backwards"),
    ],
    ids=["ticket", "version", "kind", "unknown kind", "state", "position"],
)
@pytest.mark.parametrize("version", [2, 4, 6])
def test_any_column_changed_is_found(rows: list[Row], version: int, change: Callable[[Row], Row], code: str) -> None:
    index = at(rows, "AS-2", version)
    rows[index] = change(rows[index])

    assert code in {f.code for f in found(rows)}


@pytest.mark.parametrize("version", [1, 2, 3, 5, 6])
def test_a_row_taken_out_is_missed(rows: list[Row], version: int) -> None:
    del rows[at(rows, "AS-2", version)]

    findings = found(rows)

    assert {f.ticket for f in findings} == {"AS-2"}
    assert findings[0].code == "version-gap"
    assert findings[0].facts["expected"] == version
    assert "link-broken" in {f.code for f in findings}


def test_a_row_taken_out_and_the_rest_renumbered_does_not_link(rows: list[Row]) -> None:
    del rows[at(rows, "AS-2", 3)]
    renumbered = [(t, v - 1 if t == "AS-2" and v > 3 else v, k, s, p) for t, v, k, s, p in rows]
    forged = [
        (t, v, k, b"%s\n%s\n%s" % (digest_of(t, v, k, *split(s)[1:]).encode(), *split(s)[1:]), p)
        for t, v, k, s, p in renumbered
    ]

    assert {f.code for f in found(renumbered)} >= {"digest-wrong", "link-broken"}
    assert next(f.code for f in found(forged)) == "link-broken"


def test_the_last_row_taken_out_cannot_be_seen_from_inside(rows: list[Row]) -> None:
    """The known limit: only somebody who kept the head elsewhere (an export, a checkpoint) can tell."""
    index = at(rows, "AS-2", 7)
    head = split(rows[index][3])[0]
    del rows[index]

    assert found(rows) == []
    assert head not in {split(row[3])[0] for row in rows}


def test_two_rows_with_their_contents_changed_over_are_both_found(rows: list[Row]) -> None:
    one, two = at(rows, "AS-1", 2), at(rows, "AS-2", 2)
    rows[one], rows[two] = (*rows[one][:3], rows[two][3], rows[one][4]), (*rows[two][:3], rows[one][3], rows[two][4])

    wrong = {(f.ticket, f.version) for f in found(rows) if f.code == "digest-wrong"}

    assert wrong == {("AS-1", 2), ("AS-2", 2)}


def test_a_forged_row_whose_own_digest_fits_does_not_link(rows: list[Row]) -> None:
    index = at(rows, "AS-1", 2)
    rows[index] = forge(rows[index], intake.Acknowledged(note="另有说法"))

    assert [(f.version, f.code) for f in found(rows)] == [(3, "link-broken")]


def test_a_row_put_in_does_not_link(rows: list[Row]) -> None:
    ticket, _version, kind, state, position = rows[at(rows, "AS-1", 2)]
    later = [(t, v + 1 if t == "AS-1" and v >= 2 else v, k, s, p + 1) for t, v, k, s, p in rows]
    put_in = forge((ticket, 2, kind, state, position), prev="f" * 64)

    findings = found([*later, put_in])

    assert ("AS-1", 2, "link-broken") in {(f.ticket, f.version, f.code) for f in findings}


def test_an_illegal_move_with_the_whole_chain_recomputed_is_found(rows: list[Row]) -> None:
    index = at(rows, "AS-1", 2)
    rows[index] = forge(rows[index], closing.Closed(result="一切都好"))

    findings = found(rechained(rows, "AS-1", 2))

    # what comes after a matter that says it is closed is not legal either
    assert {(f.ticket, f.code) for f in findings} == {("AS-1", "illegal-move")}
    assert findings[0].version == 2
    assert findings[0].facts["stage"] == "REPORTED"


@pytest.mark.parametrize("change", [("qhone", "1"), ("phone", "call me"), ("occurred_at", "soon")], ids=str)
def test_a_forged_correction_that_cannot_be_read_is_found(rows: list[Row], change: tuple[str, str]) -> None:
    index = at(rows, "AS-1", 5)
    field = closing.FieldChange(field=change[0], old=None, new=change[1])
    rows[index] = forge(rows[index], closing.Corrected(version=1, of="reported", changes=(field,), reason="x"))

    findings = found(rechained(rows, "AS-1", 5))

    assert [(f.ticket, f.version, f.code) for f in findings] == [("AS-1", 5, "fact-unreadable")]
    with pytest.raises(StoredFactUnreadable) as caught:
        replay("AS-1", [decode(*row) for row in rows if row[0] == "AS-1"])
    assert (caught.value.facts["ticket"], caught.value.facts["version"]) == ("AS-1", 1)


def test_a_recorded_time_that_runs_backwards_is_found(rows: list[Row]) -> None:
    index = at(rows, "AS-3", 4)
    rows[index] = forge(rows[index], recorded_at=datetime(2026, 11, 2, 0, 30, tzinfo=UTC))

    findings = found(rechained(rows, "AS-3", 4))

    assert ("AS-3", 4, "recorded-backwards") in {(f.ticket, f.version, f.code) for f in findings}


@pytest.mark.parametrize(("ticket", "flags"), [("AS-2", ()), ("AS-1", ("later-than-recorded",))])
def test_flags_that_do_not_fit_the_times_are_found(rows: list[Row], ticket: str, flags: tuple[str, ...]) -> None:
    index = at(rows, ticket, 3)
    rows[index] = forge(rows[index], flags=flags)

    findings = found(rechained(rows, ticket, 3))

    assert [(f.version, f.code) for f in findings] == [(3, "flags-wrong")]


def test_after_a_fact_that_cannot_be_read_the_chain_is_still_followed(rows: list[Row]) -> None:
    index = at(rows, "AS-1", 3)
    ticket, version, _kind, state, position = rows[index]
    head, body = split(state)[1:]
    digest = digest_of(ticket, version, "teleported", head, body)
    rows[index] = (ticket, version, "teleported", b"%s\n%s\n%s" % (digest.encode(), head, body), position)

    assert [(f.version, f.code) for f in found(rows)] == [(3, "fact-unreadable"), (4, "link-broken")]


def test_every_finding_can_be_read_in_both_languages(rows: list[Row]) -> None:
    rows[at(rows, "AS-1", 2)] = ("AS-1", 2, "amended", b"x\ny\nz", 0)
    del rows[at(rows, "AS-2", 3)]

    for finding in found(rows):
        for lang in ("zh", "en"):
            said = wording.sentence(finding.code, finding.facts, lang)
            assert finding.ticket in said
            assert "{" not in said
            assert finding.code in wording.codes(lang)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE stored_events SET state = replace(state, 'K', 'L') WHERE originator_version = 1",
        "UPDATE stored_events SET topic = 'amended' WHERE originator_id = 'AS-2' AND originator_version = 2",
        "UPDATE stored_events SET originator_version = 70 WHERE originator_id = 'AS-2' AND originator_version = 2",
        "UPDATE stored_events SET originator_id = 'AS-4' WHERE originator_id = 'AS-2' AND originator_version = 2",
        "DELETE FROM stored_events WHERE originator_id = 'AS-1' AND originator_version = 4",
        "UPDATE stored_events SET state = NULLIF(substr(state, 1, 40), '') WHERE originator_version = 3",
        "UPDATE stored_events SET originator_version = 'two' WHERE originator_id = 'AS-2' AND originator_version = 2",
        "UPDATE stored_events SET originator_version = 2.5 WHERE originator_id = 'AS-2' AND originator_version = 2",
        "UPDATE stored_events SET originator_id = x'4153' WHERE originator_id = 'AS-2' AND originator_version = 2",
        "UPDATE stored_events SET originator_id = x'ff' WHERE originator_id = 'AS-2'",
    ],
)
def test_a_file_changed_behind_our_back_is_found(tmp_path: Path, sql: str) -> None:
    path = tmp_path / "ledger.db"
    ledger = Ledger(adapter(RECORDERS, "sqlite:")(f"sqlite:///{path}"))
    lives(ledger)
    ledger.close()
    connection = sqlite3.connect(path)
    with connection:
        changed = connection.execute(sql.replace("state = replace(state", "state = CAST(replace(CAST(state AS TEXT)")
                                     .replace("'K', 'L')", "'K', 'L') AS BLOB)")).rowcount  # fmt: skip
    connection.close()
    assert changed >= 1

    with Desk.open(f"sqlite:///{path}") as desk:
        assert list(desk.verify(Report()))


def test_a_text_that_is_none_is_told_as_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    ledger = Ledger(adapter(RECORDERS, "sqlite:")(f"sqlite:///{path}"))
    lives(ledger)
    ledger.close()
    with closed_after(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE stored_events SET originator_id = CAST(x'ff' AS TEXT) WHERE originator_id = 'AS-2'")

    with Desk.open(f"sqlite:///{path}") as desk, pytest.raises(StoreUnusable, match="UTF-8"):
        list(desk.verify(Report()))


def test_a_sound_report_is_one_without_findings() -> None:
    report = Report()

    assert report.sound
    report.findings.append(Finding("AS-1", 1, 1, "not-a-row", {}))
    assert not report.sound


def test_an_entry_is_what_verification_reads(rows: list[Row]) -> None:
    entry = decode(*rows[0])

    assert isinstance(entry, Entry)
    assert (entry.ticket, entry.version, entry.position) == (rows[0][0], rows[0][1], rows[0][4])
