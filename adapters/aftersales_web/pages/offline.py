"""离线: what a telephone needs to work without network: the service worker, and the page it shows where it has none."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from aftersales_web.access.gate import Anyone, Who
from aftersales_web.assets import Assets
from aftersales_web.pages.frame import frame_of

router = APIRouter()

SHELL: Final = (
    "office.css", "office.js", "visits.css", "visits.js", "icon.svg", "vendor/htmx.min.js", "vendor/icons.svg",
    "vendor/signature_pad.min.js",
)  # fmt: skip
"""What the pages of visits are made of, kept on the telephone under names that change with their content."""

MODULE: Final = "queue.js"
"""Asked for by its bare name, by pages and the service worker alike."""


@router.get("/sw.js")
def service_worker(request: Request, _who: Annotated[Who | None, Depends(Anyone("a script, the same for everybody"))]) -> Response:
    """The service worker, which changes whenever something it keeps does."""
    assets: Assets = request.app.state.assets
    worker, module = assets.find("sw.js"), assets.find(MODULE)
    assert worker is not None
    assert module is not None
    files = [*(assets.url(name) for name in SHELL), f"/static/{MODULE}", "/visits/offline"]
    mark = sha256((worker.mark + module.mark + "".join(files)).encode()).hexdigest()[:16]
    text = worker.content.decode().replace("{{mark}}", mark).replace("{{files}}", json.dumps(files))
    return Response(text, media_type="text/javascript", headers={"Service-Worker-Allowed": "/", "Cache-Control": "no-cache"})


@router.get("/visits/offline")
def offline(request: Request, _who: Annotated[Who | None, Depends(Anyone("says only that there is no network"))]) -> Response:
    """Shown by the telephone for a page it does not keep."""
    return frame_of(request).page(request, "offline.html")
