"""核验: whether what is stored is whole, unaltered and legal; the first bad fact of a ticket is named.

Per ticket: versions 1, 2, 3 … without gaps; every digest recomputed over every column; every link to the digest
before; kinds and shapes readable; every move legal by today's tables for the state it was made in (read as corrected
up to then); recorded times that do not run backwards, positions that grow, and the flags on odd times true.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from aftersales_core.audit.quick import sound
from aftersales_core.codec import GENESIS, Row, decode, digest_of, split
from aftersales_core.errors import StoredFactUnreadable
from aftersales_core.facts import EARLIER_THAN_PREVIOUS, LATER_THAN_RECORDED, Entry
from aftersales_core.moves import LOG, TICKET
from aftersales_core.state import Ticket, evolve, is_log, needs_replay, replay
from aftersales_core.state.conditions import TICKET_CONDITIONS


class Finding(NamedTuple):
    """Something wrong with one fact. `code` has its sentence in the wording."""

    ticket: str
    version: int
    position: int
    code: str
    facts: dict[str, Any]


@dataclass(slots=True)
class Report:
    """What a verification saw so far; complete once the rows are used up. *facts* are also those of the house's logs."""

    tickets: int = 0
    facts: int = 0
    flagged: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings


@dataclass(slots=True)
class _Stream:
    """Where the verification of one ticket stands."""

    number: str
    ticket: Ticket
    history: list[Entry]
    head: str = GENESIS
    version: int = 0
    position: int = 0
    recorded_at: datetime | None = None
    readable: bool = True


_TEXTS: Final = ("actor", "role", "channel", "command_id", "playbook", "prev")


def verify(rows: Iterable[Row], report: Report) -> Iterator[Finding]:
    """Check *rows*, which come in order of (ticket, version), and yield what is wrong as it is found.

    Nearly every ticket has nothing odd, and that is told of all its rows together; of the others each row is gone through.

    Args:
        report: counts up while the rows pass; read it when, or before, they are used up.
    """
    for number, found in groupby(rows, key=itemgetter(0)):
        some = list(found)
        if type(number) is not str:
            yield from _no_rows(some, report)
            continue
        flagged = None if is_log(number) else sound(number, some)
        if flagged is None:
            yield from thorough(some, report)
        else:
            report.tickets += 1
            report.facts += len(some)
            report.flagged += flagged


def _no_rows(rows: Iterable[Row], report: Report) -> Iterator[Finding]:
    """Findings of a stream whose number is no text: somebody wrote there."""
    for number, version, kind, _state, position in rows:
        report.facts += 1
        finding = Finding(str(number), version, position, "not-a-row", {"ticket": str(number), "version": version, "kind": str(kind)})
        report.findings.append(finding)
        yield finding


def thorough(rows: Iterable[Row], report: Report) -> Iterator[Finding]:
    """The same as `verify`, row by row, whatever the rows are: what it says is what is wrong."""
    stream: _Stream | None = None
    for row in rows:
        if stream is None or stream.number != row[0]:
            stream = _Stream(row[0], Ticket(row[0]), [])
            report.tickets += not is_log(row[0])
        report.facts += 1
        for finding in _check(stream, row, report):
            report.findings.append(finding)
            yield finding


def _check(s: _Stream, row: Row, report: Report) -> Iterator[Finding]:
    number, version, kind, state, position = row

    def bad(code: str, **facts: Any) -> Finding:
        here = {"ticket": number, "version": version, "kind": kind, **facts}
        return Finding(number, version, position, code, here)

    if not isinstance(kind, str) or type(version) is not int:
        yield bad("not-a-row")
        s.readable = False
        return
    if version != s.version + 1:
        yield bad("version-gap", expected=s.version + 1)
    if position <= s.position:
        yield bad("position-backwards", before=s.position, position=position)
    s.version, s.position = version, position
    try:
        digest, head, body = split(state)
    except ValueError:
        yield bad("not-a-row")
        s.readable = False
        return
    if digest_of(number, version, kind, head, body) != digest:
        yield bad("digest-wrong", digest=digest)
    try:
        entry = decode(number, version, kind, state, position)
        envelope = entry.envelope
        if (odd := next((name for name in _TEXTS if not isinstance(getattr(envelope, name), str)), None)) is not None:
            raise StoredFactUnreadable("fact-unreadable", reason=f"{odd} is no text")
        if entry.occurred_at != envelope.occurred_at:
            # who folds it goes by one of them, and who reads it by the other
            raise StoredFactUnreadable("fact-unreadable", reason="it says twice when it happened")
        naive = next((at for at in (envelope.occurred_at, envelope.recorded_at, entry.occurred_at) if at.utcoffset() is None), None)
        if naive is not None:
            # no command makes one, and it cannot be compared with the others
            raise StoredFactUnreadable("fact-unreadable", reason=f"{naive.isoformat()} has no time zone")
    except StoredFactUnreadable as problem:
        yield bad("fact-unreadable", reason=problem.facts["reason"])
        s.readable, s.head = False, digest
        return
    if envelope.prev != s.head:
        yield bad("link-broken", prev=envelope.prev, head=s.head)
    s.head = digest
    if s.recorded_at is not None and envelope.recorded_at < s.recorded_at:
        yield bad("recorded-backwards", recorded_at=envelope.recorded_at, before=s.recorded_at)
    s.recorded_at = envelope.recorded_at
    flags = set()
    if s.history and envelope.occurred_at < s.history[-1].occurred_at:
        flags.add(EARLIER_THAN_PREVIOUS)
    if envelope.occurred_at > envelope.recorded_at:
        flags.add(LATER_THAN_RECORDED)
    report.flagged += bool(flags)
    if flags != set(envelope.flags) and s.readable:
        yield bad("flags-wrong", flags=sorted(flags))
    s.history.append(entry)
    if not s.readable:
        # after a fact that cannot be read nothing sure can be said of the state
        return
    if is_log(number):
        if kind not in LOG.triggers:
            yield bad("illegal-move", stage=s.ticket.stage)
        return
    before = s.ticket.stage
    try:
        s.ticket = replay(number, s.history) if needs_replay(entry) else evolve(s.ticket, entry)
    except StoredFactUnreadable as problem:
        yield bad("fact-unreadable", reason=problem.facts["reason"])
        s.readable = False
        return
    if not legal(before, s.ticket, entry):
        yield bad("illegal-move", stage=before)


def legal(before: str, after: Ticket, entry: Entry) -> bool:
    """Whether *entry* was legal at the stage *before*; *after* is the ticket with it."""
    fact = entry.fact
    return TICKET.step(before, fact.kind, lambda name: TICKET_CONDITIONS[name](after, fact)) is not None
