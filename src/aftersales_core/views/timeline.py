"""时间线: every entry of every ticket, one row each: who, when, what, why, and the digest that proves it. (I-03)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aftersales_core.codec import fact_bytes
from aftersales_core.facts import Entry
from aftersales_core.ports import Shape
from aftersales_core.state import Ticket
from aftersales_core.views._base import View


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One line of a ticket's history.

    Attributes:
        stage: of the ticket after this entry.
        flags: what is odd about the times, joined by "、"; empty where nothing is.
        reason: why a rule was gone over, where one was.
        body: the fact's own fields as compact JSON, absent ones left out.
        digest: SHA-256 of the stored row, 64 hex digits; empty for an entry that was never stored.
    """

    ticket: str
    version: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    role: str
    on_behalf_of: str | None
    channel: str
    command_id: str
    playbook: str
    stage: str
    flags: str
    reason: str | None
    body: str
    digest: str


def rows(entry: Entry, ticket: Ticket) -> Iterable[TimelineRow]:
    """The row of *entry*; a later correction adds its own row and leaves this one as it is."""
    by = entry.envelope
    yield TimelineRow(
        ticket=entry.ticket,
        version=entry.version,
        kind=entry.fact.kind,
        occurred_at=by.occurred_at,
        recorded_at=by.recorded_at,
        actor=by.actor,
        role=by.role,
        on_behalf_of=by.on_behalf_of,
        channel=by.channel,
        command_id=by.command_id,
        playbook=by.playbook,
        stage=ticket.stage,
        flags="、".join(by.flags),
        reason=by.reason,
        body=fact_bytes(entry.fact).decode(),
        digest=entry.digest,
    )


TIMELINE: Final = View(
    Shape(
        name="timeline",
        edition=1,
        row=TimelineRow,
        key=("ticket", "version"),
        indexes=(("occurred_at",), ("actor", "occurred_at"), ("kind", "occurred_at")),
        order=("ticket", "version"),
    ),
    of_entry=rows,
)
"""The timeline (时间线) of all tickets."""
