"""读到: how far a program of eventsourcing has read another's events, noted together with what it made of them.

For programs built on eventsourcing's projections and process applications; our own views keep their position themselves.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Generic, TypeVar

from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    ProcessRecorder,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic

from aftersales_core.ledger.following import FollowedRecorder

C = TypeVar("C")
"""A connection of the database's driver."""

TABLE: Final = """
CREATE TABLE IF NOT EXISTS tracking (application_name TEXT PRIMARY KEY, notification_id BIGINT NOT NULL)
"""


class Tracked(TrackingRecorder, Generic[C]):
    """What tracking recorders on a database with SQL have in common; a view of yours is a subclass with tables of its own.

    It writes them within `tracked`, where they stand or fall with the note how far was read:

        def count(self, tracking):
            with self.tracked(tracking) as connection:
                connection.execute("UPDATE …")
    """

    NOTE: str
    """Moves the note forward; gives a row where it did."""
    LAST: str
    """The note of an application."""

    @abstractmethod
    def transaction(self) -> AbstractContextManager[C]:
        """A connection for writing; what is done with it is committed together, or not at all."""

    @abstractmethod
    def fetch(self, statement: str, parameters: tuple[object, ...]) -> list[Any]:
        """All rows of a query."""

    @contextmanager
    def tracked(self, tracking: Tracking) -> Iterator[C]:
        """A transaction that also notes *tracking*.

        Raises:
            IntegrityError: so far or further was read before; nothing was written.
        """
        with self.transaction() as connection:
            note(connection, self.NOTE, tracking)
            yield connection

    def insert_tracking(self, tracking: Tracking) -> None:
        """Note *tracking* by itself. Raises IntegrityError where so far or further was read before."""
        with self.tracked(tracking):
            pass

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far the application was read, None for not at all."""
        rows = self.fetch(self.LAST, (application_name,))
        return int(rows[0][0]) if rows else None


def note(connection: Any, statement: str, tracking: Tracking) -> None:
    """Note *tracking* in a transaction. Raises IntegrityError where so far or further was read before."""
    if not connection.execute(statement, (tracking.application_name, tracking.notification_id)).fetchall():
        raise IntegrityError(
            f"{tracking.application_name!r} was read to {tracking.notification_id} or further before"
        )


R = TypeVar("R", bound=FollowedRecorder)


class LedgerFactory(InfrastructureFactory[Any], Generic[R]):
    """Makes recorders for one ledger, as programs built on eventsourcing ask for them. Snapshots are not kept."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Read the settings; raises OSError, as eventsourcing's factories do, when one is missing or wrong."""
        super().__init__(env)
        self._made: list[Any] = []
        self._recorder: R | None = None

    @property
    @abstractmethod
    def tracking_recorder_class(self) -> type[TrackingRecorder]:
        """What `tracking_recorder` makes where nothing else is asked for."""

    @abstractmethod
    def open_recorder(self) -> R:
        """A recorder of the ledger."""

    @abstractmethod
    def open_process_recorder(self) -> ProcessRecorder:
        """A recorder of the ledger that notes what was read together with the events it led to."""

    @abstractmethod
    def open_tracking_recorder(self, kind: type[Any]) -> Any:
        """A tracking recorder of class *kind*."""

    def application_recorder(self) -> R:
        """The recorder of the ledger, the same one at every call."""
        if self._recorder is None:
            self._recorder = self._kept(self.open_recorder())
        return self._recorder

    def aggregate_recorder(self, purpose: str = "events") -> R:
        """The same recorder for events; snapshots are not kept."""
        if purpose != "events":
            raise NotImplementedError(f"{purpose} are not kept here; leave IS_SNAPSHOTTING_ENABLED unset")
        return self.application_recorder()

    def process_recorder(self) -> ProcessRecorder:
        """A new recorder for a process application."""
        recorder = self.open_process_recorder()
        self._kept(recorder)
        return recorder

    def tracking_recorder(self, tracking_recorder_class: type[Any] | None = None) -> Any:
        """A new tracking recorder: of the class given, or named by `TRACKING_RECORDER_TOPIC`, or the plain one."""
        kind = tracking_recorder_class
        if kind is None and (topic := self.env.get(self.TRACKING_RECORDER_TOPIC)):
            kind = resolve_topic(topic)
        return self._kept(self.open_tracking_recorder(kind or self.tracking_recorder_class))

    def _kept(self, recorder: Any) -> Any:
        self._made.append(recorder)
        return recorder

    def close(self) -> None:
        """Close every recorder that was made."""
        for recorder in self._made:
            recorder.close()
        self._made.clear()
        self._recorder = None
