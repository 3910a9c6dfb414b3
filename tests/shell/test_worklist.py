"""The day's work as the desk tells it: now, for a role, and as it would have been seen then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from aftersales_core import BadInput, Desk
from aftersales_core.demo import END, files, month
from aftersales_core.errors import CommandReused, Refused
from aftersales_core.views import WORKLIST


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


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    clock = Clock()
    with Desk.open("memory:", clock=clock) as opened:
        yield fill(opened, clock)


def test_what_is_listed_now_is_what_the_view_holds_and_has_opened(desk: Desk) -> None:
    rows = desk.worklist(END + timedelta(days=400))

    assert rows
    assert len(rows) == desk.count(WORKLIST)
    assert all(row.opens_at <= END for row in desk.worklist(END))


def test_what_is_due_first_stands_first_and_the_overdue_are_a_list(desk: Desk) -> None:
    rows = desk.worklist(END)
    dues = [row.due_at for row in rows if row.due_at is not None]

    assert dues == sorted(dues)
    assert [row for row in rows if row.overdue(END)] == desk.worklist(END, only="overdue")
    assert {row.list for row in desk.worklist(END, only="goods")} == {"goods"}


def test_a_role_sees_what_it_may_do_even_if_another_holds_the_duty_first(desk: Desk) -> None:
    rows = desk.worklist(END, role="installer")

    assert rows
    assert all("installer" in desk.playbook.duties[row.command].roles for row in rows)
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
