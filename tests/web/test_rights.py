"""权限表: every route with who may; one that is not here fails, and so does a row without its route."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.web.office import House, house

from aftersales_web.access.gate import Allow, Anyone
from aftersales_web.app import rights

TABLE: Final = """
open    GET  /enter
open    POST /enter
first   POST /leave
first   GET  /password
first   POST /password
read    POST /role
open    POST /taste
open    GET  /static/{name:path}
read    GET  /live
read    GET  /
write   POST /today/{path}/{command}            ticket
write   POST /routines/{routine}/{day}
read    GET  /t/{path}                          ticket
read    GET  /t/{path}/do/{command}             ticket
write   POST /t/{path}/do/{command}             ticket
write   POST /t/{path}/do/{command}/files       ticket
read    GET  /t/{path}/unmask                   ticket
write   POST /t/{path}/unmask                   ticket
read    GET  /t/{path}/diagram.svg              ticket
read    GET  /t/{path}/files/{digest}           ticket
read    GET  /t/{path}/replay                   ticket
export  POST /t/{path}/history                  ticket
export  POST /t/{path}/proof                    ticket
read    GET  /t/{path}/link                     ticket
write   POST /t/{path}/link                     ticket
write   POST /t/{path}/link/revoke              ticket
read    GET  /t/{path}/papers/{paper}           ticket
read    GET  /tickets
read    GET  /tickets/new
read    GET  /tickets/known
write   POST /tickets
read    GET  /clauses
read    GET  /board
read    GET  /board/{stage}
read    GET  /plan
read    GET  /calls
write   POST /calls/{path}/{command}            ticket
open    GET  /sw.js
open    GET  /visits/offline
read    GET  /visits/me
read    GET  /visits
read    GET  /visits/{path}/{no}                ticket
write   POST /visits/{path}/{no}/{command}      ticket
write   POST /visits/{path}/commands            ticket
write   POST /visits/{path}/photos              ticket
open    GET  /c/{token}
open    POST /c/{token}/{act}
admin   GET  /people
admin   POST /people
admin   GET  /people/{account}
admin   POST /people/{account}
admin   POST /people/{account}/password
admin   POST /people/{account}/tokens
admin   POST /tokens/{token}/revoke
admin   GET  /accesses
admin   POST /checkpoint
admin   GET  /rules
admin   POST /rules
write   GET  /act/{path}/{name}                 ticket
write   POST /act/{path}/{name}                 ticket
read    GET  /warehouse
export  GET  /warehouse/leftovers.csv
write   GET  /warehouse/arrivals
write   POST /warehouse/arrivals
write   GET  /warehouse/goods-list
write   POST /warehouse/goods-list
write   POST /warehouse/goods-list/files
read    GET  /papers
write   POST /papers/{path}/move                ticket
open    GET  /papers/style.css
read    GET  /papers/blank/{paper}
read    GET  /papers/registers/{name}
export  GET  /papers/registers/{name}.csv
read    GET  /api/v1/tickets
read    GET  /api/v1/tickets/{ticket}           ticket
read    GET  /api/v1/tickets/{ticket}/history   ticket
read    GET  /api/v1/tickets/{ticket}/story     ticket
read    GET  /api/v1/tickets/{ticket}/legal-moves ticket
read    GET  /api/v1/tickets/{ticket}/clocks    ticket
read    GET  /api/v1/tickets/{ticket}/files     ticket
read    GET  /api/v1/tickets/{ticket}/files/{digest} ticket
write   POST /api/v1/tickets/{ticket}/commands/{command} ticket
write   POST /api/v1/commands
read    GET  /api/v1/commands
read    GET  /api/v1/commands/{command}
read    GET  /api/v1/worklist
read    GET  /api/v1/leftovers
read    GET  /api/v1/views
read    GET  /api/v1/views/{view}
read    GET  /api/v1/routines
write   POST /api/v1/routines
read    GET  /api/v1/me
read    GET  /api/v1/clauses
read    GET  /api/v1/clauses/{clause}
read    GET  /api/v1/playbook
write   POST /api/v1/files
export  GET  /api/v1/events
open    GET  /api/openapi.json
open    GET  /api/docs
open    GET  /healthz
open    GET  /readyz
"""
"""What a route asks for; `ticket` where it is about one, which has to be seen. Scopes are a token's; a session has them all."""

ROWS: Final = [tuple(line.split()) for line in TABLE.strip().splitlines()]
CLOSED: Final = [row for row in ROWS if row[0] != "open"]
OF_A_TICKET: Final = [row for row in ROWS if "ticket" in row[3:]]
SCOPES: Final = ("read", "write", "export")

FILLED: Final = {
    "command": "acknowledge", "digest": "0" * 64, "no": "1", "routine": "goods-report", "day": "2026-11-26", "stage": "READY",
    "account": "cs-lin", "token": "nothing", "act": "rate", "paper": "install-repair-slip", "clause": "L-03", "view": "board",
    "name": "slips", "name:path": "office.css",
}  # fmt: skip
"""What stands for the parameters of a path."""

ROLES: Final = ("cs-lin", "csm-tang", "sup-chen", "inst-zhou", "wh-he", "mgr-fang", "boss")


@pytest.fixture(scope="module")
def made() -> Iterator[House]:
    """An office with a ticket of a visit: zhou's, and of the shop in the west."""
    with house(api_rate=1_000_000, api_burst=1_000_000) as found:
        found.report(branch="west")
        found.tell("triage", service="repair", needs_goods=False)
        found.tell("make-appointment", start=found.clock(), end=found.clock.at.replace(hour=18), agreed_with="王芳")
        found.tell("prepare-papers", papers=("install-repair-slip",))
        found.tell("dispatch", role="cs_supervisor", actor="csm-tang", crew=("inst-zhou",))
        yield found


def path_of(row: tuple[str, ...], ticket: str = "AS-1") -> str:
    def value(found: re.Match[str]) -> str:
        if row[2].startswith("/act/") and found[1] == "name":
            return "notify-arrival"
        return FILLED.get(found[1], ticket)

    return re.sub(r"\{([\w:]+)\}", value, row[2])


def ask(client: TestClient, row: tuple[str, ...], ticket: str = "AS-1") -> Response:
    """The least a route can be asked for; a stream is only begun."""
    path = path_of(row, ticket)
    if row[2] in ("/live",):
        path += "?after=0"
    if row[1] == "GET":
        return client.get(path, params={"wait": 0} if path.endswith("/events") else None)
    return client.post(path, json={}) if path.startswith("/api/") else client.post(path, data={"ticket": ticket})


def named(row: tuple[str, ...]) -> str:
    return f"{row[1]} {row[2]}"


def test_every_route_has_its_row_and_every_row_its_route(made: House) -> None:
    found = {(method, path, told) for path, methods, told in rights(made.app) for method in methods}  # type: ignore[arg-type]
    kinds = {}
    for method, path, told in found:
        if isinstance(told, Anyone):
            kinds[method, path] = "open"
            assert told.why
        else:
            assert isinstance(told, Allow)
            kinds[method, path] = "admin" if told.admin else "first" if told.first else told.scope
    assert kinds == {(row[1], row[2]): row[0] for row in ROWS}


@pytest.mark.parametrize("row", CLOSED, ids=named)
def test_nobody_gets_in_without_signing_in(made: House, row: tuple[str, ...]) -> None:
    answer = ask(made.stranger(), row)
    if row[2].startswith("/api/"):
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/enter")


@pytest.mark.parametrize("row", [row for row in CLOSED if row[1] == "POST"], ids=named)
def test_nothing_is_changed_by_a_page_of_somebody_elses(made: House, row: tuple[str, ...]) -> None:
    before = made.desk.ledger.count()
    for spoiled in ({"x-csrf-token": "guessed"}, {"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        client = made.browser("boss")
        client.headers.update({"accept": "application/json", **spoiled})
        answer = ask(client, row)
        assert (answer.status_code, answer.json()["code"]) == (403, "forged")
    assert made.desk.ledger.count() == before


@pytest.mark.parametrize("row", [row for row in CLOSED if row[2] != "/live"], ids=named)
@pytest.mark.parametrize("scope", SCOPES)
def test_a_token_is_good_for_its_scope_only(made: House, row: tuple[str, ...], scope: str) -> None:
    client = made.program("boss", scope, role="cs_supervisor")
    client.headers["accept"] = "application/json"
    answer = ask(client, row)
    wanted = {"first": "read", "admin": "read"}.get(row[0], row[0])
    if wanted != scope:
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
    elif row[0] == "admin":
        assert (answer.status_code, answer.json()["code"]) == (403, "not-admin"), "administration wants a person"
    else:
        assert answer.status_code not in (401, 500)
        if answer.status_code == 403:
            assert answer.json()["code"] != "scope-missing"


@pytest.mark.parametrize("row", [row for row in ROWS if row[0] == "admin"], ids=named)
@pytest.mark.parametrize("account", [name for name in ROLES if name != "boss"])
def test_administration_is_for_administrators(made: House, row: tuple[str, ...], account: str) -> None:
    client = made.browser(account)
    client.headers["accept"] = "application/json"
    answer = ask(client, row)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-admin")


SIGNED: Final = [row for row in CLOSED if row[0] != "admin" and row[2] not in ("/live", "/leave")]


@pytest.mark.parametrize("row", SIGNED, ids=named)
@pytest.mark.parametrize("account", ROLES)
def test_whoever_is_signed_in_is_answered(made: House, row: tuple[str, ...], account: str) -> None:
    """With what he asked for, with what is wrong with it, or with a rule: never with a mistake of ours."""
    client = made.browser(account)
    client.headers["accept"] = "application/json"
    answer = ask(client, row)
    assert answer.status_code < 500
    assert answer.status_code != 401


FOREIGN: Final = {"cs-east": "of another shop", "inst-li": "not sent there"}


@pytest.mark.parametrize("row", OF_A_TICKET, ids=named)
@pytest.mark.parametrize("account", FOREIGN)
def test_a_ticket_that_is_not_ones_own_is_as_if_it_were_not_there(made: House, row: tuple[str, ...], account: str) -> None:
    before = made.desk.ledger.count()
    client = made.browser(account)
    client.headers["accept"] = "application/json"
    foreign, absent = ask(client, row), ask(client, row, "AS-9")
    assert foreign.status_code == absent.status_code
    assert foreign.text.replace("AS-1", "AS-9") == absent.text
    if foreign.status_code != 404:  # what is asked is wrong in itself, or not for this role, whosoever the ticket is
        # (or leads back to the page of the ticket, where it is 404)
        assert foreign.status_code in (303, 400, 403, 422, 428), foreign.text
    assert made.desk.ledger.count() == before


@pytest.mark.parametrize("row", OF_A_TICKET, ids=named)
def test_ones_own_ticket_is_there(made: House, row: tuple[str, ...]) -> None:
    client = made.browser("cs-lin")
    client.headers["accept"] = "application/json"
    answer = ask(client, row)
    if "{digest}" not in row[2]:  # no such file is 404 too
        assert answer.status_code not in (401, 404), answer.text


@pytest.mark.parametrize("account", FOREIGN)
def test_lists_leave_out_what_is_not_ones_own(made: House, account: str) -> None:
    client = made.browser(account)
    for path in ("/", "/board", "/board?view=table", "/tickets?q=AS-1", "/calls", "/warehouse", "/visits", "/api/v1/tickets", "/api/v1/worklist"):
        answer = client.get(path)
        if (account, path) == ("cs-east", "/visits"):
            assert answer.status_code == 403
            continue
        assert answer.status_code == 200, path
        shown = re.sub(r'value="[^"]*"|<title>.*?</title>|“AS-1”', "", answer.text)
        assert "/t/AS-1" not in shown, path
        assert "王芳" not in shown, path
        assert "13812345678" not in shown, path


@pytest.mark.parametrize("number", ["9" * 5000, "9" * 30, "-1", "１２", "1e3", "0x10"])
def test_a_number_that_is_none_is_no_mistake_of_ours(made: House, number: str) -> None:
    client = made.browser("boss", "cs_specialist")
    client.headers["accept"] = "application/json"
    before = made.desk.ledger.count()
    for path, fields in (
        ("/t/AS-1/do/acknowledge", {"version": number}), ("/today/AS-1/acknowledge", {"version": number, "ref": number}),
        ("/calls/AS-1/attempt-revisit", {"version": number}), ("/t/AS-1/link", {"days": number}), ("/people/cs-lin", {"version": number, "roles": "management"}),
        ("/people/cs-lin/tokens", {"role": "cs_specialist", "scopes": "read", "days": number}), ("/routines/goods-report/2026-11-26", {"found": number}),
    ):  # fmt: skip
        answer = client.post(path, data=fields)
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
    for path in (f"/board?after={number}", f"/warehouse?after={number}", f"/t/AS-1/replay?v={number}", f"/?list=calls&after={number}"):
        assert client.get(path).status_code < 500, path
    assert made.desk.ledger.count() == before
