"""经办: decides commands and has their facts written, once each; remembers the tickets it has seen.

Nothing is locked while deciding. The ledger takes facts only after the version they were decided on; where somebody
else was quicker, the command is decided again on what is true now.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from threading import RLock
from typing import Any, Final, NamedTuple, TypeAlias

from aftersales_core.errors import (
    AftersalesError,
    BadInput,
    CommandReused,
    PlaybookUnsound,
    Refused,
    StaleTicket,
    StoreUnusable,
)
from aftersales_core.facts import Entry, Fact
from aftersales_core.ledger import Conflict, Draft, Ledger, Stamp, draft
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import AnyCommand, Command, decide, parse_command, refusals
from aftersales_core.rules.access import Access, noted
from aftersales_core.rules.closing import Correct
from aftersales_core.rules.intake import ImportTicket, Report
from aftersales_core.rules.routines import DoRoutine, do_routine
from aftersales_core.state import (
    HouseLog,
    Ticket,
    evolve,
    evolve_log,
    fold_rows,
    is_log,
    needs_replay,
    replay_log,
)

RETRIES: Final = 8
"""How often a command is decided anew when somebody else wrote first."""

LOGGED: Final = 500
"""The same in a log of the house: everybody who comes in writes there, and whoever is second has only to write behind the first."""

REMEMBERED: Final = 10_000
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


class Expecting(NamedTuple):
    """A command that is meant for a ticket as its sender saw it: taken only while the ticket stands at *version*."""

    command: AnyCommand
    version: int


_OPENERS: Final = (Report, ImportTicket)

State: TypeAlias = Ticket | HouseLog
"""What a command is decided on."""


class Clerk:
    """Takes commands for one ledger. Safe to use from several threads."""

    def __init__(self, ledger: Ledger, playbooks: Sequence[Playbook], clock: Callable[[], datetime]) -> None:
        self.ledger = ledger
        self._playbooks = {book.id: book for book in playbooks}
        self.latest = playbooks[-1]
        self._clock = clock
        self._tickets: OrderedDict[str, State] = OrderedDict()
        self._lock = RLock()

    def handle(
        self, command: AnyCommand | Mapping[str, Any] | str | bytes, *, expect: int | None = None
    ) -> Receipt:
        """Decide *command* and record its facts, all or none, once.

        Args:
            expect: the version of the ticket that the command is meant for; any, unless given.

        Raises:
            BadInput: it is no command; names the field, the value and the remedy.
            Refused: a rule says no; carries clause, what is missing and what would make it legal.
            CommandReused: the id answered another command.
            StaleTicket: the ticket is not at the version expected, or others kept writing first; nothing was recorded.
            StoreUnusable: nothing was recorded.
        """
        parsed = self.parse(command)
        digest = _digest(parsed)
        number = parsed.ticket
        # a repeat is found out where it matters: refused, nothing new, or its id already taken; asking the store
        # first every time would cost as much as the rest of the command
        for attempt in range(LOGGED if is_log(number) else RETRIES):
            ticket = self._remembered(number) if attempt or expect is not None else self._at_first_sight(parsed)
            try:
                if expect is not None and ticket.version != expect:
                    raise StaleTicket("stale-ticket", ticket=number, expected=expect, found=ticket.version)
                facts = self._decide(parsed, ticket)
                if facts:
                    entries = self.ledger.append(self._draft(parsed, ticket, facts, digest))
                    self._keep(ticket, entries)
                    return Receipt(number, entries[-1].version, entries)
            except Conflict:
                if (answered := self._answered(parsed, digest)) is not None:
                    return answered
                self._look_again(ticket)
                continue
            except StoreUnusable:
                self._forget_all()
                raise
            except (Refused, BadInput, StaleTicket):
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
            self._look_again(ticket)
        found = self.ledger.version(number)
        raise StaleTicket("stale-ticket", ticket=number, expected=ticket.version, found=found)

    def handle_each(self, commands: Sequence[AnyCommand | Expecting]) -> list[Receipt | Exception]:
        """What `handle` would return or raise for each of *commands*, in order, with one wait for the disk for many.

        Commands about one ticket are taken one after the other. Every receipt stands for facts on the disk. Whatever is
        raised for one, a mistake of ours included, the others have their own answers.
        """
        answers: dict[int, Receipt | Exception] = {}
        expected = {at: each.version for at, each in enumerate(commands) if isinstance(each, Expecting)}
        left = [(at, each.command if isinstance(each, Expecting) else each) for at, each in enumerate(commands)]
        while left:
            left = self._handle_some(left, answers, expected)
        return [answers[at] for at in range(len(commands))]

    def _handle_some(
        self,
        numbered: Sequence[tuple[int, AnyCommand]],
        answers: dict[int, Receipt | Exception],
        expected: Mapping[int, int],
    ) -> list[tuple[int, AnyCommand]]:
        """Answer the first command about each ticket, those that go through at first sight together; the others."""
        first: dict[str, tuple[int, AnyCommand]] = {}
        later: list[tuple[int, AnyCommand]] = []
        used_for: dict[str, str] = {}
        for place, (at, command) in enumerate(numbered):
            if used_for.setdefault(command.command_id, command.ticket) != command.ticket:
                # an id for two tickets is the first one's: nothing from here on may be quicker than what stands before
                later += numbered[place:]
                break
            if command.ticket in first:
                later.append((at, command))
            else:
                first[command.ticket] = (at, command)
        drafts: list[tuple[int, State, Draft]] = []
        alone = []
        for at, command in first.values():
            try:
                ticket = self._at_first_sight(command)
                facts = self._decide(command, ticket) if expected.get(at, ticket.version) == ticket.version else []
                if facts:
                    drafts.append((at, ticket, self._draft(command, ticket, facts, _digest(command))))
                    continue
            except Exception:  # noqa: S110
                pass  # whether that is the answer, `handle` finds out
            alone.append((at, command))
        try:
            written = self.ledger.append_each([made for _at, _ticket, made in drafts]) if drafts else []
        except AftersalesError as problem:
            self._forget_all()
            # one each: whoever raises it writes his traceback into it
            answers.update((at, type(problem)(problem.code, problem.facts)) for at, _ticket, _made in drafts)
            written = []
        except Exception as problem:
            answers.update((at, problem) for at, _ticket, _made in drafts)
            written = []
        for stands, (at, ticket, made) in zip(written, drafts, strict=False):
            if stands:
                self._keep(ticket, made.entries)
                answers[at] = Receipt(ticket.number, made.entries[-1].version, made.entries)
            else:
                alone.append(first[ticket.number])
        for at, command in alone:
            try:
                answers[at] = self.handle(command, expect=expected.get(at))
            except Exception as problem:
                answers[at] = problem
        return later

    def check(self, command: AnyCommand | Mapping[str, Any] | str | bytes) -> Receipt:
        """What `handle` would record, without recording it; raises what it would raise."""
        parsed = self.parse(command)
        if (answered := self._answered(parsed, _digest(parsed))) is not None:
            return answered
        ticket = self._load(parsed.ticket)
        facts = self._decide(parsed, ticket)
        if not facts:
            return Receipt(parsed.ticket, ticket.version, ())
        entries = self._draft(parsed, ticket, facts, b"").entries
        return Receipt(parsed.ticket, entries[-1].version, entries)

    @staticmethod
    def parse(command: AnyCommand | Mapping[str, Any] | str | bytes) -> AnyCommand:
        """A command from JSON, a mapping, or itself; raises BadInput."""
        if isinstance(command, Command):
            return command
        return parse_command(dict(command) if isinstance(command, Mapping) else command)

    def playbook_of(self, ticket: State) -> Playbook:
        """The edition *ticket* was opened under and keeps. Raises PlaybookUnsound where it is not loaded."""
        if not ticket.playbook:
            return self.latest
        try:
            return self._playbooks[ticket.playbook]
        except KeyError:
            facts = {"ticket": ticket.number, "playbook": ticket.playbook, "known": sorted(self._playbooks)}
            raise PlaybookUnsound("no-such-playbook", facts) from None

    def _book(self, ticket: State, command: AnyCommand) -> Playbook:
        """The edition of *ticket*; for a new one the latest that was in effect when the matter came in. (K-13)

        The log of the house goes by what is in effect on the day.
        """
        if ticket.playbook and not isinstance(ticket, HouseLog):
            return self.playbook_of(ticket)
        day = command.occurred_at.date()
        books = list(self._playbooks.values())
        return next((book for book in reversed(books) if book.effective <= day), books[0])

    def _decide(self, command: AnyCommand, ticket: State) -> list[Fact]:
        if is_log(command.ticket) != isinstance(command, DoRoutine | Access):
            raise BadInput("number-reserved", field="ticket", value=command.ticket)
        if isinstance(command, Access):
            return noted(command)
        if isinstance(ticket, HouseLog) or isinstance(command, DoRoutine):
            assert isinstance(ticket, HouseLog)
            assert isinstance(command, DoRoutine)
            return do_routine(command, ticket, self._book(ticket, command))
        history = self.ledger.history(ticket.number) if isinstance(command, Correct) else ()
        return decide(command, ticket, self._book(ticket, command), history)

    def _draft(self, command: AnyCommand, ticket: State, facts: Sequence[Fact], digest: bytes) -> Draft:
        book = self._book(ticket, command)
        # a reason given where nothing had to be gone over is no override, and must not be read as one
        over = command.override is not None and not isinstance(command, DoRoutine | Access) and isinstance(ticket, Ticket) and any(
            r.soft for r in refusals(command, ticket, book)
        )
        c = command
        stamp = Stamp(
            c.occurred_at, c.actor, c.role, c.channel, c.command_id, book.id,
            c.on_behalf_of, c.correlation, c.causation, c.override if over else None,
        )  # fmt: skip
        return draft(ticket.number, ticket.version, ticket.head, ticket.last_at, facts, stamp, self._clock(), digest)

    def _current_one(self, ticket: State) -> bool:
        return self.ledger.version(ticket.number) == ticket.version

    def _at_first_sight(self, command: AnyCommand) -> State:
        """What opens a ticket is decided as if it were new; the append finds out if it is not."""
        if isinstance(command, _OPENERS):
            return Ticket(command.ticket)
        return self._remembered(command.ticket)

    def _remembered(self, number: str) -> State:
        """The ticket as it was when last seen; the append finds out whether somebody wrote since."""
        known = self._tickets.get(number)
        return self._load(number) if known is None else known

    def load(self, number: str) -> Ticket:
        """The ticket as it is now; one that is not there for a number that is no ticket's."""
        found = self._load(number)
        return found if isinstance(found, Ticket) else Ticket(number)

    def log(self, number: str) -> HouseLog:
        """The log of the house of that number, as it is now."""
        found = self._load(number)
        return found if isinstance(found, HouseLog) else HouseLog(number)

    def _load(self, number: str) -> State:
        with self._lock:
            known = self._tickets.get(number)
        if known is not None and self._current_one(known):
            return known
        found: State
        if is_log(number):
            found = self._read_on(known if isinstance(known, HouseLog) else HouseLog(number))
        else:
            found = fold_rows(number, self.ledger.recorder.rows(number))
        if found.version:
            self._remember(found)
        return found

    def _look_again(self, ticket: State) -> None:
        """After somebody else wrote: a ticket is read anew when it is asked for, a log, which is long, read on at once."""
        if isinstance(ticket, HouseLog):
            self._remember(self._read_on(ticket))
        else:
            self._forget(ticket.number)

    def _read_on(self, log: HouseLog) -> HouseLog:
        """The log as it is now, read on from where it was last seen."""
        later = self.ledger.history(log.number, after=log.version)
        if log.version and not (later and later[0].envelope.prev == log.head):
            # nothing new, or what follows is not what was seen: a standby that was behind came back
            return replay_log(log.number, self.ledger.history(log.number))
        for entry in later:
            log = evolve_log(log, entry)
        return log

    def _forget(self, number: str) -> None:
        with self._lock:
            self._tickets.pop(number, None)

    def _forget_all(self) -> None:
        """After trouble with the store: it may come back without what was written last, as a standby that was behind."""
        with self._lock:
            self._tickets.clear()

    def _remember(self, ticket: State) -> None:
        with self._lock:
            self._tickets[ticket.number] = ticket
            self._tickets.move_to_end(ticket.number)
            if len(self._tickets) > REMEMBERED:
                self._tickets.popitem(last=False)

    def _keep(self, ticket: State, entries: Sequence[Entry]) -> None:
        """Remember the ticket with what was just written; after a correction it is folded anew when asked for."""
        for entry in entries:
            if isinstance(ticket, HouseLog):
                ticket = evolve_log(ticket, entry)
                continue
            if needs_replay(entry):
                self._forget(ticket.number)
                return
            ticket = evolve(ticket, entry)
        self._remember(ticket)

    def _answered(self, command: AnyCommand, digest: bytes) -> Receipt | None:
        found = self.ledger.answer(command.command_id)
        if found is None:
            return None
        number, first_digest, first, last = found
        # an import does not bring the digests of commands; there the id alone tells a repeat
        if number != command.ticket or (first_digest and bytes(first_digest) != digest):
            raise CommandReused("command-reused", command_id=command.command_id, used_for=number)
        entries = tuple(self.ledger.history(number, after=first - 1, upto=last))
        return Receipt(number, last, entries, repeated=True)


_WRITERS: Final[dict[type[Command], Callable[[Command], bytes]]] = {}


def _digest(command: AnyCommand) -> bytes:
    cls = type(command)
    write = _WRITERS.get(cls)
    if write is None:
        cls.model_rebuild()
        write = _WRITERS[cls] = cls.__pydantic_serializer__.to_json
    return sha256(write(command)).digest()
