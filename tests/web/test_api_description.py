"""接口的描述: whole, for a machine to read, and made of nothing but the code."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from tests.web.office import house

from aftersales_core.facts import KINDS, LOG_KINDS
from aftersales_core.rules import COMMANDS, parse_command
from aftersales_core.views import BY_NAME
from aftersales_web import api
from aftersales_web.access.gate import Allow
from aftersales_web.api import examples
from aftersales_web.api.commands import KNOWN, OPENERS
from aftersales_web.api.openapi import described
from aftersales_web.app import rights

DOC = described()
OPERATIONS = [
    (path, method, operation) for path, methods in DOC["paths"].items() for method, operation in methods.items() if path.startswith(api.PREFIX)
]  # fmt: skip


def whole(part: dict[str, Any]) -> dict[str, Any]:
    """A part of the document, or what it refers to."""
    if "$ref" not in part:
        return part
    _hash, _components, kind, name = part["$ref"].split("/")
    found: dict[str, Any] = DOC["components"][kind][name]
    return found


def test_it_is_served_as_it_is_made_and_to_anybody() -> None:
    with house() as shop:
        answer = shop.stranger().get("/api/openapi.json")
        assert answer.json() == json.loads(json.dumps(DOC))
        assert answer.json()["openapi"] == "3.1.0"
        again = shop.stranger().get("/api/openapi.json", headers={"if-none-match": answer.headers["etag"]})
        assert again.status_code == 304


def test_the_page_of_it_runs_no_script_but_ours() -> None:
    with house() as shop:
        page = shop.stranger().get("/api/docs")
        assert page.status_code == 200
        assert re.findall(r"<script[^>]*>", page.text)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page.text))
        assert "style=" not in page.text
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text):
            assert shop.stranger().get(address).status_code == 200


def test_every_route_is_described_and_nothing_else() -> None:
    with house() as shop:
        served = {(path.removeprefix(api.PREFIX), method) for path, methods, _asked in rights(shop.app) for method in methods}  # type: ignore[arg-type]
    assert set(DOC["paths"]) - {path for path, _method, _operation in OPERATIONS} == {"/healthz", "/readyz"}
    told = {(path.removeprefix(api.PREFIX), method.upper()) for path, method, _operation in OPERATIONS}
    generic = {("/tickets/{ticket}/commands/{command}", "POST"), ("/views/{view}", "GET")}
    made = {("/tickets/{ticket}/commands/" + name, "POST") for name in COMMANDS} | {(f"/views/{name}", "GET") for name in BY_NAME}
    assert made <= told
    assert (told - made) | generic <= served
    below = {(path, method) for router in api.ROUTERS for path, methods, _asked in rights(router) for method in methods}
    assert below == (told - made) | generic


def test_every_name_is_given_once_and_everything_referred_to_is_there() -> None:
    names = [operation["operationId"] for _path, _method, operation in OPERATIONS]
    assert len(set(names)) == len(names)
    text = json.dumps(DOC)
    for kind in ("schemas", "responses", "parameters"):
        used = set(re.findall(rf"#/components/{kind}/([\w.-]+)", text))
        assert used <= set(DOC["components"][kind])


def test_every_operation_says_who_may_what_can_go_wrong_and_what_it_does() -> None:
    for path, method, operation in OPERATIONS:
        here = f"{method} {path}"
        assert operation["security"][0].keys() == {"token"}, here
        assert ("csrf" in operation["security"][1]) == (method != "get"), here
        assert {"401", "403", "422", "429", "500", "503"} <= set(operation["responses"]), here
        assert operation["summary"], here
        assert operation["description"], here
        for status, answer in operation["responses"].items():
            if not status.startswith("2"):
                assert answer == {"$ref": f"#/components/responses/{status}"}, here
    for status, answer in DOC["components"]["responses"].items():
        assert status == "304" or list(answer["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_described_by_its_own_class(name: str) -> None:
    kind = COMMANDS[name]
    operation = DOC["paths"][f"/api/v1/tickets/{{ticket}}/commands/{name}"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]

    assert set(schema["properties"]) == set(kind.model_fields) - KNOWN
    needed = {field for field, info in kind.model_fields.items() if info.is_required()} - KNOWN - {"occurred_at"}
    assert set(schema["required"]) == needed
    assert schema["additionalProperties"] is False
    own = kind.model_json_schema()["properties"]
    assert {field: part.get("enum") for field, part in schema["properties"].items()} == {field: own[field].get("enum") for field in schema["properties"]}
    parameters = [whole(each) for each in operation["parameters"]]
    headers = {each["name"]: each["required"] for each in parameters if each["in"] == "header"}
    assert headers["Idempotency-Key"] is True
    assert ("If-None-Match" in headers) == (kind in OPENERS)


def test_the_samples_are_commands() -> None:
    found = {name: body for name in COMMANDS if (body := examples.of_command(name)) is not None}

    assert len(found) > 50
    for name, body in found.items():
        parse_command(json.dumps({"command": name, "ticket": "AS-1", "command_id": "x", "actor": "x", "role": "x", "occurred_at": "2026-11-26T08:00:00Z", **body}))


def test_every_row_and_every_fact_has_its_shape() -> None:
    schemas: dict[str, Any] = DOC["components"]["schemas"]

    for view in BY_NAME.values():
        row = view.shape.row
        assert list(schemas[row.__name__]["properties"]) == list(row.__dataclass_fields__)
        assert schemas[row.__name__]["required"] == list(row.__dataclass_fields__)
    facts = {each["$ref"].rpartition("/")[2] for each in schemas["Entry"]["properties"]["fact"]["anyOf"]}
    assert facts == {cls.__name__ for kind, cls in KINDS.items() if kind not in LOG_KINDS} | {"RoutineDone"}
    assert schemas["BoardRow"]["properties"]["stage_since"]["description"] == "Since when it stands there."
    assert schemas["TicketClock"]["properties"]["elapsed"]["description"].endswith("Seconds.")


def test_a_caller_is_asked_for_what_the_description_says() -> None:
    asked = {path: call.scope for router in api.ROUTERS for path, _methods, call in rights(router) if isinstance(call, Allow)}

    assert asked["/events"] == "export"
    assert asked["/commands"] in ("read", "write")
    for path, method, operation in OPERATIONS:
        if "/commands/" not in path and "/views/" not in path and method == "get":
            assert operation["x-scope"] in ("read", "export"), path
        if method == "post":
            assert operation["x-scope"] == "write", path
