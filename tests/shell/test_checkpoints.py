"""Checkpoints and proofs: what hashes inside a ledger cannot show, somebody can who kept a few lines elsewhere."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.rules.strategies import Life

from aftersales_core import Desk
from aftersales_core.audit import (
    Checkpoint,
    Report,
    Row,
    check,
    checkpoint,
    compare,
    export_line,
    opened,
    prove,
    read_checkpoint,
    read_export,
    signed,
    verify,
)
from aftersales_core.audit.tree import Growing, leads_to, leaf_of, path_of, root_of
from aftersales_core.codec import digest_of, split
from aftersales_core.errors import BadInput, StoredFactUnreadable, UnknownTicket
from aftersales_core.ledger import Ledger, MemoryRecorder
from aftersales_ed25519 import SigningKey, VerifyingKey

AT = datetime(2026, 11, 26, 18, tzinfo=timezone(timedelta(hours=8)))
ORIGIN = "dealer.example/after-sales"
KEY = SigningKey.new(ORIGIN)


@cache
def rows() -> tuple[Row, ...]:
    """Three tickets whose facts were written in turn."""
    ledger = Ledger(MemoryRecorder())
    lives = [Life(number, ledger=ledger) for number in ("AS-1", "工单-2", "AS-3")]
    for life in lives:
        life.do("report", category="repair", customer="王芳", phone="13812345678", problem="门歪")
    for life in lives:
        life.do("acknowledge", note="已联系")
    lives[0].do("cancel", reason="不修了")
    return tuple(ledger.raw())


def of(ticket: str) -> list[Row]:
    return [row for row in rows() if row[0] == ticket]


def taken(size: int | None = None) -> Checkpoint:
    return checkpoint(rows()[:size], ORIGIN, AT)


# --- the tree


@pytest.mark.parametrize(
    ("size", "root"),
    [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
        (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
        (4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"),
        (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
        (6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"),
        (7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_the_root_is_that_of_the_examples_of_certificate_transparency(size: int, root: str) -> None:
    entries = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]

    assert root_of(leaf_of(bytes.fromhex(entry)) for entry in entries[:size]).hex() == root


def as_defined(leaves: list[bytes]) -> bytes:
    """RFC 6962, 2.1, as it is written there."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"").digest()
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\1" + as_defined(leaves[:half]) + as_defined(leaves[half:])).digest()


@given(st.lists(st.binary(max_size=3), max_size=70))
def test_the_root_is_as_the_standard_defines_it_and_every_path_leads_there(contents: list[bytes]) -> None:
    leaves = [leaf_of(each) for each in contents]
    root = as_defined(leaves)

    assert root_of(leaves) == root
    for index, leaf in enumerate(leaves):
        assert leads_to(leaf, index, len(leaves), path_of(leaves, index)) == root


@given(st.integers(1, 40), st.data())
def test_no_path_leads_from_another_place_or_with_another_hash(size: int, data: st.DataObject) -> None:
    leaves = [leaf_of(b"%d" % each) for each in range(size)]
    root, index = root_of(leaves), data.draw(st.integers(0, size - 1))
    path = path_of(leaves, index)
    other = data.draw(st.integers(-1, size).filter(lambda each: each != index))

    assert leads_to(leaves[index], other, size, path) != root
    assert leads_to(leaf_of(b"another"), index, size, path) != root
    assert leads_to(leaves[index], index, size, [*path, root]) is None
    if path:
        assert leads_to(leaves[index], index, size, path[:-1]) is None
    with pytest.raises(IndexError):
        path_of(leaves, size)


def test_a_growing_tree_tells_its_root_at_every_size() -> None:
    leaves = [leaf_of(b"%d" % each) for each in range(20)]
    tree = Growing()
    for at, leaf in enumerate(leaves, 1):
        tree.add(leaf)

        assert (tree.size, tree.root()) == (at, root_of(leaves[:at]))


# --- checkpoints


def test_a_checkpoint_is_five_lines_that_are_read_back() -> None:
    found = taken()
    lines = found.text.split("\n")

    assert (lines[0], lines[1], len(lines), lines[-1]) == (ORIGIN, "7", 6, "")
    assert lines[3].startswith("streams 3 ")
    assert lines[4] == "taken-at 2026-11-26T18:00:00+08:00"
    assert read_checkpoint(found.text) == found


def test_the_leaves_are_what_anybody_can_compute_from_an_export() -> None:
    digests = [bytes.fromhex(json.loads(export_line(row))["digest"]) for row in rows()]
    heads = {row[0]: b"%s\0%d\0%s" % (row[0].encode(), row[1], digest) for row, digest in zip(rows(), digests, strict=True)}

    assert taken().root == as_defined([sha256(b"\0" + digest).digest() for digest in digests])
    assert taken().standing == as_defined([sha256(b"\0" + heads[number]).digest() for number in sorted(heads)])


def changed_lines(text: str) -> Iterator[str]:
    lines = text.splitlines()
    yield ""
    yield "\n".join(lines)
    yield text + "more 1\n"
    for at, other in ((1, "07"), (1, "x"), (1, "-7"), (2, "AAAA"), (2, lines[2][:-1]), (3, "streams 3"), (3, "rivers 3 x"), (4, "taken-at today"),
                      (4, "taken-at 2026-11-26T18:00:00"), (4, "taken-at 2026-11-26 18:00:00+08:00")):  # fmt: skip
        yield "".join(f"{line}\n" for line in [*lines[:at], other, *lines[at + 1 :]])


@pytest.mark.parametrize("text", list(changed_lines(taken().text)))
def test_what_is_not_written_as_a_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_checkpoint(text)
    assert caught.value.code == "bad-checkpoint"


@pytest.mark.parametrize("origin", ["", " ", "a\nb", "a\u2028b", " a"])
def test_an_origin_is_one_line(origin: str) -> None:
    with pytest.raises(BadInput) as caught:
        checkpoint([], origin, AT)
    assert caught.value.code == "bad-origin"


def test_nothing_is_taken_of_rows_that_are_not_ours() -> None:
    with pytest.raises(StoredFactUnreadable):
        checkpoint([("AS-1", 1, "reported", b"no three lines", 1)], ORIGIN, AT)


def test_a_ledger_that_went_on_is_still_what_its_checkpoints_say() -> None:
    found = list(compare(rows(), [taken(), taken(4), taken(0)]))

    assert [(each.checkpoint.size, each.code, each.facts, each.sound) for each in found] == [(0, None, 7, 0), (4, None, 7, 0), (7, None, 7, 4)]


def forged(row: Row) -> Row:
    """A row with another content under a digest that fits it."""
    ticket, version, kind, state, position = row
    _digest, head, body = split(state.replace("门歪".encode(), "门好".encode()).replace("已联系".encode(), "未联系".encode()))
    return ticket, version, kind, b"%s\n%s\n%s" % (digest_of(ticket, version, kind, head, body).encode(), head, body), position


def swapped(found: list[Row]) -> list[Row]:
    return [found[1], found[0], *found[2:]]


@pytest.mark.parametrize(
    ("change", "code", "sound"),
    [
        (lambda found: found[:-1], "checkpoint-cut-short", 4),
        (lambda found: [], "checkpoint-cut-short", 0),
        (lambda found: [*found[:2], *found[3:], found[3]], "checkpoint-differs", 0),
        (lambda found: [forged(found[0]), *found[1:]], "checkpoint-differs", 0),
        (lambda found: [*found[:5], forged(found[5]), *found[6:]], "checkpoint-differs", 4),
        (lambda found: [found[0], ("AS-9", *found[1][1:]), *found[2:]], "checkpoint-differs", 0),
        (swapped, "checkpoint-differs", 0),
        (lambda found: [("AS-1", 1, "reported", b"no three lines", 1), *found[1:]], "checkpoint-differs", 0),
    ],
    ids=["end-cut", "all-gone", "one-out", "first-forged", "later-forged", "renumbered", "swapped", "broken"],
)  # fmt: skip
def test_whatever_was_changed_since_is_found(change: Callable[[list[Row]], list[Row]], code: str, sound: int) -> None:
    *_others, last = compare(change(list(rows())), [taken(4), taken()])

    assert (last.code, last.sound) == (code, sound)


def test_a_checkpoint_that_lies_about_where_tickets_stand_is_found() -> None:
    (found,) = compare(rows(), [taken()._replace(standing=bytes(32))])

    assert found.code == "checkpoint-streams-differ"


def test_what_verification_cannot_see_a_checkpoint_shows(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    with Desk.open(f"sqlite:///{file}") as desk:
        desk.import_(map(export_line, rows()))
        before = desk.checkpoint(ORIGIN)
    with closing(sqlite3.connect(file)) as db, db:
        triggers = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        for name in triggers:
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("DELETE FROM stored_events WHERE originator_id = 'AS-1' AND originator_version = 3")

    with Desk.open(f"sqlite:///{file}") as desk:
        assert list(desk.verify(Report())) == []
        (found,) = desk.compare([before])
        assert (found.code, found.facts) == ("checkpoint-cut-short", 6)


def test_every_store_has_the_same_checkpoint_also_after_an_export_came_in(ledger: Ledger) -> None:
    ledger.restore(read_export(map(export_line, rows())))

    assert checkpoint(ledger.raw(), ORIGIN, AT) == taken()


def test_a_checkpoint_of_old_facts_stays_what_it_was() -> None:
    lines = (Path(__file__).parents[1] / "golden" / "installation.jsonl").read_text("utf-8").splitlines()
    ledger = Ledger(MemoryRecorder())
    ledger.restore(read_export(lines))
    told = (Path(__file__).parents[1] / "golden" / "installation.checkpoint.txt").read_text("utf-8")

    assert checkpoint(ledger.raw(), ORIGIN, AT).text == told


# --- signatures


def test_a_note_of_the_standard_is_read_and_made_again() -> None:
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    note = text + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    private = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"

    assert opened(note, [VerifyingKey.read(public)]) == (text, ["PeterNeumann"])
    assert signed(text, SigningKey.read(private)) == note
    assert (str(SigningKey.read(private).public), SigningKey.read(private).line()) == (public, private)


def test_several_sign_and_strangers_are_passed_over() -> None:
    auditor, stranger = SigningKey.new("auditor.example"), SigningKey.new("stranger.example")
    note = signed(taken().text, KEY, auditor, stranger)

    assert opened(note) == (taken().text, [])
    assert opened(note, [auditor.public, KEY.public]) == (taken().text, [ORIGIN, "auditor.example"])
    assert opened(taken().text) == (taken().text, [])


def test_a_changed_text_a_strange_key_and_no_signature_are_told_apart() -> None:
    note = signed(taken().text, KEY)
    other = SigningKey.new(ORIGIN)
    for text, by, code in (
        (note.replace("\n7\n", "\n8\n"), KEY, "signature-wrong"),
        (note, other, "not-signed"),  # of the same name, and another key
        (taken().text, KEY, "not-signed"),
        (f"{taken().text}\n", KEY, "bad-checkpoint"),
        (f"{note}and more\n", KEY, "bad-checkpoint"),
        (f"{taken().text}\n— {ORIGIN} !!\n", KEY, "bad-checkpoint"),
        (f"{taken().text}\n— {ORIGIN} AAAA\n", KEY, "bad-checkpoint"),
        ("", KEY, "bad-checkpoint"),
    ):
        with pytest.raises(BadInput) as caught:
            opened(text, [by.public])
        assert caught.value.code == code


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\nb"])
def test_a_key_has_a_name_that_fits_on_its_line(name: str) -> None:
    with pytest.raises(BadInput) as caught:
        SigningKey.new(name)
    assert caught.value.code == "bad-key-name"


def test_what_is_no_key_is_refused_and_halves_are_told_apart() -> None:
    public, private = str(KEY.public), KEY.line()
    hint = KEY.hint.hex()
    for read, line, code in (
        (VerifyingKey.read, private, "key-signs"),
        (SigningKey.read, public, "key-checks-only"),
        (SigningKey.read, taken().text, "bad-key"),
        (VerifyingKey.read, "x", "bad-key"),
        (VerifyingKey.read, public.replace(hint, "00000000"), "bad-key"),
        (SigningKey.read, private.replace(hint, "00000000"), "bad-key"),
        (VerifyingKey.read, public[:-4], "bad-key"),
        (SigningKey.read, "PRIVATE+KEY+", "bad-key"),
    ):
        with pytest.raises(BadInput) as caught:
            read(line)
        assert caught.value.code == code


# --- one ticket, carried away


def proof(ticket: str = "AS-1", size: int | None = None) -> list[str]:
    return list(prove(rows(), ticket, of(ticket), signed(taken(size).text, KEY)))


@pytest.mark.parametrize("ticket", ["AS-1", "工单-2", "AS-3"])
def test_a_ticket_is_proved_without_its_ledger(ticket: str) -> None:
    found = check(proof(ticket), [KEY.public])

    assert [(e.version, e.digest) for e in found.entries] == [(row[1], row[3][:64].decode()) for row in of(ticket)]
    assert (found.ticket, found.checkpoint, found.signers) == (ticket, taken(), [ORIGIN])


def test_nothing_of_other_tickets_is_in_it() -> None:
    assert "工单-2" not in "".join(proof("AS-1"))


def test_it_is_proved_as_it_was_then() -> None:
    found = check(proof("AS-1", 4))

    assert [entry.version for entry in found.entries] == [1, 2]
    assert check(proof("AS-3", 4)).entries[-1].version == 1


def test_facts_that_are_left_out_changed_or_put_in_are_found() -> None:
    lines = proof("AS-1")
    other = proof("AS-3")
    _old, *later = [export_line(forged(row)) for row in of("AS-1")]
    for broken, code in (
        (lines[:-1], "proof-incomplete"),
        ([lines[0], *lines[2:]], "proof-broken"),
        ([*lines, lines[-1]], "proof-broken"),
        ([lines[0], lines[2], lines[1], *lines[3:]], "proof-broken"),
        ([lines[0], *other[1:]], "proof-broken"),
        ([lines[0].replace('"AS-1"', '"AS-3"'), *other[1:]], "proof-incomplete"),
        ([*lines[:2], later[0], *lines[3:]], "proof-broken"),
        ([*lines[:2], lines[2].replace("已联系", "未联系"), *lines[3:]], "bad-export"),
        (lines[:1], "bad-proof"),
        ([], "bad-proof"),
        (["{}"], "bad-proof"),
        (["[]"], "bad-proof"),
        ([lines[0].replace("proof-1", "proof-2"), *lines[1:]], "bad-proof"),
        ([lines[0].replace('"index":0', '"index":"0"'), *lines[1:]], "bad-proof"),
        ([lines[0].replace('"index":0', '"index":1'), *lines[1:]], "proof-incomplete"),
    ):
        with pytest.raises(BadInput) as caught:
            check(broken, [KEY.public])
        assert caught.value.code == code, broken


@pytest.mark.parametrize("line", ["[" * 100_000, '{"path":' * 50_000])
def test_what_is_nested_without_end_is_no_proof(line: str) -> None:
    with pytest.raises(BadInput) as caught:
        check([line])
    assert caught.value.code == "bad-proof"


def test_half_a_character_in_a_note_is_no_signature_of_it() -> None:
    note = signed(taken().text, KEY).replace("streams", "\ud800streams")
    with pytest.raises(BadInput) as caught:
        opened(note, [KEY.public])
    assert caught.value.code == "signature-wrong"


def test_no_ledger_is_as_large_as_a_checkpoint_may_say() -> None:
    text = taken().text.replace("\n7\n", f"\n{10**30}\n")
    with pytest.raises(BadInput) as caught:
        read_checkpoint(text)
    assert caught.value.code == "bad-checkpoint"


def test_a_proof_under_somebody_elses_checkpoint_is_worth_what_his_signature_is() -> None:
    lone = [row for row in rows() if row[0] != "工单-2"]
    own = SigningKey.new("somebody.example")
    lines = list(prove(lone, "AS-1", of("AS-1"), signed(checkpoint(lone, ORIGIN, AT).text, own)))

    assert check(lines).signers == []
    assert check(lines, [own.public]).signers == ["somebody.example"]
    with pytest.raises(BadInput) as caught:
        check(lines, [KEY.public])
    assert caught.value.code == "not-signed"


def test_nothing_is_proved_under_a_checkpoint_that_is_not_of_this_ledger_nor_of_a_ticket_that_came_later() -> None:
    elsewhere = [forged(rows()[0]), *rows()[1:]]
    with pytest.raises(BadInput) as caught:
        list(prove(elsewhere, "AS-1", of("AS-1"), taken().text))
    assert caught.value.code == "checkpoint-not-ours"
    with pytest.raises(UnknownTicket):
        list(prove(rows(), "AS-3", of("AS-3"), taken(2).text))


def test_the_desk_takes_compares_and_proves_with_its_own_clock_and_tells_how_far_it_is(url: str) -> None:
    seen: list[tuple[int, int]] = []
    with Desk.open(url, clock=lambda: AT.astimezone(UTC)) as desk:
        desk.import_(map(export_line, rows()))
        found = desk.checkpoint(ORIGIN, lambda *told: seen.append(told))
        assert (found.taken_at, found.root) == (AT, taken().root)
        assert [each.code for each in desk.compare([found])] == [None]
        assert check(desk.prove("AS-1", found.text)).entries == list(desk.history("AS-1"))
        assert list(verify(desk.rows(), Report())) == []
    assert seen == []  # too few facts to tell of
