"""视图库: rows of views, and the safe, in an SQL database, through SQLAlchemy Core.

Importing this package imports nothing else (PEP 562): `glance` answers from the standard library alone.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aftersales_sql.glance import glance
    from aftersales_sql.safe import SqlSafe
    from aftersales_sql.store import SqlViewStore
    from aftersales_sql.url import open_safe, open_store

__all__ = ["SqlSafe", "SqlViewStore", "glance", "open_safe", "open_store"]

_HOMES = {
    "SqlSafe": "aftersales_sql.safe",
    "SqlViewStore": "aftersales_sql.store",
    "glance": "aftersales_sql.glance",
    "open_safe": "aftersales_sql.url",
    "open_store": "aftersales_sql.url",
}


def __getattr__(name: str) -> "Any":
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOMES[name]), name)
    # importing the module `glance` has put the module itself under this name
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
