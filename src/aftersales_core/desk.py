"""服务台: the front door for other Python apps. Commands in, answers out; the only place with a clock.

    with Desk.open("sqlite:///aftersales.db") as desk:
        desk.handle({"command": "report", ...})
        desk.look(BOARD, [Where("stage", "eq", "READY")])
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from threading import RLock
from types import TracebackType
from typing import Any, NamedTuple, Self, TypeVar

from aftersales_core.audit import Finding, Report, Row, Step, export_line, read_export, story, verify
from aftersales_core.errors import (
    BadInput,
    CommandReused,
    PlaybookUnsound,
    Refused,
    StaleTicket,
    UnknownTicket,
)
from aftersales_core.facts import Entry, Fact
from aftersales_core.ledger import Conflict, Ledger, Stamp, Unwritten
from aftersales_core.playbooks import Playbook
from aftersales_core.plugins import RECORDERS, VIEWS, adapter
from aftersales_core.ports import Page, ViewStore, Where
from aftersales_core.projector import Projector
from aftersales_core.rules import (
    Command,
    LegalMove,
    Refusal,
    TicketCommand,
    decide,
    legal_moves,
    parse_command,
    preset,
    refusals,
)
from aftersales_core.rules.closing import Correct
from aftersales_core.state import Ticket, evolve, needs_replay, replay
from aftersales_core.views import ALL, BY_NAME, View

R = TypeVar("R")

RETRIES = 8
"""How often a command is decided anew when somebody else wrote first."""

REMEMBERED = 10_000
"""How many tickets are kept folded in memory."""


class Receipt(NamedTuple):
    """The answer to a command.

    Attributes:
        entries: what was recorded; none where there was nothing new.
        version: of the ticket now.
        repeated: the command id was answered before and this is the first answer again.
    """

    ticket: str
    version: int
    entries: tuple[Entry, ...]
    repeated: bool = False

    @property
    def flags(self) -> tuple[str, ...]:
        """What is odd about the times; accepted, and shown."""
        return tuple(dict.fromkeys(flag for entry in self.entries for flag in entry.envelope.flags))


def _clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the one clock of the house


class Desk:
    """Opens a ledger and its views, takes commands, answers questions. Safe to use from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        store: ViewStore,
        *,
        playbooks: Sequence[Playbook] = (),
        clock: Callable[[], datetime] = _clock,
        views: Sequence[View[Any]] = ALL,
    ) -> None:
        """Usually `Desk.open`.

        Args:
            playbooks: every edition that tickets were opened under; the last one is for new tickets.
            clock: gives `recorded_at`; aware datetimes.
        """
        self.ledger = ledger
        self.store = store
        self._playbooks = {book.id: book for book in (playbooks or (preset(),))}
        self._current = next(reversed(self._playbooks.values()))
        self._clock = clock
        self._views = tuple(views)
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()
        self._lock = RLock()
        self._refreshing = RLock()
        self._projector = Projector(ledger, store, self.playbook_of)

    @classmethod
    def open(
        cls,
        url: str,
        *,
        playbooks: Sequence[Playbook] = (),
        clock: Callable[[], datetime] = _clock,
    ) -> Self:
        """A desk on the database at *url*: `sqlite:///file.db`, `sqlite:////absolute.db` or `memory:`.

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
        return cls(Ledger(recorder), store, playbooks=playbooks, clock=clock)

    def close(self) -> None:
        self.store.close()
        self.ledger.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- commands

    def handle(self, command: TicketCommand | Mapping[str, Any] | str | bytes) -> Receipt:
        """Decide *command* and record its facts, all or none, once.

        Raises:
            BadInput: it is no command; names the field, the value and the remedy.
            Refused: a rule says no; carries clause, what is missing and what would make it legal.
            CommandReused: the id answered another command.
            StaleTicket: others kept writing first; nothing was recorded.
            StoreUnusable: nothing was recorded.
        """
        parsed = self.parse(command)
        digest = _digest(parsed)
        number = parsed.ticket
        # a repeat is found out where it matters: refused, nothing new, or its id already taken; asking the store
        # first every time would cost as much as the rest of the command
        for _attempt in range(RETRIES):
            ticket = self._remembered(number)
            try:
                facts = self._decide(parsed, ticket)
                if facts:
                    entries = self._append(self.ledger, parsed, ticket, facts, digest)
                    self._keep(ticket, entries)
                    return Receipt(number, entries[-1].version, entries)
            except Conflict:
                if (answered := self._answered(parsed, digest)) is not None:
                    return answered
                self._forget(number)
                continue
            except (Refused, BadInput):
                if (answered := self._answered(parsed, digest)) is not None:
                    return answered
                # what is remembered may be behind what others wrote, and nobody is refused on old news
                if self._current_one(ticket):
                    raise
            else:
                if (answered := self._answered(parsed, digest)) is not None:
                    return answered
                if self._current_one(ticket):
                    return Receipt(number, ticket.version, ())
            self._forget(number)
        found = self.ledger.version(number)
        raise StaleTicket("stale-ticket", ticket=number, expected=ticket.version, found=found)

    def check(self, command: TicketCommand | Mapping[str, Any] | str | bytes) -> Receipt:
        """What `handle` would record, without recording it; raises what it would raise."""
        parsed = self.parse(command)
        if (answered := self._answered(parsed, _digest(parsed))) is not None:
            return answered
        ticket = self._load(parsed.ticket)
        facts = self._decide(parsed, ticket)
        if not facts:
            return Receipt(parsed.ticket, ticket.version, ())
        entries = self._append(Ledger(Unwritten()), parsed, ticket, facts, b"")
        return Receipt(parsed.ticket, entries[-1].version, entries)

    @staticmethod
    def parse(command: TicketCommand | Mapping[str, Any] | str | bytes) -> TicketCommand:
        """A command from JSON, a mapping, or itself; raises BadInput."""
        if isinstance(command, Command):
            return command
        return parse_command(dict(command) if isinstance(command, Mapping) else command)

    def refusals(self, command: TicketCommand) -> tuple[Refusal, ...]:
        """Every reason why *command* is not legal now; empty where it is."""
        ticket = self._load(command.ticket)
        return refusals(command, ticket, self.playbook_of(ticket))

    # --- questions

    def history(self, ticket: str) -> tuple[Entry, ...]:
        """Every entry of *ticket* in order. Raises UnknownTicket."""
        found = tuple(self.ledger.history(ticket))
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
        for field, moment in (("as_of", as_of), ("known_at", known_at)):
            if moment is not None and moment.utcoffset() is None:
                raise BadInput("naive-datetime", field=field, value=moment.isoformat())
        if as_of is None and known_at is None:
            found = self._load(ticket)
            if found.version == 0:
                raise UnknownTicket("unknown-ticket", ticket=ticket)
            return found
        return replay(ticket, self.history(ticket), as_of=as_of, known_at=known_at)

    def story(self, ticket: str) -> Iterator[Step]:
        """The history of *ticket* step by step with what changed and under which clauses. Raises UnknownTicket."""
        history = self.history(ticket)
        return story(ticket, history, self.playbook_of(replay(ticket, history[:1])))

    def legal_moves(self, ticket: str, role: str | None = None) -> tuple[LegalMove, ...]:
        """Every command with whether it could be given now to *ticket*, and if not why not. Raises UnknownTicket."""
        found = self.state(ticket)
        return legal_moves(found, self.playbook_of(found), role)

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

    # --- proof and carrying away

    def verify(self, report: Report, ticket: str | None = None) -> Iterator[Finding]:
        """Check everything stored, or one ticket; findings as they are found, counts in *report*."""
        return verify(self.rows(ticket), report)

    def rows(self, ticket: str | None = None) -> Iterator[Row]:
        """Stored rows as they are, in order of (ticket, version)."""
        if ticket is None:
            return self.ledger.recorder.scan()
        found = self.ledger.recorder.rows(ticket)
        if not found:
            raise UnknownTicket("unknown-ticket", ticket=ticket)
        return iter(found)

    def export(self) -> Iterator[str]:
        """The whole ledger in the order it was written, one JSON line a fact."""
        return map(export_line, self.ledger.raw())

    def import_(self, lines: Iterator[str]) -> int:
        """Write the lines of an export into this empty ledger, all or none; how many facts.

        Raises:
            BadInput: a line is wrong, or the ledger is not empty; nothing was written.
        """
        if found := self.ledger.count():
            raise BadInput("store-not-empty", found=found)
        try:
            return self.ledger.restore(read_export(lines))
        except Conflict as problem:
            raise BadInput("bad-export", line=0, reason=str(problem)) from None

    # --- inside

    @property
    def playbook(self) -> Playbook:
        """The edition new tickets are opened under."""
        return self._current

    def playbook_of(self, ticket: Ticket) -> Playbook:
        """The edition *ticket* was opened under and keeps. Raises PlaybookUnsound where it is not loaded."""
        if not ticket.playbook:
            return self._current
        try:
            return self._playbooks[ticket.playbook]
        except KeyError:
            facts = {"ticket": ticket.number, "playbook": ticket.playbook, "known": sorted(self._playbooks)}
            raise PlaybookUnsound("no-such-playbook", facts) from None

    def _view(self, view: View[Any] | str) -> View[Any]:
        if isinstance(view, View):
            return view
        known = {**BY_NAME, **{v.name: v for v in self._views}}
        if view not in known:
            raise BadInput("no-such-view", view=view, known=sorted(known))
        return known[view]

    def _decide(self, command: TicketCommand, ticket: Ticket) -> list[Fact]:
        history = self.ledger.history(ticket.number) if isinstance(command, Correct) else ()
        return decide(command, ticket, self.playbook_of(ticket), history)

    def _append(
        self, ledger: Ledger, command: TicketCommand, ticket: Ticket, facts: Sequence[Fact], digest: bytes
    ) -> tuple[Entry, ...]:
        stamp = _stamp(command, self.playbook_of(ticket))
        return ledger.append(
            ticket.number, ticket.version, ticket.head, ticket.last_at, facts, stamp, self._clock(), digest
        )

    def _current_one(self, ticket: Ticket) -> bool:
        return self.ledger.version(ticket.number) == ticket.version

    def _remembered(self, number: str) -> Ticket:
        """The ticket as it was when last seen; the append finds out whether somebody wrote since."""
        with self._lock:
            known = self._tickets.get(number)
        return self._load(number) if known is None else known

    def _load(self, number: str) -> Ticket:
        """The ticket as it is now."""
        with self._lock:
            known = self._tickets.get(number)
        if known is not None and self._current_one(known):
            return known
        ticket = replay(number, self.ledger.history(number))
        if ticket.version:
            self._remember(ticket)
        return ticket

    def _forget(self, number: str) -> None:
        with self._lock:
            self._tickets.pop(number, None)

    def _remember(self, ticket: Ticket) -> None:
        with self._lock:
            self._tickets[ticket.number] = ticket
            self._tickets.move_to_end(ticket.number)
            if len(self._tickets) > REMEMBERED:
                self._tickets.popitem(last=False)

    def _keep(self, ticket: Ticket, entries: Sequence[Entry]) -> None:
        """Remember the ticket with what was just written; after a correction it is folded anew when asked for."""
        if any(map(needs_replay, entries)):
            self._forget(ticket.number)
            return
        for entry in entries:
            ticket = evolve(ticket, entry)
        self._remember(ticket)

    def _answered(self, command: TicketCommand, digest: bytes) -> Receipt | None:
        found = self.ledger.answer(command.command_id)
        if found is None:
            return None
        number, first_digest, first, last = found
        # an import does not bring the digests of commands; there the id alone tells a repeat
        if number != command.ticket or (first_digest and bytes(first_digest) != digest):
            raise CommandReused("command-reused", command_id=command.command_id, used_for=number)
        entries = tuple(self.ledger.history(number, after=first - 1, upto=last))
        return Receipt(number, last, entries, repeated=True)


def _digest(command: TicketCommand) -> bytes:
    return sha256(command.model_dump_json().encode()).digest()


def _stamp(command: TicketCommand, book: Playbook) -> Stamp:
    return Stamp(
        command.occurred_at, command.actor, command.role, command.channel, command.command_id, book.id,
        command.on_behalf_of, command.correlation, command.causation, command.override,
    )  # fmt: skip
