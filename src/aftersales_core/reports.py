"""报表: figures over rows of views, each with the tickets it was counted from. Pure; a report has no clock of its own.

`times` tells how long tickets take (I-02), `satisfaction` what customers think (R-22), `recurring` what keeps going
wrong with the same model (I-05).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

from aftersales_core.views import FAULTS, SCORES, TIMES, View
from aftersales_core.views.reports import FaultRow, ScoreRow, TimesRow


class Figure(NamedTuple):
    """A number and the tickets behind it, each once, in the order of the rows."""

    value: int | float
    tickets: tuple[str, ...]


class Line(NamedTuple):
    """One line of a report.

    Attributes:
        about: what it is about, name → value: `{"month": "2026-11", "span": "response"}`.
        figures: name → number.
    """

    about: dict[str, str]
    figures: dict[str, Figure]


class Report(NamedTuple):
    """A report by its name: the view its rows come from, the column that dates them, what is made of them."""

    view: View[Any]
    day: str
    lines: Callable[[Sequence[Any]], list[Line]]


SPANS: Final = ("response", "solution", "closing", "whole")
"""Columns of `times` that are counted, in minutes."""


def nearest_rank(values: Sequence[int], percent: int) -> int:
    """The smallest of *values* that at least *percent* of them do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("no values have no percentile")
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]


def times(rows: Iterable[TimesRow]) -> list[Line]:
    """Month by month and span by span: how many tickets, the median and the 90th percentile in minutes. (I-02)

    Both are by nearest rank, so that each is the time of a real ticket. A ticket counts in a span once it has it.
    """
    found: dict[tuple[str, str], list[tuple[int, str]]] = defaultdict(list)
    for row in rows:
        for span in SPANS:
            if (minutes := getattr(row, span)) is not None:
                found[row.month, span].append((minutes, row.ticket))
    order = {span: at for at, span in enumerate(SPANS)}
    lines = []
    for month, span in sorted(found, key=lambda key: (key[0], order[key[1]])):
        counted = found[month, span]
        minutes = [each for each, _ticket in counted]
        tickets = tuple(ticket for _minutes, ticket in counted)
        figures = {"count": len(counted), "median": nearest_rank(minutes, 50), "p90": nearest_rank(minutes, 90)}
        lines.append(Line({"month": month, "span": span}, {name: Figure(n, tickets) for name, n in figures.items()}))
    return lines


def satisfaction(rows: Iterable[ScoreRow]) -> list[Line]:
    """By month, then by crew, and for each by where the score was given: count, mean, share of 4 and 5 in percent. (R-22)"""
    found: dict[tuple[str, str, str], list[ScoreRow]] = defaultdict(list)
    for row in rows:
        found["month", row.month, row.source].append(row)
        if row.crew:
            found["crew", row.crew, row.source].append(row)
    lines = []
    for by, name, source in sorted(found, key=lambda key: (key[0] != "month", key)):
        scores = found[by, name, source]
        content = [row for row in scores if row.score >= 4]
        lines.append(Line({"by": by, "name": name, "source": source}, {
            "count": Figure(len(scores), _tickets(scores)),
            "mean": Figure(round(sum(row.score for row in scores) / len(scores), 2), _tickets(scores)),
            "share": Figure(round(100 * len(content) / len(scores), 1), _tickets(content)),
        }))  # fmt: skip
    return lines


def recurring(rows: Iterable[FaultRow], times: int = 3, within: int = 90) -> list[Line]:
    """What came back: the same item, or the same cause, on the same model at least so often within so many days. (I-05)

    Args:
        times: how many occasions make it a recurrence; lines of one leftover order are one occasion.
        within: days from the first occasion to the last of them.

    Returns:
        The most frequent first. A model nobody named is told as an empty one; its faults are counted together.
    """
    found: dict[tuple[str, str, str], dict[tuple[str, int], FaultRow]] = defaultdict(dict)
    for row in rows:
        for what, name in (("item", row.item), ("cause", row.cause)):
            if name:
                found[row.model, what, name].setdefault((row.ticket, row.occasion), row)
    lines = []
    for (model, what, name), occasions in found.items():
        again = _close_together(sorted(occasions.values(), key=lambda row: row.at), times, timedelta(days=within))
        if again:
            about = {"model": model, "what": what, "name": name, "first": again[0].day, "last": again[-1].day}
            lines.append(Line(about, {"count": Figure(len(again), _tickets(again))}))
    return sorted(lines, key=lambda line: (-line.figures["count"].value, *line.about.values()))


def _close_together(rows: Sequence[FaultRow], times: int, within: timedelta) -> list[FaultRow]:
    """Those of *rows*, in order of time, that lie with *times* of them within a window."""
    kept: set[int] = set()
    for last in range(times - 1, len(rows)):
        if rows[last].at - rows[last - times + 1].at <= within:
            kept.update(range(last - times + 1, last + 1))
    return [rows[at] for at in sorted(kept)]


def _tickets(rows: Iterable[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.ticket for row in rows))


REPORTS: Final[dict[str, Report]] = {
    "times": Report(TIMES, "opened_at", times),
    "satisfaction": Report(SCORES, "at", satisfaction),
    "recurring": Report(FAULTS, "at", recurring),
}
"""Name → report."""
