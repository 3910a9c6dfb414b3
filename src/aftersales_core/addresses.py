"""地址: database files and folders of files by URL, the form in which settings and command lines name them."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, get_args
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from aftersales_core.errors import NoAdapter, StoreUnusable
from aftersales_core.media import Limits

TIMEOUT: Final = 10.0
"""Seconds to wait for another writer where nobody says otherwise."""


Durability = Literal["full", "may-lose-last-minute"]
"""What an acknowledgement by a file is worth in a power cut: everything, or not for what came in the last minute."""

DURABILITIES: Final[tuple[Durability, ...]] = get_args(Durability)


class FileAddress(NamedTuple):
    """A database file, how long to wait for others that write to it, in seconds, and how safe acknowledged facts are."""

    path: str
    timeout: float
    durability: Durability


class FolderAddress(NamedTuple):
    """A folder for files and how large they may be."""

    path: str
    limits: Limits


class ServerAddress(NamedTuple):
    """A schema in a database behind a server."""

    url: str
    """What the driver is given: without our own options, with the password if there is one."""
    name: str
    """What people are shown: without the password."""
    schema: str | None
    """None for the first schema of the search path that there is."""
    timeout: float
    """Seconds to wait for a connection, and for another writer."""
    secrets: tuple[str, ...] = ()

    def hidden(self, text: str) -> str:
        """*text* without the password, should a driver repeat the URL it was given."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def file_address(url: str) -> FileAddress:
    """What `sqlite:///relative.db` or `sqlite:////absolute/path.db` says.

    With `?timeout=5` (seconds) and `?durability=may-lose-last-minute` (instead of `full`) if wanted.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason).
    """
    path, options = _local(url, "sqlite", "the URL of a file is sqlite:///relative.db or sqlite:////absolute/path.db")
    if path in ("", ".", ":memory:"):
        raise _refused(url, "a database needs a file name; use memory: for a store without one")
    timeout = TIMEOUT
    durability: Durability = "full"
    for key, value in options:
        if key == "timeout":
            timeout = _seconds(url, value)
        elif key == "durability":
            durability = _durability(url, value)
        else:
            raise _refused(url, f"unknown option {key!r}; there are timeout, in seconds, and durability")
    return FileAddress(path, timeout, durability)


def server_address(url: str) -> ServerAddress:
    """What `postgresql://user@host/database` says, with `?schema=shop` and `?timeout=5` (seconds) if wanted.

    Everything else in it is the driver's business: several hosts, `host=` for the folder of a socket, `sslmode=` …

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason).
    """
    head, mark, query = url.partition("?")
    login, at, rest = head.removeprefix("postgresql://").rpartition("@")
    user, _, password = login.partition(":")
    secrets = [password, unquote(password)]
    kept, shown, schema, timeout = [], [], None, TIMEOUT
    name = f"postgresql://{user}{at}{rest}"
    for option in query.split("&") if mark else ():
        key, _, value = option.partition("=")
        if key == "schema":
            schema = unquote(value)
        elif key == "timeout":
            timeout = _seconds(name, unquote(value))
            continue
        else:
            kept.append(option)
            if "password" in key:
                secrets += [value, unquote(value)]
                continue
        shown.append(option)
    if not url.startswith("postgresql://") or "#" in url:
        raise _refused(name, "the URL of a database is postgresql://user@host/database; a # in it is written %23")
    if schema is not None and not (0 < len(schema.encode()) < 64 and schema.isprintable()):
        raise _refused(name, f"schema is {schema!r}; write a name of 1 to 63 bytes")
    return ServerAddress(
        "?".join(filter(None, (head, "&".join(kept)))),
        "?".join(filter(None, (name, "&".join(shown)))),
        schema,
        timeout,
        tuple(sorted({s for s in secrets if s}, key=len, reverse=True)),
    )


def _seconds(url: str, value: str) -> float:
    try:
        timeout = float(value)
    except ValueError:
        timeout = -1.0
    if not 0 <= timeout <= 3600:
        raise _refused(url, f"timeout is {value!r}; write a number of seconds from 0 to 3600")
    return timeout


def _durability(url: str, value: str) -> Durability:
    for known in DURABILITIES:
        if value == known:
            return known
    raise _refused(url, f"durability is {value!r}; write {' or '.join(DURABILITIES)}")


def folder_address(url: str) -> FolderAddress:
    """What `folder:///relative.files` or `folder:////absolute/path.files` says, with `?size=` (bytes) or `?pixels=` if wanted.

    Raises:
        StoreUnusable: the URL says something else (`unopenable`, with the reason).
    """
    path, options = _local(url, "folder", "the URL of a folder is folder:///relative.files or folder:////absolute/path.files")
    if path in ("", "."):
        raise _refused(url, "files need a folder of their own; name one")
    limits = Limits()
    for key, value in options:
        if key not in Limits._fields:
            raise _refused(url, f"unknown option {key!r}; there are size, in bytes, and pixels")
        if not (value.isascii() and value.isdigit() and 0 < int(value) <= 10**12):
            raise _refused(url, f"{key} is {value!r}; write a whole number above 0")
        limits = limits._replace(**{key: int(value)})
    return FolderAddress(path, limits)


def files_beside(url: str) -> str:
    """Where the files of a database are kept where nobody says otherwise: `folder:///x.files` beside `sqlite:///x.db`.

    Raises:
        NoAdapter: `no-files-place`; beside any other database there is no such place.
    """
    if url.startswith("memory:"):
        return "memory:"
    if not url.startswith("sqlite:"):
        shown = server_address(url).name if url.startswith("postgresql:") else url
        raise NoAdapter("no-files-place", url=shown)
    return f"folder:///{quote(file_address(url).path.removesuffix('.db'))}.files"


def from_everywhere(url: str, folder: str) -> str:
    """The URL of the same database for a program that works in another folder; *folder* is the one it is opened from."""
    scheme, _three, rest = url.partition(":///")
    path, mark, options = rest.partition("?")
    if scheme != "sqlite" or not path or path.startswith("/"):
        return url
    return f"sqlite:///{quote(folder)}/{path}{mark}{options}"


def _refused(url: str, reason: str) -> StoreUnusable:
    return StoreUnusable("unopenable", path=url, reason=reason)


def _local(url: str, scheme: str, form: str) -> tuple[str, list[tuple[str, str]]]:
    """The path and the options of a URL of *scheme*; *form* is said where it has another."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise _refused(url, str(error)) from error
    if parts.scheme != scheme or parts.netloc or not url.startswith(f"{scheme}:///"):
        raise _refused(url, form)
    if parts.fragment:
        raise _refused(url, "a # in a file name is written %23")
    path = unquote(parts.path[1:])
    if "\0" in path:
        raise _refused(url, "a path has no NUL in it")
    return path, parse_qsl(parts.query, keep_blank_values=True)
