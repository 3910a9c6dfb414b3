"""并批: which of several batches can be written, and what one statement is given to write them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from eventsourcing.persistence import StoredEvent

from aftersales_core.ledger.appends import Append, Command, NewRow, misplaced, new_rows, placed
from aftersales_postgres import statements


class Known(NamedTuple):
    """What a ledger is known to hold of what some batches are about."""

    tops: dict[str, int]
    """Stream → its highest version, 0 where there is none. One that is not here is taken to be where it is expected."""
    commands: frozenset[str]
    taken: frozenset[tuple[str, int]]
    """(stream, version) of rows that are there."""


NOTHING_KNOWN = Known({}, frozenset(), frozenset())


class Plan:
    """The batches that fit one after another: what to write, and where the streams have to be for that.

    Batches that expect nothing of their streams need to be planned with what is known.
    """

    def __init__(self, batches: Iterable[Append], known: Known = NOTHING_KNOWN) -> None:
        self.fits: list[bool] = []
        self.lines: list[NewRow] = []
        self.expected: dict[str, int] = {}
        """Stream → the version at which it has to be found."""
        self._tops = dict(known.tops)
        self._taken = set(known.taken)
        self._commands = set(known.commands)
        self._moved: set[str] = set()
        for events, expected, command in batches:
            self.fits.append(not events or self._take(new_rows(events, command), expected, command))

    def _take(self, lines: list[NewRow], expected: int | None, command: Command | None) -> bool:
        places = {line[:2] for line in lines}
        if (command and command[0] in self._commands) or len(places) < len(lines) or places & self._taken:
            return False
        if expected is not None:
            stream = lines[0][0]
            if misplaced(lines, expected) or self._tops.get(stream, expected) != expected:
                return False
            if stream not in self._moved:
                self.expected[stream] = expected
        for stream, version, *_ in lines:
            self._tops[stream] = max(version, self._tops.get(stream, 0))
            self._moved.add(stream)
        self._taken |= places
        if command:
            self._commands.add(command[0])
        self.lines += lines
        return True

    def parameters(self) -> dict[str, Any]:
        """What the statement `APPEND` is given."""
        return parameters(self.lines, self.expected)


def parameters(lines: Sequence[NewRow], expected: dict[str, int]) -> dict[str, Any]:
    """What the statement `APPEND` is given: the columns of *lines*, and the version of each stream that is checked."""
    names = ("streams", "versions", "topics", "states", "commands", "digests", "sizes")
    columns: Iterator[tuple[Any, ...]] = zip(*lines, strict=True)
    return {
        **{name: list(column) for name, column in zip(names, columns, strict=True)},
        "count": len(lines), "checked": list(expected), "expected": list(expected.values()),
    }  # fmt: skip


def asked(events: Sequence[StoredEvent], expected: int | None, command: Command | None) -> tuple[str, dict[str, Any]]:
    """The statement that appends *events*, and what it is given. Raises IntegrityError where their numbering is wrong."""
    lines = placed(events, expected, command)
    if len(lines) == 1:
        names = ("stream", "version", "topic", "state", "command", "digest", "size")
        return statements.APPEND_ONE, {**dict(zip(names, lines[0], strict=True)), "expected": expected}
    if expected is None:
        return statements.APPEND, parameters(lines, {})
    stream, _version, _topic, _state, command_id, digest, size = lines[0]
    return statements.APPEND_RUN, {
        "stream": stream, "expected": expected, "command": command_id, "digest": digest, "count": len(lines),
        "size": size, "topics": [line[2] for line in lines], "states": [line[3] for line in lines],
    }  # fmt: skip
