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

from aftersales_core.rules import Command
from aftersales_web.api.commands import KNOWN
from aftersales_web.api.telling import ref

Schema = dict[str, Any]

_PLAIN: Final[dict[Any, Schema]] = {
    str: {"type": "string"}, int: {"type": "integer"}, float: {"type": "number"}, bool: {"type": "boolean"}, type(None): {"type": "null"},
    datetime: {"type": "string", "format": "date-time"}, date: {"type": "string", "format": "date"},
    timedelta: {"type": "number", "description": "Seconds."}, Any: {}, object: {},
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
        if isinstance(hint, type) and (is_dataclass(hint) or hasattr(hint, "_fields") or issubclass(hint, BaseModel)):
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
        names = [each.name for each in fields(record)] if is_dataclass(record) else list(record._fields)
        about, told = said_of(record)
        made: dict[str, Schema] = {}
        for name in names:
            made[name] = self.of(hints[name])
            if name in told:
                made[name] = {**made[name], "description": told[name]}
        return {"type": "object", "title": record.__name__, "description": about, "properties": made, "required": names}

    def _model(self, model: type[BaseModel]) -> Schema:
        """A model of pydantic as it is dumped: what is None is left out, and masked data keeps no pattern."""
        made = TypeAdapter(model).json_schema(ref_template="#/components/schemas/{model}")
        for name, part in made.pop("$defs", {}).items():
            self.found.setdefault(name, loosened(part))
        return {**loosened(made), "title": model.__name__, "description": said_of(model)[0]}


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
    return list(getattr(record, "_fields", ())) or list(getattr(record, "model_fields", ()))


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
    made = TypeAdapter(kind).json_schema(ref_template="#/components/schemas/{model}")
    made.pop("$defs", None)
    properties = {name: each for name, each in made["properties"].items() if name not in KNOWN}
    required = [name for name in made.get("required", ()) if name in properties and name != "occurred_at"]
    return {**made, "properties": properties, "required": required, "title": f"{kind.__name__}"}


