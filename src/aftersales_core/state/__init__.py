"""状态: what is true now, folded from facts."""

from aftersales_core.state.history import corrected, effective, evolve, needs_replay, replay
from aftersales_core.state.lean import fold_rows
from aftersales_core.state.ticket import Call, Complaint, Leftover, Line, Slip, Ticket, Visit

__all__ = [
    "Call",
    "Complaint",
    "Leftover",
    "Line",
    "Slip",
    "Ticket",
    "Visit",
    "corrected",
    "effective",
    "evolve",
    "fold_rows",
    "needs_replay",
    "replay",
]
