"""地址: database files by URL, the form in which settings and command lines name them."""

from __future__ import annotations

from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from aftersales_core.errors import StoreUnusable

TIMEOUT: Final = 10.0
"""Seconds to wait for another writer where nobody says otherwise."""


class FileAddress(NamedTuple):
    """A file and how long to wait for others that write to it, in seconds."""

    path: str
    timeout: float


def file_address(url: str) -> FileAddress:
    """What `sqlite:///relative.db` or `sqlite:////absolute/path.db` says, with `?timeout=5` (seconds) if wanted.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason).
    """

    def refused(reason: str) -> StoreUnusable:
        return StoreUnusable("unopenable", path=url, reason=reason)

    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise refused(str(error)) from error
    if parts.scheme != "sqlite" or parts.netloc or not url.startswith("sqlite:///"):
        raise refused("the URL of a file is sqlite:///relative.db or sqlite:////absolute/path.db")
    if parts.fragment:
        raise refused("a # in a file name is written %23")
    path = unquote(parts.path[1:])
    if path in ("", ".", ":memory:") or "\0" in path:
        raise refused("a database needs a file name; use memory: for a store without one")
    timeout = TIMEOUT
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key != "timeout":
            raise refused(f"unknown option {key!r}; the only one is timeout, in seconds")
        try:
            timeout = float(value)
        except ValueError:
            timeout = -1.0
        if not 0 <= timeout <= 3600:
            raise refused(f"timeout is {value!r}; write a number of seconds from 0 to 3600")
    return FileAddress(path, timeout)
