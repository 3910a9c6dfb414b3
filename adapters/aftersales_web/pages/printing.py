"""打印: forms of tickets, registers and empty forms as pages for A4 paper, made by the core and dressed here.

The core writes its style into the page; our policy forbids what is inline, so it is linked. The head of a form about a ticket
carries the address of the ticket as a code, in a cell of its own.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from aftersales_core.forms import NOBODY, PAPERS, STYLE, Dress, Form, html, paper_form, register_forms
from aftersales_core.rules.sight import in_full
from aftersales_core.wording import word
from aftersales_web.access.gate import Allow, Anyone, Reader, Who
from aftersales_web.assets import Assets
from aftersales_web.office import office_of
from aftersales_web.pages.carrying import carried, must_export, table_file
from aftersales_web.pages.desk import as_path, ticket_of
from aftersales_web.pages.enter import FOREVER
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.paper_sheets import about, code, for_paper
from aftersales_web.pages.registers import as_table, carries, known, period_of, rows_of
from aftersales_web.problems import WebError

router = APIRouter()


MARK: Final = sha256(STYLE.encode()).hexdigest()[:32]
"""What the style of the forms is known by; another style has another address."""


@router.get("/papers/style.css")
def style(_who: Annotated[Who | None, Depends(Anyone("styles, scripts, icons"))], v: str = "") -> Response:
    """The style of the forms, as the core has it."""
    kept = FOREVER if v and MARK.startswith(v) else "no-cache"
    return Response(STYLE, media_type="text/css; charset=utf-8", headers={"Cache-Control": kept, "ETag": f'"{MARK}"'})


@router.get("/t/{path}/papers/{paper}")
def paper(
    request: Request, path: str, paper: str, who: Reader, visit: int | None = None, leftover: int | None = None, blank: bool = False
) -> Response:
    """A form of a ticket, filled in as far as it is known, or only its head to be written on at the customer's.

    Raises:
        BadInput: no such form, visit or leftover order; or the ticket has none yet.
    """
    office = office_of(request)
    ticket = ticket_of(office, who, path)
    made = paper_form(
        paper, ticket, office.desk.playbook_of(ticket), history=office.desk.history(ticket.number), visit=visit, leftover=leftover,
        blank=blank,
    )  # fmt: skip
    full = in_full(who.viewer, office.desk.playbook)
    sheet = for_paper(made, office.accounts.names(), full=full, of=about(ticket))
    return _printed(request, who, [sheet], f"/papers?ticket={quote(ticket.number)}", masked=not full)


@router.get("/papers/blank/{paper}")
def blank(request: Request, paper: str, who: Reader) -> Response:
    """A form that is empty from top to bottom."""
    if paper not in PAPERS:
        raise WebError("no-such-page", 404)
    return _printed(request, who, [paper_form(paper, NOBODY, office_of(request).desk.playbook)], "/papers#blank")


@router.get("/papers/registers/{name}.csv")
def register_file(request: Request, name: str, who: Annotated[Who, Depends(Allow("export"))], day: str = "", month: str = "") -> Response:
    """A register of a day or a month as a file; carrying it out is a fact. Raises WebError `may-not-carry`."""
    office, lang = office_of(request), lang_of(request)
    period = period_of(office, day, month)
    must_export(office, who)
    rows = rows_of(office, who, known(name), period)
    carried(office, who, name, len(rows))
    heads, cells = as_table(rows, name, office.desk.playbook, office, lang)
    return table_file(heads, cells, f"{name}-{period.first}" + ("" if period.one_day else f"-{period.last}"))


@router.get("/papers/registers/{name}")
def register(request: Request, name: str, who: Reader, day: str = "", month: str = "") -> Response:
    """A register as the form it is: of one day for whoever sees its rows, of a month where it may be carried out.

    Raises:
        WebError: `may-not-carry`.
    """
    office = office_of(request)
    period = period_of(office, day, month)
    carrying = carries(known(name), period)
    if carrying:
        must_export(office, who)
    rows = rows_of(office, who, name, period)
    back = f"/papers?day={day}&month={month}" if day or month else "/papers?"
    if not rows:
        return RedirectResponse(f"{back}&none={name}#registers", 303)
    if carrying:
        carried(office, who, name, len(rows))
    full = in_full(who.viewer, office.desk.playbook)
    forms = register_forms(name, rows, office.desk.playbook, (period.first.isoformat(), period.last.isoformat()))
    sheets = [for_paper(form, office.accounts.names(), full=full) for form in forms]
    return _printed(request, who, sheets, f"{back}#registers", masked=not full)


def _printed(request: Request, who: Who, forms: list[Form], back: str, *, masked: bool = False) -> Response:
    """*forms* as a page with a bar to print them by, which is not printed."""
    lang = lang_of(request)
    assets: Assets = request.app.state.assets
    bar = frame_of(request).text(request, "print_bar.html", who, back=back, masked=masked, count=len(forms))
    # a telephone shows the sheet whole, as wide as it is
    wide = any(form.wide for form in forms)
    head = (
        f'\n<meta name="viewport" content="width={1170 if wide else 850}">\n<link rel="icon" href="{assets.url("icon.svg")}" '
        f'type="image/svg+xml">\n<script defer src="{assets.url("office.js")}"></script>'
    )
    scan = word("label", "ticket", lang)

    def corner(form: Form) -> str:
        if not form.ticket:
            return ""
        return code(f"{_base(request)}/t/{as_path(form.ticket)}", f"{scan} {form.ticket}")

    return HTMLResponse(html(forms, lang, Dress((f"/papers/style.css?v={MARK[:12]}", assets.url("print.css")), head, bar, corner)))


def _base(request: Request) -> str:
    """Where this office is reached from outside: by https where cookies are sent by https only."""
    scheme = "https" if office_of(request).settings.secure else request.url.scheme
    return f"{scheme}://{request.url.netloc}"
