"""抽签: choices that look like chance and are the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final, TypeVar

T = TypeVar("T")

_MASK: Final = (1 << 64) - 1


class Lots:
    """Draws lots from *words*: the same words draw the same lots, other words others (splitmix64)."""

    def __init__(self, *words: object) -> None:
        named = "/".join(map(str, words)).encode()
        self._state = int.from_bytes(blake2b(named, digest_size=8).digest(), "big")

    def below(self, end: int) -> int:
        """A whole number from 0 to *end* - 1."""
        self._state = (self._state + 0x9E3779B97F4A7C15) & _MASK
        mixed = self._state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
        return (mixed ^ (mixed >> 31)) % end

    def between(self, first: int, last: int) -> int:
        """A whole number from *first* to *last*, both included."""
        return first + self.below(last - first + 1)

    def pick(self, things: Sequence[T]) -> T:
        """One of *things*."""
        return things[self.below(len(things))]

    def percent(self, share: int) -> bool:
        """True in *share* of 100 draws."""
        return self.below(100) < share

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """*things* in another order."""
        mixed = list(things)
        for last in range(len(mixed) - 1, 0, -1):
            other = self.below(last + 1)
            mixed[last], mixed[other] = mixed[other], mixed[last]
        return mixed

    def some(self, things: Sequence[T], how_many: int) -> list[T]:
        """*how_many* different ones of *things*."""
        return self.shuffled(things)[:how_many]
