"""文件柜: where a desk finds its files and its secrets. Each is opened when it is first asked for; most desks never ask."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from aftersales_core.errors import NoAdapter
from aftersales_core.plugins import FILES, SAFES, adapter
from aftersales_core.ports import FileStore, Safe


class Cabinet:
    """Holds the file store and the safe of one desk. Safe to use from several threads."""

    def __init__(self, open_store: Callable[[], FileStore], open_safe: Callable[[], Safe] | None = None) -> None:
        """
        Args:
            open_safe: in memory unless given.
        """
        self._open_store = open_store
        self._open_safe = open_safe or _in_memory
        self._store: FileStore | None = None
        self._safe: Safe | None = None
        self._lock = Lock()

    @classmethod
    def of(cls, database: str, files: str | None, safe: str | None = None) -> Cabinet:
        """The cabinet for the files at the URL *files*; without one, beside the database at the URL *database*.

        The safe is at the URL *safe*; without one, in the database itself.
        """

        def open_store() -> FileStore:
            from aftersales_core.addresses import files_beside

            url = files_beside(database) if files is None else files
            store: FileStore = adapter(FILES, url)(url)
            return store

        def open_safe() -> Safe:
            url = database if safe is None else safe
            try:
                opener = adapter(SAFES, url)
            except NoAdapter as none:
                if safe is None:
                    raise NoAdapter("no-safe-place", url=url) from none
                raise
            opened: Safe = opener(url)
            return opened

        return cls(open_store, open_safe)

    @property
    def store(self) -> FileStore:
        """The store, opened if need be.

        Raises:
            StoreUnusable: the place is not ours, or cannot be used.
            NoAdapter: nothing says where the files are, or no installed adapter serves this kind of URL.
        """
        with self._lock:
            if self._store is None:
                self._store = self._open_store()
            return self._store

    @property
    def safe(self) -> Safe:
        """The safe, opened if need be.

        Raises:
            StoreUnusable: the database cannot be used.
            NoAdapter: this kind of database has no place for secrets, or no installed adapter serves this kind of URL.
        """
        with self._lock:
            if self._safe is None:
                self._safe = self._open_safe()
            return self._safe

    def close(self) -> None:
        """Close what was ever opened."""
        with self._lock:
            if self._store is not None:
                self._store.close()
            if self._safe is not None:
                self._safe.close()


def _in_memory() -> Safe:
    from aftersales_core.memory import open_safe

    return open_safe()
