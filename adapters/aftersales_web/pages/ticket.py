"""工单: a ticket's page, and giving commands on it; what was typed is never lost, whatever the answer is."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup
from starlette.datastructures import FormData

from aftersales_core.diagrams import svg
from aftersales_core.errors import BadInput, CommandReused, Refused, StaleTicket, UnknownFile
from aftersales_core.moves import TICKET
from aftersales_core.rules import Command
from aftersales_core.rules.files import AttachFile
from aftersales_core.rules.sight import in_full, may_unmask
from aftersales_core.state import Ticket
from aftersales_core.views import worklist
from aftersales_web.access.gate import Allow, Who, form_of
from aftersales_web.office import Office, office_of
from aftersales_web.pages import special
from aftersales_web.pages.asking import fields_of
from aftersales_web.pages.day import about
from aftersales_web.pages.desk import as_path, command_of, give, people_of, ticket_of, wish_of
from aftersales_web.pages.enter import inside
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.telling import Teller
from aftersales_web.pages.ticket_page import due_of, field_wrong, moves_of, reason, timeline, way_of
from aftersales_web.problems import WebError, status_of

router = APIRouter()

Reader = Annotated[Who, Depends(Allow("read"))]
Writer = Annotated[Who, Depends(Allow("write"))]
Form = Annotated[FormData | None, Depends(form_of)]

UNMASKED: Final = ("customer", "phone", "address")


def teller_of(request: Request, office: Office, who: Who, ticket: Ticket, *, full: bool | None = None) -> Teller:
    """Who tells this ticket's changes to this reader."""
    about = {"customer": ticket.customer, "phone": ticket.phone, "address": ticket.address}
    shown = in_full(who.viewer, office.desk.playbook) if full is None else full
    names = office.accounts.names()
    return Teller(office.desk.playbook_of(ticket), lang_of(request), full=shown, person=lambda actor: names.get(actor, actor), about=about)


@router.get("/t/{path}")
def ticket_page(request: Request, who: Reader, path: str) -> Response:
    """Where a ticket stands, what comes next, why the rest does not, and what happened."""
    office = office_of(request)
    position = office.live.position()
    return _page(request, office, who, ticket_of(office, who, path), position=position)


def _page(request: Request, office: Office, who: Who, ticket: Ticket, *, position: int, unmasked: bool = False) -> Response:
    book, lang = office.desk.playbook_of(ticket), lang_of(request)
    tasks = sorted(worklist.rows(ticket, book), key=lambda task: (task.opens_at > office.now(), task.due_at is None, task.due_at or office.now()))
    steps = list(office.desk.story(ticket.number))
    visited = list(dict.fromkeys(step.ticket.stage for step in steps))
    full = True if unmasked else in_full(who.viewer, office.desk.playbook)
    moves = moves_of(office.desk.legal_moves(ticket.number, who.role), tasks, ticket.number, book, lang, office.now())
    told: dict[str, Any] = {
        "ticket": ticket, "book": book, "tasks": tasks, "due": due_of(tasks), "moves": moves, "way": way_of(ticket, visited),
        "picture": Markup(svg(TICKET, lang, ticket.stage, visited, bare=True)),  # noqa: S704 - made by the core, escaped there
        "events": timeline(steps, teller_of(request, office, who, ticket, full=full)),
        "clocks": office.desk.clocks(ticket.number),
        "files": {file.digest: file for file in ticket.files},
        "may_unmask": not full and may_unmask(who.viewer, office.desk.playbook),
        "unmasked": unmasked, "position": position,
        "people": office.accounts.names(),
    }  # fmt: skip
    if unmasked:
        told["full"] = True
    return frame_of(request).page(request, "ticket.html", who, **told)


@router.post("/t/{path}/unmask")
def unmask(request: Request, who: Writer, path: str, form: Form) -> Response:
    """Show personal data in full, this once; that it was shown, to whom and why, is a fact."""
    office = office_of(request)
    ticket = ticket_of(office, who, path)
    if not may_unmask(who.viewer, office.desk.playbook):
        raise WebError("ticket-may-not-unmask", 403)
    value = form.get("reason") if form is not None else None
    reason = value.strip() if isinstance(value, str) else ""
    if not 2 <= len(reason) <= 400:
        raise WebError("ticket-reason-missing", 422)
    office.log.note("show-in-full", who.actor, who.role, about=ticket.number, fields=UNMASKED, reason=reason)
    return _page(request, office, who, ticket, position=office.live.position(), unmasked=True)


@router.get("/t/{path}/do/{command}")
def action(request: Request, who: Reader, path: str, command: str, ref: str = "", next: str = "") -> Response:
    """The form of a command on a ticket, with why it would be refused now, where it would.

    `ref` is the part of the ticket that a task is about; `next` the page that is wanted afterwards.
    """
    office = office_of(request)
    asked = command_of(command)
    return _action(request, office, who, ticket_of(office, who, path), asked, onward=next, ref=ref)


def _action(
    request: Request, office: Office, who: Who, ticket: Ticket, command: type[Command], *, status: int = 200,
    form: FormData | None = None, **told: Any,
) -> Response:  # fmt: skip
    book, lang = office.desk.playbook_of(ticket), lang_of(request)
    if form is not None:
        given = wish_of(office, command, form).values
    else:
        given = {**special.proposed(command, ticket, office), **about(command, str(told.get("ref", "")))}
    wrong = told.pop("wrong", {})
    of_schema = fields_of(command, ticket, book, lang, people=people_of(office), given=given, wrong=wrong)
    fields = (
        *special.fields(command, ticket, book, lang, given, wrong),
        *(field for field in of_schema if field.name not in special.HIDDEN),
    )
    move = next((each for each in office.desk.legal_moves(ticket.number, who.role) if each.command == command.name()), None)
    refusals = [] if move is None else [(refusal, reason(refusal, ticket.number, command.name(), lang)) for refusal in move.refusals]
    return frame_of(request).page(
        request, "action.html", who, status, ticket=ticket, command=command.name(), asked=fields, refusals=refusals,
        command_id=told.pop("command_id", "") or office.new_id(), soft=any(refusal.soft for refusal, _said in refusals) or bool(told.get("soft")),
        file=command is AttachFile, problem=told.pop("problem", None), meanwhile=told.pop("meanwhile", ()),
        clauses=book.duties[command.name()].clauses, onward=inside(str(told.get("onward") or "")) if told.get("onward") else "",
        override=str(form.get("override") or "") if form is not None else "",
    )  # fmt: skip


@router.post("/t/{path}/do/{command}")
@router.post("/t/{path}/do/{command}/files")
def act(request: Request, who: Writer, path: str, command: str, form: Form) -> Response:
    """Give a command. Refused, wrong or too late, the form comes back with all that was typed, and says why."""
    office = office_of(request)
    ticket, asked = ticket_of(office, who, path), command_of(command)
    lang = lang_of(request)
    wish = wish_of(office, asked, form)
    said = form.get("next") if form is not None else None
    after = inside(said) if isinstance(said, str) and said else ""
    again: dict[str, Any] = {"form": form, "command_id": wish.command_id, "onward": after}
    try:
        more = special.more(asked, form, office, ticket)
        receipt = give(office, who, ticket.number, wish, more=more)
    except StaleTicket as late:
        since = [step for step in office.desk.story(ticket.number) if step.entry.version > int(late.facts["expected"])]
        events = timeline(since, teller_of(request, office, who, ticket))
        now = office.desk.state(ticket.number)
        return _action(request, office, who, now, asked, status=412, meanwhile=events, **again)
    except (Refused, BadInput, CommandReused, UnknownFile) as no:
        if isinstance(no, CommandReused):
            again["command_id"] = ""
        wrong = field_wrong(no, lang)
        soft = isinstance(no, Refused) and bool(no.facts.get("soft"))
        return _action(request, office, who, ticket, asked, status=status_of(no), problem=no, wrong=wrong, soft=soft, **again)
    onward = f"{after}{'&' if '?' in after else '?'}done={command}" if after else f"/t/{as_path(receipt.ticket)}?done={command}"
    if "hx-request" in request.headers:
        # the page behind the form is fetched anew and put in place, without a page being loaded
        place = {"path": onward, "target": "#main", "select": "#main", "swap": "outerHTML"}
        return Response(status_code=204, headers={"HX-Location": json.dumps(place)})
    return RedirectResponse(onward, 303)


@router.get("/t/{path}/files/{digest}")
def file(request: Request, who: Reader, path: str, digest: str) -> Response:
    """A photo, a signature or a document of the ticket, as it was put there."""
    office = office_of(request)
    ticket = ticket_of(office, who, path)
    found = next((each for each in ticket.files if each.digest == digest), None)
    if found is None:
        raise UnknownFile("file-not-there", digest=digest)
    content = office.desk.file(digest)
    media_type = found.media_type or "application/octet-stream"
    picture = media_type.startswith("image/")
    headers = {
        "Cache-Control": "private, max-age=86400, immutable", "ETag": f'"{digest}"',
        "Content-Disposition": "inline" if picture else "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }  # fmt: skip
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)
