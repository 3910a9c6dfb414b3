"""工单列表: finding tickets, and opening a new one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from aftersales_core.errors import AftersalesError, BadInput, CommandReused, Refused, UnknownTicket
from aftersales_core.rules.intake import Report
from aftersales_core.rules.sight import conditions, hidden, in_full
from aftersales_core.state import Ticket
from aftersales_web.access.gate import Form, Reader, Who, Writer, text_of
from aftersales_web.office import Office, office_of
from aftersales_web.pages import finding
from aftersales_web.pages.asking import fields_of
from aftersales_web.pages.desk import as_path, branches_of, give, ticket_of, wish_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.ticket_page import field_wrong, plainly
from aftersales_web.problems import WebError, status_of

router = APIRouter()


@router.get("/tickets")
def tickets(request: Request, who: Reader, q: str = "", field: Annotated[str, Query(alias="in")] = "", after: str | None = None) -> Response:
    """Tickets in which a word stands; a number that is one leads straight to its ticket."""
    office = office_of(request)
    q = " ".join(q.split())[:100]
    if q and not field and after is None and _is_number(office, who, q):
        return RedirectResponse(f"/t/{as_path(q)}", 303)
    position = office.live.position()
    book = office.desk.playbook
    found = finding.search(
        office.desk, q, conditions(who.viewer, book), hidden=hidden(who.viewer, book), field=field, after=after,
    )  # fmt: skip
    told: dict[str, Any] = {
        "q": q, "found": found, "first": after is None, "narrow": not in_full(who.viewer, book), "may_report": _may_report(office, who),
        "address": lambda **params: "/tickets?" + urlencode({name: value for name, value in params.items() if value}),
    }  # fmt: skip
    if after is None:
        told["position"] = position
    return frame_of(request).page(request, "tickets.html", who, **told)


def _is_number(office: Office, who: Who, q: str) -> bool:
    try:
        ticket_of(office, who, as_path(q))
    except UnknownTicket:
        return False
    return True


def _may_report(office: Office, who: Who) -> bool:
    return who.role in office.desk.playbook.duties["report"].roles


@router.get("/tickets/new")
def new(request: Request, who: Reader) -> Response:
    """The form of a new ticket, with a number that nobody has."""
    office = office_of(request)
    if not _may_report(office, who):
        raise WebError("search-may-not-report", 403)
    number = finding.proposed(office.desk, office.now().astimezone(office.zone).date())
    return _form(request, office, who, {}, number)


@router.get("/tickets/known")
def known(request: Request, who: Reader, phone: str = "") -> Response:
    """The tickets there are of a telephone, for whoever is about to open another."""
    office = office_of(request)
    book = office.desk.playbook
    rows = finding.with_phone(office.desk, phone, conditions(who.viewer, book)) if in_full(who.viewer, book) else ()
    return frame_of(request).page(request, "tickets_known.html", who, rows=rows)


@router.post("/tickets")
def report(request: Request, who: Writer, form: Form) -> Response:
    """Open a ticket; with a number that somebody has already, or anything else that is wrong, the form comes back as it was."""
    office, lang = office_of(request), lang_of(request)
    if not _may_report(office, who):
        raise WebError("search-may-not-report", 403)
    wish = wish_of(office, Report, form)
    number = text_of(form, "ticket")
    try:
        if not number:
            raise BadInput("field-left-out", field="ticket", value=None, command="report")
        if who.branches is not None and wish.values.get("branch") not in who.branches:
            raise BadInput("field-left-out", field="branch", value=None, command="report")
        receipt = give(office, who, number, wish._replace(expect=None))
    except (Refused, BadInput, CommandReused) as no:
        wrong = field_wrong(no, lang)
        if no.code == "ticket-exists":
            wrong = {"ticket": plainly(no, lang)}
        again = "" if isinstance(no, CommandReused) else wish.command_id
        return _form(request, office, who, wish.values, number, status_of(no), wrong=wrong, problem=no, command_id=again)
    return RedirectResponse(f"/t/{as_path(receipt.ticket)}?done=report", 303)


def _form(
    request: Request, office: Office, who: Who, given: Mapping[str, Any], number: str, status: int = 200, *,
    wrong: Mapping[str, str] | None = None, problem: AftersalesError | None = None, command_id: str = "",
) -> Response:  # fmt: skip
    book, lang = office.desk.playbook, lang_of(request)
    branches = branches_of(office, who)
    asked = [each for each in fields_of(Report, Ticket(number or "-"), book, lang, given=given, wrong=wrong) if each.name != "branch"]
    free = finding.proposed(office.desk, office.now().astimezone(office.zone).date()) if problem is not None and problem.code == "ticket-exists" else ""
    told: dict[str, Any] = {
        "number": number, "asked": asked, "branches": branches, "own_branches": who.branches is not None, "free": free,
        "branch": given.get("branch") or (branches[0] if who.branches is not None and len(branches) == 1 else ""),
        "wrong": wrong or {}, "said": plainly(problem, lang) if problem is not None else "", "clauses": book.duties["report"].clauses,
        "command_id": command_id or office.new_id(),
    }  # fmt: skip
    return frame_of(request).page(request, "ticket_new.html", who, status, **told)
