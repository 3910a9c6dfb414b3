"""媒体类型: what kind of file some bytes are, told from the bytes themselves, and whether a store may keep them.

Pure, and shared by every file store, so that all of them take and refuse the same. Nothing is decoded: the width and
height of a picture are read from its head, so that a small file that would unpack to a huge picture is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

from aftersales_core.errors import BadInput

TYPES: Final = ("image/jpeg", "image/png", "image/webp", "image/heic", "image/gif", "application/pdf")
"""Everything that is kept. SVG is not: it can carry script, and runs it where it is shown."""

_ALSO: Final = {
    "image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "image/x-png": "image/png", "image/heif": "image/heic",
    "application/x-pdf": "application/pdf",
}  # fmt: skip
"""Other names that phones and browsers give them."""

_HEAD: Final = 4096
"""How many bytes tell the kind."""

_STEPS: Final = 4096
"""How many parts of a file are gone through on the way to the size of a picture."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")

_CHUNK: Final = 2**18


class Readable(Protocol):
    """Something opened for reading bytes."""

    def read(self, size: int = ..., /) -> bytes:
        """Up to *size* bytes, none at the end."""


class Slices(Protocol):
    """Bytes, or a file mapped into memory."""

    def __len__(self) -> int: ...

    def __getitem__(self, part: slice, /) -> bytes: ...


Content: TypeAlias = bytes | bytearray | memoryview | Readable
"""What is put into a store: all of it, or something to read it from piece by piece."""


class Limits(NamedTuple):
    """How large a file may be.

    Attributes:
        size: in bytes.
        pixels: width times height of a picture.
    """

    size: int = 20 * 2**20
    pixels: int = 100_000_000


def checked_digest(value: str) -> str:
    """*value*, if it is 64 lowercase hex digits. Raises BadInput `bad-digest`."""
    if _DIGEST.fullmatch(value) is None:
        raise BadInput("bad-digest", field="digest", value=value)
    return value


def chunks(content: Content, size: int) -> Iterator[bytes]:
    """*content* piece by piece, none of them empty, *size* bytes at most in all.

    Raises:
        BadInput: `file-empty`, or `file-too-large` before more than a piece beyond *size* was read.
    """
    seen = 0
    for chunk in _pieces(content):
        seen += len(chunk)
        if seen > size:
            raise BadInput("file-too-large", field="content", limit=size)
        yield chunk
    if not seen:
        raise BadInput("file-empty", field="content")


def _pieces(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes | bytearray | memoryview):
        whole = memoryview(content).cast("B")
        yield from (bytes(whole[at : at + _CHUNK]) for at in range(0, len(whole), _CHUNK))
        return
    while chunk := content.read(_CHUNK):
        yield chunk


def examine(content: Slices, declared: str, limits: Limits) -> str:
    """The media type of *content*, one of `TYPES`.

    Args:
        declared: what it is said to be; parameters after a `;` and other spellings of the same type are fine.

    Raises:
        BadInput: `file-with-script` for SVG, `file-type-refused` for any other kind that is not kept, `file-type-differs`
            where it is another kind than declared, `image-unreadable` where the head of a picture is torn, and
            `image-too-large` for more pixels than allowed.
    """
    said = declared.partition(";")[0].strip().lower()
    said = _ALSO.get(said, said)
    head = content[0:_HEAD]
    if said == "image/svg+xml" or _is_svg(head):
        raise BadInput("file-with-script", field="media_type", value=declared)
    found = kind_of(head)
    if found is None:
        raise BadInput("file-type-refused", field="media_type", value=declared, known=TYPES)
    if found != said:
        raise BadInput("file-type-differs", field="media_type", value=declared, found=found)
    if (measure := _MEASURES.get(found)) is not None:
        try:
            width, height = measure(content)
        except _TornError:
            width = height = 0
        if not width or not height:
            raise BadInput("image-unreadable", field="content", media_type=found)
        if width * height > limits.pixels:
            raise BadInput("image-too-large", field="content", width=width, height=height, limit=limits.pixels)
    return found


_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis"})


def kind_of(head: bytes) -> str | None:
    """The media type that the first bytes of a file tell, one of `TYPES`; None for any other. 4 kB are enough."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:8] == b"ftyp":
        end = min(int.from_bytes(head[:4], "big"), len(head))
        brands = {head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))}
        return "image/heic" if brands & _HEIC_BRANDS else None
    return None


def _is_svg(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"<") and b"<svg" in text.lower()


# --- width and height


class _TornError(Exception):
    """The head ends, or says what cannot be."""


Order: TypeAlias = Literal["big", "little"]


def _number(content: Slices, at: int, length: int, order: Order = "big") -> int:
    part = content[at : at + length]
    if len(part) != length:
        raise _TornError
    return int.from_bytes(part, order)


def _png(content: Slices) -> tuple[int, int]:
    if content[8:16] != b"\0\0\0\x0dIHDR":
        raise _TornError
    return _number(content, 16, 4), _number(content, 20, 4)


def _gif(content: Slices) -> tuple[int, int]:
    return _number(content, 6, 2, "little"), _number(content, 8, 2, "little")


_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a JPEG that say how large the picture is."""

_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers of a JPEG that nothing follows."""


def _jpeg(content: Slices) -> tuple[int, int]:
    # a thumbnail is a JPEG within a segment, so segments are stepped over and not searched
    at = 2
    for _ in range(_STEPS):
        if _number(content, at, 1) != 0xFF:
            break
        marker = _number(content, at + 1, 1)
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        elif marker in _FRAMES:
            return _number(content, at + 7, 2), _number(content, at + 5, 2)
        elif marker in {0xD9, 0xDA}:
            break
        else:
            at += 2 + _number(content, at + 2, 2)
    raise _TornError


def _webp(content: Slices) -> tuple[int, int]:
    kind = content[12:16]
    if kind == b"VP8X":
        return _number(content, 24, 3, "little") + 1, _number(content, 27, 3, "little") + 1
    if kind == b"VP8L" and content[20:21] == b"\x2f":
        bits = _number(content, 21, 4, "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 " and content[23:26] == b"\x9d\x01\x2a":
        return _number(content, 26, 2, "little") & 0x3FFF, _number(content, 28, 2, "little") & 0x3FFF
    raise _TornError


def _heic(content: Slices) -> tuple[int, int]:
    # a large picture is a grid of tiles, and every one of them has its size written beside the whole
    sizes = [
        (_number(content, ispe + 4, 4), _number(content, ispe + 8, 4))
        for meta, meta_end in _boxes(content, b"meta", 0, len(content))
        for iprp, iprp_end in _boxes(content, b"iprp", meta + 4, meta_end)
        for ipco, ipco_end in _boxes(content, b"ipco", iprp, iprp_end)
        for ispe, _ in _boxes(content, b"ispe", ipco, ipco_end)
    ]
    return max(sizes, key=lambda size: size[0] * size[1], default=(0, 0))


def _boxes(content: Slices, kind: bytes, at: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the bodies of the boxes of *kind* begin and end, among those side by side from *at* to *end*."""
    return ((body, stop) for name, body, stop in islice(_every_box(content, at, end), _STEPS) if name == kind)


def _every_box(content: Slices, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    while at + 8 <= end:
        size, body = _number(content, at, 4), at + 8
        if size == 1:
            size, body = _number(content, body, 8), body + 8
        stop = end if size == 0 else at + size
        if not body <= stop <= end:
            raise _TornError
        yield content[at + 4 : at + 8], body, stop
        at = stop


_MEASURES: Final[dict[str, Callable[[Slices], tuple[int, int]]]] = {
    "image/jpeg": _jpeg,
    "image/png": _png,
    "image/webp": _webp,
    "image/heic": _heic,
    "image/gif": _gif,
}
