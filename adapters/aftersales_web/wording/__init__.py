"""措辞: what the pages say, in Chinese and English, beside the vocabularies of the core; a module for each column."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

from aftersales_core.wording import Lang
from aftersales_web.wording import (
    api,
    board,
    calls,
    clauses,
    customer,
    frame,
    papers,
    people,
    plan,
    replay,
    rules,
    search,
    stock,
    ticket,
    today,
    visits,
)

MODULES: Final[tuple[ModuleType, ...]] = (
    frame, people, ticket, replay, search, clauses, today, board, plan, rules, calls, api, stock, papers, visits, customer,
)  # fmt: skip
"""Every module has `ZH` and `EN`, with the same codes; no code stands in two of them. A test holds them to it."""

PHRASES: Final[dict[Lang, dict[str, str]]] = {
    "zh": {code: phrase for module in MODULES for code, phrase in module.ZH.items()},
    "en": {code: phrase for module in MODULES for code, phrase in module.EN.items()},
}
"""Language → code → phrase."""


def said(code: str, lang: Lang, /, **facts: Any) -> str:
    """The phrase of *code*; `{name}` in it is replaced. Raises KeyError for a phrase nobody has written."""
    return PHRASES[lang][code].format(**facts)
