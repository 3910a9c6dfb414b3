"""接口: what other programs read: the board, a ticket, views, the rules; and what they are not told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from tests.web.office import NOW, House, house

from aftersales_core.rules import COMMANDS
from aftersales_core.views import BY_NAME


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        yield made


def sent(shop: House, ticket: str = "AS-1", crew: str = "inst-zhou") -> None:
    """A repair that *crew* is sent to."""
    shop.report(ticket)
    shop.tell("triage", ticket, service="repair", needs_goods=False)
    start = shop.clock() + timedelta(days=1)
    shop.tell("make-appointment", ticket, start=start, end=start + timedelta(hours=2), agreed_with="王芳")
    shop.tell("prepare-papers", ticket, papers=["install-repair-slip"])
    shop.tell("dispatch", ticket, crew=[crew], role="cs_supervisor")


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem details of an answer, which have to be of that code."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert (told["code"], told["status"], told["type"]) == (code, status, f"urn:aftersales:problem:{code}")
    return told


# --- who asks


@pytest.mark.parametrize("path", ["/tickets", "/tickets/AS-1", "/worklist", "/events", "/views/board", "/clauses/L-14", "/me"])
def test_nobody_is_told_anything(shop: House, path: str) -> None:
    answer = shop.stranger().get(f"/api/v1{path}")

    problem(answer, 401, "not-signed-in")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_token_says_who_asks_and_what_for(shop: House) -> None:
    told = shop.program("cs-east", "read").get("/api/v1/me").json()

    assert told == {"actor": "cs-east", "name": "东店客服", "role": "cs_specialist", "roles": ["cs_specialist"], "scopes": ["read"], "branches": ["east"]}


def test_a_token_without_the_scope_is_refused(shop: House) -> None:
    shop.report()
    headers = {"if-match": "*", "idempotency-key": "k-1"}

    problem(shop.program("cs-lin", "read").post("/api/v1/tickets/AS-1/commands/acknowledge", json={}, headers=headers), 403, "scope-missing")
    problem(shop.program("csm-tang", "read").get("/api/v1/events"), 403, "scope-missing")
    problem(shop.program("csm-tang", "read").get("/api/v1/views/calls"), 403, "scope-missing")


def test_a_signed_in_browser_has_to_bring_its_secret(shop: House) -> None:
    shop.report()
    browser = shop.browser("cs-lin")
    headers = {"if-match": "*", "idempotency-key": "k-1"}
    assert browser.post("/api/v1/tickets/AS-1/commands/acknowledge", json={}, headers=headers).status_code == 201

    del browser.headers["x-csrf-token"]
    problem(browser.post("/api/v1/tickets/AS-1/commands/acknowledge", json={}, headers={**headers, "idempotency-key": "k-2"}), 403, "forged")
    assert shop.desk.state("AS-1").version == 2


def test_whoever_asks_too_often_waits() -> None:
    with house(api_burst=3, api_rate=60) as shop:
        one, other = shop.program("cs-lin"), shop.program("csm-tang")
        assert [one.get("/api/v1/me").status_code for _ in range(3)] == [200] * 3

        answer = one.get("/api/v1/me")
        problem(answer, 429, "too-often")
        assert answer.headers["retry-after"] == "2"
        assert other.get("/api/v1/me").status_code == 200, "another token has a bucket of its own"
        shop.clock.move(seconds=2)
        assert one.get("/api/v1/me").status_code == 200


def test_problems_are_told_in_the_readers_language(shop: House) -> None:
    client = shop.program("cs-lin")

    chinese = client.get("/api/v1/tickets/AS-9", headers={"accept-language": "zh-CN,zh;q=0.9"})
    english = client.get("/api/v1/tickets/AS-9", headers={"accept-language": "en-GB"})
    assert problem(chinese, 404, "unknown-ticket")["detail"] == "没有工单 AS-9；请核对工单号，或先登记报修"
    assert problem(english, 404, "unknown-ticket")["detail"].startswith("there is no ticket AS-9;")
    assert english.headers["content-language"] == "en"


def test_what_is_not_there_is_a_problem_too(shop: House) -> None:
    client = shop.program("cs-lin")

    problem(client.get("/api/v1/nothing"), 404, "no-such-page")
    answer = client.delete("/api/v1/tickets/AS-1")
    problem(answer, 405, "no-such-method")
    assert answer.headers["allow"] == "GET"
    assert client.delete("/api/v1/commands").headers["allow"] == "GET, POST"


# --- the board


def test_the_board_comes_in_pages_that_link_on(shop: House) -> None:
    for n in range(1, 6):
        shop.report(f"AS-{n}")
    client = shop.program("cs-lin")

    numbers, path = [], "/api/v1/tickets?limit=2&stage=REPORTED"
    while path:
        answer = client.get(path)
        numbers += [row["ticket"] for row in answer.json()["items"]]
        link = answer.headers.get("link", "")
        assert ('rel="next"' in link) == (answer.json()["next"] is not None)
        path = link.partition("<")[2].partition(">")[0]
    assert numbers == ["AS-5", "AS-4", "AS-3", "AS-2", "AS-1"]


def test_the_board_can_be_asked_for_some(shop: House) -> None:
    sent(shop, "AS-1")
    shop.report("AS-2", branch="east", customer="李国强", phone="13900001111")
    shop.report("DD/7", category="complaint")
    client = shop.program("cs-lin")

    def found(query: str) -> set[str]:
        answer = client.get(f"/api/v1/tickets?{query}")
        assert answer.status_code == 200, answer.text
        return {row["ticket"] for row in answer.json()["items"]}

    assert found("stage=DISPATCHED") == {"AS-1"}
    assert found("stage=DISPATCHED&stage=REPORTED") == {"AS-1", "AS-2", "DD/7"}
    assert found("branch=east") == {"AS-2"}
    assert found("category=complaint") == {"DD/7"}
    assert found("crew=inst-zhou") == {"AS-1"}
    assert found("q=13900001111") == found("q=0000111") == found("q=李国") == {"AS-2"}
    assert found("q=dd/7") == {"DD/7"}
    assert found("overdue=true") == set()
    shop.clock.move(days=30)
    assert "AS-1" in found("overdue=true")
    assert client.get("/api/v1/tickets?sort=ticket&limit=1").json()["items"][0]["ticket"] == "AS-1"


def test_what_cannot_be_asked_is_told_with_its_place(shop: House) -> None:
    client = shop.program("cs-lin")

    told = problem(client.get("/api/v1/tickets?limit=0&q="), 422, "bad-request")
    assert told["errors"] == [{"in": "query", "field": "q", "detail": "至少 1 个字"}, {"in": "query", "field": "limit", "detail": "应不小于 1"}]
    problem(client.get("/api/v1/tickets?stage=NOWHERE"), 422, "bad-value")
    problem(client.get("/api/v1/tickets?sort=wheel"), 422, "no-such-column")
    problem(client.get("/api/v1/tickets?after=nonsense"), 422, "bad-cursor")
    told = problem(client.get("/api/v1/worklist?at=0"), 422, "bad-request")
    assert told["errors"] == [{"in": "query", "field": "at", "detail": "应为日期时间，如 2026-11-02T09:00:00+08:00"}]


# --- one ticket


def test_a_ticket_comes_as_it_is_with_its_version(shop: House) -> None:
    shop.report("DD/7")
    client = shop.program("cs-lin")

    answer = client.get("/api/v1/tickets/DD~7")
    assert answer.headers["etag"] == '"1"'
    assert {name: answer.json()[name] for name in ("number", "stage", "phone", "visits")} == {
        "number": "DD/7", "stage": "REPORTED", "phone": "13812345678", "visits": [],
    }  # fmt: skip
    assert set(answer.json()) == set(shop.desk.state("DD/7").__struct_fields__)
    assert client.get("/api/v1/tickets/DD~7", headers={"if-none-match": '"1"'}).status_code == 304
    assert client.get("/api/v1/tickets/DD~7", headers={"if-none-match": '"0"'}).status_code == 200


def test_a_ticket_comes_as_it_was_and_as_it_was_known(shop: House) -> None:
    shop.report()
    before = shop.clock()
    shop.tell("acknowledge")
    client = shop.program("cs-lin")

    was = client.get("/api/v1/tickets/AS-1", params={"as_of": before.isoformat()})
    assert was.json()["acknowledged_at"] is None
    assert "etag" not in was.headers, "a moment gone by is nothing to write at"
    assert client.get("/api/v1/tickets/AS-1").json()["acknowledged_at"] is not None
    known = client.get("/api/v1/tickets/AS-1", params={"known_at": before.isoformat()})
    assert known.json()["version"] == 1
    problem(client.get("/api/v1/tickets/AS-1?as_of=2026-11-26T10:00:00"), 422, "naive-datetime")


def test_the_history_is_paged_by_version(shop: House) -> None:
    sent(shop)
    client = shop.program("cs-lin")

    first = client.get("/api/v1/tickets/AS-1/history?limit=3").json()
    rest = client.get(f"/api/v1/tickets/AS-1/history?limit=3&after={first['next']}").json()
    entries = [*first["items"], *rest["items"]]
    assert [(each["version"], each["kind"]) for each in entries] == [
        (entry.version, entry.fact.kind) for entry in shop.desk.history("AS-1")
    ]  # fmt: skip
    assert rest["next"] is None
    assert entries[1]["envelope"]["prev"] == entries[0]["digest"]
    assert entries[0]["fact"]["phone"] == "13812345678"


def test_the_story_tells_what_changed_and_under_which_clauses(shop: House) -> None:
    sent(shop)
    told = shop.program("cs-lin").get("/api/v1/tickets/AS-1/story?after=4").json()

    (step,) = told["items"]
    assert (step["kind"], step["stage"]) == ("dispatched", "DISPATCHED")
    assert {"path": "stage", "old": "TRIAGED", "new": "DISPATCHED"} in step["changes"]
    assert "L-13" in step["clauses"]


def test_legal_moves_say_why_not_under_which_clause_and_the_way_on(shop: House) -> None:
    shop.report()
    client = shop.program("cs-lin")

    told = client.get("/api/v1/tickets/AS-1/legal-moves", headers={"accept-language": "en"}).json()
    moves = {each["command"]: each for each in told["items"]}
    assert set(moves) == set(COMMANDS)
    assert moves["triage"]["open"]
    assert not moves["triage"]["reasons"]
    (reason,) = moves["dispatch"]["reasons"][:1]
    assert reason["code"] == "role-may-not"
    assert reason["clauses"]
    assert reason["sentence"].endswith(f"(clause {', '.join(reason['clauses'])})") or reason["clauses"][0] in reason["sentence"]
    only = client.get("/api/v1/tickets/AS-1/legal-moves?open=true&role=dispatch_specialist").json()
    assert all(each["open"] for each in only["items"])
    assert "report" not in {each["command"] for each in only["items"]}


def test_clocks_are_told_as_of_a_moment_in_seconds(shop: House) -> None:
    shop.report()
    client = shop.program("cs-lin")

    later = (shop.clock() + timedelta(hours=1)).isoformat()
    (clock,) = client.get("/api/v1/tickets/AS-1/clocks", params={"as_of": later}).json()["items"]
    assert (clock["id"], clock["state"], clock["elapsed"]) == ("response", "running", 3600.0)
    assert clock["elapsed"] + clock["remaining"] == 24 * 3600


# --- what is not everybody's


def test_a_ticket_of_another_shop_is_not_there(shop: House) -> None:
    shop.report("AS-1", branch="west")
    shop.report("AS-2", branch="east")
    east = shop.program("cs-east")

    assert [row["ticket"] for row in east.get("/api/v1/tickets").json()["items"]] == ["AS-2"]
    assert {row["ticket"] for row in east.get("/api/v1/worklist?list=office").json()["items"]} == {"AS-2"}
    for below in ("", "/history", "/story", "/legal-moves", "/clocks", "/files", f"/files/{'0' * 64}"):
        problem(east.get(f"/api/v1/tickets/AS-1{below}"), 404, "unknown-ticket")
    answer = east.post("/api/v1/tickets/AS-1/commands/acknowledge", json={}, headers={"if-match": "*", "idempotency-key": "k"})
    assert problem(answer, 404, "unknown-ticket")["detail"] == "没有工单 AS-1；请核对工单号，或先登记报修"
    assert shop.desk.state("AS-1").version == 1


def test_an_installer_sees_what_he_was_sent_to(shop: House) -> None:
    sent(shop, "AS-1", crew="inst-zhou")
    sent(shop, "AS-2", crew="inst-li")
    zhou = shop.program("inst-zhou")

    assert [row["ticket"] for row in zhou.get("/api/v1/tickets").json()["items"]] == ["AS-1"]
    problem(zhou.get("/api/v1/tickets/AS-2"), 404, "unknown-ticket")
    assert zhou.get("/api/v1/views/board?ticket.in=AS-1,AS-2").json()["items"][0]["ticket"] == "AS-1"


def test_the_logs_of_the_house_are_no_tickets(shop: House) -> None:
    shop.browser("csm-tang")
    shop.office.log.note("sign-out", "csm-tang", "cs_supervisor", account="csm-tang")
    number = next(number for number, _version in shop.desk.ledger.tickets() if number.startswith("log/"))

    for below in ("", "/history", "/story"):
        problem(shop.program("csm-tang").get(f"/api/v1/tickets/{number.replace('/', '~')}{below}"), 404, "unknown-ticket")


def test_personal_data_is_masked_wherever_it_stands(shop: House) -> None:
    shop.report(problem="王芳说打 13812345678 找她")
    keeper = shop.program("wh-he")

    told = "".join(
        keeper.get(f"/api/v1/{path}").text
        for path in ("tickets", "tickets/AS-1", "tickets/AS-1/history", "tickets/AS-1/story", "tickets/AS-1/legal-moves", "worklist?role=*", "views/board")
    )  # fmt: skip
    assert "138****5678" in told
    assert "王*" in told
    for secret in ("13812345678", "王芳", "502"):
        assert secret not in told
    assert "13812345678" in shop.program("cs-lin").get("/api/v1/tickets/AS-1").text


def test_what_is_masked_cannot_be_found_out_by_asking(shop: House) -> None:
    shop.report()
    keeper = shop.program("wh-he")

    def found(query: str) -> list[str]:
        return [row["ticket"] for row in keeper.get(f"/api/v1/tickets?{query}").json()["items"]]

    assert found("q=13812345678") == found("q=王芳") == ["AS-1"], "whoever knows it may look for it"
    assert found("q=1381234") == found("q=王") == []
    problem(keeper.get("/api/v1/tickets?sort=phone"), 403, "masked-column")
    problem(keeper.get("/api/v1/views/board?phone.contains=1381"), 403, "masked-column")
    problem(keeper.get("/api/v1/views/board?phone.ge=138"), 403, "masked-column")
    assert keeper.get("/api/v1/views/board?phone=13812345678").json()["items"][0]["ticket"] == "AS-1"


# --- views


def test_a_view_is_filtered_by_any_of_its_columns(shop: House) -> None:
    for n in range(1, 4):
        shop.report(f"AS-{n}")
    client = shop.program("csm-tang")

    def found(query: str) -> list[str]:
        answer = client.get(f"/api/v1/views/timeline?{query}")
        assert answer.status_code == 200, answer.text
        return [row["ticket"] for row in answer.json()["items"]]

    assert found("ticket.ge=AS-2") == ["AS-2", "AS-3"]
    assert found("ticket.in=AS-1,AS-3&kind=reported&sort=-ticket") == ["AS-3", "AS-1"]
    assert found("reason=null&ticket=AS-2") == ["AS-2"]
    assert found(f"occurred_at.gt={(NOW + timedelta(minutes=2)).isoformat().replace('+', '%2B')}") == ["AS-3"]
    problem(client.get("/api/v1/views/timeline?version=one"), 422, "bad-value")
    problem(client.get("/api/v1/views/timeline?version.like=1"), 422, "bad-value")
    problem(client.get("/api/v1/views/timeline?wheel=1"), 422, "no-such-column")
    problem(client.get("/api/v1/views/wheels"), 404, "no-such-view")


def test_every_view_answers_and_says_what_it_is(shop: House) -> None:
    sent(shop)
    client = shop.program("csm-tang")

    listed = client.get("/api/v1/views").json()["items"]
    assert {each["view"] for each in listed} == set(BY_NAME)
    for each in listed:
        rows = client.get(f"/api/v1/views/{each['view']}").json()["items"]
        assert all(list(row) == each["columns"] for row in rows)


def test_registers_are_for_those_who_may_carry_data_out_and_it_is_noted_once(shop: House) -> None:
    shop.report()
    problem(shop.program("cs-lin").get("/api/v1/views/customers"), 403, "may-not-export")

    client = shop.program("csm-tang")
    assert len(client.get("/api/v1/views/customers").json()["items"]) == 1
    client.get("/api/v1/views/customers")
    client.get("/api/v1/views/calls")
    today = shop.clock().date()
    noted = [entry.fact.what for entry in shop.desk.accesses(today, today) if entry.fact.kind == "carried-out"]
    assert noted == ["customers", "calls"]
    shop.clock.move(days=1)
    client.get("/api/v1/views/customers")
    tomorrow = shop.clock().date()
    assert [entry.fact.what for entry in shop.desk.accesses(tomorrow, tomorrow)] == ["customers"]


def test_registers_hold_rows_of_tickets_that_are_seen_only(shop: House) -> None:
    from dataclasses import replace

    for n, branch in enumerate(["west", "east", "west", "east", "east"], 1):
        shop.report(f"AS-{n}", branch=branch)
    found = shop.office.accounts.find("csm-tang")
    assert found is not None
    shop.office.accounts.put(replace(found, branches=("east",)))
    client = shop.program("csm-tang")

    numbers, path = [], "/api/v1/views/customers?limit=2&sort=ticket"
    while path:
        answer = client.get(path)
        numbers += [row["ticket"] for row in answer.json()["items"]]
        path = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
    assert numbers == ["AS-2", "AS-4", "AS-5"]


def test_the_worklist_is_the_callers_unless_asked_otherwise(shop: House) -> None:
    shop.report()
    client = shop.program("cs-lin")

    mine = client.get("/api/v1/worklist").json()["items"]
    assert {row["command"] for row in mine if row["ticket"] == "AS-1"} == {"acknowledge", "triage"}
    everything = client.get("/api/v1/worklist?role=*&limit=200").json()["items"]
    assert len(everything) > len(mine)
    assert client.get("/api/v1/worklist?list=overdue").json()["items"] == []


def test_the_leftovers_can_be_asked_for_by_state(shop: House) -> None:
    shop.report()
    shop.tell("triage", service="repair", needs_goods=True)
    shop.tell("raise-leftover", lines=[{"item": "门板", "qty": 2, "needs_goods": True}])
    client = shop.program("cs-lin")

    (row,) = client.get("/api/v1/leftovers?state=RAISED").json()["items"]
    assert (row["ticket"], row["line"], row["item"], row["outstanding"]) == ("AS-1", "L1-1", "门板", 2)
    assert client.get("/api/v1/leftovers?state=IN").json()["items"] == []
    assert client.get("/api/v1/leftovers?late=true").json()["items"] == []


# --- the rules


def test_the_rules_can_be_read(shop: House) -> None:
    client = shop.program("cs-lin", "read")

    assert client.get("/api/v1/clauses/L-14").json()["used"] != []
    problem(client.get("/api/v1/clauses/L-99"), 404, "no-such-clause")
    assert {each["id"][:2] for each in client.get("/api/v1/clauses?series=G").json()["items"]} == {"G-"}
    assert client.get("/api/v1/commands/dispatch").json()["schema"] == COMMANDS["dispatch"].model_json_schema()
    assert len(client.get("/api/v1/commands").json()["items"]) == len(COMMANDS)
    problem(client.get("/api/v1/commands/sign-in"), 404, "no-such-command")
    assert client.get("/api/v1/playbook").json()["roles"]["cs_specialist"]["zh"] == "客服专员"


def test_whether_it_lives_and_works_is_told_to_anybody() -> None:
    with house() as shop:
        assert shop.stranger().get("/healthz").json() == {"status": "ok"}
        assert shop.stranger().get("/readyz").json() == {"status": "ok"}


def test_a_database_that_is_gone_is_not_ready(tmp_path: Any) -> None:
    with house(f"sqlite:///{tmp_path}/shop.db") as shop:
        shop.desk.ledger.close()
        answer = shop.stranger().get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"status": "unusable"})
        assert shop.stranger().get("/healthz").status_code == 200
