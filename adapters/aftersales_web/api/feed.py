"""消息流: every fact of the tickets the caller sees, in the order they were written, as CloudEvents; or as it is written.

A reader that comes back says where it stopped and goes on behind it: nothing is sent twice, nothing is left out. What logs
hold, of the house or of accesses, is no ticket's and not in it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Final, NamedTuple, TypeAlias, get_args

import msgspec
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from aftersales_core.audit.story import clauses_of
from aftersales_core.facts import Entry, TicketFact
from aftersales_core.playbooks import Playbook
from aftersales_core.rules.sight import sees
from aftersales_core.state import Ticket, is_log
from aftersales_web.access.gate import Who, known
from aftersales_web.api.asked import MOST
from aftersales_web.api.caller import Exporter, carried_out
from aftersales_web.api.rendering import Json, Shown, of_entry
from aftersales_web.api.telling import JSON, ref
from aftersales_web.api.views import may
from aftersales_web.office import Office, office_of
from aftersales_web.problems import WebError

router = APIRouter(tags=["events"])

STREAM: Final = "text/event-stream"

LONGEST: Final = 25
"""Seconds a caller may wait for something to happen; proxies cut at 30."""

OURS: Final = tuple(kind.kind for kind in get_args(TicketFact))
"""Kinds of the facts of tickets."""

Position: TypeAlias = Annotated[str, Query(
    pattern="^([0-9]{1,18}|latest)$", description="Facts behind this position, `next` or `id` of what was read last; `latest`: only what comes.",
)]  # fmt: skip


class Read(NamedTuple):
    """What was read of the ledger, and how far."""

    events: list[dict[str, Any]]
    position: int


FEED: Final[dict[int | str, dict[str, Any]]] = {200: {
    "description": "The facts behind a position. As `text/event-stream` they come as they are written: `id` is the position, `event` is "
    "`fact`, `data` the same CloudEvent as one line of JSON; a comment line every 15 seconds while nothing happens.",
    "content": {JSON: {"schema": ref("Events")}, STREAM: {"schema": {"type": "string"}}},
}}  # fmt: skip


@router.get("/events", responses=FEED)
async def events(
    request: Request, who: Exporter, after: Position = "0",
    limit: Annotated[int, Query(ge=1, le=MOST, description="At most so many.")] = 100,
    wait: Annotated[float, Query(ge=0, le=LONGEST, description="Seconds to wait where there is nothing yet.")] = 0,
    kind: Annotated[list[str] | None, Query(description="Only facts of these kinds.", json_schema_extra={"items": {"type": "string", "enum": list(OURS)}})] = None,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", description="Of a stream that broke: goes before `after`.", max_length=40)] = None,
    accept: Annotated[str, Header(description=f"`{STREAM}` for a stream.", include_in_schema=False)] = JSON,
) -> Response:  # fmt: skip
    """Every fact of the tickets the caller sees, in the order they were written, as CloudEvents 1.0.

    Read on from `next`. Needs the scope `export` and a role that may carry data out, which is noted once a day.
    """
    office = office_of(request)
    if not may(office, who):
        raise WebError("may-not-export", 403, role=who.role)
    for each in kind or ():
        if each not in OURS:
            raise WebError("no-such-kind", 422, kind=each[:80])
    await run_in_threadpool(carried_out, office, who, "events")
    position = await run_in_threadpool(office.live.position) if after == "latest" else int(after)
    kinds = frozenset(kind or ())
    if STREAM in accept:
        if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit():
            position = int(last_event_id[:18])
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(_stream(request, office, position, limit, kinds), media_type=STREAM, headers=headers)
    read = await run_in_threadpool(_read, office, who, position, limit, kinds)
    if not read.events and wait:
        read = await _waited(office, who, read, limit, kinds, wait)
    return Json({"items": read.events, "next": str(read.position)})


async def _waited(office: Office, who: Who, read: Read, limit: int, kinds: frozenset[str], wait: float) -> Read:
    """The same, once something happened or the time is over."""
    try:
        async with asyncio.timeout(wait), aclosing(office.live.after(read.position)) as following:
            async for happened in following:
                if happened and (read := await run_in_threadpool(_read, office, who, read.position, limit, kinds)).events:
                    break
    except TimeoutError:
        pass
    return read


async def _stream(request: Request, office: Office, position: int, limit: int, kinds: frozenset[str]) -> AsyncIterator[str]:
    """Facts as they are written, for as long as the caller is who he was when he came."""
    yield "retry: 2000\n\n"
    async with aclosing(office.live.after(position)) as following:
        async for happened in following:
            who = await run_in_threadpool(known, request)
            if who is None or "export" not in who.scopes or not may(office, who):
                return
            if not happened:
                yield ": quiet\n\n"
            while happened and position < happened[-1].position:
                read = await run_in_threadpool(_read, office, who, position, limit, kinds)
                for event in read.events:
                    yield f"id: {event['id']}\nevent: fact\ndata: {msgspec.json.encode(event).decode()}\n\n"
                if not read.events:
                    yield f": {read.position}\n\n"  # whoever reads knows that we are here
                if read.position == position:
                    break
                position = read.position


def _read(office: Office, who: Who, position: int, limit: int, kinds: frozenset[str]) -> Read:
    """Up to *limit* facts behind *position* that the caller sees, and how far the ledger was read for them."""
    book = office.desk.playbook
    shown = Shown(office, who)
    tickets: dict[str, Ticket | None] = {}
    found: list[dict[str, Any]] = []
    for _ in range(10):  # where little is seen much is read, but not without end for one request
        entries = office.desk.ledger.since(position, limit)
        for entry in entries:
            if entry.ticket not in tickets:
                ticket = None if is_log(entry.ticket) else office.desk.clerk.load(entry.ticket)
                tickets[entry.ticket] = ticket if ticket is not None and sees(who.viewer, ticket, book) else None
            about = tickets[entry.ticket]
            position = entry.position
            if about is None or (kinds and entry.fact.kind not in kinds):
                continue
            found.append(event_of(entry, office.desk.playbook_of(about), shown, about))
            if len(found) == limit:
                return Read(found, position)
        if len(entries) < limit:
            break
    return Read(found, position)


def event_of(entry: Entry, book: Playbook, shown: Shown, about: Ticket) -> dict[str, Any]:
    """A fact as a CloudEvent; *about* its ticket, by whose playbook its clauses are told."""
    kind = entry.fact.kind
    return {
        "specversion": "1.0",
        "id": str(entry.position),
        "source": "/api/v1/events",
        "type": f"aftersales.{kind}.v{entry.fact.shape}",
        "subject": entry.ticket,
        "time": entry.occurred_at.isoformat(),
        "datacontenttype": "application/json",
        "sequence": f"{entry.position:020}",
        "clauses": _clauses(kind, book),
        "data": shown(of_entry(entry), about),
    }


_CLAUSES: Final[dict[int, tuple[Playbook, dict[str, str]]]] = {}


def _clauses(kind: str, book: Playbook) -> str:
    """The clauses a fact stands under, joined by commas; found once for each edition of the rules."""
    if id(book) not in _CLAUSES:  # holding the playbook, so that the number cannot become another's
        if len(_CLAUSES) > 100:
            _CLAUSES.clear()
        _CLAUSES[id(book)] = (book, {})
    known = _CLAUSES[id(book)][1]
    if kind not in known:
        known[kind] = ",".join(clauses_of(kind, book))
    return known[kind]
