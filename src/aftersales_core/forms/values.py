"""取值: what stands at each place of a form, from a ticket, its history and its playbook, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from aftersales_core import wording
from aftersales_core.facts import Entry, Fact, leftovers, revisits
from aftersales_core.facts import visit as visits
from aftersales_core.forms.layout import VOCABULARY
from aftersales_core.forms.model import Said, alike, harmless
from aftersales_core.playbooks import Playbook
from aftersales_core.state import Leftover, Line, Ticket, Visit, effective
from aftersales_core.views.sheets import aftersales_rows, ordered_at, promised_on, things

F = TypeVar("F", bound=Fact)


def word(vocabulary: str, key: object) -> Said:
    """A word of the house in both languages."""
    return Said(wording.word(vocabulary, key, "zh"), wording.word(vocabulary, key, "en"))


def written(key: str, value: object, zone: ZoneInfo) -> Said | None:
    """How *value* is written at the place *key*; None where there is nothing.

    Moments are written in *zone*; words of the house in both languages; text as it was told.
    """
    if value is None or value == "" or value == ():
        return None
    if isinstance(value, tuple | list):
        parts = [said for each in value if (said := written(key, each, zone)) is not None]
        return Said("、".join(said.zh for said in parts), ", ".join(said.en for said in parts))
    if isinstance(value, bool):
        return word("answer", token(value))
    if isinstance(value, datetime):
        return alike(value.astimezone(zone).strftime("%Y-%m-%d %H:%M"))
    if isinstance(value, date):
        return alike(value.isoformat())
    if (vocabulary := VOCABULARY.get(key)) is not None:
        words = [word(vocabulary, each) for each in str(value).split("、")]
        return Said("、".join(harmless(said.zh) for said in words), ", ".join(harmless(said.en) for said in words))
    return alike(str(value))


def token(value: object) -> str:
    """*value* as the options of a place and the words of a vocabulary are keyed."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def day_of(value: datetime | str, zone: ZoneInfo) -> str:
    """`2026-11-02`: the day of a moment, or the day as a register wrote it."""
    return value if isinstance(value, str) else value.astimezone(zone).date().isoformat()


@dataclass(slots=True)
class Case:
    """What a form is about, and everything that can be asked of it.

    Attributes:
        of: as its layout says; *visit*, *order*: the parts of the ticket that go with that, where there are any.
        history: read as corrected.
    """

    of: str
    ticket: Ticket
    playbook: Playbook
    history: Sequence[Entry] = ()
    visit: Visit | None = None
    order: Leftover | None = None
    told: dict[str, object] = field(init=False)

    def __post_init__(self) -> None:
        self.history = effective(self.history)
        self.told = {"ticket": self.ticket.number, **self._of_visit(), **self._of_order(), **self._of_call()}

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.playbook.timezone)

    def value(self, key: str) -> object:
        """What is known for *key*: told in so many words, or a field of the order, the visit, its slip or the ticket."""
        if key in self.told:
            return self.told[key]
        slip = self.visit.slip if self.visit else None
        parts = (self.order, self.visit, slip, self.ticket)
        return next((getattr(part, key) for part in parts if hasattr(part, key)), None)

    def last(self, kind: type[F], **fields: Any) -> tuple[Entry, F] | tuple[None, None]:
        """The last fact of a *kind* whose fields are these, with its entry."""
        for entry in reversed(self.history):
            if isinstance(entry.fact, kind) and all(getattr(entry.fact, name) == wanted for name, wanted in fields.items()):
                return entry, entry.fact
        return None, None

    @property
    def lines(self) -> tuple[Line, ...]:
        """The leftover lines that the form lists: those a visit left over, or those of the order."""
        return self._left_over() if self.of == "visit" else self.order.lines if self.order else ()

    def _left_over(self) -> tuple[Line, ...]:
        no = self.visit.no if self.visit else 0
        return tuple(line for order in self.ticket.leftovers if order.visit == no for line in order.lines)

    def signed(self, who: str) -> tuple[object, object]:
        """Who signed as *who* and when, as far as facts say so."""
        visit, order = self.visit, self.order
        slip = visit.slip if visit else None
        if visit is not None and visit.accepted_by == {"install_supervisor": "supervisor"}.get(who, who):
            return visit.signed_by, visit.accepted_at
        if who == "install_supervisor" and slip is not None and slip.approved_by:
            return slip.approved_by, slip.approved_at
        by, at = SIGNED_SHEETS.get(who, ("", ""))
        return (getattr(order, by), self.told.get(at)) if order is not None and by else (None, None)

    def _of_visit(self) -> dict[str, object]:
        visit = self.visit
        if visit is None:
            return {"visit": self.order.visit if self.order else None}
        start, end = (at and at.astimezone(self.zone) for at in (visit.start, visit.end))
        booked = start and start.strftime("%Y-%m-%d %H:%M") + (f"–{end:%H:%M}" if end else "")
        _entry, accepted = self.last(visits.Accepted, visit=visit.no)
        _entry, paid = self.last(visits.PaymentCollected, visit=visit.no)
        return {
            "visit": visit.no, "booked": booked, "completion": _completion(visit, self._left_over()),
            "opinion": accepted and accepted.remark, "receipt_no": paid and paid.receipt_no,
            "paid": f"{visit.paid // 100}.{visit.paid % 100:02}" if visit.paid else None,
        }  # fmt: skip

    def _of_order(self) -> dict[str, object]:
        order = self.order
        if order is None:
            return {"leftover": None}
        issued, _fact = self.last(leftovers.SheetIssued, leftover=order.no)
        reviewed, review = self.last(leftovers.SheetReviewed, leftover=order.no)
        _entry, ruled = self.last(leftovers.LiabilityRuled, leftover=order.no)
        still = things(replace(order, lines=tuple(line for line in order.lines if line.open)))
        return {
            "leftover": order.no, "issued_at": issued and issued.occurred_at, "reviewed_at": reviewed and reviewed.occurred_at,
            "review_note": review and review.note, "ground": ruled and ruled.ground,
            "ordered_at": ordered_at(order), "promised_on": promised_on(order),
            "still_left": still if self.visit and self.visit.installed_at else None,
        }  # fmt: skip

    def _of_call(self) -> dict[str, object]:
        """What the 《售服信息反馈表》 says of the repair or the order."""
        if self.of != "ticket":
            return {}
        no = self.order.no if self.order else 0
        row = next((row for row in aftersales_rows(self.history, self.ticket, self.playbook) if row.leftover == no), None)
        if row is None:
            return {"received_at": self.ticket.opened_at}
        caller, _fact = self.last(revisits.Revisited)
        said = {name: getattr(row, name) for name in ROW}
        return {**said, "caller": caller.actor if caller and row.called_at else None}


ROW: Final = (
    "received_at", "matter", "problem", "needs_goods", "ordered_at", "promised_on", "uploaded", "called_at", "satisfaction",
    "repair_result", "remark",
)  # fmt: skip
"""What a form takes from the row of the 《售服信息反馈表》."""

SIGNED_SHEETS: Final = {"designer": ("issued_by", "issued_at"), "install_supervisor": ("reviewed_by", "reviewed_at")}
"""Who signs a handling sheet → the order's field that says who did, and when."""


def of_line(line: Line, key: str) -> object:
    """What is known of a leftover line for the column *key*; nought is room to write."""
    if key == "settled":
        return True if line.state == "SETTLED" else None
    value = getattr(line, {"line": "id"}.get(key, key), None)
    return value if isinstance(value, bool) else value or None


def _completion(visit: Visit, left: Sequence[Line]) -> str | None:
    if visit.installed_at is not None:
        return "left" if left else "all"
    return "none" if visit.state == "ENDED" else None
