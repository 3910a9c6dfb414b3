"""答文: what the core says, as JSON: its rows, states and facts as they are, personal data masked for whom it is not.

Nothing is modelled a second time: a record becomes an object with the names of its fields, whatever fields it has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel

from aftersales_core import masking
from aftersales_core.facts import Entry
from aftersales_core.rules.sight import in_full
from aftersales_core.state import Ticket
from aftersales_web.access.gate import Who
from aftersales_web.office import Office
from aftersales_web.problems import reference

_ENCODER: Final = msgspec.json.Encoder()

WHOM: Final = ("customer", "phone", "address")
"""Fields of a ticket that say whom it is about; what is masked in its remarks too."""


class Json(Response):
    """Any answer of the core, written as JSON."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return _ENCODER.encode(content)


def plain(value: Any) -> Any:
    """A value of the core as JSON values: records as objects, moments in RFC 3339, spans in seconds."""
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Entry):
        return of_entry(value)
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True)
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if hasattr(value, "_fields"):
        return {name: plain(item) for name, item in zip(value._fields, value, strict=True)}
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, frozenset | set):
        return sorted(plain(item) for item in value)
    if isinstance(value, Sequence):
        return [plain(item) for item in value]
    raise TypeError(f"no JSON for {type(value).__name__}")


def of_entry(entry: Entry) -> dict[str, Any]:
    """A line of a history in the words of an export; without its position where that was not asked for."""
    told = {
        "ticket": entry.ticket, "version": entry.version, "kind": entry.fact.kind, "digest": entry.digest,
        "envelope": plain(entry.envelope), "fact": plain(entry.fact),
    }  # fmt: skip
    return {"position": entry.position, **told} if entry.position else told


class Shown:
    """How things are shown to one reader.

    Attributes:
        full: personal data as it is.
    """

    __slots__ = ("full",)

    def __init__(self, office: Office, who: Who) -> None:
        self.full = in_full(who.viewer, office.desk.playbook)

    def __call__(self, value: Any, about: Ticket | None = None) -> Any:
        """*value* as JSON values for this reader; *about*: the ticket it tells of, where it does not say that itself."""
        if self.full:
            return plain(value)
        whom = {name: getattr(about, name) for name in WHOM} if about is not None else None
        return masking.personal(plain(value), whom)

    def rows(self, rows: Sequence[Any]) -> Any:
        """Rows of a view; as they are they need not be gone through."""
        return rows if self.full else masking.personal(plain(rows))


def page(request: Request, items: Any, after: str | None, **more: Any) -> Json:
    """Some items and the cursor behind them, which the header `Link` says too."""
    headers = {}
    if after is not None:
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "after"]
        headers["Link"] = f'<{reference(request.scope["path"])}?{urlencode([*asked, ("after", after)])}>; rel="next"'
    return Json({**more, "items": items, "next": after}, headers=headers)
