"""时钟: working calendars, and deadlines as pure functions over them."""

from aftersales_core.clocks.calendar import Interval, Span, WorkCalendar
from aftersales_core.clocks.clock import Clock, Limit, Segment, day_limit, run

__all__ = ["Clock", "Interval", "Limit", "Segment", "Span", "WorkCalendar", "day_limit", "run"]
