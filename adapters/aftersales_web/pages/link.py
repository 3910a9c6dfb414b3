"""客户链接: making a link for a customer, showing it once to be handed on, and ending all that were made."""

from __future__ import annotations

import io

import segno
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from markupsafe import Markup

from aftersales_core.playbooks import Playbook
from aftersales_core.state import Ticket
from aftersales_web.access.gate import Form, Reader, Who, Writer
from aftersales_web.access.links import DAYS, LONGEST
from aftersales_web.numbers import whole
from aftersales_web.office import Office, office_of
from aftersales_web.pages.customer import PURPOSE
from aftersales_web.pages.desk import as_path, ticket_of
from aftersales_web.pages.following import spoken
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.problems import WebError

router = APIRouter()


def may_issue(role: str, book: Playbook) -> bool:
    """Whether a role speaks with customers at the desk, and so may hand them a link: it takes in matters, books, or calls back."""
    return any(role in book.duties[command].roles for command in ("report", "make-appointment", "revisit"))


@router.get("/t/{path}/link")
def link_page(request: Request, who: Reader, path: str) -> Response:
    """Whether a link to the ticket is good, and the form to make one."""
    office = office_of(request)
    return _page(request, office, who, _allowed(office, who, path))


@router.post("/t/{path}/link")
def issue(request: Request, who: Writer, path: str, form: Form) -> Response:
    """Make a link; it is shown this once, to be copied or photographed. That it was made is a fact."""
    office = office_of(request)
    ticket = _allowed(office, who, path)
    said = form.get("days") if form is not None else None
    days = whole(said) if isinstance(said, str) and said else DAYS
    if days is None or not 1 <= days <= LONGEST:
        raise WebError("link-days", 422, most=LONGEST)
    token, link = office.links.issue(ticket.number, PURPOSE, days)
    office.log.note("issue-link", who.actor, who.role, about=ticket.number, purpose=PURPOSE, expires=link.expires)
    scheme = "https" if office.settings.secure else request.url.scheme
    url = f"{scheme}://{request.headers.get('host', '')}/c/{token}"
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False, svgns=True, omitsize=True)
    picture = Markup(out.getvalue().decode())  # noqa: S704 - drawn here, of an address of ours
    return _page(request, office, who, ticket, url=url, picture=picture, until=spoken(link.expires, office.zone, lang_of(request), clock=False))


@router.post("/t/{path}/link/revoke")
def revoke(request: Request, who: Writer, path: str) -> Response:
    """End every link to the ticket; that they ended is a fact."""
    office = office_of(request)
    ticket = _allowed(office, who, path)
    office.links.revoke(ticket.number, PURPOSE)
    office.log.note("revoke-link", who.actor, who.role, about=ticket.number, purpose=PURPOSE)
    return RedirectResponse(f"/t/{as_path(ticket.number)}/link", 303)


def _allowed(office: Office, who: Who, path: str) -> Ticket:
    ticket = ticket_of(office, who, path)
    if not may_issue(who.role, office.desk.playbook):
        raise WebError("link-not-yours", 403)
    return ticket


def _page(
    request: Request, office: Office, who: Who, ticket: Ticket, *, url: str = "", picture: Markup | str = "", until: str = ""
) -> Response:
    standing = office.links.standing(ticket.number, PURPOSE)
    good = standing.expires if standing.expires is not None and standing.expires > office.now() else None
    return frame_of(request).page(
        request, "link.html", who, ticket=ticket, url=url, picture=picture, until=until, good=spoken(good, office.zone, lang_of(request), clock=False) if good is not None else "", days=DAYS, most=LONGEST
    )
