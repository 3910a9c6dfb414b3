"""表单项: a command's own schema as fields of a form, and a filled-in form as what the core is given.

Nothing of a command is said twice: its fields, their kinds, what is required and what may be chosen are read off the
class of the core; what a ticket or the playbook offers (visits, lines, papers, checks) is offered to be chosen.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Final, Literal, get_args, get_origin
from zoneinfo import ZoneInfo

from pydantic import BaseModel, StringConstraints
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData

from aftersales_core.playbooks import Playbook
from aftersales_core.rules import Command
from aftersales_core.rules.asks import applies
from aftersales_core.state import Ticket
from aftersales_core.wording import Lang, word
from aftersales_web.numbers import whole

ENVELOPE: Final = frozenset(Command.model_fields) | {"command"}
"""Fields every command has; a form asks for `override` and `occurred_at` in places of their own."""

MANY_LINES: Final = 4000
"""A text that may be this long gets room for several lines."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    Attributes:
        kind: text, lines (of text), number, money, day, moment, yes (a tick), yes-no, one (of *choices*), some (of
            *choices*), names (several words), records (a row of *parts* for each of *rows*).
        value: what stands there.
        wrong: why what stood there was not taken.
    """

    name: str
    label: str
    kind: str
    required: bool = False
    value: str = ""
    choices: tuple[Choice, ...] = ()
    parts: tuple[Field, ...] = ()
    rows: tuple[tuple[Field, ...], ...] = ()
    about: tuple[str, ...] = ()
    wrong: str = ""
    low: int | None = None
    high: int | None = None

    @property
    def wide(self) -> bool:
        """Whether it wants a whole line of a form."""
        return self.kind in ("lines", "records", "some", "names")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a form is made for: a ticket under its playbook, and a reader."""

    ticket: Ticket
    book: Playbook
    lang: Lang
    zone: ZoneInfo
    people: Mapping[str, str]
    given: Mapping[str, Any]
    wrong: Mapping[str, str]


def fields_of(
    command: type[Command], ticket: Ticket, book: Playbook, lang: Lang, *, people: Mapping[str, str] | None = None,
    given: Mapping[str, Any] | None = None, wrong: Mapping[str, str] | None = None,
) -> tuple[Field, ...]:  # fmt: skip
    """The fields of a form for *command* on *ticket*, those without which it is nothing first.

    Args:
        people: who could be named, account → name.
        given: what to fill in, as `values_of` reads it.
        wrong: field → why it was not taken.
    """
    asked = Asked(ticket, book, lang, ZoneInfo(book.timezone), people or {}, given or {}, wrong or {})
    needed = {name for need in book.requirements.get(command.name(), ()) if need.of == "command" and not need.when for name in need.fields}
    found = [_field(name, info, asked, name in needed) for name, info in shape_of(command).items()]
    return tuple(sorted((field for field in found if field is not None), key=lambda field: not field.required))


def fields_named(
    model: type[BaseModel], names: Iterable[str], ticket: Ticket, book: Playbook, lang: Lang, *, prefix: str, given: Mapping[str, Any],
    wrong: Mapping[str, str],
) -> tuple[Field, ...]:  # fmt: skip
    """The fields of *model* that are *names* and hold one plain value, in a form where their names begin with *prefix*."""
    model.model_rebuild()
    asked = Asked(ticket, book, lang, ZoneInfo(book.timezone), {}, given, wrong)
    found = (_field(name, model.model_fields[name], asked, False) for name in names if name in model.model_fields)
    return tuple(
        replace(field, name=prefix + field.name, required=False, kind="yes-no" if field.kind == "yes" else field.kind)
        for field in found if field is not None and field.kind not in ("records", "some", "names")
    )  # fmt: skip


def value_named(model: type[BaseModel], name: str, text: str, zone: ZoneInfo) -> Any:
    """What *text* says in the field *name* of *model*, as a fact keeps it; None where it says nothing."""
    kind, _inner = _kind(model.model_fields[name].annotation, tuple(model.model_fields[name].metadata))
    return _one("yes-no" if kind == "yes" else kind, text, zone) if text else None


@cache
def shape_of(command: type[Command]) -> Mapping[str, FieldInfo]:
    """The fields of a command that are its own."""
    command.model_rebuild()
    return {name: info for name, info in command.model_fields.items() if name not in ENVELOPE}


def values_of(command: type[Command], form: FormData, zone: ZoneInfo) -> dict[str, Any]:
    """What a filled-in form says, as the command takes it; what was left empty is left out.

    Times without a zone are meant in *zone*; money is written in yuan.
    """
    found: dict[str, Any] = {}
    for name, info in shape_of(command).items():
        kind, inner = _kind(info.annotation, tuple(info.metadata))
        value = _said(name, kind, inner, form, zone)
        if value is not None:
            found[name] = value
    return found


# --- from a schema to fields


def _field(name: str, info: FieldInfo, asked: Asked, needed: bool) -> Field | None:
    kind, inner = _kind(info.annotation, tuple(info.metadata))
    if kind in ("skip", "mapping"):
        return None
    label = _label(name, asked.lang)
    required = info.is_required() or needed
    if kind == "yes" and required:
        kind = "yes-no"  # a tick left out would say no where nothing was said
    given = asked.given.get(name, None if info.is_required() else info.default)
    wrong = asked.wrong.get(name, "")
    if kind == "records":
        return _records(name, label, inner, asked, required, wrong)
    choices = _choices(name, kind, inner, asked, given)
    if kind == "number" and choices is not None:
        kind = "one"
    if choices is not None and kind in ("one", "text"):
        if len(choices) == 1 and not required and name in _PARTS:
            return None  # there is but one, and the core finds it by itself
        return Field(name, label, "one", required, choices=choices, wrong=wrong)
    if choices is not None:
        return Field(name, label, "some", required, choices=choices, wrong=wrong)
    low, high = (inner if kind == "number" else (None, None)) or (None, None)
    return Field(name, label, kind, required, _shown(kind, given, asked.zone), wrong=wrong, low=low, high=high)


_PARTS: Final = frozenset({"visit", "leftover", "complaint"})


def capital(told: str) -> str:
    """An id as words: `make-appointment` as `Make appointment`."""
    words = told.replace("-", " ").replace("_", " ")
    return words[:1].upper() + words[1:]


def _label(name: str, lang: Lang) -> str:
    told = word("field", name, lang)
    return capital(told) if lang == "en" else told


def _kind(annotation: Any, metadata: Sequence[Any]) -> tuple[str, Any]:
    """What kind of field a type is, and what else there is to know of it."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        return _kind(inner, [*metadata, *_flat(more)])
    if origin in (typing.Union, types.UnionType):
        rest = [each for each in get_args(annotation) if each is not type(None)]
        kind, inner = _kind(rest[0], metadata)
        return ("yes-no" if kind == "yes" else kind), inner
    if origin is Literal:
        return "one", get_args(annotation)
    if origin is tuple:
        item = get_args(annotation)[0]
        if isinstance(item, type) and issubclass(item, BaseModel):
            return "records", item
        kind, inner = _kind(item, ())
        return "names", (kind, inner)
    if origin is dict:
        return "mapping", None
    if annotation is bool:
        return "yes", None
    if annotation is int:
        low = next((each.ge for each in metadata if hasattr(each, "ge")), None)
        high = next((each.le for each in metadata if hasattr(each, "le")), None)
        return ("money", None) if high == 10**12 else ("number", (low, high))
    if annotation is date:
        return "day", None
    if annotation is str:
        bound = next((each for each in metadata if isinstance(each, StringConstraints)), None)
        return ("lines" if bound is not None and bound.max_length == MANY_LINES else "text"), bound
    return "moment", None  # what is left are moments; a test looks at every command


def _flat(metadata: Iterable[Any]) -> list[Any]:
    return [inner for each in metadata for inner in (each.metadata if isinstance(each, FieldInfo) else [each])]


def _choices(name: str, kind: str, inner: Any, asked: Asked, given: Any) -> tuple[Choice, ...] | None:
    """What a field offers to choose from; None where it is written."""
    chosen = {str(each) for each in given} if isinstance(given, tuple | list) else {str(given)} if given is not None else set()

    def made(pairs: Iterable[tuple[str, str]]) -> tuple[Choice, ...]:
        return tuple(Choice(value, label, value in chosen) for value, label in pairs)

    if (offered := _OFFERS.get("settles" if name == "lines" else name)) is not None:
        pairs = offered(asked)
        return made(pairs) if pairs is not None else None
    if kind == "one":
        return made((value, _literal(name, value, asked)) for value in inner)
    if kind == "number" and inner == (1, 5):
        return made((str(n), word("score", n, asked.lang)) for n in range(5, 0, -1))
    return None


def _literal(name: str, value: str, asked: Asked) -> str:
    """The words of a value of a closed list."""
    for vocabulary in (_VOCABULARIES.get(name, ""), name, "value"):
        if vocabulary and (told := word(vocabulary, value, asked.lang)) != value:
            return told
    return value


_VOCABULARIES: Final = {"stage": "stage", "step": "paper-step", "by": "signer", "time_of_day": "time-of-day"}
"""Field → vocabulary of its values, where it is not called like the field."""

_Offer = Callable[[Asked], "list[tuple[str, str]] | None"]


def _visits(asked: Asked) -> list[tuple[str, str]]:
    return [(str(visit.no), f"{visit.no} · {word('state', visit.state, asked.lang)}") for visit in reversed(asked.ticket.visits)]


def _leftovers(asked: Asked) -> list[tuple[str, str]]:
    return [(str(each.no), f"{each.no} · {'、'.join(line.item for line in each.lines)[:40]}") for each in reversed(asked.ticket.leftovers)]


def _complaints(asked: Asked) -> list[tuple[str, str]]:
    return [(str(each.no), str(each.no)) for each in reversed(asked.ticket.complaints)]


def _lines(asked: Asked) -> list[tuple[str, str]]:
    return [(line.id, f"{line.id} · {line.item} × {line.qty}") for line in asked.ticket.lines if line.open]


def _papers(asked: Asked) -> list[tuple[str, str]]:
    names = dict.fromkeys([paper.paper for paper in asked.book.paper] + list(asked.book.forms))
    return [(name, _titled(f"paper:{name}", "paper", name, asked)) for name in names]


def _checks(asked: Asked) -> list[tuple[str, str]] | None:
    """The items of the lists that are for tickets like this one."""
    rules = [rule for rule in asked.book.checklist if applies(rule.when, None, asked.ticket)]
    return [(item.id, getattr(item.title, asked.lang)) for rule in rules for item in rule.items] or None


def _people(asked: Asked) -> list[tuple[str, str]] | None:
    return [(account, name) for account, name in asked.people.items()] or None


def _notices(asked: Asked) -> list[tuple[str, str]]:
    return [(each.id, _titled(f"notice:{each.id}", "notice", each.id, asked)) for each in asked.book.notice]


def _titled(key: str, vocabulary: str, name: str, asked: Asked) -> str:
    title = asked.book.titles.get(key)
    return getattr(title, asked.lang) if title is not None else word(vocabulary, name, asked.lang)


_OFFERS: Final[Mapping[str, _Offer]] = {
    "visit": _visits, "leftover": _leftovers, "complaint": _complaints, "line": _lines, "settles": _lines,
    "papers": _papers, "paper": _papers, "items": _checks, "check": _checks, "crew": _people, "notice": _notices,
}  # fmt: skip
"""Field → what is offered for it: a function of what the form is made for."""


def _records(name: str, label: str, record: type[BaseModel], asked: Asked, required: bool, wrong: str) -> Field:
    """A row of fields a record: one for each open line where it is about a line, else some to fill in."""
    record.model_rebuild()
    about_lines = "line" in record.model_fields
    given = asked.given.get(name, ())
    told: list[Mapping[str, Any]] = [each if isinstance(each, Mapping) else each.model_dump() for each in given]
    if about_lines:
        known = {str(each.get("line")): each for each in told}
        told = [{"line": line.id, **known.get(line.id, {})} for line in asked.ticket.lines if line.open]
        about = tuple(f"{line.id} · {line.item} × {line.qty}" for line in asked.ticket.lines if line.open)
    else:
        told = told + [{}] * max(1, 3 - len(told))
        about = ()
    rows = tuple(tuple(_part(f"{name}.{at}", record, each, asked)) for at, each in enumerate(told))
    return Field(name, label, "records", required, rows=rows, about=about, wrong=wrong)


def _part(prefix: str, record: type[BaseModel], told: Mapping[str, Any], asked: Asked) -> Iterable[Field]:
    for name, info in record.model_fields.items():
        kind, inner = _kind(info.annotation, tuple(info.metadata))
        given = told.get(name)
        if name == "line":
            yield Field(f"{prefix}.line", "", "hidden", value=str(given))
            continue
        low, high = inner if kind == "number" and inner else (None, None)
        yield Field(
            f"{prefix}.{name}", _label(name, asked.lang), kind, False, _shown(kind, given, asked.zone),
            wrong=asked.wrong.get(f"{prefix}.{name}", ""), low=low, high=high,
        )  # fmt: skip


def _shown(kind: str, value: Any, zone: ZoneInfo) -> str:
    """A value as a browser's field holds it."""
    if value is None or value == ():
        return ""
    if kind == "moment" and isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%dT%H:%M}"
    if kind == "day" and isinstance(value, date):
        return value.isoformat()
    if kind == "money" and isinstance(value, int):
        return yuan(value)
    if kind in ("yes", "yes-no"):
        return "yes" if value is True else "no" if value is False and kind == "yes-no" else ""
    if isinstance(value, tuple | list):
        return "、".join(str(each) for each in value)
    return str(value)


# --- from a form to values


def _said(name: str, kind: str, inner: Any, form: FormData, zone: ZoneInfo) -> Any:
    """What a form says in a field, as the core takes it; None where nothing."""
    if kind == "records":
        return _said_records(name, inner, form, zone)
    if kind == "names":
        # ticked ones come one by one, written ones in one line
        told = [word for each in form.getlist(name) if isinstance(each, str) for word in re.split(r"[、,，;；\s]+", each) if word]
        return told or None
    value = form.get(name)
    text = value.strip() if isinstance(value, str) else ""
    if kind == "yes":
        # a browser is silent about a tick that is not set; what stands for no is said by radio buttons only
        return {"yes": True, "on": True, "true": True, "no": False, "false": False}.get(text)
    return _one(kind, text, zone) if text else None


def _one(kind: str, text: str, zone: ZoneInfo) -> Any:
    if kind == "yes-no":
        return {"yes": True, "no": False}.get(text, text)
    if kind == "number":
        return text if (number := whole(text)) is None else number
    if kind == "money":
        return fen_of(text)
    if kind == "moment":
        return moment_of(text, zone)
    return text


def yuan(fen: int) -> str:
    """分 as yuan: `12.50` of 1250."""
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(text: str) -> int | str:
    """`12.5` yuan in 分; what is no amount of money stays as it is, so that the core can say what is wrong with it."""
    found = re.fullmatch(r"¥?\s*([0-9]{1,10})(?:\.([0-9]{1,2}))?", text)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0")) if found else text


def moment_of(text: str, zone: ZoneInfo) -> str:
    """A moment of a browser's field, which has no zone, in the house's; anything else stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).isoformat()


def _said_records(name: str, record: type[BaseModel], form: FormData, zone: ZoneInfo) -> list[dict[str, Any]] | None:
    """The rows that say anything beside what they are about."""
    numbers = sorted({int(found[1]) for key in form if (found := re.match(rf"{re.escape(name)}\.([0-9]{{1,3}})\.", key))})
    rows = []
    for at in numbers:
        row: dict[str, Any] = {}
        for part, info in record.model_fields.items():
            kind, inner = _kind(info.annotation, tuple(info.metadata))
            value = _said(f"{name}.{at}.{part}", kind, inner, form, zone)
            if value is not None:
                row[part] = value
        telling = {part for part, value in row.items() if part != "line" and value is not False}
        if telling - ({"qty"} if "item" in record.model_fields else set()):
            rows.append(row)
    return rows or None
