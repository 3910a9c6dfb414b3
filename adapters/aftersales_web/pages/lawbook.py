"""条款册: the clauses of the register as people look them up: what they say, how they are carried, what they govern."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from aftersales_core.playbooks import Clause, Playbook
from aftersales_core.playbooks.register import catalogue, clauses, entries, series, shown
from aftersales_core.rules import COMMANDS
from aftersales_core.wording import Lang, listed, word
from aftersales_web.pages.asking import capital

PAGES: Final = {
    "board": "/board", "worklist": "/", "calls": "/calls", "leftovers": "/warehouse", "goods": "/warehouse", "papers": "/papers",
    "slips": "/papers", "sheets": "/papers",
}  # fmt: skip
"""View → the page that shows it."""

_TITLED: Final = {"task": "task", "clock": "clock", "routine": "routine", "notice": "notice", "form": "paper", "paper": "paper",
                  "checklist": "checklist", "field": "custom"}  # fmt: skip
"""Kind of place → what a house may have called it itself."""


class Place(NamedTuple):
    """Something that a clause governs: its kind, what people call it, the page where it can be seen."""

    kind: str
    name: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Law:
    """One clause.

    Attributes:
        governs: what carries it: duties, conditions, clocks, facts, forms …
        shows: (feature, scenario) of every scenario that shows it and passed; *passes*: how many times.
    """

    id: str
    clause: Clause
    governs: tuple[Place, ...]
    shows: tuple[tuple[str, str], ...]
    passes: int


class Chapter(NamedTuple):
    """A series of clauses with its title."""

    id: str
    title: str
    laws: tuple[Law, ...]


class _Held:
    """A playbook, compared by which one it is: its pages are made once."""

    def __init__(self, book: Playbook) -> None:
        self.book = book

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Held) and other.book is self.book

    def __hash__(self) -> int:
        return id(self.book)


@lru_cache(maxsize=8)
def _chapters(held: _Held, lang: Lang) -> tuple[Chapter, ...]:
    book = held.book
    used: dict[str, list[Place]] = {}
    for kind, name, cited in entries(book):
        for id_ in cited:
            used.setdefault(id_, []).extend(_entry(kind, name, book, lang))
    found: dict[str, list[Law]] = {}
    proofs = shown()
    for id_, clause in clauses().items():
        places = dict.fromkeys([*used.get(id_, ()), *(place for where in clause.where for place in _where(where, book, lang))])
        passed = [each for each in proofs.get(id_, ()) if each.outcome == "passed"]
        shows = tuple((each.feature.removeprefix("features/"), each.scenario) for each in passed)
        found.setdefault(series(id_), []).append(Law(id_, clause, tuple(places), shows, sum(each.rows for each in passed)))
    titles = catalogue()
    return tuple(Chapter(name, str(getattr(titles[name], lang)) if name in titles else name, tuple(laws)) for name, laws in found.items())


def lawbook(book: Playbook, lang: Lang, *, q: str = "", carried: str = "") -> list[Chapter]:
    """Every clause by series, or those in whose text or id *q* stands and that are *carried* so."""
    wanted = q.casefold()

    def fits(law: Law) -> bool:
        text = f"{law.id} {law.clause.zh} {law.clause.en} {law.clause.source}".casefold()
        return wanted in text and (not carried or (law.clause.carried or "open") == carried)

    chapters = (chapter._replace(laws=tuple(filter(fits, chapter.laws))) for chapter in _chapters(_Held(book), lang))
    return [chapter for chapter in chapters if chapter.laws]


def tally(book: Playbook, lang: Lang) -> dict[str, int]:
    """How many clauses are carried in which way; `open` where nobody has looked yet."""
    counts: dict[str, int] = {}
    for chapter in _chapters(_Held(book), lang):
        for law in chapter.laws:
            key = law.clause.carried or "open"
            counts[key] = counts.get(key, 0) + 1
    return counts


def _said(vocabulary: str, name: str, lang: Lang) -> str:
    told = word(vocabulary, name, lang)
    return capital(told) if lang == "en" and vocabulary == "command" else told


def _titled(kind: str, name: str, book: Playbook, lang: Lang) -> str:
    title = book.titles.get(f"{_TITLED[kind]}:{name}")
    return str(getattr(title, lang)) if title is not None else word(_TITLED[kind], name, lang)


def _entry(kind: str, name: str, book: Playbook, lang: Lang) -> Iterator[Place]:
    """An entry of the playbook in words."""
    if kind in ("duty", "required"):
        yield Place(kind, _said("command", name, lang))
    elif kind == "guard":
        commands = next((guard.commands for guard in book.guard if guard.id == name), ())
        yield Place(kind, listed((_said("command", each, lang) for each in commands), lang) if commands else name)
    elif kind == "setting":
        yield Place(kind, f"{name} = {book.setting[name].value}")
    elif kind == "choice":
        chosen = next((each for each in book.choice if each.id == name), None)
        yield Place(kind, str(getattr(chosen.options[chosen.value].title, lang)) if chosen is not None and chosen.value in chosen.options else name)
    elif kind == "gap":
        found = next((str(getattr(each.says, lang)) for each in book.gap if each.id == name), name)
        yield Place(kind, found)
    elif kind in _TITLED:
        yield Place(kind, _titled(kind, name, book, lang), "/papers" if kind in ("paper", "form") else "")
    else:
        yield Place(kind, name)


def _where(where: str, book: Playbook, lang: Lang) -> Iterator[Place]:
    """A place of the register in words."""
    kind, colon, name = where.partition(":")
    if not colon:
        if where in COMMANDS:
            yield Place("duty", _said("command", where, lang))
        elif any(guard.id == where for guard in book.guard):
            yield from _entry("guard", where, book, lang)
        elif where in book.setting:
            yield from _entry("setting", where, book, lang)
        elif where in book.forms:
            yield from _entry("form", where, book, lang)
        # what is left is cited by an entry under another name, which is told already
    elif kind == "fact":
        fact, _, field = name.partition(".")
        yield Place(kind, word("fact", fact, lang) + (f" · {_said('field', field, lang)}" if field else ""))
    elif kind == "move":
        yield Place(kind, word("fact", name.partition(".")[2], lang))
    elif kind == "view":
        yield Place(kind, word("register", name, lang), PAGES.get(name, ""))
    elif kind == "envelope":
        yield Place(kind, _said("field", name, lang))
    elif kind in _TITLED:
        yield from _entry(kind, name, book, lang)
    else:
        yield Place(kind, name)
