"""适配器: found by the scheme of a URL, loaded only when asked for.

The adapters of this distribution are named here, so that opening SQLite costs no search; any other scheme is looked
up among the entry points `aftersales_core.recorders`, `aftersales_core.views`, `aftersales_core.files`,
`aftersales_core.safes`, `aftersales_core.servers` and `aftersales_core.keys`.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from aftersales_core.errors import BadInput, NoAdapter

RECORDERS: Final = "aftersales_core.recorders"
VIEWS: Final = "aftersales_core.views"
FILES: Final = "aftersales_core.files"
SAFES: Final = "aftersales_core.safes"
SERVERS: Final = "aftersales_core.servers"
KEYS: Final = "aftersales_core.keys"

_OURS: Final = {
    (RECORDERS, "memory"): "aftersales_core.ledger:open_recorder",
    (RECORDERS, "sqlite"): "aftersales_sqlite:open_recorder",
    (RECORDERS, "postgresql"): "aftersales_postgres:open_recorder",
    (VIEWS, "memory"): "aftersales_core.memory:open_store",
    (VIEWS, "sqlite"): "aftersales_sql:open_store",
    (VIEWS, "postgresql"): "aftersales_sql:open_store",
    (FILES, "memory"): "aftersales_core.memory:open_files",
    (FILES, "folder"): "aftersales_folder:open_files",
    (SAFES, "memory"): "aftersales_core.memory:open_safe",
    (SAFES, "sqlite"): "aftersales_sql:open_safe",
    (SAFES, "postgresql"): "aftersales_sql:open_safe",
    (SERVERS, "web"): "aftersales_web.serving:serve",
    (KEYS, "ed25519"): "aftersales_ed25519:open_keys",
}


def scheme_of(url: str) -> str:
    """`sqlite` of `sqlite:///file`; raises BadInput where there is none."""
    scheme, colon, _rest = url.partition(":")
    if not colon or not scheme.isidentifier():
        raise BadInput("bad-url", url=url, reason="it has no scheme")
    return scheme


def adapter(group: str, url: str) -> Callable[..., Any]:
    """The opener of *group* for the scheme of *url*.

    Raises:
        NoAdapter: none is installed; the message names those that are.
    """
    scheme = scheme_of(url)
    target = _OURS.get((group, scheme)) or _entry_points(group).get(scheme)
    if target is None:
        installed = sorted({s for g, s in _OURS if g == group} | set(_entry_points(group)))
        raise NoAdapter("no-adapter", url=url, installed=installed)
    module, _, name = target.partition(":")
    opener: Callable[..., Any] = getattr(import_module(module), name)
    return opener


def _entry_points(group: str) -> dict[str, str]:
    from importlib.metadata import entry_points

    return {point.name: point.value for point in entry_points(group=group)}
