"""跟读: following a ledger in PostgreSQL as it grows, whoever writes to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventsourcing.persistence import ListenNotifySubscription

if TYPE_CHECKING:
    from aftersales_postgres.recorder import PostgresRecorder

POLL_SECONDS = 0.05
"""How long a commit of another program may go unnoticed."""


class PostgresSubscription(ListenNotifySubscription["PostgresRecorder"]):
    """Every event after a position, in order, then each new one soon after its commit.

    Commits through the same recorder wake it at once; for others its thread asks for the highest position every
    `POLL_SECONDS`. Use it with `with`, or call `stop()`: until then its thread runs, and keeps the program running.
    """

    def __init__(self, recorder: PostgresRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
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
            top = self._pull_upto(self._recorder.max_notification_id())
            while not self._has_been_stopped:
                self._has_been_notified.wait(POLL_SECONDS)
                found = self._recorder.max_notification_id()
                if found != top:
                    top = self._pull_upto(found)
        except BaseException as error:  # handed to whoever iterates
            self._thread_error = error
            self.stop()

    def _pull_upto(self, top: int | None) -> int | None:
        """Read what is there, *top* and all before it among them."""
        self._pull()
        if top is not None:
            # Positions appear in order, so everything up to `top` was looked at, wanted topic or not;
            # without this a rare topic would read the whole ledger again at every commit.
            self._last_notification_id = max(self._last_notification_id or 0, top)
        return top
