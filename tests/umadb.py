"""测试服务器: an UmaDB of our own on loopback, in a temporary folder; the server is in the wheel of its client."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVE = "import sys, umadb; umadb.run_server_from_args(['umadb', *sys.argv[1:]])"
ATTEMPTS = 5


class Umadb:
    """A server on *file*; `start` and `stop` as often as one likes."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._program: subprocess.Popen[str] | None = None
        self.address = ""

    @property
    def url(self) -> str:
        """How a ledger there is called."""
        return f"eventsourcing:eventsourcing_umadb?UMADB_URI=http://{self.address}"

    def start(self) -> None:
        """Come up, and be there when this returns."""
        for _ in range(ATTEMPTS):
            # the port was free a moment ago; whoever took it meanwhile makes the server say so and end
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.address = f"127.0.0.1:{free.getsockname()[1]}"
            self._program = subprocess.Popen(
                [sys.executable, "-c", SERVE, "--listen", self.address, "--db-path", str(self.file)],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            )  # fmt: skip
            assert self._program.stdout is not None
            said = []
            for line in self._program.stdout:
                said.append(line)
                if "started in" in line:
                    return
            self.stop()
        raise RuntimeError("".join(said))

    def stop(self) -> None:
        """Be killed, as by a crash."""
        if self._program is not None:
            self._program.kill()
            self._program.communicate()
            self._program = None


@contextmanager
def running(folder: Path) -> Iterator[Umadb]:
    """A server with nothing in it."""
    server = Umadb(folder / "uma.db")
    server.start()
    try:
        yield server
    finally:
        server.stop()
