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


class Entry(NamedTuple):
    """One line of a ticket's history: the fact in its envelope, at its place.

    Attributes:
        ticket: ticket number, the stream.
        version: place in the ticket, 1, 2, 3 … without gaps.
        fact: what happened.
        envelope: who, when, why.
        digest: SHA-256 over the stored row and the digest before it, 64 hex digits.
        position: place in the whole ledger, increasing but not gap-free; 0 where not asked for.
    """

    ticket: str
    version: int
    fact: Fact
    envelope: Envelope
    digest: str = ""
    position: int = 0
