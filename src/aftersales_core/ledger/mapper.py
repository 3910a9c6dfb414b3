"""映射: between entries and eventsourcing's stored events, for the ledger and for any `Application` on the same rows.

It takes no transcoder: bytes are made and read by pydantic-core, kinds by the closed registry.
"""

from __future__ import annotations

from typing import Any

from eventsourcing.persistence import Mapper, MapperDeserialisationError, StoredEvent

from aftersales_core.codec import decode, encode
from aftersales_core.errors import StoredFactUnreadable
from aftersales_core.facts import Entry


class FactMapper(Mapper[str]):
    """Maps `Entry` to rows and back."""

    def to_stored_event(self, domain_event: Any) -> StoredEvent:
        entry: Entry = domain_event
        _digest, state = encode(entry.ticket, entry.version, entry.fact, entry.envelope)
        return StoredEvent(entry.ticket, entry.version, entry.fact.kind, state)

    def to_domain_event(self, stored: StoredEvent) -> Any:
        position = getattr(stored, "id", 0)
        try:
            return decode(str(stored.originator_id), stored.originator_version, stored.topic, stored.state, position)
        except StoredFactUnreadable as problem:
            raise MapperDeserialisationError(str(problem)) from problem
