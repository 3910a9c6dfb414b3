"""Timing: medians of rounds in which everything takes its turn, so that a busy moment hits all alike."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Mapping
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import TypeVar

Measure = Callable[[], float]
T = TypeVar("T")


def timed(work: Callable[[], object], times: int, clock: Callable[[], float] = perf_counter) -> float:
    """Seconds a call, garbage collected beforehand."""
    gc.collect()
    start = clock()
    for _ in range(times):
        work()
    return (clock() - start) / times


def each(calls: Iterable[Callable[[], object]], clock: Callable[[], float] = perf_counter) -> float:
    """Seconds a call of *calls*, made beforehand so that only they are timed."""
    made = list(calls)
    gc.collect()
    start = clock()
    for call in made:
        call()
    return (clock() - start) / len(made)


def both_clocks(calls: Iterable[Callable[[], object]]) -> tuple[float, float]:
    """Seconds a call by the clock on the wall and by that of the processor."""
    made = list(calls)
    gc.collect()
    wall, cpu = perf_counter(), process_time()
    for call in made:
        call()
    return (perf_counter() - wall) / len(made), (process_time() - cpu) / len(made)


def interleaved(rounds: int, measures: Mapping[str, Measure], *, warm: bool = False) -> dict[str, float]:
    """The median of each measure over *rounds*, each round running them all in turn."""
    return {name: median(values) for name, values in all_rounds(rounds, measures, warm=warm).items()}


def all_rounds(rounds: int, measures: Mapping[str, Callable[[], T]], *, warm: bool = False) -> dict[str, list[T]]:
    """What each measure gave in every round; the order turns round from one to the next, so that nobody is always last.

    Args:
        warm: run all of them once beforehand, for what is opened or put together at the first call.
    """
    found: dict[str, list[T]] = {name: [] for name in measures}
    turns = list(measures.items())
    for _name, measure in turns if warm else ():
        measure()
    for at in range(rounds):
        for name, measure in turns if at % 2 == 0 else turns[::-1]:
            found[name].append(measure())
    return found


def half_and_99(seconds: list[float]) -> tuple[float, float]:
    """What half of the waits stayed within, and 99 of 100."""
    return median(seconds), quantiles(seconds, n=100)[98] if len(seconds) > 1 else seconds[0]
