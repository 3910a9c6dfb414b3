"""附件: photos, signatures, documents."""

from __future__ import annotations

from typing import ClassVar, Literal

from aftersales_core.facts import Fact, files
from aftersales_core.rules._base import Command, say
from aftersales_core.state import Ticket
from aftersales_core.state.folds.keeping import part
from aftersales_core.values import Digest, Id, LeftoverNo, Name, Size, VisitNo


class AttachFile(Command):
    """Attach a file whose bytes the file store keeps under *digest*. (F-10, F-13, G-09)

    *check* names the item of a checklist that a photo shows. *size* is in bytes.
    """

    fact: ClassVar[type[Fact]] = files.FileAttached
    command: Literal["attach-file"] = "attach-file"

    digest: Digest
    media_type: Name
    size: Size
    purpose: Literal["photo", "signature", "document"] = "photo"
    file_name: Name | None = None
    visit: VisitNo | None = None
    leftover: LeftoverNo | None = None
    check: Id | None = None


def attach_file(command: AttachFile, ticket: Ticket) -> list[Fact]:
    """The same file for the same purpose is attached once."""
    ref = part(command.visit, command.leftover)
    there = {(file.digest, file.purpose, file.ref, file.check) for file in ticket.files}
    known = (command.digest, command.purpose, ref, command.check) in there
    return [] if known else [say(files.FileAttached, command)]
