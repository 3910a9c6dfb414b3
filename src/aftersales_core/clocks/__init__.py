"""时钟: working calendars, deadlines as pure functions over them, and the clocks a playbook sets on a ticket."""

from aftersales_core.clocks.calendar import Interval, Span, WorkCalendar
from aftersales_core.clocks.clock import Clock, Limit, Segment, day_limit, run
from aftersales_core.clocks.limits import Deadline, calendar_of, deadline, moment
from aftersales_core.clocks.lint import lint_clocks
from aftersales_core.clocks.moments import MOMENTS, PAUSES, TASKS, holds, moment_of, told
from aftersales_core.clocks.rounds import Round, logs_of, rounds_of
from aftersales_core.clocks.ticket import ClockState, TicketClock, clocks_of

__all__ = [
    "MOMENTS",
    "PAUSES",
    "TASKS",
    "Clock",
    "ClockState",
    "Deadline",
    "Interval",
    "Limit",
    "Round",
    "Segment",
    "Span",
    "TicketClock",
    "WorkCalendar",
    "calendar_of",
    "clocks_of",
    "day_limit",
    "deadline",
    "holds",
    "lint_clocks",
    "logs_of",
    "moment",
    "moment_of",
    "rounds_of",
    "run",
    "told",
]
