"""试验: what tests of this library and of other projects stand on: scenes, journeys, the Chinese steps, the linter.

    from aftersales_core.testing import Scene, given, lint_features

Nothing here is imported before it is asked for, so that the pytest plugin costs other projects nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from aftersales_core.testing.cases import given
    from aftersales_core.testing.feature_lint import Finding, lint_features
    from aftersales_core.testing.journey import TRAILS, scene_at
    from aftersales_core.testing.samples import filled
    from aftersales_core.testing.scene import START, Scene, Step

_ROOMS: Final = {
    "Finding": "feature_lint",
    "lint_features": "feature_lint",
    "given": "cases",
    "TRAILS": "journey",
    "scene_at": "journey",
    "filled": "samples",
    "START": "scene",
    "Scene": "scene",
    "Step": "scene",
}

__all__ = ["START", "TRAILS", "Finding", "Scene", "Step", "filled", "given", "lint_features", "scene_at"]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value
