"""分工: checking a whole ledger in several processes, each with tickets of its own.

The tickets are cut into spans by their numbers, each of about so many facts. A process opens the ledger by its URL, goes
through a span at a time as of one position of the ledger, and hands back what it found; the spans come back in order. So
what is said is what one process alone would have said.

The processes are spawned, as the standard library does it: a program that asks for them has to keep its own beginning
behind `if __name__ == "__main__":`.
"""

from __future__ import annotations

import gc
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import takewhile
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from threading import Thread, current_thread, main_thread
from typing import Final, NamedTuple

from aftersales_core.audit import Finding, Report, Row, verify
from aftersales_core.errors import StoreUnusable
from aftersales_core.ledger import Ledger
from aftersales_core.plugins import RECORDERS, adapter

SPAN: Final = 25_000
"""Facts that a process is given at once."""

WORTH: Final = 4
"""So many spans are worth other processes: to begin one takes as long as two spans do."""

PAGE: Final = 2_000
"""Rows read at once: what a span reads beyond its end is at most that."""

Progress = Callable[[int, int], None]


class Span(NamedTuple):
    """The tickets behind *after* up to and with *upto*, as far as they were written at *head*; the last has no end."""

    after: str
    upto: str | None
    head: int


class _Seen(NamedTuple):
    """What there is in a span: counts of a report, and the findings in order."""

    tickets: int
    facts: int
    flagged: int
    findings: list[Finding]


def spans(ledger: Ledger, size: int = SPAN) -> tuple[list[Span], int]:
    """All tickets as they are now, in spans of about *size* facts; and how many facts those are."""
    head, found, start, facts, whole = ledger.position(), [], "", 0, 0
    for number, version in ledger.tickets():
        if type(number) is not str or type(version) is not int:
            continue  # somebody wrote there: it is found where its rows are looked at, the last of the spans has no end
        facts += version
        if facts >= size:
            found.append(Span(start, number, head))
            start, whole, facts = number, whole + facts, 0
    if facts or not found:
        return [*found, Span(start, None, head)], whole + facts
    return [*found[:-1], found[-1]._replace(upto=None)], whole


def verify_shared(
    ledger: Ledger, url: str, report: Report, processes: int, progress: Progress | None = None, *, size: int = SPAN
) -> Iterator[Finding]:
    """What `audit.verify` says of everything in *ledger*, worked out by so many processes that open *url*.

    Args:
        progress: called with (facts seen, facts there are) after every span.
        size: facts of a span.

    Raises:
        StoreUnusable: a process cannot open the ledger, or ended before it was done (`worker-lost`).
    """
    shares, whole = spans(ledger, size)
    for seen in _seen(ledger, url, shares, min(processes, len(shares)) if len(shares) >= WORTH else 1):
        report.tickets += seen.tickets
        report.facts += seen.facts
        report.flagged += seen.flagged
        if progress is not None:
            progress(min(report.facts, whole), whole)
        for finding in seen.findings:
            report.findings.append(finding)
            yield finding


def _seen(ledger: Ledger, url: str, shares: list[Span], processes: int) -> Iterator[_Seen]:
    """What there is in each of *shares*, in order."""
    if processes < 2:
        for share in shares:
            yield _verified(ledger, share)
        return
    pool = ProcessPoolExecutor(processes, get_context("spawn"), _begin)
    try:
        given: deque[Future[_Seen]] = deque()
        for share in shares:
            with _undisturbed():
                given.append(pool.submit(_share, url, share))
            # enough that nobody waits, and not so much that findings pile up
            if len(given) > 3 * processes:
                yield given.popleft().result()
        while given:
            yield given.popleft().result()
    except BrokenProcessPool as problem:
        raise StoreUnusable("worker-lost", path=_shown(url)) from problem
    finally:
        # Whoever asked may have had enough; what was begun is soon done, and nothing else is. A Ctrl-C waits for that, for a
        # process that is just beginning would look in vain for what the first one has taken with it.
        with _undisturbed():
            pool.shutdown(wait=True, cancel_futures=True)


def _shown(url: str) -> str:
    """The address without who and how, which may hold a password."""
    return url.rpartition("@")[2].partition("?")[0]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Within, a Ctrl-C waits, and a process that is begun does not hear it before it knows what to do with it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    heard: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    # the signal may come to another thread, and Python would raise it here all the same, between a process and the note of it
    put_off = callable(handler) and current_thread() is main_thread()
    if put_off:
        signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if put_off:
            signal.signal(signal.SIGINT, handler)
    if heard and callable(handler):
        handler(signal.SIGINT, None)


def _verified(ledger: Ledger, share: Span) -> _Seen:
    report = Report()
    findings = list(verify(_rows(ledger, share), report))
    return _Seen(report.tickets, report.facts, report.flagged, findings)


def _rows(ledger: Ledger, share: Span) -> Iterator[Row]:
    after, upto, head = share
    found = ledger.recorder.scan(after, PAGE)
    if upto is not None:
        found = takewhile(lambda row: row[0] <= upto, found)
    return (row for row in found if row[4] <= head)


# --- in a process of its own

_ledger: Ledger | None = None


def _begin() -> None:
    # Ctrl-C reaches every process of the terminal; the first one hears it, and lets the others end
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    gc.disable()
    Thread(target=_end_with_the_first, daemon=True).start()


def _end_with_the_first() -> None:
    first = parent_process()
    assert first is not None
    wait([first.sentinel])
    os._exit(1)


def _share(url: str, share: Span) -> _Seen:
    global _ledger
    if _ledger is None:
        _ledger = Ledger(adapter(RECORDERS, url)(url))
        if _ledger.position() < share.head:
            # another file of the name, made just now or long ago: nothing would be found in it, and all be said to be sound
            raise StoreUnusable("unopenable", path=_shown(url), reason="it is not the ledger that is to be checked")
    return _verified(_ledger, share)
