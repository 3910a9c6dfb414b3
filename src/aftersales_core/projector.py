"""投影: brings views up to date, batch by batch, each batch exactly once.

Rows and position of a view are written in one transaction that only succeeds from the position it started at, so two
projectors at work on one store cannot count a fact twice or lose one: the slower one starts again from where it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

from aftersales_core.facts import Entry
from aftersales_core.ledger import Ledger
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Batch, ViewStore
from aftersales_core.state import Ticket, effective, evolve, is_log, needs_replay, replay
from aftersales_core.views import View

BATCH: Final = 1000
"""Entries written in one transaction."""

REMEMBERED: Final = 20_000
"""Tickets kept folded between batches."""


class Projector:
    """Feeds views from a ledger. Not thread-safe; every thread may have its own."""

    def __init__(self, ledger: Ledger, store: ViewStore, playbook_of: Callable[[Ticket], Playbook]) -> None:
        self._ledger = ledger
        self._store = store
        self._playbook_of = playbook_of
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()

    def refresh(self, views: Sequence[View[Any]], progress: Callable[[int, int], None] | None = None) -> int:
        """Bring *views* up to the ledger's head as of now; how many entries were read.

        Args:
            progress: called with (entries read, entries to read) after every batch.
        """
        behind = [(view, self._store.position(view.shape)) for view in views]
        head = self._ledger.position()
        behind = [(view, position) for view, position in behind if position < head]
        read, total = 0, max((head - position for _view, position in behind), default=0)
        while behind:
            start = min(position for _view, position in behind)
            entries = self._ledger.since(start, BATCH)
            if not entries:
                break
            upto = entries[-1].position
            # the log of the house has no rows: what is to be done by the calendar is asked at the moment
            of_tickets = [entry for entry in entries if not is_log(entry.ticket)]
            states = self._states(of_tickets)
            told: dict[str, list[Entry]] = {}
            again = []
            for view, position in behind:
                if position == start:
                    batch = self._batch(view, of_tickets, states, told)
                    done = self._store.apply(view.shape, batch, after=start, upto=upto)
                    position = upto if done else self._store.position(view.shape)
                if position < head:
                    again.append((view, position))
            behind = again
            read += len(entries)
            if progress is not None:
                progress(min(read, total), total)
        return read

    def _states(self, entries: Sequence[Entry]) -> list[Ticket]:
        """The ticket of each entry as it is after it."""
        states = []
        for entry in entries:
            ticket = self._tickets.get(entry.ticket)
            if ticket is None or ticket.version != entry.version - 1 or needs_replay(entry):
                ticket = replay(entry.ticket, self._ledger.history(entry.ticket, upto=entry.version))
            else:
                ticket = evolve(ticket, entry)
            self._tickets[entry.ticket] = ticket
            self._tickets.move_to_end(entry.ticket)
            states.append(ticket)
        while len(self._tickets) > REMEMBERED:
            self._tickets.popitem(last=False)
        return states

    def _batch(
        self, view: View[Any], entries: Sequence[Entry], states: Sequence[Ticket], told: dict[str, list[Entry]]
    ) -> Batch:
        """What *view* makes of one step; *told* keeps the histories read for it, for the views after."""
        if view.of_entry is not None:
            of_entry = view.of_entry
            return Batch({}, [row for entry, ticket in zip(entries, states, strict=True) for row in of_entry(entry, ticket)])
        latest = {ticket.number: ticket for ticket in states}
        if view.of_history is not None:
            for number in latest.keys() - told.keys():
                told[number] = effective(self._ledger.history(number, upto=latest[number].version))
            of_history = view.of_history
            return Batch({n: tuple(of_history(told[n], t, self._playbook_of(t))) for n, t in latest.items()})
        of_ticket = view.of_ticket
        assert of_ticket is not None, f"view {view.name} has no fold"
        return Batch({number: tuple(of_ticket(t, self._playbook_of(t))) for number, t in latest.items()})
