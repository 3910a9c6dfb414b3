"""客户端: a Python client written from the description of the API; it needs nothing but Python.

    python -m aftersales_web.api.client > office_client.py                      # of the version installed here
    python -m aftersales_web.api.client openapi.json > office_client.py         # of a document

A method for each operation with its own parameters, a type for each shape; what the API refuses is raised as `Problem`.
"""

from __future__ import annotations

import json
import keyword
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from aftersales_web.api.openapi import described
from aftersales_web.api.telling import JSON

Doc = Mapping[str, Any]

HEAD: Final = '''\
"""A client of the office's API, written by `python -m aftersales_web.api.client`; write it anew rather than change it."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from typing import Any, Literal, NotRequired, TypedDict


class Refusal(Exception):
    """The API says no: `code` and `clauses` for programs, `str()` for people, `told` for everything."""

    def __init__(self, status: int, told: dict[str, Any]) -> None:
        super().__init__(told.get("detail", ""))
        self.status = status
        self.code = str(told.get("code", ""))
        self.clauses: list[str] = list(told.get("clauses", ()))
        self.told = told


class _Caller:
    """Asks, and reads the answer."""

    def __init__(self, address: str, token: str, *, language: str = "en", timeout: float = 30) -> None:
        """*address* of the office, such as `https://office.example`; *token*: as it was shown when it was made."""
        self._address = address.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        self._timeout = timeout

    def _ask(
        self, method: str, path: str, query: dict[str, Any] | None = None, headers: dict[str, Any] | None = None,
        body: bytes | None = None, media_type: str = "application/json",
    ) -> Any:
        asked = [(name, _text(each)) for name, value in (query or {}).items() if value is not None
                 for each in (value if isinstance(value, list) else [value])]
        url = self._address + path + (f"?{urllib.parse.urlencode(asked)}" if asked else "")
        said = {name: str(value) for name, value in (headers or {}).items() if value is not None}
        if body is not None:
            said["Content-Type"] = media_type
        request = urllib.request.Request(url, body, {**self._headers, **said}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                content = answer.read()
                return json.loads(content) if answer.headers.get_content_type() == "application/json" else content
        except urllib.error.HTTPError as problem:
            with problem:
                content = problem.read()
            raise Refusal(problem.code, json.loads(content) if content else {}) from None

    def every(self, pages: Callable[..., Any], *arguments: Any, **asked: Any) -> Iterator[Any]:
        """The items of all pages: `client.every(client.tickets, stage=["READY"])`."""
        after = None
        while True:
            page = pages(*arguments, **asked, **({} if after is None else {"after": after}))
            yield from page["items"]
            after = page["next"]
            if after is None:
                return


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _path(value: str) -> str:
    return urllib.parse.quote(value.replace("/", "~"), safe="~")


def _match(version: int | str | None) -> str | None:
    return f'"{version}"' if isinstance(version, int) else version


def _body(**said: Any) -> bytes:
    return json.dumps({name: value for name, value in said.items() if value is not None}, ensure_ascii=False).encode()

'''


def written(document: Doc) -> str:
    """The module that a document describes."""
    made = [HEAD, *_types(document["components"]["schemas"]), "", "class Client(_Caller):", '    """The office, by its operations."""']
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            made += ["", *_method(document, path, method, operation)]
    return "\n".join(made) + "\n"


# --- types


def _types(schemas: Doc) -> Iterator[str]:
    for name, schema in schemas.items():
        properties: Doc = schema.get("properties", {})
        if not properties:
            yield f"\n{name} = dict[str, Any]"
            continue
        required = set(schema.get("required", ()))
        fields = {
            field: hint if field in required else f"NotRequired[{hint}]" for field, part in properties.items() for hint in [typed(part)]
        }  # fmt: skip
        if all(field.isidentifier() and not keyword.iskeyword(field) for field in fields):
            yield f"\n\nclass {name}(TypedDict):"
            if about := " ".join(schema.get("description", "").split()).replace("\\", ""):
                yield f'    """{about}"""\n'
            yield from (f"    {field}: {hint}" for field, hint in fields.items())
        else:
            yield f"\n{name} = TypedDict({name!r}, {{{', '.join(f'{field!r}: {hint!r}' for field, hint in fields.items())}}})"


def typed(schema: Doc) -> str:
    """A schema as a hint."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    if "anyOf" in schema:
        hints = dict.fromkeys(typed(each) for each in schema["anyOf"])
        return "Any" if "Any" in hints or len(hints) > 8 else " | ".join(hints)
    kind = schema.get("type")
    if isinstance(kind, list):
        return " | ".join(typed({**schema, "type": each}) for each in kind)
    if kind == "array":
        return f"list[{typed(schema['items'])}]" if "items" in schema else "list[Any]"
    if kind == "object":
        more = schema.get("additionalProperties")
        return f"dict[str, {typed(more)}]" if isinstance(more, dict) and more else "dict[str, Any]"
    return {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}.get(str(kind), "Any")


# --- methods


def _method(document: Doc, path: str, method: str, operation: Doc) -> Iterator[str]:
    parameters = [_whole(document, each) for each in operation.get("parameters", ())]
    places = {place: [each for each in parameters if each["in"] == place] for place in ("path", "query", "header")}
    headers = [each for each in places["header"] if each["name"] in ("If-Match", "Idempotency-Key")]
    content: Doc = operation.get("requestBody", {}).get("content", {})
    body: Doc = content.get(JSON, {}).get("schema", {})
    signature = ["self", *(f"{_name(each['name'])}: str" for each in places["path"])]
    sent = ""
    if body.get("type") == "array":
        signature.append("commands: list[dict[str, Any]]")
        sent = "json.dumps(commands, ensure_ascii=False).encode()"
    elif body:
        required = set(body.get("required", ()))
        fields = [(field, typed(part)) for field, part in body["properties"].items()]
        signature += ["*", *(f"{_name(field)}: {hint}" for field, hint in fields if field in required)]
        signature += [f"{_name(field)}: {_optional(hint)} = None" for field, hint in fields if field not in required]
        sent = f"_body(**{{{', '.join(f'{field!r}: {_name(field)}' for field, _hint in fields)}}})"
    elif content:
        signature += ["content: bytes", "media_type: str"]
        sent = "content, media_type"
    more = [f"{_name(each['name'])}: {_optional(typed(each['schema']))} = None" for each in places["query"]]
    more += [f"{_name(each['name'])}: {'int | str' if each['name'] == 'If-Match' else 'str'} | None = None" for each in headers]
    if more and "*" not in signature:
        signature.append("*")
    answers: Sequence[Doc] = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    given = answers[-1]["content"].get(JSON)
    yield f"    def {operation['operationId']}({', '.join([*signature, *more])}) -> {_answer(given)}:"
    yield f'        """{_told(operation)}"""'
    address = re.sub(r"\{(\w+)\}", lambda found: f"{{_path({_name(found[1])})}}", path)
    query = ", ".join(f"{each['name']!r}: {_name(each['name'])}" for each in places["query"])
    said = ", ".join(f"{each['name']!r}: {_header(each['name'])}" for each in headers)
    yield f"        answer: {_answer(given)} = self._ask({method.upper()!r}, f{address!r}, {{{query}}}, {{{said}}}{', ' + sent if sent else ''})"
    yield "        return answer"


def _answer(given: Doc | None) -> str:
    if given is None:
        return "bytes"
    return typed(given["schema"])


def _whole(document: Doc, part: Doc) -> Doc:
    if "$ref" not in part:
        return part
    found: Doc = document["components"]["parameters"][part["$ref"].rpartition("/")[2]]
    return found


def _told(operation: Doc) -> str:
    text = " ".join(str(operation["description"]).split()).replace("\\", "").replace('"', "'")
    return f"{operation['summary']}. {text}" if text.partition(".")[0] != operation["summary"] else text


def _optional(hint: str) -> str:
    return hint if hint in ("None", "Any") or "None" in hint.split(" | ") else f"{hint} | None"


def _header(name: str) -> str:
    return "_match(if_match)" if name == "If-Match" else "idempotency_key or uuid.uuid4().hex"


def _name(name: str) -> str:
    plain = re.sub(r"\W", "_", name).lower()
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def main(arguments: Sequence[str]) -> int:
    """Write the client to standard output."""
    document = json.loads(Path(arguments[0]).read_text("utf-8")) if arguments else described()
    sys.stdout.write(written(document))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
