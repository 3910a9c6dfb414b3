"""描述: the API as an OpenAPI 3.1 document, put together from its routes and the classes of the core.

One path for each command and each view, so that a client made from it knows the fields of each. What a route may answer is
said where it is declared; what every route may answer is added here.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from aftersales_core import wording
from aftersales_core.cursors import Column, columns
from aftersales_core.media import TYPES
from aftersales_core.rules import COMMANDS, Command
from aftersales_core.rules.routines import DoRoutine
from aftersales_core.views import BY_NAME, View
from aftersales_web.api import examples, shapes
from aftersales_web.api.asked import OPS
from aftersales_web.api.caller import Caller
from aftersales_web.api.commands import OPENERS
from aftersales_web.api.telling import JSON, SAID, failing, page_of

Doc = dict[str, Any]

ABOUT: Final = """\
The office's desk for other programs: the same commands, rules, clauses and refusals as everywhere.

* **Who calls** is known by a token (`Authorization: Bearer …`), or by the cookie of a browser that is signed in. A token acts
  in one role and has scopes: `read`, `write`, `export`. Tickets that the caller does not see are not there for him.
* **A command** is given once and at the version it is meant for: `Idempotency-Key` is its id, `If-Match` the version that the
  ticket's `ETag` told. The same request again gets its first answer, with `Idempotency-Replayed: true`.
* **Errors** are problem details (RFC 9457) in Chinese or English by `Accept-Language`. After a refusal (409) they say the
  clauses, what is missing, what would make it legal, and what is legal now.
* **Pages** go on behind `next`, which the header `Link` says too.
* Moments are RFC 3339 with their zone, money is 分, spans are seconds. A field that is not known is refused, not ignored.
* **Limits**: requests a minute for each token, bytes of a body; 429 and 413 say so.
"""

TAGS: Final = (
    ("tickets", "Tickets: as they are, as they were, why they may or may not go on."),
    ("commands", "Commands about tickets: one path each, with the fields of each."),
    ("views", "Rows of views: the day's work, the leftovers, registers. One path each."),
    ("rules", "The rules as data: commands, clauses, the playbook."),
    ("files", "Photos, signatures, documents."),
    ("events", "Every fact as it is written, as CloudEvents."),
    ("health", "For what watches over the office."),
)

ALWAYS: Final = (401, 403, 422, 429, 500, 503)
"""Answers that every route may give."""

KEY: Final = r'^[A-Za-z0-9_][A-Za-z0-9_.:@/#-]{0,79}$'
VERSION: Final = r'^(\*|"[0-9]{1,9}")$'
"""What the two headers of a command look like; a little more is taken than is advertised."""

UNSAFE: Final = frozenset({"post", "put", "patch", "delete"})

_COMMAND: Final = "/tickets/{ticket}/commands/{command}"
_VIEW: Final = "/views/{view}"


def allowed(path: str) -> list[str]:
    """The methods of a path of the API, as they are described; none where it has none."""
    found = (
        methods for template, methods in described()["paths"].items() if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    )  # fmt: skip
    return sorted({method.upper() for methods in found for method in methods})


@cache
def described(prefix: str = "/api/v1") -> Doc:
    """The document; the same for everybody."""
    from aftersales_web.api import ROUTERS

    app = FastAPI(generate_unique_id_function=lambda route: route.name)
    for router in ROUTERS:
        app.include_router(router, prefix=prefix)
    made = get_openapi(
        title="aftersales-core", version="1", summary="After-sales work under its rules: tickets, commands, facts", description=ABOUT,
        openapi_version="3.1.0", routes=app.routes, tags=[{"name": name, "description": about} for name, about in TAGS],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"}, servers=[{"url": "/", "description": "This office"}],
    )  # fmt: skip
    scopes = {route.name: call.scope for router in ROUTERS for route, call in _callers(router.routes)}
    paths: Doc = {}
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            _finish(operation, method, scopes[operation["operationId"]])
        if path == prefix + _COMMAND:
            paths |= _commands(prefix, methods["post"])
        elif path == prefix + _VIEW:
            paths |= _views(prefix, methods["get"])
        else:
            paths[path] = methods
    _bodies(paths, prefix)
    paths |= _HEALTH
    found = shapes.every()
    made["paths"] = paths
    made["components"] = {
        "schemas": dict(sorted(found.items())), "responses": {str(status): failing(status) for status in SAID},
        "parameters": _shared(paths), "securitySchemes": _SECURITY,
    }  # fmt: skip
    return made


def _shared(paths: Doc) -> Doc:
    """Parameters that several operations have, by a name; the operations refer to them."""
    lists = [operation["parameters"] for methods in paths.values() for operation in methods.values() if "parameters" in operation]
    counted = Counter(json.dumps(each) for parameters in lists for each in parameters)
    names: dict[str, str] = {}
    found: Doc = {}
    for text in [text for text, count in counted.items() if count > 2]:
        parameter = json.loads(text)
        name = next(n for n in (parameter["name"], *(f"{parameter['name']}-{i}" for i in range(2, 99))) if n not in found)
        names[text], found[name] = name, parameter
    for parameters in lists:
        parameters[:] = [
            {"$ref": f"#/components/parameters/{name}"} if (name := names.get(json.dumps(each))) else each for each in parameters
        ]  # fmt: skip
    return found


_SECURITY: Final[Doc] = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token of the office; made on the page of people, shown once."},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "aftersales", "description": "The session of a browser that is signed in."},
    "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token", "description": "The session's secret, where a session changes something."},
}  # fmt: skip


def _lives(name: str, about: str, *statuses: str) -> Doc:
    said: Doc = {"type": "object", "required": ["status"], "properties": {"status": {"enum": ["ok", "unusable"]}}}
    answers = {status: {"description": SAID.get(int(status), "It does"), "content": {JSON: {"schema": said}}} for status in statuses}
    return {"get": {"operationId": name, "tags": ["health"], "summary": about.partition(";")[0], "description": f"{about}.", "security": [], "responses": answers}}


_HEALTH: Final[Doc] = {
    "/healthz": _lives("healthz", "Whether the program runs; for anybody", "200"),
    "/readyz": _lives("readyz", "Whether the database can be used; for anybody", "200", "503"),
}


def _callers(routes: Any) -> Iterator[tuple[APIRoute, Caller]]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield from ((route, each.call) for each in route.dependant.dependencies if isinstance(each.call, Caller))


def _finish(operation: Doc, method: str, scope: str) -> None:
    """What every operation has."""
    # the docstring says it better than a name cut into words
    text = operation.get("description", "")
    operation["summary"] = text.partition("\n")[0].rstrip(".") or operation.get("summary", "")
    operation["description"] = re.sub(r"(?<!\n)\n(?!\n|\*)", " ", text)
    operation["security"] = [{"token": [scope]}, {"cookie": [], "csrf": []} if method in UNSAFE else {"cookie": []}]
    operation["x-scope"] = scope
    for parameter in operation.get("parameters", ()):
        if parameter["name"] == "Idempotency-Key":  # looked at by us, with words of our own
            parameter |= {"required": True, "schema": {"type": "string", "pattern": KEY}}
    answers: Doc = operation["responses"]
    for status in (*ALWAYS, *((413,) if method in UNSAFE else ())):
        answers[str(status)] = {}
    operation["responses"] = {
        status: said if int(status) in range(200, 300) else {"$ref": f"#/components/responses/{status}"} for status, said in sorted(answers.items())
    }


def _commands(prefix: str, operation: Doc) -> Doc:
    """A path for each command."""
    return {f"{prefix}/tickets/{{ticket}}/commands/{name}": {"post": _command(name, kind, operation)} for name, kind in COMMANDS.items()}


def _command(name: str, kind: type[Command], operation: Doc) -> Doc:
    made = deepcopy(operation)
    opener = kind in OPENERS
    parameters = []
    for each in made["parameters"]:
        if each["name"] == "command" or each["name"] == ("" if opener else "If-None-Match"):
            continue
        if each["name"] == "If-Match":
            each = {**each, "schema": {"type": "string", "pattern": VERSION}}
        parameters.append(each)
    made["parameters"] = parameters
    made["operationId"] = name.replace("-", "_")
    made["summary"] = f"{wording.word('command', name, 'zh')} · {wording.word('command', name, 'en')}"
    told = " ".join((kind.__doc__ or "").split())
    made["description"] = f"{told}\n\nRecords `{kind.fact.kind}`." + ("" if opener else " Needs `If-Match`, save for a dry run.")
    body = shapes.body_of(kind)
    content: Doc = {"schema": body}
    if (example := examples.of_command(name)) is not None:
        content["examples"] = {"sample": {"value": example}}
    made["requestBody"] = {"required": bool(body["required"]), "content": {JSON: content}}
    made["responses"] = {"200": {**made["responses"]["201"], "description": "Nothing new, or a dry run: what would be recorded"}, **made["responses"]}
    made["responses"]["201"]["headers"] |= {
        "Location": {"description": "The ticket", "schema": {"type": "string"}},
        "Idempotency-Replayed": {"description": "`true`: this is the first answer again", "schema": {"type": "string", "enum": ["true"]}},
    }
    return made


def _views(prefix: str, operation: Doc) -> Doc:
    """A path for each view."""
    return {f"{prefix}/views/{name}": {"get": _view(name, view, operation)} for name, view in BY_NAME.items()}


def _view(name: str, view: View[Any], operation: Doc) -> Doc:
    made = deepcopy(operation)
    made["operationId"] = f"view_{name.replace('-', '_')}"
    known = columns(view.shape.row)
    made["parameters"] = [each for each in made["parameters"] if each["name"] != "view"]
    made["parameters"] += [
        {"name": column.name, "in": "query", "required": False, "schema": _column(column),
         "description": f"Only where it is this. `{column.name}.op` with another of {', '.join(OPS)} compares otherwise."}
        for column in known.values()
    ]  # fmt: skip
    made["summary"] = f"Rows of the view {name}"
    made["responses"]["200"]["content"][JSON]["schema"] = page_of(view.shape.row.__name__)
    del made["responses"]["404"]
    return made


def _column(column: Column) -> Doc:
    schema = shapes.Shapes().of(column.type)
    return {"anyOf": [schema, {"const": "null", "description": "Nothing stands in it."}]} if column.nullable and column.type is not str else schema


def _bodies(paths: Doc, prefix: str) -> None:
    """Bodies that are read by hand."""
    batch: Doc = {
        "type": "array", "maxItems": 1000,
        # what is wrong with one is said in its own answer, and the others are taken
        "items": {"description": f"A command with all its fields: `command` ({', '.join([*COMMANDS, DoRoutine.name()])}), `command_id`, `ticket` and "
                  "those of `GET /commands`."},
    }  # fmt: skip
    paths[f"{prefix}/commands"]["post"]["requestBody"] = {"required": True, "content": {
        JSON: {"schema": batch, "examples": {"sample": {"value": examples.batch()}}},
        "application/x-ndjson": {"schema": {"type": "string", "description": "A command a line."}},
    }}  # fmt: skip
    routine = shapes.body_of(DoRoutine)
    paths[f"{prefix}/routines"]["post"]["requestBody"] = {"required": True, "content": {JSON: {"schema": routine}}}
    done = paths[f"{prefix}/routines"]["post"]["responses"]
    done["200"] = {**done["201"], "description": "Nothing new"}
    binary: Doc = {"schema": {"type": "string", "format": "binary"}}
    form: Doc = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
    paths[f"{prefix}/files"]["post"]["requestBody"] = {"required": True, "content": {
        "multipart/form-data": {"schema": form, "encoding": {"file": {"contentType": ", ".join(TYPES)}}}, **dict.fromkeys(TYPES, binary),
    }}  # fmt: skip
