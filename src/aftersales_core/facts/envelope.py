"""信封: who, when, through what and under which rules; and the entry that joins it to its fact."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from aftersales_core.facts._base import Fact

EARLIER_THAN_PREVIOUS = "earlier-than-previous"
"""Flag: happened before the fact in front of it; late paper is normal, so it is shown, never refused."""

LATER_THAN_RECORDED = "later-than-recorded"
"""Flag: said to have happened after it was written down; a clock or a typing error."""


class Envelope(NamedTuple):
    """Everything an auditor asks about a fact that the fact itself does not say.

    Attributes:
        occurred_at: when it happened, as told by the command.
        recorded_at: when it was written to the ledger.
        actor: id of the person or system who says so.
        role: the role the actor acted in, e.g. `cs_specialist`.
        channel: how it reached us: `phone`, `paper`, `web`, `import` …
        command_id: the command that caused it; a repeat of the id returns the first answer.
        playbook: edition of the rules that decided, e.g. `whole-house@2026.1`.
        prev: digest of the fact before it in the ticket, 64 hex digits; zeros for the first.
        on_behalf_of: for whom the actor spoke, where it was not for himself.
        correlation: the conversation it belongs to, across tickets.
        causation: the command or fact outside this ticket that led to it.
        reason: why an override was used, where one was.
        flags: what is odd about the times.
    """

    occurred_at: datetime
    recorded_at: datetime
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


class Entry:
    """One line of a ticket's history: the fact in its envelope, at its place. Never changed.

    Two entries are equal when ticket, version, fact, envelope and digest are, wherever they were read from.

    Attributes:
        ticket: ticket number, the stream.
        version: place in the ticket, 1, 2, 3 … without gaps.
        fact: what happened.
        occurred_at: when, as the envelope says.
        position: place in the whole ledger, increasing but not gap-free; 0 where not asked for.
    """

    __slots__ = ("_digest", "_envelope", "fact", "occurred_at", "position", "ticket", "version")

    _digest: str
    _envelope: Envelope | None

    def __init__(
        self, ticket: str, version: int, fact: Fact, envelope: Envelope, digest: str = "", position: int = 0
    ) -> None:
        self.ticket = ticket
        self.version = version
        self.fact = fact
        self.occurred_at = envelope.occurred_at
        self.position = position
        self._envelope = envelope
        self._digest = digest

    @property
    def envelope(self) -> Envelope:
        """Who, when, why."""
        return self._envelope or self._unseal()

    @property
    def actor(self) -> str:
        """Who says so."""
        return self.envelope.actor

    @property
    def playbook(self) -> str:
        """Edition of the rules that decided."""
        return self.envelope.playbook

    @property
    def digest(self) -> str:
        """SHA-256 over the stored row, which names the digest before it; 64 hex digits, empty if never stored."""
        return self._digest

    def _unseal(self) -> Envelope:
        """For entries that come from a store and make their envelope only when asked."""
        raise AssertionError("an entry without envelope")

    def read_as(self, fact: Fact, envelope: Envelope) -> Entry:
        """The entry at the same place with another reading of what happened."""
        return Entry(self.ticket, self.version, fact, envelope, self.digest, self.position)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        return (self.ticket, self.version, self.fact, self.envelope, self.digest) == (
            other.ticket, other.version, other.fact, other.envelope, other.digest)  # fmt: skip

    def __hash__(self) -> int:
        return hash((self.ticket, self.version, self.digest))

    def __repr__(self) -> str:
        return f"Entry({self.ticket!r}, {self.version}, {self.fact!r}, {self.envelope!r}, {self.digest!r})"
