"""地址: folders of files by URL."""

from __future__ import annotations

from aftersales_core.addresses import folder_address
from aftersales_folder.store import FolderFileStore


def open_files(url: str) -> FolderFileStore:
    """The store at `folder:///relative.files` or `folder:////absolute/path.files`.

    `?size=` (bytes) and `?pixels=` allow other than 20 MiB and 100 megapixels.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason), or the folder is not usable.
    """
    path, limits = folder_address(url)
    return FolderFileStore(path, limits)
