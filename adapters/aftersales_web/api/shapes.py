"""形状: JSON Schema of what the API says and takes, read off the classes of the core, as `rendering.plain` writes them.

A record of the core is an object with its fields; what a field means is read off its docstring. So the description cannot
tell anything else than the code.
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter

from aftersales_core.facts import KINDS, LOG_KINDS, Envelope
from aftersales_core.playbooks import Clause, Playbook
from aftersales_core.ports import FileRef
from aftersales_core.rules import Command
from aftersales_core.state import Ticket
from aftersales_core.views import ALL
from aftersales_web.api import replies
from aftersales_web.api.commands import CHANNEL, KNOWN
from aftersales_web.api.telling import JSON, PAGED, ref

Schema = dict[str, Any]

REPLIES: Final = (
    replies.LegalMoves, replies.Clocks, replies.Files, replies.Step, replies.Rounds, replies.Views, replies.Commands, replies.Me,
)  # fmt: skip
"""What the API puts around the records of the core."""

_PLAIN: Final[dict[Any, Schema]] = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"}, type(None): {"type": "null"},
    datetime: {"type": "string", "format": "date-time"}, date: {"type": "string", "format": "date"},
    timedelta: {"type": "number"}, Any: {}, object: {},
}  # fmt: skip


class Shapes:
    """Schemas by name, found while others are made."""

    def __init__(self) -> None:
        self.found: dict[str, Schema] = {}

    def of(self, hint: Any) -> Schema:
        """The schema of a type; records are named and referred to."""
        if hint in _PLAIN:
            return dict(_PLAIN[hint])
        origin, args = get_origin(hint), get_args(hint)
        if origin is typing.Annotated:
            return self.of(args[0])
        if origin is Literal:
            return {"enum": list(args)}
        if origin in (typing.Union, types.UnionType):
            return _either([self.of(each) for each in args])
        if origin is tuple and (len(args) != 2 or args[1] is not Ellipsis):
            return {"type": "array", "prefixItems": [self.of(each) for each in args], "minItems": len(args), "maxItems": len(args)}
        if origin in (tuple, list, frozenset, set):
            return {"type": "array", "items": self.of(args[0])}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self.of(args[1])}
        if isinstance(hint, type) and (_field_names(hint) or issubclass(hint, BaseModel)):
            return ref(self.named(hint))
        raise TypeError(f"no schema for {hint}")

    def named(self, record: type[Any]) -> str:
        """The name of a record's schema, made where it is not there yet."""
        name = record.__name__
        if name not in self.found:
            self.found[name] = {}  # it may contain itself
            self.found[name] = self._model(record) if issubclass(record, BaseModel) else self._record(record)
        return name

    def _record(self, record: type[Any]) -> Schema:
        hints = get_type_hints(record, include_extras=True)
        names = _field_names(record)
        about, told = said_of(record)
        made: dict[str, Schema] = {}
        for name in names:
            made[name] = self.of(hints[name])
            text = told.get(name, "").replace("None", "null") + (" Seconds." if made[name].get("type") in ("number", ["number", "null"]) else "")
            if text:
                made[name] = {**made[name], "description": text.strip()}
        return {"type": "object", "title": record.__name__, "description": about, "properties": made, "required": names}

    def _model(self, model: type[BaseModel]) -> Schema:
        """A model of pydantic as it is dumped: what is None is left out, and masked data keeps no pattern."""
        return {**loosened(inlined(TypeAdapter(model).json_schema())), "title": model.__name__, "description": said_of(model)[0]}


def _either(among: list[Schema]) -> Schema:
    """One of some schemas: with null, and as short as JSON Schema allows."""
    simple = [each["type"] for each in among if set(each) == {"type"}]
    if len(simple) == len(among):
        return {"type": simple}
    if len(among) == 2 and among[1] == {"type": "null"} and isinstance(among[0].get("type"), str):
        return {**among[0], "type": [among[0]["type"], "null"]}
    return {"anyOf": among}


def loosened(schema: Any) -> Any:
    """A schema of what is told: without what only somebody who sends it is held to."""
    if isinstance(schema, dict):
        return {
            key: loosened(each) for key, each in schema.items()
            if key not in ("pattern", "minLength", "maxLength", "default") and not (key == "title" and isinstance(each, str))
        }  # fmt: skip
    return [loosened(each) for each in schema] if isinstance(schema, list) else schema


_ATTRIBUTE: Final = re.compile(r"(?:^|(?<=; ))((?:[a-z_]+, )*[a-z_]+): ", re.M)


def said_of(record: type[Any]) -> tuple[str, dict[str, str]]:
    """What a docstring says of a class, and of its fields."""
    doc = inspect.cleandoc(record.__doc__ or "")
    about, _, attributes = doc.partition("\nAttributes:")
    if not record.__doc__ or doc.startswith(f"{record.__name__}("):  # written by dataclass or NamedTuple
        about = ""
    told: dict[str, str] = {}
    text = " ".join(attributes.split())
    for name, end in _named(text, set(_field_names(record))):
        told[name] = end
    return " ".join(about.split()), told


def _field_names(record: type[Any]) -> list[str]:
    if is_dataclass(record):
        return [each.name for each in fields(record)]
    return list(getattr(record, "__struct_fields__", ()) or getattr(record, "_fields", ()) or getattr(record, "model_fields", ()))


def _named(text: str, names: set[str]) -> list[tuple[str, str]]:
    """(field, what is said of it) of a list of attributes written on one line."""
    marks = [
        found for found in re.finditer(r"((?:`?\*?[a-z_]+\*?`?, )*`?\*?[a-z_]+\*?`?): ", text)
        if {each.strip("`*") for each in found[1].split(", ")} <= names
    ]  # fmt: skip
    told = []
    for at, found in enumerate(marks):
        end = marks[at + 1].start() if at + 1 < len(marks) else len(text)
        said = text[found.end() : end].strip().rstrip(";.")
        told += [(each.strip("`*"), f"{said[:1].upper()}{said[1:]}.") for each in found[1].split(", ")]
    return told


def body_of(kind: type[Command]) -> Schema:
    """The body of a command: its fields as the core has them, without those that are said elsewhere."""
    made = inlined(TypeAdapter(kind).json_schema())
    properties = {name: each for name, each in made["properties"].items() if name not in KNOWN}
    required = [name for name in made.get("required", ()) if name in properties and name != "occurred_at"]
    moment = {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}], "default": None}
    properties["occurred_at"] = {**moment, "title": "Occurred At", "description": "When it happened; now, where it is left out."}
    properties["channel"] = {**properties["channel"], "default": CHANNEL, "description": "How it reached us; one of the playbook's ways in."}
    return {**made, "properties": properties, "required": required, "title": kind.__name__}


def inlined(schema: Schema) -> Schema:
    """A schema that refers to nothing."""
    parts = schema.pop("$defs", {})

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return whole(parts[value["$ref"].rpartition("/")[2]])
            return {key: whole(each) for key, each in value.items()}
        return [whole(each) for each in value] if isinstance(value, list) else value

    made: Schema = whole(schema)
    return made


def every() -> dict[str, Schema]:
    """Every shape there is, by its name."""
    shapes = Shapes()
    for record in (Ticket, Envelope, FileRef, *(view.shape.row for view in ALL), *REPLIES):
        shapes.named(record)
    found = shapes.found
    told = [cls for kind, cls in KINDS.items() if kind not in LOG_KINDS or kind == "routine-done"]
    facts = [ref(shapes.named(cls)) for cls in told]
    for model in (Clause, Playbook):
        made = inlined(TypeAdapter(model).json_schema(mode="serialization" if model is Playbook else "validation"))
        found[model.__name__] = {**loosened(made), "title": model.__name__}
    clause = found["Clause"]
    clause["properties"] |= {"id": {"type": "string"}, "used": {"type": "array", "items": {"type": "string"}}}
    clause["properties"]["id"]["description"] = "Such as `L-14`."
    clause["properties"]["used"]["description"] = "Entries of the playbook that stand on it: kind and name."
    clause["required"] = ["id", "used", *clause.get("required", ())]
    found["Clauses"] = _listing("Clause", "Clauses of the process documents.")
    entry: Schema = {
        "type": "object", "title": "Entry", "required": ["ticket", "version", "kind", "digest", "envelope", "fact"],
        "description": "A fact in its envelope, at its place; the words are those of an export.",
        "properties": {
            "position": {"type": "integer", "description": "In the whole ledger; grows, with gaps. Left out of receipts."},
            "ticket": {"type": "string"}, "version": {"type": "integer", "description": "In its ticket, 1, 2, 3 … without gaps."},
            "kind": {"type": "string", "enum": [cls.kind for cls in told]},
            "digest": {"type": "string", "description": "SHA-256 over the stored row, which names the digest before it."},
            "envelope": ref("Envelope"),
            "fact": {"description": "The fact's own fields, by its kind; those that say nothing are left out.", "anyOf": facts},
        },
    }  # fmt: skip
    found["Entry"] = entry
    found["Receipt"] = {
        "type": "object", "title": "Receipt", "required": ["ticket", "version", "facts", "flags", "dry_run"],
        "description": "The answer to a command.",
        "properties": {
            "ticket": {"type": "string"}, "version": {"type": "integer", "description": "Of the ticket after it."},
            "facts": {"type": "array", "items": ref("Entry"), "description": "What was recorded; none where there was nothing new."},
            "flags": {"type": "array", "items": {"type": "string"}, "description": "What is odd about the times; accepted, and shown."},
            "dry_run": {"type": "boolean", "description": "Nothing was recorded; this is what would have been."},
        },
    }  # fmt: skip
    found["Answer"] = {
        "type": "object", "title": "Answer", "required": ["status"], "description": "What came of one of many commands.",
        "properties": {
            "status": {"type": "integer", "description": "As of a command given alone."}, "replayed": {"type": "boolean"},
            "receipt": ref("Receipt"), "problem": ref("Problem"),
        },
    }  # fmt: skip
    found["Answers"] = _listing("Answer", "What came of each command, in order.")
    found["Event"] = _event()
    found["Events"] = {
        **_listing("Event", "Facts behind a position."), "required": ["items", "next"],
    }  # fmt: skip
    found["Events"]["properties"]["next"] = {"type": "string", "description": "Send it as `after` to read on."}
    found["Problem"] = _problem()
    found |= {f"{name}Page": _page(name) for name in sorted(PAGED) if name in found}
    return found


def _page(item: str) -> Schema:
    """Some items and the cursor behind them."""
    made = _listing(item, "A page.")
    made["properties"]["next"] = {"type": ["string", "null"], "description": "Send it as `after` for the page behind; null on the last."}
    if item in ("Entry", "Step"):
        made["properties"] |= {"ticket": {"type": "string"}, "version": {"type": "integer", "description": "Of the ticket now."}}
    return {**made, "title": f"{item}Page", "required": list(made["properties"])}


def _listing(item: str, about: str) -> Schema:
    return {
        "type": "object", "description": about, "required": ["items"], "properties": {"items": {"type": "array", "items": ref(item)}},
    }  # fmt: skip


def _event() -> Schema:
    said = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "description": "The position in the ledger."},
        "source": {"type": "string", "format": "uri-reference"},
        "type": {"type": "string", "description": "`aftersales.` and the kind of the fact, `.v` and its shape.", "examples": ["aftersales.dispatched.v1"]},
        "subject": {"type": "string", "description": "The ticket."},
        "time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "datacontenttype": {"const": JSON},
        "sequence": {"type": "string", "description": "The position, as text that sorts."},
        "clauses": {"type": "string", "description": "The clauses it stands under, joined by commas."},
        "data": ref("Entry"),
    }  # fmt: skip
    about = "A fact as a CloudEvent 1.0 in structured JSON."
    return {"type": "object", "title": "Event", "description": about, "required": list(said), "properties": said}


def _problem() -> Schema:
    texts: Schema = {"type": "array", "items": {"type": "string"}}
    wrong: Schema = {
        "type": "object", "required": ["field", "detail"],
        "properties": {
            "field": {"type": "string"}, "pointer": {"type": "string", "description": "Into the body (RFC 6901)."},
            "in": {"type": "string", "description": "Where it stands, if not in the body: query, path, header."}, "detail": {"type": "string"},
        },
    }  # fmt: skip
    return {
        "type": "object", "title": "Problem", "required": ["type", "title", "status", "detail", "instance", "code"],
        "description": "Problem details (RFC 9457). `title` and `detail` are in the reader's language, the rest is for programs.",
        "properties": {
            "type": {"type": "string", "format": "uri", "description": "`urn:aftersales:problem:` and the code."},
            "title": {"type": "string"}, "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What is true; what to do."},
            "instance": {"type": "string", "format": "uri-reference"}, "code": {"type": "string", "description": "Never renamed."},
            "clauses": {**texts, "description": "Of a refusal: the clauses that say no."},
            "missing": {**texts, "description": "What is not there yet, as `kind:name`."},
            "remedies": {**texts, "description": "Commands that would make it legal."},
            "soft": {"type": "boolean", "description": "It may be gone over with `override` and a reason."},
            "legal_actions": {**texts, "description": "Commands the caller could give now to this ticket."},
            "errors": {"type": "array", "items": wrong, "description": "What is wrong with the request, place by place."},
            "version": {"type": ["integer", "null"], "description": "At which the ticket is, where another was expected."},
        },
    }  # fmt: skip
