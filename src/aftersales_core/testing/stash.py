"""留存: where a scenario keeps, on its pytest item, the refusals that its steps checked."""

from __future__ import annotations

from typing import Final

import pytest

SEEN: Final = pytest.StashKey[list[str]]()
