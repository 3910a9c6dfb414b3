"""升版: old stored shapes of facts to today's, dictionary to dictionary.

A shape that was ever stored can be read for ever. When a fact's fields change, its `shape` goes up by one and the
step from the shape before is added here; a golden stream of the old shape goes to `tests/golden`. No fact has
changed its shape yet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

Step: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]

UPCASTS: Final[Mapping[tuple[str, int], Step]] = {}
"""(kind, shape) → the step to the next shape."""


def upcast(kind: str, shape: int, body: dict[str, Any], to: int, steps: Mapping[tuple[str, int], Step] = UPCASTS) -> dict[str, Any]:
    """*body* of a fact of *kind* brought from *shape* up to shape *to*.

    Raises:
        KeyError: a step is missing, or the shape is newer than this program.
    """
    if shape > to:
        raise KeyError(f"{kind} shape {shape} is newer than {to}")
    for number in range(shape, to):
        body = steps[kind, number](body)
    return body
