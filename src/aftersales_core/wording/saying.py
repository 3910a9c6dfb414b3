"""造句: sentences from codes and facts, in Chinese and English.

A template is an ordinary format string; after the colon stands the vocabulary its value is looked up in:
`{stage:stage}`, `{roles:role}`, `{missing:missing}`. A list is joined the way the language joins it.
"""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal, TypeAlias

from aftersales_core.wording import en, zh

Lang: TypeAlias = Literal["zh", "en"]

LANGS: Final[dict[str, Any]] = {"zh": zh, "en": en}


def word(vocabulary: str, key: object, lang: Lang) -> str:
    """The name of *key* in a vocabulary such as `stage`, `fact`, `command`, `role`, `field`; *key* itself if unknown."""
    if key is None:
        return "—"
    words: Mapping[str, str] = LANGS[lang].WORDS.get(vocabulary, {})
    return words.get(str(key), str(key))


Titles: TypeAlias = Mapping[str, Mapping[str, str]]
"""Words of a playbook's own: `kind:name` → language → words."""


def missing(item: str, lang: Lang, titles: Titles | None = None) -> str:
    """What is missing, from its `kind:name` word.

    Args:
        titles: what the playbook calls things of its own.
    """
    kind, _, name = item.partition(":")
    own = titles or {}
    if kind == "step":
        paper, _, step = name.partition(".")
        called = own.get(f"paper:{paper}", {}).get(lang) or word("paper", paper, lang)
        return str(LANGS[lang].PARTS[kind]).format(called, word("paper-step", step, lang))
    if item in own:
        called = own[item][lang]
        return str(LANGS[lang].PARTS[kind]).format(called) if kind in LANGS[lang].PARTS else called
    if kind == "amount":
        return str(LANGS[lang].PARTS[kind]).format(*name.split(" "))
    if kind in {"line", "visit", "slip", "complaint", "class", "channel"}:
        return str(LANGS[lang].PARTS[kind]).format(name)
    return word(kind, name, lang)


class _Sentence(string.Formatter):
    def __init__(self, lang: Lang, titles: Titles | None = None) -> None:
        self.lang = lang
        self.titles = titles or {}

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        return kwargs.get(str(key), "")

    def format_field(self, value: Any, spec: str) -> str:
        if isinstance(value, tuple | list | set | frozenset):
            if not value and not spec:
                return "[]"
            return listed((self.format_field(item, spec) for item in value), self.lang)
        if spec == "missing":
            return missing(str(value), self.lang, self.titles)
        if spec == "part":
            return word("part", value, self.lang)
        if f"{spec}:{value}" in self.titles:
            return self.titles[f"{spec}:{value}"][self.lang]
        if isinstance(value, Mapping):
            return str(value.get(self.lang, ""))
        if spec:
            return word(spec, value, self.lang)
        return str(value)


def listed(items: Iterable[str], lang: Lang) -> str:
    """Items joined the way the language joins them."""
    return ("、" if lang == "zh" else ", ").join(items)


def sentence(code: str, facts: Mapping[str, Any], lang: Lang) -> str:
    """One clear sentence: what is true; what is missing; the clause; the way on."""
    tables = LANGS[lang]
    writer = _Sentence(lang, facts.get("titles"))
    own = facts.get("says", {}).get(lang)
    # what a playbook says of its own guard may hold any sign, and is no template
    plain = own.replace("{", "{{").replace("}", "}}") if own else None
    template: str = plain or tables.SENTENCES.get(code) or tables.SENTENCES["other"]
    told = {"code": code, **facts}
    if (why := tables.REASONS.get(told.get("check"))) is not None:
        told["reason"] = writer.vformat(why, (), told.get("limits", {}))
    said = writer.vformat(template, (), told)
    if facts.get("missing") and "{missing" not in template:
        said += writer.vformat(tables.MISSING, (), facts)
    if facts.get("remedies"):
        said += writer.vformat(tables.REMEDY, (), facts)
    if facts.get("soft"):
        said += tables.OVERRIDE
    if facts.get("clauses"):
        said += writer.vformat(tables.CLAUSES, (), facts)
    return said


def codes(lang: Lang) -> frozenset[str]:
    """Every code there is a sentence for."""
    return frozenset(LANGS[lang].SENTENCES)
