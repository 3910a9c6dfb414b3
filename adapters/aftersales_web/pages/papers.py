"""单据: the forms of the house: those of a ticket, the registers, and empty ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from aftersales_web.access.gate import Allow, Who
from aftersales_web.pages.frame import frame_of

router = APIRouter()


@router.get("/papers")
def papers(request: Request, who: Annotated[Who, Depends(Allow("read"))]) -> Response:
    """Which forms there are, which are owed, and where they are printed."""
    return frame_of(request).page(request, "papers.html", who)
