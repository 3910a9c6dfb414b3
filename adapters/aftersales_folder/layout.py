"""布局: how the folder is laid out, how it is known as ours, and what is wrong with it where it cannot be used.

    AFTERSALES-FILES      says that the folder is ours, and the number of its layout
    incoming/             what is being written
    ab/cd/ef01…           a file, under its digest abcdef01…
    ab/cd/ef01….removed   an empty file: what was here was taken away on purpose

Below the folder itself nothing follows a symbolic link: whoever can only plant one makes us neither read nor write
anything elsewhere.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import get_ident
from typing import Final

from aftersales_core.errors import AftersalesError, FileAltered, StoreUnusable

MARK: Final = "AFTERSALES-FILES"
LAYOUT: Final = 1
INCOMING: Final = "incoming"
REMOVED: Final = ".removed"

_SAID: Final = "Files of an after-sales ledger, each under the SHA-256 of its bytes. Look, and change nothing."
_NO_MATTER: Final = frozenset({"lost+found"})
"""What stands at the top of a disk of its own."""

_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_RIGHTS: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})
_STRANGE: Final = frozenset({errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO})


@contextmanager
def naming(path: Path, *, writing: bool = False) -> Iterator[None]:
    """The only place where errors of the operating system get their meaning; those of *path* leave as `translated`."""
    try:
        yield
    except OSError as error:
        raise translated(error, path, writing) from error


def translated(error: OSError, path: Path, writing: bool) -> AftersalesError:
    """What callers see instead of *error*."""
    if error.errno in _STRANGE:
        return FileAltered("not-a-plain-file", path=str(path))
    if error.errno in _ROOM:
        return StoreUnusable("disk-full", path=str(path), reason=str(error))
    if error.errno in _RIGHTS and writing:
        return StoreUnusable("read-only", path=str(path), reason=str(error))
    if isinstance(error, FileNotFoundError) and not path.is_dir():
        return StoreUnusable("no-such-folder", path=str(path), reason=str(error))
    return StoreUnusable("unopenable", path=str(path), reason=error.strerror or str(error))


@contextmanager
def opened(name: str | Path, within: int | None = None, *, make: bool = False) -> Iterator[int]:
    """A descriptor of a folder, made for its owner alone where it is not there and *make* says so."""
    if make:
        with suppress(FileExistsError):
            os.mkdir(name, 0o700, dir_fd=within)
    descriptor = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def plain_file(name: str, within: int) -> bool:
    """Whether there is a file; False where there is nothing. Raises ELOOP as OSError for a link or anything else."""
    try:
        mode = os.stat(name, dir_fd=within, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(mode):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name)
    return True


def open_plain(name: str, within: int) -> int:
    """A descriptor for reading a file. Raises ELOOP as OSError for a link or anything else that is no file."""
    # a pipe would otherwise wait for its writer
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=within)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), name)
    return descriptor


def is_ours(root: Path) -> bool:
    """Whether the folder is a store already; False where there is none yet, or an empty one.

    Raises:
        StoreUnusable: `folder-not-ours`, `newer-version`, or it cannot be looked into.
    """
    try:
        with opened(root) as top:
            found = set(os.listdir(top))
            mark = _read(MARK, top) if MARK in found else None
    except FileNotFoundError:
        return False
    except OSError as error:
        if error.errno in _STRANGE:
            raise StoreUnusable("folder-not-ours", path=str(root)) from error
        raise translated(error, root, writing=False) from error
    if mark is None:
        # a mark that was being written when the power went counts for nothing
        if all(name.startswith(MARK) or name in _NO_MATTER for name in found):
            return False
        raise StoreUnusable("folder-not-ours", path=str(root))
    name, _, layout = mark.partition(b"\n")[0].partition(b" ")
    if name != MARK.encode() or not layout.isdigit():
        raise StoreUnusable("folder-not-ours", path=str(root))
    if int(layout) > LAYOUT:
        raise StoreUnusable("newer-version", path=str(root), found=int(layout), supported=LAYOUT)
    return True


def _read(name: str, within: int) -> bytes:
    descriptor = open_plain(name, within)
    try:
        return os.read(descriptor, 200)
    finally:
        os.close(descriptor)


def make_ours(root: Path) -> None:
    """Make the folder where there is none, and mark it. Several processes may do so at once.

    Raises:
        OSError: it cannot be made, or not be written to.
    """
    with suppress(FileExistsError):
        root.mkdir(0o700)
    with opened(root) as top:
        part = f"{MARK}.{os.getpid()}-{get_ident():x}"
        text = f"{MARK} {LAYOUT}\n{_SAID}\n".encode()
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=top)
        try:
            if os.write(descriptor, text) < len(text):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), part)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        # gone where a process of the same number on another machine was quicker
        with suppress(FileNotFoundError):
            os.replace(part, MARK, src_dir_fd=top, dst_dir_fd=top)
        os.fsync(top)
    with opened(root.parent) as above:
        os.fsync(above)
