"""更正: the form of a correction: a fact is chosen, its fields stand there as they are read now, and what differs is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

from aftersales_core.facts import Entry
from aftersales_core.playbooks import Playbook
from aftersales_core.rules.closing import correctable
from aftersales_core.state import Ticket, effective
from aftersales_core.wording import Lang, word
from aftersales_web.pages.asking import Choice, Field, capital, fields_named, moment_of, value_named

FIX: Final = "fix."
"""What the name of a field that is corrected begins with in a form."""


def candidates(history: Sequence[Entry]) -> list[Entry]:
    """The facts that can be corrected, as they are read now, the latest first."""
    return [entry for entry in reversed(effective(history)) if correctable(type(entry.fact))]


def chosen(history: Sequence[Entry], version: str) -> Entry | None:
    """The fact of that version, as it is read now; None where there is none that can be corrected."""
    return next((entry for entry in candidates(history) if str(entry.version) == version), None)


def fields(
    entry: Entry, ticket: Ticket, book: Playbook, lang: Lang, typed: Mapping[str, str] | None = None, wrong: Mapping[str, str] | None = None
) -> list[Field]:  # fmt: skip
    """The fields of a fact that can be corrected, and when it happened; with what was *typed*, where something was."""
    kind = type(entry.fact)
    names = correctable(kind)
    given = {name: getattr(entry.fact, name) for name in names if name in kind.model_fields}
    found = list(fields_named(kind, names, ticket, book, lang, prefix=FIX, given=given, wrong={}))
    label = word("field", "occurred_at", lang)
    at = entry.occurred_at.astimezone(ZoneInfo(book.timezone))
    found.append(Field(f"{FIX}occurred_at", capital(label) if lang == "en" else label, "moment", value=f"{at:%Y-%m-%dT%H:%M}"))
    return [_again(field, typed, wrong or {}) for field in found]


def _again(field: Field, typed: Mapping[str, str] | None, wrong: Mapping[str, str]) -> Field:
    told = wrong.get(field.name.removeprefix(FIX), "")
    if typed is None:
        return replace(field, wrong=told)
    value = typed.get(field.name, "")
    return replace(field, wrong=told, value=value, choices=tuple(Choice(each.value, each.label, each.value == value) for each in field.choices))


def changed(entry: Entry, ticket: Ticket, book: Playbook, typed: Mapping[str, str]) -> dict[str, Any]:
    """Field → what is right, of every field that says something else than the fact does; None where it was emptied."""
    found: dict[str, Any] = {}
    zone = ZoneInfo(book.timezone)
    for field in fields(entry, ticket, book, "zh"):
        if field.name not in typed:
            continue
        name, text = field.name.removeprefix(FIX), typed[field.name].strip()
        stood = next((each.value for each in field.choices if each.chosen), "") if field.choices else field.value
        if text == stood.strip():
            continue
        found[name] = moment_of(text, zone) if name == "occurred_at" else value_named(type(entry.fact), name, text, zone)
    return found
