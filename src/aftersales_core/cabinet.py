"""文件柜: where a desk finds its files. The store is opened when it is first asked for, and most desks never ask."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from aftersales_core.plugins import FILES, adapter
from aftersales_core.ports import FileStore


class Cabinet:
    """Holds the file store of one desk. Safe to use from several threads."""

    def __init__(self, open_store: Callable[[], FileStore]) -> None:
        self._open_store = open_store
        self._store: FileStore | None = None
        self._lock = Lock()

    @classmethod
    def of(cls, database: str, files: str | None) -> Cabinet:
        """The cabinet for the files at the URL *files*; without one, beside the database at the URL *database*."""

        def open_store() -> FileStore:
            from aftersales_core.addresses import files_beside

            url = files_beside(database) if files is None else files
            store: FileStore = adapter(FILES, url)(url)
            return store

        return cls(open_store)

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

    def close(self) -> None:
        """Close the store, if it was ever opened."""
        with self._lock:
            if self._store is not None:
                self._store.close()
