"""进出记录: who came in, what was unmasked and carried out, for administrators and for whoever audits them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from aftersales_core import masking
from aftersales_core.rules.sight import in_full
from aftersales_core.wording.accesses import details
from aftersales_core.wording.accesses import who as role_in
from aftersales_web.access.gate import Admin
from aftersales_web.office import office_of
from aftersales_web.pages.frame import frame_of, taste_of
from aftersales_web.problems import WebError

router = APIRouter()

LONGEST: Final = 92
"""Days that are looked at together."""


@router.get("/accesses")
def accesses(
    request: Request, who: Admin, first: date | None = None, last: date | None = None,
    kind: str = "", person: str = "",
) -> Response:  # fmt: skip
    """The facts of some days, the latest on top; a week unless asked otherwise."""
    office = office_of(request)
    until = last or office.now().astimezone(office.zone).date()
    since = first or max(until, date.min + timedelta(days=6)) - timedelta(days=6)
    if not timedelta(0) <= until - since < timedelta(days=LONGEST):
        raise WebError("accesses-too-long", 422, most=LONGEST)
    entries = office.desk.accesses(since, until)
    kinds = sorted({each.fact.kind for each in entries})
    shown = [each for each in entries if (not kind or each.fact.kind == kind) and person in ("", each.actor, getattr(each.fact, "account", ""))]
    lang, full = taste_of(request).lang, in_full(who.viewer, office.desk.playbook)

    def moment(at: datetime) -> str:
        return f"{at.astimezone(office.zone):%Y-%m-%d %H:%M}"

    rows = [
        (each, role_in(each.envelope.role, lang), [
            (label, content if full else masking.numbers(content)) for label, content in details(dict(each.fact), lang, moment)
        ]) for each in shown[:-1001:-1]
    ]  # fmt: skip
    return frame_of(request).page(
        request, "accesses.html", who, rows=rows, more=max(0, len(shown) - 1000), since=since, until=until, kinds=kinds, kind=kind,
        person_=person,
    )  # fmt: skip
