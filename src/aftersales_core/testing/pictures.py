"""样张: small files of every kind that a file store keeps, for tests. Heads are real; a PNG can be looked at, too."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Final


def png(width: int = 3, height: int = 2, note: bytes = b"") -> bytes:
    """A PNG; *note* makes it another file. Where it claims to be large it holds no pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    rows = (b"\0" + b"\x33\x88\xcc" * width) * height if width * height < 10_000 else b""
    parts = [(b"IHDR", size + b"\x08\x02\0\0\0"), (b"tEXt", b"Comment\0" + note), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


def jpeg(width: int = 3, height: int = 2) -> bytes:
    """The head of a JPEG as a telephone writes it: a thumbnail with a size of its own comes before the picture's size."""

    def segment(marker: int, body: bytes) -> bytes:
        return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body

    def frame(height: int, width: int) -> bytes:
        return segment(0xC0, b"\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big") + b"\x01\x01\x11\0")

    thumbnail = segment(0xE1, b"Exif\0\0\xff\xd8" + frame(90, 160) + b"\xff\xd9")
    tables = segment(0xDB, b"\0" * 65) + segment(0xC4, b"\0" * 20)
    return b"\xff\xd8" + thumbnail + tables + b"\xff" + frame(height, width) + segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\0\xff\xd9"


def gif(width: int = 3, height: int = 2) -> bytes:
    """The head of a GIF."""
    return b"GIF89a" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + b"\0\0\0\x3b"


def webp(width: int = 3, height: int = 2, kind: bytes = b"VP8X") -> bytes:
    """The head of a WebP: `VP8X` extended, `VP8L` lossless, `VP8 ` lossy."""
    less = (width - 1) % 2**24, (height - 1) % 2**24
    body = {
        b"VP8X": b"\0" * 4 + less[0].to_bytes(3, "little") + less[1].to_bytes(3, "little"),
        b"VP8L": b"\x2f" + (less[0] % 2**14 | less[1] % 2**14 << 14).to_bytes(4, "little") + b"\0",
        b"VP8 ": b"\0\0\0\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little"),
    }[kind]
    chunk = kind + len(body).to_bytes(4, "little") + body
    return b"RIFF" + (len(chunk) + 4).to_bytes(4, "little") + b"WEBP" + chunk


def heic(width: int = 3, height: int = 2, brand: bytes = b"heic", before: bytes = b"") -> bytes:
    """The head of an HEIC: the size of one tile and that of the whole, behind the boxes *before*."""

    def box(kind: bytes, body: bytes) -> bytes:
        return (len(body) + 8).to_bytes(4, "big") + kind + body

    def size(width: int, height: int) -> bytes:
        return box(b"ispe", b"\0" * 4 + width.to_bytes(4, "big") + height.to_bytes(4, "big"))

    sizes = size(min(width, 512), min(height, 512)) + size(width, height)
    meta = box(b"meta", b"\0" * 4 + box(b"hdlr", b"\0" * 12) + box(b"iprp", box(b"ipco", box(b"hvcC", b"\0" * 8) + sizes)))
    return box(b"ftyp", brand + b"\0" * 4 + b"mif1heic") + before + meta + box(b"mdat", b"\0" * 16)


def pdf() -> bytes:
    """The smallest PDF that says it is one."""
    return b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def padded(content: bytes, size: int) -> bytes:
    """*content* with zeros behind it, *size* bytes in all."""
    return content + b"\0" * (size - len(content))


PICTURES: Final[dict[str, Callable[[int, int], bytes]]] = {
    "image/jpeg": jpeg,
    "image/png": png,
    "image/webp": webp,
    "image/heic": heic,
    "image/gif": gif,
}
"""Media type → what makes a picture of a width and a height."""

FILES: Final[dict[str, bytes]] = {
    **{media_type: made(3, 2) for media_type, made in PICTURES.items()},
    "application/pdf": pdf(),
}
"""Media type → a file of it, every kind that is kept."""
