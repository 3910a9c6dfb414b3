"""A run: how much, how often, where, and the server that rows share."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

SHM = Path("/dev/shm")
"""A folder in memory, where there is one: waiting for the disk is nothing there."""


@dataclass
class Run:
    """What was asked for.

    Attributes:
        tickets: as many in rows that need a big store; each row's own number unless given.
        quick: only to see that everything still runs.
        folder: on the disk that is measured.
    """

    rounds: int
    tickets: int | None
    quick: bool
    folder: Path
    stack: ExitStack
    _names: Any = field(default_factory=lambda: count(1))

    def size(self, usual: int, quick: int) -> int:
        """How many of something that costs time and is not the number of tickets in a big store."""
        return quick if self.quick else usual

    def big(self, usual: int, quick: int) -> int:
        """How many tickets a big store has."""
        return self.tickets or self.size(usual, quick)

    def place(self) -> Path:
        """A folder on the disk that nobody has used."""
        return Path(mkdtemp(dir=self.folder))

    def in_memory(self) -> Path | None:
        """A folder whose files are in memory, gone at the end of the run; None where this machine has none."""
        if not SHM.is_dir():
            return None
        from tempfile import TemporaryDirectory

        return Path(self.stack.enter_context(TemporaryDirectory(prefix="aftersales-", dir=SHM)))

    @cached_property
    def server(self) -> Any:
        """A PostgreSQL of our own, started when first asked for. Raises LookupError where its binaries are missing."""
        from tests.postgres import running

        return self.stack.enter_context(running())

    def name(self) -> str:
        """A name that nobody has used."""
        return f"n{next(self._names)}"
