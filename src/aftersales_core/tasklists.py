"""待办清单: the day's work asked of a store: as a list, page by page, or counted; now, or as it would have been seen then.

One function makes the conditions, and whatever is asked is asked with them, so that counts are the lengths of lists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from aftersales_core.clocks import Round
from aftersales_core.codec import Row, times_of
from aftersales_core.codec import decode as decode_row
from aftersales_core.cursors import conditions as askable
from aftersales_core.cursors import decode, encode, ordering
from aftersales_core.errors import BadInput
from aftersales_core.ledger import Ledger
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Batch, Page, ViewStore, Where
from aftersales_core.state import HouseLog, Ticket, fold_rows_at, log_of, replay_log
from aftersales_core.views import WORKLIST, TaskRow

SHAPE: Final = WORKLIST.shape
ZONE: Final = 1000
"""Facts whose latest time is remembered together."""

_DATED, _UNDATED = Where("due_at", "ne", None), Where("due_at", "eq", None)
_ALL: Final = 2**31


def conditions(
    playbook: Playbook, at: datetime, role: str | None = None, only: str | None = None, where: Sequence[Where] = ()
) -> tuple[Where, ...]:
    """What a task has to be to be listed at a moment, *where* on top; see `Desk.worklist`.

    Raises:
        BadInput: a condition that cannot be asked of a task; here, for a page full of rounds asks no store.
    """
    found = [Where("opens_at", "le", at)]
    if role is not None:
        duties = tuple(command for command, duty in playbook.duties.items() if role in duty.roles)
        found.append(Where("command", "in", duties))
    if only == "overdue":
        found.append(Where("due_at", "lt", at))
    elif only is not None:
        found.append(Where("list", "eq", only))
    return askable(SHAPE, (*found, *where))


def tasks(store: ViewStore, where: tuple[Where, ...]) -> list[TaskRow]:
    """Every task that is asked for, what is due first on top.

    A store has what is never due in front, as the smallest; here it stands behind.
    """
    found = store.page(SHAPE, where, limit=_ALL).rows
    undated = next((at for at, row in enumerate(found) if row.due_at is not None), len(found))
    return [*found[undated:], *found[:undated]]


def page_of_tasks(store: ViewStore, where: tuple[Where, ...], after: str | None, limit: int) -> Page[TaskRow]:
    """Up to *limit* of the same tasks in the same order, behind the cursor of the page before.

    Raises:
        BadInput: `bad-cursor`, or a *limit* below 1.
    """
    sorts = ordering(SHAPE)
    found: tuple[TaskRow, ...] = ()
    if after is None or decode(SHAPE, sorts, after)[0] is not None:
        page = store.page(SHAPE, (*where, _DATED), after=after, limit=limit)
        if page.next is not None:
            return page
        found, after = page.rows, None
    # a full page is the last one only where nothing without a due time is left
    rest = store.page(SHAPE, (*where, _UNDATED), after=after, limit=max(1, limit - len(found)))
    if found and len(found) == limit:
        return Page(found, encode(SHAPE, sorts, found[-1]) if rest.rows else None)
    return Page((*found, *rest.rows), rest.next)


def of_rounds(rounds: Iterable[Round], at: datetime, role: str | None = None, only: str | None = None) -> list[TaskRow]:
    """The rounds of the house's routines that are to be done at a moment, as tasks; see `Desk.worklist`. (F-03, G-01, N-12)"""
    found = [
        TaskRow(
            log_of(each.day), each.routine, each.day.isoformat(), each.list, each.roles[0], "do-routine",
            each.opens_at.astimezone(UTC), each.due_at.astimezone(UTC), None, "、".join(each.clauses), None, None, None, "",
        )
        for each in rounds
        if each.state in {"open", "overdue"} and (role is None or role in each.roles)
    ]  # fmt: skip
    shown = (row for row in found if only in (None, row.list) or (only == "overdue" and row.overdue(at)))
    return sorted(shown, key=lambda row: (row.due_at or at, row.task))


def rounds_then(rows: Callable[[str], Iterable[Row]], numbers: Iterable[str], at: datetime) -> dict[str, HouseLog]:
    """The logs of the house as they were known at a moment.

    Args:
        rows: the stored rows of a stream.
    """
    logs = {}
    for number in numbers:
        entries = [decode_row(*row) for row in rows(number)]
        known = [e for e in entries if e.envelope.recorded_at <= at and e.occurred_at <= at]
        logs[number] = replay_log(number, known)
    return logs


ROUND: Final = "round:"
"""What a cursor begins with while there are rounds left."""


@dataclass(frozen=True, slots=True)
class Worklist:
    """A worklist as it was asked for: the rounds of the moment in front, then the tasks of *store* that fit *where*."""

    rounds: Sequence[TaskRow]
    store: ViewStore
    where: tuple[Where, ...]

    def rows(self) -> list[TaskRow]:
        """All of it, in order."""
        return [*self.rounds, *tasks(self.store, self.where)]

    def count(self) -> int:
        """How many there are."""
        return len(self.rounds) + self.store.count(SHAPE, self.where)

    def tally(self) -> dict[str, int]:
        """How many there are on each list."""
        found = Counter(row.list for row in self.rounds)
        found.update({str(name): count for name, count in self.store.tally(SHAPE, "list", self.where).items()})
        return dict(found)

    def page(self, after: str | None, limit: int) -> Page[TaskRow]:
        """Up to *limit* of them behind the cursor of the page before.

        Raises:
            BadInput: `bad-cursor`, or a *limit* below 1.
        """
        if limit < 1 or not self.rounds or (after is not None and not after.startswith(ROUND)):
            return page_of_tasks(self.store, self.where, after, limit)
        place = 0 if after is None else self._place(after)
        front = tuple(self.rounds[place : place + limit])
        if place + limit < len(self.rounds):
            return Page(front, f"{ROUND}{place + limit}")
        if len(front) == limit:
            # a full page; whether there is another is for the store to say
            more = page_of_tasks(self.store, self.where, None, 1).rows
            return Page(front, f"{ROUND}{len(self.rounds)}" if more else None)
        page = page_of_tasks(self.store, self.where, None, limit - len(front))
        return Page((*front, *page.rows), page.next)

    def _place(self, after: str) -> int:
        said = after.removeprefix(ROUND)
        if not (said.isascii() and said.isdigit()):
            raise BadInput("bad-cursor", view=SHAPE.name, value=after)
        return int(said)


class Past:
    """The worklist as it would have been seen at a moment: only facts that had happened and were written down by then.

    A ticket of which nothing was written or happened after the moment has the tasks it has now; the others are folded
    from what was known. What was written when need not follow the order of the ledger: clocks differ, and an import
    brings old times. So the latest times of every thousand facts are remembered, and a thousand is looked at again only
    where they are later. A correction can move a fact to another time; a ticket that has one is always folded.
    """

    def __init__(
        self, ledger: Ledger, store: ViewStore, playbook_of: Callable[[Ticket], Playbook], *, zone: int = ZONE
    ) -> None:
        self._zone = zone
        self._ledger = ledger
        self._store = store
        self._playbook_of = playbook_of
        self._lock = Lock()
        self._zones: list[tuple[int, datetime]] = []
        self._upto = 0
        self._corrected: set[str] = set()
        self._last: tuple[datetime, int, ViewStore] | None = None

    def at(self, moment: datetime) -> ViewStore:
        """A store that holds the worklist of *moment*; the last one is kept until something is written.

        The worklist of now has to be up to date.
        """
        with self._lock:
            # first the rows, then whose they are: what is written in between is found to be later than the moment
            now = [] if self._known(moment) else tasks(self._store, ())
            head = self._ledger.position()
            if self._last is None or self._last[:2] != (moment, head):
                self._read_on()
                self._last = moment, head, self._seen(moment, now)
            return self._last[2]

    def _known(self, moment: datetime) -> bool:
        return self._last is not None and self._last[:2] == (moment, self._ledger.position())

    def _seen(self, moment: datetime, now: list[TaskRow]) -> ViewStore:
        changed, unborn = self._later(moment)
        replaced: dict[str, list[TaskRow]] = {}
        for row in now:
            if row.ticket not in changed:
                replaced.setdefault(row.ticket, []).append(row)
        assert WORKLIST.of_ticket is not None
        for number in sorted(changed - unborn):
            ticket = fold_rows_at(number, self._ledger.recorder.rows(number), moment)
            if ticket.version:
                replaced[number] = list(WORKLIST.of_ticket(ticket, self._playbook_of(ticket)))
        # few ask for a past moment, and the reference stores bring their own imports
        from aftersales_core.memory import MemoryViewStore

        store = MemoryViewStore()
        store.apply(SHAPE, Batch(replaced), after=0, upto=self._upto)
        return store

    def _later(self, moment: datetime) -> tuple[set[str], set[str]]:
        """Tickets that are not as they were at *moment*, or may not be; and those of which nothing was known then."""
        changed = set(self._corrected)
        unborn: set[str] = set()
        for start, latest in self._zones:
            if latest <= moment:
                # here may be facts of a ticket that was found to begin later
                unborn.clear()
                continue
            for row in self._ledger.recorder.log(start, self._zone):
                number, (occurred_at, recorded_at) = row[0], times_of(row)
                if recorded_at > moment:
                    changed.add(number)
                    if row[1] == 1:
                        unborn.add(number)
                    continue
                unborn.discard(number)
                if occurred_at > moment:
                    changed.add(number)
        return changed, unborn

    def _read_on(self) -> None:
        """Remember the latest time of every thousand facts up to the end of the ledger."""
        if self._zones:
            self._upto = self._zones.pop()[0]
        while rows := self._ledger.recorder.log(self._upto, self._zone):
            self._zones.append((self._upto, max(max(times_of(row)) for row in rows)))
            self._corrected.update(row[0] for row in rows if row[2] == "corrected")
            self._upto = rows[-1][4]
