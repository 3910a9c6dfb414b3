"""导出: the ledger as JSON Lines, one fact a line, to be carried away, checked elsewhere and brought back.

A line holds the stored text of envelope and fact, so that the digest can be recomputed from the line alone with
nothing but SHA-256: over ticket NUL version NUL kind NUL envelope LF fact.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from aftersales_core.codec import Row, digest_of, split
from aftersales_core.errors import BadInput, StoredFactUnreadable


class ExportLine(NamedTuple):
    """A row read back from an export."""

    ticket: str
    version: int
    kind: str
    state: bytes
    command_id: str


def export_line(row: Row) -> str:
    """One row as one line of JSON, without the line break. Raises StoredFactUnreadable for a row that is not ours."""
    ticket, version, kind, state, position = row
    try:
        digest, head, body = split(state)
        envelope, fact = head.decode(), body.decode()
    except ValueError as problem:
        facts = {"ticket": ticket, "version": version, "kind": kind, "reason": str(problem)}
        raise StoredFactUnreadable("fact-unreadable", facts) from problem
    return (
        f'{{"position":{position},"ticket":{json.dumps(ticket, ensure_ascii=False)},"version":{version},'
        f'"kind":"{kind}","digest":"{digest}","envelope":{envelope},"fact":{fact}}}'
    )


def read_export(lines: Iterable[str]) -> Iterator[ExportLine]:
    """Rows from the lines of an export.

    Raises:
        BadInput: `bad-export` naming the line, where it is not JSON, not ours, or its digest does not fit.
    """
    for at, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            head, body = _compact(found["envelope"]), _compact(found["fact"])
            ticket, version, kind, digest = found["ticket"], int(found["version"]), found["kind"], found["digest"]
            command_id = found["envelope"]["command_id"]
        except (ValueError, KeyError, TypeError) as problem:
            raise BadInput("bad-export", line=at, reason=f"not a line of an export ({problem})") from None
        if digest_of(ticket, version, kind, head, body) != digest:
            raise BadInput("bad-export", line=at, reason=f"the digest of {ticket} fact {version} does not fit")
        yield ExportLine(ticket, version, kind, b"%s\n%s\n%s" % (digest.encode(), head, body), command_id)


def _compact(value: object) -> bytes:
    """JSON the way pydantic-core writes it, so that the stored bytes come back as they were."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
