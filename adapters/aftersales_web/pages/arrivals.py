"""到货登记: one box for everything a keeper can read off a crate or a form, the lines that wait for it, and three facts in one go.

A code of ours holds the address of a ticket; anything else is a number: of a ticket, a line, a sheet, an order of the factory or
a waybill. (W-08 … W-12)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from unicodedata import normalize
from urllib.parse import quote, unquote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from aftersales_core.errors import AftersalesError, BadInput, CommandReused, Refused, StaleTicket
from aftersales_core.ports import Where
from aftersales_core.rules import COMMANDS
from aftersales_core.rules.sight import conditions, sees
from aftersales_core.state import Line, Ticket
from aftersales_core.views import LEFTOVERS, TIMELINE
from aftersales_web.access.gate import Form, Who, Writer, text_of
from aftersales_web.office import Office, office_of
from aftersales_web.pages.asking import values_of
from aftersales_web.pages.desk import Wish, give, number_of, ticket_of, wish_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.goods_acts import FITS
from aftersales_web.problems import WebError, status_of
from aftersales_web.wording import said as phrase

router = APIRouter()

SHOWN: Final = 12
"""Tickets that one number can lead to and are still shown."""

_LINE: Final = re.compile(r"(?i)^(?:(?P<ticket>.*?)[\s/·,，、#]+)?(?P<line>L[0-9]{1,4}-[0-9]{1,4})$")


@dataclass(frozen=True, slots=True)
class Code:
    """What stood in the box.

    Attributes:
        text: the number itself; *ticket*, *line*: the parts of it that are surely those.
        address: whether it was the address of a ticket.
    """

    text: str
    ticket: str = ""
    line: str = ""
    address: bool = False


def code_of(typed: str) -> Code:
    """What was typed or scanned, as a number: signs of full width as plain ones, an address as the ticket it is of."""
    text = normalize("NFKC", typed).strip()
    if re.match(r"(?i)^https?://", text):
        try:
            path = urlsplit(text).path
        except ValueError:
            return Code(text[:200])
        found = re.match(r"^/t/([^/]+)", path)
        if found:
            number = number_of(unquote(found[1]))
            return Code(number, ticket=number, address=True)
    found = _LINE.match(text)
    if found:
        return Code(text[:200], ticket=(found["ticket"] or "").strip(), line=found["line"].upper())
    return Code(text[:200])


def lines_of(office: Office, who: Who, code: Code) -> tuple[str, list[tuple[str, str]]]:
    """By what the number was found, and the lines (ticket, line) it is of which *who* sees; by nothing where it is of none.

    The first that fits counts: a ticket or a line, a sheet, an order of the factory, a waybill.
    """
    office.desk.refresh([LEFTOVERS])
    if code.line:
        more = (Where("ticket", "contains", code.ticket),) if code.ticket else ()
        found = [key for key in _keys(office, who, Where("line", "eq", code.line), *more) if not code.ticket or _same(key[0], code.ticket)]
        return ("line", found) if found else ("", [])
    if not code.text:
        return "", []
    for by, column in (("ticket", "ticket"), ("sheet", "sheet_no"), ("order", "factory_order")):
        found = _keys(office, who, Where(column, "contains", code.text), column=column, wanted=code.text)
        if found:
            return by, found
    found = _shipped(office, who, code.text)
    return ("waybill", found) if found else ("", [])


def _keys(office: Office, who: Who, *where: Where, column: str = "", wanted: str = "") -> list[tuple[str, str]]:
    found, after = [], None
    while True:
        page = office.desk.look(
            LEFTOVERS, [*conditions(who.viewer, office.desk.playbook), *where], after=after, limit=500, refresh=False,
        )  # fmt: skip
        found += [(row.ticket, row.line) for row in page.rows if not column or _same(getattr(row, column), wanted)]
        after = page.next
        if after is None or len(found) >= 500:
            return found


def _same(told: str | None, wanted: str) -> bool:
    return told is not None and told.casefold() == wanted.casefold()


def _shipped(office: Office, who: Who, waybill: str) -> list[tuple[str, str]]:
    """The lines that were shipped under a waybill; the state of a line does not keep it, the timeline does."""
    page = office.desk.look(TIMELINE, [Where("kind", "eq", "goods-shipped"), Where("body", "contains", waybill)], limit=200)
    found: dict[tuple[str, str], None] = {}
    for row in page.rows:
        ticket = office.desk.state(row.ticket)
        if not sees(who.viewer, ticket, office.desk.playbook):
            continue
        for entry in office.desk.history(row.ticket)[row.version - 1 : row.version]:
            if _same(getattr(entry.fact, "waybill", None), waybill):
                found |= dict.fromkeys((row.ticket, line) for line in getattr(entry.fact, "lines", ()))
    return list(found)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket with lines that wait for goods.

    Attributes:
        named: those of *lines* that the number was of; the others of the ticket may have come along.
        command_id: of the form that is made for it.
    """

    ticket: Ticket
    lines: tuple[Line, ...]
    named: frozenset[str]
    command_id: str


def waiting(office: Office, keys: Iterable[tuple[str, str]]) -> list[Waiting]:
    """The tickets of *keys*, each with its lines that can be inspected now, those that were named on top."""
    of: dict[str, set[str]] = {}
    for number, line in keys:
        of.setdefault(number, set()).add(line)
    found = []
    for number, named in of.items():
        ticket = office.desk.state(number)
        lines = [line for order in ticket.leftovers for line in order.lines if FITS["inspect-goods"](ticket, order, line)]
        found.append(Waiting(ticket, tuple(sorted(lines, key=lambda line: line.id not in named)), frozenset(named), office.new_id("arr")))
    return sorted(found, key=lambda each: not each.lines)


@router.get("/warehouse/arrivals")
def arrivals(request: Request, who: Writer, code: str = "") -> Response:
    """The box, and under it the lines that wait for what stands in it."""
    return _page(request, who, code)


def _page(request: Request, who: Who, typed: str, *, status: int = 200, wrong: str = "", about: str = "", warn: str = "") -> Response:
    office = office_of(request)
    _inspector(office, who)
    code = code_of(typed)
    by, keys = lines_of(office, who, code) if typed.strip() else ("", [])
    found = waiting(office, keys)
    return frame_of(request).page(
        request, "arrivals.html", who, status, code=typed.strip()[:200], by=by, found=found[:SHOWN], more=max(0, len(found) - SHOWN),
        waits=sum(len(each.lines) for each in found), wrong=wrong, about=about, warn=warn, recent=recent(office, who),
        enters=who.role in office.desk.playbook.duties["receive-goods"].roles,
        tells=who.role in office.desk.playbook.duties["notify-arrival"].roles,
    )  # fmt: skip


def _inspector(office: Office, who: Who) -> None:
    if who.role not in office.desk.playbook.duties["inspect-goods"].roles:
        raise WebError("act-not-yours", 403)


def recent(office: Office, who: Who, limit: int = 6) -> list[Any]:
    """What *who* recorded of goods at the door lately, the latest on top, as rows of the timeline."""
    kinds = ("goods-inspected", "goods-arrived", "goods-rejected", "arrival-notified")
    where = [Where("actor", "eq", who.actor), Where("kind", "in", kinds)]
    return list(office.desk.look(TIMELINE, where, order=("-occurred_at",), limit=limit).rows)


@router.post("/warehouse/arrivals")
def arrived(request: Request, who: Writer, form: Form) -> Response:
    """Record what was found: inspected, and where wished entered and told; then the box is ready for the next.

    Each of the three has an id of its own made from the form's, so that sending the form again records nothing again.
    """
    office, lang = office_of(request), lang_of(request)
    _inspector(office, who)
    ticket, code = ticket_of(office, who, text_of(form, "ticket")), text_of(form, "code")
    wish = wish_of(office, COMMANDS["inspect-goods"], form)
    # of what is neither good nor bad nothing is said
    wish = wish._replace(values={**wish.values, "lines": [each for each in wish.values.get("lines", ()) if each.get("good") or each.get("bad")]})
    if not wish.values["lines"]:
        return _page(request, who, code, status=422, wrong=phrase("arrive-nothing", lang), about=ticket.number)
    try:
        give(office, who, ticket.number, wish)
    except (Refused, BadInput, StaleTicket, CommandReused) as problem:
        return _page(request, who, code, status=status_of(problem), wrong=problem.sentence(lang), about=ticket.number)
    done = "inspect-goods"
    if (enter := _entry(office, form, wish)) is not None:
        try:
            give(office, who, ticket.number, enter)
        except AftersalesError as problem:
            warn = phrase("arrive-inspected-only", lang, why=problem.sentence(lang))
            return _page(request, who, code, status=status_of(problem), warn=warn)
        done = "receive-goods"
        if text_of(form, "tell"):
            told = wish._replace(command=COMMANDS["notify-arrival"], values={}, command_id=f"{wish.command_id}-told", expect=None)
            try:
                give(office, who, ticket.number, told)
            except AftersalesError as problem:
                return _page(request, who, code, status=status_of(problem), warn=phrase("arrive-untold", lang, why=problem.sentence(lang)))
    return RedirectResponse(f"/warehouse/arrivals?done={quote(done)}", 303)


def _entry(office: Office, form: Form, wish: Wish) -> Wish | None:
    """The entry of the good pieces in the warehouse, where the form wishes it and there are any."""
    good = [{"line": each["line"], "qty": each["good"]} for each in wish.values["lines"] if isinstance(each.get("good"), int) and each["good"] > 0]
    if not good or not text_of(form, "enter") or form is None:
        return None
    command = COMMANDS["receive-goods"]
    of_place = {name: value for name, value in values_of(command, form, office.zone).items() if name in ("place", "entry_no")}
    return wish._replace(command=command, values={**of_place, "lines": good}, command_id=f"{wish.command_id}-in", expect=None)
