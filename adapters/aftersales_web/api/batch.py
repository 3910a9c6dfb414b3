"""批量: many commands at once, each answered by itself, in order; and what the house does by the calendar."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from aftersales_core.clerk import Receipt
from aftersales_core.errors import AftersalesError, BadInput, Refused, UnknownTicket
from aftersales_core.rules import COMMANDS
from aftersales_core.rules.routines import DoRoutine
from aftersales_core.state import log_of
from aftersales_core.wording import Lang
from aftersales_web.access.gate import Who
from aftersales_web.api.asked import Day
from aftersales_web.api.caller import Reader, Writer
from aftersales_web.api.commands import (
    CHANNEL,
    OPENERS,
    body_of,
    first_time,
    handed_in,
    of_receipt,
    own_branch,
    parsed,
    read_json,
    sees_now,
    wish_of,
)
from aftersales_web.api.preconditions import Key, key_of
from aftersales_web.api.rendering import Json, Shown
from aftersales_web.api.replies import Rounds
from aftersales_web.api.telling import gives
from aftersales_web.office import Office, office_of
from aftersales_web.pages.frame import lang_of
from aftersales_web.problems import WebError, problem_of, status_of

router = APIRouter(tags=["commands"])

MOST: Final = 1000
"""Commands of one request."""

DAYS: Final = 92
"""Days whose rounds are shown together."""

LINES: Final = frozenset({"application/x-ndjson", "application/jsonl", "application/x-jsonlines"})


@router.post("/commands", name="give_commands", responses=gives("Answers", "what came of each command, in order", errors=(400, 415, 422)))
async def give_each(request: Request, who: Writer) -> Response:
    """Give up to 1000 commands: a JSON list, or one a line. Each has all its fields, its ticket and its `command_id` too.

    Every command is answered by itself, and those about one ticket are taken in order. `actor` and `role` are the caller's
    and need not be said; anybody else's are refused. A command is taken at any version of its ticket.
    """
    office, lang = office_of(request), lang_of(request)
    wanted = await _commands(request)
    made = await run_in_threadpool(lambda: [_made(office, who, each) for each in wanted])
    # all are handed in before the first is waited for, so that they are written together
    waiting = [
        asyncio.ensure_future(office.counter.handle(each)) if not isinstance(each, Exception) else None for each in made
    ]  # fmt: skip
    await asyncio.gather(*(each for each in waiting if each is not None), return_exceptions=True)
    answers: list[Any] = []
    for each, future in zip(made, waiting, strict=True):
        answers.append(each if future is None else future.exception() or future.result())
    return Json(await run_in_threadpool(_all_told, office, who, made, answers, lang, request.scope["path"]))


async def _commands(request: Request) -> list[Any]:
    """The commands of a request, whatever they are. Raises BadInput `not-json`; WebError `not-a-list`, `too-many`."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    found: Any
    if kind in LINES:
        found = [read_json(line) for line in (await request.body()).splitlines() if line.strip()]
    else:
        found = read_json(await body_of(request))
    if not isinstance(found, list):
        raise WebError("not-a-list", 422)
    if len(found) > MOST:
        raise WebError("too-many-commands", 422, most=MOST)
    return found


def _made(office: Office, who: Who, said: Any) -> Any:
    """A command as this caller may give it, or what is wrong with it."""
    try:
        if not isinstance(said, dict):
            raise BadInput("not-an-object", field="", value="", command="")
        for name, own in (("actor", who.actor), ("role", who.role)):
            if said.get(name, own) != own:
                raise WebError("not-your-name", 403, field=name, own=own)
        kind = COMMANDS.get(str(said.get("command")))
        told = {"channel": CHANNEL, "occurred_at": office.now(), **said, **own_branch(who, kind, said), "actor": who.actor, "role": who.role}
        command = parsed(told)
        if "occurred_at" not in said and (first := first_time(office, command.command_id)) is not None:
            command = parsed({**told, "occurred_at": first})
        if command.name() not in COMMANDS and not isinstance(command, DoRoutine):
            raise BadInput("unknown-command", field="command", value=command.name(), known=sorted(COMMANDS))
        if not isinstance(command, DoRoutine) and not isinstance(command, OPENERS) and not sees_now(office, who, command.ticket):
            raise UnknownTicket("unknown-ticket", ticket=command.ticket)
    except (AftersalesError, WebError) as problem:
        return problem
    return command


def _all_told(
    office: Office, who: Who, made: Sequence[Any], answers: Sequence[Receipt | BaseException], lang: Lang, path: str
) -> dict[str, Any]:
    """What came of each command, as JSON."""
    shown = Shown(office, who)
    items = []
    for command, answer in zip(made, answers, strict=True):
        if isinstance(answer, Receipt):
            about = None if isinstance(command, DoRoutine) else office.desk.clerk.load(answer.ticket)
            told = shown(of_receipt(answer), about)
            items.append({"status": 201 if answer.entries else 200, "replayed": answer.repeated, "receipt": told})
            continue
        problem: BaseException = answer
        if isinstance(problem, Refused) and isinstance(command, OPENERS) and not sees_now(office, who, command.ticket):
            problem = WebError("number-taken", 409, ticket=command.ticket)
        if not isinstance(problem, AftersalesError | WebError):
            raise problem
        items.append({"status": status_of(problem), "problem": shown(problem_of(problem, lang, path))})
    return {"items": items}


@router.get("/routines", name="routines", responses=gives("Rounds", "every round of some days", errors=()))
def rounds(
    request: Request, who: Reader,
    first: Annotated[Day | None, Query(description="Today unless given.")] = None,
    last: Annotated[Day | None, Query(description="The same day as the first unless given; at most 92 days on.")] = None,
) -> Response:  # fmt: skip
    """What the house does by the calendar, and whether it was done."""
    office = office_of(request)
    since = first or office.now().astimezone(office.zone).date()
    until = last or since
    if not timedelta(0) <= until - since <= timedelta(days=DAYS) or not 1900 <= since.year <= until.year <= 2199:
        raise WebError("bad-days", 422, most=DAYS)
    return Json(Shown(office, who)(Rounds(tuple(office.desk.rounds(since, until, at=office.now())))))


@router.post(
    "/routines", responses=gives("Receipt", "what was recorded", status=201, errors=(400, 409, 415, 422)), status_code=201,
)  # fmt: skip
async def do_routine(request: Request, who: Writer, idempotency_key: Key = None) -> Response:
    """Say that a routine of the house was done, and what came of it. The body is the fields of `do-routine`."""
    office = office_of(request)
    body = read_json(await body_of(request) or b"{}")
    if not isinstance(body, dict):
        raise BadInput("not-an-object", field="", value="", command=DoRoutine.name())
    wanted = await run_in_threadpool(wish_of, office, who, DoRoutine, log_of(date.min), body, key_of(idempotency_key))
    receipt = await handed_in(office, who, wanted)
    headers = {"Idempotency-Replayed": "true"} if receipt.repeated else {}
    return Json(Shown(office, who)(of_receipt(receipt)), 201 if receipt.entries else 200, headers)
