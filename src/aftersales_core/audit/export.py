"""导出: the ledger as JSON Lines, one fact a line, to be carried away, checked elsewhere and brought back.

A line holds the stored text of envelope and fact, so that the digest can be recomputed from the line alone with
nothing but SHA-256: over ticket NUL version NUL kind NUL envelope LF fact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Final, NamedTuple

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


HIGHEST: Final = 2**63 - 1
"""No database holds a greater version."""

_TEXT: Final = r'"((?:[^"\\\x00-\x1f]|\\.)*)"'
# a quotation mark inside a JSON text is escaped, so what stands between two fields can only stand there
_OURS: Final = re.compile(
    rf'\{{"position":[0-9]+,"ticket":{_TEXT},"version":([1-9][0-9]{{0,17}}),"kind":"([a-z-]+)","digest":"([0-9a-f]{{64}})",'
    r'"envelope":(\{.*?\}),"fact":(\{.*\})\}\s*'
)
_COMMAND: Final = re.compile(rf'"command_id":{_TEXT}')


def read_export(lines: Iterable[str]) -> Iterator[ExportLine]:
    """Rows from the lines of an export.

    Raises:
        BadInput: `bad-export` naming the line, where it is not JSON, not ours, or its digest does not fit.
    """
    for at, line in enumerate(lines, 1):
        if (found := _as_written(line)) is not None:
            yield found
        elif line.strip():
            yield _at_length(at, line)


def _as_written(line: str) -> ExportLine | None:
    """A line just as `export_line` writes it, proved by its digest; None where anything is unlike, right or wrong."""
    found = _OURS.fullmatch(line)
    if found is None:
        return None
    ticket, version, kind, digest, envelope, fact = found.groups()
    command = _COMMAND.search(envelope)
    # said twice, or in something within, it is for the long way to say which one counts
    if command is None or "\\" in ticket or "\\" in command[1] or envelope.count('command_id"') != 1:
        return None
    try:
        rest = f"{envelope}\n{fact}".encode()
        if sha256(f"{ticket}\0{version}\0{kind}\0".encode() + rest).hexdigest() != digest:
            return None
    except UnicodeEncodeError:  # half a character is no text of ours
        return None
    return ExportLine(ticket, int(version), kind, b"%s\n%s" % (digest.encode(), rest), command[1])


def _at_length(at: int, line: str) -> ExportLine:
    """A line in whatever way its JSON is written."""
    try:
        found = json.loads(line)
        head, body = _compact(found["envelope"]), _compact(found["fact"])
        ticket, version, kind, digest = found["ticket"], int(found["version"]), found["kind"], found["digest"]
        command_id = found["envelope"]["command_id"]
        if not isinstance(command_id, str):
            raise TypeError(f"its command_id is {command_id!r}")
        if version > HIGHEST:
            raise ValueError(f"there is no fact {version}")
        fits = digest_of(ticket, version, kind, head, body) == digest
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as problem:
        raise BadInput("bad-export", line=at, reason=f"not a line of an export ({problem})") from None
    if not fits:
        raise BadInput("bad-export", line=at, reason=f"the digest of {ticket} fact {version} does not fit")
    return ExportLine(ticket, version, kind, b"%s\n%s\n%s" % (digest.encode(), head, body), command_id)


def _compact(value: object) -> bytes:
    """JSON the way pydantic-core writes it, so that the stored bytes come back as they were."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
