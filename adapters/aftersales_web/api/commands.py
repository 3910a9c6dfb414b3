"""命令: a command about a ticket, given once and at the version it was meant for; and many at once, for importers.

The body of a command is its own fields, as the core has them. Who gives it, in which role and about which ticket is known
from elsewhere and cannot be said in it; its id is the header `Idempotency-Key`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, NamedTuple

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from aftersales_core.clerk import Receipt
from aftersales_core.errors import BadInput, CommandReused, Refused, StaleTicket, UnknownTicket
from aftersales_core.rules import COMMANDS, AnyCommand, Command, parse_command
from aftersales_core.rules.intake import ImportTicket, Report
from aftersales_core.rules.sight import sees
from aftersales_core.state import is_log
from aftersales_web.access.gate import Who
from aftersales_web.api.caller import Writer
from aftersales_web.api.preconditions import Expected, IfMatch, IfNone, Key, etag, expected, key_of
from aftersales_web.api.rendering import Json, Shown, of_entry
from aftersales_web.api.telling import gives
from aftersales_web.api.tickets import Number
from aftersales_web.office import Office, office_of
from aftersales_web.pages.desk import as_path, first_entry, number_of, ticket_of
from aftersales_web.problems import WebError

router = APIRouter(tags=["commands"])

CHANNEL: Final = "web"
"""How a command reached us, where its sender does not say; a playbook may know which ways there are, and this is one."""

OPENERS: Final[tuple[type[Command], ...]] = (Report, ImportTicket)
"""Commands that open a ticket, so that there is no version to be expected."""

KNOWN: Final = frozenset({"command", "ticket", "command_id", "actor", "role"})
"""Fields of every command that are not said in its body."""


class Wanted(NamedTuple):
    """A command as it was asked for.

    Attributes:
        said: with all its fields; `timed`: whether its sender said when it happened.
        expect: the version its ticket has to be at; None for any.
    """

    kind: type[Command]
    said: dict[str, Any]
    timed: bool
    expect: int | None


async def body_of(request: Request) -> bytes:
    """The body of a request that says it is JSON. Raises WebError `not-json-type`."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise WebError("not-json-type", 415, found=kind[:80])
    return await request.body()


def read_json(body: bytes) -> Any:
    """What a body says. Raises BadInput `not-json`."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise BadInput("not-json", reason=str(problem)[:200]) from None


def fields_of(kind: type[Command]) -> list[str]:
    """The fields that stand in the body of a command."""
    return [name for name in kind.model_fields if name not in KNOWN]


@router.post(
    "/tickets/{ticket}/commands/{command}",
    responses=gives("Receipt", "what was recorded", status=201, versioned=True, errors=(400, 404, 409, 412, 415, 422, 428)), status_code=201,
)  # fmt: skip
async def give(
    request: Request, who: Writer, ticket: Number, command: Annotated[str, Path(max_length=80)],
    if_match: IfMatch = None, if_none_match: IfNone = None, idempotency_key: Key = None,
    dry_run: Annotated[bool, Query(description="Only say what would be recorded, or why it would be refused.")] = False,
) -> Response:  # fmt: skip
    """Give a command about a ticket."""
    office = office_of(request)
    if (kind := COMMANDS.get(command)) is None:
        raise WebError("no-such-command", 404, command=command, known=", ".join(COMMANDS))
    body = read_json(await body_of(request) or b"{}")
    key = key_of(idempotency_key)
    wanted = await run_in_threadpool(_wanted, office, who, kind, number_of(ticket), body, key, expected(if_match), if_none_match, dry_run)
    if dry_run:
        would = await run_in_threadpool(_check, office, wanted)
        return Json(await run_in_threadpool(_told, office, who, would, dry_run=True))
    receipt = await handed_in(office, who, wanted)
    headers = {"ETag": etag(receipt.version)}
    if receipt.repeated:
        headers["Idempotency-Replayed"] = "true"
    if receipt.entries:
        headers["Location"] = f"{request.url.path.partition('/tickets/')[0]}/tickets/{as_path(receipt.ticket)}"
    return Json(await run_in_threadpool(_told, office, who, receipt), 201 if receipt.entries else 200, headers)


def _wanted(
    office: Office, who: Who, kind: type[Command], number: str, body: Any, key: str, match: Expected | None, none_match: str | None,
    dry_run: bool,
) -> Wanted:  # fmt: skip
    """A command with everything its request says of it.

    Raises:
        UnknownTicket: there is none, or the caller does not see it.
        BadInput, WebError: see `wish_of`; `version-missing`, `bad-if-none-match`, `number-reserved`.
    """
    wish = wish_of(office, who, kind, number, body, key)
    if kind in OPENERS:
        if is_log(number):
            raise BadInput("number-reserved", field="ticket", value=number)
        if none_match is not None and none_match.strip() != "*":
            raise WebError("bad-if-none-match", 400, value=none_match[:80])
        expect = 0 if none_match is not None else None if match is None else match.at(office.desk.ledger.version(number))
        return wish._replace(expect=expect)
    ticket = ticket_of(office, who, as_path(number))
    if match is None and not dry_run:
        raise WebError("version-missing", 428, ticket=number, version=ticket.version)
    return wish._replace(expect=match.at(ticket.version) if match is not None else None)


def wish_of(office: Office, who: Who, kind: type[Command], number: str, body: Any, key: str) -> Wanted:
    """The command that a body asks for, at any version.

    Raises:
        BadInput: `not-an-object`.
        WebError: `said-elsewhere`; a field that does not stand in a body.
    """
    if not isinstance(body, dict):
        raise BadInput("not-an-object", field="", value="", command=kind.name())
    for name in body:
        if name in KNOWN:
            raise WebError("said-elsewhere", 422, field=name)
    timed = body.get("occurred_at") is not None
    said = {
        "channel": CHANNEL, **body, **own_branch(who, kind, body), "command": kind.name(), "ticket": number, "command_id": key, "actor": who.actor, "role": who.role,
        "occurred_at": body["occurred_at"] if timed else first_time(office, key) or office.now(),
    }  # fmt: skip
    return Wanted(kind, said, timed, None)


def own_branch(who: Who, kind: type[Command] | None, body: Mapping[str, Any]) -> dict[str, str]:
    """The shop of a ticket that is opened by somebody who works for one only, and does not say: else he would not see it."""
    if kind not in OPENERS or body.get("branch") is not None or who.branches is None or len(who.branches) != 1:
        return {}
    return {"branch": next(iter(who.branches))}


def first_time(office: Office, key: str) -> datetime | None:
    """When the command of that id happened, where it was answered: one that does not say has to be the same again."""
    first = first_entry(office, key)
    return None if first is None else first.occurred_at


def parsed(said: Mapping[str, Any]) -> AnyCommand:
    """A command from JSON values, each of the type that the schema says: `"120"` 分 might be yuan. Raises BadInput."""
    # what finds its own log looks at its day before it is read, and is no JSON any more when it is
    strict = said.get("command") in COMMANDS
    return parse_command(json.dumps(said, default=lambda moment: moment.isoformat()), strict=strict)


async def handed_in(office: Office, who: Who, wanted: Wanted) -> Receipt:
    """The answer to a command.

    Raises:
        Refused, BadInput, StaleTicket, CommandReused, StoreUnusable: see `Desk.handle`.
        WebError: `number-taken`; of a ticket that the caller does not see no more is said.
    """
    try:
        try:
            return await office.counter.handle(parsed(wanted.said), expect=wanted.expect)
        except CommandReused:
            # the same request, sent again before the first was answered: neither said when it happened
            first = None if wanted.timed else await run_in_threadpool(first_time, office, wanted.said["command_id"])
            if first is None or first == wanted.said["occurred_at"]:
                raise
            return await office.counter.handle(parsed({**wanted.said, "occurred_at": first}), expect=wanted.expect)
    except (Refused, StaleTicket):
        if wanted.kind in OPENERS and not await run_in_threadpool(sees_now, office, who, wanted.said["ticket"]):
            raise WebError("number-taken", 409, ticket=wanted.said["ticket"]) from None
        raise


def sees_now(office: Office, who: Who, number: str) -> bool:
    """Whether the caller sees a ticket; one that is not there is nobody's secret."""
    ticket = office.desk.clerk.load(number)
    return ticket.version == 0 or sees(who.viewer, ticket, office.desk.playbook)


def _check(office: Office, wanted: Wanted) -> Receipt:
    """What would be recorded; raises what `handed_in` raises."""
    number = wanted.said["ticket"]
    command = parsed(wanted.said)
    found = office.desk.ledger.version(number)
    if wanted.expect is not None and found != wanted.expect:
        raise StaleTicket("stale-ticket", ticket=number, expected=wanted.expect, found=found)
    return office.desk.check(command)


def _told(office: Office, who: Who, receipt: Receipt, *, dry_run: bool = False) -> dict[str, Any]:
    """A receipt as JSON."""
    try:
        about = office.desk.state(receipt.ticket)
    except UnknownTicket:
        about = None  # only a dry run opens a ticket that is not there
    shown: dict[str, Any] = Shown(office, who)(of_receipt(receipt, dry_run=dry_run), about)
    return shown


def of_receipt(receipt: Receipt, *, dry_run: bool = False) -> dict[str, Any]:
    """A receipt as JSON values. Where its facts stand in the ledger is known of a repeat only, and is left out of both."""
    facts = [of_entry(entry) for entry in receipt.entries]
    for each in facts:
        each.pop("position", None)
    return {"ticket": receipt.ticket, "version": receipt.version, "facts": facts, "flags": receipt.flags, "dry_run": dry_run}
