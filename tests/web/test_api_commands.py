"""接口的命令: given once, at the version meant, in nobody else's name; refused with the way on; many at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.web.office import House, house
from tests.web.test_api import problem

from aftersales_core.errors import AftersalesError
from aftersales_core.facts import KINDS
from aftersales_core.rules.access import ACCESS_COMMANDS

REPORT = {"category": "repair", "customer": "王芳", "phone": "13812345678", "problem": "左侧柜门开裂", "model": "K-200", "purchased_on": "2026-03-01"}


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        made.report()
        yield made


def give(client: TestClient, command: str, body: Any = None, *, ticket: str = "AS-1", key: str = "k-1", match: str | None = '"1"', **params: Any) -> Any:
    headers = {"idempotency-key": key, **({"if-match": match} if match is not None else {})}
    return client.post(f"/api/v1/tickets/{ticket}/commands/{command}", json=body or {}, headers=headers, params=params)


def test_a_command_is_recorded_as_its_givers(shop: House) -> None:
    answer = give(shop.program("cs-lin"), "acknowledge", {"note": "已联系"})

    assert answer.status_code == 201
    assert (answer.headers["etag"], answer.headers["location"]) == ('"2"', "/api/v1/tickets/AS-1")
    (told,) = answer.json()["facts"]
    entry = shop.desk.history("AS-1")[-1]
    assert (told["kind"], told["version"], told["digest"], told["fact"]) == ("acknowledged", 2, entry.digest, {"note": "已联系"})
    by = entry.envelope
    assert (by.actor, by.role, by.command_id, by.channel, by.occurred_at) == ("cs-lin", "cs_specialist", "k-1", "web", shop.clock())


def test_the_same_request_gets_its_first_answer(shop: House) -> None:
    client = shop.program("cs-lin")
    first = give(client, "acknowledge", {"note": "已联系"})
    shop.clock.move(minutes=7)
    shop.tell("amend", order_no="SO-1")

    again = give(client, "acknowledge", {"note": "已联系"})
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert (again.status_code, again.json(), again.headers["etag"]) == (first.status_code, first.json(), first.headers["etag"])
    assert shop.desk.state("AS-1").version == 3


def test_an_id_is_not_used_for_another_command(shop: House) -> None:
    client = shop.program("cs-lin")
    give(client, "acknowledge", {"note": "已联系"})

    problem(give(client, "acknowledge", {"note": "没有联系"}), 422, "command-reused")
    problem(give(shop.program("csm-tang"), "acknowledge", {"note": "已联系"}, match="*"), 422, "command-reused")
    problem(give(client, "acknowledge", {"note": "已联系", "occurred_at": "2026-11-26T08:00:00+08:00"}), 422, "command-reused")


def test_many_at_once_with_one_id_are_one(shop: House) -> None:
    client = shop.program("cs-lin")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _n: give(client, "acknowledge", {"note": "已联系"}), range(16)))
    assert {answer.status_code for answer in answers} == {201}
    assert [answer.headers.get("idempotency-replayed") for answer in answers].count(None) == 1
    assert len({answer.text for answer in answers}) == 1
    assert shop.desk.state("AS-1").version == 2


def test_a_command_is_meant_for_a_version(shop: House) -> None:
    client = shop.program("cs-lin")
    missing = give(client, "acknowledge", match=None)
    assert '"1"' in problem(missing, 428, "version-missing")["detail"]
    shop.tell("amend", order_no="SO-1")

    stale = give(client, "acknowledge")
    assert problem(stale, 412, "stale-ticket")["version"] == 2
    assert shop.desk.state("AS-1").version == 2
    problem(give(client, "acknowledge", match='W/"2"'), 412, "stale-ticket")
    for nonsense in ("two", '"two"', "", '"1" "2"'):
        problem(give(client, "acknowledge", match=nonsense), 400, "bad-if-match")
    assert give(client, "acknowledge", match='"1", "2"').status_code == 201
    assert give(client, "amend", {"order_no": "SO-2"}, key="k-2", match="*").status_code == 201
    assert give(client, "amend", {"order_no": "SO-3"}, key="k-3", match="4").status_code == 201


def test_an_id_has_to_be_one(shop: House) -> None:
    client = shop.program("cs-lin")

    answer = client.post("/api/v1/tickets/AS-1/commands/acknowledge", json={}, headers={"if-match": "*"})
    problem(answer, 400, "key-missing")
    problem(give(client, "acknowledge", key="a b"), 400, "bad-key")
    problem(give(client, "acknowledge", key='""'), 400, "bad-key")
    assert give(client, "acknowledge", key='"quoted-1"').status_code == 201
    assert shop.desk.history("AS-1")[-1].envelope.command_id == "quoted-1"


def test_a_refusal_tells_the_clause_what_is_missing_and_what_is_legal(shop: House) -> None:
    client = shop.program("cs-lin")

    told = problem(give(client, "close", {"result": "好了"}), 409, "wrong-stage")
    assert told["clauses"] == ["L-24", "F-20"]
    assert {"triage", "acknowledge"} <= set(told["legal_actions"])
    assert "dispatch" not in told["legal_actions"], "another role's"
    told = problem(give(client, "report", {"category": "repair", "customer": "李"}, ticket="AS-2", match=None), 409, "field-missing")
    assert {each["pointer"] for each in told["errors"]} >= {"/phone", "/problem"}
    assert "field:phone" in told["missing"]
    assert shop.desk.ledger.version("AS-2") == 0


def test_a_refusal_by_a_rule_names_the_remedy(shop: House) -> None:
    shop.tell("triage", service="repair", needs_goods=False)

    told = problem(give(shop.program("csm-tang"), "dispatch", {"crew": ["inst-zhou"]}, match="*"), 409, "no-appointment")
    assert told["remedies"] == ["make-appointment"]


@pytest.mark.parametrize(
    ("body", "status", "code", "pointer"),
    [
        ('{"crew": 7}', 422, "bad-value", "/crew"),
        ('{"crew": ["a", 7]}', 422, "bad-value", "/crew/1"),
        ("{}", 422, "field-left-out", "/crew"),
        ('{"crew": ["a"], "wheel": 1}', 422, "unknown-field", "/wheel"),
        ('{"crew": ["a"], "occurred_at": "2026-11-26T08:00:00"}', 422, "naive-datetime", "/occurred_at"),
        ('{"crew": ["a"], "occurred_at": 0}', 422, "bad-value", "/occurred_at"),
        ('{"crew": ["a"], "visit": "1"}', 422, "bad-value", "/visit"),
        ("[1]", 422, "not-an-object", ""),
        ("{", 400, "not-json", ""),
        ('{"crew": ["\\ud800"]}', 400, "not-json", ""),
    ],
)
def test_a_body_that_cannot_be_taken_says_where(shop: House, body: str, status: int, code: str, pointer: str) -> None:
    client = shop.program("cs-lin")
    headers = {"if-match": "*", "idempotency-key": "k-1", "content-type": "application/json"}

    told = problem(client.post("/api/v1/tickets/AS-1/commands/dispatch", content=body, headers=headers), status, code)
    if told.get("errors"):
        assert told["errors"][0]["pointer"] == pointer


@pytest.mark.parametrize("field", ["actor", "role", "ticket", "command_id", "command"])
def test_nobody_says_in_a_body_who_he_is(shop: House, field: str) -> None:
    problem(give(shop.program("cs-lin"), "acknowledge", {field: "boss"}), 422, "said-elsewhere")


def test_a_body_is_json(shop: House) -> None:
    client = shop.program("cs-lin")
    headers = {"if-match": "*", "idempotency-key": "k-1", "content-type": "text/csv"}

    problem(client.post("/api/v1/tickets/AS-1/commands/acknowledge", content="a;b", headers=headers), 415, "not-json-type")


def test_there_are_no_other_commands(shop: House) -> None:
    client = shop.program("boss")

    for name in ("wheel", "do-routine", *ACCESS_COMMANDS):
        problem(give(client, name), 404, "no-such-command")


def test_a_dry_run_says_what_would_be_and_records_nothing(shop: House) -> None:
    client = shop.program("cs-lin")

    would = give(client, "acknowledge", {"note": "已联系"}, match=None, dry_run=True)
    assert (would.status_code, would.json()["dry_run"], [each["kind"] for each in would.json()["facts"]]) == (200, True, ["acknowledged"])
    assert problem(give(client, "close", {"result": "好"}, dry_run=True), 409, "wrong-stage")["clauses"]
    problem(give(client, "acknowledge", match='"7"', dry_run=True), 412, "stale-ticket")
    new = give(client, "report", REPORT, ticket="AS-2", match=None, dry_run=True)
    assert new.json()["version"] == 1
    assert (shop.desk.state("AS-1").version, shop.desk.ledger.version("AS-2")) == (1, 0)


def test_what_is_nothing_new_records_nothing(shop: House) -> None:
    answer = give(shop.program("cs-lin"), "amend", {"customer": "王芳"})

    assert (answer.status_code, answer.json()["facts"], answer.headers["etag"]) == (200, [], '"1"')


def test_a_ticket_is_opened_once(shop: House) -> None:
    client = shop.program("cs-lin")

    opened = give(client, "report", REPORT, ticket="DD~7", match=None)
    assert (opened.status_code, opened.headers["location"], opened.json()["ticket"]) == (201, "/api/v1/tickets/DD~7", "DD/7")
    headers = {"idempotency-key": "k-2", "if-none-match": "*"}
    problem(client.post("/api/v1/tickets/DD~7/commands/report", json=REPORT, headers=headers), 412, "stale-ticket")
    problem(give(client, "report", REPORT, ticket="DD~7", key="k-3", match=None), 409, "ticket-exists")
    problem(give(client, "report", REPORT, ticket="log~2026-11", key="k-4", match=None), 422, "number-reserved")
    assert give(client, "report", REPORT, ticket="DD~7", match=None).headers["idempotency-replayed"] == "true"


def test_of_a_ticket_that_is_not_seen_nothing_is_said_but_that_its_number_is_taken(shop: House) -> None:
    shop.report("AS-2", branch="west")
    east = shop.program("cs-east")

    told = problem(give(east, "report", {**REPORT, "branch": "east"}, ticket="AS-2", match=None), 409, "number-taken")
    assert "legal_actions" not in told
    headers = {"idempotency-key": "k-2", "if-none-match": "*"}
    problem(east.post("/api/v1/tickets/AS-2/commands/report", json=REPORT, headers=headers), 409, "number-taken")
    told = east.post("/api/v1/commands", json=[{"command": "report", "ticket": "AS-2", "command_id": "k-3", **REPORT}]).json()
    assert told["items"][0]["problem"]["code"] == "number-taken"


def test_whoever_works_for_one_shop_opens_tickets_of_that_shop(shop: House) -> None:
    east = shop.program("cs-east")

    give(east, "report", REPORT, ticket="E-1", match=None)
    give(east, "report", {**REPORT, "branch": "west"}, ticket="E-2", key="k-2", match=None)
    east.post("/api/v1/commands", json=[{"command": "report", "ticket": "E-3", "command_id": "k-3", **REPORT}])
    assert [shop.desk.state(f"E-{n}").branch for n in (1, 2, 3)] == ["east", "west", "east"]
    assert give(east, "report", REPORT, ticket="E-1", match=None).headers["idempotency-replayed"] == "true"


def test_a_soft_guard_is_gone_over_with_a_reason(shop: House) -> None:
    from aftersales_core import demo

    for command in demo.month():
        number = command["ticket"]
        if command["command"] == "approve-slip" and command.get("override"):
            break
        with suppress(AftersalesError):
            shop.desk.handle(command)
    client = shop.program("sup-chen")
    said = {name: command[name] for name in ("visit", "occurred_at") if name in command}

    told = problem(give(client, "approve-slip", said, ticket=number, match="*"), 409, "no-score")
    assert told["soft"]
    over = give(client, "approve-slip", {**said, "override": command["override"]}, ticket=number, key="k-2", match="*")
    assert over.json()["facts"][0]["envelope"]["reason"] == command["override"]


# --- many at once


def test_each_of_many_is_answered_by_itself_and_in_order(shop: House) -> None:
    wanted = [
        {"command": "report", "ticket": "AS-2", "command_id": "b-1", **REPORT},
        {"command": "acknowledge", "ticket": "AS-2", "command_id": "b-2"},
        {"command": "close", "ticket": "AS-2", "command_id": "b-3", "result": "好"},
        {"command": "acknowledge", "ticket": "AS-404", "command_id": "b-4"},
        {"command": "amend", "ticket": "AS-1", "command_id": "b-5", "customer": "王芳"},
        {"command": "wheel", "ticket": "AS-1", "command_id": "b-6"},
        7,
    ]
    client = shop.program("cs-lin")

    items = client.post("/api/v1/commands", json=wanted).json()["items"]
    assert [each["status"] for each in items] == [201, 201, 409, 409, 200, 422, 422]
    assert [each["problem"]["code"] for each in items if "problem" in each] == ["wrong-stage", "no-such-ticket", "unknown-command", "not-an-object"]
    assert items[1]["receipt"]["version"] == 2
    lines = "\n".join(json.dumps(each) for each in wanted[:2])
    again = client.post("/api/v1/commands", content=lines, headers={"content-type": "application/x-ndjson"}).json()["items"]
    assert [(each["status"], each["replayed"], each["receipt"]) for each in again] == [(201, True, each["receipt"]) for each in items[:2]]


def test_many_are_given_in_nobody_elses_name(shop: House) -> None:
    client = shop.program("cs-east")
    shop.report("AS-2", branch="west")
    wanted = [
        {"command": "acknowledge", "ticket": "AS-1", "command_id": "b-1", "actor": "boss"},
        {"command": "acknowledge", "ticket": "AS-1", "command_id": "b-2", "role": "management"},
        {"command": "acknowledge", "ticket": "AS-2", "command_id": "b-3"},
        *({"command": name, "command_id": f"c-{name}", "account": "boss"} for name in ("sign-in", "set-password", "revoke-token")),
    ]

    items = client.post("/api/v1/commands", json=wanted).json()["items"]
    assert [each["problem"]["code"] for each in items[:3]] == ["not-your-name", "not-your-name", "unknown-ticket"]
    assert all(each["status"] == 422 for each in items[3:])
    kinds = {kind for kind, cls in KINDS.items() if cls.__module__.endswith("access")}
    assert not [row for row in shop.desk.rows() if row[2] in kinds]


def test_many_have_an_end(shop: House) -> None:
    client = shop.program("cs-lin")

    problem(client.post("/api/v1/commands", json=[{}] * 1001), 422, "too-many-commands")
    problem(client.post("/api/v1/commands", json={"command": "report"}), 422, "not-a-list")
    problem(client.post("/api/v1/commands", content="{", headers={"content-type": "application/x-ndjson"}), 400, "not-json")
    assert client.post("/api/v1/commands", json=[]).json() == {"items": []}


# --- what the house does by the calendar


def test_a_routine_is_done_and_seen(shop: House) -> None:
    client = shop.program("csm-tang")
    day = shop.clock().date().isoformat()
    rounds = client.get(f"/api/v1/routines?first={day}").json()["items"]
    assert "goods-report" in {each["routine"] for each in rounds}
    assert all(each["done"] is None for each in rounds)

    body = {"routine": "morning-meeting", "day": day}
    headers = {"idempotency-key": "r-1"}
    problem(client.post("/api/v1/routines", json=body, headers=headers), 409, "role-may-not")
    chief = shop.program("sup-chen")
    assert chief.post("/api/v1/routines", json=body, headers=headers).status_code == 201
    shop.clock.move(minutes=1)
    again = chief.post("/api/v1/routines", json=body, headers=headers)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    done = {each["routine"]: each["done"] for each in client.get("/api/v1/routines").json()["items"]}
    assert done["morning-meeting"]["by"] == "sup-chen"
    problem(client.get("/api/v1/routines?first=2026-01-01&last=2026-12-31"), 422, "bad-days")
