"""多数派: a primary and two standbys of our own, one of which has every commit; and what is left when the primary dies under load."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple

import psycopg
from tests.children import child
from tests.postgres import Server

from aftersales_core.errors import StoreUnusable
from aftersales_postgres import PostgresRecorder, open_recorder

NAMES = ("s1", "s2")


class Quorum:
    """A primary, and two standbys of which any one has to have a commit before anybody is told of it."""

    def __init__(self, primary: Server, standbys: dict[str, Server]) -> None:
        self.primary = primary
        self.standbys = standbys
        self.promoting = 0.0
        """When the new primary was told to become one."""
        self._all = (primary, *standbys.values())

    def url(self, **options: str) -> str:
        """Whichever of the three can be written to."""
        hosts = ",".join(str(server.folder) for server in self._all)
        more = "".join(f"&{name}={value}" for name, value in options.items())
        return f"postgresql://tests@/postgres?host={hosts}&target_session_attrs=read-write{more}"

    def catch_up(self, name: str) -> None:
        """Return when the standby *name* shows everything that is committed."""
        with psycopg.connect(self.primary.url(), autocommit=True) as connection:
            written = _one(connection, "SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        with psycopg.connect(self.standbys[name].url(), autocommit=True) as connection:
            while _one(connection, "SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn") < written:
                time.sleep(0.01)

    def detach(self, name: str) -> None:
        """From now on the standby *name* receives nothing, and the other one alone has what is acknowledged."""
        _set(self.standbys[name], primary_conninfo="")
        _received(self.standbys[name])

    def attach(self, name: str) -> None:
        """Let the standby *name* receive again."""
        _set(self.standbys[name], primary_conninfo=f"host={self.primary.folder} user=tests application_name={name}")

    def fail_over(self, wrongly: bool = False) -> str:
        """Kill the primary, promote the standby that has received most, have the other follow it; who it was.

        Args:
            wrongly: promote the one that has received least, alone: what a careful fail-over never does.
        """
        self.primary.kill()
        received = {name: _received(server) for name, server in self.standbys.items()}
        chosen = (min if wrongly else max)(received, key=lambda name: received[name])
        self.primary = self.standbys.pop(chosen)
        if wrongly:
            _set(self.primary, synchronous_standby_names="")
        self.promoting = time.monotonic()
        self.primary.promote()
        for name in self.standbys:
            self.attach(name)
        return chosen


def _set(server: Server, **settings: str) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        for name, value in settings.items():
            connection.execute(f"ALTER SYSTEM SET {name} = '{value}'")
        connection.execute("SELECT pg_reload_conf()")


def _received(standby: Server) -> int:
    """How much of the log *standby* has on its disk, when no more is coming."""
    with psycopg.connect(standby.url(), autocommit=True) as connection:
        while _one(connection, "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'"):
            time.sleep(0.01)
        return int(_one(connection, "SELECT pg_last_wal_receive_lsn() - '0/0'::pg_lsn"))


def _one(connection: psycopg.Connection[Any], query: str) -> Any:
    ((found,),) = connection.execute(query)
    return found


@contextmanager
def running_quorum() -> Iterator[Quorum]:
    """Three servers that are gone afterwards, folders and all."""
    with ExitStack() as stack:

        def started(name: str, standby_of: Server | None = None) -> Server:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="aftersales-", ignore_cleanup_errors=True))
            server = Server(Path(folder), standby_of=standby_of, name=name)
            # the standbys try again soon when their primary is gone; nobody may throw away what the other still needs
            server.settings = {"wal_retrieve_retry_interval": "100ms", "wal_keep_size": "512MB"}
            stack.enter_context(server.ended_with_us())
            server.start()
            _set(server, synchronous_standby_names=f"ANY 1 ({', '.join(NAMES)})")
            return server

        primary = started("primary")
        quorum = Quorum(primary, {name: started(name, primary) for name in NAMES})
        with psycopg.connect(primary.url(), autocommit=True) as connection:
            while _one(connection, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'quorum'") < len(NAMES):
                time.sleep(0.02)
        yield quorum


# Each thread works for three streams, now with one event, now with several, and sends what was not answered again,
# under its old id, until somebody says what became of it. It says what it was told, and when it was told nothing.
WRITER = """
import json, sys, time
from threading import Event, Lock, Thread
from eventsourcing.persistence import IntegrityError, StoredEvent
from aftersales_core.errors import StoreUnusable
from aftersales_postgres import open_recorder
url, name, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
stop, saying = Event(), Lock()
def say(*what):
    with saying:
        print(json.dumps(what), flush=True)
def work(who):
    tops, number = {}, 0
    while not stop.is_set():
        stream, number = f"{who}-{number % 3}", number + 1
        command, size = f"{who}:{number}", 1 + number % 4 // 2 * (number % 3)
        top = tops.get(stream, 0)
        events = [StoredEvent(stream, top + 1 + i, "t", command.encode()) for i in range(size)]
        silent = 0
        while True:
            try:
                if number % 5:
                    recorder.insert_events(events, expected=top, command=(command, b"d"))
                elif recorder.insert_each([(events, top, (command, b"d"))]) == [False]:
                    raise IntegrityError
                say("told", stream, top + 1, size, command)
                break
            except IntegrityError:
                if recorder.answer(command) == (stream, b"d", top + 1, top + size):
                    say("told", stream, top + 1, size, command)
                    break
                say("refused", stream, top + 1, size, command)
                stop.set()
                break
            except StoreUnusable as problem:
                if not silent:
                    say("silent", problem.code, command)
                silent += 1
                time.sleep(0.02)
        tops[stream] = top + size
with open_recorder(url) as recorder:
    workers = [Thread(target=work, args=(f"{name}{n}",)) for n in range(threads)]
    say("ready")
    for worker in workers:
        worker.start()
    sys.stdin.readline()
    stop.set()
    for worker in workers:
        worker.join()
"""


class Outcome(NamedTuple):
    """What one fail-over under load led to; the last eight have to be 0."""

    promoted: str
    told: int
    """Commands that were acknowledged, before and after."""
    silent: int
    """Commands that were not answered at first, and sent again."""
    seconds: float
    """From the death of the primary to the first command that was acknowledged afterwards."""
    lost: int
    """Acknowledged commands of which anything is missing."""
    twice: int
    """Commands that were recorded more than once."""
    holes: int
    """Streams whose versions are not 1, 2, 3 …"""
    refused: int
    """Commands that were neither recorded nor known: their writer remembers what the new primary does not have."""
    disordered: int
    """Streams whose positions do not grow with their versions."""
    missed: int
    """Rows that a follower, reading on behind the last position it saw, was never given."""
    phantom: int
    """Rows that a follower was given and that are not there any more."""
    backwards: int
    """Rows that a follower was given out of order."""

    @property
    def wrong(self) -> int:
        """How much of what must not happen did."""
        return sum(self[4:])


class _Voices:
    """What the writers say, as it comes."""

    def __init__(self, writers: list[subprocess.Popen[str]]) -> None:
        self.said: list[tuple[float, list[Any]]] = []
        self.heard = Event()
        self._threads = [Thread(target=self._listen, args=(writer,)) for writer in writers]
        for thread in self._threads:
            thread.start()

    def _listen(self, writer: subprocess.Popen[str]) -> None:
        assert writer.stdout is not None
        with writer.stdout as said:
            for line in said:
                self.said.append((time.monotonic(), json.loads(line)))
                self.heard.set()

    def told(self) -> list[tuple[float, list[Any]]]:
        return [(at, what[1:]) for at, what in list(self.said) if what[0] == "told"]

    def await_ready(self, number: int) -> None:
        """Return when *number* writers have opened the ledger."""
        self._await("writers", number, lambda: sum(what[0] == "ready" for _at, what in list(self.said)))

    def await_told(self, number: int, since: float = 0.0) -> None:
        """Return when *number* commands have been acknowledged since then."""
        self._await("acknowledgements", number, lambda: sum(at > since for at, _ in self.told()))

    def _await(self, what: str, number: int, found: Callable[[], int]) -> None:
        deadline = time.monotonic() + 120
        while found() < number:
            self.heard.clear()
            # what came between counting and clearing is counted in a moment
            if not self.heard.wait(0.1) and time.monotonic() > deadline:
                raise TimeoutError(f"{number} {what} did not come; last heard: {self.said[-3:]}")

    def end(self) -> None:
        for thread in self._threads:
            thread.join()


def _follow(url: str, seen: list[Any], stop: Event) -> None:
    """Read on behind the last position seen, whoever is the primary, until *stop*; and then to the end."""
    with open_recorder(url) as recorder:
        while True:
            last = stop.is_set()
            try:
                while page := recorder.log(seen[-1][4] if seen else 0, 100):
                    seen += page
            except StoreUnusable:
                time.sleep(0.01)
                continue
            if last:
                return


def fail_over_under_load(
    quorum: Quorum, *, before: int, after: int, detached: str = "", wrongly: bool = False, processes: int = 3, threads: int = 2
) -> Outcome:
    """Kill the primary when *before* commands are acknowledged, promote, wait for *after* more, and look at what there is.

    Args:
        detached: the standby that receives nothing of the second half of what is acknowledged before.
        wrongly: promote that one.
    """
    url = quorum.url(schema="shop")
    seen: list[Any] = []
    stop = Event()
    with open_recorder(url) as recorder:
        follower = Thread(target=_follow, args=(url, seen, stop))
        follower.start()
        writers = [child(WRITER, url, f"w{number}-", threads) for number in range(processes)]
        voices = _Voices(writers)
        try:
            voices.await_ready(processes)
            if detached:
                voices.await_told(before // 2)
                quorum.detach(detached)
            voices.await_told(before)
            killed = time.monotonic()
            promoted = quorum.fail_over(wrongly)
            voices.await_told(after, time.monotonic())
        finally:
            for writer in writers:
                assert writer.stdin is not None
                writer.stdin.close()
            for writer in writers:
                writer.wait()
            voices.end()
            stop.set()
            follower.join()
        return _counted(recorder, promoted, (killed, quorum.promoting), voices, seen)


def _counted(
    recorder: PostgresRecorder, promoted: str, when: tuple[float, float], voices: _Voices, seen: list[Any]
) -> Outcome:
    killed, promoting = when
    rows = []
    while page := recorder.log(rows[-1][4] if rows else 0, 1000):
        rows += page
    streams: dict[str, list[tuple[int, int]]] = {}
    commands: Counter[str] = Counter()
    where: dict[tuple[str, int], str] = {}
    for stream, version, _topic, state, position in rows:
        streams.setdefault(stream, []).append((version, position))
        commands[state.decode()] += 1
        where[stream, version] = state.decode()
    told = [what for _at, what in voices.told()]
    size = {command: size for _stream, _first, size, command in told}
    # what is heard between the two is about answers that were on their way
    answered = [at for at, _ in voices.told() if at > promoting]
    return Outcome(
        promoted=promoted,
        told=len(told),
        silent=sum(what[0] == "silent" for _at, what in voices.said),
        seconds=min(answered, default=killed) - killed,
        lost=sum(
            any(where.get((stream, first + i)) != command for i in range(size)) for stream, first, size, command in told
        ),
        twice=sum(number > size.get(command, number) for command, number in commands.items())
        + sum(number > 1 for number in Counter(what[3] for what in told).values()),
        holes=sum([version for version, _ in found] != list(range(1, len(found) + 1)) for found in map(sorted, streams.values())),
        refused=sum(what[0] == "refused" for _at, what in voices.said),
        disordered=sum(any(a[1] >= b[1] for a, b in pairwise(sorted(found))) for found in streams.values()),
        missed=len(set(rows) - set(seen)),
        phantom=len(set(seen) - set(rows)),
        backwards=sum(a[4] >= b[4] for a, b in pairwise(seen)),
    )
