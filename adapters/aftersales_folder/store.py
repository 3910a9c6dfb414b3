"""文件库: files in a folder, each under the digest of its bytes; a `ports.FileStore`."""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from aftersales_core.errors import FileAltered, StoreUnusable, UnknownFile
from aftersales_core.media import Content, Limits, checked_digest, chunks, examine
from aftersales_core.ports import FileRef
from aftersales_folder.incoming import Incoming, sweep
from aftersales_folder.layout import (
    INCOMING,
    REMOVED,
    is_ours,
    make_ours,
    naming,
    open_plain,
    opened,
    plain_file,
)

_SHARD: Final = re.compile(r"[0-9a-f]{2}")
_REST: Final = re.compile(r"[0-9a-f]{60}")


class FolderFileStore:
    """Keeps files in a folder on a local disk, for any number of threads and processes.

    What has a name in the folder is whole: bytes are written aside, brought to the disk, and only then named. The folder
    is made when the first file is kept; reading makes nothing.
    """

    def __init__(self, folder: str | Path, limits: Limits | None = None) -> None:
        """Open the store at *folder*, which need not be there yet; the folder above it must.

        Raises:
            StoreUnusable: there is something that is not ours, or of a newer layout; it was left alone.
        """
        # the folder itself may be a link to another disk: that is the owner's own doing
        self.path = Path(os.path.realpath(folder))
        self._limits = limits or Limits()
        self._made = is_ours(self.path)
        self._swept = False
        self._lock = Lock()

    def put(self, content: Content, *, media_type: str) -> FileRef:
        """Keep *content*, if it is what it is said to be; raises as the port says."""
        self._prepare()
        size, hashed = 0, hashlib.sha256()
        with ExitStack() as held:
            with naming(self.path, writing=True):
                root = held.enter_context(opened(self.path))
                incoming = held.enter_context(opened(INCOMING, root, make=True))
            new = held.enter_context(Incoming(incoming, self.path))
            for chunk in chunks(content, self._limits.size):
                size += len(chunk)
                hashed.update(chunk)
                new.write(chunk)
            with closing(new.content()) as written:
                found = examine(written, media_type, self._limits)
            self._keep(new, hashed.hexdigest(), root)
        return FileRef(hashed.hexdigest(), size, found)

    def _keep(self, new: Incoming, digest: str, root: int) -> None:
        name = digest[4:]
        with (
            naming(self._place(digest), writing=True),
            opened(digest[:2], root, make=True) as outer,
            opened(digest[2:4], outer, make=True) as inner,
        ):
            _refuse_removed(digest, inner)
            # what is there and whole is left as it is; what was damaged is mended by the bytes sent again
            if not _whole(name, inner, digest):
                new.place(inner, name)
            # also where somebody else made these folders or this file: he may not have come to this yet
            for folder in (inner, outer, root):
                os.fsync(folder)
            try:
                _refuse_removed(digest, inner)
            except UnknownFile:
                # removed in the meantime; whoever removed it may have looked before it was there
                with suppress(FileNotFoundError):
                    os.unlink(name, dir_fd=inner)
                raise

    def get(self, digest: str) -> bytes:
        """All bytes of a file, checked against their digest; raises as the port says."""
        with self._reading(digest) as descriptor, io.FileIO(descriptor, closefd=False) as stream:
            found = stream.readall()
        if hashlib.sha256(found).hexdigest() != digest:
            raise FileAltered("file-altered", digest=digest, path=str(self._place(digest)))
        return found

    def open(self, digest: str) -> BinaryIO:
        """The same as something to read from; looked through as a whole first."""
        with self._reading(digest) as descriptor:
            stream = io.FileIO(os.dup(descriptor))
            try:
                if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                    raise FileAltered("file-altered", digest=digest, path=str(self._place(digest)))
                stream.seek(0)
                return io.BufferedReader(stream)
            except BaseException:
                stream.close()
                raise

    def has(self, digest: str) -> bool:
        """Whether the file is there and was not removed; the bytes are not looked at."""
        try:
            with self._folder_of(digest) as folder:
                return plain_file(digest[4:], folder) and not plain_file(digest[4:] + REMOVED, folder)
        except UnknownFile:
            return False

    def remove(self, digest: str) -> bool:
        """Take the bytes away for good and remember that it was on purpose; False where they were gone already."""
        name = digest[4:]
        with self._folder_of(digest, writing=True) as folder:
            there, before = plain_file(name, folder), plain_file(name + REMOVED, folder)
            if not there and not before:
                raise UnknownFile("file-not-there", digest=digest)
            if not before:
                # first, so that nobody who sends the same bytes at this moment brings them back
                flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
                os.close(os.open(name + REMOVED, flags, 0o600, dir_fd=folder))
                os.fsync(folder)
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=folder)
            os.fsync(folder)
            return there

    def digests(self) -> Iterator[str]:
        """Everything there are bytes of, in order; also what was removed and came back with a backup."""
        for outer in self._names(self.path, _SHARD):
            for inner in self._names(self.path / outer, _SHARD):
                for rest in self._names(self.path / outer / inner, _REST):
                    yield outer + inner + rest

    def close(self) -> None:
        """Nothing is held between calls."""

    # --- inside

    def _place(self, digest: str) -> Path:
        return self.path / digest[:2] / digest[2:4] / digest[4:]

    def _prepare(self) -> None:
        """Before the first file is kept: the folder is made if need be, and swept of what others left when they died."""
        with self._lock, naming(self.path, writing=True):
            if not self._made and not is_ours(self.path):
                if not self.path.parent.is_dir():
                    raise StoreUnusable("no-such-folder", path=str(self.path.parent))
                make_ours(self.path)
            self._made = True
            if not self._swept:
                with opened(self.path) as root, opened(INCOMING, root, make=True) as incoming:
                    sweep(incoming)
                self._swept = True

    @contextmanager
    def _folder_of(self, digest: str, *, writing: bool = False) -> Iterator[int]:
        """The folder that *digest* would be in. Raises UnknownFile where there is none, or no file in it."""
        checked_digest(digest)
        with naming(self._place(digest), writing=writing):
            try:
                with opened(self.path) as root, opened(digest[:2], root) as outer, opened(digest[2:4], outer) as inner:
                    yield inner
            except FileNotFoundError as error:
                if self._made and not self.path.is_dir():
                    raise StoreUnusable("no-such-folder", path=str(self.path)) from error
                raise UnknownFile("file-not-there", digest=digest) from error

    @contextmanager
    def _reading(self, digest: str) -> Iterator[int]:
        with self._folder_of(digest) as folder:
            _refuse_removed(digest, folder)
            descriptor = open_plain(digest[4:], folder)
            try:
                yield descriptor
            finally:
                os.close(descriptor)

    def _names(self, folder: Path, pattern: re.Pattern[str]) -> list[str]:
        """The names in a folder below ours that are made as ours are; none where it is no folder."""
        with naming(folder):
            try:
                with opened(folder) as descriptor:
                    return sorted(name for name in os.listdir(descriptor) if pattern.fullmatch(name))
            except (FileNotFoundError, NotADirectoryError):
                return []


def _refuse_removed(digest: str, folder: int) -> None:
    if plain_file(digest[4:] + REMOVED, folder):
        raise UnknownFile("file-removed", digest=digest)


def _whole(name: str, folder: int, digest: str) -> bool:
    """Whether the file is there as it was put there."""
    if not plain_file(name, folder):
        return False
    with io.FileIO(open_plain(name, folder)) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == digest
