"""The day's work as the desk tells it: now, for a role, and as it would have been seen then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.rules.strategies import Life, lives

from aftersales_core import BadInput, Desk
from aftersales_core.codec import decode
from aftersales_core.demo import END, files, month
from aftersales_core.errors import CommandReused, Refused
from aftersales_core.ledger import Ledger, MemoryRecorder, Stamp, draft
from aftersales_core.memory import MemoryViewStore
from aftersales_core.ports import Where
from aftersales_core.projector import Projector
from aftersales_core.rules import preset
from aftersales_core.rules.sight import Viewer, conditions, sees
from aftersales_core.state import is_log, replay
from aftersales_core.tasklists import Past, tasks
from aftersales_core.views import WORKLIST, TaskRow
from aftersales_core.wording import LANGS

law = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)  # fmt: skip


class Clock:
    """Gives the time it was last told."""

    def __init__(self) -> None:
        self.now = END

    def __call__(self) -> datetime:
        return self.now


def fill(desk: Desk, clock: Clock, upto: datetime = END) -> Desk:
    """The first forty tickets of the demo month, as far as they had come at a moment, each written when it happened."""
    for picture in files():
        desk.keep(picture.content, media_type=picture.media_type)
    latest = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
    for command in month(tickets=40):
        at = datetime.fromisoformat(command["occurred_at"])
        latest = clock.now = max(at, latest)
        if latest > upto:
            break
        try:
            desk.handle(command)
        except (Refused, BadInput, CommandReused):
            continue
    clock.now = END
    return desk


@pytest.fixture(scope="module", params=["memory", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    clock = Clock()
    url = "memory:" if request.param == "memory" else f"sqlite:///{tmp_path_factory.mktemp('day') / 'desk.db'}"
    with Desk.open(url, clock=clock) as opened:
        yield fill(opened, clock)


def in_order(rows: Sequence[TaskRow]) -> list[TaskRow]:
    """The rounds of the house first; then what is due first on top, what is never due at the end."""
    return sorted(rows, key=lambda row: (row.command != "do-routine", row.due_at is None, row.due_at or END, row.ticket, row.task, row.ref))


def of_tickets(rows: Sequence[TaskRow]) -> list[TaskRow]:
    return [row for row in rows if row.command != "do-routine"]


def holders(desk: Desk, row: TaskRow) -> tuple[str, ...]:
    """The roles that may settle a task."""
    return desk.playbook.routines[row.task].roles if row.command == "do-routine" else desk.playbook.duties[row.command].roles


def test_what_is_listed_now_is_what_the_view_holds_and_has_opened(desk: Desk) -> None:
    rows = desk.worklist(END + timedelta(days=400))

    assert rows
    assert len(of_tickets(rows)) == desk.count(WORKLIST)
    assert all(row.opens_at <= END for row in desk.worklist(END))


def test_what_is_due_first_stands_first_and_the_overdue_are_a_list(desk: Desk) -> None:
    rows = desk.worklist(END)
    dues = [row.due_at for row in of_tickets(rows) if row.due_at is not None]

    assert dues == sorted(dues)
    assert rows == in_order(rows)
    assert [row for row in rows if row.overdue(END)] == desk.worklist(END, only="overdue")
    assert {row.list for row in desk.worklist(END, only="goods")} == {"goods"}


def test_a_role_sees_what_it_may_do_even_if_another_holds_the_duty_first(desk: Desk) -> None:
    rows = desk.worklist(END, role="installer")

    assert rows
    assert all("installer" in holders(desk, row) for row in rows)
    assert any(row.role != "installer" for row in rows)


def test_at_the_end_the_list_as_then_seen_is_the_list_of_now(desk: Desk) -> None:
    assert desk.worklist(END, then=True) == desk.worklist(END)


@pytest.mark.parametrize("days", [3, 10, 20])
def test_an_earlier_list_is_the_one_a_desk_of_that_day_would_have_shown(desk: Desk, days: int) -> None:
    moment = END - timedelta(days=days)
    clock = Clock()
    with Desk.open("memory:", clock=clock) as earlier:
        fill(earlier, clock, upto=moment)

        assert desk.worklist(moment, then=True) == earlier.worklist(moment)


def test_a_moment_without_a_zone_is_refused(desk: Desk) -> None:
    with pytest.raises(BadInput) as caught:
        desk.worklist(datetime(2026, 11, 2, 9))

    assert caught.value.code == "naive-datetime"


def test_without_a_moment_it_is_the_worklist_of_now(desk: Desk) -> None:
    assert desk.worklist() == desk.worklist(END)
    assert desk.count_tasks() == len(desk.worklist(END))


# --- counts, pages

MOMENTS = st.one_of(
    st.datetimes(END.replace(tzinfo=None) - timedelta(days=40), END.replace(tzinfo=None) + timedelta(days=9)).map(
        lambda at: at.replace(tzinfo=END.tzinfo)
    ),
    st.just(END),
)
ROLES = st.sampled_from((None, *sorted(preset().roles), "nobody"))
LISTS = st.sampled_from((None, *LANGS["zh"].WORDS["list"], "overdue", "no-such-list"))


VIEWERS = st.sampled_from((
    Viewer("boss", "management"), Viewer("cs-lin", "cs_specialist", frozenset({"west-lake"})),
    Viewer("inst-zhou", "installer"), Viewer("inst", "installer"), Viewer("x", "cs_specialist", frozenset()),
))  # fmt: skip
"""Somebody who sees all, one shop, his own, nothing because he is nobody, and nothing."""


@law
@given(at=MOMENTS, role=ROLES, only=LISTS, then=st.booleans(), limit=st.sampled_from((1, 3, 50)), viewer=VIEWERS)
def test_a_count_is_the_length_of_its_list_and_pages_are_the_list(
    desk: Desk, at: datetime, role: str | None, only: str | None, then: bool, limit: int, viewer: Viewer
) -> None:
    where = conditions(viewer, desk.playbook)
    known = {"as_of": at, "known_at": at} if then else {}
    everything = [
        row for row in desk.worklist(at, then=then)
        if row.command == "do-routine" or sees(viewer, desk.state(row.ticket, **known), desk.playbook)
    ]  # fmt: skip
    rows = desk.worklist(at, role=role, only=only, then=then, where=where)

    assert rows == in_order([
        row for row in everything
        if (role is None or role in holders(desk, row))
        and (only in (None, row.list) or (only == "overdue" and row.overdue(at)))
    ])  # fmt: skip
    assert all(row.opens_at <= at for row in everything)
    assert desk.count_tasks(at, role=role, only=only, then=then, where=where) == len(rows)
    assert desk.tally_tasks(at, role=role, only=only, then=then, where=where) == Counter(row.list for row in rows)

    paged: list[TaskRow] = []
    after = None
    while True:
        page = desk.worklist_page(at, role=role, only=only, then=then, where=where, after=after, limit=limit)
        paged += page.rows
        after = page.next
        if after is None:
            break
        assert len(page.rows) == limit
    assert paged == rows


@law
@given(at=MOMENTS, role=ROLES, then=st.booleans())
def test_the_lists_together_are_the_whole(desk: Desk, at: datetime, role: str | None, then: bool) -> None:
    tally = desk.tally_tasks(at, role=role, then=then)

    assert sum(tally.values()) == desk.count_tasks(at, role=role, then=then)
    assert {name: desk.count_tasks(at, role=role, only=name, then=then) for name in tally} == tally


def test_who_is_sent_to_customers_has_his_tickets_and_the_routines_of_his_role(desk: Desk) -> None:
    zhou = conditions(Viewer("inst-zhou", "installer"), desk.playbook)
    late = END + timedelta(days=400)
    own = {t for t, _last in desk.ledger.tickets() if not is_log(t) and "inst-zhou" in desk.state(t).assigned}

    assert {row.ticket for row in of_tickets(desk.worklist(late, where=zhou))} <= own != set()
    assert of_tickets(desk.worklist(late, where=zhou))
    # whose role has routines keeps them, whatever tickets he sees
    def rounds(**asked: Any) -> list[TaskRow]:
        return [row for row in desk.worklist(END + timedelta(days=3), role="install_supervisor", **asked) if row.command == "do-routine"]

    assert rounds(where=zhou) == rounds() != []


def test_a_condition_that_no_task_can_meet_is_refused_even_where_a_page_holds_only_rounds(desk: Desk) -> None:
    with pytest.raises(BadInput) as caught:
        desk.worklist_page(END, where=[Where("shop", "eq", "west-lake")], limit=1)

    assert caught.value.code == "no-such-column"


def test_a_cursor_of_something_else_and_an_empty_page_are_refused(desk: Desk) -> None:
    with pytest.raises(BadInput) as caught:
        desk.worklist_page(END, after="moon")
    assert caught.value.code == "bad-cursor"
    with pytest.raises(BadInput) as caught:
        desk.worklist_page(END, limit=0)
    assert caught.value.code == "bad-value"


def test_two_pages_of_an_earlier_day_are_of_one_worklist(desk: Desk) -> None:
    moment = END - timedelta(days=3)
    first = desk.worklist_page(moment, then=True, limit=5)
    second = desk.worklist_page(moment, then=True, limit=5, after=first.next)

    assert [*first.rows, *second.rows] == desk.worklist(moment, then=True)[:10]


# --- as it would have been seen, whatever the clocks say


def seen(ledger: Ledger, moment: datetime) -> list[TaskRow]:
    """The worklist of a moment by reading every ticket as it was known then."""
    found: list[TaskRow] = []
    assert WORKLIST.of_ticket is not None
    for number, rows in groupby(ledger.recorder.scan(), key=itemgetter(0)):
        ticket = replay(number, [decode(*row) for row in rows], as_of=moment, known_at=moment)
        if ticket.version:
            found += WORKLIST.of_ticket(ticket, preset())
    return in_order(found)


def mixed(several: Sequence[Life], lags: Sequence[int]) -> Ledger:
    """The lives in one ledger, their facts in turn, each written down so many minutes after it happened, or before."""
    ledger = Ledger(MemoryRecorder())
    heads: dict[str, tuple[int, str, datetime | None]] = {}
    turns = [(n, at, entry) for at, life in enumerate(several) for n, entry in enumerate(life.history)]
    for turn, (_n, at, entry) in enumerate(sorted(turns, key=lambda each: each[:2])):
        number, e = f"AS-{at}", entry.envelope
        version, head, last = heads.get(number, (0, "", None))
        stamp = Stamp(e.occurred_at, e.actor, e.role, e.channel, f"{number}-{version}", e.playbook)
        recorded_at = e.occurred_at + timedelta(minutes=lags[turn % len(lags)])
        (written,) = ledger.append(draft(number, version, head, last, [entry.fact], stamp, recorded_at, b""))
        heads[number] = written.version, written.digest, written.occurred_at
    return ledger


@settings(law, max_examples=40)
@given(
    st.lists(lives(20), min_size=1, max_size=4),
    st.lists(st.sampled_from((0, 0, 5, 3000, -600)), min_size=1, max_size=7),
    st.lists(st.tuples(st.integers(0, 60), st.sampled_from((0, 1, 300))), min_size=3, max_size=8),
)
def test_what_was_seen_is_told_without_reading_every_ticket(
    several: list[Life], lags: list[int], ats: list[tuple[int, int]]
) -> None:
    ledger, store, grown = mixed(several, lags), MemoryViewStore(), Ledger(MemoryRecorder())
    entries = ledger.since(0, 10_000)
    if not entries:
        return
    past = Past(grown, store, lambda _ticket: preset(), zone=3)
    projector = Projector(grown, store, lambda _ticket: preset())
    rows = [(*row[:4], f"c-{row[4]}") for row in ledger.raw()]
    half = len(rows) // 2
    for part in (rows[:half], rows[half:]):
        grown.restore(part)
        projector.refresh([WORKLIST])
        for at, minutes in ats:
            moment = entries[at % len(entries)].envelope.recorded_at + timedelta(minutes=minutes)
            assert tasks(past.at(moment), ()) == seen(grown, moment)
