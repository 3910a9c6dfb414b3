"""Timing: medians of rounds in which everything takes its turn, so that a busy moment hits all alike."""

from __future__ import annotations

import gc
from collections.abc import Callable
from statistics import median
from time import perf_counter

Measure = Callable[[], float]


def timed(work: Callable[[], object], times: int) -> float:
    """Seconds a call, garbage collected beforehand."""
    gc.collect()
    start = perf_counter()
    for _ in range(times):
        work()
    return (perf_counter() - start) / times


def interleaved(rounds: int, measures: dict[str, Measure]) -> dict[str, float]:
    """The median of each measure over *rounds*, each round running them all in turn."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            found[name].append(measure())
    return {name: median(values) for name, values in found.items()}
