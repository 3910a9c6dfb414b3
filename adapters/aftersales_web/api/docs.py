"""文档: the description of the API, as a document for programs and as a page for people."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from aftersales_web.access.gate import Anyone, Who
from aftersales_web.api.openapi import described
from aftersales_web.pages.frame import frame_of

router = APIRouter()

Open = Annotated[Who | None, Depends(Anyone("how to ask is no secret; what is answered is"))]


@cache
def _written() -> tuple[bytes, str]:
    """The document, and what its bytes are known by."""
    text = msgspec.json.encode(described())
    return text, f'"{sha256(text).hexdigest()[:32]}"'


@router.get("/api/openapi.json")
def document(request: Request, _who: Open) -> Response:
    """The API as OpenAPI 3.1."""
    text, mark = _written()
    headers = {"ETag": mark, "Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers=headers)
    return Response(text, media_type="application/json", headers=headers)


@router.get("/api/docs")
def page(request: Request, who: Open) -> Response:
    """The same to read and to try; whoever is signed in asks as himself."""
    return frame_of(request).page(request, "api-docs.html", who)
