"""登记表: the rows of a register that somebody sees, of a day or a month, and whether he may have them on paper or as a file.

A sheet of one day is the day's work, and whoever sees its rows may print it: the roster on the wall, the keeper's goods in and
out. A month, a file, and the register of commissions, which is about colleagues, are carried out: only by roles that may, and as a
fact each time. (H-65)
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import astuple
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from aftersales_core.forms import REGISTERS as LAYOUTS
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Where
from aftersales_core.rules.sight import may_export, people_in, sees
from aftersales_core.views import BY_NAME, REGISTERS
from aftersales_core.wording import Lang, word
from aftersales_core.wording.saying import listed
from aftersales_web.access.gate import Who
from aftersales_web.office import Office
from aftersales_web.problems import WebError
from aftersales_web.wording import said

NAMES: Final = tuple(view.name for view in REGISTERS)

ALWAYS: Final = frozenset({"commission"})
"""Registers that are carried out even by the day."""


class Period(NamedTuple):
    """Days from *first* to *last*, both included."""

    first: date
    last: date

    @property
    def one_day(self) -> bool:
        return self.first == self.last


def period_of(office: Office, day: str, month: str) -> Period:
    """The day or the month that an address names; today where it names neither. Raises WebError for what is no date."""
    try:
        if month:
            first = date.fromisoformat(f"{month}-01")
            return Period(first, first.replace(day=monthrange(first.year, first.month)[1]))
        if day:
            return Period(date.fromisoformat(day), date.fromisoformat(day))
    except ValueError:
        raise WebError("papers-bad-date", 422) from None
    today = office.now().astimezone(office.zone).date()
    return Period(today, today)


def carries(name: str, period: Period) -> bool:
    """Whether having *name* of a period on paper is carrying data out."""
    return name in ALWAYS or not period.one_day


def known(name: str) -> str:
    """*name* where it is a register. Raises WebError."""
    if name not in NAMES:
        raise WebError("no-such-page", 404)
    return name


def offered(office: Office, who: Who, name: str, period: Period) -> bool:
    """Whether *who* may print *name* of a period."""
    return not carries(name, period) or may_export(who.viewer, office.desk.playbook)


def rows_of(office: Office, who: Who, name: str, period: Period) -> list[Any]:
    """The rows of a register in a period, those of tickets that *who* sees."""
    book = office.desk.playbook
    seen: dict[str, bool] = {}

    def visible(ticket: str) -> bool:
        if ticket not in seen:
            seen[ticket] = sees(who.viewer, office.desk.state(ticket), book)
        return seen[ticket]

    return [row for row in _every(office, name, _days(name, period, office)) if visible(row.ticket)]


def _days(name: str, period: Period, office: Office) -> list[Where]:
    column = LAYOUTS[name].day

    def value(day: date) -> str | datetime:
        return day.isoformat() if column == "day" else datetime.combine(day, time(), office.zone)

    return [Where(column, "ge", value(period.first)), Where(column, "lt", value(period.last + timedelta(days=1)))]


def _every(office: Office, name: str, where: list[Where]) -> Iterator[Any]:
    after: str | None = None
    while True:
        page = office.desk.look(BY_NAME[name], where, after=after, limit=1000, refresh=after is None)
        yield from page.rows
        after = page.next
        if after is None:
            return


def as_table(rows: list[Any], name: str, book: Playbook, office: Office, lang: Lang) -> tuple[list[str], Iterator[list[str]]]:
    """The heads and the rows of a register for a spreadsheet, every column of it."""
    columns = tuple(BY_NAME[name].shape.row.__dataclass_fields__)
    return [_head(column, lang) for column in columns], (
        [_cell(column, value, office, lang) for column, value in zip(columns, astuple(row), strict=True)] for row in rows
    )


def _head(column: str, lang: Lang) -> str:
    if column in ("moved", "confirmed", "wish_on", "assigned"):
        return said(f"register-{column}", lang)
    return next((told for vocabulary in ("label", "field") if (told := word(vocabulary, column, lang)) != column), column)


_WORDS: Final = {"state": "state", "party": "party", "outcome": "outcome", "move": "move", "why": "why-not", "matter": "matter", "category": "category"}


def _cell(column: str, value: Any, office: Office, lang: Lang) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return word("answer", "yes" if value else "no", lang)
    if isinstance(value, datetime):
        return value.astimezone(office.zone).strftime("%Y-%m-%d %H:%M")
    if column == "assigned":
        return listed(people_in(value), lang)
    if column in _WORDS:
        return word(_WORDS[column], value, lang)
    if column == "papers":
        return "、".join(word("paper", each, lang) for each in str(value).split("、"))
    return str(value)
