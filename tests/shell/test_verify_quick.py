"""The quick look at a ticket and the thorough one say the same, whatever somebody did to the rows, and however well."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.rules.strategies import FACTS, Life, envelopes, lives

from aftersales_core.audit import Finding, Report, Row, verify
from aftersales_core.audit.quick import sound
from aftersales_core.audit.verify import thorough
from aftersales_core.codec import GENESIS, digest_of, encode, fact_bytes, split
from aftersales_core.facts import KINDS, Envelope, Fact
from aftersales_core.ledger import Ledger, MemoryRecorder
from aftersales_core.state import fold_rows
from aftersales_core.testing import TRAILS, scene_at

law = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip

Told = tuple[list[Finding], tuple[int, int, int]]


def told(by: Callable[[Any, Report], Any], rows: Sequence[Row]) -> Told:
    report = Report()
    found = list(by(iter(rows), report))
    assert found == report.findings
    return found, (report.tickets, report.facts, report.flagged)


def same(rows: Sequence[Row]) -> Told:
    """What both say of *rows*; raises AssertionError where they differ."""
    ordered = sorted(rows, key=lambda row: row[:2])
    at_length = told(thorough, ordered)
    assert told(verify, ordered) == at_length
    return at_length


def chained(rows: Sequence[Row], since: int) -> list[Row]:
    """The rows of a ticket with every digest and link made anew behind the first *since*: the work of one who knows how."""
    out = list(rows[:since])
    prev = split(out[-1][3])[0] if out else GENESIS
    for ticket, version, kind, state, position in rows[since:]:
        _digest, head, body = split(state)
        head = re.sub(rb'"prev":"[0-9a-f]{64}"', b'"prev":"%s"' % prev.encode(), head)
        prev = digest_of(ticket, version, kind, head, body)
        out.append((ticket, version, kind, b"%s\n%s\n%s" % (prev.encode(), head, body), position))
    return out


def fitted(rows: Sequence[Row]) -> list[Row]:
    """The rows with digests that fit each of them, and the links left as they are."""
    lines = [(row, *split(row[3])[1:]) for row in rows]
    return [
        (t, v, k, b"%s\n%s\n%s" % (digest_of(t, v, k, head, body).encode(), head, body), p)
        for (t, v, k, _state, p), head, body in lines
    ]


def swap(pattern: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda line: re.sub(pattern, new, line, count=1)


def later(name: bytes, days: int) -> Callable[[bytes], bytes]:
    def moved(found: re.Match[bytes]) -> bytes:
        return found[1] + (datetime.fromisoformat(found[2].decode()) + timedelta(days=days)).isoformat().encode() + b'"'

    return lambda line: re.sub(b'("%s":")([^"]*)"' % name, moved, line, count=1)


ENVELOPES: dict[str, Callable[[bytes], bytes]] = {
    "occurred earlier": later(b"occurred_at", -400),
    "occurred later": later(b"occurred_at", 400),
    "recorded earlier": later(b"recorded_at", -400),
    "recorded later": later(b"recorded_at", 400),
    "told twice": lambda line: line[:-1] + b',"occurred_at":"2020-01-01T00:00:00+00:00"}',
    "written twice": lambda line: line[:-1] + b',"recorded_at":"2020-01-01T00:00:00+00:00"}',
    "naive": swap(rb'"occurred_at":"([^"+]{19})[^"]*"', rb'"occurred_at":"\1"'),
    "recorded naive": swap(rb'"recorded_at":"([^"+]{19})[^"]*"', rb'"recorded_at":"\1"'),
    "in another zone": swap(rb'"occurred_at":"[^"]*"', rb'"occurred_at":"2026-11-02T08:00:00-05:00"'),
    "with Z": swap(rb'"recorded_at":"([^"+]{19})[^"]*"', rb'"recorded_at":"\1Z"'),
    "with seven digits": swap(rb'"recorded_at":"([^"+.]{19})[^"]*"', rb'"recorded_at":"\1.1234567+00:00"'),
    "no day at all": swap(rb'"occurred_at":"[^"]*"', rb'"occurred_at":"2026-13-41T08:00:00+08:00"'),
    "escaped": swap(rb'"occurred_at":"2', rb'"occurred_at":"\\u0032'),
    "shape 1": lambda line: line[:-1] + b',"shape":1}',
    "shape 2": lambda line: line[:-1] + b',"shape":2}',
    "shape 2 aside": lambda line: line[:-1] + b', "shape":2}',
    "shape of text": lambda line: line[:-1] + b',"shape":"1"}',
    "actor is a number": swap(rb'"actor":"[^"]*"', b'"actor":7'),
    "no actor": swap(rb'"actor":"[^"]*",', b""),
    "no link": swap(rb',"prev":"[^"]*"', b""),
    "more": lambda line: line[:-1] + b',"colour":"red"}',
    "more, not UTF-8": lambda line: line[:-1] + b',"colour":"\xff"}',
    "more, by a name that is not UTF-8": lambda line: line[:-1] + b',"\xff":1}',
    "more, too deep": lambda line: line[:-1] + b',"colour":' + b"[" * 300 + b"]" * 300 + b"}",
    "more, deeper than anybody reads": lambda line: line[:-1] + b',"colour":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "more, with a number too long": lambda line: line[:-1] + b',"colour":' + b"9" * 5000 + b"}",
    "more, with half a character": lambda line: line[:-1] + b',"colour":"\\ud800"}',
    "with a sign for the T": swap(rb'("occurred_at":"[0-9-]*)T', "\\1时".encode()),
    "recorded with a sign for the T": swap(rb'("recorded_at":"[0-9-]*)T', "\\1时".encode()),
    "in two lines' room": lambda line: line.replace(b',"actor"', b' ,\t"actor"'),
    "shape 1.0": lambda line: line[:-1] + b',"shape":1.0}',
    "shape twice": lambda line: line[:-1] + b',"shape":2,"shape":1}',
    "shape by another spelling": lambda line: line[:-1] + b',"sh\\u0061pe":2}',
    "actor is nobody": swap(rb'"actor":"[^"]*"', b'"actor":null'),
    "command is a list": swap(rb'"command_id":"[^"]*"', b'"command_id":["c"]'),
    "flagged": lambda line: swap(rb',"flags":\[[^\]]*\]', b"")(line)[:-1] + b',"flags":["later-than-recorded"]}',
    "flagged twice": lambda line: line[:-1] + b',"flags":["later-than-recorded","later-than-recorded"]}',
    "flags are null": lambda line: line[:-1] + b',"flags":null}',
    "not flagged": swap(rb',"flags":\[[^\]]*\]', b""),
    "torn": lambda line: line[:-9],
    "a list": lambda line: b"[" + line + b"]",
    "not UTF-8": lambda line: line[:-2] + b'\xff"}',
}
NAIVE, RECORDED_NAIVE = ENVELOPES["naive"], ENVELOPES["recorded naive"]
BODIES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _body: b"",
    "an empty object": lambda _body: b"{}",
    "more": lambda body: b'{"colour":"red",' + body[1:],
    "with a line break": lambda body: body + b"\n",
    "visit 1": lambda _body: b'{"visit":1}',
    "visit 0": lambda _body: b'{"visit":0}',
    "not UTF-8": lambda body: body[:-1] + b"\xff}",
    "said twice": lambda body: body[:-1] + b"," + body[1:] if len(body) > 2 else body,
    "half a character": lambda body: re.sub(rb':"[^"]*"', rb':"\\ud800"', body, count=1),
    "a time too fine": lambda body: re.sub(rb"T[0-9:]{8}(\.[0-9]*)?", rb"T09:00:00.1234567", body),
}


def line_of(row: Row, envelope: Callable[[bytes], bytes], body: Callable[[bytes], bytes]) -> Row:
    ticket, version, kind, state, position = row
    digest, head, fact = split(state)
    return ticket, version, kind, b"%s\n%s\n%s" % (digest.encode(), envelope(head), body(fact)), position


def kept(line: bytes) -> bytes:
    return line


KNOWN = sorted({*KINDS, "teleported"})


@st.composite
def tampered(draw: st.DrawFn, rows: Sequence[Row]) -> list[Row]:
    """One change to the rows of a ticket, or two, and the chain made to fit or not."""
    out = list(rows)
    for _ in range(draw(st.integers(1, 2))):
        if not out:
            break
        at = draw(st.integers(0, len(out) - 1))
        number, version, kind, state, position = out[at]
        how = draw(st.sampled_from(("envelope", "body", "fact", "kind", "gone", "twice", "flip", "torn", "version", "position", "cut")))
        if how == "envelope":
            change = ENVELOPES[draw(st.sampled_from(sorted(ENVELOPES)))]
        if how in {"envelope", "body"} and state.count(b"\n") >= 2 and state[:64].isalnum():
            if how == "envelope":
                out[at] = line_of(out[at], change, kept)
            else:
                out[at] = line_of(out[at], kept, BODIES[draw(st.sampled_from(sorted(BODIES)))])
        elif how == "fact" and state.count(b"\n") >= 2 and state[:64].isalnum():
            fact = draw(st.sampled_from(sorted(KINDS)).flatmap(FACTS.__getitem__))
            out[at] = line_of((number, version, fact.kind, state, position), kept, lambda _body, f=fact: fact_bytes(f))  # type: ignore[misc]
        elif how == "kind":
            out[at] = (number, version, draw(st.sampled_from(KNOWN)), state, position)
        elif how == "gone":
            del out[at]
        elif how == "twice":
            out.insert(at, (number, version, kind, state, position))
        elif how == "flip" and state:
            place = draw(st.integers(0, len(state) - 1))
            out[at] = (number, version, kind, state[:place] + bytes([state[place] ^ 1]) + state[place + 1 :], position)
        elif how == "torn":
            out[at] = (number, version, kind, draw(st.sampled_from((b"", b"x", b"x\ny\nz", state[:40], b"\n" * 70))), position)
        elif how == "version":
            out[at] = (number, draw(st.integers(-1, 60)), kind, state, position)
        elif how == "position":
            out[at] = (number, version, kind, state, draw(st.integers(-1, 60)))
        elif how == "cut":
            out = out[at:]
    # a chain can be made anew only where there are lines to link
    made = draw(st.sampled_from(("left", "fitted", "chained")))
    if not out or made == "left" or not all(s.count(b"\n") >= 2 and s[:64].isalnum() for *_rest, s, _p in out):
        return out
    return fitted(out) if made == "fitted" else chained(out, draw(st.integers(0, len(out) - 1)))


@settings(law, max_examples=40)
@given(lives())
def test_of_a_life_as_it_was_written_both_say_that_nothing_is_wrong(life: Life) -> None:
    rows = life.ledger.recorder.rows(life.number)

    findings, (_tickets, facts, _flagged) = same(rows)

    assert (findings, facts) == ([], len(rows))
    assert (sound(life.number, rows) is None) == any(row[2] == "corrected" for row in rows)


@settings(law, max_examples=250)
@given(st.data(), lives(30))
def test_of_a_life_that_was_tampered_with_both_say_the_same(data: st.DataObject, life: Life) -> None:
    rows = life.ledger.recorder.rows(life.number)

    same(data.draw(tampered(rows)))


@settings(law, max_examples=150)
@given(st.data(), st.lists(st.sampled_from(sorted(KINDS)).flatmap(lambda kind: st.tuples(FACTS[kind], envelopes())), max_size=8))
def test_also_of_facts_that_no_rule_ever_saw(data: st.DataObject, said: list[tuple[Fact, Envelope]]) -> None:
    rows = [("工单/1", n, fact.kind, encode("工单/1", n, fact, envelope)[1], n) for n, (fact, envelope) in enumerate(said, 1)]

    same(data.draw(st.sampled_from((rows, chained(rows, 0)))))


@pytest.fixture(scope="module")
def stories() -> list[list[Row]]:
    """Every story to its end, and every one of their places by itself."""
    ledger = Ledger(MemoryRecorder())
    for nth, (trail, places) in enumerate(TRAILS.items()):
        for place in places:
            scene = scene_at(trail, place, number=f"S{nth}-{place}")
            rows, prev = [], GENESIS
            for entry in scene.history:
                prev, state = encode(entry.ticket, entry.version, entry.fact, entry.envelope._replace(prev=prev))
                rows.append((entry.ticket, entry.version, entry.fact.kind, state, f"{entry.ticket}-{entry.version}"))
            ledger.restore(rows)
    return [ledger.recorder.rows(number) for number, _version in ledger.tickets()]


def test_a_look_is_enough_for_every_story(stories: list[list[Row]]) -> None:
    """So that the two are not the same because one of them is never asked."""
    assert [rows[0][0] for rows in stories if sound(rows[0][0], rows) is None] == []
    assert {row[2] for rows in stories for row in rows} > {"installed", "goods-arrived", "leftover-raised", "revisited", "closed"}


@pytest.mark.parametrize("name", sorted(ENVELOPES))
def test_of_every_change_of_every_envelope_with_its_chain_made_anew_both_say_the_same(stories: list[list[Row]], name: str) -> None:
    found: set[str] = set()
    for rows in stories[::5]:
        for at in range(0, len(rows), 4):
            changed = line_of(rows[at], ENVELOPES[name], kept)
            findings, _counts = same(chained([*rows[:at], changed, *rows[at + 1 :]], at))
            found |= {finding.code for finding in findings}

    assert found <= {"flags-wrong", "recorded-backwards", "fact-unreadable", "link-broken"}


@pytest.mark.parametrize("change", sorted({*ENVELOPES, *BODIES} - {"a list", "no link"}))
def test_a_row_that_fits_itself_and_is_not_what_the_next_one_links_to_is_told_by_both(stories: list[list[Row]], change: str) -> None:
    for rows in stories[::6]:
        for at in range(1, len(rows) - 1, 5):
            changed = line_of(rows[at], ENVELOPES.get(change, kept), BODIES.get(change, kept))
            findings, _counts = same([*rows[:at], *fitted([changed]), *rows[at + 1 :]])
            assert changed == rows[at] or (at + 2, "link-broken") in {(f.version, f.code) for f in findings}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_of_a_fact_in_every_place_where_it_does_not_belong_both_say_the_same(stories: list[list[Row]], kind: str) -> None:
    @settings(law, max_examples=1)
    @given(FACTS[kind])
    def holds(fact: Fact) -> None:
        for rows in stories[::9]:
            for at in range(len(rows)):
                ticket, version, _kind, state, position = rows[at]
                put = line_of((ticket, version, kind, state, position), kept, lambda _body: fact_bytes(fact))
                same(chained([*rows[:at], put, *rows[at + 1 :]], at))

    holds()


def test_after_a_line_is_given_up_an_illegal_move_is_told_whatever_the_condition_asks(stories: list[list[Row]]) -> None:
    """A condition that is judged by the fact alone is asked in the stage that the ticket has come to, and in no other."""
    kinds = ("dispatched", "installed", "revisited", "leftover-raised", "line-waived", "closed", "cancelled", "goods-arrived")
    bodies: dict[str, set[bytes]] = {kind: set() for kind in kinds}
    for rows in stories:
        for _number, _version, kind, state, _position in rows:
            if kind in bodies:
                bodies[kind].add(split(state)[2])
    bodies["cancelled"].add(b'{"reason":"r"}')
    bodies["installed"].add(b'{"place":"remote","work":"w"}')
    bodies["revisited"] |= {
        b'{"call_class":"%s","outcome":"%s"}' % (a, b) for a in (b"A", b"B") for b in (b"satisfied", b"slip-sent-back", b"work-sent-back", b"complaint")
    }
    bodies["line-waived"].add(b'{"line":"L9-9","reason":"r","settled_by":"refund"}')
    found: set[tuple[str, str]] = set()
    places: dict[object, list[Row]] = {}
    for rows in stories:
        ticket = fold_rows(rows[0][0], rows)
        if ticket.stage in ("AWAITING_GOODS", "READY") and ticket.open_lines:
            places.setdefault((ticket.stage, len(ticket.open_lines), ticket.first_installed_at is None, ticket.rework), rows)
    assert {key[2] for key in places} == {True, False}  # type: ignore[index]
    for rows, raised, sent_back in product(places.values(), (False, True), (False, True)):
        envelope = split(rows[-1][3])[1]
        ticket = fold_rows(rows[0][0], rows)
        before, lines = [], [line.id for line in ticket.open_lines]
        if sent_back:
            before.append(("revisited", b'{"call_class":"B","outcome":"work-sent-back"}'))
        if raised:
            no = len(ticket.leftovers) + 1
            before.append(("leftover-raised", b'{"leftover":%d,"lines":[{"item":"a","needs_goods":true},{"item":"b","needs_goods":false}]}' % no))
            lines += [f"L{no}-1", f"L{no}-2"]
        for given_up in range(1, len(lines) + 1):
            waived = [("line-waived", b'{"line":"%s","reason":"r","settled_by":"refund"}' % line.encode()) for line in lines[:given_up]]
            for kind in kinds:
                for body in sorted(bodies[kind])[:12]:
                    more = [
                        (rows[0][0], rows[-1][1] + n, k, b"%s\n%s\n%s" % (GENESIS.encode(), envelope, b), rows[-1][4] + n)
                        for n, (k, b) in enumerate((*before, *waived, (kind, body)), 1)
                    ]
                    findings, _counts = same(chained([*rows, *more], len(rows)))
                    found |= {(finding.code, kind) for finding in findings}

    assert {("illegal-move", kind) for kind in kinds if kind != "leftover-raised"} <= found


@pytest.mark.parametrize(
    ("name", "says"),
    [("more, not UTF-8", "invalid unicode"), ("more, by a name that is not UTF-8", "invalid unicode"), ("more, too deep", "recursion limit"),
     ("more, deeper than anybody reads", "recursion limit"), ("more, with a number too long", "number out of range"),
     ("more, with half a character", "hex escape"), ("with a sign for the T", "ascii"), ("told twice", "twice when it happened"),
     ("actor is nobody", "actor is no text"), ("command is a list", "command_id is no text")],
)  # fmt: skip
def test_what_one_reader_would_pass_over_is_named(stories: list[list[Row]], name: str, says: str) -> None:
    rows = next(rows for rows in stories if len(rows) > 6)
    changed = chained([*rows[:3], line_of(rows[3], ENVELOPES[name], kept), *rows[4:]], 3)

    findings, _counts = same(changed)

    assert [(finding.version, finding.code) for finding in findings] == [(4, "fact-unreadable")]
    assert says in findings[0].facts["reason"]


def test_a_row_whose_kind_is_no_text_is_named_and_not_stumbled_over(stories: list[list[Row]]) -> None:
    rows: list[Any] = [*next(rows for rows in stories if len(rows) > 6)]
    number, version, kind, state, position = rows[3]
    rows[3] = (number, version, kind.encode(), state, position)

    findings, _counts = same(rows)

    assert (4, "not-a-row") in {(finding.version, finding.code) for finding in findings}


@pytest.mark.parametrize("name", ["naive", "recorded naive"])
def test_a_time_without_zone_is_named_and_the_chain_followed_on(stories: list[list[Row]], name: str) -> None:
    rows = next(rows for rows in stories if len(rows) > 6)
    changed = chained([*rows[:3], line_of(rows[3], ENVELOPES[name], kept), *rows[4:]], 3)

    findings, _counts = same(changed)

    assert [(finding.version, finding.code) for finding in findings] == [(4, "fact-unreadable")]
    assert "has no time zone" in findings[0].facts["reason"]


def test_so_are_all_of_them_where_none_has_one(stories: list[list[Row]]) -> None:
    rows = next(rows for rows in stories if len(rows) > 6)
    changed = chained([line_of(row, lambda line: NAIVE(RECORDED_NAIVE(line)), kept) for row in rows], 0)

    findings, _counts = same(changed)

    assert [finding.code for finding in findings] == ["fact-unreadable"] * len(rows)
