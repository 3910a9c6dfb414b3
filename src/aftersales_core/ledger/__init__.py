"""台账: the append-only store of entries, on eventsourcing's recorders. The one room that knows `eventsourcing`."""

from aftersales_core.ledger.ledger import Conflict, Draft, Ledger, NewRow, NotEmpty, Recorder, Stamp, draft
from aftersales_core.ledger.mapper import FactMapper
from aftersales_core.ledger.memory import MemoryFactory, MemoryRecorder, open_recorder

__all__ = ["Conflict", "Draft", "FactMapper", "Ledger", "MemoryFactory", "MemoryRecorder", "NewRow", "NotEmpty", "Recorder", "Stamp", "draft", "open_recorder"]
