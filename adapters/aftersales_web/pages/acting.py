"""办理: giving a command on a ticket by a form; what was typed is never lost, whatever the answer is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from aftersales_core.clerk import Receipt
from aftersales_core.errors import AftersalesError, BadInput, CommandReused, Refused, StaleTicket, UnknownFile
from aftersales_core.media import TYPES
from aftersales_core.rules import Command, LegalMove
from aftersales_core.rules.closing import Correct
from aftersales_core.rules.dispatch import Dispatch, Reassign
from aftersales_core.rules.fields import FillFields
from aftersales_core.rules.files import AttachFile
from aftersales_core.rules.sight import sees
from aftersales_core.state import Ticket
from aftersales_core.values import EARLIEST, LATEST
from aftersales_web.access.gate import Form, Reader, Who, Writer
from aftersales_web.office import Office, office_of
from aftersales_web.pages import correcting, special
from aftersales_web.pages.asking import fields_of
from aftersales_web.pages.day import about
from aftersales_web.pages.desk import Wish, as_path, command_of, give, people_of, ticket_of, wish_of
from aftersales_web.pages.enter import inside
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.plan import people_for
from aftersales_web.pages.telling import teller_of
from aftersales_web.pages.ticket_page import field_wrong, plainly, reasons_of
from aftersales_web.pages.timeline import Event, events_of
from aftersales_web.problems import status_of

router = APIRouter()


NAMING: Final = (Dispatch, Reassign)
"""Commands that name who goes: whoever fills them in is told how busy everybody is that day."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as it is to be shown: what it is about, what was typed, and what became of it when it was sent.

    Attributes:
        ref: the part of the ticket that a task is about; *fact*: the version of the fact to be corrected; *day*: for which somebody wants to book.
        onward: the page that is wanted afterwards.
        problem: why it was not recorded; *meanwhile*: what others recorded while it was being filled in.
    """

    command: type[Command]
    ref: str = ""
    fact: str = ""
    onward: str = ""
    day: date | None = None
    form: FormData | None = None
    command_id: str = ""
    problem: AftersalesError | None = None
    meanwhile: Sequence[Event] = ()
    wrong: dict[str, str] = field(default_factory=dict)


@router.get("/t/{path}/do/{command}")
def action(request: Request, who: Reader, path: str, command: str, ref: str = "", fact: str = "", next: str = "", day: str = "") -> Response:
    """The form of a command on a ticket, or why it cannot be given now."""
    office = office_of(request)
    sheet = Sheet(command_of(command), ref, fact, inside(next) if next else "", day=_day(day))
    return _shown(request, office, who, ticket_of(office, who, path), sheet)


@router.post("/t/{path}/do/{command}")
@router.post("/t/{path}/do/{command}/files")
def act(request: Request, who: Writer, path: str, command: str, form: Form) -> Response:
    """Give a command. Refused, wrong or too late, the form comes back with all that was typed, and says why."""
    office = office_of(request)
    ticket, asked = ticket_of(office, who, path), command_of(command)
    wish = wish_of(office, asked, form)
    typed = special.typed_in(form) or {}
    onward = inside(typed["next"]) if typed.get("next") else ""
    again = Sheet(asked, fact=typed.get("fact", ""), onward=onward, form=form, command_id=wish.command_id)
    try:
        receipt = _given(office, who, ticket, wish, special.more(asked, form, office, ticket))
    except StaleTicket as late:
        since = [step for step in office.desk.story(ticket.number) if step.entry.version > int(late.facts["expected"])]
        events = events_of(since, teller_of(request, office, who, ticket))
        return _shown(request, office, who, office.desk.state(ticket.number), replace(again, meanwhile=events), 412)
    except (Refused, BadInput, CommandReused, UnknownFile) as no:
        again = replace(again, problem=no, wrong=field_wrong(no, lang_of(request)))
        if isinstance(no, CommandReused):
            again = replace(again, command_id="")  # what comes next is another command
        return _shown(request, office, who, ticket, again, status_of(no))
    return _done(request, office, who, receipt, command, onward)


def _day(text: str) -> date | None:
    """A day of an address; None where it is none that can be booked."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if EARLIEST.date() < found < LATEST.date() else None


def _given(office: Office, who: Who, ticket: Ticket, wish: Wish, told: Sequence[dict[str, Any]]) -> Receipt:
    """The wish recorded, once for each of what is *told* beside it; only the first is held to the version that was seen."""
    receipt = give(office, who, ticket.number, wish, more=told[0])
    for at, each in enumerate(told[1:], 2):
        receipt = give(office, who, ticket.number, wish._replace(command_id=f"{wish.command_id}.{at}", expect=None), more=each)
    return receipt


def _done(request: Request, office: Office, who: Who, receipt: Receipt, command: str, after: str) -> Response:
    here = after or f"/t/{as_path(receipt.ticket)}"
    # a ticket that was handed to another shop is not this reader's any more
    if here.startswith(f"/t/{as_path(receipt.ticket)}") and not sees(who.viewer, office.desk.state(receipt.ticket), office.desk.playbook):
        here = "/"
    onward = f"{here}{'&' if '?' in here else '?'}done={command}"
    if "hx-request" in request.headers:
        # the page behind the form is fetched anew and put in place, without a page being loaded
        place = {"path": onward, "target": "#main", "select": "#main", "swap": "outerHTML"}
        return Response(status_code=204, headers={"HX-Location": json.dumps(place)})
    return RedirectResponse(onward, 303)


def _shown(request: Request, office: Office, who: Who, ticket: Ticket, sheet: Sheet, status: int = 200) -> Response:
    command, lang = sheet.command, lang_of(request)
    book = office.desk.playbook_of(ticket)
    moves = office.desk.legal_moves(ticket.number, who.role)
    move = next((each for each in moves if each.command == command.name()), LegalMove(command.name(), False, ()))
    history = office.desk.history(ticket.number) if command is Correct else ()
    entry = special.entry_of(command, history, sheet.fact)
    told: dict[str, Any] = {
        "ticket": ticket, "command": command.name(), "sheet": sheet, "move": move, "file": command is AttachFile, "types": ",".join(TYPES),
        "reasons": reasons_of(move.refusals, ticket.number, command.name(), lang), "clauses": book.duties[command.name()].clauses,
        "remedies": _remedies(sheet.problem, move, moves), "candidates": correcting.candidates(history) if entry is None else (),
        "entry": entry, "command_id": sheet.command_id or office.new_id(), "said": plainly(sheet.problem, lang) if sheet.problem else "",
        "soft": any(refusal.soft for refusal in move.refusals) or bool(sheet.problem and sheet.problem.facts.get("soft")),
        "mine": who.role in book.duties[command.name()].roles, "roles": book.duties[command.name()].roles,
        "position": office.live.position(), "stamp": lambda moment: f"{moment.astimezone(office.zone):%m-%d %H:%M}",
        "asked": _asked(office, who, ticket, sheet, lang_of(request), entry), "typed": special.typed_in(sheet.form) or {},
    }  # fmt: skip
    return frame_of(request).page(request, "action.html", who, status, **told)


def _remedies(problem: AftersalesError | None, move: LegalMove, moves: Sequence[LegalMove]) -> list[tuple[str, bool]]:
    """What would make a command legal, with whether this reader may do it now."""
    named = problem.remedies if isinstance(problem, Refused) else [each for refusal in move.refusals for each in refusal.remedies]
    open_ = {each.command for each in moves if each.open}
    return [(each, each in open_) for each in dict.fromkeys(named)]


def _asked(office: Office, who: Who, ticket: Ticket, sheet: Sheet, lang: Any, entry: Any) -> list[Any]:
    """The fields of the form, those of the schema last."""
    command, book = sheet.command, office.desk.playbook_of(ticket)
    if sheet.form is not None:
        given = wish_of(office, command, sheet.form).values
    else:
        given = {**special.proposed(command, ticket, office, sheet.day), **about(command, sheet.ref)}
    typed = special.typed_in(sheet.form)
    found: list[Any] = []
    if command is FillFields:
        found += special.own_fields(ticket, book, lang, typed, sheet.wrong)
    if entry is not None:
        found += correcting.fields(entry, ticket, book, lang, typed, sheet.wrong)
    people = people_for(office, ticket, given.get("visit"), lang) if command in NAMING else people_of(office)
    of_schema = fields_of(command, ticket, book, lang, people=people, given=given, wrong=sheet.wrong)
    return found + [each for each in of_schema if each.name not in special.HIDDEN.get(command, ())]

