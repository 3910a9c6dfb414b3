"""条款: every clause of the process documents, in both languages, with how it is carried and what it governs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from aftersales_core.playbooks.register import CARRIED
from aftersales_web.access.gate import Reader
from aftersales_web.office import office_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.lawbook import lawbook, tally

router = APIRouter()


@router.get("/clauses")
def clauses(request: Request, who: Reader, q: str = "", carried: str = "") -> Response:
    """The clauses by series; `#L-14` leads to one."""
    book, lang = office_of(request).desk.playbook, lang_of(request)
    q = q.strip()[:100]
    chapters = lawbook(book, lang, q=q, carried=carried)
    counts = tally(book, lang)
    told: dict[str, Any] = {
        "chapters": chapters, "q": q, "carried": carried, "counts": [(name, counts[name]) for name in (*CARRIED, "open") if name in counts],
        "count": sum(len(chapter.laws) for chapter in chapters), "total": sum(counts.values()), "book": book,
    }  # fmt: skip
    return frame_of(request).page(request, "clauses.html", who, **told)
