"""读到: how far a program of eventsourcing has read another's events, noted together with what it made of them.

For programs built on eventsourcing's projections and process applications; our own views keep their position themselves.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Generic, Literal, Protocol, TypeVar, cast

from eventsourcing.persistence import (
    InfrastructureFactory,
    IntegrityError,
    ProcessRecorder,
    StoredEvent,
    Tracking,
    TrackingRecorder,
)
from eventsourcing.utils import Environment, EnvType, resolve_topic

from aftersales_core.ledger.following import FollowedRecorder

C = TypeVar("C")
"""A connection of the database's driver."""
C_co = TypeVar("C_co", covariant=True)

TABLE: Final = """
CREATE TABLE IF NOT EXISTS tracking (application_name TEXT PRIMARY KEY, notification_id BIGINT NOT NULL)
"""


class Transacting(Protocol[C_co]):
    """What is asked of a recorder that notes are kept beside."""

    def transaction(self) -> AbstractContextManager[C_co]:
        """A connection for writing; what is done with it is committed together, or not at all."""

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """All rows of a question."""

    def close(self) -> None: ...


class SqlTracking(TrackingRecorder, Generic[C]):
    """How far was read, in the table `tracking` of a ledger's database; the root of a view of your own in the same place.

    A view writes its rows within `tracked`, where they stand or fall with the note how far was read:

        def count(self, tracking):
            with self.tracked(tracking) as connection:
                connection.execute("UPDATE …")
    """

    SIGN: str
    """Of a parameter."""
    TABLES: tuple[str, ...] = ()
    """`CREATE TABLE IF NOT EXISTS …` of a view's own tables."""

    def __init__(self, recorder: Transacting[C]) -> None:
        """Stand on *recorder*, which `close` closes."""
        self.recorder = recorder
        with recorder.transaction() as connection:
            driver: Any = connection
            for statement in (TABLE, *self.TABLES):
                driver.execute(statement)

    def fetch(self, statement: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """All rows of a question."""
        return self.recorder.fetch(statement, parameters)

    @contextmanager
    def tracked(self, tracking: Tracking) -> Iterator[C]:
        """A transaction that also notes *tracking*.

        Raises:
            IntegrityError: so far or further was read before; nothing was written.
        """
        with self.recorder.transaction() as connection:
            note(connection, self.SIGN, tracking)
            yield connection

    def insert_tracking(self, tracking: Tracking) -> None:
        """Note *tracking* by itself. Raises IntegrityError where so far or further was read before."""
        with self.tracked(tracking):
            pass

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far the application was read, None for not at all."""
        rows = self.fetch(f"SELECT notification_id FROM tracking WHERE application_name = {self.SIGN}", (application_name,))  # noqa: S608
        return int(rows[0][0]) if rows else None

    def close(self) -> None:
        """Close the recorder; twice is fine."""
        self.recorder.close()


def note(connection: Any, sign: str, tracking: Tracking) -> None:
    """Note *tracking* in a transaction. Raises IntegrityError where so far or further was read before."""
    statement = (
        f"INSERT INTO tracking VALUES ({sign}, {sign}) ON CONFLICT (application_name) DO UPDATE"  # noqa: S608 - words of ours
        " SET notification_id = excluded.notification_id WHERE tracking.notification_id < excluded.notification_id RETURNING 1"
    )
    if not connection.execute(statement, (tracking.application_name, tracking.notification_id)).fetchall():
        raise IntegrityError(
            f"{tracking.application_name!r} was read to {tracking.notification_id} or further before"
        )


class SqlProcessing(ProcessRecorder):
    """Before a recorder among the bases of a class: it notes how far was read together with the events this led to."""

    TRACKING: type[SqlTracking[Any]]
    """What notes in the same database."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """As the recorder."""
        super().__init__(*args, **options)
        recorder: Any = self
        self._tracking = self.TRACKING(recorder)

    def insert_tracking(self, tracking: Tracking) -> None:
        """Note *tracking* by itself. Raises IntegrityError where so far or further was read before."""
        self._tracking.insert_tracking(tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """How far the application was read, None for not at all."""
        return self._tracking.max_tracking_id(application_name)

    def insert_events(
        self, stored_events: Sequence[StoredEvent], *, tracking: Tracking | None = None, **options: Any
    ) -> Sequence[int]:
        """Append events as the recorder does, and note *tracking* in the same transaction.

        Raises:
            IntegrityError: the events are refused, or so far was read before; nothing was written.
        """
        recorder: Any = super()
        written: Sequence[int]
        if tracking is None:
            written = recorder.insert_events(stored_events, **options)
        else:
            sign = self.TRACKING.SIGN
            written = recorder.insert_with(lambda connection: note(connection, sign, tracking), stored_events, **options)
        return written


R = TypeVar("R", bound=FollowedRecorder)


class LedgerFactory(InfrastructureFactory[Any], Generic[R]):
    """Makes recorders for one ledger, as programs built on eventsourcing ask for them. Snapshots are not kept."""

    def __init__(self, env: Environment | EnvType | None) -> None:
        """Read the settings; raises OSError, as eventsourcing's factories do, when one is missing or wrong."""
        super().__init__(env)
        kind = self.env.get("ORIGINATOR_ID_TYPE", "uuid")
        if kind not in ("uuid", "text"):
            raise OSError(f"ORIGINATOR_ID_TYPE is {kind!r}; write uuid or text")
        self.id_type = cast(Literal["uuid", "text"], kind)
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
