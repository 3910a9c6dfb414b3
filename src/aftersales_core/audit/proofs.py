"""凭证: one ticket to carry away, with what shows that these are all its facts and that none was changed since.

A file of lines. The first is JSON: the checkpoint as it was signed, and the few hashes that lead from where the ticket stands to
the checkpoint's hash over all streams. The others are the ticket's lines of an export, up to that checkpoint. Whoever trusts the
checkpoint, because he has it from elsewhere or knows the signature, needs neither the ledger nor its owner, and sees no other ticket.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from aftersales_core.audit.checkpoints import (
    Checkpoint,
    Head,
    heads_at,
    leaf_of_stream,
    leaves_of,
    read_checkpoint,
)
from aftersales_core.audit.export import export_line, read_export
from aftersales_core.audit.notes import Verifier, opened
from aftersales_core.audit.tree import leads_to, path_of
from aftersales_core.codec import GENESIS, Row, decode
from aftersales_core.errors import BadInput, StoredFactUnreadable, UnknownTicket
from aftersales_core.facts import Entry

FORMAT: Final = "aftersales-proof-1"


class Proven(NamedTuple):
    """What a proof shows: that *entries* were the whole history of *ticket* when the checkpoint was taken.

    Attributes:
        signers: who signed the checkpoint, of those whose keys were given.
    """

    ticket: str
    entries: list[Entry]
    checkpoint: Checkpoint
    signers: list[str]


def prove(rows: Iterable[Row], ticket: str, facts: Sequence[Row], note: str) -> Iterator[str]:
    """The lines of a proof, without line breaks.

    Args:
        rows: of the ledger, in the order they were written.
        facts: those of *ticket*, in order.
        note: a checkpoint, signed or not.

    Raises:
        BadInput: `bad-checkpoint`, or `checkpoint-not-ours`: the ledger is not what the checkpoint says.
        UnknownTicket: the ticket had no facts then.
    """
    said = read_checkpoint(opened(note)[0])
    heads = heads_at(rows, said)
    if ticket not in heads:
        raise UnknownTicket("unknown-ticket", ticket=ticket)
    index = sorted(heads).index(ticket)
    path = [b64encode(each).decode() for each in path_of(leaves_of(heads), index)]
    yield json.dumps(
        {"format": FORMAT, "ticket": ticket, "checkpoint": note, "index": index, "path": path},
        ensure_ascii=False, separators=(",", ":"),
    )  # fmt: skip
    yield from map(export_line, facts[: heads[ticket].version])


def check(lines: Iterable[str], verifiers: Sequence[Verifier] = ()) -> Proven:
    """What the lines of a proof show; with *verifiers* one of them has to have signed.

    Raises:
        BadInput: `bad-proof`, it is none; `proof-broken` from a fact on; `proof-incomplete`, the ticket stood elsewhere when the
            checkpoint was taken; what `opened` and `read_checkpoint` raise; `bad-export` for a line of the ticket.
    """
    left = iter(lines)
    try:
        told = json.loads(next(left, ""))
        form, ticket, note, index = told["format"], told["ticket"], told["checkpoint"], told["index"]
        path = [b64decode(each, validate=True) for each in told["path"]]
        if form != FORMAT or type(index) is not int or not isinstance(ticket, str) or not isinstance(note, str):
            raise ValueError(form)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise BadInput("bad-proof") from None
    text, signers = opened(note, verifiers)
    said = read_checkpoint(text)
    entries = _linked(ticket, left)
    head = Head(entries[-1].version, bytes.fromhex(entries[-1].digest))
    if leads_to(leaf_of_stream(ticket, head), index, said.streams, path) != said.standing:
        raise BadInput("proof-incomplete", ticket=ticket, version=head.version, taken_at=said.taken_at)
    return Proven(ticket, entries, said, signers)


def _linked(ticket: str, lines: Iterator[str]) -> list[Entry]:
    """The entries of lines of an export, each of which has to follow on the one before."""
    entries: list[Entry] = []
    head = GENESIS
    for version, line in enumerate(read_export(lines), 1):
        try:
            entry = decode(line.ticket, line.version, line.kind, line.state)
            follows = (line.ticket, line.version, entry.envelope.prev) == (ticket, version, head)
        except StoredFactUnreadable:
            follows = False
        if not follows:
            raise BadInput("proof-broken", ticket=ticket, version=version)
        head = entry.digest
        entries.append(entry)
    if not entries:
        raise BadInput("bad-proof")
    return entries
