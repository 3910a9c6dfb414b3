"""客户页: what a customer sees of his ticket over a signed link, and what he does there himself; no account, no session.

What he does is recorded as his own: actor `customer:TICKET`, role `customer`, channel `link`. Whoever has the link is taken
for the customer, as whoever answers his telephone is; so it tells and allows what may be said on the telephone, and no more.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from aftersales_core import masking
from aftersales_core.errors import BadInput, CommandReused, Refused
from aftersales_core.state import Ticket
from aftersales_core.wording import Lang
from aftersales_web.access.gate import Anyone, Form, Who
from aftersales_web.access.links import Link
from aftersales_web.access.sessions import same
from aftersales_web.office import Office, office_of
from aftersales_web.pages.asking import values_of
from aftersales_web.pages.desk import command_of, first_entry, record
from aftersales_web.pages.following import ROLE, STEPS, following_of, spoken
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.problems import WebError

router = APIRouter()

PURPOSE: Final = "customer"

ACTS: Final = {"confirm": "confirm-appointment", "time": "request-time", "rate": "rate-service", "complain": "lodge-complaint"}
"""What stands in the address → the command it gives."""

LONGEST: Final = 1000
"""Characters of anything a customer writes."""

HEADERS: Final = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store"}

Nobody = Annotated[Who | None, Depends(Anyone("whoever has the signed link"))]


@router.get("/c/{token}")
def follow(request: Request, _who: Nobody, token: str, lang: str = "", done: str = "") -> Response:
    """Where a ticket stands, in a customer's words, and what he may do."""
    office = office_of(request)
    tongue = _lang(request, lang)
    try:
        link, ticket = _opened(request, office, token)
    except WebError as no:
        return _closed(request, no, tongue)
    return _page(request, office, token, link, ticket, tongue, done=done if done in ACTS else "")


@router.post("/c/{token}/{act}")
def act(request: Request, _who: Nobody, token: str, act: str, form: Form, lang: str = "") -> Response:
    """Record what a customer does. Refused or wrong, the page comes back as it is now, with what he wrote."""
    office = office_of(request)
    tongue = _lang(request, lang)
    try:
        link, ticket = _opened(request, office, token)
        if act not in ACTS:
            raise WebError("no-such-page", 404)
        told: FormData = form if form is not None else FormData()
        seal = told.get("seal")
        if not isinstance(seal, str) or not same(seal, office.links.seal(token)):
            raise WebError("forged", 403)
        if wait := office.rates.wait("link-act", link.ticket, holds=10, a_minute=1):
            raise WebError("too-many-tries", 429, {"Retry-After": str(int(wait) + 1)}, seconds=int(wait) + 1)
    except WebError as no:
        return _closed(request, no, tongue)
    command = command_of(ACTS[act])
    if any(isinstance(value, str) and len(value) > LONGEST for value in told.values()):
        return _page(request, office, token, link, ticket, tongue, wrong=(act, "customer-too-long"), form=told, status=422)
    values = values_of(command, told, office.zone)
    said = told.get("command_id")
    command_id = said if isinstance(said, str) and said else office.new_id("c")
    may = following_of(ticket, office.desk.playbook_of(ticket), {}, office.now().astimezone(office.zone), tongue).may
    # what was done already need not be possible any more when the form is sent again
    if command.name() not in may and first_entry(office, command_id) is None:
        return _page(request, office, token, link, ticket, tongue, wrong=(act, f"customer-no-{act}"), form=told, status=409)
    try:
        record(office, {
            **values, "command": command.name(), "ticket": link.ticket, "occurred_at": office.now(),
            "command_id": command_id, "actor": f"{ROLE}:{link.ticket}"[:80], "role": ROLE, "channel": "link",
        }, timed=False)  # fmt: skip
    except CommandReused:
        # the form was sent before and said something else then; what is recorded stands
        return _page(request, office, token, link, office.desk.state(link.ticket), tongue, wrong=(act, f"customer-no-{act}"), form=told, status=409)
    except Refused:
        now = office.desk.state(link.ticket)
        return _page(request, office, token, link, now, tongue, wrong=(act, f"customer-no-{act}"), form=told, status=409)
    except BadInput:
        return _page(request, office, token, link, ticket, tongue, wrong=(act, f"customer-bad-{act}"), form=told, status=422)
    return RedirectResponse(f"/c/{token}?lang={tongue}&done={act}", 303, HEADERS)


def _opened(request: Request, office: Office, token: str) -> tuple[Link, Ticket]:
    """What a link opens. Raises WebError: `link-wrong`, `link-over`, `too-many-tries`."""
    address = request.client.host if request.client is not None else "?"
    if wait := office.rates.wait("link", address, holds=60, a_minute=30):
        raise WebError("too-many-tries", 429, {"Retry-After": str(int(wait) + 1)}, seconds=int(wait) + 1)
    link = office.links.read(token, PURPOSE)
    return link, office.desk.state(link.ticket)


def _page(
    request: Request, office: Office, token: str, link: Link, ticket: Ticket, lang: Lang, *, done: str = "",
    wrong: tuple[str, str] = ("", ""), form: FormData | None = None, status: int = 200,
) -> Response:  # fmt: skip
    now = office.now().astimezone(office.zone)
    book = office.desk.playbook_of(ticket)
    told = following_of(ticket, book, office.accounts.names(), now, lang)
    return frame_of(request).page(
        request, "customer.html", None, status, HEADERS, token=token, link=link, ticket=ticket, told=told, steps=STEPS, lang=lang,
        seal=office.links.seal(token), new_id=office.new_id, done=done, wrong=wrong, zone=office.zone,
        say=lambda at, clock=True: spoken(at, office.zone, lang, clock=clock),
        clock=lambda at: f"{at.astimezone(office.zone):%H:%M}",
        given={key: value for key, value in form.multi_items() if isinstance(value, str)} if form is not None else {},
        first=(now + timedelta(days=1)).date().isoformat(), last=(now + timedelta(days=90)).date().isoformat(),
        masked={"customer": masking.customer(ticket.customer or ""), "phone": masking.phone(ticket.phone or ""),
                "address": masking.address(ticket.address or "")},
        house=office.settings.house, hotline=office.settings.hotline, open_complaints=ticket.open_complaints, longest=LONGEST,
    )  # fmt: skip


def _closed(request: Request, no: WebError, lang: Lang) -> Response:
    """A page that says why a link opens nothing, and nothing else."""
    settings = office_of(request).settings
    told: dict[str, Any] = {"lang": lang, "sentence": no.sentence(lang), "house": settings.house, "hotline": settings.hotline}
    return frame_of(request).page(request, "customer_closed.html", None, no.status, {**HEADERS, **no.headers}, **told)


def _lang(request: Request, asked: str) -> Lang:
    return "en" if asked == "en" else "zh" if asked == "zh" else lang_of(request)
