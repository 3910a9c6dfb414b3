"""跟读: following a ledger file as it grows, whoever writes to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventsourcing.persistence import ListenNotifySubscription

if TYPE_CHECKING:
    from aftersales_sqlite.recorder import SqliteRecorder

POLL_SECONDS = 0.05
"""How long a commit of another process may go unnoticed."""


class SqliteSubscription(ListenNotifySubscription["SqliteRecorder"]):
    """Every event after a position, in order, then each new one soon after its commit.

    Commits through the same recorder wake it at once; for other processes its thread looks at SQLite's
    `data_version` every `POLL_SECONDS`. Use it with `with`, or call `stop()`: until then its thread runs,
    and keeps the program running.
    """

    def __init__(self, recorder: SqliteRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        recorder.attach(self)
        if self._has_been_stopped:  # the thread, already running, met an error before we were attached
            recorder.detach(self)

    def wake(self) -> None:
        """There may be something new to read."""
        self._has_been_notified.set()

    def stop(self) -> None:
        """End the iteration promptly, also one that is waiting in another thread."""
        super().stop()
        self._recorder.detach(self)

    def join(self) -> None:
        """Wait until the thread of a stopped subscription has ended."""
        self._pull_thread.join()

    def _loop_on_pull(self) -> None:
        try:
            version = self._pull_after_look()
            while not self._has_been_stopped:
                woken = self._has_been_notified.wait(POLL_SECONDS)
                if woken or self._recorder.data_version() != version:
                    version = self._pull_after_look()
        except BaseException as error:  # handed to whoever iterates
            self._thread_error = error
            self.stop()

    def _pull_after_look(self) -> int:
        """Read what is there, and return the `data_version` from before: a commit in between is seen next time."""
        version = self._recorder.data_version()
        top = self._recorder.max_notification_id()
        self._pull()
        if top is not None:
            # Positions appear in order, so everything up to `top` was looked at, wanted topic or not;
            # without this a rare topic would read the whole ledger again at every commit.
            self._last_notification_id = max(self._last_notification_id or 0, top)
        return version
