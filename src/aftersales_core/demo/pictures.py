"""照片: a few small drawings in the place of photos: damage as it is found on site, and signatures.

They are drawn in whole numbers and stored without compressing, so that their digests are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from hashlib import sha256
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias
from zlib import adler32, crc32

from aftersales_core.demo.lots import Lots

Point: TypeAlias = tuple[int, int]


class Picture(NamedTuple):
    """A file of the month.

    Attributes:
        digest: SHA-256 of *content*, as a fact names it.
        name: as the telephone calls it.
    """

    digest: str
    content: bytes
    media_type: str
    name: str


WALL, FLOOR, PANEL, GRAIN, EDGE, DARK, CARTON, FOLD, TAPE, BOARD, METAL, LIGHT, PAPER, INK, STONE, SHADE = range(16)

_COLOURS: Final = (
    0xD9D6CF, 0xA99A86, 0xEDE7DC, 0xDDD3C2, 0xC9B79C, 0x2B2622, 0xC49A63, 0x9C7644, 0xE7DCC0, 0x8F6B43, 0x9AA0A6, 0xFAF8F4,
    0xFFFFFF, 0x1C2A55, 0x6F7478, 0x5A544C,
)  # fmt: skip
"""Sixteen colours, in the order of the names above."""


class _Canvas:
    """Rows of pixels, each a number of a colour."""

    def __init__(self, width: int, height: int, ground: int) -> None:
        self.width, self.height = width, height
        self.rows = [bytearray([ground]) * width for _ in range(height)]

    def box(self, left: int, top: int, right: int, bottom: int, colour: int) -> None:
        for row in self.rows[top:bottom]:
            row[left:right] = bytes([colour]) * (right - left)

    def shape(self, corners: Sequence[Point], colour: int) -> None:
        """A filled shape with straight sides."""
        for y in range(min(y for _, y in corners), max(y for _, y in corners)):
            cuts = sorted(
                x0 + (y - y0) * (x1 - x0) // (y1 - y0)
                for (x0, y0), (x1, y1) in pairwise([*corners, corners[0]])
                if min(y0, y1) <= y < max(y0, y1)
            )
            for left, right in zip(cuts[::2], cuts[1::2], strict=True):
                self.box(left, y, right, y + 1, colour)

    def stroke(self, points: Sequence[Point], colour: int, thick: int = 1) -> None:
        for (x0, y0), (x1, y1) in pairwise(points):
            steps = max(abs(x1 - x0), abs(y1 - y0), 1)
            for at in range(steps + 1):
                x, y = x0 + (x1 - x0) * at // steps, y0 + (y1 - y0) * at // steps
                self.box(max(x, 0), max(y, 0), min(x + thick, self.width), min(y + thick, self.height), colour)

    def png(self) -> bytes:
        """Four bits a pixel, in stored blocks."""
        lines = b"".join(b"\0" + bytes(a << 4 | b for a, b in zip(row[::2], row[1::2], strict=True)) for row in self.rows)
        palette = b"".join(colour.to_bytes(3, "big") for colour in _COLOURS)
        size = self.width.to_bytes(4, "big") + self.height.to_bytes(4, "big")
        parts = ((b"IHDR", size + b"\x04\x03\0\0\0"), (b"PLTE", palette), (b"IDAT", _stored(lines)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            len(body).to_bytes(4, "big") + kind + body + crc32(kind + body).to_bytes(4, "big") for kind, body in parts
        )


def _stored(body: bytes) -> bytes:
    """*body* as zlib writes it where it does not compress."""
    blocks = [body[at : at + 0xFFFF] for at in range(0, len(body), 0xFFFF)]
    written = (
        bytes([at == len(blocks)]) + len(block).to_bytes(2, "little") + (len(block) ^ 0xFFFF).to_bytes(2, "little") + block
        for at, block in enumerate(blocks, 1)
    )
    return b"\x78\x01" + b"".join(written) + adler32(body).to_bytes(4, "big")


# --- what is drawn


def _room() -> _Canvas:
    c = _Canvas(240, 180, WALL)
    c.box(0, 150, 240, 180, FLOOR)
    c.box(0, 148, 240, 151, SHADE)
    return c


def _panel(c: _Canvas, left: int, top: int, right: int, bottom: int) -> None:
    """A door panel with its grain, its edge and its shadow."""
    c.box(left + 4, top + 4, right + 4, bottom + 4, SHADE)
    c.box(left, top, right, bottom, PANEL)
    for x in range(left + 9, right - 4, 17):
        c.stroke([(x, top + 3), (x + x % 5 - 2, (top + bottom) // 2), (x, bottom - 3)], GRAIN)
    c.stroke([(left, top), (right - 2, top), (right - 2, bottom - 2), (left, bottom - 2), (left, top)], EDGE, 2)


def _cracked() -> _Canvas:
    c = _room()
    _panel(c, 60, 14, 180, 158)
    crack = [(112, 14), (108, 34), (119, 51), (111, 72), (125, 88), (118, 101), (131, 124)]
    c.stroke([(x + 2, y) for x, y in crack], LIGHT)
    c.stroke(crack, DARK, 2)
    c.stroke([(119, 51), (132, 60), (137, 71)], DARK)
    c.stroke([(125, 88), (113, 95)], DARK)
    return c


def _burst_edge() -> _Canvas:
    c = _room()
    _panel(c, 34, 30, 206, 160)
    c.box(34, 30, 206, 38, EDGE)
    c.shape([(128, 30), (206, 30), (206, 68), (188, 57), (171, 61), (160, 47), (143, 44)], BOARD)
    lots = Lots("board")
    for _ in range(150):
        x, y = lots.between(132, 203), lots.between(31, 55)
        if c.rows[y][x] == BOARD:
            c.box(x, y, x + lots.between(1, 3), y + 1, lots.pick((FOLD, CARTON, SHADE)))
    c.stroke([(128, 30), (143, 44), (160, 47), (171, 61), (188, 57), (206, 68)], DARK)
    c.stroke([(118, 29), (132, 24), (150, 18), (161, 20)], EDGE, 3)
    return c


def _scratched() -> _Canvas:
    c = _room()
    _panel(c, 40, 18, 200, 160)
    for left, top, right, bottom in ((78, 58, 149, 93), (92, 77, 160, 104), (84, 98, 118, 112)):
        c.stroke([(left, top + 1), (right, bottom + 1)], LIGHT, 2)
        c.stroke([(left, top), ((left + right) // 2 + 3, (top + bottom) // 2), (right, bottom)], SHADE)
    return c


def _crushed_box() -> _Canvas:
    c = _room()
    c.shape([(34, 62), (70, 38), (214, 38), (178, 62)], TAPE)
    c.shape([(178, 62), (214, 38), (214, 134), (178, 164)], FOLD)
    c.box(34, 62, 178, 164, CARTON)
    c.box(98, 62, 112, 164, TAPE)
    c.stroke([(34, 62), (178, 62), (178, 164)], FOLD, 2)
    c.shape([(34, 118), (62, 126), (54, 140), (76, 150), (66, 164), (34, 164)], DARK)
    c.stroke([(34, 118), (62, 126), (54, 140), (76, 150), (66, 164)], TAPE, 2)
    c.stroke([(62, 126), (84, 118)], FOLD)
    c.stroke([(76, 150), (99, 146)], FOLD)
    for left in (126, 146):
        c.stroke([(left, 88), (left, 112)], DARK, 2)
        c.stroke([(left - 5, 94), (left, 87), (left + 6, 94)], DARK, 2)
    return c


def _sagging_door() -> _Canvas:
    c = _room()
    c.box(46, 10, 194, 166, SHADE)
    _panel(c, 50, 14, 117, 156)
    _panel(c, 122, 22, 188, 164)
    c.shape([(118, 14), (122, 14), (127, 160), (117, 160)], DARK)
    for left, top in ((106, 76), (127, 84)):
        c.box(left, top, left + 4, top + 26, METAL)
    return c


def _chipped_top() -> _Canvas:
    c = _room()
    c.box(20, 84, 220, 150, PANEL)
    c.box(118, 96, 121, 150, EDGE)
    c.shape([(8, 62), (40, 40), (232, 40), (232, 62)], METAL)
    c.box(8, 62, 232, 84, STONE)
    c.shape([(184, 62), (232, 40), (232, 84), (210, 84), (205, 73), (193, 71)], WALL)
    c.stroke([(193, 71), (205, 73), (210, 84)], DARK, 2)
    c.stroke([(184, 62), (193, 71)], DARK, 2)
    return c


def _signature(of: str) -> _Canvas:
    """Two or three strokes of a pen in a hurry."""
    c, lots = _Canvas(200, 80, PAPER), Lots("signature", of)
    c.box(12, 66, 188, 67, METAL)
    x = lots.between(20, 32)
    for _ in range(lots.between(2, 3)):
        points = [(x, lots.between(26, 50))]
        for _ in range(lots.between(4, 7)):
            x += lots.between(3, 13)
            points.append((x, lots.between(12, 62)))
        c.stroke(_smooth(_smooth(points)), INK, 2)
        x += lots.between(1, 9)
    return c


def _smooth(points: Sequence[Point]) -> list[Point]:
    """The corners are cut off, a quarter of a side from each."""
    cut = [(((3 * a + c) // 4, (3 * b + d) // 4), ((a + 3 * c) // 4, (b + 3 * d) // 4)) for (a, b), (c, d) in pairwise(points)]
    return [points[0], *(point for pair in cut for point in pair), points[-1]]


_DRAWN: Final[dict[str, Callable[[], _Canvas]]] = {
    "开裂": _cracked,
    "封边爆口": _burst_edge,
    "划伤": _scratched,
    "外箱破损": _crushed_box,
    "柜门不齐": _sagging_door,
    "台面缺角": _chipped_top,
    **{f"签名{of}": partial(_signature, of) for of in "甲乙丙丁"},
}  # fmt: skip

SIGNATURES: Final = tuple(name for name in _DRAWN if name.startswith("签名"))

_SHOWN_BY: Final = (
    ("开裂", "开裂"), ("封边", "封边爆口"), ("划伤", "划伤"), ("外箱", "外箱破损"), ("破损", "外箱破损"), ("缺角", "台面缺角"),
    ("磕碰", "台面缺角"), ("下沉", "柜门不齐"), ("跳轨", "柜门不齐"), ("摩擦", "柜门不齐"),
)  # fmt: skip
"""A word of what is wrong → the picture that could show it."""


@cache
def named(name: str) -> Picture:
    """The picture of that name."""
    content = _DRAWN[name]().png()
    return Picture(sha256(content).hexdigest(), content, "image/png", f"{name}.png")


def showing(trouble: str) -> str | None:
    """The name of a picture that could show *trouble*; None where there is none."""
    return next((name for word, name in _SHOWN_BY if word in trouble), None)


def files() -> Iterator[Picture]:
    """Every file that the month names: digest, content, media type, name. Keep them before the commands are given."""
    return map(named, _DRAWN)
