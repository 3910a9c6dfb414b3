"""今日: what there is to do, by role."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from aftersales_web.access.gate import Allow, Who
from aftersales_web.pages.frame import frame_of

router = APIRouter()


@router.get("/")
def today(request: Request, who: Annotated[Who, Depends(Allow("read"))]) -> Response:
    """The day's work of whoever looks."""
    return frame_of(request).page(request, "today.html", who)
