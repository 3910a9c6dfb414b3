"""遗留台账: which leftover lines a tab of the warehouse shows, by whom, how old, found by what; and how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from aftersales_core.errors import BadInput
from aftersales_core.ports import Where
from aftersales_core.rules.sight import conditions, in_full
from aftersales_core.views import LEFTOVERS, LeftoverRow
from aftersales_web.access.gate import Who
from aftersales_web.numbers import whole
from aftersales_web.office import Office

PAGE: Final = 40
"""Lines a page."""

OPEN: Final = Where("state", "in", ("RAISED", "ORDERED", "SHIPPED", "PART_IN", "IN", "DRAWN"))


class Tab(NamedTuple):
    """A tab: lines of any of *kinds*, which have none in common, one kind after the other.

    Attributes:
        kinds: what holds of a line; *TODAY* stands for the day of whoever looks.
    """

    name: str
    kinds: tuple[tuple[Where, ...], ...]
    order: tuple[str, ...] = ("raised_at",)


TODAY: Final = "TODAY"

TABS: Final = (
    Tab("lines", ((OPEN,),)),
    Tab("order", ((Where("state", "eq", "RAISED"), Where("needs_goods", "eq", True)),)),
    Tab("transit", ((Where("state", "in", ("ORDERED", "SHIPPED", "PART_IN")),),), ("promised_on", "raised_at")),
    Tab("check", (
        (Where("bad", "gt", 0), OPEN),
        (Where("bad", "eq", 0), Where("good", "gt", 0), OPEN),
        (Where("bad", "eq", 0), Where("good", "eq", 0), Where("state", "in", ("SHIPPED", "PART_IN"))),
        (Where("bad", "eq", 0), Where("good", "eq", 0), Where("state", "eq", "ORDERED"), Where("promised_on", "le", TODAY)),
    ), ("promised_on", "raised_at")),
    Tab("draw", ((Where("state", "eq", "IN"),),), ("in_at",)),
    Tab("fit", ((Where("state", "eq", "DRAWN"),),), ("in_at",)),
    Tab("back", (
        (Where("bad", "gt", 0), OPEN),
        (Where("bad", "eq", 0), Where("rejected", "gt", 0), OPEN),
        (Where("rejected", "gt", 0), Where("state", "in", ("SETTLED", "WAIVED"))),
    )),
)  # fmt: skip
"""The tabs, in the order of the way."""

BY_NAME: Final = {tab.name: tab for tab in TABS}

AGES: Final[Mapping[str, tuple[int, int | None]]] = {"0-3": (0, 3), "4-7": (4, 7), "8-15": (8, 15), "16-": (16, None)}
"""Bucket → from how many days to how many, both included; days of the calendar since the line was raised."""

_PLAIN: Final = ("ticket", "sheet_no", "factory_order", "item")
_PERSONAL: Final = ("customer", "phone")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the register of leftovers; it stands in the address of the page.

    Attributes:
        age: a bucket of `AGES`; all of them where empty.
        text: of a number, an item or, for those who see it, a customer.
        every: lines that are settled or waived too; only on the first tab.
    """

    tab: str = "lines"
    age: str = ""
    party: str = ""
    branch: str = ""
    text: str = ""
    every: bool = False

    def query(self, **changed: Any) -> str:
        """The address of the same question with something *changed*."""
        it = replace(self, **changed)
        told = {"tab": it.tab, "age": it.age, "party": it.party, "branch": it.branch, "q": it.text, "all": "1" if it.every else ""}
        said = {name: value for name, value in told.items() if value and (name, value) != ("tab", "lines")}
        return "/warehouse" + (f"?{urlencode(said)}" if said else "")


def asked_of(tab: str, age: str, party: str, branch: str, text: str, every: str) -> Asked:
    """A question from an address; what is no tab or no bucket is the first tab and all buckets."""
    name = tab if tab in BY_NAME else "lines"
    return Asked(name, age if age in AGES else "", party[:40], branch[:80], text.strip()[:80], bool(every) and name == "lines")


def age_of(raised_at: datetime | None, now: datetime, office: Office) -> int | None:
    """Days of the calendar since a line was raised."""
    if raised_at is None:
        return None
    return max(0, (now.astimezone(office.zone).date() - raised_at.astimezone(office.zone).date()).days)


def _aged(bucket: str, today: date, office: Office) -> tuple[Where, ...]:
    if not bucket:
        return ()
    youngest, oldest = AGES[bucket]

    def midnight(days: int) -> datetime:
        return datetime.combine(today - timedelta(days=days), time(), office.zone)

    found = (Where("raised_at", "lt", midnight(youngest - 1)),)
    return found if oldest is None else (*found, Where("raised_at", "ge", midnight(oldest)))


class Register:
    """The register as one viewer sees it, at one moment."""

    def __init__(self, office: Office, who: Who, asked: Asked) -> None:
        self._office = office
        self.asked = asked
        self._today = office.now().astimezone(office.zone).date()
        self._sight = conditions(who.viewer, office.desk.playbook)
        self._columns = _PLAIN + (_PERSONAL if in_full(who.viewer, office.desk.playbook) else ())
        office.desk.refresh([LEFTOVERS])
        self.column = self._column() if asked.text else ""

    def page(self, after: str = "", limit: int = PAGE) -> tuple[list[LeftoverRow], str]:
        """Lines of the tab behind the mark *after*, and the mark of the page behind them, empty where none is.

        Raises:
            BadInput: a mark that this register never gave.
        """
        kinds = self._kinds(self.asked.tab)
        at, _, cursor = after.partition("~")
        place, found = whole(at) if after else 0, list[LeftoverRow]()
        if place is None or not 0 <= place < len(kinds):
            raise BadInput("bad-cursor", value=after, view=LEFTOVERS.name)
        order = BY_NAME[self.asked.tab].order
        while place < len(kinds):
            page = self._office.desk.look(
                LEFTOVERS, [*kinds[place], *_aged(self.asked.age, self._today, self._office)], order=order, after=cursor or None,
                limit=limit - len(found), refresh=False,
            )  # fmt: skip
            found += page.rows
            if page.next is not None:
                return found, f"{place}~{page.next}"
            place, cursor = place + 1, ""
            if len(found) >= limit:
                return found, f"{place}~" if place < len(kinds) and self._any(kinds[place:]) else ""
        return found, ""

    def every(self) -> Iterator[LeftoverRow]:
        """Every line of the tab."""
        after = ""
        while True:
            rows, after = self.page(after, 500)
            yield from rows
            if not after:
                return

    def tabs(self) -> dict[str, int]:
        """How many lines each tab has, whatever their age."""
        return {tab.name: self._count(self._kinds(tab.name)) for tab in TABS}

    def ages(self) -> dict[str, int]:
        """How many lines of the tab are in each bucket."""
        kinds = self._kinds(self.asked.tab)
        return {bucket: self._count(kinds, _aged(bucket, self._today, self._office)) for bucket in AGES}

    def choices(self, column: str) -> list[str]:
        """What stands in *column* of the lines that can be seen, in order."""
        told = self._office.desk.store.tally(LEFTOVERS.shape, column, [*self._sight])
        return sorted(str(value) for value in told if value)

    def _any(self, kinds: Sequence[tuple[Where, ...]]) -> bool:
        return self._count(kinds, _aged(self.asked.age, self._today, self._office)) > 0

    def _count(self, kinds: Sequence[tuple[Where, ...]], more: tuple[Where, ...] = ()) -> int:
        return sum(self._office.desk.store.count(LEFTOVERS.shape, [*kind, *more]) for kind in kinds)

    def _kinds(self, tab: str) -> list[tuple[Where, ...]]:
        """What holds of the lines of *tab*, with everything that was asked but their age."""
        every = self.asked.every and tab == "lines"
        found = [() for _kind in BY_NAME[tab].kinds] if every else [*BY_NAME[tab].kinds]
        return [(*self._sight, *(self._dated(each) for each in kind), *self._found()) for kind in found]

    def _dated(self, where: Where) -> Where:
        return where._replace(value=self._today) if where.value == TODAY else where

    def _found(self) -> tuple[Where, ...]:
        asked = self.asked
        found = [Where(name, "eq", value) for name, value in (("party", asked.party), ("branch", asked.branch)) if value]
        return (*found, *((Where(self.column, "contains", asked.text),) if self.column else ()))

    def _column(self) -> str:
        """The first column in which the text stands anywhere; the last one where it stands in none."""
        for column in self._columns:
            if self._office.desk.store.count(LEFTOVERS.shape, [*self._sight, Where(column, "contains", self.asked.text)]):
                return column
        return self._columns[-1]
