"""数字: whole numbers as somebody typed them."""

from __future__ import annotations

import re
from typing import Final

_WHOLE: Final = re.compile(r"-?[0-9]{1,15}")


def whole(text: str) -> int | None:
    """The number *text* is; None for what is none, or has more digits than anything here is counted in."""
    return int(text) if _WHOLE.fullmatch(text) else None
