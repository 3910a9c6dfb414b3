"""表单: a form as it lies on the table: a title, a number, and blocks of fields, tables, signatures and notes.

It is made in both languages at once and knows nothing of paper or screen; `page` and `text` draw it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, Protocol, TypeAlias
from unicodedata import category


class Titled(Protocol):
    """Anything that has a name in both languages."""

    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...


class Said(NamedTuple):
    """Words in Chinese and in English."""

    zh: str
    en: str


class Cell(NamedTuple):
    """A labelled place on a form.

    Attributes:
        key: which place it is, e.g. `phone`; the same in both languages.
        value: what stands there; None is room to write.
        options: boxes to tick, each with whether it is ticked.
        lines: how many lines of room there are to write.
    """

    key: str
    label: Said
    value: Said | None = None
    options: tuple[tuple[Said, bool], ...] = ()
    lines: int = 1


class Fields(NamedTuple):
    """Rows of labelled places, one to three in a row."""

    rows: tuple[tuple[Cell, ...], ...]
    title: Said | None = None
    kind: str = "fields"


class Column(NamedTuple):
    """A column of a table; *width* is its share of the whole."""

    key: str
    label: Said
    width: int


class Table(NamedTuple):
    """Rows under heads; *room* is how many empty rows follow to write in."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Said | None, ...], ...]
    room: int = 0
    title: Said | None = None
    kind: str = "table"


class Signature(NamedTuple):
    """Where somebody signs; *by* and *on* where it is known who did and when."""

    key: str
    label: Said
    by: Said | None = None
    on: Said | None = None


class Signatures(NamedTuple):
    """Signatures beside each other."""

    places: tuple[Signature, ...]
    kind: str = "signatures"


class Note(NamedTuple):
    """A remark in small print."""

    text: Said
    kind: str = "note"


Block: TypeAlias = Fields | Table | Signatures | Note


class Form(NamedTuple):
    """One form.

    Attributes:
        name: of the paper, or of the register it is printed from.
        number: its own, e.g. of the slip; empty where it has none.
        ticket: the ticket's number; empty on a register and on an empty form.
        house: whose form it is; *edition* of the rules it was made under.
        wide: lies on its long side.
    """

    name: str
    title: Said
    number: str
    ticket: str
    house: Said
    edition: str
    blocks: tuple[Block, ...]
    wide: bool = False


def pick(said: Titled, lang: str) -> str:
    """The words in *lang*."""
    return said.zh if lang == "zh" else said.en


_TURNS: Final = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of writing, and could make a form say what nobody wrote."""


def harmless(text: str) -> str:
    """*text* without control signs, line breaks kept: no terminal and no page does anything but show it."""
    clean = (" " if category(sign) in {"Cc", "Cs"} and sign != "\n" else sign for sign in text if sign not in _TURNS)
    return "".join(clean)


def alike(text: str) -> Said:
    """Words that are the same in both languages, e.g. what a customer is called."""
    clean = harmless(text)
    return Said(clean, clean)


def retold(form: Form, tell: Callable[[str, str], str]) -> Form:
    """*form* with every value told anew, e.g. with telephone numbers masked.

    Args:
        tell: key of the place and its text → the text to show.
    """

    def said(key: str, value: Said | None) -> Said | None:
        return None if value is None else Said(tell(key, value.zh), tell(key, value.en))

    def block(old: Block) -> Block:
        match old:
            case Fields():
                rows = (tuple(cell._replace(value=said(cell.key, cell.value)) for cell in row) for row in old.rows)
                return old._replace(rows=tuple(rows))
            case Table():
                keys = [column.key for column in old.columns]
                return old._replace(
                    rows=tuple(tuple(map(said, keys, row)) for row in old.rows)
                )  # fmt: skip
            case Signatures():
                return old._replace(places=tuple(p._replace(by=said(p.key, p.by)) for p in old.places))
            case Note():
                return old

    return form._replace(blocks=tuple(map(block, form.blocks)))


def extra_block(extra: Iterable[tuple[Titled, Said | None]], title: Said) -> tuple[Fields, ...]:
    """A house's own fields as a block of its own, two in a row; no block where there are none."""
    cells = [Cell("extra", Said(harmless(label.zh), harmless(label.en)), value) for label, value in extra]
    rows = tuple(tuple(cells[at : at + 2]) for at in range(0, len(cells), 2))
    return (Fields(rows, title),) if rows else ()
