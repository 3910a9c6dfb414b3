"""仓库: what is left over and what became of its goods, line by line."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from aftersales_web.access.gate import Allow, Who
from aftersales_web.pages.frame import frame_of

router = APIRouter()


@router.get("/warehouse")
def warehouse(request: Request, who: Annotated[Who, Depends(Allow("read"))]) -> Response:
    """The leftover lines and their goods."""
    return frame_of(request).page(request, "warehouse.html", who)
