"""存证: a few lines that hold a whole ledger to what it is now.

Hashes link the facts of a ticket, so nobody can change one in the middle. Whoever may write to the file could still cut a ticket
short, or write everything anew with hashes that fit. A checkpoint that lies elsewhere shows it:

    dealer.example/after-sales        whose ledger
    7576                              how many facts
    cWXp…                             a hash over all of them, in the order they were written
    streams 331 9sxk…                 how many tickets and logs, and a hash over where each of them stands
    taken-at 2026-11-26T18:00:00+08:00

It is the text of a C2SP tlog checkpoint over an RFC 6962 tree whose leaves are the digests of facts. The tree over streams has
a leaf for each in order of their numbers: number, version and digest of its last fact. So it can be shown of one ticket that
its facts are all there were, without showing any other.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import NamedTuple

from aftersales_core.audit.export import HIGHEST
from aftersales_core.audit.tree import Growing, Hash, leaf_of, root_of
from aftersales_core.codec import Row, digest_by
from aftersales_core.errors import BadInput, StoredFactUnreadable


class Head(NamedTuple):
    """Where a stream stands: its version and the digest of its last fact."""

    version: int
    digest: bytes


class Checkpoint(NamedTuple):
    """What a ledger was at a moment.

    Attributes:
        origin: whose ledger, e.g. `dealer.example/after-sales`.
        size: facts.
        root: the hash over their digests.
        streams: tickets and logs; `standing` is the hash over where they stand.
    """

    origin: str
    size: int
    root: Hash
    streams: int
    standing: Hash
    taken_at: datetime

    @property
    def text(self) -> str:
        """As it is written down, each line with its break."""
        return (
            f"{self.origin}\n{self.size}\n{_b64(self.root)}\nstreams {self.streams} {_b64(self.standing)}\n"
            f"taken-at {self.taken_at.isoformat()}\n"
        )


class Compared(NamedTuple):
    """What a ledger is beside a checkpoint.

    Attributes:
        code: why it is not what it was, with its sentence in the wording; None where it is.
        facts: facts there are.
        sound: of so many facts at the beginning an earlier checkpoint says that they are what they were.
    """

    checkpoint: Checkpoint
    code: str | None
    facts: int
    sound: int


def checkpoint(rows: Iterable[Row], origin: str, taken_at: datetime) -> Checkpoint:
    """A checkpoint of *rows*, which come in the order they were written.

    Raises:
        BadInput: `bad-origin`, it is no single line of text.
        StoredFactUnreadable: a row is not ours.
    """
    if not origin.strip() or len(origin.splitlines()) != 1 or origin.strip() != origin:
        raise BadInput("bad-origin", value=origin)
    ledger = _Ledger()
    for row in rows:
        ledger.add(row)
    return ledger.at(origin, taken_at)


def read_checkpoint(text: str) -> Checkpoint:
    """A checkpoint from its text.

    Raises:
        BadInput: `bad-checkpoint`; it is none, or one of another program, which does not say where each ticket stands.
    """
    try:
        origin, size, root, *more = text.splitlines()
        told = dict(line.split(" ", 1) for line in more)
        streams, standing = told["streams"].split(" ")
        found = Checkpoint(
            origin, int(size), _hash(root), int(streams), _hash(standing), datetime.fromisoformat(told["taken-at"])
        )
    except (ValueError, KeyError):
        raise BadInput("bad-checkpoint") from None
    if found.text != text or found.taken_at.tzinfo is None or not 0 <= found.streams <= found.size <= HIGHEST:
        raise BadInput("bad-checkpoint")
    return found


def compare(rows: Iterable[Row], checkpoints: Sequence[Checkpoint]) -> Iterator[Compared]:
    """Whether the ledger of *rows*, in the order they were written, began as each of *checkpoints* says; in order of size.

    A row that is not ours is none that a checkpoint was taken of; what it is says `verify`.
    """
    ledger = _Ledger()
    left = iter(rows)
    sound = 0
    judged = []
    for each in sorted(checkpoints, key=lambda each: each.size):
        while ledger.tree.size < each.size and (row := next(left, None)) is not None:
            try:
                ledger.add(row)
            except StoredFactUnreadable:
                ledger.tree.add(b"")
        code = _difference(each, ledger)
        judged.append((each, code, sound))
        sound = each.size if code is None else sound
    facts = ledger.tree.size + sum(1 for _row in left)
    for each, code, before in judged:
        yield Compared(each, code, facts, before)


def _difference(said: Checkpoint, ledger: _Ledger) -> str | None:
    if ledger.tree.size < said.size:
        return "checkpoint-cut-short"
    if ledger.tree.root() != said.root:
        return "checkpoint-differs"
    if (len(ledger.heads), ledger.standing()) != (said.streams, said.standing):
        return "checkpoint-streams-differ"
    return None


def heads_at(rows: Iterable[Row], said: Checkpoint) -> dict[str, Head]:
    """Where every stream stood at a checkpoint of *rows*, which come in the order they were written.

    Raises:
        BadInput: `checkpoint-not-ours`, it is of others.
        StoredFactUnreadable: a row is not ours.
    """
    ledger = _Ledger()
    for row in islice(rows, said.size):
        ledger.add(row)
    if _difference(said, ledger) is not None:
        raise BadInput("checkpoint-not-ours", size=said.size)
    return ledger.heads


def leaf_of_stream(number: str, head: Head) -> Hash:
    """The leaf of a stream in the tree over where they stand: number, version and digest, between zero bytes."""
    return leaf_of(b"%s\0%d\0%s" % (number.encode(), head.version, head.digest))


def leaves_of(heads: dict[str, Head]) -> list[Hash]:
    """The leaves of all streams, in order of their numbers."""
    return [leaf_of_stream(number, heads[number]) for number in sorted(heads)]


class _Ledger:
    """What was seen of a ledger so far."""

    def __init__(self) -> None:
        self.tree = Growing()
        self.heads: dict[str, Head] = {}

    def add(self, row: Row) -> None:
        number, version, kind, _state, _position = row
        try:
            digest = digest_by(row)
        except (ValueError, TypeError, AttributeError) as problem:
            facts = {"ticket": number, "version": version, "kind": kind, "reason": str(problem)}
            raise StoredFactUnreadable("fact-unreadable", facts) from problem
        self.tree.add(leaf_of(digest))
        self.heads[number] = Head(version, digest)

    def standing(self) -> Hash:
        return root_of(leaves_of(self.heads))

    def at(self, origin: str, taken_at: datetime) -> Checkpoint:
        return Checkpoint(origin, self.tree.size, self.tree.root(), len(self.heads), self.standing(), taken_at)


def _b64(content: bytes) -> str:
    return b64encode(content).decode()


def _hash(text: str) -> Hash:
    found = b64decode(text, validate=True)
    if len(found) != 32:
        raise ValueError(f"{text!r} is no hash")
    return found
