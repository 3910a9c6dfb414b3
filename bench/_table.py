"""The table: what was measured beside what it is measured against, and whether the goal is met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Ratio:
    """One comparison: *value* times of *what*; met where it reaches *goal*, or stays within it."""

    what: str
    value: float
    goal: float | None = None
    at_most: bool = False

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.value <= self.goal if self.at_most else self.value >= self.goal

    @property
    def said(self) -> str:
        return f"{_short(self.value)}× {self.what}"

    @property
    def aim(self) -> str:
        return "" if self.goal is None else f"{'≤' if self.at_most else '≥'} {self.goal:g}× {self.what}"

    @property
    def verdict(self) -> str:
        return {None: "", True: "met", False: "missed"}[self.met]


@dataclass(frozen=True)
class Line:
    """One line of the table.

    Attributes:
        figures: name → value in *unit*; `ours`, `stock` and `raw` have columns of their own, the others are told beneath.
        note: what has to be known to read it.
    """

    measure: str
    unit: str
    figures: Mapping[str, float]
    ratios: Sequence[Ratio] = ()
    note: str = ""

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "ratios": [{**asdict(ratio), "met": ratio.met} for ratio in self.ratios]}


COLUMNS = ("ours", "stock", "raw")


def seconds(measure: str, found: Mapping[str, float], *, stock: float | None = None, raw: float | None = None,
            ours: str = "ours", scale: float = 1e6, unit: str = "µs", note: str = "") -> Line:  # fmt: skip
    """A line of times a call, with the rates of *ours* as multiples of stock's and as shares of raw's."""
    goals = {"stock": stock, "raw": raw}
    ratios = [Ratio(f"the rate of {name}", found[name] / found[ours], goals[name]) for name in ("stock", "raw") if name in found]
    return Line(measure, unit, {name: value * scale for name, value in found.items()}, ratios, note)


def rates(measure: str, found: Mapping[str, float], *, unit: str, stock: float | None = None, raw: float | None = None,
          note: str = "") -> Line:  # fmt: skip
    """A line of seconds a thing, told as things a second."""
    goals = {"stock": stock, "raw": raw}
    ratios = [Ratio(f"the rate of {name}", found[name] / found["ours"], goals[name]) for name in ("stock", "raw") if name in found]
    return Line(measure, unit, {name: 1 / value for name, value in found.items()}, ratios, note)


def missing(measure: str, why: str) -> Line:
    """A line for what cannot be measured yet, or here."""
    return Line(measure, "", {}, (), why)


def text(line: Line) -> str:
    """A line as people read it in a terminal."""
    out = [f"\n{line.measure}" + (f", {line.unit}" if line.unit else "")]
    out += [f"  {name:34} {_number(value):>12}" for name, value in line.figures.items()]
    out += [f"  → {ratio.said:38}" + (f" goal {ratio.aim}: {ratio.verdict}" if ratio.goal is not None else "") for ratio in line.ratios]
    out += [f"  {line.note}"] if line.note else []
    return "\n".join(row.rstrip() for row in out)


HEAD = "| measure | ours | stock | raw | ratio | goal | |\n|---|---|---|---|---|---|---|"


def markdown(line: Line) -> str:
    """A line as rows of `HEAD`'s table: the first ratio stands with the figures, the others below."""
    ratios: Sequence[Ratio | None] = line.ratios or (None,)
    cells = [_number(line.figures[name]) if name in line.figures else "" for name in COLUMNS]
    first = f"{line.measure}, {line.unit}" if line.unit else line.measure
    out = [_row(first, cells, ratios[0]), *(_row("", ["", "", ""], ratio) for ratio in ratios[1:])]
    out += [_row(f"… {name}", [_number(value), "", ""], None) for name, value in line.figures.items() if name not in COLUMNS]
    if not line.figures:
        out = [f"| {line.measure} | | | | | | {line.note} |"]
    return "\n".join(out)


def _row(measure: str, cells: Sequence[str], ratio: Ratio | None) -> str:
    said = [ratio.said, ratio.aim, ratio.verdict] if ratio else ["", "", ""]
    return f"| {' | '.join([measure, *cells, *said])} |"


def _number(value: float) -> str:
    """Three digits that count, without a point where they are whole numbers anyway."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
