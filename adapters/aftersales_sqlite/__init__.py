"""存档: the ledger in one SQLite file, for one shop, one van or one test.

Importing this package imports nothing else (PEP 562): a command line that only prints its version stays fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aftersales_sqlite.factory import SqliteFactory
    from aftersales_sqlite.recorder import SqliteRecorder
    from aftersales_sqlite.url import open_recorder

__all__ = ["SqliteFactory", "SqliteRecorder", "open_recorder"]

_HOMES = {
    "SqliteFactory": "aftersales_sqlite.factory",
    "SqliteRecorder": "aftersales_sqlite.recorder",
    "open_recorder": "aftersales_sqlite.url",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
