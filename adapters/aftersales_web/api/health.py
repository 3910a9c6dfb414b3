"""健康: whether the program runs, and whether it can do its work; for what watches over it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from aftersales_web.access.gate import Anyone, Who
from aftersales_web.office import office_of

router = APIRouter()


@router.get("/healthz")
async def alive(_who: Annotated[Who | None, Depends(Anyone("whether the program runs is no secret"))]) -> Response:
    """The program runs and answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready(request: Request, _who: Annotated[Who | None, Depends(Anyone("whether the database can be used is no secret"))]) -> Response:
    """The database can be used; 503 where it cannot."""
    office = office_of(request)
    try:
        office.desk.ledger.position()
        office.safe.get("account", "")
    except Exception:  # whatever it is, no work can be done now
        return JSONResponse({"status": "unusable"}, 503)
    return JSONResponse({"status": "ok"})
