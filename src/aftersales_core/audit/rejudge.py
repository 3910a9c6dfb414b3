"""重判: every decision of a history once more, each on what was recorded by then: by the rules it was made under, or by others.

By its own rules a decision has to come out as it did; where it does not, somebody wrote past the rules, or the program judges
otherwise than it did. By other rules it shows what they would have changed: the question to ask before a house puts them into effect.
Nothing is written. What was refused at the time is not in the ledger, so what others rules would have allowed is not told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Literal, NamedTuple

from aftersales_core.errors import AftersalesError, StoredFactUnreadable
from aftersales_core.facts import Entry, Fact
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import Refusal, decide, refusals
from aftersales_core.rules.again import command_of
from aftersales_core.state import Ticket, evolve, needs_replay, replay

Outcome = Literal["refused", "other", "untold", "needless"]


class Judged(NamedTuple):
    """A decision that does not come out as it did.

    Attributes:
        entries: the facts that were recorded of it.
        command: its name; empty where the facts do not tell it.
        outcome: `refused`; `other`, other facts come of it, or none; `untold`, no command says what they say; `needless`, a
            rule was gone over that does not ask any more.
        refusals: every reason against it; of `needless` none.
        facts: what comes of it now.
    """

    entries: tuple[Entry, ...]
    command: str
    outcome: Outcome
    refusals: tuple[Refusal, ...] = ()
    facts: tuple[Fact, ...] = ()

    @property
    def ticket(self) -> str:
        return self.entries[0].ticket

    @property
    def version(self) -> int:
        return self.entries[0].version


@dataclass(slots=True)
class Rejudged:
    """What was judged so far; complete once the judgements are used up."""

    tickets: int = 0
    decisions: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    @property
    def same(self) -> int:
        """Decisions that come out as they did."""
        return self.decisions - sum(self.outcomes.values())


def rejudge(
    number: str, history: Sequence[Entry], book: Playbook, report: Rejudged, since: datetime | None = None
) -> Iterator[Judged]:
    """Judge every decision of ticket *number* again, and yield those that do not come out as they did.

    Args:
        history: all of it, in order.
        book: the rules to judge by. Those it was made under are those of the edition that its first fact names, which a ticket keeps,
            whatever a later fact says of itself.
        report: counts up meanwhile.
        since: only decisions about what happened from then on.

    Raises:
        StoredFactUnreadable: a correction that cannot be read, see `verify`.
    """
    report.tickets += 1
    ticket = Ticket(number)
    done = 0
    for _command_id, group in groupby(history, key=lambda entry: entry.envelope.command_id):
        entries = tuple(group)
        judging = since is None or entries[0].occurred_at >= since
        report.decisions += judging
        if judging and (judged := _judged(entries, ticket, history[:done], book)) is not None:
            report.outcomes[judged.outcome] += 1
            yield judged
        for entry in entries:
            done += 1
            ticket = replay(number, history[:done]) if needs_replay(entry) else evolve(ticket, entry)


def _judged(entries: tuple[Entry, ...], ticket: Ticket, before: Sequence[Entry], book: Playbook) -> Judged | None:
    command = command_of(entries)
    if command is None:
        return Judged(entries, "", "untold")
    name = command.name()
    against = refusals(command, ticket, book)
    if standing := tuple(each for each in against if not (each.soft and command.override)):
        return Judged(entries, name, "refused", standing)
    try:
        facts = tuple(decide(command, ticket, book, before))
    except StoredFactUnreadable:
        raise
    except AftersalesError as problem:
        # what a correction may not say is found where it is decided
        return Judged(entries, name, "refused", (Refusal(problem.code, facts=dict(problem.facts)),))
    if facts != tuple(entry.fact for entry in entries):
        return Judged(entries, name, "other", facts=facts)
    return Judged(entries, name, "needless", facts=facts) if command.override and not against else None


def alike(found: Iterable[Judged]) -> list[list[Judged]]:
    """Decisions that go differently in the same way, together; the most frequent first."""
    kinds: dict[Any, list[Judged]] = {}
    for each in found:
        reasons = tuple((refusal.code, refusal.clauses) for refusal in each.refusals)
        kinds.setdefault((each.outcome, each.command, reasons), []).append(each)
    return sorted(kinds.values(), key=len, reverse=True)
