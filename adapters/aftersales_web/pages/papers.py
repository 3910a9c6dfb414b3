"""单据: the forms of the house: those of a ticket and how far they are, the registers, and empty ones. (F-15, F-19, I-08)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from aftersales_core.errors import (
    AftersalesError,
    BadInput,
    CommandReused,
    Refused,
    StaleTicket,
    UnknownTicket,
)
from aftersales_core.forms import PAPERS as PRINTED
from aftersales_core.moves import TICKET
from aftersales_core.ports import Where
from aftersales_core.rules import COMMANDS
from aftersales_core.rules.sight import conditions, in_full, may_export, sees
from aftersales_core.state import Ticket
from aftersales_core.views import BOARD, PAPERS, BoardRow, PaperRow
from aftersales_core.views.papers import Standing, standing
from aftersales_web.access.gate import Form, Reader, Who, Writer
from aftersales_web.office import Office, office_of
from aftersales_web.pages.desk import give, ticket_of, wish_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.registers import NAMES, Period, offered, period_of, rows_of
from aftersales_web.problems import status_of

router = APIRouter()

SOME: Final = 12
"""Tickets that a search shows, and papers that wait."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper of a ticket.

    Attributes:
        of, no: whose it is: `visit` 1, `leftover` 2, or the `ticket`.
        prints: it has a form to be printed, `blank`: and one with its head only.
        move: the step that whoever looks may take here with `move-paper`; *go*: the command that takes it elsewhere.
    """

    stands: Standing
    of: str
    no: int
    prints: bool
    blank: bool
    move: str = ""
    go: str = ""


@router.get("/papers")
def papers(
    request: Request, who: Reader, ticket: str = "", q: str = "", day: str = "", month: str = "", none: str = "", more: int = 1,
) -> Response:  # fmt: skip
    """Which forms there are, which are owed, and where they are printed."""
    return _page(request, who, ticket, q=q, day=day, month=month, none=none, more=more)


def _page(
    request: Request, who: Who, number: str, *, q: str = "", day: str = "", month: str = "", none: str = "", more: int = 1, status: int = 200,
    wrong: str = "",
) -> Response:  # fmt: skip
    office, lang = office_of(request), lang_of(request)
    position = office.live.position()
    text = q.strip()[:80]
    ticket = _seen(office, who, number)
    found = [] if ticket is not None or not (text or number) else look_up(office, who, text or number)
    if ticket is None and len(found) == 1:
        ticket = _seen(office, who, found[0].ticket)
    on = period_of(office, day, "").first
    when = month if month else f"{on:%Y-%m}"
    period = period_of(office, "", when)
    exporting = may_export(who.viewer, office.desk.playbook)
    owed = owed_by(office, who, SOME * max(1, min(more, 20)) + 1)
    return frame_of(request).page(
        request, "papers.html", who, status, position=position, ticket=ticket, text=text or number, found=found, wrong=wrong,
        shown=[] if ticket is None else papers_of(office, who, ticket), command_id=office.new_id, owed=owed[: SOME * max(1, more)],
        more=more + 1 if len(owed) > SOME * max(1, more) else 0, on=on, month=when, registers=registers_of(office, who, on, period),
        nothing=none if none in NAMES else "", exporting=exporting, exporters=office.desk.playbook.access.export,
        blanks=list(PRINTED), book=office.desk.playbook, titles=office.desk.playbook.titles, tongue=lang,
    )  # fmt: skip


def _seen(office: Office, who: Who, number: str) -> Ticket | None:
    """The ticket of that number where *who* sees it."""
    if not number:
        return None
    try:
        return ticket_of(office, who, number)
    except UnknownTicket:
        return None


def look_up(office: Office, who: Who, text: str) -> list[BoardRow]:
    """Tickets of which *text* is part of the number or, for those who see them, of customer or telephone."""
    columns = ("ticket", "customer", "phone") if in_full(who.viewer, office.desk.playbook) else ("ticket",)
    for column in columns:
        where = [*conditions(who.viewer, office.desk.playbook), Where(column, "contains", text)]
        if rows := office.desk.look(BOARD, where, order=("-last_at",), limit=SOME).rows:
            return list(rows)
    return []


def papers_of(office: Office, who: Who, ticket: Ticket) -> list[Shown]:
    """The papers of a ticket in the order of the playbook, with what *who* may do about each."""
    book = office.desk.playbook_of(ticket)
    found = []
    for each in standing(ticket, book):
        of, _, no = each.life.ref.partition(":")
        prints = each.life.paper in PRINTED
        may = who.role in each.roles
        found.append(Shown(
            each, of or "ticket", int(no or 0), prints, prints and of == "visit",
            each.next.step if each.next is not None and may and each.command == "move-paper" else "",
            each.command if may and each.command in COMMANDS and each.command != "move-paper" else "",
        ))  # fmt: skip
    return found


def owed_by(office: Office, who: Who, limit: int) -> list[PaperRow]:
    """Papers whose next step is first of all *who*'s role's, those that wait longest on top, of tickets that he sees."""
    found: list[PaperRow] = []
    after: str | None = None
    while len(found) < limit:
        page = office.desk.look(PAPERS, [Where("next_role", "eq", who.role)], after=after, limit=200, refresh=after is None)
        found += [row for row in page.rows if _possible(row) and sees(who.viewer, office.desk.state(row.ticket), office.desk.playbook)]
        after = page.next
        if after is None:
            break
    return found[:limit]


def _possible(row: PaperRow) -> bool:
    """Whether the step can be taken where the ticket stands: a paper of a visit that is to come is filed later."""
    return row.next_command in COMMANDS and COMMANDS[row.next_command].fact.kind in TICKET.allowed.get(row.stage, frozenset())


def registers_of(office: Office, who: Who, on: date, month: Period) -> list[dict[str, Any]]:
    """Every register with what *who* may have of it: a sheet of the day and how many rows it has, the month."""
    today = Period(on, on)
    return [
        {"name": name, "rows": len(rows_of(office, who, name, today)) if offered(office, who, name, today) else None,
         "month": offered(office, who, name, month)}
        for name in NAMES
    ]  # fmt: skip


@router.post("/papers/{path}/move")
def moved(request: Request, path: str, who: Writer, form: Form) -> Response:
    """Take a paper a step on; the page comes back with the ticket, or with why it was not taken."""
    office = office_of(request)
    ticket = ticket_of(office, who, path)
    try:
        give(office, who, ticket.number, wish_of(office, COMMANDS["move-paper"], form))
    except (Refused, BadInput, StaleTicket, CommandReused) as problem:
        return _page(request, who, ticket.number, status=status_of(problem), wrong=_sentence(problem, request))
    return RedirectResponse(f"/papers?ticket={quote(ticket.number)}&done=move-paper#ticket", 303)


def _sentence(problem: AftersalesError, request: Request) -> str:
    return problem.sentence(lang_of(request))

