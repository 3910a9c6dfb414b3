"""投影: brings views up to date, batch by batch, each batch exactly once; a new one ticket by ticket.

Rows and position of a view are written in one transaction that only succeeds from the position it started at, so two
projectors at work on one store cannot count a fact twice or lose one: the slower one starts again from where it is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, Final

from aftersales_core.facts import Entry
from aftersales_core.ledger import Ledger
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Batch, ViewStore
from aftersales_core.state import Ticket, effective, evolve, fold_rows, is_log, needs_replay
from aftersales_core.views import View

BATCH: Final = 1000
"""Entries, or tickets of a view that is new, written in one transaction."""

REMEMBERED: Final = 20_000
"""Tickets kept folded between batches."""


class Projector:
    """Feeds views from a ledger. Not thread-safe; every thread may have its own."""

    def __init__(
        self, ledger: Ledger, store: ViewStore, playbook_of: Callable[[Ticket], Playbook], *, batch: int = BATCH
    ) -> None:
        self._batch_size = batch
        self._ledger = ledger
        self._store = store
        self._playbook_of = playbook_of
        self._tickets: OrderedDict[str, Ticket] = OrderedDict()

    def refresh(self, views: Sequence[View[Any]], progress: Callable[[int, int], None] | None = None) -> int:
        """Bring *views* up to the ledger's head as of now; how many entries were read.

        Args:
            progress: called with (entries read, entries to read) after every batch.
        """
        at = {view.name: self._store.position(view.shape) for view in views}
        head = self._ledger.position()
        behind = [view for view in views if at[view.name] < head]
        new = [view for view in behind if view.of_ticket is not None and at[view.name] <= 0]
        grown = [view for view in behind if view not in new]
        spans = [head if new else 0, max((head - max(at[view.name], 0) for view in grown), default=0)]
        whole = max(spans)

        def tell(built: int, stepped: int) -> None:
            if progress is not None and whole:
                progress((min(built, spans[0]) + min(stepped, spans[1])) * whole // sum(spans), whole)

        built = self._build(new, at, head, lambda read: tell(read, 0)) if new else 0
        stepped = self._step(behind, at, head, lambda read: tell(spans[0], read))
        return max(built, stepped)

    def _build(
        self, views: Sequence[View[Any]], at: dict[str, int], head: int, tell: Callable[[int], None]
    ) -> int:
        """Rows of *views* as of *head*, ticket by ticket: each is folded once, and not once for every batch it is in.

        As long as that takes, a view's position is below zero and falls with every write. Somebody else who is at work
        on the same view moves it too; who finds it moved leaves the view to be stepped on.
        """
        left = list(views)
        read = 0
        folded = self._folded(head)
        states = next(folded, [])
        while left:
            following = next(folded, None)
            for view in tuple(left):
                upto = head if following is None else min(at[view.name], 0) - 1
                if not self._store.apply(view.shape, self._rows(view, states), after=at[view.name], upto=upto):
                    upto = self._store.position(view.shape)
                    left.remove(view)
                at[view.name] = upto
            read += sum(ticket.version for ticket in states)
            tell(read)
            if following is None:
                break
            states = following
        return read

    def _folded(self, head: int) -> Iterator[list[Ticket]]:
        """Every ticket as of *head*, a batch at a time."""
        rows = (row for row in self._ledger.recorder.scan() if row[4] <= head)
        tickets = (fold_rows(number, list(found)) for number, found in groupby(rows, key=itemgetter(0)) if not is_log(number))
        while states := list(islice(tickets, self._batch_size)):
            yield states

    def _step(
        self, views: Sequence[View[Any]], at: dict[str, int], head: int, tell: Callable[[int], None]
    ) -> int:
        """Bring *views* from where they are to *head*, batch by batch in the order of the ledger."""
        read = 0
        while behind := [view for view in views if at[view.name] < head]:
            start = min(at[view.name] for view in behind)
            entries = self._ledger.since(max(start, 0), self._batch_size)
            if not entries:
                break
            upto, count = entries[-1].position, len(entries)
            # the log of the house has no rows: what is to be done by the calendar is asked at the moment
            entries = [entry for entry in entries if not is_log(entry.ticket)]
            states = self._states(entries)
            told: dict[str, list[Entry]] = {}
            for view in behind:
                if at[view.name] == start:
                    batch = self._batch(view, entries, states, told)
                    done = self._store.apply(view.shape, batch, after=start, upto=upto)
                    at[view.name] = upto if done else self._store.position(view.shape)
            read += count
            tell(read)
        return read

    def _states(self, entries: Sequence[Entry]) -> list[Ticket]:
        """The ticket of each entry as it is after it."""
        states = []
        for entry in entries:
            ticket = self._tickets.get(entry.ticket)
            if ticket is None or ticket.version != entry.version - 1 or needs_replay(entry):
                ticket = fold_rows(entry.ticket, self._ledger.recorder.rows(entry.ticket, upto=entry.version))
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
        return self._rows(view, list(latest.values()))

    def _rows(self, view: View[Any], tickets: Sequence[Ticket]) -> Batch:
        of_ticket = view.of_ticket
        assert of_ticket is not None, f"view {view.name} has no fold"
        return Batch({ticket.number: tuple(of_ticket(ticket, self._playbook_of(ticket))) for ticket in tickets})
