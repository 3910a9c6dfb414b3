"""进出: what an entry of the log of accesses says, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from aftersales_core.wording.saying import LANGS, Lang, listed, word


def who(role: str, lang: Lang) -> str:
    """In which role somebody acted: one of the playbook, or one that only the door knows."""
    return word("access", role, lang) if role in LANGS[lang].WORDS["access"] else word("role", role, lang)


def details(fields: Mapping[str, object], lang: Lang, told: Callable[[datetime], str] = str) -> list[tuple[str, str]]:
    """Label and content of each field that says something.

    Args:
        fields: of the fact, by name.
        told: how a moment is written.
    """

    def content(name: str, value: object) -> str:
        if isinstance(value, datetime):
            return told(value)
        if isinstance(value, tuple | list):
            return listed((content(name, each) for each in value), lang)
        if name in ("roles", "fields"):
            return word(name.removesuffix("s"), value, lang)
        if value is True:
            return word("access", "yes", lang)
        return word("access", value, lang) if name in ("cause", "scopes") else str(value)

    def label(name: str) -> str:
        found = word("access-field", name, lang)
        return word("field", name, lang) if found == name else found

    said = {name: value for name, value in fields.items() if value is not None and value is not False and value not in ("", (), [])}
    return [(label(name), content(name, value)) for name, value in said.items()]
