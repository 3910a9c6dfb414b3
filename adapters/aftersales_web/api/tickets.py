"""工单: the board as rows, and one ticket: as it is or was, its history, its moves, its clocks, its story, its files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import quote

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from aftersales_core import wording
from aftersales_core.errors import UnknownFile
from aftersales_core.moves import TICKET
from aftersales_core.ports import Where
from aftersales_core.rules import Refusal
from aftersales_core.rules.sight import conditions, listed
from aftersales_core.state import File, Ticket
from aftersales_core.views import BOARD
from aftersales_core.wording import Lang
from aftersales_web.api.asked import After, Limit, Moment, Order, asked, search, several
from aftersales_web.api.caller import Reader
from aftersales_web.api.preconditions import IfNoneMatch, etag, unchanged
from aftersales_web.api.rendering import Json, Shown, page
from aftersales_web.api.replies import Clocks, Files, LegalMoves, Move, Reason, Step
from aftersales_web.api.telling import gives
from aftersales_web.office import office_of
from aftersales_web.pages.desk import ticket_of
from aftersales_web.pages.frame import lang_of

router = APIRouter(prefix="/tickets", tags=["tickets"])

Number: TypeAlias = Annotated[str, Path(description="The ticket's number; a slash in it is written `~`.", max_length=80, examples=["AS-2026-1107"])]

AsOf: TypeAlias = Annotated[Moment | None, Query(description="As of this moment: only what had happened by then.")]
KnownAt: TypeAlias = Annotated[Moment | None, Query(description="As it was known then: only what had been written down by then.")]
Behind: TypeAlias = Annotated[int, Query(ge=0, le=10**9, description="Facts behind this version.")]


@router.get("", name="tickets", responses=gives("BoardRow", "a page of the board", paged=True))
def board(
    request: Request, who: Reader,
    stage: Annotated[list[str] | None, Query(description="One of these stages.", json_schema_extra={"items": {"type": "string", "enum": list(TICKET.states)}})] = None,
    branch: Annotated[list[str] | None, Query(description="Of one of these shops.")] = None,
    category: Annotated[list[str] | None, Query(description="Of one of these categories.")] = None,
    crew: Annotated[str | None, Query(description="For whose visits this person was ever named.", max_length=80)] = None,
    overdue: Annotated[bool, Query(description="Only where something should have been done by now.")] = False,
    q: Annotated[str | None, Query(description="A ticket's number, a telephone number or a customer. Whoever is shown them masked has to say the whole of the latter two.", min_length=1, max_length=120)] = None,
    sort: Order = None, after: After = None, limit: Limit = 50,
) -> Response:  # fmt: skip
    """The tickets the caller sees, those that something happened to last on top."""
    office, shown = office_of(request), Shown(office_of(request), who)
    where = [
        *conditions(who.viewer, office.desk.playbook),
        *several("stage", stage, TICKET.states), *several("branch", branch), *several("category", category),
    ]  # fmt: skip
    if crew:
        where.append(Where("assigned", "contains", listed((crew,))))
    if overdue:
        where.append(Where("next_due", "lt", office.now()))
    if q:
        where.append(search(q, shown.full))
    order = asked(BOARD.shape, (), sort, shown.full).order
    found = office.desk.look(BOARD, where, order=order, after=after, limit=limit)
    return page(request, shown.rows(found.rows), found.next)


@router.get("/{ticket}", name="ticket", responses=gives("Ticket", "the ticket", versioned=True, errors=(304, 404)))
def state(
    request: Request, who: Reader, ticket: Number, as_of: AsOf = None, known_at: KnownAt = None, if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """What is true of a ticket: now, as of a moment, as it was known at a moment, or both.

    As it is now it comes with its version as `ETag`, which a command about it brings back as `If-Match`.
    """
    office = office_of(request)
    found = ticket_of(office, who, ticket)
    if as_of is not None or known_at is not None:
        then = office.desk.state(found.number, as_of=as_of, known_at=known_at)
        return Json(Shown(office, who)(then, found))
    headers = {"ETag": etag(found.version)}
    if unchanged(if_none_match, found.version):
        return Response(status_code=304, headers=headers)
    return Json(Shown(office, who)(found), headers=headers)


@router.get("/{ticket}/history", responses=gives("Entry", "a page of the history", paged=True, versioned=True, errors=(404,)))
def history(request: Request, who: Reader, ticket: Number, after: Behind = 0, limit: Limit = 50) -> Response:
    """Every fact of a ticket in its envelope, in the order they were written; the cursor is the version."""
    office = office_of(request)
    found = ticket_of(office, who, ticket)
    entries = office.desk.ledger.history(found.number, after=after, upto=after + limit)
    return _steps(request, found, Shown(office, who)(entries, found), after, limit)


@router.get("/{ticket}/story", responses=gives("Step", "a page of the story", paged=True, versioned=True, errors=(404,)))
def story(request: Request, who: Reader, ticket: Number, after: Behind = 0, limit: Limit = 50) -> Response:
    """The history step by step: what changed by each fact, and under which clauses."""
    office = office_of(request)
    found = ticket_of(office, who, ticket)
    steps = islice(office.desk.story(found.number), after, after + limit)
    told = [
        Step(step.entry.version, step.entry.fact.kind, step.entry.occurred_at, step.entry.actor, step.ticket.stage, step.clauses, step.changes)
        for step in steps
    ]  # fmt: skip
    return _steps(request, found, Shown(office, who)(told, found), after, limit)


def _steps(request: Request, ticket: Ticket, items: Sequence[Any], after: int, limit: int) -> Json:
    more = after + limit < ticket.version
    answer = page(request, items, str(after + limit) if more else None, ticket=ticket.number, version=ticket.version)
    answer.headers["ETag"] = etag(ticket.version)
    return answer


@router.get("/{ticket}/legal-moves", responses=gives("LegalMoves", "every command, and whether it could be given", versioned=True, errors=(404,)))
def legal_moves(
    request: Request, who: Reader, ticket: Number,
    role: Annotated[str | None, Query(description="Ask for this role; the caller's own unless given. `*`: whatever the role.", max_length=80)] = None,
    open: Annotated[bool | None, Query(description="Only those that could be given, or only those that could not.")] = None,
) -> Response:  # fmt: skip
    """What may be done with a ticket now; and of everything else why not, under which clause, and what would make it legal."""
    office, lang = office_of(request), lang_of(request)
    found = ticket_of(office, who, ticket)
    asking = who.role if role is None else None if role == "*" else role
    moves = tuple(
        Move(move.command, wording.word("command", move.command, lang), move.open,
             tuple(reason(found.number, move.command, each, lang) for each in move.refusals))
        for move in office.desk.legal_moves(found.number, asking) if open is None or move.open is open
    )  # fmt: skip
    told = LegalMoves(found.number, found.version, found.stage, asking, moves)
    return Json(Shown(office, who)(told, found), headers={"ETag": etag(found.version)})


def reason(ticket: str, command: str, refusal: Refusal, lang: Lang) -> Reason:
    """One reason why not, in codes and in words."""
    lacking = tuple(wording.missing(item, lang, refusal.facts.get("titles")) for item in refusal.missing)
    said = refusal.error(ticket, command).sentence(lang)
    return Reason(refusal.code, said, refusal.clauses, refusal.missing, lacking, refusal.remedies, refusal.soft)


@router.get("/{ticket}/clocks", responses=gives("Clocks", "the clocks of the ticket", versioned=True, errors=(404,)))
def clocks(request: Request, who: Reader, ticket: Number, as_of: AsOf = None) -> Response:
    """Every clock that has started on a ticket: by when something is to be done, and how it stands; spans in seconds."""
    office = office_of(request)
    found = ticket_of(office, who, ticket)
    at = as_of or office.now()
    told = Clocks(found.number, found.version, at, office.desk.clocks(found.number, as_of=at))
    return Json(Shown(office, who)(told, found), headers={"ETag": etag(found.version)})


@router.get("/{ticket}/files", name="files", responses=gives("Files", "what is attached", versioned=True, errors=(404,)))
def attached(request: Request, who: Reader, ticket: Number) -> Response:
    """The photos, signatures and documents that belong to a ticket."""
    office = office_of(request)
    found = ticket_of(office, who, ticket)
    told = Files(found.number, found.version, found.files)
    return Json(Shown(office, who)(told, found), headers={"ETag": etag(found.version)})


@router.get("/{ticket}/files/{digest}", name="file", responses=gives("", "the bytes of the file", media="*/*", errors=(304, 404, 410)))
def attachment(
    request: Request, who: Reader, ticket: Number,
    digest: Annotated[str, Path(description="SHA-256 of the bytes, 64 lowercase hex digits.", max_length=80)],
    if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    """The bytes of a file that is attached to a ticket the caller sees; checked against their digest."""
    office = office_of(request)
    found = ticket_of(office, who, ticket)
    file = next((each for each in found.files if each.digest == digest), None)
    if file is None:
        raise UnknownFile("file-not-there", digest=digest)
    headers = {"ETag": f'"{digest}"', "Cache-Control": "private, max-age=3600", "Content-Security-Policy": "sandbox; default-src 'none'"}
    if if_none_match is not None and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    content = office.desk.file(digest)
    headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(_called(file), safe='')}"
    return Response(content, media_type=file.media_type or "application/octet-stream", headers=headers)


_ENDINGS: Final = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/heic": ".heic", "image/gif": ".gif", "application/pdf": ".pdf"}


def _called(file: File) -> str:
    return file.name or file.digest[:12] + _ENDINGS.get(file.media_type or "", "")
