"""状态: what is true now, folded from facts."""

from aftersales_core.state.history import corrected, effective, evolve, needs_replay, replay
from aftersales_core.state.lean import fold_on, fold_rows, fold_rows_at
from aftersales_core.state.log import (
    HouseLog,
    access_log_of,
    access_logs_of,
    evolve_log,
    is_log,
    log_of,
    replay_log,
)
from aftersales_core.state.ticket import (
    Call,
    Complaint,
    File,
    Filled,
    FollowUp,
    Leftover,
    Line,
    PaperLife,
    Slip,
    Taken,
    Ticket,
    Told,
    Visit,
    Wait,
)
from aftersales_core.state.waits import WAITING

__all__ = [
    "WAITING",
    "Call",
    "Complaint",
    "File",
    "Filled",
    "FollowUp",
    "HouseLog",
    "Leftover",
    "Line",
    "PaperLife",
    "Slip",
    "Taken",
    "Ticket",
    "Told",
    "Visit",
    "Wait",
    "access_log_of",
    "access_logs_of",
    "corrected",
    "effective",
    "evolve",
    "evolve_log",
    "fold_on",
    "fold_rows",
    "fold_rows_at",
    "is_log",
    "log_of",
    "needs_replay",
    "replay",
    "replay_log",
]
