"""存档: the ledger in a PostgreSQL database, for several programs on several machines.

Importing this package imports nothing else (PEP 562): the driver is loaded when a database is opened.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aftersales_postgres.factory import PostgresFactory
    from aftersales_postgres.recorder import PostgresRecorder
    from aftersales_postgres.url import open_recorder

__all__ = ["PostgresFactory", "PostgresRecorder", "open_recorder"]

_HOMES = {
    "PostgresFactory": "aftersales_postgres.factory",
    "PostgresRecorder": "aftersales_postgres.recorder",
    "open_recorder": "aftersales_postgres.url",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
