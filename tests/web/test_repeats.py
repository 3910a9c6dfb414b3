"""重发: whatever is sent again, by a second tap or a line that came back, is recorded once and gets its first answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.web.office import PEOPLE, House, house

from aftersales_core.rules import preset


@pytest.fixture
def made() -> Iterator[House]:
    with house() as found:
        found.report()
        yield found


ROUTINE = next(each for each in preset().routine if each.every == "working-day")
KEEPER = next(each.id for each in PEOPLE.values() if set(each.roles) & set(ROUTINE.roles))

FORMS: list[tuple[str, str, dict[str, str]]] = [
    ("cs-lin", "/t/AS-1/do/acknowledge", {"version": "1", "note": "已联系"}),
    ("cs-lin", "/today/AS-1/acknowledge", {"version": "1"}),
    ("cs-lin", "/t/AS-1/do/triage", {"version": "1", "service": "repair", "needs_goods": "no"}),
    ("cs-lin", "/tickets", {"ticket": "AS-7", "category": "repair", "customer": "李雷", "phone": "13900001111", "address": "文一路", "problem": "异响",
                            "model": "K", "purchased_on": "2026-03-01"}),
    (KEEPER, f"/routines/{ROUTINE.id}/2026-11-26", {"note": "做过"}),
]  # fmt: skip


@pytest.mark.parametrize(("account", "path", "fields"), FORMS, ids=[path for _account, path, _fields in FORMS])
def test_a_form_that_is_sent_again_gets_its_first_answer(made: House, account: str, path: str, fields: dict[str, str]) -> None:
    role = next(each for each in PEOPLE[account].roles if "routines" not in path or each in ROUTINE.roles)
    client = made.browser(account, role)
    form = {"command_id": "tapped-twice", **fields}
    before = made.desk.ledger.count()
    first = client.post(path, data=form)
    assert first.status_code == 303, first.text
    recorded = made.desk.ledger.count()
    assert recorded > before
    made.clock.move(minutes=3)
    again = client.post(path, data=form)
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert made.desk.ledger.count() == recorded


def test_the_same_id_with_other_words_is_a_conflict(made: House) -> None:
    client = made.browser("cs-lin")
    assert client.post("/t/AS-1/do/acknowledge", data={"command_id": "one", "note": "已联系"}).status_code == 303
    made.clock.move(minutes=3)
    answer = client.post("/t/AS-1/do/acknowledge", data={"command_id": "one", "note": "没有联系"})
    assert answer.status_code == 422
    assert "没有联系" in answer.text, "what was typed is not lost"


def test_a_time_that_is_said_is_part_of_what_is_said(made: House) -> None:
    client = made.browser("cs-lin")
    form = {"command_id": "one", "note": "已联系", "occurred_at": "2026-11-26T09:30"}
    assert client.post("/t/AS-1/do/acknowledge", data=form).status_code == 303
    assert client.post("/t/AS-1/do/acknowledge", data=form).status_code == 303
    assert client.post("/t/AS-1/do/acknowledge", data={**form, "occurred_at": "2026-11-26T09:31"}).status_code == 422


def test_a_batch_that_is_sent_again_is_answered_again(made: House) -> None:
    client = made.program("cs-lin", "read", "write")
    batch = [{"command": "acknowledge", "ticket": "AS-1", "command_id": "b-1", "note": "已联系"}]
    first = client.post("/api/v1/commands", json=batch).json()["items"]
    made.clock.move(minutes=3)
    again = client.post("/api/v1/commands", json=batch).json()["items"]
    assert [each["status"] for each in (*first, *again)] == [201, 201]
    assert [each["replayed"] for each in (*first, *again)] == [False, True]
    assert again[0]["receipt"]["facts"] == first[0]["receipt"]["facts"]
