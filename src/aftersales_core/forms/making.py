"""制表: makes a form from a ticket, or from the rows of a register."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final
from zoneinfo import ZoneInfo

from aftersales_core.errors import BadInput
from aftersales_core.facts import Entry
from aftersales_core.forms.layout import (
    PAPERS,
    REGISTERS,
    TICKS,
    Grid,
    Lines,
    Paper,
    Part,
    Print,
    Register,
    Sign,
)
from aftersales_core.forms.model import (
    Block,
    Cell,
    Column,
    Fields,
    Form,
    Note,
    Said,
    Signature,
    Signatures,
    Table,
    Titled,
    alike,
    extra_block,
)
from aftersales_core.forms.values import Case, day_of, of_line, token, word, written
from aftersales_core.playbooks import CustomField, Playbook
from aftersales_core.state import Leftover, Ticket, Visit

NOBODY: Final = Ticket("")
"""The ticket of a form that is printed empty."""


def title(name: str) -> Said:
    """What the form or the register *name* is called, without its marks."""
    said = word("paper" if name in PAPERS else "register", name)
    return Said(said.zh.strip("《》"), said.en)


def paper_form(
    name: str,
    ticket: Ticket,
    playbook: Playbook,
    *,
    history: Sequence[Entry] = (),
    visit: int | None = None,
    leftover: int | None = None,
    blank: bool = False,
    extra: Iterable[tuple[Titled, object]] = (),
) -> Form:
    """The form *name* of a ticket, filled in as far as it is known. (F-07, L-02, L-05, L-14, W-15)

    Args:
        ticket: `NOBODY` for one that is empty from top to bottom.
        history: of the ticket; what people said in their own words is only there. Without it those places stay empty.
        visit, leftover: which one it is about; the latest unless given.
        blank: only the head filled in, to be written on at the customer's.
        extra: fields of the house's own with their values (text, number, yes or no, day, moment; None is room to write),
            which go on the form as a block of their own behind its head.

    Raises:
        BadInput: no such form, visit or leftover order; or the ticket has none yet that the form could be about.
    """
    layout = PAPERS.get(name)
    if layout is None:
        raise BadInput("no-such-form", form=name, known=list(PAPERS))
    empty = blank or ticket is NOBODY
    at, order = _about(name, layout, ticket, visit, leftover, empty)
    case = Case(layout.of, ticket, playbook, history, at, order)
    blocks = [_block(part, case, empty and place > 0) for place, part in enumerate(layout.parts)]
    more = [(label, written("extra", value, case.zone)) for label, value in (*_own(name, case, empty), *extra)]
    own = extra_block(more, word("label", "extra"))
    number = written(layout.number, case.value(layout.number), case.zone) if layout.number else None
    return Form(
        name, title(name), number.zh if number else "", ticket.number, Said(playbook.title.zh, playbook.title.en), playbook.id,
        (blocks[0], *own, *blocks[1:]),
    )  # fmt: skip


def _own(name: str, case: Case, empty: bool) -> Iterator[tuple[Titled, object]]:
    """The fields that the house prints on the form, with what stands in them."""
    refs = {"ticket": "", "visit": f"visit:{case.visit.no}" if case.visit else None,
            "leftover": f"leftover:{case.order.no}" if case.order else None}  # fmt: skip
    for field in case.playbook.field:
        ref = refs[field.of]
        if name in field.forms:
            yield field.title, None if empty or ref is None else content(field, case.ticket.filled(field.id, ref))


def content(field: CustomField, said: str | int | bool | None) -> object:
    """What stands in a field as people read it: money in yuan, a day as a day."""
    if field.type == "money" and said is not None:
        return f"{int(said) / 100:.2f}"
    return date.fromisoformat(said) if field.type == "date" and isinstance(said, str) else said


def _about(
    name: str, layout: Paper, ticket: Ticket, visit: int | None, leftover: int | None, empty: bool
) -> tuple[Visit | None, Leftover | None]:
    """The visit and the leftover order that a form is about. Raises BadInput."""
    at = ticket.visit if visit is None else ticket.find_visit(visit)
    order = (ticket.leftovers or (None,))[-1] if leftover is None else ticket.find_leftover(leftover)
    if visit is not None and at is None:
        raise BadInput("no-such-visit", ticket=ticket.number, no=visit, last=len(ticket.visits))
    if leftover is not None and order is None:
        raise BadInput("no-such-leftover", ticket=ticket.number, no=leftover, last=len(ticket.leftovers))
    if layout.of == "leftover visit" and visit is None and at and order and at.no <= (order.visit or 0):
        at = None  # the visit that found it is not the one that puts it right
    if "visit" in layout.of and at is None and not empty:
        raise BadInput("no-visit-for-form", ticket=ticket.number, form=name)
    if "leftover" in layout.of and order is None and not empty:
        raise BadInput("no-leftover-for-form", ticket=ticket.number, form=name)
    return at if "visit" in layout.of else None, None if layout.of == "visit" else order


def _block(part: Part, case: Case, empty: bool) -> Block:
    match part:
        case Grid(rows, title):
            return Fields(tuple(tuple(_cells(row, case, empty)) for row in rows), word("label", title) if title else None)
        case Lines(title, columns, room, keep):
            heads = tuple(_columns(columns))
            shown = set(keep.split()) if empty else {head.key for head in heads}
            lines = case.lines if shown else ()
            cells = tuple(
                tuple(written(h.key, of_line(line, h.key), case.zone) if h.key in shown else None for h in heads) for line in lines
            )
            return Table(heads, cells, max(1, room - len(cells)), word("label", title))
        case Sign(who):
            return Signatures(tuple(_signature(each, case, empty) for each in who.split()))
        case Print(text):
            return Note(word("small-print", text))


def _cells(row: str, case: Case, empty: bool) -> Iterator[Cell]:
    for place in row.split():
        key, _, lines = place.partition(":")
        value = None if empty else case.value(key)
        label = word("label", key)
        if (ticks := TICKS.get(key)) is not None:
            options = tuple((word(ticks.vocabulary, option), token(value) == option) for option in ticks.values)
            yield Cell(key, label, None, options)
        else:
            yield Cell(key, label, written(key, value, case.zone), (), int(lines or 1))


def _columns(columns: str) -> Iterator[Column]:
    for column in columns.split():
        key, _, width = column.partition(":")
        yield Column(key, word("label", key), int(width))


def _signature(who: str, case: Case | None = None, empty: bool = True) -> Signature:
    if case is None or empty:
        return Signature(who, word("signer", who))
    by, on = case.signed(who)
    return Signature(who, word("signer", who), written("signature", by, case.zone), written("signature", on, case.zone))


def register_forms(name: str, rows: Sequence[Any], playbook: Playbook, period: tuple[str, str] | None = None) -> tuple[Form, ...]:
    """The register *name* with these rows, in their order, as the form it is: one, or one for every day. (I-08, F-14)

    Args:
        period: first and last day asked for, `2026-11-02`; from the rows unless given.

    Raises:
        BadInput: no such register, or no row.
    """
    layout = REGISTERS.get(name)
    if layout is None:
        raise BadInput("no-such-form", form=name, known=list(REGISTERS))
    if not rows:
        raise BadInput("register-empty", register=name)
    zone = ZoneInfo(playbook.timezone)

    def day(row: Any) -> str:
        value = getattr(row, layout.day)
        return day_of(value, zone) if value is not None else ""

    if layout.daily:
        sheets = [(word("weekday", date.fromisoformat(key).isoweekday()), key, list(found)) for key, found in groupby(sorted(rows, key=day), key=day)]
        heads = [("day", Said(f"{key} {on.zh}", f"{key} {on.en}"), found) for on, key, found in sheets]
    else:
        days = sorted(filter(None, map(day, rows)))
        first, last = period or (days[0] if days else "", days[-1] if days else "")
        heads = [("period", alike(f"{first} – {last}"), list(rows))]
    return tuple(
        Form(
            name, title(name), "", "", Said(playbook.title.zh, playbook.title.en), playbook.id,
            tuple(_sheet(layout, key, when, found, zone)), wide=True,
        )
        for key, when, found in heads
    )  # fmt: skip


def _sheet(layout: Register, key: str, when: Said, rows: Sequence[Any], zone: ZoneInfo) -> Iterator[Block]:
    """A sheet of a register: when, how many, the rows, what is left over of them, who signs."""
    yield Fields(((Cell(key, word("label", key), when), Cell("count", word("label", "count"), alike(str(len(rows))))),))
    yield _rows(layout, layout.columns, rows, zone)
    if layout.left:
        left = [row for row in rows if row.leftovers]
        yield _rows(layout, layout.left, left, zone)._replace(title=word("label", "left-over"))
    if layout.sign:
        yield Signatures(tuple(map(_signature, layout.sign.split())))


def _rows(layout: Register, columns: str, rows: Sequence[Any], zone: ZoneInfo) -> Table:
    heads = (Column("nr", word("label", "nr"), 2), *_columns(columns))

    def place(key: str, row: Any) -> Said | None:
        value = getattr(row, key)
        if layout.daily and isinstance(value, datetime):
            return alike(f"{value.astimezone(zone):%H:%M}")  # the day stands at the head of the sheet
        return written(key, value.replace("、", "\n") if key == "crew" else value, zone)

    cells = ((alike(str(at)), *(place(head.key, row) for head in heads[1:])) for at, row in enumerate(rows, 1))
    return Table(heads, tuple(cells), layout.room)
