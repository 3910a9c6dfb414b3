"""编码: an entry as bytes, and back. The stored form is fixed for ever.

A row is (ticket, version, kind, state), and *state* is three lines of text:

    digest      64 hex digits: SHA-256 over ticket, version, kind, envelope and fact
    envelope    JSON: who, when, why, and `prev`, the digest of the row before
    fact        JSON: the fact's own fields; absent fields are null

JSON escapes line breaks, so the three lines can be told apart without parsing. The kind is looked up in the closed
registry of `facts`; a row never names code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from json.encoder import encode_basestring as quoted
from typing import Any, Final, TypeAlias

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from aftersales_core.errors import StoredFactUnreadable
from aftersales_core.facts import KINDS, Entry, Envelope, Fact
from aftersales_core.upcasts import UPCASTS, Step, upcast

Row: TypeAlias = tuple[str, int, str, bytes, int]
"""A stored row: ticket, version, kind, state, position."""

GENESIS: Final = "0" * 64
"""The `prev` of a ticket's first fact."""

_WRITERS: dict[type[Fact], Callable[..., bytes]] = {}
_READERS: dict[str, Callable[[bytes], Any]] = {}
_CURRENT: dict[tuple[str, int], Callable[[bytes], Any]] = {}


def _writer(cls: type[Fact]) -> Callable[..., bytes]:
    cls.model_rebuild()
    found: Callable[..., bytes] = cls.__pydantic_serializer__.to_json
    _WRITERS[cls] = found
    return found


def _reader(kind: str) -> Callable[[bytes], Any]:
    cls = KINDS[kind]
    cls.model_rebuild()
    found: Callable[[bytes], Any] = cls.__pydantic_validator__.validate_json
    _READERS[kind] = _CURRENT[kind, cls.shape] = found
    return found


def fact_bytes(fact: Fact) -> bytes:
    """The third line of a row."""
    cls = type(fact)
    return (_WRITERS.get(cls) or _writer(cls))(fact, exclude_none=True)


def envelope_bytes(envelope: Envelope, shape: int) -> bytes:
    """The second line of a row; what is empty is left out. Written by hand, because every fact passes here."""
    e = envelope
    line = (
        f'{{"occurred_at":"{e.occurred_at.isoformat()}","recorded_at":"{e.recorded_at.isoformat()}",'
        f'"actor":{quoted(e.actor)},"role":{quoted(e.role)},"channel":{quoted(e.channel)},'
        f'"command_id":{quoted(e.command_id)},"playbook":{quoted(e.playbook)},"prev":"{e.prev}"'
    )
    if e.on_behalf_of is not None:
        line += f',"on_behalf_of":{quoted(e.on_behalf_of)}'
    if e.correlation is not None:
        line += f',"correlation":{quoted(e.correlation)}'
    if e.causation is not None:
        line += f',"causation":{quoted(e.causation)}'
    if e.reason is not None:
        line += f',"reason":{quoted(e.reason)}'
    if e.flags:
        line += f',"flags":[{",".join(map(quoted, e.flags))}]'
    if shape != 1:
        line += f',"shape":{shape}'
    return f"{line}}}".encode()


def digest_of(ticket: str, version: int, kind: str, envelope: bytes, fact: bytes) -> str:
    """The digest of a row: change any column and it no longer fits."""
    return sha256(b"%s\0%d\0%s\0%s\n%s" % (ticket.encode(), version, kind.encode(), envelope, fact)).hexdigest()


def digest_by(row: Row) -> bytes:
    """The digest that a stored row has to have by what stands in it, whatever it says itself; 32 bytes.

    Raises:
        ValueError, TypeError, AttributeError: it is no row of ours.
    """
    ticket, version, kind, state, _position = row
    if not isinstance(state, bytes) or state[64:65] != b"\n" or state.find(b"\n", 65) < 0:
        raise ValueError("it has not three lines")
    return sha256(b"%s\0%d\0%s\0%s" % (ticket.encode(), version, kind.encode(), state[65:])).digest()


def encode(ticket: str, version: int, fact: Fact, envelope: Envelope) -> tuple[str, bytes]:
    """(digest, state) of a new row."""
    rest = b"%s\n%s" % (envelope_bytes(envelope, fact.shape), fact_bytes(fact))
    digest = sha256(f"{ticket}\0{version}\0{fact.kind}\0".encode() + rest).hexdigest()
    return digest, b"%s\n%s" % (digest.encode(), rest)


def split(state: bytes) -> tuple[str, bytes, bytes]:
    """(digest, envelope, fact) of a stored state.

    Raises:
        ValueError: it has not three lines.
    """
    if not isinstance(state, bytes):
        raise ValueError("it is not bytes")
    digest, head, body = state.split(b"\n", 2)
    return digest.decode("ascii"), head, body


def envelope_of(head: bytes) -> tuple[Envelope, int]:
    """The envelope and the shape of its fact."""
    body: dict[str, Any] = from_json(head)
    return (
        Envelope(
            datetime.fromisoformat(body["occurred_at"]),
            datetime.fromisoformat(body["recorded_at"]),
            body["actor"],
            body["role"],
            body["channel"],
            body["command_id"],
            body["playbook"],
            body["prev"],
            body.get("on_behalf_of"),
            body.get("correlation"),
            body.get("causation"),
            body.get("reason"),
            tuple(body.get("flags", ())),
        ),
        body.get("shape", 1),
    )


def fact_of(kind: str, shape: int, body: bytes, steps: Mapping[tuple[str, int], Step] = UPCASTS) -> Fact:
    """The fact of a stored body, brought up to today's shape."""
    reader = _READERS.get(kind) or _reader(kind)
    if shape != KINDS[kind].shape:
        body = to_json(upcast(kind, shape, from_json(body), KINDS[kind].shape, steps))
    fact: Fact = reader(body)
    return fact


class StoredEntry(Entry):
    """An entry as it was read: folding a history needs no envelope, so it is made when somebody asks."""

    __slots__ = ("_state",)

    def __init__(self, ticket: str, version: int, fact: Fact, occurred_at: datetime, state: bytes, position: int) -> None:
        self.ticket = ticket
        self.version = version
        self.fact = fact
        self.occurred_at = occurred_at
        self.position = position
        self._envelope = None
        self._state = state

    @property
    def digest(self) -> str:
        return self._state[:64].decode("ascii")

    def _unseal(self) -> Envelope:
        _digest, head, _body = split(self._state)
        try:
            self._envelope, _shape = envelope_of(head)
        except (KeyError, ValueError, TypeError) as problem:
            raise _unreadable(self.ticket, self.version, self.fact.kind, problem) from problem
        return self._envelope


OPENING: Final = b'\n{"occurred_at":"'
"""What follows the digest: the envelope is written with this field first."""

TIME: Final = 64 + len(OPENING)
"""Where in a state the time begins at which the fact happened."""

RECORDED: Final = b'","recorded_at":"'
"""What follows that time."""

SHAPE: Final = b',"shape":'
"""What stands before a shape other than 1, the last of an envelope's fields."""


def decode(ticket: str, version: int, kind: str, state: bytes, position: int = 0) -> Entry:
    """The entry of a stored row.

    Raises:
        StoredFactUnreadable: an unknown kind, an unknown shape, or bytes that are not ours.
    """
    try:
        if not state.startswith(OPENING, 64):
            raise ValueError("it does not begin as an envelope does")
        end = state.index(b'"', TIME)
        at = datetime.fromisoformat(state[TIME:end].decode("ascii"))
        line = state.index(b"\n", end)
        # a quotation mark inside a JSON text is escaped, so these bytes can only be the field itself
        shape = 1 if state.find(SHAPE, end, line) < 0 else envelope_of(state[65:line])[1]
        body = state[line + 1 :]
        read = _CURRENT.get((kind, shape))
        fact = fact_of(kind, shape, body) if read is None else read(body)
        return StoredEntry(ticket, version, fact, at, state, position)
    except (KeyError, ValueError, ValidationError, TypeError, AttributeError) as problem:
        raise _unreadable(ticket, version, kind, problem) from problem


def times_of(row: Row) -> tuple[datetime, datetime]:
    """When the fact of a stored row happened, and when it was written down, without reading the rest.

    Raises:
        StoredFactUnreadable: as `decode`.
    """
    state = row[3]
    try:
        if state.startswith(OPENING, 64):
            end = state.index(b'"', TIME)
            start = end + len(RECORDED)
            if state.startswith(RECORDED, end):
                recorded_at = datetime.fromisoformat(state[start : state.index(b'"', start)].decode("ascii"))
                return datetime.fromisoformat(state[TIME:end].decode("ascii")), recorded_at
    except (ValueError, TypeError, AttributeError):
        pass
    envelope = decode(*row).envelope
    return envelope.occurred_at, envelope.recorded_at


def _unreadable(ticket: str, version: int, kind: str, problem: Exception) -> StoredFactUnreadable:
    reason = f"unknown kind {kind!r}" if kind not in KINDS else str(problem).splitlines()[0]
    return StoredFactUnreadable("fact-unreadable", ticket=ticket, version=version, kind=kind, reason=reason)
