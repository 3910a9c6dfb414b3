"""今日、看板、回访: what is listed for whom, what one tap records, and where the page stands afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.web.office import House, hidden, house

from aftersales_core.rules import COMMANDS, preset
from aftersales_core.views import BOARD
from aftersales_web.pages.columns import Asked, column_page, columns
from aftersales_web.pages.day import at_once


@pytest.fixture
def made() -> Iterator[House]:
    with house() as found:
        yield found


def installed(made: House, ticket: str = "AS-1", crew: str = "inst-zhou", left: bool = False) -> None:
    """A ticket whose work is done and whose slip is signed and passed on."""
    made.report(ticket)
    made.tell("triage", ticket, service="repair", needs_goods=False)
    start = made.clock()
    made.tell("make-appointment", ticket, start=start, end=start + timedelta(hours=2), agreed_with="王芳")
    made.tell("prepare-papers", ticket, papers=("install-repair-slip",))
    made.tell("dispatch", ticket, role="cs_supervisor", actor="csm-tang", crew=(crew,))
    on_site = {"role": "installer", "actor": crew}
    made.tell("confirm-arrival", ticket, address_confirmed=True, expected_at=made.clock(), **on_site)
    made.tell("tick-checks", ticket, items=[item.id for rule in preset().checklist if "depart" in rule.commands for item in rule.items], **on_site)
    made.tell("depart", ticket, **on_site)
    made.tell("arrive", ticket, customer_present=True, **on_site)
    made.tell("tick-checks", ticket, items=[item.id for rule in preset().checklist for item in rule.items], **on_site)
    leftovers = [{"item": "门板", "qty": 1, "needs_goods": True}] if left else []
    made.tell("complete-visit", ticket, work="更换铰链", leftovers=leftovers, written=True, **on_site)
    made.tell("accept-work", ticket, by="customer", signed_by="王芳", rating=5, product_rating=5, **on_site)
    made.tell("hand-in-slip", ticket, slip_no=f"N-{ticket}", complete=True, daily_report=True, **on_site)


def test_the_day_lists_what_the_role_may_do_with_its_verb(made: House) -> None:
    made.report()
    page = made.browser("cs-lin").get("/").text
    assert "AS-1" in page
    assert "王芳" in page
    assert "AS-1" not in made.browser("wh-he").get("/").text


def test_one_tap_records_and_what_is_left_is_shown(made: House) -> None:
    made.report()
    client = made.browser("cs-lin")
    page = client.get("/").text
    assert 'action="/today/AS-1/acknowledge?"' in page
    version = made.desk.state("AS-1").version
    form = {"command_id": "tap-1", "ref": ""}
    answer = client.post("/today/AS-1/acknowledge", data=form, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert 'action="/today/AS-1/acknowledge?"' not in answer.text
    assert made.desk.state("AS-1").version == version + 1
    assert made.desk.history("AS-1")[-1].envelope.actor == "cs-lin"
    assert client.post("/today/AS-1/acknowledge", data={"command_id": "tap-2"}).headers["location"] == "/?done=acknowledge"


def test_what_is_refused_is_said_and_nothing_is_recorded(made: House) -> None:
    made.report()
    version = made.desk.state("AS-1").version
    answer = made.browser("wh-he").post("/today/AS-1/acknowledge", data={"command_id": "t"}, headers={"hx-request": "true"})
    assert answer.status_code == 409
    assert answer.headers["hx-retarget"] == "#flash"
    assert "T-21" in answer.text
    assert made.desk.state("AS-1").version == version


def test_another_moment_is_looked_at_and_not_changed(made: House) -> None:
    made.report()
    made.clock.move(days=3)
    page = made.browser("cs-lin").get("/", params={"at": "2026-11-26T12:00"}).text
    assert "2026-11-26 12:00" in page
    assert "AS-1" in page
    assert 'hx-post="/today' not in page
    assert "AS-1" not in made.browser("cs-lin").get("/", params={"at": "2026-11-26T09:00"}).text
    assert made.browser("cs-lin").get("/", params={"at": "yesterday"}).status_code == 422


def test_a_routine_of_the_house_is_said_to_be_done(made: House) -> None:
    routine = next(each for each in preset().routine if each.every == "working-day")
    account = next(name for name in ("cs-lin", "csm-tang", "sup-chen", "wh-he", "mgr-fang") if set(_roles(made, name)) & set(routine.roles))
    client = made.browser(account)
    page = client.get("/").text
    if f"/routines/{routine.id}/" in page:
        assert client.post(f"/routines/{routine.id}/2026-11-26", data={"found": "2", "note": "看过"}).status_code == 303
        done = made.desk.log(made.clock().date()).done
        assert [(each.routine, each.found) for each in done] == [(routine.id, 2)]


def _roles(made: House, account: str) -> tuple[str, ...]:
    found = made.office.accounts.find(account)
    assert found is not None
    return found.roles


def test_only_what_says_enough_by_its_name_is_one_tap() -> None:
    book = preset()
    quick = {name for name in COMMANDS if at_once(name, book)}
    assert {"acknowledge", "approve-slip", "pass-on-slip", "register-slip", "register-revisit", "notify-arrival"} <= quick
    assert not quick & {"revisit", "complete-visit", "report", "close", "dispatch", "hand-in-slip", "raise-leftover"}


def test_the_board_shows_what_is_due_first_and_every_card_once(made: House) -> None:
    for n in range(60):
        made.report(f"AS-{n:03}", branch="west" if n % 2 else "east")
    page = made.browser("cs-lin").get("/board").text
    shown = re.findall(r'href="/t/(AS-\d+)"', page)
    assert len(shown) == 25
    more = re.search(r'hx-get="(/board/REPORTED[^"]+)"', page)
    while more is not None:
        part = made.browser("cs-lin").get(more[1].replace("&amp;", "&")).text
        shown += re.findall(r'href="/t/(AS-\d+)"', part)
        more = re.search(r'hx-get="(/board/REPORTED[^"]+)"', part)
    assert sorted(shown) == [f"AS-{n:03}" for n in range(60)]
    east = re.findall(r'href="/t/(AS-\d+)"', made.browser("cs-east").get("/board").text)
    assert east
    assert all(int(ticket[3:]) % 2 == 0 for ticket in east)


def test_a_column_goes_on_from_what_is_due_to_what_has_no_time(made: House) -> None:
    for n in range(30):
        made.report(f"AS-{n:03}")
    made.desk.refresh([BOARD])
    found, counts = columns(made.desk, Asked(), (), made.clock())
    assert counts == {"REPORTED": 30}
    first = found[0]
    assert (first.count, len(first.rows)) == (30, 25)
    rest = column_page(made.desk, "REPORTED", (), first.more)
    assert len({row.ticket for row in (*first.rows, *rest.rows)}) == 30
    assert rest.next is None


def test_filters_stand_in_the_address(made: House) -> None:
    made.report("AS-1", branch="west")
    made.report("AS-2", branch="east", category="complaint")
    client = made.browser("cs-lin")

    def tickets(query: str) -> list[str]:
        return re.findall(r'href="/t/(AS-\d)"', client.get(f"/board?{query}").text)

    assert tickets("branch=west") == ["AS-1"]
    assert tickets("category=complaint") == ["AS-2"]
    assert tickets("q=AS-2") == ["AS-2"]
    assert sorted(tickets("q=13812345678")) == ["AS-1", "AS-2"]
    assert sorted(tickets("view=table&sort=ticket")) == ["AS-1", "AS-2"]
    assert client.get("/board?view=table&sort=phone").status_code == 422
    assert client.get("/board?stage=NOWHERE").status_code == 422


def test_the_desk_moves_the_ticket_and_goes_on_to_the_next(made: House) -> None:
    for ticket in ("AS-1", "AS-2"):
        installed(made, ticket)
        made.tell("approve-slip", ticket, role="install_supervisor", actor="sup-chen")
        made.tell("pass-on-slip", ticket, role="install_supervisor", actor="sup-chen")
        made.tell("register-slip", ticket)
    made.clock.move(days=1)
    client = made.browser("cs-lin")
    page = client.get("/calls?ticket=AS-1").text
    assert "13812345678" in page
    assert "A 类" in page
    form = {"csrf": hidden(page, "csrf"), "version": hidden(page, "version"), "command_id": "call-1", "call_class": "A", "outcome": "satisfied"}
    refused = client.post("/calls/AS-1/revisit", data={**form, "remark": "很有礼貌"})
    assert refused.status_code == 409
    assert "R-03" in refused.text
    assert "很有礼貌" in refused.text, "what was typed is not lost"
    answer = client.post("/calls/AS-1/revisit", data={**form, "satisfaction": "5", "repair_result": "好用", "remark": "很有礼貌"})
    assert answer.headers["location"] == "/calls?ticket=AS-1&done=revisit"
    assert made.desk.state("AS-1").stage == "REVISITED"
    assert "register-revisit" in client.get("/calls?ticket=AS-1").text
    client.post("/calls/AS-1/register-revisit", data={"command_id": "call-2"})
    after = client.post("/calls/AS-1/share-revisit", data={"command_id": "call-3"}, headers={"hx-request": "true"})
    assert 'action="/calls/AS-2/revisit"' in after.text
    gone = client.post("/calls/AS-2/attempt-revisit", data={"command_id": "call-4"})
    assert gone.headers["location"] == "/calls?skip=AS-2&done=attempt-revisit"
    assert made.desk.state("AS-2").attempts == 1
