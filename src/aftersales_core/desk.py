"""服务台: the front door for other Python apps. Commands in, answers out; the only place with a clock.

    with Desk.open("sqlite:///aftersales.db") as desk:
        desk.handle({"command": "report", ...})
        desk.look(BOARD, [Where("stage", "eq", "READY")])
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from threading import RLock
from types import TracebackType
from typing import Any, Self, TypeVar
from zoneinfo import ZoneInfo

from aftersales_core.addresses import from_everywhere
from aftersales_core.archive import Archive
from aftersales_core.audit import Step, story
from aftersales_core.cabinet import Cabinet
from aftersales_core.clerk import Clerk, Receipt
from aftersales_core.clocks import Round, TicketClock, clocks_of, logs_of, rounds_of
from aftersales_core.counter import Counter
from aftersales_core.errors import AftersalesError, BadInput, UnknownTicket
from aftersales_core.facts import Entry
from aftersales_core.ledger import Ledger
from aftersales_core.media import Content
from aftersales_core.playbooks import Playbook
from aftersales_core.plugins import RECORDERS, VIEWS, adapter, scheme_of
from aftersales_core.ports import FileRef, FileStore, Page, Safe, ViewStore, Where
from aftersales_core.projector import Projector
from aftersales_core.rules import (
    AnyCommand,
    LegalMove,
    Refusal,
    legal_moves,
    preset,
    refusals,
)
from aftersales_core.rules.access import Access
from aftersales_core.rules.routines import DoRoutine, routine_questions
from aftersales_core.state import HouseLog, Ticket, access_logs_of, is_log, log_of, replay
from aftersales_core.tasklists import Past, Worklist, conditions, of_rounds, rounds_then
from aftersales_core.views import ALL, BY_NAME, WORKLIST, TaskRow, View

R = TypeVar("R")


def _clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one clock of the house


def _aware(**moments: datetime | None) -> None:
    """Raises BadInput for a moment without time zone."""
    for field, moment in moments.items():
        if moment is not None and moment.utcoffset() is None:
            raise BadInput("naive-datetime", field=field, value=moment.isoformat())


class Desk(Archive):
    """Opens a ledger and its views, takes commands, answers questions. Safe to use from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        store: ViewStore,
        *,
        playbooks: Sequence[Playbook] = (),
        clock: Callable[[], datetime] = _clock,
        views: Sequence[View[Any]] = ALL,
        cabinet: Cabinet | None = None,
    ) -> None:
        """Usually `Desk.open`.

        Args:
            cabinet: where files and secrets are kept; in memory unless given.
            playbooks: every edition that tickets were opened under, in order of their dates; a new ticket takes the
                last one in effect when its matter came in.
            clock: gives `recorded_at`; aware datetimes.
        """
        super().__init__(ledger)
        self.store = store
        self.clerk = Clerk(ledger, playbooks or (preset(),), clock)
        self._clock = clock
        self._views = tuple(views)
        self._refreshing = RLock()
        self._cabinet = cabinet or Cabinet.of("memory:", None)
        self._projector = Projector(ledger, store, self.clerk.playbook_of)
        self._past = Past(ledger, store, self.clerk.playbook_of)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        playbooks: Sequence[Playbook] = (),
        clock: Callable[[], datetime] = _clock,
        files: str | None = None,
        safe: str | None = None,
    ) -> Self:
        """A desk on the database at *url*: `sqlite:///file.db`, `sqlite:////absolute.db` or `memory:`.

        Args:
            files: where photos and documents are kept, e.g. `folder:////srv/photos`; beside the database unless given,
                `shop.files` for `shop.db`. Opened when first asked for.
            safe: where accounts, sessions and keys are kept; in the same database unless given. Opened when first asked for.

        Raises:
            StoreUnusable: the database is not ours, newer, read-only, locked …
            NoAdapter: no installed adapter serves this kind of URL.
        """
        recorder = adapter(RECORDERS, url)(url)
        try:
            store = adapter(VIEWS, url)(url)
        except BaseException:
            recorder.close()
            raise
        desk = cls(Ledger(recorder), store, playbooks=playbooks, clock=clock, cabinet=Cabinet.of(url, files, safe))
        desk.url = None if scheme_of(url) == "memory" else from_everywhere(url, os.getcwd())
        return desk

    def close(self) -> None:
        self._cabinet.close()
        self.store.close()
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- commands

    def handle(self, command: AnyCommand | Mapping[str, Any] | str | bytes, *, expect: int | None = None) -> Receipt:
        """Decide *command* and record its facts, all or none, once.

        Args:
            expect: the version of the ticket that its sender saw, 0 where he saw none; any will do unless given. A repeat
                gets its first answer, whatever was expected.

        Raises:
            BadInput: it is no command; names the field, the value and the remedy.
            Refused: a rule says no; carries clause, what is missing and what would make it legal.
            CommandReused: the id answered another command.
            StaleTicket: the ticket is not at the version expected, or others kept writing first; nothing was recorded.
            StoreUnusable: nothing was recorded.
        """
        return self.clerk.handle(self._taken_in(command), expect=expect)

    def handle_each(self, commands: Iterable[AnyCommand | Mapping[str, Any] | str | bytes]) -> list[Receipt | Exception]:
        """What `handle` would return or raise for each of *commands*, in order, with one wait for the disk for many.

        Commands about one ticket are taken one after the other. Every receipt stands for facts on the disk. Whatever is
        raised for one, a mistake of ours included, the others have their own answers.
        """
        parsed: list[AnyCommand | AftersalesError] = []
        for command in commands:
            try:
                parsed.append(self._taken_in(command))
            except AftersalesError as problem:
                parsed.append(problem)
        answers = iter(self.clerk.handle_each([each for each in parsed if not isinstance(each, AftersalesError)]))
        return [each if isinstance(each, AftersalesError) else next(answers) for each in parsed]

    def counter(self) -> Counter:
        """For many clients at once: their commands are written together, each answered by itself; see `Counter`."""
        return Counter(self.clerk.handle_each, self._taken_in)

    def check(self, command: AnyCommand | Mapping[str, Any] | str | bytes) -> Receipt:
        """What `handle` would record, without recording it; raises what it would raise."""
        return self.clerk.check(self._taken_in(command))

    def refusals(self, command: AnyCommand) -> tuple[Refusal, ...]:
        """Every reason why *command* is not legal now; empty where it is."""
        if isinstance(command, Access):
            return ()
        if isinstance(command, DoRoutine):
            return tuple(routine_questions(command, self.playbook))
        ticket = self.clerk.load(command.ticket)
        return refusals(command, ticket, self.clerk.playbook_of(ticket))

    # --- files

    @property
    def files(self) -> FileStore:
        """Where photos, signatures and documents are kept; opened when first asked for."""
        return self._cabinet.store

    @property
    def safe(self) -> Safe:
        """Where accounts, sessions and keys are kept, beside the ledger and never in it; opened when first asked for."""
        return self._cabinet.safe

    def keep(self, content: Content, *, media_type: str, name: str | None = None) -> FileRef:
        """Keep a file, to be attached to a ticket by the command that names its digest; see `ports.FileStore.put`.

        Args:
            name: what a person calls it; only handed on.
        """
        return self.files.put(content, media_type=media_type)._replace(name=name or None)

    def file(self, digest: str) -> bytes:
        """The bytes of a file, checked against their digest; raises what `ports.FileStore.get` says."""
        return self.files.get(digest)

    def _taken_in(self, command: AnyCommand | Mapping[str, Any] | str | bytes) -> AnyCommand:
        """A command whose file, if it names one, is kept: no fact may name it before. Raises BadInput `file-not-kept`."""
        parsed = self.clerk.parse(command)
        # every command passes here, and a look into its dictionary costs next to nothing
        digest = parsed.__dict__.get("digest")
        if digest is None or self.files.has(digest):
            return parsed
        # a command that was answered gets its answer again, whatever became of the file since
        if self.ledger.answer(parsed.command_id) is None:
            raise BadInput("file-not-kept", field="digest", value=digest, digest=digest)
        return parsed

    # --- questions

    def history(self, ticket: str) -> tuple[Entry, ...]:
        """Every entry of *ticket* in order. Raises UnknownTicket."""
        found = () if is_log(ticket) else tuple(self.ledger.history(ticket))
        if not found:
            raise UnknownTicket("unknown-ticket", ticket=ticket)
        return found

    def state(self, ticket: str, *, as_of: datetime | None = None, known_at: datetime | None = None) -> Ticket:
        """What is true of *ticket*: now, or as of a moment, or as it was known at a moment, or both.

        Args:
            as_of: only what had happened by then.
            known_at: only what had been written down by then.

        Raises:
            UnknownTicket: there is no such ticket; one that was not there yet at that moment is `NEW`.
            BadInput: a moment without time zone.
        """
        _aware(as_of=as_of, known_at=known_at)
        if as_of is None and known_at is None:
            found = self.clerk.load(ticket)
            if found.version == 0:
                raise UnknownTicket("unknown-ticket", ticket=ticket)
            return found
        return replay(ticket, self.history(ticket), as_of=as_of, known_at=known_at)

    def story(self, ticket: str) -> Iterator[Step]:
        """The history of *ticket* step by step with what changed and under which clauses. Raises UnknownTicket."""
        history = self.history(ticket)
        return story(ticket, history, self.clerk.playbook_of(replay(ticket, history[:1])))

    def legal_moves(self, ticket: str, role: str | None = None) -> tuple[LegalMove, ...]:
        """Every command with whether it could be given now to *ticket*, and if not why not. Raises UnknownTicket."""
        found = self.state(ticket)
        return legal_moves(found, self.clerk.playbook_of(found), role)

    def clocks(self, ticket: str, *, as_of: datetime | None = None) -> tuple[TicketClock, ...]:
        """Every clock that has started on *ticket* by now, or by a moment, under the edition it was opened under.

        Raises:
            UnknownTicket: there is no such ticket; one that was not there yet at that moment has no clocks.
            BadInput: a moment without time zone.
        """
        _aware(as_of=as_of)
        history = self.history(ticket)
        opened = replay(ticket, history[:1])
        return clocks_of(opened, self.playbook_of(opened), as_of or self._clock(), history)

    def log(self, day: date) -> HouseLog:
        """What the house did by the calendar in the month of *day*; nothing where nobody said anything. (F-03)"""
        return self.clerk.log(log_of(day))

    def accesses(self, first: date, last: date) -> list[Entry]:
        """Who came in, what was shown in full and carried out from *first* to *last*, in the order written. (H-65)

        The days are those of the house's time zone, both included. Each is asked for by itself; for years, ask for parts.
        """
        zone = ZoneInfo(self.playbook.timezone)
        found = (entry for number in access_logs_of(first, last) for entry in self.ledger.history(number))
        told = (entry for entry in found if first <= entry.occurred_at.astimezone(zone).date() <= last)
        return sorted(told, key=lambda entry: entry.envelope.recorded_at)

    def rounds(self, first: date, last: date, *, at: datetime | None = None) -> list[Round]:
        """Every round of the house's routines from *first* to *last*, as it stands now or at a moment. (F-03, G-01, N-12)

        Raises:
            BadInput: a moment without time zone.
        """
        _aware(at=at)
        logs = {number: self.clerk.log(number) for number in logs_of(first, last)}
        return rounds_of(self.playbook, logs, first, last, at or self._clock())

    def worklist(
        self, at: datetime | None = None, *, role: str | None = None, only: str | None = None, then: bool = False,
        where: Sequence[Where] = (),
    ) -> list[TaskRow]:  # fmt: skip
        """What there is to do at a moment: the house's routines, then what hangs on tickets, what is due first on top.

        (F-01, F-03, R-01, G-01, G-04)

        Args:
            at: the moment, now unless given; tasks that open later are not listed.
            role: only what this role may do, be it the first that holds the duty or another.
            only: only one list, e.g. `calls`; `overdue` is what should have been done before *at*.
            then: as it would have been seen at *at*: only facts that had happened and were written down by then.
                The times of all facts are read for that, once; without it, what is known now is listed.
            where: more that has to hold of a task of a ticket, e.g. `rules.sight.conditions`. The house's routines hang
                on no ticket and have no branch and nobody sent: they stay, for whoever holds one of their roles.

        Raises:
            BadInput: a moment without time zone; a condition that cannot be asked.
        """
        return self._worklist(at, role, only, then, where).rows()

    def worklist_page(
        self, at: datetime | None = None, *, role: str | None = None, only: str | None = None, then: bool = False,
        where: Sequence[Where] = (), after: str | None = None, limit: int = 50,
    ) -> Page[TaskRow]:  # fmt: skip
        """Up to *limit* tasks of the same `worklist`, behind the cursor of the page before; read no further than that.

        Raises:
            BadInput: a moment without time zone, a condition that cannot be asked, a cursor of something else, a limit
                below 1.
        """
        return self._worklist(at, role, only, then, where).page(after, limit)

    def count_tasks(
        self, at: datetime | None = None, *, role: str | None = None, only: str | None = None, then: bool = False,
        where: Sequence[Where] = (),
    ) -> int:  # fmt: skip
        """How many tasks the same `worklist` has."""
        return self._worklist(at, role, only, then, where).count()

    def tally_tasks(
        self, at: datetime | None = None, *, role: str | None = None, only: str | None = None, then: bool = False,
        where: Sequence[Where] = (),
    ) -> dict[str, int]:  # fmt: skip
        """How many tasks the same `worklist` has on each of its lists; together they are `count_tasks`."""
        return self._worklist(at, role, only, then, where).tally()

    def _worklist(
        self, at: datetime | None, role: str | None, only: str | None, then: bool, where: Sequence[Where]
    ) -> Worklist:
        """What is asked of a worklist: where, and with which conditions."""
        _aware(at=at)
        moment = at or self._clock()
        self.refresh([WORKLIST])
        day = moment.astimezone(ZoneInfo(self.playbook.timezone)).date()
        numbers = logs_of(day, day)
        logs = rounds_then(self.ledger.recorder.rows, numbers, moment) if then else {n: self.clerk.log(n) for n in numbers}
        rounds = of_rounds(rounds_of(self.playbook, logs, day, day, moment), moment, role, only)
        asked = conditions(self.playbook, moment, role, only, where)
        return Worklist(rounds, self._past.at(moment) if then else self.store, asked)

    def look(
        self,
        view: View[R] | str,
        where: Sequence[Where] = (),
        *,
        order: Sequence[str] = (),
        after: str | None = None,
        limit: int = 50,
        refresh: bool = True,
    ) -> Page[R]:
        """A page of a view, brought up to date first unless *refresh* is false.

        Raises:
            BadInput: no such view or column, or a cursor of another view.
        """
        found = self._view(view)
        if refresh:
            self.refresh([found])
        return self.store.page(found.shape, where, order=order, after=after, limit=limit)

    def count(self, view: View[Any] | str, where: Sequence[Where] = ()) -> int:
        """How many rows of a view satisfy every condition, up to date."""
        found = self._view(view)
        self.refresh([found])
        return self.store.count(found.shape, where)

    def tally(self, view: View[Any] | str, column: str, where: Sequence[Where] = ()) -> dict[Any, int]:
        """How many rows of a view there are for each value of a column, up to date."""
        found = self._view(view)
        self.refresh([found])
        return self.store.tally(found.shape, column, where)

    def refresh(
        self, views: Sequence[View[Any]] | None = None, progress: Callable[[int, int], None] | None = None
    ) -> int:
        """Bring views up to date; how many entries were read. Each batch is written exactly once.

        Args:
            progress: called with (entries read, entries to read) after every batch.
        """
        with self._refreshing:
            return self._projector.refresh(self._views if views is None else views, progress)

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Drop every view and build it anew from the facts."""
        for view in self._views:
            self.store.reset(view.shape)
        return self.refresh(progress=progress)

    @property
    def playbook(self) -> Playbook:
        """The latest edition of the rules."""
        return self.clerk.latest

    def playbook_of(self, ticket: Ticket) -> Playbook:
        """The edition *ticket* was opened under and keeps. Raises PlaybookUnsound where it is not loaded."""
        return self.clerk.playbook_of(ticket)

    @staticmethod
    def parse(command: AnyCommand | Mapping[str, Any] | str | bytes) -> AnyCommand:
        """A command from JSON, a mapping, or itself; raises BadInput."""
        return Clerk.parse(command)

    # --- inside

    def _view(self, view: View[Any] | str) -> View[Any]:
        if isinstance(view, View):
            return view
        known = {**BY_NAME, **{v.name: v for v in self._views}}
        if view not in known:
            raise BadInput("no-such-view", view=view, known=sorted(known))
        return known[view]
