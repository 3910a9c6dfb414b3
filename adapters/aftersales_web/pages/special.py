"""特别的表单: the few commands whose form is more than their schema: files, corrections, fields of the house's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile

from aftersales_core.codec import fact_bytes
from aftersales_core.errors import BadInput
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import Command
from aftersales_core.rules.closing import Correct
from aftersales_core.rules.dispatch import ConfirmArrival, MakeAppointment, MoveAppointment
from aftersales_core.rules.fields import FillFields
from aftersales_core.rules.files import AttachFile
from aftersales_core.state import Ticket
from aftersales_core.wording import Lang
from aftersales_web.office import Office
from aftersales_web.pages.asking import Field
from aftersales_web.wording import said

HIDDEN: Final = frozenset({"digest", "media_type", "size", "file_name"})
"""Fields of a command that the file itself tells."""

OWN: Final = "own."
"""What the name of a field of the house's own begins with in a form."""


def fields(command: type[Command], ticket: Ticket, book: Playbook, lang: Lang, given: Mapping[str, Any], wrong: Mapping[str, str]) -> Iterator[Field]:
    """The fields of a form that its schema does not tell."""
    if command is FillFields:
        kinds = {"date": "day", "yes-no": "yes-no", "number": "number", "money": "money"}
        for field in book.field:
            yield Field(
                OWN + field.id, getattr(field.title, lang), kinds.get(str(field.type), "text"),
                value=str(given.get("fields", {}).get(field.id, "")), wrong=wrong.get(f"fields.{field.id}", ""),
            )  # fmt: skip
    elif command is Correct:
        yield Field("changes.field", said("ticket-correct-field", lang), "text", True, wrong=wrong.get("changes", ""))
        yield Field("changes.value", said("ticket-correct-value", lang), "text")


def proposed(command: type[Command], ticket: Ticket, office: Office) -> dict[str, Any]:
    """What a form says before anybody wrote in it: what is most often meant, and can be changed."""
    if command in (MakeAppointment, MoveAppointment):
        day = (office.now().astimezone(office.zone) + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
        return {"start": day, "end": day + timedelta(hours=2), "agreed_with": ticket.customer}
    if command is ConfirmArrival:
        start = ticket.visit.start if ticket.visit is not None else None
        return {"expected_at": start} if start is not None else {}
    return {}


def more(command: type[Command], form: FormData | None, office: Office, ticket: Ticket) -> dict[str, Any]:
    """What the form says beside its schema, as the command takes it; keeps a file that comes with it.

    Raises:
        BadInput: no file, or one that is not kept: too large, empty, of another kind than it says.
    """
    if form is None:
        return {}
    if command is AttachFile:
        return _kept(form, office)
    if command is FillFields:
        told = {key.removeprefix(OWN): value for key, value in form.items() if key.startswith(OWN) and isinstance(value, str) and value.strip()}
        return {"fields": {name: _own(name, value.strip(), office.desk.playbook_of(ticket)) for name, value in told.items()}}
    if command is Correct:
        name, value = form.get("changes.field"), form.get("changes.value")
        return {"changes": {str(name or "").strip(): value if isinstance(value, str) and value else None}}
    return {}


def _own(name: str, value: str, book: Playbook) -> Any:
    kind = str(book.fields[name].type) if name in book.fields else "text"
    if kind == "yes-no":
        return {"yes": True, "no": False}.get(value, value)
    if kind in ("number", "money") and value.lstrip("-").isascii() and value.lstrip("-").isdigit():
        return int(value)
    return value


def _kept(form: FormData, office: Office) -> dict[str, Any]:
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        raise BadInput("field-left-out", field="file", value=None, command="attach-file")
    kept = office.desk.keep(file.file, media_type=file.content_type or "application/octet-stream", name=file.filename[-120:])
    return {"digest": kept.digest, "media_type": kept.media_type, "size": kept.size, "file_name": kept.name}


def body_of(fact: Any) -> str:
    """A fact's own fields as compact JSON."""
    return fact_bytes(fact).decode()
