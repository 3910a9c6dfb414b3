"""限速: how often somebody may try, as a bucket that fills again; kept in this process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Final

MOST: Final = 20_000
"""Buckets remembered; the ones not used for longest are forgotten, and are full again."""


class Rates:
    """Buckets by name: each holds so many tries and fills again at so many a minute."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = Lock()
        self._buckets: OrderedDict[tuple[str, str], tuple[float, datetime]] = OrderedDict()

    def wait(self, kind: str, who: str, *, holds: int, a_minute: float) -> float:
        """Take one try out of the bucket of *who*: 0 where there was one, else the seconds until there is."""
        now = self._now()
        with self._lock:
            left, at = self._buckets.pop((kind, who), (float(holds), now))
            left = min(float(holds), left + (now - at).total_seconds() * a_minute / 60)
            short = 1 - left
            if short <= 0:
                left, short = left - 1, 0.0
            self._buckets[kind, who] = left, now
            if len(self._buckets) > MOST:
                self._buckets.popitem(last=False)
        return short * 60 / a_minute

    def give_back(self, kind: str, who: str) -> None:
        """Forget the tries of *who*: he was right."""
        with self._lock:
            self._buckets.pop((kind, who), None)
