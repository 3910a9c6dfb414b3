"""台账: the append-only store of entries, on eventsourcing's recorders. The one room that knows `eventsourcing`."""

from aftersales_core.ledger.appends import Append, NewRow, NotEmpty
from aftersales_core.ledger.ledger import Conflict, Draft, Ledger, Recorder, Stamp, draft
from aftersales_core.ledger.mapper import FactMapper
from aftersales_core.ledger.memory import MemoryFactory, MemoryRecorder, open_recorder

__all__ = ["Append", "Conflict", "Draft", "FactMapper", "Ledger", "MemoryFactory", "MemoryRecorder", "NewRow", "NotEmpty", "Recorder", "Stamp", "draft", "open_recorder"]
