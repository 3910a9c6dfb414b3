"""流程图: the legal moves as an SVG drawing.

Laid out in two rows: the main path above, what waits or ends aside below. Every edge that is not a straight step to
the next box has a track of its own between or outside the rows, so lines cross but never lie on each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from aftersales_core.diagrams.edges import Edge, edges, state_name
from aftersales_core.moves import NEW, Table
from aftersales_core.wording import Lang, listed, word

_BELOW: Final[dict[str, dict[str, float]]] = {
    "ticket": {"CANCELLED": 0.5, "AWAITING_GOODS": 2.5, "READY": 3.5},
    "visit": {"MISSED": 3.5, "ENDED": 4.5},
    "slip": {"REFUSED": 0.5, "SENT_BACK": 1.5},
    "line": {"PART_IN": 3.5, "WAIVED": 4.5},
    "sheet": {"RETURNED": 1.5},
}
"""Table → states of the lower row and the column they stand in; half columns keep the lines of the rows apart."""

_PAD, _FONT = 28, 12


class _Scale(NamedTuple):
    """How large things are drawn: from box to box, a box, from track to track; and whether edges are labelled."""

    pitch: int
    width: int
    height: int
    track: int
    labels: bool


_WHOLE: Final = _Scale(252, 112, 44, 24, labels=True)
_SMALL: Final = _Scale(136, 104, 34, 8, labels=False)


def text_width(text: str, size: float = _FONT) -> float:
    """About how wide *text* is set; a Chinese character is as wide as it is high."""
    return sum(1.0 if ord(c) > 0x2E7F else 0.28 if c in " ,.[]/il" else 0.58 for c in text) * size


@dataclass(slots=True)
class _Box:
    state: str
    row: int
    x: float
    y: float = 0.0
    ports: dict[bool, list[tuple[float, int]]] = field(default_factory=lambda: {True: [], False: []})
    """side (True for the top) → (where the other end is, number of the wire), to be put in order."""


@dataclass(slots=True)
class _Wire:
    edge: Edge
    source: _Box
    dest: _Box
    channel: str
    """`straight`, or where its track is: `above` the rows, `between` them, `below` them."""
    label_width: float
    x1: float = 0.0
    x2: float = 0.0
    track: int = 0
    y: float = 0.0
    label_x: float = 0.0

    @property
    def reach(self) -> tuple[float, float]:
        """What its track takes up from left to right, the label included."""
        middle, half = (self.x1 + self.x2) / 2, self.label_width / 2 + 10 if self.label_width else 0.0
        return min(self.x1, self.x2, middle - half) - 6, max(self.x1, self.x2, middle + half) + 6


def _place(table: Table, scale: _Scale) -> dict[str, _Box]:
    below = _BELOW.get(table.name, {})
    main = [state for state in table.states if state not in below]
    boxes = {state: _Box(state, 0, at * scale.pitch) for at, state in enumerate(main)}
    return boxes | {state: _Box(state, 1, column * scale.pitch) for state, column in below.items()}


def _channel(edge: Edge, a: _Box, b: _Box, taken: Collection[frozenset[str]], scale: _Scale) -> str:
    if a.row != b.row:
        return "between"
    room = scale.pitch - scale.width - 12
    near = abs(a.x - b.x) <= scale.pitch + 1 and text_width(edge.label) <= room
    if near and frozenset((a.state, b.state)) not in taken:
        return "straight"
    return "above" if a.row == 0 else "below"


def _drawn(table: Table, lang: Lang) -> tuple[list[Edge], str]:
    """The edges to draw, and a note on further ways in: an import may start nearly anywhere, and is not drawn there."""
    found = edges(table, lang)
    entries = [edge for edge in found if edge.source == NEW]
    by_label: dict[str, list[str]] = {}
    for edge in entries[1:]:
        by_label.setdefault(edge.label, []).append(state_name(table, edge.dest, lang))
    note = " · ".join(f"{label} → {listed(states, lang)}" for label, states in by_label.items())
    return [edge for edge in found if edge not in entries[1:]], note


def _wires(table: Table, lang: Lang, boxes: dict[str, _Box], scale: _Scale) -> list[_Wire]:
    wires: list[_Wire] = []
    straight: set[frozenset[str]] = set()
    for edge in _drawn(table, lang)[0]:
        a, b = boxes[edge.source], boxes[edge.dest]
        channel = _channel(edge if scale.labels else edge._replace(label=""), a, b, straight, scale)
        if channel == "straight":
            straight.add(frozenset((a.state, b.state)))
        wires.append(_Wire(edge, a, b, channel, text_width(edge.label) if scale.labels else 0.0))
    for number, wire in enumerate(wires):
        if wire.channel != "straight":
            wire.source.ports[_top(wire, wire.source)].append((wire.dest.x, number))
            wire.dest.ports[_top(wire, wire.dest)].append((wire.source.x, number))
    for box in boxes.values():
        for ports in box.ports.values():
            ports.sort()
            for at, (_other, number) in enumerate(ports, 1):
                x = box.x + scale.width * at / (len(ports) + 1)
                if wires[number].source is box:
                    wires[number].x1 = x
                else:
                    wires[number].x2 = x
    return wires


def _top(wire: _Wire, box: _Box) -> bool:
    """Whether *wire* is fastened to the top of *box*."""
    return wire.channel == "above" or (wire.channel == "between" and box.row == 1)


def _tracks(wires: Sequence[_Wire]) -> int:
    """Give every wire of a channel a track where it touches nothing; how many there are."""
    used: list[list[tuple[float, float]]] = []
    for wire in sorted(wires, key=lambda w: w.reach[1] - w.reach[0]):
        left, right = wire.reach
        free = (at for at, track in enumerate(used) if all(right <= a or left >= b for a, b in track))
        wire.track = next(free, len(used))
        if wire.track == len(used):
            used.append([])
        used[wire.track].append((left, right))
    return len(used)


def _arrange(table: Table, lang: Lang, scale: _Scale) -> tuple[dict[str, _Box], list[_Wire], float, float, float]:
    """Boxes and wires with all their coordinates, and left, width and height of the whole."""
    boxes = _place(table, scale)
    wires = _wires(table, lang, boxes, scale)
    by = {name: [w for w in wires if w.channel == name] for name in ("above", "between", "below")}
    counts = {name: _tracks(group) for name, group in by.items()}
    top = (_PAD + 30 if scale.labels else 4) + counts["above"] * scale.track + 10
    lower = top + scale.height + (counts["between"] + 1) * scale.track
    for box in boxes.values():
        box.y = top if box.row == 0 else lower
    deepest = (lower if any(box.row for box in boxes.values()) else top) + scale.height
    for wire in by["above"]:
        wire.y = top - scale.track * (wire.track + 1)
    for wire in by["between"]:
        wire.y = top + scale.height + scale.track * (wire.track + 1)
    for wire in by["below"]:
        wire.y = deepest + scale.track * (wire.track + 1)
    tracked = [wire for name in by for wire in by[name]]
    for wire in tracked:
        wire.label_x = _quiet_place(wire, tracked, scale)
    pad = _PAD if scale.labels else 2
    left = min([b.x for b in boxes.values()] + [w.reach[0] for w in tracked]) - pad
    right = max([b.x + scale.width for b in boxes.values()] + [w.reach[1] for w in tracked]) + pad
    return boxes, wires, left, right - left, deepest + counts["below"] * scale.track + (_PAD + 24 if scale.labels else 6)


def _quiet_place(wire: _Wire, wires: Sequence[_Wire], scale: _Scale) -> float:
    """Where on its track the label stands in the way of the fewest lines; the middle, if that is as good."""
    half = wire.label_width / 2 + 4
    left, right = wire.reach
    uprights = [
        (x, *sorted((other.y, box.y + (0 if _top(other, box) else scale.height))))
        for other in wires
        for x, box in ((other.x1, other.source), (other.x2, other.dest))
    ]
    middle = (wire.x1 + wire.x2) / 2
    steps = max(int((right - left - 2 * half) // 6), 0)
    places = [middle, *(left + half + 6 * at for at in range(steps + 1))]

    def cost(place: float) -> tuple[int, float]:
        hit = sum(place - half < x < place + half and lo < wire.y < hi + 14 for x, lo, hi in uprights)
        return hit, abs(place - middle)

    return min(places, key=cost)


_STYLE: Final = """
text{font:12px "Noto Sans CJK SC","Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;fill:#24292f}
.state rect{fill:#ffffff;stroke:#8c959f;stroke-width:1.2}
.state text{text-anchor:middle}
.visited rect{fill:#eef5ff;stroke:#1f6feb;stroke-width:2.2}
.current rect{fill:#1f6feb;stroke:#0b3d91;stroke-width:2.2}
.current text{fill:#ffffff;font-weight:600}
.edge path{fill:none;stroke:#6e7781;stroke-width:1.2}
.edge text{text-anchor:middle;stroke:#ffffff;stroke-width:4px;stroke-linejoin:round;paint-order:stroke}
.note{fill:#57606a}
.heading{font-size:16px;font-weight:600}
"""


def svg(
    table: Table, lang: Lang, current: str | None = None, visited: Collection[str] = (), *, bare: bool = False,
    ahead: Collection[str] = (), passed: Collection[tuple[str, str]] = (),
) -> str:  # fmt: skip
    """*table* as an SVG drawing with title and description for those who cannot see it.

    Args:
        current: the state things stand in, filled.
        visited: states passed through, outlined.
        bare: to stand in a page that has styles of its own: no style, no ground, no heading; classes `state`, `edge`,
            `current`, `visited`, `ahead` and `passed` say what is what. It is small and without labels, which are shown where one
            points at an edge, and it becomes as wide as there is room.
        ahead: states that can be reached from here at once; *passed*: (from, to) of edges that were taken. Only where *bare*.
    """
    scale = _SMALL if bare else _WHOLE
    boxes, wires, left, width, height = _arrange(table, lang, scale)
    title = word("table", table.name, lang)
    told = listed(
        (f"{state_name(table, w.edge.source, lang)} → {state_name(table, w.edge.dest, lang)}: {w.edge.label}" for w in wires), lang
    )
    size = "" if bare else f' width="{width:.0f}" height="{height:.0f}"'
    tip = "" if bare else ' fill="#6e7781"'
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left:.0f} 0 {width:.0f} {height:.0f}"{size}'
        f' role="img" aria-labelledby="title desc" lang="{lang}">',
        f'<title id="title">{_escaped(title)}</title>',
        f'<desc id="desc">{_escaped(told)}</desc>',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0L8 4L0 8z"{tip}/></marker></defs>',
    ]
    if not bare:
        out[3:3] = [f"<style>{_STYLE}</style>"]
        out += [
            f'<rect x="{left:.0f}" width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
            f'<text class="heading" x="{left + _PAD:.0f}" y="{_PAD}">{_escaped(title)}</text>',
        ]
    out += [_edge(w, scale, passed=(w.edge.source, w.edge.dest) in passed, told=bare) for w in wires]
    if scale.labels:
        out += [_tag(w, scale) for w in wires]
    sized = 'font-size="{:.1f}"' if bare else 'style="font-size:{:.1f}px"'
    for box in boxes.values():
        mark = _mark(box.state, current, visited, ahead if bare else ())
        x, y, name = box.x + scale.width / 2, box.y + scale.height / 2, state_name(table, box.state, lang)
        fits = min(14.0, 14 * (scale.width - 12) / text_width(name, 14))
        out.append(
            f'<g class="state{mark}" id="{box.state}"><rect x="{box.x:.1f}" y="{box.y:.1f}" width="{scale.width}"'
            f' height="{scale.height}" rx="10"/><text x="{x:.1f}" y="{y + 5:.1f}"'
            f" {sized.format(fits)}>{_escaped(name)}</text></g>"
        )
    if not bare and (note := _drawn(table, lang)[1]):
        out.append(f'<text class="note" x="{left + _PAD:.0f}" y="{height - 16:.0f}">{_escaped(note)}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def _mark(state: str, current: str | None, visited: Collection[str], ahead: Collection[str]) -> str:
    if state == current:
        return " current"
    return " visited" if state in visited else " ahead" if state in ahead else ""


def _edge(wire: _Wire, scale: _Scale, *, passed: bool, told: bool) -> str:
    if not told:
        return f'<g class="edge"><path d="{_path(wire, scale)}" marker-end="url(#tip)"/></g>'
    # a line is too thin to point at, so one that nobody sees lies under it
    path = _path(wire, scale)
    return (
        f'<g class="edge{" passed" if passed else ""}"><title>{_escaped(wire.edge.label)}</title>'
        f'<path class="wide" d="{path}"/><path d="{path}" marker-end="url(#tip)"/></g>'
    )


def _path(wire: _Wire, scale: _Scale) -> str:
    a, b = wire.source, wire.dest
    if wire.channel == "straight":
        y = a.y + scale.height / 2
        start, end = (a.x + scale.width, b.x) if a.x < b.x else (a.x, b.x + scale.width)
        return f"M{start:.1f} {y:.1f}H{end:.1f}"
    y1 = a.y + (0 if _top(wire, a) else scale.height)
    y2 = b.y + (0 if _top(wire, b) else scale.height)
    return f"M{wire.x1:.1f} {y1:.1f}V{wire.y:.1f}H{wire.x2:.1f}V{y2:.1f}"


def _tag(wire: _Wire, scale: _Scale) -> str:
    label = wire.edge.label
    if wire.channel == "straight":
        x = (wire.source.x + wire.dest.x + scale.width) / 2
        return f'<g class="edge"><text x="{x:.1f}" y="{wire.source.y + scale.height / 2 - 7:.1f}">{_escaped(label)}</text></g>'
    return f'<g class="edge"><text x="{wire.label_x:.1f}" y="{wire.y - 5:.1f}">{_escaped(label)}</text></g>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
