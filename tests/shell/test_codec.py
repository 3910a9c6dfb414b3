"""The stored form: pinned to the byte, read by a closed registry, never naming code."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from aftersales_core.codec import decode, digest_of, encode, fact_of, split, times_of
from aftersales_core.errors import StoredFactUnreadable
from aftersales_core.facts import Envelope, intake, visit
from aftersales_core.upcasts import upcast

AT = datetime(2026, 11, 2, 9, 30, tzinfo=timezone(timedelta(hours=8)))
PLAIN = Envelope(AT, AT.astimezone(UTC), "li-na", "cs_specialist", "phone", "c-7", "whole-house@2026.1", "0" * 64)
FULL = PLAIN._replace(
    on_behalf_of="王芳", correlation="x-1", causation="y-2", reason="赶\n时间", flags=("later-than-recorded",)
)
FACT = intake.Acknowledged(note='已"联系"\n一次')

HEAD = (
    b'{"occurred_at":"2026-11-02T09:30:00+08:00","recorded_at":"2026-11-02T01:30:00+00:00","actor":"li-na",'
    b'"role":"cs_specialist","channel":"phone","command_id":"c-7","playbook":"whole-house@2026.1","prev":"'
    + b"0" * 64
    + b'"'
)
BODY = '{"note":"已\\"联系\\"\\n一次"}'.encode()


def test_the_bytes_of_a_fact_are_what_they_have_always_been() -> None:
    digest, state = encode("AS-1", 2, FACT, PLAIN)

    assert state == b"%s\n%s}\n%s" % (digest.encode(), HEAD, BODY)
    assert digest == "655f2e90bbe71a5a59f2453428857d4081ed268b38ab95183f1a5db07e747e73"


def test_what_is_empty_is_left_out_and_what_is_not_is_there() -> None:
    _, state = encode("AS-1", 2, FACT, FULL)

    _, head, _ = split(state)
    assert head == HEAD + (
        ',"on_behalf_of":"王芳","correlation":"x-1","causation":"y-2","reason":"赶\\n时间",'
        '"flags":["later-than-recorded"]}'
    ).encode()
    assert decode("AS-1", 2, "acknowledged", state).envelope == FULL


def test_the_digest_can_be_recomputed_with_nothing_but_sha256() -> None:
    digest, state = encode("工单-1", 2, FACT, PLAIN)

    _, _, rest = state.partition(b"\n")
    assert digest == sha256(b"\0".join(["工单-1".encode(), b"2", b"acknowledged", rest])).hexdigest()


@pytest.mark.parametrize(
    "column",
    [("AS-2", 2, "acknowledged", HEAD, BODY), ("AS-1", 3, "acknowledged", HEAD, BODY), ("AS-1", 2, "amended", HEAD, BODY),
     ("AS-1", 2, "acknowledged", HEAD + b" ", BODY), ("AS-1", 2, "acknowledged", HEAD, BODY + b" ")],
    ids=["ticket", "version", "kind", "envelope", "fact"],
)  # fmt: skip
def test_every_column_is_in_the_digest(column: tuple[str, int, str, bytes, bytes]) -> None:
    assert digest_of(*column) != digest_of("AS-1", 2, "acknowledged", HEAD, BODY)


def _state(head: bytes = HEAD + b"}", body: bytes = BODY) -> bytes:
    return b"%s\n%s\n%s" % (b"a" * 64, head, body)


UNREADABLE = {
    "unknown kind": ("teleported", _state(), "unknown kind 'teleported'"),
    "a python path": ("os:system", _state(), "unknown kind 'os:system'"),
    "unknown field": ("acknowledged", _state(body=b'{"colour":"red"}'), "validation error"),
    "wrong type": ("acknowledged", _state(body=b'{"note":7}'), "validation error"),
    "no JSON": ("acknowledged", _state(body=b"{"), "validation error"),
    "empty": ("acknowledged", b"", ""),
    "one line": ("acknowledged", b"a" * 64, ""),
    "two lines": ("acknowledged", b"a" * 64 + b"\n" + HEAD + b"}", ""),
    "bytes": ("acknowledged", bytes(range(256)), ""),
    "newer shape": ("acknowledged", _state(head=HEAD + b',"shape":9}'), "acknowledged shape 9 is newer than 1"),
    "shape that never was": ("acknowledged", _state(head=HEAD + b',"shape":0}'), "('acknowledged', 0)"),
    "no time": ("acknowledged", _state(head=HEAD.replace(b"2026-11-02T09:30:00+08:00", b"soon") + b"}"), ""),
}


@pytest.mark.parametrize(("kind", "state", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_row_that_cannot_be_read_is_named(kind: str, state: bytes, reason: str) -> None:
    with pytest.raises(StoredFactUnreadable) as caught:
        decode("AS-1", 3, kind, state)

    facts = caught.value.facts
    assert (facts["ticket"], facts["version"], facts["kind"]) == ("AS-1", 3, kind)
    assert reason in facts["reason"]
    assert facts["reason"]
    for said in (caught.value.sentence("zh"), str(caught.value)):
        assert "AS-1" in said
        assert "3" in said


def test_an_envelope_that_is_not_ours_is_named_when_it_is_read() -> None:
    torn = HEAD.replace(b'"actor":"li-na",', b"") + b"}"

    with pytest.raises(StoredFactUnreadable) as caught:
        assert decode("AS-1", 3, "acknowledged", _state(head=torn)).envelope.actor

    assert (caught.value.facts["ticket"], caught.value.facts["version"]) == ("AS-1", 3)


def test_the_times_of_a_row_are_those_of_its_envelope() -> None:
    row = ("AS-1", 3, "acknowledged", _state(), 1)
    envelope = decode(*row).envelope

    assert times_of(row) == (envelope.occurred_at, envelope.recorded_at)


def test_times_that_stand_elsewhere_are_found_and_times_that_are_none_are_named() -> None:
    at, rest = b'"occurred_at":"2026-11-02T09:30:00+08:00"', b',"actor"'
    assert HEAD.startswith(b"{" + at)
    apart = HEAD.replace(at, at + b',"channel":"phone"', 1) + b"}"
    assert rest in apart
    row = ("AS-1", 3, "acknowledged", _state(head=apart), 1)
    assert times_of(row) == times_of(("AS-1", 3, "acknowledged", _state(), 1))

    for state in (b"", _state(head=HEAD.replace(b'"recorded_at":"', b'"recorded_at":"soon') + b"}")):
        with pytest.raises(StoredFactUnreadable) as caught:
            times_of(("AS-1", 3, "acknowledged", state, 1))
        assert (caught.value.facts["ticket"], caught.value.facts["version"]) == ("AS-1", 3)


@pytest.mark.parametrize("kind", ["this:flash", "antigravity", "antigravity:fly", "idlelib.idle:main"])
def test_a_row_that_names_a_module_imports_nothing(kind: str) -> None:
    module = kind.partition(":")[0]
    before = set(sys.modules)
    assert module not in before

    with pytest.raises(StoredFactUnreadable):
        decode("AS-1", 1, kind, _state())

    assert module not in sys.modules
    assert set(sys.modules) == before


_STEPS = {
    ("departed", 1): lambda old: {**old, "crew": old["crew"].split("+")},
    ("departed", 2): lambda old: {"visit": len(old["crew"])},
}


def test_an_old_shape_is_brought_up_step_by_step() -> None:
    assert upcast("departed", 1, {"crew": "a+b"}, 3, _STEPS) == {"visit": 2}
    assert upcast("departed", 2, {"crew": ["a"]}, 3, _STEPS) == {"visit": 1}
    assert upcast("departed", 3, {"visit": 4}, 3, _STEPS) == {"visit": 4}


def test_a_fact_of_an_old_shape_is_read_as_one_of_today() -> None:
    steps = {("departed", 0): lambda old: {"visit": old["no"]}}

    assert fact_of("departed", 0, b'{"no":7}', steps) == visit.Departed(visit=7)


def test_a_step_that_is_missing_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        upcast("departed", 0, {}, 3, _STEPS)
    with pytest.raises(KeyError, match="newer"):
        upcast("departed", 4, {}, 3, _STEPS)
