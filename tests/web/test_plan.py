"""The schedule: lanes, days, what overlaps, what waits; and who sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.web.office import House, house
from tests.web.telling import part, words

from aftersales_core.clocks.calendar import WorkCalendar
from aftersales_core.rules import preset
from aftersales_core.views.registers import RosterRow
from aftersales_web.pages.planning import OPEN, Slot, days_of, lanes_of, mark_clashes

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 11, 23, 9, tzinfo=timezone(timedelta(hours=8)))


def row(ticket: str, start: datetime = MONDAY, hours: float | None = 2, crew: str = "inst-zhou", state: str = "DISPATCHED", **other: Any) -> RosterRow:
    told: dict[str, Any] = {
        "ticket": ticket, "visit": 1, "start": start, "end": None if hours is None else start + timedelta(hours=hours), "crew": crew, "customer": "王芳",
        "phone": "13812345678", "address": "文三路 90 号", "agreed_with": None, "papers": "", "state": state, "moved": 0, "confirmed": False, "wish_on": None,
        "category": "repair", "branch": None, "assigned": "", **other,
    }  # fmt: skip
    return RosterRow(**told)


def clashing(*rows: RosterRow) -> set[str]:
    lanes = lanes_of(rows, {}, ZONE, MONDAY)
    return {slot.row.ticket for lane in lanes for cell in lane.cells.values() for slot in cell if slot.clash}


def test_everybody_has_a_lane_and_nobody_has_one_where_somebody_is_missing() -> None:
    lanes = lanes_of([row("A", crew=""), row("B", crew="inst-zhou、inst-li"), row("C", crew="gone")], {"inst-zhou": "周师傅", "inst-wu": "吴师傅"}, ZONE, MONDAY)

    assert [(lane.person, lane.name, lane.count) for lane in lanes] == [
        ("", "", 1), ("inst-zhou", "周师傅", 1), ("inst-wu", "吴师傅", 0), ("inst-li", "inst-li", 1), ("gone", "gone", 1),
    ]  # fmt: skip
    assert lanes_of([], {"inst-zhou": "周师傅"}, ZONE, MONDAY)[0].person == "inst-zhou"


def test_two_visits_of_one_person_at_one_time_clash_and_of_two_people_do_not() -> None:
    one = row("A", hours=2)
    assert clashing(one, row("B", MONDAY + timedelta(hours=1))) == {"A", "B"}
    assert clashing(one, row("B", MONDAY + timedelta(hours=2))) == set()
    assert clashing(one, row("B", MONDAY + timedelta(hours=1), crew="inst-li")) == set()
    assert clashing(one, row("B", MONDAY + timedelta(hours=1), crew="inst-li、inst-zhou")) == {"A", "B"}
    assert clashing(one, row("B", MONDAY + timedelta(hours=1), state="ACCEPTED")) == set()
    assert clashing(row("A", hours=None), row("B", MONDAY + timedelta(minutes=59))) == {"A", "B"}
    assert clashing(row("A", hours=8), row("B", MONDAY + timedelta(hours=1), 1), row("C", MONDAY + timedelta(hours=5), 1)) == {"A", "B", "C"}
    assert clashing(row("A", crew=""), row("B", crew="")) == set()  # nobody cannot be in two places


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10), st.sampled_from(["DISPATCHED", "ACCEPTED"])), max_size=8))
def test_a_visit_clashes_if_and_only_if_another_overlaps(told: list[tuple[int, int, str]]) -> None:
    slots = [
        Slot(row(str(at), MONDAY + timedelta(minutes=30 * begin), length / 2, state=state), MONDAY + timedelta(minutes=30 * begin), MONDAY + timedelta(minutes=30 * (begin + length)), False)
        for at, (begin, length, state) in enumerate(told)
    ]
    mark_clashes(slots)

    for slot in slots:
        others = [each for each in slots if each is not slot and each.row.state in OPEN]
        assert slot.clash == (slot.open and any(each.start < slot.until and slot.start < each.until for each in others))


def test_hours_are_of_visits_still_to_be_made() -> None:
    (lane,) = lanes_of([row("A", hours=2), row("B", MONDAY + timedelta(hours=3), 1.5), row("C", MONDAY + timedelta(hours=6), 3, state="ACCEPTED")], {}, ZONE, MONDAY)

    assert (lane.hours(MONDAY.date()), lane.hours(date(2026, 11, 24))) == (3.5, 0)


def test_days_are_those_of_the_house_and_say_whether_it_works() -> None:
    late = MONDAY.replace(hour=23, minute=30)
    (lane,) = lanes_of([row("A", late.astimezone(timezone.utc))], {}, ZONE, MONDAY)  # noqa: UP017
    assert list(lane.cells) == [date(2026, 11, 23)]
    calendar = WorkCalendar("Asia/Shanghai", {0: ((datetime.min.time().replace(hour=9), datetime.min.time().replace(hour=18)),)})
    assert [(day.day.day, day.works, day.today) for day in days_of(date(2026, 11, 23), 2, calendar, date(2026, 11, 24))] == [(23, True, False), (24, False, True)]
    assert all(day.works for day in days_of(date(2026, 11, 23), 7, None, date(2026, 11, 24)))


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        yield made


def booked(shop: House, ticket: str, hour: int, **fields: Any) -> None:
    shop.report(ticket, **fields)
    shop.tell("triage", ticket, service="repair", needs_goods=False)
    start = shop.clock().replace(hour=hour, minute=0)
    shop.tell("make-appointment", ticket, start=start, end=start + timedelta(hours=2), agreed_with="王芳")


def sent(shop: House, ticket: str, crew: str) -> None:
    shop.tell("prepare-papers", ticket, papers=("install-repair-slip",))
    shop.tell("dispatch", ticket, role="cs_supervisor", actor="csm-tang", crew=(crew,))


def test_the_week_shows_who_goes_where_what_overlaps_and_who_is_missing(shop: House) -> None:
    for ticket, hour in (("AS-1", 14), ("AS-2", 15), ("AS-3", 16)):
        booked(shop, ticket, hour)
    sent(shop, "AS-1", "inst-zhou")
    sent(shop, "AS-2", "inst-zhou")
    page = shop.browser("csm-tang").get("/plan").text

    assert "有 2 次上门与同一个人的另一次时间重叠" in words(page)
    lanes = {words(head).split(" ")[0]: words(cells) for head, cells in re.findall(r'<tr class="[^"]*"><th scope="row" class="who">(.*?)</th>(.*?)</tr>', page, re.S)}
    assert "16:00–18:00" in lanes["未派人"]
    assert "派工" in lanes["未派人"]
    assert re.search("14:00–16:00.*时间重叠.*15:00–17:00.*时间重叠", lanes["周师傅"])
    assert "4 小时" in lanes["周师傅"]
    assert '/t/AS-3/do/dispatch?ref=1&amp;next=/plan' in page.replace("%2F", "/")


def test_what_waits_to_be_booked_stands_below_with_its_form(shop: House) -> None:
    shop.report("DD/9")
    shop.tell("triage", "DD/9", service="repair", needs_goods=False)
    waiting = part(shop.browser("cs-lin").get("/plan").text, 'aria-labelledby="waiting"')
    assert "DD/9" in waiting
    assert 'action="/t/DD~9/do/make-appointment"' in shop.browser("cs-lin").get("/plan").text
    form = shop.browser("cs-lin").get("/t/DD~9/do/make-appointment?ref=&next=/plan?days=1&day=2026-11-28").text
    assert 'name="next" value="/plan?days=1"' in form
    assert "2026-11-28T09:00" in form
    assert "/do/make-appointment" not in shop.browser("wh-he").get("/plan").text


def test_a_booking_is_proposed_for_the_day_the_customer_asks_for_else_the_next_one_worked(shop: House) -> None:
    booked(shop, "AS-1", 14)
    browser = shop.browser("cs-lin")
    assert "2026-11-27T09:00" in browser.get("/t/AS-1/do/move-appointment").text
    assert "2026-11-27T09:00" in browser.get("/t/AS-1/do/move-appointment?day=soon").text
    day = shop.clock().date() + timedelta(days=3)
    shop.tell("request-time", "AS-1", role="customer", actor="customer:AS-1", channel="link", day=day, time_of_day="afternoon")
    assert f"{day}T14:00" in browser.get("/t/AS-1/do/move-appointment").text
    assert "2026-12-01T09:00" in browser.get("/t/AS-1/do/move-appointment?day=2026-12-01").text


def test_a_visit_of_two_people_counts_once_and_one_lane_can_be_asked_for(shop: House) -> None:
    for ticket, hour in (("AS-1", 14), ("AS-2", 15)):
        booked(shop, ticket, hour)
        shop.tell("prepare-papers", ticket, papers=("install-repair-slip",))
        shop.tell("dispatch", ticket, role="cs_supervisor", actor="csm-tang", crew=("inst-zhou", "inst-li"))
    browser = shop.browser("csm-tang")
    assert "有 2 次上门与同一个人" in words(browser.get("/plan").text)
    one = browser.get("/plan?crew=inst-li").text
    assert re.findall(r'<th scope="row" class="who">([^<]*?) *<', one) == ["李师傅"]


def test_days_spans_and_filters_stand_in_the_address(shop: House) -> None:
    booked(shop, "AS-1", 14, branch="west")
    booked(shop, "AS-2", 10, branch="east")
    sent(shop, "AS-1", "inst-zhou")
    browser = shop.browser("csm-tang")
    today = shop.clock().date()
    for query, shown in (
        ("", {"AS-1", "AS-2"}), ("?branch=west", {"AS-1"}), ("?crew=inst-zhou", {"AS-1"}), ("?days=1", {"AS-1", "AS-2"}), ("?days=14", {"AS-1", "AS-2"}),
        (f"?first={today + timedelta(days=1)}", set()), (f"?first={today}&days=1", {"AS-1", "AS-2"}), (f"?first={today - timedelta(days=1)}&days=1", set()),
    ):  # fmt: skip
        page = browser.get(f"/plan{query}").text
        assert set(re.findall(r'<li class="visit[^>]*><a href="/t/([^"]+)"', page)) == shown, query
    for query in ("?days=3", "?days=x", "?first=tomorrow", "?first=0001-01-01", "?first=9999-12-31"):
        assert browser.get(f"/plan{query}").status_code == 422, query


def test_a_shop_sees_its_own_and_a_masked_reader_no_names(shop: House) -> None:
    booked(shop, "AS-1", 14, branch="west")
    booked(shop, "AS-2", 10, branch="east")
    masked = shop.browser("wh-he").get("/plan").text
    assert "王芳" not in masked
    assert "王*" in masked
    assert "/do/" not in masked  # a keeper books nothing
    assert "/plan" not in re.findall(r'<nav[^>]*>.*?</nav>', shop.browser("wh-he").get("/board").text, re.S)[0]


def test_the_roster_says_what_the_customer_said_of_the_time(shop: House) -> None:
    booked(shop, "AS-1", 14)
    shop.tell("request-time", "AS-1", role="customer", actor="customer:AS-1", channel="link", day=shop.clock().date() + timedelta(days=2))
    assert "客户想改到" in words(shop.browser("cs-lin").get("/plan").text)
    shop.tell("confirm-appointment", "AS-1", role="customer", actor="customer:AS-1", channel="link")
    page = words(shop.browser("cs-lin").get("/plan").text)
    assert "客户已确认" in page
    assert "客户想改到" not in page


def test_whoever_chooses_a_crew_is_told_how_busy_everybody_is_that_day(shop: House) -> None:
    for ticket, hour in (("AS-1", 14), ("AS-2", 15), ("AS-3", 18)):
        booked(shop, ticket, hour)
    sent(shop, "AS-1", "inst-zhou")
    for ticket in ("AS-2", "AS-3"):
        shop.tell("prepare-papers", ticket, papers=("install-repair-slip",))
    browser = shop.browser("csm-tang")
    assert "周师傅（当天 1 次，时间重叠）" in browser.get("/t/AS-2/do/dispatch?ref=1").text
    later = browser.get("/t/AS-3/do/dispatch").text
    assert "周师傅（当天 1 次）" in later
    assert "李师傅（" not in later
    assert "周师傅（" not in browser.get("/t/AS-1/do/reassign").text  # its own visit does not count


def test_the_roster_as_a_spreadsheet_says_all_this_in_words(shop: House) -> None:
    booked(shop, "AS-1", 14)
    sent(shop, "AS-1", "inst-zhou")
    answer = shop.browser("mgr-fang").get("/papers/registers/roster.csv?month=2026-11")
    head, line = answer.text.lstrip("\ufeff").splitlines()
    told = dict(zip(head.split(","), line.split(","), strict=True))

    assert not [each for each in told if each.isascii()]
    assert (told["改约次数"], told["客户已确认"], told["派过的人"], told["类别"]) == ("0", "否", "inst-zhou", "维修")


def test_the_preset_has_roles_for_what_the_page_offers() -> None:
    assert {"make-appointment", "dispatch", "reassign"} <= set(preset().duties)
