"""我的上门: what whoever goes to customers is shown, what plain forms record, and what a telephone sends later."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.web.office import House, house
from tests.web.visiting import CREW, sent_out

from aftersales_web.pages.visiting import steps_of, trips

PHOTO = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        yield made


def kinds(shop: House, ticket: str = "AS-1") -> list[str]:
    return [entry.fact.kind for entry in shop.desk.history(ticket)]


def states(shop: House, ticket: str = "AS-1") -> dict[str, str]:
    found = shop.desk.state(ticket)
    assert found.visit is not None
    return {step.name: step.state for step in steps_of(shop.desk, found, found.visit, "inst-zhou", "installer", shop.clock())}


def send(shop: House, command: str, fields: dict[str, Any] | None = None, browser: TestClient | None = None, **over: Any) -> Response:
    """What a telephone sends."""
    told = {
        "command": command, "command_id": f"p-{command}", "occurred_at": (shop.clock() - timedelta(minutes=40)).isoformat(),
        "account": "inst-zhou", "role": "installer", "fields": fields or {}, **over,
    }  # fmt: skip
    return (browser or shop.browser("inst-zhou")).post("/visits/AS-1/commands", json=told, headers={"accept": "application/json"})


# --- the list


def test_the_visits_of_the_day_stand_in_order_and_nobody_elses(shop: House) -> None:
    sent_out(shop, "AS-1")
    sent_out(shop, "AS-2", crew=("inst-li",))
    sent_out(shop, "AS-3", crew=("inst-li", "inst-zhou"))
    page = shop.browser("inst-zhou").get("/visits").text

    assert re.findall(r'data-ticket="([^"]+)"', page) == ["AS-1", "AS-3"]
    assert 'href="tel:13812345678"' in page
    assert "uri.amap.com/search?keyword=%E6%96%87%E4%B8%89%E8%B7%AF" in page
    assert "左侧柜门开裂" in page
    assert "《安装维修反馈单》" in page


def test_what_was_not_finished_and_what_comes_later_stand_apart(shop: House) -> None:
    sent_out(shop, "AS-1")
    shop.clock.move(days=1)
    sent_out(shop, "AS-2")
    shop.tell("move-appointment", "AS-2", start=shop.clock() + timedelta(days=3), end=shop.clock() + timedelta(days=3, hours=1), agreed_with="王芳", reason="改")
    found = trips(shop.desk, "inst-zhou", shop.clock())

    assert [(trip.ticket.number, trip.group) for trip in found] == [("AS-2", "later"), ("AS-1", "earlier")]


def test_a_finished_visit_of_today_is_still_shown_and_one_of_yesterday_is_not(shop: House) -> None:
    sent_out(shop, "AS-1", upto="closed")
    assert trips(shop.desk, "inst-zhou", shop.clock()) == []  # closed: nobody looks for it among his visits
    sent_out(shop, "AS-2", upto="done")
    shop.tell("accept-work", "AS-2", **CREW, by="customer", signed_by="王芳", rating=5)
    shop.tell("hand-in-slip", "AS-2", **CREW)
    assert [(trip.ticket.number, trip.group, trip.finished) for trip in trips(shop.desk, "inst-zhou", shop.clock())] == [("AS-2", "today", True)]
    assert trips(shop.desk, "inst-zhou", shop.clock() + timedelta(days=1)) == []


@pytest.mark.parametrize(("account", "status"), [("inst-zhou", 200), ("cs-lin", 403), ("wh-he", 403)])
def test_the_list_is_for_those_who_go_out(shop: House, account: str, status: int) -> None:
    assert shop.browser(account).get("/visits").status_code == status


def test_a_visit_of_somebody_else_is_not_there(shop: House) -> None:
    sent_out(shop, crew=("inst-li",))
    assert shop.browser("inst-zhou").get("/visits/AS-1/1").status_code == 404
    assert shop.browser("inst-li").get("/visits/AS-1/2").status_code == 404
    assert shop.browser("inst-li").get("/visits/AS-1/1").status_code == 200


# --- step by step


def test_only_what_is_legal_can_be_done_and_the_rest_says_why(shop: House) -> None:
    sent_out(shop)
    assert {name for name, state in states(shop).items() if state == "open"} == {"confirm-arrival", "checks-before", "photos"}
    page = shop.browser("inst-zhou").get("/visits/AS-1/1").text
    depart = re.search(r'id="step-depart".*?</li>\s*<li class="card', page, re.S)
    assert depart is not None
    assert "L-16" in depart[0]
    assert 'data-opens-with="confirm-arrival checks-before"' in depart[0]
    assert "data-form hidden" in depart[0]


def test_what_only_the_office_can_put_right_is_not_opened_by_the_telephone(shop: House) -> None:
    shop.report()
    start = shop.clock() + timedelta(hours=3)
    shop.tell("triage", service="repair", needs_goods=False)
    shop.tell("make-appointment", start=start, end=start + timedelta(hours=2), agreed_with="王芳")
    shop.tell("prepare-papers", papers=["install-repair-slip"])
    shop.tell("dispatch", role="cs_supervisor", crew=["inst-zhou"])
    shop.tell("raise-leftover", lines=[{"item": "铰链", "qty": 1, "needs_goods": False}])
    page = shop.browser("inst-zhou").get("/visits/AS-1/1").text

    depart = re.search(r'<li class="card step shut[^"]*" id="step-depart"[^>]*>', page)
    assert depart is not None
    assert "data-opens-with" not in depart[0]
    assert "未开 《遗留单处理单反馈单》" in page


def test_a_whole_visit_by_plain_forms(shop: House) -> None:
    sent_out(shop)
    crew = shop.browser("inst-zhou")

    def step(command: str, **form: Any) -> None:
        shop.clock.move(minutes=5)
        answer = crew.post(f"/visits/AS-1/1/{command}", data=form)
        assert (answer.status_code, answer.headers.get("location")) == (303, f"/visits/AS-1/1?done={command}#next"), answer.text

    step("confirm-arrival", address_confirmed="yes", expected_at="2026-11-26T14:00")
    step("tick-checks", items="tools")
    step("depart")
    step("arrive", customer_present="yes")
    step("collect-payment", amount="12.5", receipt_no="S-1")
    step("complete-visit", work="更换铰链", **{"leftovers.0.item": "门板", "leftovers.0.qty": "2", "leftovers.0.needs_goods": "yes",
                                             "leftovers.0.cause": "划伤", "leftovers.1.qty": "1"})  # fmt: skip
    step("accept-work", by="customer", signed_by="王芳", rating="4", rating_channel="online", remark="准时")
    step("hand-in-slip", slip_no="FK-1", daily_report="yes")

    visit = shop.desk.state("AS-1").visit
    assert visit is not None
    assert (visit.state, visit.slip.state, visit.rating, visit.paid) == ("ACCEPTED", "HANDED_IN", 4, 1250)
    (line,) = shop.desk.state("AS-1").lines
    assert (line.item, line.qty, line.needs_goods, line.cause) == ("门板", 2, True, "划伤")
    page = crew.get("/visits/AS-1/1").text
    assert page.count('class="card step done') == 7


def test_nobody_home_is_a_missed_visit(shop: House) -> None:
    sent_out(shop, upto="on-the-way")
    assert shop.browser("inst-zhou").post("/visits/AS-1/1/miss-visit", data={"reason": "没人在家"}).status_code == 303
    assert kinds(shop)[-1] == "visit-missed"


def test_a_refused_form_comes_back_with_what_was_written_and_says_why(shop: House) -> None:
    sent_out(shop, upto="on-the-way")
    answer = shop.browser("inst-zhou").post("/visits/AS-1/1/hand-in-slip", data={"slip_no": "FK-9", "daily_report": "yes"})
    assert answer.status_code == 409
    assert "L-19" in answer.text
    wrong = shop.browser("inst-zhou").post("/visits/AS-1/1/collect-payment", data={"amount": "viel", "receipt_no": "R-7"})
    assert wrong.status_code in (409, 422)
    assert kinds(shop)[-1] == "departed"


def test_only_steps_of_a_visit_are_taken_here(shop: House) -> None:
    sent_out(shop)
    for command in ("close", "attach-file", "no-such-thing"):
        assert shop.browser("inst-zhou").post(f"/visits/AS-1/1/{command}", data={}).status_code == 404


# --- what a telephone sends later


def test_a_command_is_recorded_with_its_own_time_and_once(shop: House) -> None:
    sent_out(shop)
    fields = {"visit": 1, "address_confirmed": True, "expected_at": "2026-11-26T14:00:00+08:00"}
    at = (shop.clock() - timedelta(hours=1)).isoformat()
    first = send(shop, "confirm-arrival", fields, occurred_at=at)
    again = send(shop, "confirm-arrival", fields, occurred_at=at)

    assert (first.status_code, first.json()["repeated"], first.json()["facts"][0]["kind"]) == (200, False, "arrival-confirmed")
    assert (again.status_code, again.json()["repeated"], again.json()["version"]) == (200, True, first.json()["version"])
    entry = shop.desk.history("AS-1")[-1]
    assert (entry.actor, entry.occurred_at.isoformat(), entry.envelope.recorded_at) == ("inst-zhou", at, shop.clock())
    assert kinds(shop).count("arrival-confirmed") == 1


def test_no_version_is_asked_for(shop: House) -> None:
    sent_out(shop)
    shop.tell("amend", problem="两扇门都裂了")
    assert send(shop, "tick-checks", {"visit": 1, "items": ["tools"]}).status_code == 200


@pytest.mark.parametrize(
    ("over", "status", "code"),
    [
        ({"command": "depart", "fields": {"visit": 1}}, 409, "arrival-not-confirmed"), ({"command": "close"}, 422, "unknown-command"),
        ({"fields": {"actor": "boss"}}, 422, "unknown-field"), ({"fields": {"items": ["tools"], "colour": "red"}}, 422, "unknown-field"),
        ({"account": "inst-li"}, 403, "visits-other-account"), ({"role": "management"}, 403, "not-your-role"),
        ({"occurred_at": "gestern"}, 422, "bad-value"), ({"more": 1}, 422, "bad-request"),
    ],
)  # fmt: skip
def test_what_is_refused_is_said_as_problem_details(shop: House, over: dict[str, Any], status: int, code: str) -> None:
    sent_out(shop)
    before = kinds(shop)
    answer = send(shop, over.pop("command", "tick-checks"), over.pop("fields", {"visit": 1, "items": ["tools"]}), **over)

    assert (answer.status_code, answer.headers["content-type"], answer.json()["code"]) == (status, "application/problem+json", code)
    assert answer.json()["detail"]
    assert kinds(shop) == before


def test_it_needs_a_session_its_secret_and_a_ticket_one_sees(shop: House) -> None:
    sent_out(shop, crew=("inst-li",))
    assert send(shop, "depart").status_code == 404
    stranger = shop.stranger()
    assert send(shop, "depart", browser=stranger).json()["code"] == "not-signed-in"
    forged = shop.browser("inst-zhou")
    forged.headers["x-csrf-token"] = "guessed"
    assert send(shop, "depart", browser=forged).json()["code"] == "forged"


def test_a_photo_sent_twice_is_kept_and_attached_once(shop: House) -> None:
    sent_out(shop)
    form = {"account": "inst-zhou", "role": "installer", "command_id": "p-1", "occurred_at": "2026-11-26T09:00:00+08:00", "purpose": "photo", "visit": "1", "check": "tools"}
    browser = shop.browser("inst-zhou")
    answers = [browser.post("/visits/AS-1/photos", data=form, files={"file": ("门.png", PHOTO, "image/png")}, headers={"accept": "application/json"}) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["repeated"] for answer in answers] == [False, True]
    (file,) = shop.desk.state("AS-1").files
    assert (file.purpose, file.ref, file.check, file.name) == ("photo", "visit:1", "tools", "门.png")
    assert shop.desk.file(file.digest) == PHOTO
    page = browser.get("/visits/AS-1/1").text
    assert f"/t/AS-1/files/{file.digest}" in page


def test_a_photo_by_a_plain_form_leads_back(shop: House) -> None:
    sent_out(shop)
    form = {"purpose": "signature", "visit": "1", "next": "/visits/AS-1/1"}
    answer = shop.browser("inst-zhou").post("/visits/AS-1/photos", data=form, files={"file": ("s.png", PHOTO, "image/png")})
    assert (answer.status_code, answer.headers["location"]) == (303, "/visits/AS-1/1?done=attach-file")


@pytest.mark.parametrize("content", ["MZ" + "0" * 40, ""], ids=["program", "nothing"])
def test_what_is_no_picture_is_not_kept(shop: House, content: str) -> None:
    sent_out(shop)
    before = kinds(shop)
    answer = shop.browser("inst-zhou").post(
        "/visits/AS-1/photos", data={"purpose": "photo"}, files={"file": ("a.png", content.encode(), "image/png")}, headers={"accept": "application/json"}
    )
    assert answer.status_code in (415, 422)
    assert kinds(shop) == before
    assert list(shop.desk.files.digests()) == []


def test_the_telephone_learns_who_is_signed_in_and_what_time_it_is(shop: House) -> None:
    told = shop.browser("inst-zhou").get("/visits/me", headers={"accept": "application/json"}).json()
    assert (told["account"], told["role"], told["now"]) == ("inst-zhou", "installer", shop.clock().isoformat())
    assert shop.stranger().get("/visits/me", headers={"accept": "application/json"}).status_code == 401


def test_the_service_worker_names_files_that_are_there_and_changes_with_them(shop: House) -> None:
    answer = shop.stranger().get("/sw.js")
    assert (answer.status_code, answer.headers["service-worker-allowed"], answer.headers["cache-control"]) == (200, "/", "no-cache")
    files = re.search(r"JSON\.parse\(`(\[.*?\])`\)", answer.text)
    assert files is not None
    for url in re.findall(r'"(/[^"]+)"', files[1]):
        assert shop.stranger().get(url).status_code == 200, url
    assert "{{" not in answer.text
