"""地址: event stores by the module that eventsourcing knows them by."""

from __future__ import annotations

from urllib.parse import parse_qsl

from eventsourcing.persistence import InfrastructureFactory, InfrastructureFactoryError, TrackingRecorder
from eventsourcing.utils import Environment

from aftersales_core.errors import StoreUnusable
from aftersales_eventsourcing.recorder import EventsourcingRecorder


def open_recorder(url: str) -> EventsourcingRecorder:
    """The recorder at `eventsourcing:MODULE?NAME=VALUE&…`: a persistence module and what it asks of its environment.

    `eventsourcing:eventsourcing_umadb?UMADB_URI=http://127.0.0.1:50051`, or
    `eventsourcing:eventsourcing.sqlite?SQLITE_DBNAME=ledger.db&ORIGINATOR_ID_TYPE=text`, where the last pair, which
    eventsourcing itself knows, says that the store takes streams by name. `FIRST_VERSION=0` is ours, for stores that
    count from nought.

    Raises:
        StoreUnusable: there is no such module, or it cannot be opened so.
    """
    _scheme, _, rest = url.partition(":")
    module, _, query = rest.partition("?")
    try:
        env = dict(parse_qsl(query, strict_parsing=bool(query)))
        first = int(env.pop("FIRST_VERSION", "1"))
        factory: InfrastructureFactory[TrackingRecorder] = InfrastructureFactory.construct(
            Environment("aftersales", {**env, "PERSISTENCE_MODULE": module})
        )
        store = factory.application_recorder()
    except (InfrastructureFactoryError, OSError, ValueError, ImportError) as problem:
        raise StoreUnusable("unopenable", path=f"eventsourcing:{module}", reason=str(problem)) from problem
    text_ids = env.get("ORIGINATOR_ID_TYPE", "uuid").lower() == "text"
    return EventsourcingRecorder(store, text_ids=text_ids, first=first, close=factory.close, name=module)
