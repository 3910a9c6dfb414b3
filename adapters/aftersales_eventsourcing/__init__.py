"""别家事件库: a ledger in any event store for which there is an `ApplicationRecorder` of eventsourcing.

Importing this package imports nothing else (PEP 562).
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aftersales_eventsourcing.recorder import EventsourcingRecorder
    from aftersales_eventsourcing.url import open_recorder

__all__ = ["EventsourcingRecorder", "open_recorder"]

_HOMES = {"EventsourcingRecorder": "aftersales_eventsourcing.recorder", "open_recorder": "aftersales_eventsourcing.url"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
