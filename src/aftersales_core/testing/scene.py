"""场景: a given/when/then world with no I/O: one ticket, its history, a clock that stands still.

Every fact in it was made by `decide` from a command; a state is never invented.

    scene = Scene().given(Step("report", "cs_specialist", {...}))
    scene.when("depart", "installer").then_refused("wrong-stage")
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, Final, NamedTuple, Self

from aftersales_core import wording
from aftersales_core.errors import AftersalesError, BadInput, Refused
from aftersales_core.facts import EARLIER_THAN_PREVIOUS, LATER_THAN_RECORDED, Entry, Envelope, Fact
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import LegalMove, decide, legal_moves, parse_command, preset
from aftersales_core.rules.access import Access, noted
from aftersales_core.rules.routines import DoRoutine, do_routine
from aftersales_core.rules.vocabulary import AnyCommand
from aftersales_core.state import HouseLog, Ticket, evolve, evolve_log, is_log, needs_replay, replay

START: Final = datetime(2026, 11, 2, 8, tzinfo=timezone(timedelta(hours=8)))
"""Where a scene begins: Monday 2 November 2026, eight in the morning in China."""

TICK: Final = timedelta(minutes=10)
"""How far the clock of a scene goes on after something was recorded."""


class Step(NamedTuple):
    """One command of a story: its name, the role that gives it, its fields."""

    command: str
    role: str
    fields: Mapping[str, Any] = {}


@dataclass(slots=True)
class Scene:
    """A ticket's world.

    Attributes:
        number: ticket number.
        playbook: the rules; the whole-house preset unless told otherwise.
        now: the moment at which commands are given and written down.
        history: every fact so far in its envelope.
        facts: what the last command recorded.
        error: why the last command recorded nothing: a `Refused` or a `BadInput`.
        seen: codes of the refusals that a check looked at.
        logs: the logs of the house that something was written into, by their number.
    """

    number: str = "AS-20261102-001"
    playbook: Playbook = field(default_factory=preset)
    now: datetime = START
    history: list[Entry] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    error: AftersalesError | None = None
    seen: list[str] = field(default_factory=list)
    logs: dict[str, HouseLog] = field(default_factory=dict)
    ticket: Ticket = field(init=False)
    _asked: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.ticket = replay(self.number, self.history)

    # --- doing

    def command(self, name: str, role: str, /, **fields: Any) -> AnyCommand:
        """The command as it would arrive now; `actor` and `occurred_at` may be among the *fields*.

        Raises:
            BadInput: the fields do not make a command.
        """
        self._asked += 1
        envelope = {
            **({} if name == "do-routine" else {"ticket": self.number}),
            "command_id": f"c-{self._asked}",
            "occurred_at": self.now,
            "actor": role,
        }
        return parse_command({**envelope, "command": name, "role": role, **fields})

    def perform(self, command: AnyCommand) -> list[Fact]:
        """Decide, and write down what was decided.

        Raises:
            Refused, BadInput: nothing was written.
        """
        if isinstance(command, DoRoutine):
            facts = do_routine(command, self.log(command.ticket), self.playbook)
        elif isinstance(command, Access):
            facts = noted(command)
        else:
            facts = decide(command, self.ticket, self.playbook, self.history)
        for fact in facts:
            self._write(fact, command)
        if facts:
            self.now += TICK
        return facts

    def given(self, *steps: Step) -> Self:
        """Bring the ticket on by real commands. Raises `Refused` or `BadInput` where the story is not legal."""
        for step in steps:
            self.perform(self.command(step.command, step.role, **step.fields))
        self.facts, self.error = [], None
        return self

    def when(self, name: str, role: str, /, **fields: Any) -> Self:
        """Give one command; its facts or its refusal are kept for the checks."""
        self.facts, self.error = [], None
        try:
            self.facts = self.perform(self.command(name, role, **fields))
        except (Refused, BadInput) as problem:
            self.error = problem
        return self

    def later(self, by: timedelta) -> Self:
        """Let time pass."""
        self.now += by
        return self

    def log(self, number: str) -> HouseLog:
        """The log of the house of that number."""
        return self.logs.get(number, HouseLog(number))

    def _write(self, fact: Fact, command: AnyCommand) -> None:
        if is_log(command.ticket):
            log = self.log(command.ticket)
            envelope = Envelope(command.occurred_at, self.now, command.actor, command.role, command.channel,
                                command.command_id, self.playbook.id, log.head)  # fmt: skip
            self.logs[log.number] = evolve_log(log, Entry(log.number, log.version + 1, fact, envelope))
            return
        at, last = command.occurred_at, self.ticket.last_at
        odd = ((EARLIER_THAN_PREVIOUS, last is not None and at < last), (LATER_THAN_RECORDED, at > self.now))
        envelope = Envelope(
            at, self.now, command.actor, command.role, command.channel, command.command_id, self.playbook.id,
            self.ticket.head, command.on_behalf_of, command.correlation, command.causation,
            command.override, tuple(flag for flag, holds in odd if holds),
        )  # fmt: skip
        entry = Entry(self.number, self.ticket.version + 1, fact, envelope)
        self.history.append(entry)
        self.ticket = replay(self.number, self.history) if needs_replay(entry) else evolve(self.ticket, entry)

    # --- looking

    def at(self, *, as_of: datetime | None = None, known_at: datetime | None = None) -> Ticket:
        """The ticket as of a moment, or as it was known at a moment."""
        return replay(self.number, self.history, as_of=as_of, known_at=known_at)

    def move(self, name: str, role: str | None = None) -> LegalMove:
        """Whether a command could be given now, and if not, why not."""
        return next(m for m in legal_moves(self.ticket, self.playbook, role) if m.command == name)

    # --- checking

    def then_recorded(self, *kinds: str) -> Self:
        """The last command recorded facts of exactly these kinds, in this order."""
        assert self.error is None, f"refused: {self.error}"
        found = tuple(fact.kind for fact in self.facts)
        assert found == kinds, f"recorded {found}, expected {kinds}"
        return self

    def then_nothing(self) -> Self:
        """The last command was taken and recorded nothing, because nothing was new."""
        return self.then_recorded()

    def then_refused(self, code: str | None = None, *, clause: str | None = None) -> Self:
        """The last command was refused, with this code and under this clause where they are named."""
        refusal = self.refusal
        assert code in (None, refusal.code), f"refused as {refusal.code!r}, expected {code!r}: {refusal}"
        assert clause is None or clause in refusal.clauses, (
            f"refused under {refusal.clauses}, not {clause}: {refusal}"
        )
        self.seen.append(refusal.code)
        return self

    def then_missing(self, what: str) -> Self:
        """The refusal names *what* as missing: a `kind:name` word, or the words a person reads in Chinese."""
        titles = self.refusal.facts.get("titles")
        said = {item: wording.missing(item, "zh", titles) for item in self.refusal.missing}
        assert what in said or what in said.values(), f"missing is {said}, not {what!r}"
        return self

    def then_remedy(self, command: str) -> Self:
        """The refusal offers this command as a way on."""
        assert command in self.refusal.remedies, f"the way on is {self.refusal.remedies}, not {command!r}"
        return self

    def then_bad_input(self, code: str | None = None) -> Self:
        """The last command was no command at all."""
        assert isinstance(self.error, BadInput), f"taken as input: {self.error or self.facts}"
        assert code in (None, self.error.code), f"bad input as {self.error.code!r}, expected {code!r}"
        self.seen.append(self.error.code)
        return self

    def then_stage(self, stage: str) -> Self:
        """The ticket stands there now."""
        assert self.ticket.stage == stage, f"stage is {self.ticket.stage}, expected {stage}"
        return self

    @property
    def refusal(self) -> Refused:
        """The refusal of the last command. Raises `AssertionError` where there was none."""
        assert isinstance(self.error, Refused), f"not refused: {self.error or [f.kind for f in self.facts]}"
        return self.error
