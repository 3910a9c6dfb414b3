"""来件: what is being written, where nobody looks for it yet, and what was left there by a process that died."""

from __future__ import annotations

import fcntl
import mmap
import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from threading import get_ident
from types import TracebackType
from typing import Final, Self

from aftersales_folder.layout import naming

_PART: Final = ".part"
_numbers: Final = count(1)


class Incoming:
    """A file on its way into the store, gone again on leaving unless it was placed.

    It is locked for as long as it is being written. The lock goes with the process, however that ends, and so tells what
    is left over from what somebody is still at.
    """

    def __init__(self, folder: int, path: Path) -> None:
        """Begin a file in the folder open as *folder*; *path* is what errors name."""
        self._folder = folder
        self._path = path
        self._placed = False
        with naming(path, writing=True):
            self._name, self._descriptor = _new(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._placed:
            with suppress(OSError):
                os.unlink(self._name, dir_fd=self._folder)
        os.close(self._descriptor)

    def write(self, chunk: bytes) -> None:
        """Put *chunk* at the end."""
        rest = memoryview(chunk)
        with naming(self._path, writing=True):
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]

    def content(self) -> mmap.mmap:
        """What was written so far, at least one byte."""
        with naming(self._path):
            return mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ)

    def place(self, folder: int, name: str) -> None:
        """Have the disk keep it, and only then give it its name in another folder, all at once; raises OSError."""
        os.fsync(self._descriptor)
        os.replace(self._name, name, src_dir_fd=self._folder, dst_dir_fd=folder)
        self._placed = True


def _new(folder: int) -> tuple[str, int]:
    while True:
        name = f"{os.getpid()}-{get_ident():x}-{next(_numbers)}{_PART}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with suppress(FileExistsError):
            descriptor = os.open(name, flags, 0o600, dir_fd=folder)
            # where there are no locks nothing is ever swept, and nothing is lost but room
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            if os.fstat(descriptor).st_nlink:
                return name, descriptor
            # swept in the moment before it was locked
            os.close(descriptor)


def sweep(folder: int) -> None:
    """Take away what nobody is writing any more."""
    for name in os.listdir(folder):
        if not name.endswith(_PART):
            continue
        with suppress(OSError):
            descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                there, here = os.fstat(descriptor), os.stat(name, dir_fd=folder, follow_symlinks=False)
                if (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino):
                    os.unlink(name, dir_fd=folder)
            finally:
                os.close(descriptor)
