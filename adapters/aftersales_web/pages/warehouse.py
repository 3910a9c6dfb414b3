"""仓库: what is left over and what became of its goods, line by line, on tabs in the order of the way. (G-04, L-25)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from aftersales_core.playbooks import Playbook
from aftersales_core.rules.sight import may_export
from aftersales_core.state import Leftover, Line, Ticket
from aftersales_core.views import LeftoverRow
from aftersales_core.views.worklist import rows as tasks_of
from aftersales_core.wording import Lang, word
from aftersales_web.access.gate import Allow, Reader, Who
from aftersales_web.office import Office, office_of
from aftersales_web.pages.carrying import carried, must_export, table_file
from aftersales_web.pages.frame import frame_of, lang_of
from aftersales_web.pages.goods_acts import offered
from aftersales_web.pages.leftovers import AGES, TABS, Asked, Register, age_of, asked_of
from aftersales_web.pages.line_steps import STEPS, Cell, Trace, cells, traces

router = APIRouter()

PARTIES = ("factory", "design", "installation", "logistics", "customer", "company", "sales")


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as a tab shows it.

    Attributes:
        age: days since it was raised.
        days: until the promised day, below 0 where that has passed; None where there is none, or the goods are in.
        acts: commands offered to whoever looks.
    """

    row: LeftoverRow
    ticket: Ticket
    line: Line
    order: Leftover
    trace: Trace
    cells: tuple[Cell, ...]
    age: int | None
    days: int | None
    acts: tuple[str, ...]

    def act(self, step: Cell) -> str:
        """The command that a cell of the matrix leads to, where it is offered."""
        return step.command if step.command in self.acts else ""


@router.get("/warehouse")
def warehouse(
    request: Request, who: Reader, tab: str = "lines", age: str = "", party: str = "", branch: str = "",
    q: str = "", all: str = "", after: str = "",
) -> Response:  # fmt: skip
    """A tab of the register; filters and place stand in the address."""
    office = office_of(request)
    position = office.live.position()
    register = Register(office, who, asked_of(tab, age, party, branch, q, all))
    rows, onward = register.page(after)
    return frame_of(request).page(
        request, "warehouse.html", who, position=position, asked=register.asked, column=register.column, tabs=register.tabs(),
        ages=register.ages(), rows=shown(office, who, rows), onward=onward, after=after, steps=STEPS, names=[each.name for each in TABS],
        parties=[each for each in PARTIES if each in register.choices("party")], branches=register.choices("branch"),
        export=may_export(who.viewer, office.desk.playbook), buckets=list(AGES), inspects=_may(office, who, "inspect-goods"),
        lists=_may(office, who, "ship-goods") or _may(office, who, "inspect-goods"),
    )  # fmt: skip


def _may(office: Office, who: Who, command: str) -> bool:
    return who.role in office.desk.playbook.duties[command].roles


@router.get("/warehouse/leftovers.csv")
def leftovers_file(
    request: Request, who: Annotated[Who, Depends(Allow("export"))], tab: str = "lines", age: str = "", party: str = "", branch: str = "",
    q: str = "", all: str = "",
) -> Response:  # fmt: skip
    """All lines of the tab as a file. Raises WebError `may-not-carry`."""
    office, lang = office_of(request), lang_of(request)
    must_export(office, who)
    rows = list(Register(office, who, asked_of(tab, age, party, branch, q, all)).every())
    carried(office, who, "leftovers", len(rows))
    return table_file([_head(name, lang) for name in COLUMNS], ([_told(row, name, office, lang) for name in COLUMNS] for row in rows), "leftovers")


COLUMNS = (
    "ticket", "line", "item", "qty", "state", "sheet_no", "factory_order", "party", "raised_at", "ordered_at", "promised_on",
    "shipped_at", "in_at", "arrived", "outstanding", "rejected", "drawn", "closed_at", "customer", "phone", "branch",
)  # fmt: skip


def _head(name: str, lang: Lang) -> str:
    told = word("label", name, lang)
    return told if told != name else word("field", name, lang)


def _told(row: LeftoverRow, name: str, office: Office, lang: Lang) -> str:
    value: Any = getattr(row, name)
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(office.zone).strftime("%Y-%m-%d %H:%M")
    return word(name, value, lang) if name in ("state", "party") else str(value)


def shown(office: Office, who: Who, rows: list[LeftoverRow]) -> list[Shown]:
    """*rows* with what the tickets they belong to know besides; one that was corrected away meanwhile is left out."""
    now = office.now()
    known: dict[str, tuple[Ticket, Playbook, dict[str, Trace]]] = {}
    found = []
    for row in rows:
        if row.ticket not in known:
            ticket = office.desk.state(row.ticket)
            known[row.ticket] = ticket, office.desk.playbook_of(ticket), traces(ticket, office.desk.history(row.ticket))
        ticket, book, told = known[row.ticket]
        line, order = ticket.find_line(row.line), ticket.find_leftover(row.leftover)
        if line is None or order is None:
            continue
        trace = told[line.id]
        way = tuple(_local(cell, office) for cell in cells(line, order, trace, tasks_of(ticket, book), now))
        found.append(Shown(
            row, ticket, line, order, trace, way, age_of(row.raised_at, now, office),
            _days(line, now.astimezone(office.zone).date()), tuple(offered(who.role, ticket, line, book)),
        ))  # fmt: skip
    return found


def _local(cell: Cell, office: Office) -> Cell:
    """*cell* with its moments in the house's time, in which its days are read."""
    at = cell.at.astimezone(office.zone) if isinstance(cell.at, datetime) else cell.at
    return cell._replace(at=at, due=cell.due.astimezone(office.zone) if cell.due is not None else None)


def _days(line: Line, today: date) -> int | None:
    return (line.promised_on - today).days if line.promised_on is not None and line.outstanding else None


__all__ = ["Asked", "Shown", "router"]
