"""时钟: working calendars, deadlines as pure functions over them, and the clocks a playbook sets on a ticket."""

from aftersales_core.clocks.calendar import Interval, Span, WorkCalendar
from aftersales_core.clocks.clock import Clock, Limit, Segment, day_limit, run
from aftersales_core.clocks.limits import Deadline, calendar_of, deadline
from aftersales_core.clocks.lint import lint_clocks
from aftersales_core.clocks.moments import MOMENTS, PAUSES, TASKS
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
    "Segment",
    "Span",
    "TicketClock",
    "WorkCalendar",
    "calendar_of",
    "clocks_of",
    "day_limit",
    "deadline",
    "lint_clocks",
    "run",
]
