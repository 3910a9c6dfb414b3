"""状态: what is true now, folded from facts."""

from aftersales_core.state.history import corrected, effective, evolve, needs_replay, replay
from aftersales_core.state.lean import fold_rows, fold_rows_at
from aftersales_core.state.ticket import Call, Complaint, Leftover, Line, Slip, Ticket, Visit, Wait
from aftersales_core.state.waits import WAITING

__all__ = [
    "WAITING",
    "Call",
    "Complaint",
    "Leftover",
    "Line",
    "Slip",
    "Ticket",
    "Visit",
    "Wait",
    "corrected",
    "effective",
    "evolve",
    "fold_rows",
    "fold_rows_at",
    "needs_replay",
    "replay",
]
