"""附件: a file comes in here, and is attached to a ticket by the command that names its digest."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from aftersales_core.media import TYPES
from aftersales_core.ports import FileRef
from aftersales_web.api.caller import Writer
from aftersales_web.api.rendering import Json, plain
from aftersales_web.api.telling import gives
from aftersales_web.office import office_of
from aftersales_web.problems import WebError

router = APIRouter(tags=["files"])


@router.post("/files", name="keep_file", responses=gives("FileRef", "the file, as `attach-file` names it", status=201, errors=(400, 413, 415, 422)), status_code=201)
async def keep(request: Request, who: Writer) -> Response:
    """Keep a photo, a signature or a document: its bytes as the body, or a form with the field `file`.

    What it is is told by its bytes, which have to bear out what it is said to be. The same file twice is one file.
    """
    office = office_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    content: Any
    if kind == "multipart/form-data":
        async with request.form(max_files=1, max_fields=20) as form:
            sent = form.get("file")
            if not isinstance(sent, UploadFile):
                raise WebError("no-file", 422)
            kept = await run_in_threadpool(_kept, office.desk, sent.file, sent.content_type or "", sent.filename)
    elif kind.startswith(("image/", "application/")) and kind not in ("application/json", "application/x-www-form-urlencoded"):
        content = await request.body()
        kept = await run_in_threadpool(_kept, office.desk, content, kind, None)
    else:
        raise WebError("not-a-file-type", 415, found=kind[:80], known=", ".join(TYPES))
    return Json(plain(kept), 201)


def _kept(desk: Any, content: Any, media_type: str, name: str | None) -> FileRef:
    found: FileRef = desk.keep(content, media_type=media_type, name=(name or "")[:120] or None)
    return found
