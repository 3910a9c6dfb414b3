"""A new view is built ticket by ticket, one that is there is stepped on; both end in the same rows, whoever else is at work."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.rules.strategies import Life, lives

from aftersales_core.codec import encode
from aftersales_core.errors import StoreUnusable
from aftersales_core.ledger import Ledger, MemoryRecorder
from aftersales_core.memory import MemoryViewStore
from aftersales_core.ports import Batch, Shape
from aftersales_core.projector import Projector
from aftersales_core.rules import preset
from aftersales_core.testing import TRAILS, scene_at
from aftersales_core.views import AFTERSALES, ALL, CALLS, GOODS, TIMELINE, View

law = settings(
    max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip

Step = Callable[[], None]


class Watched(MemoryViewStore):
    """Before the batches whose numbers are named, something else happens."""

    def __init__(self, meanwhile: dict[int, Step]) -> None:
        super().__init__()
        self._meanwhile = meanwhile
        self._batches = count(1)
        self.moves: dict[str, list[tuple[int, int]]] = {}

    def apply(self, shape: Shape[Any], batch: Batch, *, after: int, upto: int) -> bool:
        self._meanwhile.pop(next(self._batches), lambda: None)()
        self.moves.setdefault(shape.name, []).append((after, upto))
        return super().apply(shape, batch, after=after, upto=upto)


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    """Every story to its end, their facts in turn."""
    made = Ledger(MemoryRecorder())
    lives_ = [scene_at(trail, list(places)[-1], number=f"T{at}").history for at, (trail, places) in enumerate(TRAILS.items())]
    for entry in sorted((entry for life in lives_ for entry in life), key=lambda e: (e.version, e.ticket)):
        _digest, state = encode(entry.ticket, entry.version, entry.fact, entry.envelope)
        made.restore([(entry.ticket, entry.version, entry.fact.kind, state, f"{entry.ticket}-{entry.version}")])
    return made


def none(_answer: object) -> None:
    """Of no interest."""


def projector(ledger: Ledger, store: MemoryViewStore, batch: int = 2) -> Projector:
    return Projector(ledger, store, lambda _ticket: preset(), batch=batch)


def contents(store: MemoryViewStore) -> dict[str, Any]:
    return {view.name: (store.page(view.shape, limit=100_000).rows, store.position(view.shape)) for view in ALL}


def stepped(ledger: Ledger) -> MemoryViewStore:
    """Every view brought up fact by fact: the first fact is there already when the others come."""
    store, grown = MemoryViewStore(), Ledger(MemoryRecorder())
    for row in ledger.raw():
        grown.restore([(*row[:4], f"{row[0]}-{row[1]}")])
        projector(grown, store).refresh(ALL)
    return store


@law
@given(lives(30))
def test_views_built_ticket_by_ticket_are_those_that_grew_fact_by_fact(life: Life) -> None:
    store = MemoryViewStore()

    projector(life.ledger, store).refresh(ALL)

    assert contents(store) == contents(stepped(life.ledger))


def test_many_tickets_too(ledger: Ledger) -> None:
    store = MemoryViewStore()
    told: list[tuple[int, int]] = []

    assert projector(ledger, store).refresh(ALL, lambda done, whole: told.append((done, whole))) == ledger.count()

    assert contents(store) == contents(stepped(ledger))
    assert told == sorted(told)
    assert told[-1] == (ledger.count(), ledger.count())
    assert projector(ledger, store).refresh(ALL) == 0


@law
@given(st.data(), lives(30))
def test_whichever_views_are_asked_for_in_between_the_same_is_remembered_of_a_ticket(data: st.DataObject, life: Life) -> None:
    rows = [(*row[:4], f"{row[0]}-{row[1]}") for row in life.ledger.raw()]
    grown, store, built = Ledger(MemoryRecorder()), MemoryViewStore(), MemoryViewStore()
    same = projector(grown, store)
    while rows:
        some = data.draw(st.integers(1, 4))
        grown.restore(rows[:some])
        rows = rows[some:]
        same.refresh(data.draw(st.lists(st.sampled_from(ALL), unique_by=lambda view: view.name)))

    same.refresh(ALL)
    projector(life.ledger, built).refresh(ALL)

    assert contents(store) == contents(built)


def test_a_view_that_joins_later_gets_the_entries_that_nobody_asked_for_before(ledger: Ledger) -> None:
    rows = [(*row[:4], f"{row[0]}-{row[1]}") for row in ledger.raw()]
    grown, store = Ledger(MemoryRecorder()), MemoryViewStore()
    same = projector(grown, store)
    for at, row in enumerate(rows):
        grown.restore([row])
        same.refresh([CALLS] if at < len(rows) * 0.8 else [CALLS, GOODS, AFTERSALES] if at < len(rows) * 0.9 else ALL)

    assert contents(store) == contents(stepped(ledger))


def test_what_is_remembered_of_tickets_may_be_forgotten(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aftersales_core.projector.REMEMBERED", 2)
    store, grown = MemoryViewStore(), Ledger(MemoryRecorder())
    same = projector(grown, store)
    for row in ledger.raw():
        grown.restore([(*row[:4], f"{row[0]}-{row[1]}")])
        same.refresh(ALL)

    assert len(same._known) == 2
    assert contents(store) == contents(stepped(ledger))


def test_a_time_line_whose_build_another_took_over_begins_anew(ledger: Ledger) -> None:
    def other() -> None:
        # takes the build over and goes away
        assert store.apply(TIMELINE.shape, Batch({}), after=store.position(TIMELINE.shape), upto=-99)

    store = Watched({3: other})

    projector(ledger, store).refresh([TIMELINE])

    assert (-99, 2) not in store.moves["timeline"]
    assert store.moves["timeline"][-1][1] == ledger.position()
    assert contents(store)["timeline"] == contents(stepped(ledger))["timeline"]


@pytest.mark.parametrize("batch", [1, 3, 14, 27])
def test_a_build_that_was_broken_off_is_begun_again(ledger: Ledger, batch: int) -> None:
    def fail() -> None:
        raise StoreUnusable("disk-full", path="views")

    store = Watched({batch: fail})
    with pytest.raises(StoreUnusable):
        projector(ledger, store).refresh(ALL)

    projector(ledger, store).refresh(ALL)

    assert contents(store) == contents(stepped(ledger))


@pytest.mark.parametrize("first", [1, 2, 13, 25])
@pytest.mark.parametrize("second", [None, 20, 30, 60])
def test_two_who_build_at_once_lose_nothing(ledger: Ledger, first: int, second: int | None) -> None:
    meanwhile: dict[int, Step] = {}
    store = Watched(meanwhile)
    meanwhile[first] = lambda: none(projector(ledger, store).refresh(ALL))
    if second is not None and second > first:
        meanwhile[second] = lambda: none(projector(ledger, store).refresh(ALL))

    projector(ledger, store).refresh(ALL)

    assert contents(store) == contents(stepped(ledger))


def test_no_two_writes_of_a_build_start_from_the_same_place(ledger: Ledger) -> None:
    store = Watched({})
    projector(ledger, store).refresh(ALL)

    for name, moves in store.moves.items():
        assert len({after for after, _upto in moves}) == len(moves), name
        assert [upto for _after, upto in moves[:-1]] == [after for after, _upto in moves[1:]]
        assert moves[-1][1] == ledger.position()


def test_one_that_is_stopped_in_the_middle_of_the_build_of_another_loses_nothing(ledger: Ledger) -> None:
    def stop() -> None:
        raise StoreUnusable("locked", path="views")

    meanwhile: dict[int, Step] = {}
    store = Watched(meanwhile)

    def other() -> None:
        meanwhile[9] = stop
        with pytest.raises(StoreUnusable):
            projector(ledger, store).refresh(ALL)

    meanwhile[4] = other
    projector(ledger, store).refresh(ALL)

    assert contents(store) == contents(stepped(ledger))


def test_what_is_written_while_a_view_is_built_comes_after(ledger: Ledger) -> None:
    rows = [(*row[:4], f"{row[0]}-{row[1]}") for row in ledger.raw()]
    grown = Ledger(MemoryRecorder())
    grown.restore(rows[:-5])
    store = Watched({3: lambda: none(grown.restore(rows[-5:]))})

    projector(grown, store).refresh(ALL)
    assert store.position(TIMELINE.shape) >= len(rows) - 5
    projector(grown, store).refresh(ALL)

    assert contents(store) == contents(stepped(ledger))


class Growing(MemoryRecorder):
    """Grows by some rows as soon as somebody has asked how long it is."""

    more: Any = ()

    def max_notification_id(self) -> int | None:
        top = super().max_notification_id()
        more, self.more = self.more, ()
        if more:
            Ledger(self).restore(more)
        return top


def test_a_view_is_built_as_of_one_place_of_the_ledger(ledger: Ledger) -> None:
    rows = [(*row[:4], f"{row[0]}-{row[1]}") for row in ledger.raw()]
    short, recorder, store = Ledger(MemoryRecorder()), Growing(), MemoryViewStore()
    for each in (short, Ledger(recorder)):
        each.restore(rows[:-9])
    recorder.more = rows[-9:]

    built = [view for view in ALL if view.of_ticket is not None]
    projector(Ledger(recorder), store).refresh(built)

    assert recorder.count() == len(rows)
    found, grown = contents(store), contents(stepped(short))
    assert {view.name: found[view.name] for view in built} == {view.name: grown[view.name] for view in built}


def test_a_new_view_beside_old_ones_is_built_alone(ledger: Ledger) -> None:
    store = MemoryViewStore()
    others: list[View[Any]] = [view for view in ALL if view.name != "worklist"]
    projector(ledger, store).refresh(others)

    assert projector(ledger, store).refresh(ALL) == ledger.count()

    assert contents(store) == contents(stepped(ledger))
