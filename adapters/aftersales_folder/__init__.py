"""文件夹: photos, signatures and documents in a folder on a local disk, each under its own digest.

Importing this package imports nothing else (PEP 562).
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aftersales_folder.store import FolderFileStore
    from aftersales_folder.url import open_files

__all__ = ["FolderFileStore", "open_files"]

_HOMES = {"FolderFileStore": "aftersales_folder.store", "open_files": "aftersales_folder.url"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
