"""发送: what a telephone recorded without network and sends when it has one again: commands and photos, each once, in order.

The telephone chooses the id of a command and tells its true time when it is tapped, and sends both again and again until
there is an answer; the core records it once. No version is asked for: what was done at the customer's is so, whatever the
office wrote since, and the rules decide on what is true when it arrives. Nobody but the account that tapped it sends it.
"""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.datastructures import UploadFile

from aftersales_core.clerk import Receipt
from aftersales_core.errors import BadInput
from aftersales_core.rules import COMMANDS
from aftersales_web.access.gate import Form, Reader, Who, Writer, text_of
from aftersales_web.numbers import whole
from aftersales_web.office import Office, office_of
from aftersales_web.pages.asking import ENVELOPE, moment_of
from aftersales_web.pages.desk import as_path, record, ticket_of
from aftersales_web.pages.enter import inside
from aftersales_web.pages.visiting import COMMANDS_OF_A_VISIT
from aftersales_web.problems import WebError, of_program

router = APIRouter()


PICTURES: Final = ("photo", "signature")
"""What a picture from a telephone can be for."""


class Sent(BaseModel):
    """One command as a telephone sends it.

    Attributes:
        account: whose it is; another account on the same telephone never sends it.
        role: the role it was tapped in.
        occurred_at: by the telephone's clock, with its zone.
        fields: the command's own, as its schema says.
    """

    model_config = ConfigDict(extra="forbid")

    command: str
    command_id: str = Field(min_length=1, max_length=80)
    occurred_at: str = Field(max_length=40)
    account: str
    role: str
    fields: dict[str, Any] = {}


@router.get("/visits/me")
def me(request: Request, who: Reader) -> Response:
    """Who is signed in, the session's secret and the time here, asked before anything is sent."""
    secret = who.session.csrf if who.session is not None else ""
    return JSONResponse({"account": who.actor, "role": who.role, "roles": list(who.roles), "csrf": secret, "now": office_of(request).now().isoformat()})


@router.post("/visits/{path}/commands")
def send_command(request: Request, who: Writer, path: str, sent: Sent) -> Response:
    """Record a command; its receipt, or problem details."""
    office = office_of(request)
    role = _role(who, sent.account, sent.role)
    if (foreign := ENVELOPE & set(sent.fields)) or sent.command not in COMMANDS_OF_A_VISIT:
        raise BadInput("unknown-field" if foreign else "unknown-command", _odd(sent, foreign))
    number = ticket_of(office, who, path).number
    return JSONResponse(_told(_record(office, who, role, number, sent.command, sent.command_id, sent.occurred_at, sent.fields)))


@router.post("/visits/{path}/photos")
def send_photo(request: Request, who: Writer, path: str, form: Form) -> Response:
    """Keep a picture under the digest of its bytes and attach it; sent twice it is kept once and attached once."""
    office = office_of(request)
    role = _role(who, text_of(form, "account") or who.actor, text_of(form, "role") or who.role)
    number = ticket_of(office, who, path).number
    file, purpose = form.get("file") if form is not None else None, text_of(form, "purpose") or "photo"
    if not isinstance(file, UploadFile) or not file.filename:
        raise BadInput("field-left-out", field="file", value=None, command="attach-file")
    if purpose not in PICTURES:
        raise WebError("bad-request", 422, field="purpose", reason="/".join(PICTURES))
    kept = office.desk.keep(file.file, media_type=file.content_type or "application/octet-stream", name=file.filename[-120:])
    fields: dict[str, Any] = {"digest": kept.digest, "media_type": kept.media_type, "size": kept.size, "file_name": kept.name, "purpose": purpose}
    if (visit := whole(text_of(form, "visit"))) is not None:
        fields["visit"] = visit
    if text_of(form, "check"):
        fields["check"] = text_of(form, "check")
    at = moment_of(text_of(form, "occurred_at"), office.zone) if text_of(form, "occurred_at") else office.now().isoformat()
    timed = bool(text_of(form, "occurred_at"))
    receipt = _record(office, who, role, number, "attach-file", text_of(form, "command_id") or office.new_id(), at, fields, timed=timed)
    if of_program(request):
        return JSONResponse({**_told(receipt), "digest": kept.digest})
    onward = inside(text_of(form, "next")) if text_of(form, "next") else f"/t/{as_path(number)}"
    return RedirectResponse(f"{onward}?done=attach-file", 303)


def _record(
    office: Office, who: Who, role: str, number: str, command: str, command_id: str, occurred_at: str, fields: dict[str, Any], *,
    timed: bool = True,
) -> Receipt:  # fmt: skip
    said = {
        **fields, "command": command, "ticket": number, "command_id": command_id, "occurred_at": occurred_at,
        "actor": who.actor, "role": role, "channel": "web",
    }  # fmt: skip
    return record(office, said, timed=timed)


def _role(who: Who, account: str, role: str) -> str:
    """The role something was tapped in. Raises WebError: it is somebody else's, or he does not have that role any more."""
    if account != who.actor:
        raise WebError("visits-other-account", 403, account=account)
    if role not in who.roles:
        raise WebError("not-your-role", 403, role=role)
    return role


def _told(receipt: Receipt) -> dict[str, Any]:
    return {
        "ticket": receipt.ticket, "version": receipt.version, "repeated": receipt.repeated, "flags": list(receipt.flags),
        "facts": [{"version": entry.version, "kind": entry.fact.kind, "occurred_at": entry.occurred_at.isoformat()} for entry in receipt.entries],
    }  # fmt: skip


def _odd(sent: Sent, foreign: frozenset[str]) -> dict[str, Any]:
    known = sorted(COMMANDS[sent.command].model_fields) if foreign and sent.command in COMMANDS else sorted(COMMANDS_OF_A_VISIT)
    field = min(foreign) if foreign else "command"
    return {"field": field, "value": sent.fields.get(field, sent.command), "command": sent.command, "known": known, "also": 0}
