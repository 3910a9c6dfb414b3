"""跟读: following a ledger as it grows, whoever writes to it; what the recorders of real databases have in common."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from eventsourcing.persistence import ApplicationRecorder, ListenNotifySubscription

from aftersales_core.ledger.appends import Append, one_by_one

POLL_SECONDS: Final = 0.05
"""How long a commit of another program may go unnoticed where nothing wakes the follower earlier."""


class FollowedRecorder(ApplicationRecorder):
    """A recorder that wakes its followers after its own commits and can be asked whether others committed."""

    def __init__(self) -> None:
        self._follower_lock = threading.Lock()  # guards the line below
        self._followers: tuple[Follower[Any], ...] = ()

    def insert_each(self, batches: Sequence[Append]) -> list[bool]:
        """Append each batch as `insert_events` does: whether it was written, False where it was refused."""
        return one_by_one(self.insert_events, batches)

    def sign(self) -> int:
        """A number that differs from this thread's last one when anybody has committed in between."""
        raise NotImplementedError

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> Follower[Any]:
        """Follow the ledger from behind position *gt*: an iterator that waits for more; see `Follower`."""
        return Follower(self, gt=gt, topics=topics)

    def attach(self, follower: Follower[Any]) -> None:
        """Wake *follower* after each commit, and stop it on `close()`."""
        with self._follower_lock:
            self._followers = (*self._followers, follower)

    def detach(self, follower: Follower[Any]) -> None:
        """Forget *follower*; one that was never attached is fine."""
        with self._follower_lock:
            self._followers = tuple(each for each in self._followers if each is not follower)

    def wake_followers(self) -> None:
        """There may be something new to read."""
        for follower in self._followers:
            follower.wake()

    def stop_followers(self) -> None:
        """End every subscription, and wait until nobody reads any more."""
        for follower in self._followers:
            follower.stop()
            follower.join()

    def close(self) -> None:
        """End every subscription, and give back what is held; twice is fine."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


R = TypeVar("R", bound=FollowedRecorder)


class Follower(ListenNotifySubscription[R]):
    """Every event after a position, in order, then each new one soon after its commit.

    Commits through the same recorder wake it at once; for those of others its thread asks for the recorder's `sign`
    every `POLL_SECONDS`. Use it with `with`, or call `stop()`: until then its thread runs, and keeps the program running.
    """

    def __init__(self, recorder: R, gt: int | None = None, topics: Sequence[str] = ()) -> None:
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
            sign = self._recorder.sign()
            self._pull_all()
            while not self._has_been_stopped:
                self._has_been_notified.wait(POLL_SECONDS)
                self._has_been_notified.clear()  # before looking: what comes in between is seen next time
                if (found := self._recorder.sign()) != sign:
                    sign = found
                    self._pull_all()
        except BaseException as error:  # handed to whoever iterates
            self._thread_error = error
            self.stop()

    def _pull_all(self) -> None:
        """Read what is there."""
        top = self._recorder.max_notification_id()
        self._pull()
        if top is not None:
            # Positions appear in order, so everything up to `top` was looked at, wanted topic or not;
            # without this a rare topic would read the whole ledger again at every commit.
            self._last_notification_id = max(self._last_notification_id or 0, top)
