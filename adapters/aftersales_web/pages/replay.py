"""回放: a ticket as it was at any of its facts or at any moment, with what changed, by whom, under which clauses, and the proof."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from markupsafe import Markup

from aftersales_core import masking
from aftersales_core.audit import Report, export_line
from aftersales_core.diagrams import svg
from aftersales_core.moves import TICKET
from aftersales_core.playbooks import clauses
from aftersales_core.rules.sight import in_full, may_export
from aftersales_core.state import Ticket
from aftersales_core.wording import sentence
from aftersales_web.access.gate import Allow, Reader, Who
from aftersales_web.office import Office, office_of
from aftersales_web.pages.asking import moment_of
from aftersales_web.pages.carrying import carried, must_export
from aftersales_web.pages.desk import ticket_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.moments import Asked, Moment, between, moment_at, whole_of
from aftersales_web.pages.telling import teller_of
from aftersales_web.problems import WebError

router = APIRouter()

Exporter = Annotated[Who, Depends(Allow("export"))]


@router.get("/t/{path}/replay")
def replay_page(request: Request, who: Reader, path: str, v: str = "", as_of: str = "", known_at: str = "", other: str = "") -> Response:
    """The ticket at its fact *v*, or as of a moment, or as known at a moment; beside it what differs from the *other* fact."""
    office, lang = office_of(request), lang_of(request)
    now_ = ticket_of(office, who, path)
    book = office.desk.playbook_of(now_)
    steps = list(office.desk.story(now_.number))
    asked = Asked(_number(v), _moment(office, "as_of", as_of), _moment(office, "known_at", known_at))
    shown = moment_at(now_.number, steps, book, asked, office.now())
    teller = teller_of(request, office, who, now_)
    compared = _number(other)
    compared = min(max(compared, 1), len(steps)) if compared is not None else None
    report = Report()
    findings = [(f.version, sentence(f.code, f.facts, lang)) for f in office.desk.verify(report, now_.number)]
    picture = svg(TICKET, lang, shown.ticket.stage, set(shown.stages), bare=True, passed=shown.passed)
    register = clauses()
    told: dict[str, Any] = {
        "number": now_.number, "book": book, "shown": shown, "asked": asked, "picture": Markup(picture),  # noqa: S704 - made by the core
        "changes": teller.told(shown.step.changes) if shown.step else [],
        "laws": [(id_, getattr(register[id_], lang)) for id_ in (shown.step.clauses if shown.step else ()) if id_ in register],
        "whole": whole_of(shown.ticket, teller) if shown.version else [], "part": teller.part, "say": lambda value, name: teller.value(name, value),
        "compared": compared, "differences": between(steps[compared - 1].ticket, shown.ticket, teller) if compared and shown.version else [],
        "raw": _raw(office, who, now_, shown) if shown.version else "", "findings": findings, "facts": report.facts,
        "may_export": may_export(who.viewer, office.desk.playbook), "typed": {"as_of": as_of, "known_at": known_at},
        "address": lambda **params: "?" + urlencode({name: value for name, value in params.items() if value}),
    }  # fmt: skip
    return frame_of(request).page(request, "replay.html", who, **told)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _moment(office: Office, name: str, text: str) -> datetime | None:
    """A moment of an address, in the house's zone where it says none. Raises WebError for what is none."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(moment_of(text, office.zone))
    except ValueError:
        raise WebError("replay-bad-moment", 422, field=name, value=text) from None


def _raw(office: Office, who: Who, ticket: Ticket, shown: Moment) -> str:
    """The fact as it is stored, as JSON that is easy to read; personal data masked where it has to be."""
    row = next(row for row in office.desk.rows(ticket.number) if row[1] == shown.version)
    stored = json.loads(export_line(row))
    if not in_full(who.viewer, office.desk.playbook):
        stored = masking.personal(stored, about={"customer": ticket.customer, "phone": ticket.phone, "address": ticket.address})
    return json.dumps(stored, ensure_ascii=False, indent=2)


@router.post("/t/{path}/history")
def carry_out(request: Request, who: Exporter, path: str) -> Response:
    """The whole history as JSON, each fact with its stored text, so that its digest can be proved anywhere; that it left is a fact."""
    office = office_of(request)
    ticket = ticket_of(office, who, path)
    must_export(office, who)
    lines = list(_lines(office, ticket.number))
    carried(office, who, f"history {ticket.number}", len(lines))
    name = quote(f"{ticket.number.replace('/', '-')}.json")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response("[\n" + ",\n".join(lines) + "\n]\n", media_type="application/json", headers=headers)


def _lines(office: Office, number: str) -> Iterator[str]:
    return map(export_line, office.desk.rows(number))

