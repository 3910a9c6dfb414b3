"""The clocks of the shipped playbook on real lives of tickets: due, breached, stopped, paused, on another calendar."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from aftersales_core.clocks import MOMENTS, PAUSES, TASKS, TicketClock, calendar_of, clocks_of, deadline
from aftersales_core.errors import PlaybookUnsound
from aftersales_core.playbooks import Playbook, preset_text
from aftersales_core.rules import load_playbook, preset
from aftersales_core.state import Ticket, replay
from aftersales_core.testing import START, TRAILS, Scene, Step, scene_at
from aftersales_core.testing.samples import sampled
from aftersales_core.views import WORKLIST
from aftersales_core.wording import LANGS

CALL: dict[str, Any] = {"call_class": "A", "outcome": "satisfied", "satisfaction": 5}
PLACES = [(trail, place) for trail, places in TRAILS.items() for place in places]
NINE_TO_SIX = "".join(f'{day} = ["09:00-12:00", "13:30-18:00"]\n' for day in ("mon", "tue", "wed", "thu", "fri"))
REPAIR_HOURS = """
[[clock]]
id = "settling"
from = "reported"
until = "closed"
limit = { amount = 40, unit = "working-hours" }
breach = { amount = 60, unit = "working-hours", from = "reported" }
pauses = ["waiting-for-goods", "waiting-for-customer"]
clauses = ["S-01"]
"""


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of November 2026; the scenes begin on Monday the 2nd at eight."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=START.tzinfo)


@cache
def book(week: str = "", days: str = "", more: str = "") -> Playbook:
    """The preset on another calendar and with more clocks."""
    text = preset_text("whole-house")
    if week:
        start, end = text.index("[calendar.week]\n") + len("[calendar.week]\n"), text.index("# --- 时钟")
        text = f"{text[:start]}{week}\n{text[end:]}"
    return load_playbook(text.replace("holidays = []", days or "holidays = []", 1) + more)


def clocks(scene: Scene, as_of: datetime | None = None) -> tuple[TicketClock, ...]:
    return clocks_of(scene.ticket, scene.playbook, as_of or scene.now, scene.history)


def named(scene: Scene, name: str, as_of: datetime | None = None) -> list[TicketClock]:
    return [clock for clock in clocks(scene, as_of) if clock.id == name]


def only(scene: Scene, name: str, as_of: datetime | None = None) -> TicketClock:
    (clock,) = named(scene, name, as_of)
    return clock


# --- what ships


def test_the_worklist_can_drive_exactly_the_tasks_that_have_words() -> None:
    assert set(TASKS) == set(LANGS["zh"].WORDS["task"])


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_clock_that_ships_has_words(lang: str) -> None:
    untitled = {clock.id for clock in preset().every_clock if clock.title is None}
    assert untitled == set(LANGS[lang].WORDS["clock"])


@pytest.mark.parametrize(("trail", "place"), PLACES)
def test_what_the_worklist_says_is_what_the_clock_says(trail: str, place: str) -> None:
    scene = scene_at(trail, place)
    assert WORKLIST.of_ticket is not None
    running = {(c.task, c.ref): c for c in clocks(scene) if c.stop is None}
    rows = {(r.task, r.ref): r for r in WORKLIST.of_ticket(scene.ticket, scene.playbook)}
    driven = {key: row for key, row in rows.items() if key[0] in scene.playbook.clocks and row.due_at is not None}
    assert set(driven) == set(running)
    for key, row in driven.items():
        assert (row.due_at, row.breach_at) == (running[key].due, running[key].breach_at)


@pytest.mark.parametrize(("trail", "place"), PLACES)
def test_segments_tell_the_whole_of_every_clock(trail: str, place: str) -> None:
    scene = scene_at(trail, place).later(timedelta(days=2))
    for clock in clocks(scene):
        told = sum((s.end - s.start for s in clock.segments), timedelta())
        assert told == max((clock.stop or scene.now) - clock.start, timedelta())
        assert sum((s.end - s.start for s in clock.segments if s.kind == "ran"), timedelta()) == clock.elapsed
        assert all(one.end == other.start for one, other in pairwise(clock.segments))
        assert clock.clauses


def test_a_ticket_that_is_not_there_yet_and_a_playbook_without_clocks_have_none() -> None:
    scene = scene_at("安装", "已联系")
    without: dict[str, Any] = {"clock": (), "notice": (), "series": (), "calendar": None}
    bare = Playbook.model_validate({**preset().model_dump(by_alias=True), **without})

    assert clocks(scene, START - timedelta(hours=1)) == ()
    assert clocks_of(Ticket("AS-9"), preset(), START) == ()
    assert clocks_of(scene.ticket, bare, scene.now, scene.history) == ()
    with pytest.raises(PlaybookUnsound, match="calendar: missing"):
        calendar_of(bare)


# --- each clock on a real life


def test_a_first_response_is_due_and_breached_after_twenty_four_hours() -> None:
    scene = scene_at("安装", "已受理")

    assert only(scene, "response").due == only(scene, "response").breach_at == at(3, 8)
    assert [only(scene, "response", when).state for when in (at(3, 8), at(3, 8, 1))] == ["running", "breached"]
    assert only(scene, "response", at(3, 9)).remaining == timedelta(hours=-1)

    scene.later(timedelta(days=2)).when("acknowledge", "cs_specialist").then_recorded("acknowledged")
    assert only(scene, "response").state == "late"
    assert only(scene, "response", at(2, 9)).state == "running"


def test_triage_answers_a_matter_too() -> None:
    scene = scene_at("安装", "已受理")
    scene.when("triage", "cs_specialist", service="install", needs_goods=False).then_recorded("triaged")

    assert (only(scene, "response").state, only(scene, "response").stop) == ("met", at(2, 8, 10))


def test_a_matter_taken_over_in_a_later_stage_is_not_answered_again() -> None:
    late = Scene().when("import-ticket", "management", category="repair", stage="INSTALLED", origin="旧登记表", customer="李")
    early = Scene().when("import-ticket", "management", category="repair", stage="REPORTED", origin="旧登记表", customer="李")

    assert [c.id for c in clocks(late)] == ["call-back"]
    assert [c.id for c in clocks(early)] == ["response"]


def test_a_cancelled_ticket_drops_its_clocks() -> None:
    scene = scene_at("安装", "已受理").when("cancel", "cs_supervisor", reason="客户不装了")

    assert (only(scene, "response").state, only(scene, "response", at(9, 9)).state) == ("dropped", "dropped")
    assert only(scene, "response", at(2, 8, 5)).state == "running"


def test_a_call_back_is_due_the_day_after_and_breached_two_days_after_the_first_installation() -> None:
    scene = scene_at("安装", "反馈单已登记")
    clock = only(scene, "call-back")

    assert (clock.due, clock.breach_at, clock.escalates_to) == (at(3, 23, 59, 59), at(4, 23, 59, 59), "cs_supervisor")
    states = [only(scene, "call-back", when).state for when in (at(3, 23, 59, 59), at(4, 0, 1), at(4, 23, 59, 59), at(5, 0, 1))]
    assert states == ["running", "overdue", "overdue", "breached"]


def test_a_later_visit_starts_the_two_days_anew_neither_before_nor_after_a_call() -> None:
    scene = scene_at("安装有遗留", "再次完工", now=START)
    assert only(scene, "call-back").breach_at == at(4, 23, 59, 59)

    called = scene_at("安装有遗留", "遗留已登记")
    called.when("accept-work", "installer", by="customer", signed_by="王芳", rating=5)
    called.when("hand-in-slip", "installer", slip_no="F1").when("approve-slip", "install_supervisor")
    called.when("pass-on-slip", "install_supervisor").when("register-slip", "cs_specialist")
    called.when("revisit", "cs_specialist", call_class="B", outcome="satisfied", leftovers_checked=True, progress_told="已下单")
    assert called.error is None, called.error
    assert (only(called, "call-back").state, only(called, "call-back").breach_at) == ("met", at(4, 23, 59, 59))


def test_a_slip_is_owed_by_every_visit_of_its_own() -> None:
    first, second = named(scene_at("安装有遗留", "再次完工"), "slip-handover")

    assert (first.ref, first.state, second.ref, second.state) == ("1", "met", "2", "running")
    assert second.due == at(3, 23, 59, 59)


def test_a_slip_that_was_refused_is_owed_again_by_the_same_time() -> None:
    scene = scene_at("安装", "反馈单已上交")
    due = only(scene, "slip-handover").due
    assert only(scene, "slip-handover").state == "met"
    scene.when("refuse-slip", "dispatch_specialist", why="incomplete")
    if scene.error is not None:
        scene.when("send-back-slip", "install_supervisor", reason="收口条没有打胶")
    assert scene.error is None, scene.error

    assert (only(scene, "slip-handover").state, only(scene, "slip-handover").due) == ("running", due)


def test_a_slip_is_entered_on_the_day_it_was_passed_on() -> None:
    scene = scene_at("安装", "反馈单已转交")

    assert only(scene, "slip-entry").due == at(2, 23, 59, 59)
    assert only(scene, "slip-entry", at(3, 0, 1)).state == "overdue"


def test_the_notice_of_an_arrival_stops_its_clock_and_the_next_arrival_starts_another() -> None:
    scene = scene_at("安装有遗留", "部分到货")
    entered = scene.ticket.unnotified_since
    assert entered is not None
    assert only(scene, "arrival-notice").due == entered + timedelta(hours=24)

    scene.when("notify-arrival", "warehouse_keeper").then_recorded("arrival-notified")
    scene.later(timedelta(days=2))
    assert only(scene, "arrival-notice").state == "met"
    scene.when("inspect-goods", "warehouse_keeper", opened=True, lines=[{"line": "L1-1", "good": 1}])
    scene.when("receive-goods", "warehouse_keeper", entry_no="IN-1", place="A", lines=[{"line": "L1-1", "qty": 1}])
    assert scene.error is None, scene.error

    first, second = named(scene, "arrival-notice")
    assert (first.state, second.state, second.due) == ("met", "running", second.start + timedelta(hours=24))


def test_a_new_factory_date_moves_the_clock() -> None:
    scene = scene_at("安装有遗留", "已有交期")
    promised = next(scene.ticket.lines).promised_on
    assert promised is not None
    assert only(scene, "factory-date").due == at(promised.day, 23, 59, 59)

    scene.when("promise-goods", "cs_specialist", lines=["L1-1"], promised_on="2026-11-20")
    assert scene.error is None, scene.error
    assert (only(scene, "factory-date").due, only(scene, "factory-date").ref) == (at(20, 23, 59, 59), "L1-1")
    assert only(scene, "factory-date", at(21, 9)).state == "overdue"


def test_goods_that_came_stop_the_clock_of_their_date() -> None:
    assert only(scene_at("安装有遗留", "已到齐"), "factory-date").state == "met"


def test_a_missed_visit_is_booked_again_within_a_day() -> None:
    scene = scene_at("安装", "已派工").when("miss-visit", "installer", reason="不在家")
    visit = scene.ticket.visit
    assert visit is not None
    assert visit.start is not None

    # the first run of the clock led to the visit that was missed
    before, after = named(scene, "booking")
    assert (before.state, after.state, after.ref) == ("met", "running", "1")
    assert after.due == visit.start + timedelta(hours=24)


def test_without_a_history_the_state_tells_what_is_open() -> None:
    scene = scene_at("安装有遗留", "部分到货")
    running = {(c.id, c.ref, c.due) for c in clocks(scene) if c.stop is None}

    told = clocks_of(scene.ticket, scene.playbook, scene.now)

    assert {(c.id, c.ref, c.due) for c in told if c.stop is None} == running


def test_a_correction_is_read() -> None:
    scene = scene_at("安装", "已受理")
    corrected = (START - timedelta(hours=2)).isoformat()
    scene.when("correct", "management", version=1, changes={"occurred_at": corrected}, reason="登记时写错")
    assert scene.error is None, scene.error

    assert only(scene, "response").due == at(3, 6)


# --- pauses


def test_waiting_for_goods_stands_still_and_runs_on_when_they_are_in() -> None:
    rules = book(NINE_TO_SIX, more=REPAIR_HOURS)
    scene = scene_at("安装有遗留", "遗留已登记", playbook=rules)
    installed = scene.ticket.first_installed_at
    assert installed is not None
    assert (scene.ticket.stage, scene.ticket.stage_since) == ("AWAITING_GOODS", installed)

    # from nine, when work begins, to the moment the goods were found missing
    clock = only(scene, "settling", at(4, 9))
    assert (clock.state, clock.due, clock.breach_at) == ("paused", None, None)
    assert clock.elapsed == installed - at(2, 9)
    assert [s.kind for s in clock.segments] == ["closed", "ran", "paused"]

    arrived = scene_at("安装有遗留", "已到齐", playbook=rules)
    since = arrived.ticket.stage_since
    assert since is not None
    clock = only(arrived, "settling", since + timedelta(hours=1))
    assert clock.state == "running"
    assert clock.due is not None
    assert clock.breach_at is not None
    assert [s.kind for s in clock.segments].count("paused") == 1


def test_waiting_for_the_customer_lasts_from_the_missed_visit_to_the_new_appointment() -> None:
    rules = book(NINE_TO_SIX, more=REPAIR_HOURS)
    scene = scene_at("安装", "已派工", playbook=rules)
    scene.now = at(3, 10)
    scene.when("miss-visit", "installer", reason="不在家")
    assert only(scene, "settling", at(5, 12)).state == "paused"

    scene.now = at(4, 11)
    scene.when("move-appointment", "cs_specialist", start=at(5, 9), end=at(5, 12), agreed_with="王芳", reason="不在家")
    assert scene.error is None, scene.error

    clock = only(scene, "settling", at(4, 12))
    # Monday 7.5 h, Tuesday 9 to 10, Wednesday 11 to 12
    assert (clock.state, clock.elapsed) == ("running", timedelta(hours=9.5))
    assert [(s.start, s.end) for s in clock.segments if s.kind == "paused"] == [(at(3, 10), at(4, 11))]


def test_a_pause_is_seen_as_of_the_moment_asked_for() -> None:
    scene = scene_at("安装", "已派工", playbook=book(NINE_TO_SIX, more=REPAIR_HOURS))
    scene.now = at(3, 10)
    scene.when("miss-visit", "installer", reason="不在家")

    assert only(scene, "settling", at(3, 9, 30)).state == "running"
    assert only(scene, "settling", at(3, 10, 30)).state == "paused"


def test_a_pause_does_not_hide_what_is_over_already() -> None:
    hours = REPAIR_HOURS.replace("amount = 40", "amount = 4").replace("amount = 60", "amount = 5")
    scene = scene_at("安装", "已派工", playbook=book(NINE_TO_SIX, more=hours))
    scene.now = at(3, 10)
    scene.when("miss-visit", "installer", reason="不在家")

    clock = only(scene, "settling", at(3, 12))
    assert (clock.state, clock.due) == ("breached", at(2, 14, 30))


def test_pauses_without_a_history_are_those_of_now() -> None:
    scene = scene_at("安装有遗留", "遗留已登记", playbook=book(NINE_TO_SIX, more=REPAIR_HOURS))

    (clock,) = (c for c in clocks_of(scene.ticket, scene.playbook, at(4, 9)) if c.id == "settling")
    assert clock.state == "paused"


# --- reopening


def test_reopening_leaves_what_was_met_and_starts_nothing_by_itself() -> None:
    scene = scene_at("安装", "已结案")
    before = [(c.id, c.ref, c.state, c.stop) for c in clocks(scene)]
    scene.later(timedelta(days=30)).when("reopen", "cs_supervisor", reason="柜门又松了")
    assert scene.error is None, scene.error

    after = [(c.id, c.ref, c.state, c.stop) for c in clocks(scene)]
    care = {"after-care-1-month", "after-care-3-months", "after-care-6-months"}
    assert [each for each in after if each[3] is not None] == [each for each in before if each[0] not in care]
    assert {name for name, _ref, _state, stop in after if stop is None} == {"booking", *care}


def test_an_installation_after_reopening_is_called_back_the_day_after_but_has_no_breach() -> None:
    scene = scene_at("安装", "已结案")
    scene.later(timedelta(days=6)).when("reopen", "cs_supervisor", reason="柜门又松了")
    for step in [step for place in list(TRAILS["安装"])[4:11] for step in TRAILS["安装"][place]]:
        scene.given(sampled(scene, step))
    done = scene.ticket.last_installed_at
    assert done is not None
    assert done.day == 8

    first, second = named(scene, "call-back")
    assert (first.state, first.breach_at) == ("met", at(4, 23, 59, 59))
    assert (second.state, second.due, second.breach_at) == ("running", at(9, 23, 59, 59), None)


def test_reopening_lets_a_clock_run_on_that_closing_stopped_short() -> None:
    arrival = REPAIR_HOURS.replace('"closed"', '"complaint-lodged"').replace('"settling"', '"asking"')
    scene = scene_at("安装", "已结案", playbook=book(NINE_TO_SIX, more=arrival))
    assert only(scene, "asking").state == "met"
    scene.later(timedelta(days=30)).when("reopen", "cs_supervisor", reason="柜门又松了")
    assert scene.error is None, scene.error

    assert (only(scene, "asking").state, only(scene, "asking").stop) == ("breached", None)


# --- the calendar


def test_a_holiday_and_a_make_up_day_move_a_due_time() -> None:
    by_work = REPAIR_HOURS.replace("amount = 40", "amount = 16").replace("pauses", "# pauses")

    def due(days: str = "") -> Any:
        scene = scene_at("安装", "已受理", playbook=book(NINE_TO_SIX, days, by_work))
        scene.now = at(2, 9)
        return only(scene, "settling").due

    # sixteen hours of seven and a half a day: two days and an hour
    assert due() == at(4, 10)
    assert due("holidays = [2026-11-03]") == at(5, 10)
    assert due("holidays = [2026-11-03, 2026-11-04, 2026-11-05, 2026-11-06]") == at(10, 10)
    assert due("holidays = [2026-11-03, 2026-11-04, 2026-11-05, 2026-11-06]\nmakeup = [{ day = 2026-11-07 }]") == at(9, 10)
    short = 'makeup = [{ day = 2026-11-07, spans = ["09:00-10:00"] }]'
    assert due(f"holidays = [2026-11-03, 2026-11-04, 2026-11-05, 2026-11-06]\n{short}") == at(9, 18)


def test_the_worklist_goes_by_the_calendar_too() -> None:
    text = preset_text("whole-house").replace(
        'until = "responded"\nlimit = { amount = 24, unit = "hours" }',
        'until = "responded"\nlimit = { amount = 1, unit = "working-days" }',
    )
    text = text.replace("holidays = []", "holidays = [2026-11-03]")
    scene = scene_at("安装", "已受理", playbook=load_playbook(text))

    found = deadline("respond", "", scene.ticket, scene.playbook)

    assert found is not None
    assert found.due_at == at(4, 18) == only(scene, "response").due


def test_a_shop_that_is_open_until_midnight_is_understood() -> None:
    week = "".join(f'{day} = ["18:00-24:00"]\n' for day in ("mon", "wed"))
    scene = scene_at("安装", "已受理", playbook=book(week, more=REPAIR_HOURS.replace("amount = 40", "amount = 7")))

    assert only(scene, "settling").due == at(4, 19)


def test_a_calendar_is_read_in_the_playbook_s_own_zone() -> None:
    text = preset_text("whole-house").replace("Asia/Shanghai", "UTC")
    scene = scene_at("安装", "反馈单已登记", playbook=load_playbook(text))

    due = only(scene, "call-back").due
    assert due is not None
    assert due.isoformat() == "2026-11-03T23:59:59+00:00"


def test_a_ticket_is_judged_by_the_edition_it_is_given() -> None:
    scene = scene_at("安装", "反馈单已登记")
    stricter = load_playbook(preset_text("whole-house").replace(
        'breach = { amount = 2, unit = "days"', 'breach = { amount = 1, unit = "days"'))  # fmt: skip

    def breach(rules: Playbook) -> Any:
        return next(c.breach_at for c in clocks_of(scene.ticket, rules, scene.now, scene.history) if c.id == "call-back")

    assert (breach(scene.playbook), breach(stricter)) == (at(4, 23, 59, 59), at(3, 23, 59, 59))


# --- the vocabulary


@pytest.mark.parametrize(("trail", "place"), PLACES)
def test_every_moment_and_pause_can_be_asked_of_every_ticket(trail: str, place: str) -> None:
    ticket = scene_at(trail, place).ticket
    for moment in MOMENTS.values():
        found = list(moment(ticket))
        assert len({ref for ref, _when in found}) == len(found)
    for pause in PAUSES.values():
        assert pause(ticket) in (True, False)


@pytest.mark.parametrize("name", sorted(MOMENTS))
def test_every_moment_happens_in_some_life(name: str) -> None:
    lives = [scene_at(trail, list(places)[-1]) for trail, places in TRAILS.items()]
    heard = scene_at("安装", "反馈单已登记").when("revisit", "cs_specialist", **CALL, remark="抽屉再大一点就好了")
    for name_, role in (("lodge-complaint", "cs_specialist"), ("investigate-complaint", "management"), ("rectify-complaint", "management")):
        heard.given(sampled(heard, Step(name_, role)))
    lives.append(heard)
    states = [replay(s.number, s.history[:n]) for s in lives for n in range(1, len(s.history) + 1)]

    assert any(list(MOMENTS[name](state)) for state in states)


def test_a_moment_the_state_does_not_time_is_timed_by_the_history() -> None:
    review = REPAIR_HOURS.replace('"reported"', '"sheet-issued"', 1).replace('until = "closed"\n', "").replace("40", "2")
    scene = scene_at("安装有遗留", "处理单已开", playbook=book(NINE_TO_SIX, more=review.replace("pauses", "# pauses")))
    issued = scene.history[-1].occurred_at

    clock = only(scene, "settling")
    assert (clock.start, clock.ref, clock.state) == (issued, "1", "running")
    scene.when("review-sheet", "install_supervisor", approved=True)
    assert only(scene, "settling").state == "met"
