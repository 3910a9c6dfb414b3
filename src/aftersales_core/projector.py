"""投影: brings views up to date, batch by batch, each batch exactly once; a new one ticket by ticket.

Rows and position of a view are written in one transaction that only succeeds from the position it started at, so two
projectors at work on one store cannot count a fact twice or lose one: the slower one starts again from where it is.
"""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, Final, NamedTuple

from aftersales_core.codec import Row, decode
from aftersales_core.facts import Entry
from aftersales_core.ledger import Ledger
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Batch, ViewStore
from aftersales_core.state import Ticket, effective, fold_on, fold_rows, is_log
from aftersales_core.views import View

BATCH: Final = 5000
"""Entries written in one transaction."""

TICKETS: Final = 1000
"""Tickets of views that are new, written in one transaction."""

TOGETHER: Final = 200
"""Tickets whose rows are asked for at once."""

REMEMBERED: Final = 20_000
"""Tickets kept folded between batches."""


class _Wanted(NamedTuple):
    """What a set of views asks of a ticket beside its state.

    Attributes:
        lines: each new entry, with the ticket as it is after it.
        told: its history as corrected, if only of these *kinds*; None for all.
    """

    lines: bool
    told: bool
    kinds: frozenset[str] | None

    def tells(self, kind: str) -> bool:
        """Whether an entry of *kind* is asked for."""
        return self.kinds is None or kind in self.kinds

    @classmethod
    def by(cls, views: Iterable[View[Any]]) -> _Wanted:
        of_history = [view for view in views if view.of_history is not None]
        kinds: frozenset[str] | None = frozenset()
        for view in of_history:
            kinds = None if kinds is None or view.kinds is None else kinds | view.kinds
        return cls(any(view.of_entry is not None for view in views), bool(of_history), kinds)


class _Known(NamedTuple):
    """A ticket as views see it; *told* is None where nobody asked."""

    ticket: Ticket
    lines: tuple[tuple[Entry, Ticket], ...]
    told: tuple[Entry, ...] | None


class Projector:
    """Feeds views from a ledger. Not thread-safe; every thread may have its own."""

    def __init__(
        self, ledger: Ledger, store: ViewStore, playbook_of: Callable[[Ticket], Playbook], *, batch: int = BATCH
    ) -> None:
        self._batch_size = batch
        self._ledger = ledger
        self._store = store
        self._playbook_of = playbook_of
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._kinds: frozenset[str] | None = frozenset()  # of what is told in them

    def refresh(self, views: Sequence[View[Any]], progress: Callable[[int, int], None] | None = None) -> int:
        """Bring *views* up to the ledger's head as of now; how many entries were read.

        Args:
            progress: called with (entries read, entries to read) after every batch.
        """
        with _uncollected():
            return self._refresh(views, progress)

    def _refresh(self, views: Sequence[View[Any]], progress: Callable[[int, int], None] | None) -> int:
        at = {view.name: self._store.position(view.shape) for view in views}
        head = self._ledger.position()
        behind = [view for view in views if at[view.name] < head]
        new = [view for view in behind if at[view.name] <= 0]
        grown = [view for view in behind if view not in new]
        spans = [head if new else 0, max((head - at[view.name] for view in grown), default=0)]
        whole = max(spans)

        def tell(built: int, stepped: int) -> None:
            if progress is not None and whole:
                progress((min(built, spans[0]) + min(stepped, spans[1])) * whole // sum(spans), whole)

        built = self._build(new, at, head, lambda read: tell(read, 0)) if new else 0
        stepped = self._step(behind, at, head, lambda read: tell(spans[0], read))
        return max(built, stepped)

    # --- new views, ticket by ticket

    def _build(
        self, views: Sequence[View[Any]], at: dict[str, int], head: int, tell: Callable[[int], None]
    ) -> int:
        """Rows of *views* as of *head*, ticket by ticket: each is folded once, and not once for every batch it is in.

        As long as that takes, a view's position is below zero and falls with every write. Somebody else who is at work
        on the same view moves it too; who finds it moved leaves the view to be stepped on.
        """
        left = list(views)
        read = 0
        folded = self._folded(head, _Wanted.by(views))
        tickets = next(folded, [])
        while left:
            following = next(folded, None)
            for view, rows in zip(tuple(left), self._rows(left, tickets), strict=True):
                upto = head if following is None else min(at[view.name], 0) - 1
                if not self._store.apply(view.shape, Batch(rows), after=at[view.name], upto=upto):
                    upto = self._store.position(view.shape)
                    left.remove(view)
                at[view.name] = upto
            read += sum(known.ticket.version for known in tickets)
            tell(read)
            if following is None:
                break
            tickets = following
        return read

    def _folded(self, head: int, wanted: _Wanted) -> Iterator[list[_Known]]:
        """Every ticket as of *head*, a batch at a time."""
        rows = (row for row in self._ledger.recorder.scan() if row[4] <= head)
        whole = ((number, list(found)) for number, found in groupby(rows, key=itemgetter(0)) if not is_log(number))
        while some := list(islice(whole, min(self._batch_size, TICKETS))):
            yield [_read(number, found, wanted) for number, found in some]

    # --- views that are there, in the order of the ledger

    def _step(
        self, views: Sequence[View[Any]], at: dict[str, int], head: int, tell: Callable[[int], None]
    ) -> int:
        """Bring *views* from where they are to *head*, batch by batch in the order of the ledger."""
        read = 0
        while behind := [view for view in views if at[view.name] < head]:
            for view in behind:
                if at[view.name] < 0 and view.of_entry is not None:
                    # whose build this was is not at it any more, or loses it now; his rows are not to be had twice
                    self._store.reset(view.shape)
                    at[view.name] = self._store.position(view.shape)
            start = min(at[view.name] for view in behind)
            rows = self._ledger.recorder.log(max(start, 0), self._batch_size)
            if not rows:
                break
            here = [view for view in behind if at[view.name] == start]
            tickets = self._after(rows, _Wanted.by(here))
            for view, made in zip(here, self._rows(here, tickets), strict=True):
                upto = rows[-1][4]
                batch = Batch(made) if view.of_entry is None else Batch({}, list(chain.from_iterable(made.values())))
                if not self._store.apply(view.shape, batch, after=start, upto=upto):
                    upto = self._store.position(view.shape)
                at[view.name] = upto
            read += len(rows)
            tell(read)
        return read

    def _after(self, rows: Sequence[Row], wanted: _Wanted) -> list[_Known]:
        """The tickets that *rows* are about, each as it is after the last of its own."""
        new: dict[str, list[Row]] = {}
        for row in rows:
            # the log of the house has no rows: what is to be done by the calendar is asked at the moment
            if not is_log(row[0]):
                new.setdefault(row[0], []).append(row)
        if wanted.told and not _within(wanted.kinds, self._kinds):
            self._kinds = None if wanted.kinds is None or self._kinds is None else wanted.kinds | self._kinds
            self._known = OrderedDict((n, known._replace(told=None)) for n, known in self._known.items())
        wanted = wanted._replace(kinds=self._kinds)
        found: list[_Known] = []
        numbers = iter(new.items())
        while some := list(islice(numbers, TOGETHER)):
            # many at a time, because asking costs more than reading, and not all, because of what that would hold
            asked = [number for number, added in some if added[0][1] > 1 and not self._goes_on(number, added, wanted)]
            rows_of = self._ledger.recorder.rows_of(asked) if asked else ()
            whole = {number: list(rows) for number, rows in groupby(rows_of, key=itemgetter(0))}
            found += [self._grown(number, added, wanted, whole.get(number)) for number, added in some]
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    def _goes_on(self, number: str, added: Sequence[Row], wanted: _Wanted) -> bool:
        """Whether what is remembered of a ticket can be grown by *added*, as far as one can tell beforehand."""
        known = self._known.get(number)
        return known is not None and known.ticket.version == added[0][1] - 1 and (known.told is not None or not wanted.told)

    def _grown(self, number: str, added: Sequence[Row], wanted: _Wanted, whole: Sequence[Row] | None) -> _Known:
        """A ticket after the rows *added*, from what is remembered of it or from all its rows, of which *whole* may be more."""
        found: _Known | None = None
        if whole is None and self._goes_on(number, added, wanted):
            found = _grow(self._known[number], added, wanted)
        if found is None:
            first, last = added[0][1], added[-1][1]
            # of a ticket that begins here nothing is elsewhere
            if first == 1:
                rows = added
            elif whole is None:
                rows = self._ledger.recorder.rows(number, upto=last)
            else:
                rows = [row for row in whole if row[1] <= last]
            found = _read(number, rows, wanted, first)
        self._known[number] = found._replace(lines=())
        self._known.move_to_end(number)
        return found

    def _rows(self, views: Sequence[View[Any]], tickets: Iterable[_Known]) -> list[dict[str, Sequence[Any]]]:
        """What each of *views* makes of each of *tickets*, by number.

        Ticket by ticket, and not view by view: what one view has worked out of a ticket may serve the next.
        """
        made: list[dict[str, Sequence[Any]]] = [{} for _view in views]
        for ticket, lines, told in tickets:
            for view, rows in zip(views, made, strict=True):
                if view.of_ticket is not None:
                    rows[ticket.number] = tuple(view.of_ticket(ticket, self._playbook_of(ticket)))
                elif view.of_history is not None:
                    rows[ticket.number] = tuple(view.of_history(told or (), ticket, self._playbook_of(ticket)))
                else:
                    assert view.of_entry is not None, f"view {view.name} has no fold"
                    rows[ticket.number] = [row for line in lines for row in view.of_entry(*line)]
        return made


@contextmanager
def _uncollected() -> Iterator[None]:
    """Within, nobody looks for circles: what is made here by the hundred thousand has none, and going through it took most of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _within(some: frozenset[str] | None, all_: frozenset[str] | None) -> bool:
    return all_ is None or (some is not None and some <= all_)


def _read(number: str, rows: Sequence[Row], wanted: _Wanted, since: int = 1) -> _Known:
    """A ticket from all its *rows*; its lines from version *since* on."""
    told = _told(rows, wanted) if wanted.told else None
    if not wanted.lines:
        return _Known(fold_rows(number, rows), (), told)
    before = [row for row in rows if row[1] < since]
    ticket, lines = fold_rows(number, before), []
    for at, row in enumerate(rows[len(before) :], len(before) + 1):
        ticket = fold_on(ticket, (row,)) or fold_rows(number, rows[:at])
        lines.append((decode(*row), ticket))
    return _Known(ticket, tuple(lines), told)


def _grow(known: _Known, added: Sequence[Row], wanted: _Wanted) -> _Known | None:
    """What is known of a ticket, and the rows *added*; None where all its rows have to be read again."""
    ticket, lines, told = known.ticket, [], known.told
    if told is not None:
        told = (*told, *(decode(*row) for row in added if wanted.tells(row[2])))
    if not wanted.lines:
        after = fold_on(ticket, added)
        return None if after is None else _Known(after, (), told)
    for row in added:
        after = fold_on(ticket, (row,))
        if after is None:
            return None
        ticket = after
        lines.append((decode(*row), ticket))
    return _Known(ticket, tuple(lines), told)


def _told(rows: Sequence[Row], wanted: _Wanted) -> tuple[Entry, ...]:
    """The entries that are asked for, read as corrected."""
    if any(row[2] == "corrected" for row in rows):
        return tuple(entry for entry in effective(decode(*row) for row in rows) if wanted.tells(entry.fact.kind))
    return tuple(decode(*row) for row in rows if wanted.tells(row[2]))
