"""索引: what an event store does not tell by itself, gathered from its log: positions, streams, and answered commands.

A stored state is one line more than ours, `stream TAB command id TAB digest in hex`, and then our state as it is. The
digest stands with the first event of a command only.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from eventsourcing.persistence import Notification, StoredEvent

from aftersales_core.errors import StoreUnusable

PAGE: Final = 1000
"""Events read at once."""


class Held(NamedTuple):
    """What a stored state holds."""

    stream: str
    command: str
    digest: str
    state: bytes


def framed(event: StoredEvent, command: tuple[str, bytes] | None, first: bool) -> bytes:
    """The state to be stored for *event*, the *first* of its command or not."""
    command_id, digest = command or ("", b"")
    return f"{event.originator_id}\t{command_id}\t{digest.hex() if first else '-'}\n".encode() + event.state


def held(event: StoredEvent) -> Held:
    """What *event* holds. Raises StoreUnusable where somebody else wrote it."""
    line, newline, state = event.state.partition(b"\n")
    try:
        stream, command, digest = line.decode().split("\t")
        if not newline:
            raise ValueError("it has no first line")
    except ValueError as problem:
        reason = f"event {event.originator_version} of {event.originator_id} was not written by aftersales-core"
        raise StoreUnusable("unopenable", path="the event store", reason=reason) from problem
    return Held(stream, command, digest, state)


class Index:
    """Positions of every stream's events and the answers of commands, as far as the log was read. Not thread-safe."""

    def __init__(self, notifications: Callable[..., Sequence[Notification]]) -> None:
        """*notifications* is the store's `select_notifications`."""
        self._notifications = notifications
        self._begin()

    def _begin(self) -> None:
        self._read: int | None = None
        self.positions: defaultdict[str, list[int]] = defaultdict(list)
        self.answers: dict[str, tuple[str, bytes, int, int]] = {}
        self.count = 0

    def catch_up(self) -> None:
        """Read whatever was written since."""
        try:
            self._catch_up()
        except BaseException:
            self._begin()  # an event may be half in; the next call reads all of them anew
            raise

    def _catch_up(self) -> None:
        while page := self._notifications(self._read, PAGE, inclusive_of_start=False):
            for event in page:
                stream, command, digest, _state = held(event)
                at = self.positions[stream]
                at.append(event.id)
                if command and digest != "-":
                    self.answers.setdefault(command, (stream, bytes.fromhex(digest), len(at), len(at)))
                elif command and (answer := self.answers[command])[0] == stream:
                    self.answers[command] = (*answer[:3], len(at))
                self._read = event.id
            self.count += len(page)
            if len(page) < PAGE:
                return
