"""地址: ledger files by URL."""

from __future__ import annotations

from aftersales_core.addresses import file_address
from aftersales_sqlite.recorder import SqliteRecorder


def open_recorder(url: str) -> SqliteRecorder:
    """The recorder at `sqlite:///relative.db` or `sqlite:////absolute/path.db`.

    With `?timeout=5` (seconds) and `?durability=may-lose-last-minute` if wanted; see `SqliteRecorder`.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason), or the file is not usable.
    """
    path, timeout, durability = file_address(url)
    return SqliteRecorder(path, timeout=timeout, durability=durability)
