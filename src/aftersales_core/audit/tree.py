"""树: one hash over many things in their order, and the few hashes that show that a thing is among them.

As RFC 6962 makes it: a leaf is SHA-256 over a zero byte and what it stands for, a node SHA-256 over a one byte and the two below it,
and where a level has a last one without a neighbour it goes up as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

Hash = bytes


def leaf_of(content: bytes) -> Hash:
    """The hash of something at the bottom of a tree."""
    return sha256(b"\0" + content).digest()


def _node(left: Hash, right: Hash) -> Hash:
    return sha256(b"\1" + left + right).digest()


class Growing:
    """The root of a tree that grows leaf by leaf; keeps no more than a hash for each binary digit of its size."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[Hash] = []

    def add(self, leaf: Hash) -> None:
        """Put one more leaf behind the others."""
        whole = self.size
        while whole & 1:
            leaf = _node(self._peaks.pop(), leaf)
            whole >>= 1
        self._peaks.append(leaf)
        self.size += 1

    def root(self) -> Hash:
        """The hash over all leaves so far."""
        if not self._peaks:
            return sha256(b"").digest()
        *others, root = self._peaks
        for peak in reversed(others):
            root = _node(peak, root)
        return root


def root_of(leaves: Iterable[Hash]) -> Hash:
    """The hash over *leaves*."""
    tree = Growing()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


def path_of(leaves: Sequence[Hash], index: int) -> list[Hash]:
    """The hashes that lead from the leaf at *index* to the root, from the bottom up.

    Raises:
        IndexError: there is no such leaf.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    path = []
    level = list(leaves)
    while len(level) > 1:
        beside = index ^ 1
        if beside < len(level):
            path.append(level[beside])
        pairs = zip(level[::2], level[1::2], strict=False)
        level = [_node(left, right) for left, right in pairs] + level[len(level) & ~1 :]
        index >>= 1
    return path


def leads_to(leaf: Hash, index: int, size: int, path: Sequence[Hash]) -> Hash | None:
    """The root that *path* leads to from the leaf at *index* of *size*; None where it is no path of such a tree."""
    if not 0 <= index < size:
        return None
    last, found = size - 1, leaf
    left = list(path)
    while last:
        if index & 1 or index < last:
            if not left:
                return None
            beside = left.pop(0)
            found = _node(beside, found) if index & 1 else _node(found, beside)
        index >>= 1
        last >>= 1
    return None if left else found
