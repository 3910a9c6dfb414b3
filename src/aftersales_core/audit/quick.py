"""速核: every check of `verify` on one ticket, as long as nothing is odd about it.

It looks at the same things and names none of them: what it does not find in order at once, and what it does not know how
to judge in short, goes to the thorough pass, which alone says what is wrong, or that nothing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

import msgspec

from aftersales_core.codec import GENESIS, OPENING, RECORDED, SHAPE, TIME, Row
from aftersales_core.facts import EARLIER_THAN_PREVIOUS, LATER_THAN_RECORDED
from aftersales_core.moves import NEW, TICKET
from aftersales_core.state import Ticket
from aftersales_core.state.conditions import TICKET_CONDITIONS
from aftersales_core.state.history import fold
from aftersales_core.state.lean import Head, fact_in


class _Envelope(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Every field of an envelope as its line has it.

    With a field that is no envelope's it is not taken: what is in there would be passed over here, and read by others.
    """

    occurred_at: str
    recorded_at: str
    actor: str
    role: str
    channel: str
    command_id: str
    playbook: str
    prev: str
    on_behalf_of: str | None = None
    correlation: str | None = None
    causation: str | None = None
    reason: str | None = None
    flags: tuple[str, ...] = ()
    shape: int = 1


_envelope: Final = msgspec.json.Decoder(_Envelope).decode
_moment: Final = datetime.fromisoformat
_PLAIN: Final = TICKET.plain.get

_LEAVES_OVER: Final = frozenset(
    {"leftover-raised", "leftover-written", "sheet-issued", "sheet-reviewed", "leftover-confirmed", "liability-ruled",
     "goods-ordered", "form-uploaded"}
)  # fmt: skip
"""Facts with which a ticket comes to have a leftover order, in whatever order facts come."""

_OF_LINES: Final = frozenset({"goods-outstanding", "lines-open"})
"""Conditions that do not hold where there is no leftover order."""

_OF_FACT: Final = frozenset({"remote", "complaint", "class-a-satisfied"}) | {
    name for name in TICKET_CONDITIONS if name.startswith("imported-as-")
}
"""Conditions that ask the fact alone."""

_NOBODY: Final = Ticket("")


def sound(number: str, rows: Sequence[Row]) -> int | None:
    """How many facts of ticket *number* have odd times, flagged as such, where all of it is as it has to be.

    None where a row has to be looked at by the thorough pass: something is wrong, or a correction or a form that is not
    written today makes it a matter for more than a look.
    """
    try:
        return _look(number, rows)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, msgspec.DecodeError):
        return None


def _look(number: str, rows: Sequence[Row]) -> int | None:
    head, place, flagged, stage = GENESIS, 0, 0, NEW
    before = last = None
    begun = number.encode()
    told: list[tuple[Any, _Envelope, datetime]] = []
    judge = _Judge(number, told)
    for expected, (_number, version, kind, state, position) in enumerate(rows, 1):
        if version != expected or position <= place:
            return None
        place = position
        digest = sha256(b"%s\0%d\0%s\0%s" % (begun, version, kind.encode(), state[65:])).hexdigest()
        if not state.startswith(b"%s%s" % (digest.encode(), OPENING)):
            return None
        end = state.index(b"\n", TIME)
        by = _envelope(state[65:end])
        # the first of two fields of one name counts for one reader and the last for the other
        if by.prev != head or not state.startswith(by.occurred_at.encode("ascii") + RECORDED, TIME):
            return None
        head = digest
        # today's kinds have one shape; where there are more, one reader finds it only where it is written as we do
        if by.shape != 1 and state.find(SHAPE, TIME, end) < 0:
            return None
        occurred_at, recorded_at = _moment(by.occurred_at), _moment(by.recorded_at)
        if occurred_at.tzinfo is None or recorded_at.tzinfo is None:
            return None
        if last is not None and recorded_at < last:
            return None
        earlier = before is not None and occurred_at < before
        later = occurred_at > recorded_at
        if earlier or later:
            flagged += 1
            if set(by.flags) != {*((EARLIER_THAN_PREVIOUS,) if earlier else ()), *((LATER_THAN_RECORDED,) if later else ())}:
                return None
        elif by.flags:
            return None
        before, last = occurred_at, recorded_at
        told.append((fact_in(kind, by.shape, state[end + 1 :]), by, occurred_at))
        landed = _PLAIN((stage, kind)) or judge.step(stage, kind)
        if landed is None:
            return None
        stage = landed
    return flagged


class _Judge:
    """Whether a move with conditions was legal; the ticket is folded only where a condition has to see it."""

    __slots__ = ("_folded", "_ticket", "_told")

    def __init__(self, number: str, told: list[tuple[Any, _Envelope, datetime]]) -> None:
        self._told = told
        self._ticket = Ticket(number)
        self._folded = 0

    def step(self, stage: str, kind: str) -> str | None:
        """Where the last fact that was told leads; None where it is not legal."""
        fact = self._told[-1][0]
        return TICKET.step(stage, kind, lambda name: self._holds(name, fact))

    def _holds(self, name: str, fact: Any) -> bool:
        if name in _OF_LINES and not self._folded and not any(each.kind in _LEAVES_OVER for each, _by, _at in self._told):
            return False
        if name in _OF_FACT:
            return TICKET_CONDITIONS[name](_NOBODY, fact)
        for each, by, at in self._told[self._folded :]:
            fold(self._ticket, each, Head(at, by.actor, by.playbook))
        self._folded = len(self._told)
        return TICKET_CONDITIONS[name](self._ticket, fact)
