"""措辞: forms and registers, where they are printed and filed."""

from __future__ import annotations

from typing import Final

ZH: Final[dict[str, str]] = {}

EN: Final[dict[str, str]] = {}
