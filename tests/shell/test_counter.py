"""Many at once: answered as if they had come one after the other, each after its own facts are on the disk."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.shell.test_desk import tell

from aftersales_core import Desk, errors
from aftersales_core.audit import Report
from aftersales_core.clerk import Receipt
from aftersales_core.counter import Counter
from aftersales_core.errors import StaleTicket

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
def desk(url: str) -> Iterator[Desk]:
    with Desk.open(url, clock=lambda: AT + timedelta(hours=1)) as found:
        yield found


def said(answer: Receipt | Exception) -> Any:
    """An answer without the positions, which hang on who else was there."""
    if isinstance(answer, Receipt):
        return answer
    assert isinstance(answer, errors.AftersalesError)
    return type(answer), answer.code, answer.facts


def singly(desk: Desk, command: dict[str, Any]) -> Receipt | errors.AftersalesError:
    try:
        return desk.handle(command)
    except errors.AftersalesError as problem:
        return problem


def life(ticket: str) -> list[dict[str, Any]]:
    """Commands of a ticket, some of which repeat, say nothing new, are refused or are no commands."""
    return [
        tell("acknowledge", f"{ticket}-0", ticket),
        tell("report", f"{ticket}-1", ticket),
        tell("report", f"{ticket}-1", ticket),
        tell("report", f"{ticket}-1b", ticket),
        tell("acknowledge", f"{ticket}-2", ticket),
        tell("amend", f"{ticket}-3", ticket, phone="13812345678"),
        tell("diagnose", f"{ticket}-4", ticket),
        tell("diagnose", f"{ticket}-4", ticket, finding="另一句"),
        tell("diagnose", f"{ticket}-5", ticket, finding=""),
        tell("correct", f"{ticket}-6", ticket, version=1, reason="听错了", changes={"customer": "王方"}),
        tell("triage", f"{ticket}-7", ticket),
    ]


TICKETS = ("AS-1", "AS-2", "AS-3")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_several_at_once_are_answered_as_one_after_the_other(data: st.DataObject) -> None:
    left = {ticket: life(ticket) for ticket in TICKETS}
    order = data.draw(st.permutations([ticket for ticket in TICKETS for _ in left[ticket]]))
    commands = [left[ticket].pop(0) for ticket in order]
    with Desk.open("memory:", clock=lambda: AT) as one, Desk.open("memory:", clock=lambda: AT) as many:
        expected = [said(singly(one, command)) for command in commands]
        told: list[Any] = []
        while len(told) < len(commands):
            size = data.draw(st.integers(1, 12))
            told += map(said, many.handle_each(commands[len(told) : len(told) + size]))
        assert told == expected
        for ticket in TICKETS:
            assert many.history(ticket) == one.history(ticket)
            assert many.state(ticket) == one.state(ticket)


def test_several_at_once_are_on_the_disk_and_proved(desk: Desk) -> None:
    answers = desk.handle_each([command for ticket in TICKETS for command in life(ticket)])

    assert [isinstance(answer, Receipt) for answer in answers] == [False, *[True] * 2, False, *[True] * 3, False, False, True, True] * 3
    report = Report()
    assert list(desk.verify(report)) == []
    assert (report.tickets, report.facts) == (3, 15)


def test_nobody_at_all_is_answered_with_nothing(desk: Desk) -> None:
    assert desk.handle_each([]) == []


def test_what_others_wrote_meanwhile_is_found_out(shared_url: str) -> None:
    with Desk.open(shared_url) as here, Desk.open(shared_url) as there:
        here.handle_each([tell("report", f"{t}-1", t) for t in TICKETS])
        there.handle(tell("diagnose", "there", "AS-2"))

        answers = here.handle_each([tell("acknowledge", f"{t}-2", t) for t in TICKETS])

        assert [answer.version for answer in answers if isinstance(answer, Receipt)] == [2, 3, 2]
        assert list(here.verify(Report())) == []


def test_a_store_that_cannot_be_written_is_told_to_each_and_nothing_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    with Desk.open(f"sqlite:///{path}?timeout=0") as desk:
        desk.handle_each([tell("report", f"{t}-1", t) for t in TICKETS])
        busy = sqlite3.connect(path, isolation_level=None)
        busy.execute("BEGIN IMMEDIATE")

        answers = desk.handle_each([tell("acknowledge", f"{t}-2", t) for t in TICKETS])

        assert [said(answer)[:2] for answer in answers] == [(errors.StoreUnusable, "locked")] * 3
        assert len({id(answer) for answer in answers}) == 3
        assert [desk.state(ticket).version for ticket in TICKETS] == [1, 1, 1]
        busy.close()
        answers = desk.handle_each([tell("acknowledge", f"{t}-2", t) for t in TICKETS])
        assert [answer.version for answer in answers if isinstance(answer, Receipt)] == [2, 2, 2]


# --- the counter


def test_threads_at_the_counter_are_each_answered_by_themselves(desk: Desk) -> None:
    told: dict[str, list[Any]] = {}

    def come(ticket: str, counter: Counter) -> None:
        told[ticket] = []
        for command in life(ticket):
            try:
                told[ticket].append(said(counter.submit(command).result()))
            except errors.AftersalesError as problem:
                told[ticket].append(said(problem))

    names = [f"AS-{n}" for n in range(12)]
    with desk.counter() as counter:
        threads = [threading.Thread(target=come, args=(name, counter)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    with Desk.open("memory:", clock=lambda: AT + timedelta(hours=1)) as alone:
        assert told == {name: [said(singly(alone, command)) for command in life(name)] for name in names}
        assert all(desk.history(name) == alone.history(name) for name in names)


def test_coroutines_at_the_counter_are_each_answered_by_themselves(desk: Desk) -> None:
    async def come(ticket: str, counter: Counter) -> list[Any]:
        found = []
        for command in life(ticket):
            try:
                found.append(said(await counter.handle(command)))
            except errors.AftersalesError as problem:
                found.append(said(problem))
        return found

    async def day() -> list[list[Any]]:
        with desk.counter() as counter:
            return await asyncio.gather(*(come(f"AS-{n}", counter) for n in range(12)))

    told = asyncio.run(day())

    with Desk.open("memory:", clock=lambda: AT + timedelta(hours=1)) as alone:
        assert told == [[said(singly(alone, command)) for command in life(f"AS-{n}")] for n in range(12)]


def test_commands_about_one_ticket_are_taken_in_the_order_they_came(desk: Desk) -> None:
    desk.handle(tell("report", "c-0"))
    with desk.counter() as counter:
        futures = [counter.submit(tell("acknowledge", f"c-{n}", note=str(n))) for n in range(1, 40)]

    assert [future.result().version for future in futures] == list(range(2, 41))


class Gate:
    """Serves for real, but only once it is opened; so that a test knows who came meanwhile."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.open = threading.Event()
        self.busy = threading.Event()
        self.served: list[list[str]] = []

    def __call__(self, commands: Any) -> Any:
        self.busy.set()
        assert self.open.wait(60)
        self.served.append([command.command_id for command in commands])
        return self.desk.clerk.handle_each(commands)

    def counter(self, most: int) -> Counter:
        return Counter(self, self.desk.parse, most=most)


def test_whoever_comes_while_the_disk_is_busy_is_served_together_first_come_first_served(desk: Desk) -> None:
    gate = Gate(desk)
    with gate.counter(most=4) as counter:
        futures = [counter.submit(tell("report", "c-0", "AS-0"))]
        assert gate.busy.wait(60)
        futures += [counter.submit(tell("report", f"c-{n}", f"AS-{n}")) for n in range(1, 7)]
        gate.open.set()

    assert gate.served == [["c-0"], ["c-1", "c-2", "c-3", "c-4"], ["c-5", "c-6"]]
    assert [future.result().version for future in futures] == [1] * 7


def test_who_leaves_before_being_served_has_recorded_nothing(desk: Desk) -> None:
    gate = Gate(desk)
    with gate.counter(most=4) as counter:
        first = counter.submit(tell("report", "c-0", "AS-0"))
        assert gate.busy.wait(60)
        left, stayed = (counter.submit(tell("report", f"c-{n}", f"AS-{n}")) for n in (1, 2))
        assert left.cancel()
        assert not first.cancel()
        gate.open.set()

    assert (first.result().version, stayed.result().version) == (1, 1)
    with pytest.raises(CancelledError):
        left.result()
    assert [number for number, _version in desk.ledger.tickets()] == ["AS-0", "AS-2"]


def test_a_coroutine_that_was_given_up_does_not_harm_the_others(desk: Desk) -> None:
    gate = Gate(desk)

    async def day() -> int:
        with gate.counter(most=4) as counter:
            tasks = [asyncio.ensure_future(counter.handle(tell("report", f"c-{n}", f"AS-{n}"))) for n in range(3)]
            await asyncio.to_thread(gate.busy.wait, 60)
            tasks[2].cancel()
            gate.open.set()
            receipts = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(receipts[2], asyncio.CancelledError)
        return sum(receipt.version for receipt in receipts[:2] if isinstance(receipt, Receipt))

    assert asyncio.run(day()) == 2


def test_a_mistake_of_ours_is_told_and_the_next_one_served(desk: Desk) -> None:
    def serve(commands: Any) -> Any:
        if commands[0].command_id == "bad":
            raise ZeroDivisionError
        return desk.clerk.handle_each(commands)

    with Counter(serve, desk.parse) as counter:
        with pytest.raises(ZeroDivisionError):
            counter.submit(tell("report", "bad")).result()
        assert counter.submit(tell("report", "good")).result().version == 1


@pytest.mark.parametrize("mistake", [ZeroDivisionError, StopIteration, SystemExit, KeyboardInterrupt])
def test_what_somebody_does_with_his_answer_stops_nobody_else(desk: Desk, mistake: type[BaseException]) -> None:
    def fall(_future: Any) -> None:
        raise mistake

    gate = Gate(desk)
    with gate.counter(most=4) as counter:
        futures = [counter.submit(tell("report", f"c-{n}", f"AS-{n}")) for n in range(3)]
        futures[0].add_done_callback(fall)
        gate.open.set()
        assert [future.result(60).version for future in futures] == [1] * 3
        assert counter.submit(tell("report", "c-3", "AS-3")).result(60).version == 1


@pytest.mark.parametrize("mistake", [StopIteration, ZeroDivisionError, RuntimeError])
def test_a_coroutine_is_told_of_every_mistake(desk: Desk, mistake: type[Exception]) -> None:
    def serve(_commands: Any) -> Any:
        raise mistake

    async def day() -> list[Any]:
        with Counter(serve, desk.parse) as counter:
            each = [counter.handle(tell("report", f"c-{n}", f"AS-{n}")) for n in range(2)]
            return await asyncio.wait_for(asyncio.gather(*each, return_exceptions=True), 60)

    assert {type(answer) for answer in asyncio.run(day())} == {RuntimeError if mistake is StopIteration else mistake}


def test_closing_serves_whoever_has_come_and_lets_nobody_in(desk: Desk) -> None:
    gate = Gate(desk)
    counter = gate.counter(most=2)
    futures = [counter.submit(tell("report", f"c-{n}", f"AS-{n}")) for n in range(5)]
    gate.open.set()
    counter.close()
    counter.close()

    assert [future.result().version for future in futures] == [1] * 5
    with pytest.raises(RuntimeError, match="closed"):
        counter.submit(tell("report", "late", "AS-9"))
    assert desk.ledger.count() == 5


def test_what_is_no_command_is_told_at_the_door(desk: Desk) -> None:
    with desk.counter() as counter, pytest.raises(errors.BadInput):
        counter.submit({"command": "sing"})
    assert desk.ledger.count() == 0


def test_a_file_that_is_not_kept_is_told_at_the_door() -> None:
    attach = {"command": "attach-file", "digest": "0" * 64, "media_type": "image/jpeg", "size": 1, "purpose": "photo",
              "ticket": "AS-1", "command_id": "c-2", "occurred_at": AT.isoformat(), "actor": "li-na", "role": "cs_specialist"}  # fmt: skip
    with Desk.open("memory:") as desk:
        desk.handle(tell("report", "c-1"))
        with desk.counter() as counter, pytest.raises(errors.BadInput) as caught:
            counter.submit(attach)
        assert caught.value.code == "file-not-kept"
        (answer,) = desk.handle_each([attach])
        assert said(answer)[1] == "file-not-kept"


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_so_are_those_that_share_an_id_with_a_command_about_another_ticket(data: st.DataObject) -> None:
    names = st.sampled_from(("report", "acknowledge", "diagnose", "triage"))
    ids, tickets = st.sampled_from(("c-1", "c-2", "c-3", "c-4", "c-5")), st.sampled_from(TICKETS)
    commands = [tell(*each) for each in data.draw(st.lists(st.tuples(names, ids, tickets), min_size=1, max_size=12))]
    with Desk.open("memory:", clock=lambda: AT) as one, Desk.open("memory:", clock=lambda: AT) as many:
        expected = [said(singly(one, command)) for command in commands]

        assert list(map(said, many.handle_each(commands))) == expected
        assert [many.history(number) for number, _version in many.ledger.tickets()] == [
            one.history(number) for number, _version in one.ledger.tickets()
        ]


def test_a_mistake_of_ours_in_one_command_costs_the_others_nothing(url: str) -> None:
    with Desk.open(url, clock=lambda: AT) as desk:
        desk.handle(tell("report", "AS-2-1", "AS-2"))
        broken = desk.clerk.load("AS-2")
        broken.playbook = ["no text"]  # type: ignore[assignment]
        commands = [tell("report", "AS-1-1", "AS-1"), tell("triage", "AS-2-2", "AS-2"), tell("report", "AS-3-1", "AS-3")]

        with desk.counter() as counter:
            futures = [counter.submit(command) for command in commands]

        assert [type(future.exception()) for future in futures] == [type(None), TypeError, type(None)]
        assert [desk.state(ticket).version for ticket in TICKETS] == [1, 1, 1]


def test_after_trouble_with_the_store_nothing_is_remembered_that_it_may_have_lost(tmp_path: Path) -> None:
    path = tmp_path / "shared.db"
    for each in (False, True):
        number = f"AS-{each:d}"
        with Desk.open(f"sqlite:///{path}?timeout=0") as desk, Desk.open(f"sqlite:///{path}?timeout=0") as other:
            desk.handle(tell("report", f"{number}-1", number))
            desk.handle(tell("acknowledge", f"{number}-2", number))
            with closing(sqlite3.connect(path, isolation_level=None)) as behind:
                behind.execute("BEGIN IMMEDIATE")
                # what a standby did not have when it took over
                behind.execute("DELETE FROM stored_events WHERE originator_id = ? AND originator_version = 2", (number,))
                told = tell("diagnose", f"{number}-3", number)
                answer = desk.handle_each([told])[0] if each else singly(desk, told)
                assert said(answer)[:2] == (errors.StoreUnusable, "locked")
                behind.execute("COMMIT")
            other.handle(tell("diagnose", f"{number}-4", number, finding="另一句"))

            assert desk.handle(tell("triage", f"{number}-5", number)).version == 3
            assert list(desk.verify(Report())) == []


def test_a_command_meant_for_another_version_is_not_taken(desk: Desk) -> None:
    ticket = TICKETS[0]
    with desk.counter() as counter:
        counter.submit(tell("report", "e-1", ticket), expect=0).result()
        with pytest.raises(StaleTicket) as stale:
            counter.submit(tell("acknowledge", "e-2", ticket), expect=7).result()
        assert stale.value.facts == {"ticket": ticket, "expected": 7, "found": 1}
        assert desk.ledger.version(ticket) == 1
        assert counter.submit(tell("acknowledge", "e-2", ticket), expect=1).result().version == 2
        again = counter.submit(tell("acknowledge", "e-2", ticket), expect=1).result()
    assert again.repeated, "a repeat gets its first answer, whatever was expected"


def test_of_two_who_saw_the_same_version_one_is_told_that_it_is_not_so_any_more(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'shop.db'}"
    ticket = TICKETS[0]
    with Desk.open(url) as here, Desk.open(url) as there:
        here.handle(tell("report", "v-1", ticket))
        there.state(ticket)  # remembered there at version 1
        here.handle(tell("acknowledge", "v-2", ticket), expect=1)
        with pytest.raises(StaleTicket) as stale:
            there.handle(tell("diagnose", "v-3", ticket, finding="门板变形"), expect=1)
        assert stale.value.facts["found"] == 2
        assert there.handle(tell("diagnose", "v-3", ticket, finding="门板变形"), expect=2).version == 3
