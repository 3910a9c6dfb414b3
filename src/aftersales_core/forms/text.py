"""文字版: forms as plain text for a terminal; a Chinese sign is two columns wide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from unicodedata import east_asian_width

from aftersales_core.forms.model import (
    Block,
    Cell,
    Fields,
    Form,
    Note,
    Said,
    Signatures,
    Table,
    pick,
)

BLANK = "_"


def plain(forms: Iterable[Form], lang: str = "zh", width: int = 96) -> str:
    """*forms* as text of *width* columns; labels in *lang*, titles in Chinese always."""
    return "\n\n".join("\n".join(line.rstrip() for line in _form(form, lang, width)) for form in forms) + "\n"


def columns(text: str) -> int:
    """Columns *text* takes in a terminal."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def padded(text: str, width: int) -> str:
    return text + " " * max(width - columns(text), 0)


def wrapped(text: str, width: int) -> list[str]:
    """*text* in lines of at most *width* columns."""
    lines: list[str] = []
    for part in text.split("\n"):
        line, taken = "", 0
        for sign in part:
            if taken + columns(sign) > width and line:
                lines.append(line)
                line, taken = "", 0
            line += sign
            taken += columns(sign)
        lines.append(line)
    return lines


def _form(form: Form, lang: str, width: int) -> Iterator[str]:
    title = form.title.zh if lang == "zh" else f"{form.title.zh} · {form.title.en}"
    number = " ".join(filter(None, (form.number and f"№ {form.number}", form.ticket)))
    yield padded(title, max(width - columns(number), columns(title) + 2)) + number
    yield "=" * width
    for block in form.blocks:
        heading = getattr(block, "title", None)
        if heading is not None:
            yield from ("", f"[{pick(heading, lang)}]")
        yield from _block(block, lang, width)


def _block(block: Block, lang: str, width: int) -> Iterator[str]:
    match block:
        case Fields():
            for row in block.rows:
                yield from _beside([_place(cell, lang) for cell in row], [width // len(row)] * len(row))
        case Table():
            yield from _table(block, lang, width)
        case Signatures():
            yield ""
            places = [f"{pick(p.label, lang)}: {_value(p.by, lang) or BLANK * 12}\n{_value(p.on, lang)}" for p in block.places]
            yield from _beside(places, [width // len(places)] * len(places))
        case Note():
            yield ""
            yield from wrapped(pick(block.text, lang), width)


def _value(value: Said | None, lang: str) -> str:
    return "" if value is None else pick(value, lang)


def _place(cell: Cell, lang: str) -> str:
    if cell.options:
        said = "  ".join(f"[{'x' if ticked else ' '}] {pick(option, lang)}" for option, ticked in cell.options)
    else:
        said = _value(cell.value, lang) or BLANK * 12
    return f"{pick(cell.label, lang)}: {said}"


def _beside(texts: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Texts beside each other, each wrapped within its own width."""
    blocks = [wrapped(text, width - 2) for text, width in zip(texts, widths, strict=True)]
    for at in range(max(map(len, blocks))):
        yield "".join(padded(b[at] if at < len(b) else "", w) for b, w in zip(blocks, widths, strict=True))


def _table(table: Table, lang: str, width: int) -> Iterator[str]:
    whole = sum(column.width for column in table.columns)
    widths = [max(width * column.width // whole, 5) for column in table.columns]
    yield from _beside([pick(column.label, lang) for column in table.columns], widths)
    yield "-" * width
    for row in table.rows:
        yield from _beside([_value(value, lang) or "—" for value in row], widths)
    for _ in range(table.room):
        yield "".join(padded(BLANK * (w - 2), w) for w in widths)
