"""窗口: one desk for many at once; whoever comes while the disk is busy is served together next, with one wait for it.

    with desk.counter() as counter:
        receipt = counter.submit(command).result()      # from a thread
        receipt = await counter.handle(command)         # from a coroutine

Every answer is given after the facts of its own command are on the disk, and is what `Desk.handle` would have said.
Those who came first are served first, and one ticket's commands are taken in the order they came.
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, get_running_loop
from asyncio import Future as Promise
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeAlias

from aftersales_core.clerk import Expecting, Receipt
from aftersales_core.rules import AnyCommand

MOST: Final = 256
"""Commands decided and written together; more would only make the first of them wait longer."""

Answer: TypeAlias = Receipt | Exception


class _Visitor(NamedTuple):
    """Somebody who waits for an answer; a coroutine's promise may be touched by its own loop only."""

    command: AnyCommand | Expecting
    future: Future[Receipt] | Promise[Receipt]
    loop: AbstractEventLoop | None


class Counter:
    """Takes commands from any number of threads and coroutines, and has one thread of its own decide and write them."""

    def __init__(
        self,
        serve: Callable[[Sequence[AnyCommand | Expecting]], Sequence[Answer]],
        parse: Callable[[Any], AnyCommand],
        *,
        most: int = MOST,
    ) -> None:
        """Usually `Desk.counter`.

        Args:
            serve: answers several commands, in order.
            parse: makes a command of what is handed in; raises BadInput.
            most: how many are served together.
        """
        self._serve = serve
        self._parse = parse
        self._most = most
        self._queue: SimpleQueue[_Visitor | None] = SimpleQueue()
        self._door = Lock()  # nobody is let in behind the last one
        self._open = True
        self._thread = Thread(target=self._work, name="aftersales-counter")
        self._thread.start()

    def submit(self, command: AnyCommand | Any, *, expect: int | None = None) -> Future[Receipt]:
        """Hand a command in; the future holds the receipt, or raises what `Desk.handle` raises.

        A future that could be cancelled was not served: nothing is recorded.

        Args:
            expect: the version of the ticket that the command is meant for; any, unless given.

        Raises:
            BadInput: it is no command.
            RuntimeError: the counter is closed.
        """
        future: Future[Receipt] = Future()
        self._enter(_Visitor(self._wanted(command, expect), future, None))
        return future

    async def handle(self, command: AnyCommand | Any, *, expect: int | None = None) -> Receipt:
        """Hand a command in and wait for its receipt without holding up the loop; raises what `Desk.handle` raises.

        Cancelled while it waits, the command may be recorded all the same; its id tells.
        """
        loop = get_running_loop()
        promise: Promise[Receipt] = loop.create_future()
        self._enter(_Visitor(self._wanted(command, expect), promise, loop))
        return await promise

    def _wanted(self, command: AnyCommand | Any, expect: int | None) -> AnyCommand | Expecting:
        parsed = self._parse(command)
        return parsed if expect is None else Expecting(parsed, expect)

    def close(self) -> None:
        """Serve whoever has come, then end; twice is fine."""
        with self._door:
            if self._open:
                self._open = False
                self._queue.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _enter(self, visitor: _Visitor) -> None:
        with self._door:
            if not self._open:
                raise RuntimeError("the counter is closed; open another with Desk.counter()")
            self._queue.put(visitor)

    def _work(self) -> None:
        get = self._queue.get
        while (visitor := get()) is not None:
            come: list[_Visitor | None] = [visitor]
            with suppress(Empty):
                while len(come) < self._most:
                    come.append(get(block=False))
            self._serve_these([each for each in come if each is not None and _waits(each)])
            if come[-1] is None:  # behind it nobody is let in
                return

    def _serve_these(self, visitors: Sequence[_Visitor]) -> None:
        answers: Sequence[Receipt | BaseException]
        try:
            answers = self._serve([visitor.command for visitor in visitors]) if visitors else ()
        except BaseException as problem:  # a mistake of ours; whoever waits has to hear of it, and the next be served
            answers = [problem] * len(visitors)
        loops: dict[AbstractEventLoop, list[tuple[Promise[Receipt], Receipt | BaseException]]] = {}
        for visitor, answer in zip(visitors, answers, strict=True):
            if visitor.loop is None:
                # what the visitor does with the answer is done in this thread, and may end his own program, not the counter
                with suppress(BaseException):
                    _settle(visitor.future, answer)
            else:
                assert isinstance(visitor.future, Promise)
                loops.setdefault(visitor.loop, []).append((visitor.future, answer))
        for loop, told in loops.items():
            try:
                loop.call_soon_threadsafe(_settle_all, told)
            except RuntimeError:  # its loop is closed: nobody waits there any more
                continue


def _waits(visitor: _Visitor) -> bool:
    """Whether the visitor has not gone away; from here on a thread's future cannot be cancelled any more."""
    if isinstance(visitor.future, Future):
        return visitor.future.set_running_or_notify_cancel()
    return not visitor.future.cancelled()


def _settle_all(told: Sequence[tuple[Promise[Receipt], Receipt | BaseException]]) -> None:
    for promise, answer in told:
        _settle(promise, answer)


def _settle(future: Future[Receipt] | Promise[Receipt], answer: Receipt | BaseException) -> None:
    if future.cancelled():  # a coroutine's, in its own loop; see `_waits` for a thread's
        return
    if isinstance(answer, StopIteration):  # which no coroutine can be told
        told = RuntimeError("a mistake of ours")
        told.__cause__ = answer
        answer = told
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
