"""The desk: every command answered once, whoever else is writing; questions answered from facts alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError

from aftersales_core import Desk, errors
from aftersales_core.audit import Report, story
from aftersales_core.facts import EARLIER_THAN_PREVIOUS, KINDS
from aftersales_core.ledger import Ledger, MemoryRecorder, Stamp, draft
from aftersales_core.playbooks import preset_text
from aftersales_core.plugins import VIEWS, adapter
from aftersales_core.ports import Where
from aftersales_core.rules import load_playbook, parse_command, preset
from aftersales_core.testing import scene_at
from aftersales_core.views import ALL, BOARD

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
_WHO = {"report": "cs_specialist", "acknowledge": "cs_specialist", "amend": "cs_specialist", "cancel": "cs_specialist",
        "diagnose": "cs_specialist", "triage": "cs_specialist", "correct": "management"}  # fmt: skip
_SAID: dict[str, dict[str, Any]] = {
    "report": {"category": "repair", "customer": "王芳", "phone": "13812345678", "problem": "门歪", "model": "K",
               "purchased_on": "2026-01-01", "address": "文三路"},
    "diagnose": {"finding": "铰链"}, "cancel": {"reason": "不修了"}, "triage": {"service": "repair", "needs_goods": False},
}  # fmt: skip


def tell(name: str, command_id: str, ticket: str = "AS-1", **more: Any) -> dict[str, Any]:
    role = _WHO[name]
    envelope = {"ticket": ticket, "command_id": command_id, "command": name, "occurred_at": AT.isoformat(), "actor": "li-na"}
    return {**envelope, "role": role, **_SAID.get(name, {}), **more}


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    with Desk.open(url, clock=lambda: AT + HOUR) as found:
        yield found


@pytest.fixture
def path(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'shared.db'}"


def rows_of(desk: Desk, view: Any) -> list[Any]:
    found, after = [], None
    while True:
        page = desk.look(view, after=after, limit=20)
        found += page.rows
        after = page.next
        if after is None:
            return found


# --- commands


def test_a_command_is_recorded_and_answered(desk: Desk) -> None:
    receipt = desk.handle(tell("report", "c-1"))

    assert (receipt.ticket, receipt.version, receipt.repeated, receipt.flags) == ("AS-1", 1, False, ())
    assert receipt.entries == desk.history("AS-1")
    assert receipt.entries[0].envelope.recorded_at == AT + HOUR
    assert desk.state("AS-1").stage == "REPORTED"


def test_a_repeat_returns_the_first_answer(desk: Desk) -> None:
    first = desk.handle(tell("report", "c-1"))
    desk.handle(tell("acknowledge", "c-2"))

    again = desk.handle(tell("report", "c-1"))

    assert again.repeated
    assert (again.entries, again.version) == (first.entries, 1)
    assert desk.ledger.count() == 2


def test_a_repeat_of_what_could_be_done_again_is_recorded_once(desk: Desk) -> None:
    desk.handle(tell("report", "c-1"))
    first = desk.handle(tell("acknowledge", "c-2"))

    again = desk.handle(tell("acknowledge", "c-2"))

    assert (again.repeated, again.entries) == (True, first.entries)
    assert desk.state("AS-1").version == 2


def test_a_repeat_after_closing_and_opening_returns_the_first_answer(path: str) -> None:
    with Desk.open(path) as desk:
        first = desk.handle(tell("report", "c-1"))
    with Desk.open(path) as desk:
        again = desk.handle(tell("report", "c-1"))

        assert (again.repeated, again.entries) == (True, first.entries)
        assert desk.ledger.count() == 1


@pytest.mark.parametrize(
    "other",
    [tell("acknowledge", "c-2", note="别的话"), tell("diagnose", "c-2"), tell("report", "c-2", ticket="AS-2"),
     tell("report", "c-2"), tell("amend", "c-2", phone="13812345678")],
    ids=["other words", "other command", "other ticket", "refused anyway", "nothing new anyway"],
)  # fmt: skip
def test_an_id_used_for_another_command_is_refused(desk: Desk, other: dict[str, Any]) -> None:
    desk.handle(tell("report", "c-1"))
    desk.handle(tell("acknowledge", "c-2"))

    with pytest.raises(errors.CommandReused) as caught:
        desk.handle(other)

    assert caught.value.facts == {"command_id": "c-2", "used_for": "AS-1"}
    assert desk.ledger.count() == 2


def test_a_command_that_says_nothing_new_records_nothing(desk: Desk) -> None:
    desk.handle(tell("report", "c-1"))

    receipt = desk.handle(tell("amend", "c-2", phone="13812345678"))

    assert (receipt.entries, receipt.version, receipt.repeated) == ((), 1, False)
    assert desk.ledger.count() == 1


def test_a_refused_command_records_nothing(desk: Desk) -> None:
    with pytest.raises(errors.Refused) as caught:
        desk.handle(tell("acknowledge", "c-1"))

    assert caught.value.code == "no-such-ticket"
    assert desk.ledger.count() == 0
    assert desk.handle(tell("report", "c-1")).version == 1


def test_late_paper_is_taken_and_flagged(desk: Desk) -> None:
    desk.handle(tell("report", "c-1"))

    receipt = desk.handle(tell("acknowledge", "c-2", occurred_at=(AT - HOUR).isoformat()))

    assert receipt.flags == (EARLIER_THAN_PREVIOUS,)


def test_check_says_what_would_be_and_records_nothing(desk: Desk) -> None:
    would = desk.check(tell("report", "c-1"))
    assert (would.version, desk.ledger.count()) == (1, 0)
    did = desk.handle(tell("report", "c-1"))

    assert would.entries == did.entries
    assert desk.check(tell("report", "c-1")).repeated
    assert desk.check(tell("amend", "c-2", phone="13812345678")).entries == ()
    with pytest.raises(errors.Refused):
        desk.check(tell("report", "c-3"))
    assert desk.ledger.count() == 1


def test_a_correction_is_read_from_then_on(desk: Desk) -> None:
    desk.handle(tell("report", "c-1"))
    desk.handle(tell("correct", "c-2", version=1, changes={"phone": "13900001111"}, reason="写错"))
    desk.handle(tell("acknowledge", "c-3"))

    assert desk.state("AS-1").phone == "13900001111"
    assert desk.state("AS-1").version == 3


def test_every_reason_at_once(desk: Desk) -> None:
    found = desk.refusals(desk.parse(tell("triage", "c-1", role="installer")))

    assert [r.code for r in found] == ["role-may-not", "no-such-ticket"]


# --- several desks, several threads


def test_a_desk_that_is_behind_takes_what_the_news_makes_legal(path: str) -> None:
    with Desk.open(path) as one, Desk.open(path) as two:
        one.handle(tell("report", "c-1", model=None, purchased_on=None))
        with pytest.raises(errors.Refused):
            two.handle(tell("triage", "c-2"))
        one.handle(tell("amend", "c-3", model="K", purchased_on="2026-01-01"))

        assert two.handle(tell("triage", "c-2")).version == 3
        assert one.handle(tell("acknowledge", "c-4")).version == 4


def test_a_desk_that_is_behind_refuses_on_the_fresh_state(path: str) -> None:
    with Desk.open(path) as one, Desk.open(path) as two:
        one.handle(tell("report", "c-1"))
        two.handle(tell("acknowledge", "c-2"))
        one.handle(tell("cancel", "c-3"))

        with pytest.raises(errors.Refused) as caught:
            two.handle(tell("acknowledge", "c-4"))

        assert (caught.value.code, caught.value.facts["stage"]) == ("wrong-stage", "CANCELLED")
        assert two.state("AS-1").stage == "CANCELLED"


def test_a_desk_that_is_behind_answers_a_repeat_of_another_desk_s_command(path: str) -> None:
    with Desk.open(path) as one, Desk.open(path) as two:
        two.handle(tell("report", "c-1"))
        first = one.handle(tell("acknowledge", "c-2"))

        again = two.handle(tell("acknowledge", "c-2"))

        assert (again.repeated, again.entries) == (True, first.entries)


def _told(desk: Desk, command: dict[str, Any]) -> bool:
    """Send it; whoever is too slow too often is told so, and sends it again."""
    try:
        desk.handle(command)
    except errors.StaleTicket:
        return False
    return True


def test_threads_on_one_ticket_record_every_command_once(desk: Desk) -> None:
    desk.handle(tell("report", "c-0"))
    problems: list[Exception] = []

    def work(worker: int) -> None:
        try:
            for n in range(15):
                command = tell("acknowledge", f"c-{worker}-{n}", note=f"{worker}-{n}")
                while not _told(desk, command):
                    pass
        except Exception as problem:
            problems.append(problem)

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert problems == []
    ids = [entry.envelope.command_id for entry in desk.history("AS-1")]
    assert sorted(ids) == sorted(["c-0", *(f"c-{w}-{n}" for w in range(4) for n in range(15))])
    report = Report()
    assert list(desk.verify(report)) == []
    assert report.facts == 61


class _Crowded(MemoryRecorder):
    """A recorder before which somebody else always gets in first."""

    def insert_events(self, stored_events: Any, **more: Any) -> Any:
        if stored_events[0].originator_version > 1:
            raise IntegrityError("somebody was first")
        return super().insert_events(stored_events, **more)


def test_a_ticket_that_others_keep_writing_first_is_stale() -> None:
    with Desk(Ledger(_Crowded()), adapter(VIEWS, "memory:")("memory:")) as desk:
        desk.handle(tell("report", "c-1"))

        with pytest.raises(errors.StaleTicket) as caught:
            desk.handle(tell("acknowledge", "c-2"))

        assert caught.value.facts == {"ticket": "AS-1", "expected": 1, "found": 1}
        assert desk.ledger.count() == 1


# --- questions


def test_a_ticket_that_is_not_there_is_unknown(desk: Desk) -> None:
    for ask in (desk.history, desk.state, desk.story, desk.legal_moves, lambda t: desk.verify(Report(), t)):
        with pytest.raises(errors.UnknownTicket) as caught:
            list(ask("AS-9"))
        assert caught.value.facts == {"ticket": "AS-9"}


def test_the_state_as_of_a_moment_and_as_known_at_a_moment(url: str) -> None:
    now = [AT]
    with Desk.open(url, clock=lambda: now[0]) as desk:
        desk.handle(tell("report", "c-1"))
        now[0] = AT + 3 * HOUR
        desk.handle(tell("cancel", "c-2", occurred_at=(AT + HOUR).isoformat()))

        assert desk.state("AS-1", as_of=AT).stage == "REPORTED"
        assert desk.state("AS-1", as_of=AT + HOUR).stage == "CANCELLED"
        assert desk.state("AS-1", known_at=AT + 2 * HOUR).stage == "REPORTED"
        assert desk.state("AS-1", as_of=AT + HOUR, known_at=AT + 2 * HOUR).stage == "REPORTED"
        assert desk.state("AS-1", known_at=AT + 3 * HOUR) == desk.state("AS-1")
        assert desk.state("AS-1", as_of=AT - HOUR).stage == "NEW"


def test_the_clocks_of_a_ticket_are_those_of_now_or_of_a_moment(desk: Desk) -> None:
    desk.handle(tell("report", "c1"))

    (now,), (later,) = desk.clocks("AS-1"), desk.clocks("AS-1", as_of=AT + 30 * HOUR)

    assert (now.id, now.state, now.due, now.elapsed) == ("response", "running", AT + 24 * HOUR, HOUR)
    assert (later.state, later.remaining) == ("breached", -6 * HOUR)
    assert desk.clocks("AS-1", as_of=AT - HOUR) == ()
    with pytest.raises(errors.BadInput) as naive:
        desk.clocks("AS-1", as_of=AT.replace(tzinfo=None))
    assert (naive.value.code, naive.value.facts["field"]) == ("naive-datetime", "as_of")
    with pytest.raises(errors.UnknownTicket):
        desk.clocks("AS-404")


def test_the_clocks_of_a_ticket_go_by_the_edition_it_was_opened_under(path: str) -> None:
    text = preset_text("whole-house").replace('edition = "2026.1"', 'edition = "2026.2"')
    text = text.replace("announced = 2026-01-01\neffective = 2026-01-15", "announced = 2026-11-01\neffective = 2026-11-10")
    stricter = load_playbook(text.replace('limit = { amount = 24, unit = "hours" }', 'limit = { amount = 2, unit = "hours" }', 1))
    with Desk.open(path, playbooks=[preset(), stricter], clock=lambda: AT + 300 * HOUR) as desk:
        desk.handle(tell("report", "c1"))
        desk.handle(tell("report", "c2", "AS-2", occurred_at=(AT + 290 * HOUR).isoformat()))

        assert desk.clocks("AS-1")[0].due == AT + 24 * HOUR
        assert desk.clocks("AS-2")[0].due == AT + 292 * HOUR


@pytest.mark.parametrize("field", ["as_of", "known_at"])
def test_a_moment_without_a_zone_is_bad_input(desk: Desk, field: str) -> None:
    desk.handle(tell("report", "c-1"))

    with pytest.raises(errors.BadInput) as caught:
        desk.state("AS-1", **{field: datetime(2026, 11, 2)})

    assert (caught.value.code, caught.value.facts["field"]) == ("naive-datetime", field)


def test_a_story_tells_each_fact_with_what_changed(desk: Desk) -> None:
    desk.handle(tell("report", "c-1"))
    desk.handle(tell("cancel", "c-2"))

    steps = list(desk.story("AS-1"))

    assert [step.entry.fact.kind for step in steps] == ["reported", "cancelled"]
    assert ("stage", "REPORTED", "CANCELLED") in [tuple(change) for change in steps[1].changes]
    assert "I-03" in steps[1].clauses


def test_a_story_tells_what_was_filled_in_attached_told_and_moved_on() -> None:
    scene = scene_at("安装", "反馈单已登记")
    seen = len(scene.history)
    for role, command, fields in (
        ("installer", "move-paper", {"paper": "acceptance-card", "step": "handed-in", "no": "YS-1"}),
        ("cs_specialist", "move-paper", {"paper": "acceptance-card", "step": "archived"}),
        ("cs_specialist", "fill-fields", {"fields": {"birthday": "1988-11-20"}}),
        ("cs_specialist", "fill-fields", {"fields": {"birthday": None}}),
        ("installer", "attach-file", {"digest": "ab" * 32, "media_type": "image/png", "size": 9, "visit": 1}),
        ("cs_specialist", "follow-up", {"occasion": "other", "solved": True, "customer_file": "no-change"}),
    ):
        scene.when(command, role, **fields)
        assert scene.error is None

    steps = [*story(scene.number, scene.history, scene.playbook)][seen:]
    assert [tuple(change) for step in steps[:4] for change in step.changes] == [
        ("papers.acceptance-card.visit:1.state", "NEW", "HANDED_IN"), ("papers.acceptance-card.visit:1.no", None, "YS-1"),
        ("papers.acceptance-card.visit:1.state", "HANDED_IN", "ARCHIVED"),
        ("custom.birthday", None, "1988-11-20"), ("custom.birthday", "1988-11-20", None),
    ]  # fmt: skip
    assert [(c.path, c.old, type(c.new).__name__) for step in steps[4:] for c in step.changes] == [
        ("files.1", None, "File"), ("follow_ups.1", None, "FollowUp")]  # fmt: skip


# --- routines


def routine(command_id: str, name: str, day: str, **more: Any) -> dict[str, Any]:
    said = {"command": "do-routine", "command_id": command_id, "occurred_at": f"{day}T09:30:00+08:00", "actor": "wu", "day": day}
    return {**said, "role": "cs_supervisor", "routine": name, **more}


def test_rounds_are_told_with_what_was_said_of_them(desk: Desk) -> None:
    monday, tuesday = date(2026, 11, 2), date(2026, 11, 3)
    desk.handle(routine("r-1", "goods-report", "2026-11-02", role="dispatch_specialist", found=2))

    found = {(r.routine, r.day): r for r in desk.rounds(monday, tuesday, at=datetime(2026, 11, 3, 9, tzinfo=UTC))}

    assert (found["goods-report", monday].state, found["goods-report", tuesday].state) == ("done", "overdue")
    done = found["goods-report", monday].done
    assert done is not None
    assert (done.by, done.found) == ("wu", 2)
    assert desk.log(tuesday).done == (done,)
    assert desk.log(date(2026, 10, 1)).done == ()
    with pytest.raises(errors.BadInput):
        desk.rounds(monday, monday, at=datetime(2026, 11, 2, 9))


def test_what_was_done_later_in_its_quarter_counts_for_the_day_asked_about(desk: Desk) -> None:
    desk.handle(routine("r-1", "satisfaction-survey", "2026-12-20"))

    found = desk.rounds(date(2026, 10, 1), date(2026, 10, 31), at=datetime(2027, 1, 5, tzinfo=UTC))

    assert [(r.day, r.state) for r in found if r.routine == "satisfaction-survey"] == [(date(2026, 10, 1), "done")]


# --- playbooks


SECOND = load_playbook(preset_text("whole-house").replace('edition = "2026.1"', 'edition = "2027.1"'))


def test_a_ticket_keeps_the_edition_it_was_opened_under(path: str) -> None:
    with Desk.open(path) as desk:
        desk.handle(tell("report", "c-1"))
    with Desk.open(path, playbooks=[preset(), SECOND]) as desk:
        desk.handle(tell("report", "c-2", ticket="AS-2"))
        desk.handle(tell("acknowledge", "c-3"))

        assert desk.playbook.id == "whole-house@2027.1"
        assert desk.state("AS-1").playbook == "whole-house@2026.1"
        assert desk.history("AS-1")[1].envelope.playbook == "whole-house@2026.1"
        assert desk.state("AS-2").playbook == "whole-house@2027.1"


def test_a_ticket_of_an_edition_that_is_not_loaded_is_not_judged_by_another(path: str) -> None:
    with Desk.open(path, playbooks=[SECOND]) as desk:
        desk.handle(tell("report", "c-1"))
    with Desk.open(path) as desk:
        with pytest.raises(errors.PlaybookUnsound) as caught:
            desk.handle(tell("acknowledge", "c-2"))

        assert caught.value.code == "no-such-playbook"
        assert caught.value.facts == {
            "ticket": "AS-1", "playbook": "whole-house@2027.1", "known": ["whole-house@2026.1"]}  # fmt: skip
        assert desk.state("AS-1").stage == "REPORTED"


# --- views


def test_looking_counting_and_tallying_are_up_to_date(desk: Desk) -> None:
    for n in range(3):
        desk.handle(tell("report", f"c-{n}", ticket=f"AS-{n}"))
    desk.handle(tell("cancel", "c-9", ticket="AS-1"))

    assert {row.ticket for row in desk.look(BOARD).rows} == {"AS-0", "AS-1", "AS-2"}
    assert desk.count("board") == 3
    assert desk.count("board", [Where("stage", "eq", "CANCELLED")]) == 1
    assert desk.tally("board", "stage") == {"REPORTED": 2, "CANCELLED": 1}
    desk.handle(tell("cancel", "c-10", ticket="AS-2"))
    assert desk.tally(BOARD, "stage") == {"REPORTED": 1, "CANCELLED": 2}


def test_a_look_without_refresh_shows_what_was_there(desk: Desk) -> None:
    desk.handle(tell("report", "c-1"))

    assert desk.look(BOARD, refresh=False).rows == ()
    assert len(desk.look(BOARD).rows) == 1


def test_a_view_that_is_not_there_is_bad_input(desk: Desk) -> None:
    with pytest.raises(errors.BadInput) as caught:
        desk.look("moon")

    assert caught.value.code == "no-such-view"
    assert "board" in caught.value.facts["known"]


def test_refreshing_tells_how_far_it_is(desk: Desk) -> None:
    for n in range(5):
        desk.handle(tell("report", f"c-{n}", ticket=f"AS-{n}"))
    told: list[tuple[int, int]] = []

    assert desk.refresh(progress=lambda done, all_: told.append((done, all_))) == 5

    assert told[-1] == (5, 5)
    assert desk.refresh() == 0


def test_views_built_anew_are_the_views_that_grew(desk: Desk) -> None:
    for n in range(4):
        desk.handle(tell("report", f"r-{n}", ticket=f"AS-{n}"))
        desk.refresh()
        desk.handle(tell("triage", f"t-{n}", ticket=f"AS-{n}"))
        desk.handle(tell("correct", f"k-{n}", ticket=f"AS-{n}", version=1, changes={"customer": "张三"}, reason="x"))
        desk.refresh()
    grown = {view.name: rows_of(desk, view) for view in ALL}

    desk.rebuild()

    assert {view.name: rows_of(desk, view) for view in ALL} == grown
    assert len(grown["board"]) == 4


# --- carrying away


def test_an_export_imported_is_the_same_desk(desk: Desk) -> None:
    desk.handle(tell("report", "c-1"))
    first = desk.handle(tell("acknowledge", "c-2"))
    lines = list(desk.export())
    with Desk.open("memory:") as other:
        assert other.import_(iter(lines)) == 2

        assert list(other.export()) == lines
        assert other.handle(tell("acknowledge", "c-2")).entries == first.entries
        assert other.state("AS-1") == desk.state("AS-1")
        with pytest.raises(errors.BadInput) as caught:
            other.import_(iter(lines))
        assert (caught.value.code, caught.value.facts) == ("store-not-empty", {"found": 2})


def test_an_import_with_a_hole_is_bad_input_and_writes_nothing(desk: Desk) -> None:
    with Desk.open("memory:") as source:
        source.handle(tell("report", "c-1"))
        source.handle(tell("acknowledge", "c-2"))
        lines = list(source.export())[1:]

    with pytest.raises(errors.BadInput) as caught:
        desk.import_(iter(lines))

    assert (caught.value.code, caught.value.facts["finding"]) == ("export-unsound", "version-gap")
    assert "ticket AS-1 lacks fact 1" in str(caught.value)
    assert "工单 AS-1 缺第 1 条" in caught.value.sentence("zh")
    assert desk.ledger.count() == 0


def test_what_is_not_sound_can_be_brought_in_as_it_is(desk: Desk) -> None:
    """What was moved as it was is found out by whoever looks."""
    with Desk.open("memory:") as source:
        source.handle(tell("report", "c-1"))
        source.handle(tell("acknowledge", "c-2"))
        lines = list(source.export())[1:]

    assert desk.import_(iter(lines), as_is=True) == 1
    assert [finding.code for finding in desk.verify(Report())] == ["version-gap", "link-broken", "illegal-move"]


def test_an_import_that_tells_a_fact_twice_writes_nothing(desk: Desk) -> None:
    with Desk.open("memory:") as source:
        source.handle(tell("report", "c-1"))
        lines = list(source.export())

    with pytest.raises(errors.BadInput) as caught:
        desk.import_(iter(lines * 2))

    assert caught.value.code == "export-twice"
    assert desk.ledger.count() == 0


def test_one_ticket_can_be_verified_alone(desk: Desk) -> None:
    desk.handle(tell("report", "c-1"))
    desk.handle(tell("report", "c-2", ticket="AS-2"))
    report = Report()

    assert list(desk.verify(report, "AS-2")) == []
    assert (report.tickets, report.facts) == (1, 1)


@pytest.mark.parametrize("when", ["9999-12-31T23:59:59-08:00", "9999-12-31T23:59:59+08:00", "0001-01-01T00:00:00+08:00"])
def test_a_moment_at_the_end_of_the_calendar_is_refused_at_the_door_and_stops_no_view(desk: Desk, when: str) -> None:
    desk.handle(tell("report", "c-1"))

    for command in (tell("report", "c-2", "AS-2", occurred_at=when), tell("acknowledge", "c-3", occurred_at=when),
                    tell("correct", "c-4", version=1, reason="?", changes={"occurred_at": when})):  # fmt: skip
        with pytest.raises(errors.BadInput) as caught:
            desk.handle(command)
        assert caught.value.facts["field"] == "occurred_at"

    assert [row.ticket for row in rows_of(desk, BOARD)] == ["AS-1"]


@pytest.mark.parametrize("at", [datetime(9999, 12, 31, 23, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)], ids=["last", "first"])
def test_one_that_was_brought_in_all_the_same_stops_no_view_either(desk: Desk, at: datetime) -> None:
    stamp = Stamp(at, "x", "cs_specialist", "phone", "c-1", "whole-house@2026.1")
    facts = [KINDS["reported"](category="repair", customer="王芳"), KINDS["goods-promised"](leftover=1, lines=("L1-1",), promised_on=at.date())]
    desk.ledger.append(draft("AS-9", 0, "", None, facts, stamp, at, b""))
    desk.handle(tell("report", "c-2"))

    assert desk.refresh() == 3
    assert {row.ticket for row in rows_of(desk, BOARD)} == {"AS-1", "AS-9"}
    assert "AS-1" in {row.ticket for row in desk.worklist(AT)}


@pytest.mark.parametrize(
    ("name", "field", "wrong"),
    [("make-appointment", "end", "9999-12-31T23:59:59-08:00"), ("confirm-arrival", "expected_at", "0001-01-01T00:00:00+08:00"),
     ("order-goods", "ordered_at", "9999-12-31T23:59:59-08:00"), ("promise-goods", "promised_on", "9999-12-31")],
)  # fmt: skip
def test_so_is_one_that_a_deadline_would_be_reckoned_from(name: str, field: str, wrong: str) -> None:
    said: dict[str, Any] = {
        "make-appointment": {"start": AT.isoformat(), "agreed_with": "王芳"}, "confirm-arrival": {"address_confirmed": True},
        "order-goods": {"factory_order": "F-1"}, "promise-goods": {},
    }  # fmt: skip
    envelope = {"ticket": "AS-1", "command_id": "c-1", "command": name, "occurred_at": AT.isoformat(), "actor": "li-na", "role": "scheduler"}
    assert parse_command({**envelope, **said[name], field: wrong.replace("9999", "2026").replace("0001", "2026")}).ticket == "AS-1"

    with pytest.raises(errors.BadInput) as caught:
        parse_command({**envelope, **said[name], field: wrong})

    assert (caught.value.code, caught.value.facts["field"]) == ("bad-value", field)
