"""制度: which rules are in effect, and what others would have changed of what was decided: asked before they take effect."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any, Final, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from aftersales_core.audit import Judged, Rejudged, alike
from aftersales_core.errors import PlaybookUnsound
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import load_playbook
from aftersales_core.wording import Lang
from aftersales_web.access.gate import Admin, Form, Who, text_of
from aftersales_web.office import Office, office_of
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.plan import day_of

router = APIRouter()

DAYS: Final = 90
"""How far back is looked unless somebody asks for more."""

MOST: Final = 200_000
"""Facts that are read before a trial ends, so that it comes to an end."""

EXAMPLES: Final = 5


class Kind(NamedTuple):
    """Decisions that would go differently in the same way; *reasons* are those of the first, with their clauses."""

    outcome: str
    command: str
    kind: str
    times: int
    reasons: tuple[tuple[str, tuple[str, ...]], ...]
    examples: tuple[Judged, ...]


class Trial(NamedTuple):
    """What came of trying a playbook; *cut* where there was more to look at."""

    book: Playbook
    report: Rejudged
    kinds: tuple[Kind, ...]
    cut: bool


@router.get("/rules")
def rules(request: Request, who: Admin) -> Response:
    """The rules in effect, and a form to try others."""
    return _page(request, who, None)


@router.post("/rules")
def trial(request: Request, who: Admin, form: Form) -> Response:
    """Judge what was decided since a day by the playbook that was sent; nothing of it is kept."""
    office, lang = office_of(request), lang_of(request)
    text, since = _playbook(form), _since(office, text_of(form, "since"))
    if not text.strip():
        return _page(request, who, form, problems=("",), status=422)
    try:
        book = load_playbook(text)
    except PlaybookUnsound as unsound:
        return _page(request, who, form, text=text, problems=tuple(map(str, unsound.facts.get("problems", ()))), status=422)
    return _page(request, who, form, text=text, trial=tried(office, book, since, lang))


def tried(office: Office, book: Playbook, since: datetime, lang: Lang, most: int = MOST) -> Trial:
    """What *book* would have changed of what happened since, up to so many facts read."""
    report, found, cut = Rejudged(), list[Judged](), False

    def enough(seen: int, _total: int) -> None:
        if seen > most:
            raise _Enough

    try:
        for each in office.desk.rejudge(report, under=book, since=since, progress=enough):
            found.append(each)
    except _Enough:
        cut = True
    return Trial(book, report, tuple(_kind(each, lang) for each in alike(found)), cut)


class _Enough(Exception):
    """So much was read that a page should not wait longer."""


def _kind(kind: list[Judged], lang: Lang) -> Kind:
    first = kind[0]
    reasons = tuple((each.error(first.ticket, first.command).sentence(lang), each.clauses) for each in first.refusals)
    return Kind(first.outcome, first.command, first.entries[0].fact.kind, len(kind), reasons, tuple(kind[:EXAMPLES]))


def _playbook(form: FormData | None) -> str:
    file = form.get("file") if form is not None else None
    if isinstance(file, UploadFile) and file.size:
        return file.file.read().decode("utf-8-sig", errors="replace")
    return text_of(form, "text")


def _since(office: Office, text: str) -> datetime:
    day = day_of(text) if text else office.now().astimezone(office.zone).date() - timedelta(days=DAYS)
    return datetime.combine(day, time(), office.zone)


def _page(
    request: Request, who: Who, form: FormData | None, *, text: str = "", problems: tuple[str, ...] = (), trial: Trial | None = None, status: int = 200
) -> Response:
    office = office_of(request)
    told: dict[str, Any] = {
        "book": office.desk.playbook, "text": text, "problems": problems, "trial": trial, "since": _since(office, text_of(form, "since")).date(),
    }  # fmt: skip
    return frame_of(request).page(request, "rules.html", who, status, **told)
