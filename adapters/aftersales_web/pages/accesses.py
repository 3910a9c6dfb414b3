"""进出记录: who came in, what was unmasked and carried out, for administrators and for whoever audits them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from aftersales_core.codec import fact_bytes
from aftersales_web.access.gate import Allow, Who
from aftersales_web.office import office_of
from aftersales_web.pages.frame import frame_of
from aftersales_web.problems import WebError

router = APIRouter()

LONGEST: Final = 92
"""Days that are looked at together."""


@router.get("/accesses")
def accesses(
    request: Request, who: Annotated[Who, Depends(Allow("read", admin=True))], first: date | None = None, last: date | None = None,
    kind: str = "", person: str = "",
) -> Response:  # fmt: skip
    """The facts of some days, the latest on top; a week unless asked otherwise."""
    office = office_of(request)
    until = last or office.now().astimezone(office.zone).date()
    since = first or until - timedelta(days=6)
    if not timedelta(0) <= until - since < timedelta(days=LONGEST):
        raise WebError("accesses-too-long", 422, most=LONGEST)
    # the day of a fact is its own clock's, and a day more on either side loses none at the edges
    entries = [
        each for each in office.desk.accesses(since - timedelta(days=1), until + timedelta(days=1))
        if since <= each.occurred_at.astimezone(office.zone).date() <= until
    ]  # fmt: skip
    kinds = sorted({each.fact.kind for each in entries})
    shown = [each for each in entries if (not kind or each.fact.kind == kind) and person in ("", each.actor, getattr(each.fact, "account", ""))]
    rows = [(each, fact_bytes(each.fact).decode()) for each in reversed(shown)]
    return frame_of(request).page(
        request, "accesses.html", who, rows=rows[:1000], more=max(0, len(rows) - 1000), since=since, until=until, kinds=kinds, kind=kind,
        person_=person,
    )  # fmt: skip
