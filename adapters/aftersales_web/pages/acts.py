"""办理: one command about a ticket on a page of its own: its form, and what is said where it was not taken.

The same page is fetched into a dialog by those lists that name it; without a script it is simply a page.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from aftersales_core.errors import AftersalesError, BadInput, Refused, StaleTicket
from aftersales_core.rules import Command
from aftersales_core.state import Ticket
from aftersales_web.access.gate import Form, Who, Writer, text_of
from aftersales_web.office import Office, office_of
from aftersales_web.pages.asking import Field, fields_of
from aftersales_web.pages.desk import as_path, command_of, give, people_of, ticket_of, wish_of
from aftersales_web.pages.enter import inside
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.goods_acts import FITS, filled, narrowed, order_of
from aftersales_web.problems import WebError, status_of

router = APIRouter()

ACTS: Final = frozenset({*FITS, "waive-line", "upload-form", "prepare-papers", "archive", "return-old-goods"})
"""Commands that are given on this page: those about goods and papers."""


@router.get("/act/{path}/{name}")
def act(
    request: Request, path: str, name: str, who: Writer, line: str = "", leftover: int = 0, visit: int = 0,
    next: str = "",
) -> Response:  # fmt: skip
    """The form of a command, filled in as far as what it is about says."""
    office = office_of(request)
    ticket, command = ticket_of(office, who, path), _of(office, who, name)
    given = filled(name, ticket, ticket.find_line(line)) if line else {}
    given |= {part: no for part, no in (("leftover", leftover), ("visit", visit)) if no}
    return _page(request, who, ticket, command, line or (f"L{leftover}-" if leftover else ""), next or f"/t/{as_path(ticket.number)}", given)


@router.post("/act/{path}/{name}")
def acted(request: Request, path: str, name: str, who: Writer, form: Form) -> Response:
    """Have the command recorded; what is wrong with it stands beside the form, which keeps what was filled in."""
    office = office_of(request)
    ticket, command = ticket_of(office, who, path), _of(office, who, name)
    onward = inside(text_of(form, "next") or "/warehouse")
    wish = wish_of(office, command, form)
    try:
        give(office, who, ticket.number, wish)
    except (Refused, BadInput, StaleTicket) as problem:
        if isinstance(problem, StaleTicket):
            ticket = ticket_of(office, who, path)
        told = {**wish.values, "override": wish.override or ""}
        return _page(request, who, ticket, command, text_of(form, "about"), onward, told, problem)
    onward = with_done(onward, name)
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": onward})
    return RedirectResponse(onward, 303)


def with_done(address: str, command: str) -> str:
    """*address* saying that *command* was recorded."""
    parts = urlsplit(address)
    rest = "&".join(each for each in parts.query.split("&") if each and not each.startswith("done="))
    return f"{parts.path}?{rest}{'&' if rest else ''}done={command}"


def _of(office: Office, who: Who, name: str) -> type[Command]:
    """The command of that name. Raises WebError where it is none of this page's or not for this role."""
    if name not in ACTS:
        raise WebError("no-such-page", 404)
    if who.role not in office.desk.playbook.duties[name].roles:
        raise WebError("act-not-yours", 403)
    return command_of(name)


def _page(
    request: Request, who: Who, ticket: Ticket, command: type[Command], about: str, onward: str, given: dict[str, Any],
    problem: AftersalesError | None = None,
) -> Response:  # fmt: skip
    office, lang = office_of(request), lang_of(request)
    where = str(problem.facts.get("field", "")) if isinstance(problem, BadInput) else ""
    sentence = problem.sentence(lang) if problem is not None else ""
    fields = fields_of(
        command, ticket, office.desk.playbook_of(ticket), lang, people=people_of(office), given=given,
        wrong={where: sentence} if where else {},
    )  # fmt: skip
    shown = [narrowed(field, command.name(), ticket, order_of(about.partition("-")[0])) for field in fields]
    return frame_of(request).page(
        request, "act.html", who, status_of(problem) if problem is not None else 200, ticket=ticket, command=command.name(),
        fields=shown, about=about, line=ticket.find_line(about), next=inside(onward), wrong=sentence,
        clauses_=list(problem.clauses) if isinstance(problem, Refused) else list(office.desk.playbook.duties[command.name()].clauses),
        soft=isinstance(problem, Refused) and bool(problem.facts.get("soft")), override=str(given.get("override", "")),
        command_id=office.new_id(), alone=_alone(shown),
    )  # fmt: skip


def _alone(fields: list[Field]) -> bool:
    """Whether there is nothing to fill in but what may be left empty."""
    return not any(field.required for field in fields)
