"""特别的表单: the few commands whose form is more than their schema: files, corrections, fields of the house's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile

from aftersales_core.errors import BadInput
from aftersales_core.facts import Entry
from aftersales_core.playbooks import Playbook
from aftersales_core.playbooks.mechanisms import CustomField
from aftersales_core.rules import Command
from aftersales_core.rules.closing import Correct
from aftersales_core.rules.dispatch import ConfirmArrival, MakeAppointment, MoveAppointment
from aftersales_core.rules.fields import FillFields
from aftersales_core.rules.files import AttachFile
from aftersales_core.state import Ticket
from aftersales_core.wording import Lang
from aftersales_web.numbers import whole
from aftersales_web.office import Office
from aftersales_web.pages import correcting
from aftersales_web.pages.asking import Choice, Field, fen_of, yuan

HIDDEN: Final[Mapping[type[Command], frozenset[str]]] = {
    AttachFile: frozenset({"digest", "media_type", "size", "file_name"}),
    Correct: frozenset({"version", "changes"}),
}
"""Command → fields that are not asked for: the file itself tells them, or they are asked for in a way of their own."""

HOURS: Final = {"morning": 9, "afternoon": 14, "evening": 18}
"""When a visit is proposed to begin, by the time of day that the customer asked for."""

OWN: Final = "own."
"""What the name of a field of the house's own begins with in a form."""


def typed_in(form: FormData | None) -> dict[str, str] | None:
    """What a form says, field by field; None where there was none."""
    return None if form is None else {name: value for name, value in form.items() if isinstance(value, str)}


def own_fields(ticket: Ticket, book: Playbook, lang: Lang, typed: Mapping[str, str] | None, wrong: Mapping[str, str]) -> Iterator[Field]:
    """The fields of the house's own, with what stands in those of the ticket."""
    kinds = {"date": "day", "yes-no": "yes-no", "number": "number", "money": "money", "choice": "one"}
    for field in book.field:
        value = _shown(field, ticket.filled(field.id)) if typed is None else typed.get(OWN + field.id, "")
        choices = tuple(Choice(each, each, each == value) for each in field.choices)
        yield Field(OWN + field.id, getattr(field.title, lang), kinds.get(field.type, "text"), value=value, choices=choices, wrong=wrong.get(field.id, ""))


def _shown(field: CustomField, content: str | int | bool | None) -> str:
    if content is None:
        return ""
    if isinstance(content, bool):
        return "yes" if content else "no"
    return yuan(int(content)) if field.type == "money" else str(content)


def proposed(command: type[Command], ticket: Ticket, office: Office, day: date | None = None) -> dict[str, Any]:
    """What a form says before anybody wrote in it: what is most often meant, and can be changed.

    Args:
        day: that somebody chose to book on; else the one that the customer asked for, else the next that the house works.
    """
    if command in (MakeAppointment, MoveAppointment):
        wish = ticket.visit.wish if ticket.visit is not None else None
        asked = wish if wish is not None and day in (None, wish.day) else None
        on = day or (wish.day if wish is not None else _next_day(office))
        begin = datetime.combine(on, time(HOURS[(asked.time_of_day if asked is not None else None) or "morning"]), office.zone)
        return {"start": begin, "end": begin + timedelta(hours=2), "agreed_with": ticket.customer}
    if command is ConfirmArrival:
        start = ticket.visit.start if ticket.visit is not None else None
        return {"expected_at": start} if start is not None else {}
    return {}


def _next_day(office: Office) -> date:
    """The day after today on which the house works, or just the day after where that is long."""
    today = office.now().astimezone(office.zone).date()
    after = [today + timedelta(days=days) for days in range(1, 15)]
    calendar = office.calendar
    return next((day for day in after if calendar is None or calendar.works_on(day)), after[0])


def more(command: type[Command], form: FormData | None, office: Office, ticket: Ticket) -> list[dict[str, Any]]:
    """What the form says beside its schema, as the command takes it: once, or once for each file that came with it.

    Files are kept by this; that they are attached is what the commands say.

    Raises:
        BadInput: no file, or one that is not kept: too large, empty, of another kind than it says; nothing chosen to correct.
    """
    typed = typed_in(form)
    if form is None or typed is None:
        return [{}]
    book = office.desk.playbook_of(ticket)
    if command is AttachFile:
        return _kept([each for each in form.getlist("file") if isinstance(each, UploadFile) and each.filename], office)
    if command is FillFields:
        return [{"fields": {field.id: _own(field, typed[OWN + field.id].strip()) for field in book.field if _said(field, typed, ticket)}}]
    if command is Correct:
        entry = correcting.chosen(office.desk.history(ticket.number), typed.get("fact", ""))
        if entry is None:
            raise BadInput("field-left-out", field="fact", value=None, command="correct")
        return [{"version": entry.version, "changes": correcting.changed(entry, ticket, book, typed)}]
    return [{}]


def entry_of(command: type[Command], history: Sequence[Entry], version: str) -> Entry | None:
    """The fact that a correction is about; None for any other command, and while none is chosen."""
    return correcting.chosen(history, version) if command is Correct else None


def _said(field: CustomField, typed: Mapping[str, str], ticket: Ticket) -> bool:
    """Whether a form says something of a field: there is something in it, or something was and is taken away."""
    name = OWN + field.id
    return bool(typed.get(name, "").strip()) or (name in typed and ticket.filled(field.id) is not None)


def _own(field: CustomField, text: str) -> Any:
    if not text:
        return None
    if field.type == "yes-no":
        return {"yes": True, "no": False}.get(text, text)
    if field.type == "money":
        return fen_of(text)
    if field.type == "number" and (number := whole(text)) is not None:
        return number
    return text


def _kept(files: Sequence[UploadFile], office: Office) -> list[dict[str, Any]]:
    if not files:
        raise BadInput("field-left-out", field="file", value=None, command="attach-file")
    kept = [
        office.desk.keep(file.file, media_type=file.content_type or "application/octet-stream", name=(file.filename or "")[-120:])
        for file in files
    ]
    return [{"digest": each.digest, "media_type": each.media_type, "size": each.size, "file_name": each.name} for each in kept]
