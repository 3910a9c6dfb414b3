"""素材: styles, scripts and icons, read once, packed when first sent, and named by what is in them so that browsers keep them."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static"

TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".webmanifest": "application/manifest+json",
    ".png": "image/png",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Asset:
    """One file; *mark* is the first half of the SHA-256 of its bytes, hex."""

    name: str
    media_type: str
    content: bytes
    mark: str

    @cached_property
    def packed(self) -> bytes:
        """Gzipped, once somebody asks for it: most of what lies here is for few; empty where that saves nothing."""
        packed = gzip.compress(self.content, 9, mtime=0)
        return packed if len(packed) <= len(self.content) * 0.9 else b""

    @property
    def version(self) -> str:
        """What its address says of its bytes."""
        return self.mark[:12]


class Assets:
    """Everything below `static/`, by its name there, e.g. `office.css` or `vendor/htmx.min.js`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._found: dict[str, Asset] = {}
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix in TYPES:
                name = path.relative_to(folder).as_posix()
                self._found[name] = _asset(name, path)

    def find(self, name: str) -> Asset | None:
        """The file of that name, None where there is none."""
        return self._found.get(name)

    def url(self, name: str) -> str:
        """Where a browser gets it. Raises KeyError for what is not there, so that a page without its style is noticed."""
        return f"/static/{name}?v={self._found[name].version}"


def _asset(name: str, path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(name, TYPES[path.suffix], content, sha256(content).hexdigest()[:32])
