"""台账: the append-only store of entries, on eventsourcing's recorders. The one room that knows `eventsourcing`."""

from aftersales_core.ledger.ledger import Conflict, Ledger, Recorder, Stamp
from aftersales_core.ledger.mapper import FactMapper
from aftersales_core.ledger.memory import MemoryRecorder, Unwritten, open_recorder

__all__ = ["Conflict", "FactMapper", "Ledger", "MemoryRecorder", "Recorder", "Stamp", "Unwritten", "open_recorder"]
