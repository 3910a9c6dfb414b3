"""发货清单核对: the factory's list of the day pasted or sent in, compared with what is owed, and recorded row by row. (G-01 … G-03)"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from aftersales_core.clocks import Round
from aftersales_core.errors import AftersalesError, CommandReused, UnknownTicket
from aftersales_core.ports import Where
from aftersales_core.rules import COMMANDS
from aftersales_core.rules.routines import DoRoutine
from aftersales_core.rules.sight import conditions
from aftersales_core.views import LEFTOVERS, LeftoverRow
from aftersales_core.wording import Lang
from aftersales_web.access.gate import Form, Who, Writer, text_of
from aftersales_web.office import Office, office_of
from aftersales_web.pages.desk import Wish, first_entry, give, ticket_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.goods_acts import order_of
from aftersales_web.pages.goods_list import (
    LONGEST,
    Matched,
    Open,
    Row,
    command_id,
    digest,
    matched,
    read,
    written,
)
from aftersales_web.wording import said as phrase

router = APIRouter()

WAYS: Final = {"ship": "ship-goods", "inspect": "inspect-goods"}
"""What can be recorded of a matched row → the command for it."""


class Outcome(NamedTuple):
    """What became of a chosen row: recorded, or why not."""

    row: Row
    ticket: str
    line: str
    done: bool
    why: str = ""


@router.get("/warehouse/goods-list")
def goods_list(request: Request, who: Writer) -> Response:
    """Where a list is pasted or chosen."""
    return _page(request, who, ())


@router.post("/warehouse/goods-list/files")
def compared(request: Request, who: Writer, form: Form) -> Response:
    """The list compared; nothing is recorded by looking."""
    lang = lang_of(request)
    text = _text(form)
    if text is None:
        return _page(request, who, (), status=422, wrong=phrase("list-not-text", lang))
    rows = read(text)
    if not rows or len(rows) > LONGEST:
        wrong = phrase("list-too-long", lang, most=LONGEST) if rows else phrase("list-empty", lang)
        return _page(request, who, (), status=422, wrong=wrong, text=text[:100_000])
    return _page(request, who, rows)


@router.post("/warehouse/goods-list")
def recorded(request: Request, who: Writer, form: Form) -> Response:
    """Record the chosen rows, each by itself; and that the day's list was looked at, where wished."""
    office, lang = office_of(request), lang_of(request)
    rows = read(text_of(form, "text"))[:LONGEST]
    way = text_of(form, "way")
    if not rows or way not in ways(office, who):
        return _page(request, who, rows, status=422, wrong=phrase("list-empty" if not rows else "act-not-yours", lang))
    chosen = list(_chosen(rows, form.getlist("row") if form is not None else []))
    routine = text_of(form, "routine")
    if not chosen and not routine:
        return _page(request, who, rows, status=422, wrong=phrase("list-nothing-chosen", lang))
    outcomes = [_take(office, who, rows, row, ticket, line, way, lang) for row, ticket, line in chosen]
    wrong = _looked(office, who, rows, routine, len(list(_already(office, rows))), lang) if routine else ""
    return _page(request, who, rows, outcomes=outcomes, wrong=wrong, status=422 if wrong else 200)


def _page(request: Request, who: Who, rows: Sequence[Row], *, status: int = 200, wrong: str = "", text: str = "", **told: Any) -> Response:
    office = office_of(request)
    comparison, recorded_before = compare(office, who, rows) if rows else (Matched((), ()), frozenset[int]())
    turn = round_of(office, who)
    return frame_of(request).page(
        request, "goods_list.html", who, status, rows=rows, found=comparison, before=recorded_before, wrong=wrong,
        text=written(rows) if rows else text, ways=ways(office, who), round=turn, outcomes=told.get("outcomes", ()),
        title=getattr(office.desk.playbook.routines[turn.routine].title, lang_of(request)) if turn is not None else "",
    )  # fmt: skip


def _text(form: FormData | None) -> str | None:
    """What was pasted, else what stands in the file; None for a file that is no text."""
    if form is None:
        return ""
    pasted = form.get("text")
    if isinstance(pasted, str) and pasted.strip():
        return pasted
    sent = form.get("file")
    if not isinstance(sent, UploadFile):
        return ""
    content = sent.file.read()
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and b"\0" in content:
        return None  # a workbook, a picture
    # a spreadsheet in China saves CSV in GBK and "Unicode text" in UTF-16
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "gb18030"):
        with suppress(UnicodeDecodeError):
            return content.decode(encoding)
    return None


def ways(office: Office, who: Who) -> list[str]:
    """What a role may record of a row."""
    return [way for way, name in WAYS.items() if who.role in office.desk.playbook.duties[name].roles]


def compare(office: Office, who: Who, rows: Sequence[Row]) -> tuple[Matched, frozenset[int]]:
    """The list compared with the open lines that *who* sees, and the rows of it that were recorded before."""
    taken = dict(_already(office, rows))
    return matched(rows, open_lines(office, who, set(taken.values())), taken=taken), frozenset(taken)


def open_lines(office: Office, who: Who, also: set[str]) -> Iterator[Open]:
    """The lines that wait for goods, and those whose keys are in *also*."""
    today = office.now().astimezone(office.zone).date()
    office.desk.refresh([LEFTOVERS])
    sight = conditions(who.viewer, office.desk.playbook)
    waiting = [*sight, Where("state", "in", ("ORDERED", "SHIPPED", "PART_IN"))]
    rows = list(_every(office, waiting))
    seen = {f"{row.ticket}|{row.line}" for row in rows}
    for key in sorted(also - seen):
        ticket, _, line = key.partition("|")
        rows += _every(office, [*sight, Where("ticket", "eq", ticket), Where("line", "eq", line)])
    for row in rows:
        yield Open(
            row.ticket, row.line, row.item, row.outstanding or row.qty, row.factory_order or "", row.sheet_no or "", row.customer or "",
            row.shipped_at is not None, row.promised_on is not None and row.promised_on <= today,
        )  # fmt: skip


def _every(office: Office, where: Sequence[Where]) -> Iterator[LeftoverRow]:
    after: str | None = None
    while True:
        page = office.desk.look(LEFTOVERS, where, after=after, limit=1000, refresh=False)
        yield from page.rows
        after = page.next
        if after is None:
            return


def _already(office: Office, rows: Sequence[Row]) -> Iterator[tuple[int, str]]:
    """The rows that were recorded before, each with the key of the line it was recorded for."""
    for row in rows:
        for way in WAYS:
            entry = first_entry(office, command_id(rows, row.nr, way))
            lines = [getattr(each, "line", each) for each in getattr(entry.fact, "lines", ())] if entry is not None else []
            if entry is not None and lines:
                yield row.nr, f"{entry.ticket}|{lines[0]}"
                break


def _chosen(rows: Sequence[Row], said_: Sequence[Any]) -> Iterator[tuple[Row, str, str]]:
    """The rows that were chosen, each with the ticket and the line it is said to be about: `3|SH1|L1-2`."""
    known = {str(row.nr): row for row in rows}
    for each in said_:
        nr, _, key = each.partition("|") if isinstance(each, str) else ("", "", "")
        ticket, _, line = key.rpartition("|")
        if nr in known and ticket and line:
            yield known.pop(nr), ticket, line


def _take(office: Office, who: Who, rows: Sequence[Row], row: Row, number: str, line: str, way: str, lang: Lang) -> Outcome:
    values: dict[str, Any] = (
        {"leftover": order_of(line), "lines": [line], **({"waybill": row.waybill} if row.waybill else {})}
        if way == "ship" else {"lines": [{"line": line, "good": row.qty}]}
    )  # fmt: skip
    wish = Wish(COMMANDS[WAYS[way]], values, command_id(rows, row.nr, way), None, office.now(), None)
    try:
        ticket_of(office, who, number)
        give(office, who, number, wish)
    except CommandReused:
        return Outcome(row, number, line, True, phrase("list-already", lang))
    except (UnknownTicket, AftersalesError) as problem:
        return Outcome(row, number, line, False, problem.sentence(lang))
    return Outcome(row, number, line, True)


def round_of(office: Office, who: Who) -> Round | None:
    """Today's round of the routine that looks at the goods, where the house has one and the role does it. (G-01, G-02)"""
    now = office.now()
    today = now.astimezone(office.zone).date()
    return next((each for each in office.desk.rounds(today, today, at=now) if each.list == "goods" and who.role in each.roles), None)


def _looked(office: Office, who: Who, rows: Sequence[Row], routine: str, found: int, lang: Lang) -> str:
    """Record that the list of the day was looked at; why not, where it was not."""
    now = office.now()
    values = {"routine": routine, "day": now.astimezone(office.zone).date().isoformat(), "found": found}
    wish = Wish(DoRoutine, values, f"list-{digest(rows)}-{routine}-{values['day']}-{found}", None, now, None)
    try:
        give(office, who, "", wish)
    except CommandReused:
        return ""
    except AftersalesError as problem:
        return problem.sentence(lang)
    return ""
