"""添加附件: a photo, a signature or a document kept and attached to a ticket in one go."""

from __future__ import annotations

from enum import StrEnum
from hashlib import file_digest, sha256
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from aftersales_cli.reading import TicketNo, now
from aftersales_cli.recording import answered
from aftersales_cli.shell import Shell, instant
from aftersales_core.errors import BadInput, UnknownFile

if TYPE_CHECKING:
    from datetime import datetime

    from aftersales_core.clerk import Receipt
    from aftersales_core.desk import Desk

HEAD = 4096
"""So many bytes tell what a file is."""


class Purpose(StrEnum):
    """What a file is for."""

    photo = "photo"
    signature = "signature"
    document = "document"


def attach(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="a picture or a PDF")],
    ticket: TicketNo,
    actor: Annotated[str, typer.Option(metavar="NAME", help="who attaches it")],
    role: Annotated[str, typer.Option(metavar="ROLE", help="in which role, e.g. installer")],
    visit: Annotated[int | None, typer.Option("--visit", min=1, metavar="N", help="the visit it belongs to; the latest where --check is given")] = None,
    leftover: Annotated[int | None, typer.Option("--leftover", min=1, metavar="N", help="the leftover order it belongs to")] = None,
    check: Annotated[str | None, typer.Option("--check", metavar="ITEM", help="the item of a checklist that it shows")] = None,
    purpose: Annotated[Purpose, typer.Option("--purpose", help="what it is for")] = Purpose.photo,
    at: Annotated[str | None, typer.Option("--at", metavar="ISO", help="when it happened, with its time zone; now unless given")] = None,
    command_id: Annotated[str | None, typer.Option("--id", metavar="ID", help="the id of the command; made from the file, the ticket and who says so unless given")] = None,
) -> None:
    """Keep a file and attach it to a ticket. Safe to repeat."""
    shell: Shell = ctx.obj
    happened = instant("--at", at)
    kind, digest, size = _looked_at(shell, file, purpose)
    if visit is not None and leftover is not None:
        raise BadInput("bad-option", field="--leftover", value=leftover, reason=shell.say("one-part"))
    with shell.desk() as desk:
        state = desk.state(ticket)
        if check is not None and visit is None and leftover is None and state.visit is not None:
            visit = state.visit.no
        said: dict[str, Any] = {
            "command": "attach-file", "ticket": ticket, "actor": actor, "role": role, "digest": digest, "media_type": kind,
            "size": size, "purpose": purpose.value, "file_name": _name(file), "visit": visit, "leftover": leftover, "check": check,
        }  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        said["command_id"] = command_id or _id(said, at)
        said["occurred_at"] = happened or _first(desk, ticket, said["command_id"]) or now()
        receipt = _attached(shell, desk, file, said)
    _tell(shell, receipt, said)


def _looked_at(shell: Shell, file: Path, purpose: Purpose) -> tuple[str, str, int]:
    """Media type, digest and size of *file*. Raises BadInput where it cannot be what it is meant for."""
    from aftersales_core.media import kind_of

    if not file.is_file():
        raise BadInput("no-such-file", path=str(file))
    with file.open("rb") as stream:
        found = kind_of(stream.read(HEAD))
        stream.seek(0)
        digest = file_digest(stream, "sha256").hexdigest()
        size = stream.tell()
    if size == 0:
        raise BadInput("file-empty", field="content")
    if found is not None and purpose is not Purpose.document and not found.startswith("image/"):
        raise BadInput("bad-option", field="--purpose", value=purpose.value, reason=shell.say("no-picture", found=found))
    # what is of no kind that is kept is refused by the store, which names those there are
    return found or guess_type(file.name)[0] or "application/octet-stream", digest, size


def _name(file: Path) -> str:
    """The file's name as far as a fact can hold it."""
    return file.name.encode("utf-8", "replace").decode("utf-8").strip()[-120:].strip() or "file"


def _id(said: dict[str, Any], at: str | None) -> str:
    """The same for the same file, ticket, part, purpose, person and moment, so that repeating it is a repeat."""
    parts = ("ticket", "digest", "purpose", "visit", "leftover", "check", "actor", "role")
    words = "\n".join((*(str(said.get(part, "")) for part in parts), at or ""))
    return f"attach-{sha256(words.encode()).hexdigest()[:32]}"


def _first(desk: Desk, ticket: str, command_id: str) -> datetime | None:
    """When the command of this id happened, where it was answered: without a moment given a repeat is of the same one."""
    found = desk.ledger.answer(command_id)
    if found is None or found[0] != ticket:
        return None
    return desk.history(ticket)[found[2] - 1].occurred_at


def _attached(shell: Shell, desk: Desk, file: Path, said: dict[str, Any]) -> Receipt:
    command = desk.parse(said)
    # what a rule refuses is not kept
    before = desk.clerk.check(command)
    try:
        with file.open("rb") as stream:
            kept = desk.keep(stream, media_type=said["media_type"])
    except UnknownFile:
        # removed on purpose, it does not come back; a command that was answered gets its answer all the same
        if not before.repeated:
            raise
    else:
        if kept.digest != said["digest"]:
            raise BadInput("bad-value", field="FILE", value=str(file), reason=shell.say("file-changed"))
    return desk.handle(command)


def _tell(shell: Shell, receipt: Receipt, said: dict[str, Any]) -> None:
    if shell.json:
        about = {name: said[name] for name in ("command_id", "digest", "media_type", "size", "purpose")}
        recorded = [entry.fact.kind for entry in receipt.entries]
        shell.emit({"ticket": receipt.ticket, "version": receipt.version, "recorded": recorded, "repeated": receipt.repeated,
                    "flags": receipt.flags, **about})  # fmt: skip
        return
    shell.line(answered(shell, receipt))
    shell.line(f"  {shell.word('purpose', said['purpose'])}  {said['file_name']}  {said['digest']}")
