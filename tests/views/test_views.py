"""视图: laws of the folds, and the worklist along whole lives of tickets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_core.cursors import columns
from aftersales_core.facts import Entry
from aftersales_core.memory import MemoryViewStore
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Batch, Value
from aftersales_core.rules import legal_moves, preset
from aftersales_core.state import Ticket, effective, evolve
from aftersales_core.testing import TRAILS, Scene, Step, scene_at
from aftersales_core.testing.samples import sampled
from aftersales_core.views import (
    ALL,
    BOARD,
    BY_NAME,
    CUSTOMERS,
    LEFTOVERS,
    TIMELINE,
    WORKLIST,
    TaskRow,
    customer_key,
)
from aftersales_core.wording import LANGS

CHINA = ZoneInfo("Asia/Shanghai")
PLACES = [(trail, place) for trail, places in TRAILS.items() for place in places]


def project(
    store: MemoryViewStore, entries: Sequence[Entry], tickets: dict[str, Ticket], book: Playbook
) -> None:
    """The smallest projector: fold *entries* on and feed every view one batch."""
    states = []
    upto = {entry.ticket: entry.version for entry in entries}
    told = {n: effective([e for e in LEDGER if e.ticket == n and e.version <= last]) for n, last in upto.items()}
    for entry in entries:
        tickets[entry.ticket] = evolve(tickets.get(entry.ticket) or Ticket(entry.ticket), entry)
        states.append(tickets[entry.ticket])
    for view in ALL:
        at = store.position(view.shape)
        if view.of_entry is not None:
            added = [row for e, t in zip(entries, states, strict=True) for row in view.of_entry(e, t)]
            batch = Batch({}, added)
        else:
            latest = {t.number: t for t in states}.values()
            batch = Batch({t.number: all_rows(view, told[t.number], t, book) for t in latest})
        assert store.apply(view.shape, batch, after=at, upto=at + len(entries))


def all_rows(view: Any, history: Sequence[Entry], ticket: Ticket, book: Playbook) -> tuple[Any, ...]:
    """Every row a ticket has in a view that replaces them."""
    return tuple(view.of_ticket(ticket, book) if view.of_ticket else view.of_history(history, ticket, book))


def histories() -> list[Entry]:
    """Every trail's ticket, their entries mixed as a ledger would hold them."""
    lives = [
        scene_at(trail, list(places)[-1], number=f"T{n}").history
        for n, (trail, places) in enumerate(TRAILS.items())
    ]
    longest = max(map(len, lives))
    return [life[n] for n in range(longest) for life in lives if n < len(life)]


def contents(store: MemoryViewStore) -> dict[str, Any]:
    return {view.name: store.page(view.shape, limit=10_000) for view in ALL}


LEDGER = histories()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, len(LEDGER)), st.integers(0, len(LEDGER)))
def test_folding_in_parts_is_folding_at_once(one: int, other: int) -> None:
    low, high = sorted((one, other))
    whole, parts = MemoryViewStore(), MemoryViewStore()
    project(whole, LEDGER, {}, preset())
    tickets: dict[str, Ticket] = {}
    for part in (LEDGER[:low], LEDGER[low:high], LEDGER[high:]):
        project(parts, part, tickets, preset())
    assert contents(parts) == contents(whole)


@pytest.mark.parametrize("view", ALL, ids=lambda view: view.name)
def test_a_row_is_frozen_slotted_and_of_column_types(view: Any) -> None:
    row = view.shape.row
    assert row.__dataclass_params__.frozen
    assert "__slots__" in vars(row)
    assert {column.type for column in columns(row).values()} <= set(get_args(Value))
    names = {field.name for field in fields(row)}
    assert "ticket" in names
    assert "ticket" in view.shape.key
    asked = {
        word.removeprefix("-")
        for words in (*view.shape.indexes, view.shape.order, view.shape.key)
        for word in words
    }
    assert asked <= names
    assert not any(columns(row)[name].nullable for name in view.shape.key)
    assert [view.of_ticket, view.of_entry, view.of_history].count(None) == 2


@pytest.mark.parametrize("view", [view for view in ALL if view.of_history is not None], ids=lambda view: view.name)
@pytest.mark.parametrize(("trail", "place"), PLACES)
def test_a_view_of_histories_looks_at_the_kinds_it_names_and_at_no_others(view: Any, trail: str, place: str) -> None:
    scene = scene_at(trail, place)
    history = effective(scene.history)
    assert view.kinds is not None
    asked = [entry for entry in history if entry.fact.kind in view.kinds]

    assert all_rows(view, asked, scene.ticket, preset()) == all_rows(view, history, scene.ticket, preset())


def test_views_are_known_by_name() -> None:
    registers = ["slips", "calls", "aftersales", "sheets", "roster", "daily", "goods", "commission", "fields"]
    counted = ["times", "scores", "faults", "papers"]

    assert list(BY_NAME) == ["board", "timeline", "leftovers", "worklist", "customers", *registers, *counted]


# --- 待办 worklist


def tasks(scene: Scene) -> dict[str, TaskRow]:
    assert WORKLIST.of_ticket is not None
    found = list(WORKLIST.of_ticket(scene.ticket, scene.playbook))
    assert len({(row.task, row.ref) for row in found}) == len(found)
    return {row.task: row for row in found}


def soon(scene: Scene) -> set[str]:
    """The tasks that somebody sees within three days."""
    return {name for name, row in tasks(scene).items() if row.opens_at <= scene.now + timedelta(days=3)}


@pytest.mark.parametrize(("trail", "place"), PLACES)
def test_every_task_has_words_a_legal_stage_and_a_role_that_may(trail: str, place: str) -> None:
    scene = scene_at(trail, place)
    for row in tasks(scene).values():
        for lang in LANGS.values():
            assert row.list in lang.WORDS["list"]
            assert row.task in lang.WORDS["task"] or f"task:{row.task}" in scene.playbook.titles
        move = next(m for m in legal_moves(scene.ticket, scene.playbook) if m.command == row.command)
        assert "wrong-stage" not in {refusal.code for refusal in move.refusals}
        assert row.role in scene.playbook.duties[row.command].roles


@pytest.mark.parametrize(("trail", "place"), PLACES)
def test_a_ticket_that_is_not_over_is_on_somebodys_list(trail: str, place: str) -> None:
    scene = scene_at(trail, place)
    assert bool(soon(scene)) is (scene.ticket.stage not in {"NEW", "CLOSED", "CANCELLED"})


LIFE = {
    "尚未建单": "",
    "已受理": "respond triage",
    "已联系": "triage",
    "已判定": "book",
    "已预约": "dispatch",
    "已派工": "visit",
    "遗留已登记": "collect-slip daily-report call-back issue-sheet confirm-leftover",
    "反馈单已上交": "approve-slip call-back issue-sheet confirm-leftover",
    "反馈单已签字": "pass-on-slip call-back issue-sheet confirm-leftover",
    "反馈单已转交": "register-slip call-back issue-sheet confirm-leftover",
    "反馈单已登记": "call-back issue-sheet confirm-leftover",
    "处理单已开": "call-back review-sheet confirm-leftover",
    "处理单已审核": "call-back order-goods confirm-leftover",
    "遗留已确认": "call-back order-goods rule-liability",
    "责任已判定": "call-back order-goods",
    "已下单": "call-back track-goods",
    "部分到货": "call-back track-goods notify-arrival",
    "已到齐": "call-back book notify-arrival",
    "已通知到货": "call-back book",
    "再次预约": "call-back dispatch",
    "再次派工": "visit call-back",
    "再次完工": "collect-slip daily-report call-back",
    "反馈单再次登记": "call-back",
    "已回访": "register-call",
    "回访已登记": "share-call close",
    "回访已共享": "close",
    "已结案": "",
}


@pytest.mark.parametrize(("place", "expected"), LIFE.items())
def test_the_worklist_goes_with_a_ticket_through_its_life(place: str, expected: str) -> None:
    assert soon(scene_at("安装有遗留", place)) == set(expected.split())


def day(scene: Scene, moment: datetime | None, days: int, clock: str) -> datetime:
    assert moment is not None
    at = (moment.astimezone(CHINA) + timedelta(days=days)).date()
    return datetime.fromisoformat(f"{at}T{clock}").replace(tzinfo=CHINA)


def test_a_daily_report_is_due_as_work_begins_the_next_morning_and_settled_with_the_slip_or_alone() -> None:
    scene = scene_at("安装", "已完工")
    row = tasks(scene)["daily-report"]
    assert row.due_at == day(scene, scene.ticket.first_installed_at, 1, "08:00:00")
    assert (row.list, row.ref, row.command, row.clauses) == ("slips", "1", "move-paper", "F-15")
    scene.when("move-paper", "installer", paper="daily-report", step="handed-in").then_recorded("paper-moved")
    assert "daily-report" not in tasks(scene)
    assert "daily-report" not in tasks(scene_at("安装", "反馈单已上交"))
    scene.when("move-paper", "install_supervisor", paper="daily-report", step="refused").then_recorded("paper-moved")
    assert "daily-report" in tasks(scene)


@pytest.mark.parametrize(
    ("task", "opens", "due"),
    [
        ("after-care-1-month", "2026-11-29", "2026-12-02"),
        ("after-care-3-months", "2027-01-30", "2027-02-02"),
        ("after-care-6-months", "2027-04-29", "2027-05-02"),
    ],
)
def test_after_care_calls_open_three_days_before_their_day_and_outlive_the_closing(task: str, opens: str, due: str) -> None:
    scene = scene_at("安装", "已结案")
    row = tasks(scene)[task]
    assert row.opens_at == datetime.fromisoformat(f"{opens}T09:00:00").replace(tzinfo=CHINA)
    assert row.due_at == datetime.fromisoformat(f"{due}T23:59:59").replace(tzinfo=CHINA)
    assert (row.command, row.list, row.stage) == ("follow-up", "calls", "CLOSED")
    scene.when("follow-up", "cs_specialist", occasion=task, customer_file="no-change").then_recorded("followed-up")
    assert set(tasks(scene)) == {"after-care-1-month", "after-care-3-months", "after-care-6-months"} - {task}


def test_a_repair_and_a_matter_solved_remotely_have_no_after_care() -> None:
    assert tasks(scene_at("维修", "已结案")) == {}
    remote = scene_at("安装", "已判定").when("solve-remotely", "cs_specialist", solution="电话指导")
    assert not [name for name in tasks(remote) if name.startswith("after-care")]


def test_a_birthday_comes_back_every_year() -> None:
    scene = scene_at("维修", "已结案").when("fill-fields", "cs_specialist", fields={"birthday": "1988-11-20"})
    row = tasks(scene)["birthday-greeting"]
    assert row.opens_at == datetime(2026, 11, 17, 9, tzinfo=CHINA)
    assert row.due_at == datetime(2026, 11, 20, 23, 59, 59, tzinfo=CHINA)
    scene.now = datetime(2026, 11, 18, 10, tzinfo=CHINA)
    scene.when("follow-up", "cs_specialist", occasion="birthday-greeting", means="wechat").then_recorded("followed-up")
    assert tasks(scene)["birthday-greeting"].due_at == datetime(2027, 11, 20, 23, 59, 59, tzinfo=CHINA)


def test_a_birthday_on_the_last_of_february_is_kept_every_year() -> None:
    scene = scene_at("维修", "已受理").when("fill-fields", "cs_specialist", fields={"birthday": "1988-02-29"})
    assert tasks(scene)["birthday-greeting"].due_at == datetime(2027, 3, 1, 23, 59, 59, tzinfo=CHINA)


def test_an_opinion_is_on_the_list_until_its_department_has_it() -> None:
    scene = scene_at("安装", "反馈单已登记")
    scene.when("revisit", "cs_specialist", call_class="A", outcome="satisfied", satisfaction=5, remark="说明书字太小")
    row = tasks(scene)["opinion-passed-on"]
    assert (row.ref, row.command, row.list, row.clauses) == ("call-1", "give-notice", "office", "F-23、R-21")
    assert row.due_at == day(scene, scene.ticket.calls[0].at, 2, "18:00:00")
    scene.when("give-notice", "cs_specialist", notice="opinion-passed-on", to="设计部").then_recorded("notice-given")
    assert "opinion-passed-on" not in tasks(scene)


def test_a_complaint_that_was_put_right_is_followed_up() -> None:
    scene = scene_at("安装", "反馈单已登记")
    for step in (Step("lodge-complaint", "cs_specialist"), Step("investigate-complaint", "management"),
                 Step("rectify-complaint", "management")):  # fmt: skip
        scene.given(sampled(scene, step))
    row = tasks(scene)["after-complaint"]
    assert (row.ref, row.opens_at) == ("1", day(scene, scene.ticket.complaints[0].rectified_at, 1, "09:00:00"))
    scene.when("follow-up", "cs_specialist", occasion="after-complaint", about=1).then_recorded("followed-up")
    assert "after-complaint" not in tasks(scene)


def test_a_slip_is_collected_at_eight_the_day_after_and_due_that_day() -> None:
    scene = scene_at("安装", "已完工")
    row, done = tasks(scene)["collect-slip"], scene.ticket.first_installed_at
    assert row.opens_at == day(scene, done, 1, "08:00:00")
    assert row.due_at == day(scene, done, 1, "23:59:59")
    assert (row.list, row.ref, row.clauses) == ("slips", "1", "F-01、F-16、L-19")


def test_a_call_back_opens_at_nine_is_due_that_day_and_breached_after_two_days() -> None:
    scene = scene_at("安装", "反馈单已登记")
    row, done = tasks(scene)["call-back"], scene.ticket.first_installed_at
    assert row.opens_at == day(scene, done, 1, "09:00:00")
    assert row.due_at == day(scene, done, 1, "23:59:59")
    assert row.breach_at == day(scene, done, 2, "23:59:59")
    assert (row.role, row.command) == ("cs_specialist", "revisit")


def test_the_call_back_counts_from_the_first_installation_whatever_visit_came_after() -> None:
    scene = scene_at("安装有遗留", "再次完工")
    assert tasks(scene)["call-back"].breach_at == day(scene, scene.ticket.first_installed_at, 2, "23:59:59")


def test_a_first_response_and_a_notice_are_due_and_breached_by_the_hour() -> None:
    scene = scene_at("安装", "已受理")
    row = tasks(scene)["respond"]
    assert scene.ticket.opened_at is not None
    assert row.due_at == row.breach_at == scene.ticket.opened_at + timedelta(hours=24)
    scene = scene_at("安装有遗留", "已到齐")
    assert scene.ticket.unnotified_since is not None
    assert tasks(scene)["notify-arrival"].due_at == scene.ticket.unnotified_since + timedelta(hours=24)


def test_goods_are_due_by_the_end_of_the_promised_day() -> None:
    scene = scene_at("安装有遗留", "已有交期")
    promised = next(iter(scene.ticket.lines)).promised_on
    row = tasks(scene)["track-goods"]
    assert row.due_at == datetime.fromisoformat(f"{promised}T23:59:59").replace(tzinfo=CHINA)
    assert row.ref == "L1-1"
    assert tasks(scene_at("安装有遗留", "已下单"))["track-goods"].due_at is None


def test_a_visit_is_dispatched_before_it_starts_and_booked_soon() -> None:
    scene = scene_at("安装", "已预约")
    assert scene.ticket.visit is not None
    assert tasks(scene)["dispatch"].due_at == scene.ticket.visit.start
    scene = scene_at("安装", "已判定")
    assert scene.ticket.stage_since is not None
    assert tasks(scene)["book"].due_at == scene.ticket.stage_since + timedelta(days=1)


def test_a_missed_visit_is_booked_again() -> None:
    scene = scene_at("安装", "已派工").when("miss-visit", "installer", reason="客户不在家")
    assert scene.error is None
    assert {name: row.command for name, row in tasks(scene).items()} == {"book": "move-appointment"}


def test_a_complaint_stays_until_it_is_put_right() -> None:
    scene = scene_at("安装", "已联系").when("lodge-complaint", "cs_specialist", about="迟到")
    assert tasks(scene)["complaint"].command == "investigate-complaint"
    scene.when("investigate-complaint", "cs_supervisor", complaint=1, finding="属实")
    assert tasks(scene)["complaint"].command == "rectify-complaint"
    scene.when("rectify-complaint", "cs_supervisor", complaint=1, measure="致歉", customer_told=True)
    assert "complaint" not in tasks(scene)


# --- the other views


def rows(view: Any, scene: Scene) -> Iterable[Any]:
    return list(view.of_ticket(scene.ticket, scene.playbook))


def test_the_board_shows_where_a_ticket_stands() -> None:
    scene = scene_at("安装有遗留", "遗留已登记")
    (row,) = rows(BOARD, scene)
    assert (row.stage, row.version) == ("AWAITING_GOODS", scene.ticket.version)
    assert (row.open_lines, row.lines_outstanding, row.open_complaints) == (2, 1, 0)
    assert row.next_due == min(task.due_at for task in tasks(scene).values() if task.due_at)
    assert scene.ticket.visit is not None
    assert row.crew == "、".join(scene.ticket.visit.crew)


def test_the_leftover_register_shows_each_line_from_raised_to_settled() -> None:
    first, second = rows(LEFTOVERS, scene_at("安装有遗留", "部分到货"))
    assert (first.line, first.state, first.qty, first.arrived, first.outstanding) == (
        "L1-1",
        "PART_IN",
        2,
        1,
        1,
    )
    assert (first.good, first.bad, first.drawn) == (0, 0, 0)
    assert first.factory_order is not None
    assert (second.needs_goods, second.outstanding, second.factory_order) == (False, 0, None)
    settled = rows(LEFTOVERS, scene_at("安装有遗留", "再次完工"))
    assert [row.state for row in settled] == ["SETTLED", "SETTLED"]
    assert settled[0].drawn == 2
    assert all(row.closed_at is not None and row.outstanding == 0 for row in settled)


def test_the_timeline_has_a_row_for_every_entry() -> None:
    rows_ = [row for entry in LEDGER for row in (TIMELINE.of_entry or _nothing)(entry, Ticket(entry.ticket))]
    assert [(row.ticket, row.version, row.kind) for row in rows_] == [
        (e.ticket, e.version, e.fact.kind) for e in LEDGER
    ]
    assert all(
        type(e.fact).model_validate_json(row.body) == e.fact for e, row in zip(LEDGER, rows_, strict=True)
    )


def _nothing(_entry: Entry, _ticket: Ticket) -> Iterable[Any]:
    return ()


@pytest.mark.parametrize(
    ("phone", "name", "key"),
    [("138 1234-5678", "王芳", "13812345678"), (None, "王芳", "王芳"), (None, None, "")],
)
def test_a_customer_is_known_by_the_digits_of_the_telephone(
    phone: str | None, name: str | None, key: str
) -> None:
    assert customer_key(phone, name) == key


def test_the_customer_file_tells_calls_and_the_last_score() -> None:
    (row,) = rows(CUSTOMERS, scene_at("安装", "已结案"))
    assert (row.calls, row.stage) == (1, "CLOSED")
    assert row.last_satisfaction is not None
    assert row.closed_at is not None
