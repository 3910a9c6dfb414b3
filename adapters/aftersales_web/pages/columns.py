"""看板: the board as columns of tickets that stand in one stage, what is due first on top."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from aftersales_core import Desk
from aftersales_core.errors import BadInput
from aftersales_core.ports import Page, Where
from aftersales_core.rules.sight import listed
from aftersales_core.views import BOARD, BoardRow
from aftersales_web.pages.finding import plausible

STAGES: Final = ("REPORTED", "TRIAGED", "AWAITING_GOODS", "READY", "DISPATCHED", "INSTALLED", "REVISITED")
"""The stages of tickets that are being worked on, in the order of a ticket's way."""

ENDED: Final = ("CLOSED", "CANCELLED")

SHOWN: Final = 25
"""Cards of a column before one asks for more."""

SORTS: Final = ("next_due", "-last_at", "ticket", "-opened_at", "stage_since")
"""Orders of the table."""

_UNDATED: Final = "u."
"""What the cursor of a column begins with once all that is due was shown."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the board, as it stands in its address."""

    stage: str = ""
    branch: str = ""
    category: str = ""
    crew: str = ""
    due: str = ""
    q: str = ""

    def params(self, **other: str) -> dict[str, str]:
        """The same as parameters of an address, those that say nothing left out."""
        told = {field.name: getattr(self, field.name) for field in fields(self)} | other
        return {name: value for name, value in told.items() if value}

    def where(self, now: datetime, *, hidden: Collection[str] = ()) -> list[Where]:
        """The conditions it stands for, without that on the stage.

        Args:
            hidden: columns that are masked for the reader, and must not be found out by searching.
        """
        found = [Where(name, "eq", value) for name, value in (("branch", self.branch), ("category", self.category)) if value]
        if self.crew:
            found.append(Where("assigned", "contains", listed((self.crew,))))
        if self.due == "late":
            found.append(Where("next_due", "lt", now))
        if self.q:
            column = next(each for each in plausible(self.q) if each not in hidden)  # a ticket's number never is
            found.append(Where(column, "contains", self.q))
        return found


@dataclass(frozen=True, slots=True)
class Column:
    """One stage on the board."""

    stage: str
    count: int
    late: int
    rows: tuple[BoardRow, ...]
    more: str | None


def columns(desk: Desk, asked: Asked, where: Sequence[Where], now: datetime) -> tuple[list[Column], Mapping[str, int]]:
    """The columns of the stages that are worked on (or the one asked for), and how many tickets stand in each stage."""
    counts = desk.tally(BOARD, "stage", where)
    late = desk.tally(BOARD, "stage", [*where, Where("next_due", "lt", now)])
    stages = [asked.stage] if asked.stage else STAGES
    found = []
    for stage in stages:
        count = counts.get(stage, 0)
        page = column_page(desk, stage, where) if count else Page((), None)
        found.append(Column(stage, count, late.get(stage, 0), page.rows, page.next))
    return found, {str(stage): count for stage, count in counts.items()}


def column_page(desk: Desk, stage: str, where: Sequence[Where], after: str | None = None) -> Page[BoardRow]:
    """Some cards of a column: what is due first, then what has no time; the views are up to date already.

    Raises:
        BadInput: a cursor of something else.
    """
    own = [Where("stage", "eq", stage), *where]
    dated, undated = [*own, Where("next_due", "ne", None)], [*own, Where("next_due", "eq", None)]
    front: tuple[BoardRow, ...] = ()
    if after is None or not after.startswith(_UNDATED):
        page = desk.look(BOARD, dated, order=("next_due",), after=after, limit=SHOWN, refresh=False)
        if page.next is not None:
            return page
        front, after = page.rows, None
    else:
        after = after.removeprefix(_UNDATED) or None
    if len(front) == SHOWN:
        more = desk.look(BOARD, undated, order=("ticket",), limit=1, refresh=False).rows
        return Page(front, _UNDATED if more else None)
    rest = desk.look(BOARD, undated, order=("ticket",), after=after, limit=SHOWN - len(front), refresh=False)
    return Page((*front, *rest.rows), None if rest.next is None else _UNDATED + rest.next)


def sort_of(sort: str) -> str:
    """An order of the table; raises BadInput for another."""
    if sort not in SORTS:
        raise BadInput("bad-value", field="sort", value=sort, reason=" ".join(SORTS))
    return sort
