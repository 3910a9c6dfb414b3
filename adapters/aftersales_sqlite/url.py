"""地址: ledger files by URL, the form in which settings and command lines name them."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

from aftersales_core.errors import StoreUnusable
from aftersales_sqlite.recorder import SqliteRecorder


def open_recorder(url: str) -> SqliteRecorder:
    """The recorder at `sqlite:///relative.db` or `sqlite:////absolute/path.db`, with `?timeout=5` (seconds) if wanted.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason), or the file is not usable.
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
    timeout = 10.0
    for key, value in parse_qsl(parts.query, keep_blank_values=True):
        if key != "timeout":
            raise refused(f"unknown option {key!r}; the only one is timeout, in seconds")
        try:
            timeout = float(value)
        except ValueError:
            timeout = -1
        if not 0 <= timeout <= 3600:
            raise refused(f"timeout is {value!r}; write a number of seconds from 0 to 3600")
    return SqliteRecorder(unquote(parts.path[1:]), timeout=timeout)
