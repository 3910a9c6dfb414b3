"""一天: the work of a day put in order for whoever does it: lists with their hour, what is late, what was done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from aftersales_core import Desk
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import Where
from aftersales_core.rules import COMMANDS, Command
from aftersales_core.views import TIMELINE, TaskRow
from aftersales_web.numbers import whole
from aftersales_web.pages.asking import shape_of

LISTS: Final = ("slips", "calls", "goods", "to-dispatch", "to-book", "to-review", "office")
"""The lists of a day in the order they come up."""

HOURS: Final = {"slips": "slips-at", "calls": "calls-at", "goods": "goods-at"}
"""List → the setting of the playbook that says at which hour its work begins."""

DONE: Final[Mapping[str, tuple[str, ...]]] = {
    "slips": ("slip-handed-in", "slip-passed-on", "slip-registered"),
    "calls": ("revisited", "revisit-registered", "leftover-confirmed"),
    "goods": ("goods-ordered", "goods-promised", "goods-shipped", "goods-inspected", "goods-arrived", "arrival-notified"),
    "to-dispatch": ("dispatched",),
    "to-book": ("appointment-made", "appointment-moved"),
    "to-review": ("slip-approved", "sheet-reviewed", "liability-ruled"),
    "office": ("acknowledged", "triaged", "closed"),
}
"""List → facts that say that something on it was done."""

SHOWN: Final = 20
"""Rows of a list on the page of all lists."""

ALONE: Final = 100
"""Rows of a list on a page of its own."""

TALKS: Final = frozenset({"revisit", "attempt-revisit", "complete-visit", "hand-in-slip", "raise-leftover", "fill-fields", "amend"})
"""Commands that could be given empty, and hardly ever are meant so."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One list of the day.

    Attributes:
        begins: its hour, None where it has none; *come*: whether it has come.
        done: how many things of this kind were recorded since midnight, by whomever.
        more: the cursor of the next page, None on the last.
    """

    name: str
    begins: datetime | None
    come: bool
    count: int
    late: int
    done: int
    rows: tuple[TaskRow, ...]
    more: str | None


def slots(
    desk: Desk, at: datetime, role: str, where: Sequence[Where], *, only: str = "", after: str | None = None, then: bool = False,
) -> list[Slot]:  # fmt: skip
    """The lists that hold anything for *role* at a moment.

    Args:
        only: one list, or `overdue`, with more rows of it.
        then: as it would have been seen at that moment.
    """
    book = desk.playbook
    counts = desk.tally_tasks(at, role=role, then=then, where=where)
    late = desk.tally_tasks(at, role=role, only="overdue", then=then, where=where)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    done = desk.tally(TIMELINE, "kind", [Where("occurred_at", "ge", midnight), Where("occurred_at", "le", at)])
    names = [only] if only else [name for name in LISTS if counts.get(name)]
    found = []
    for name in names:
        page = desk.worklist_page(at, role=role, only=name, then=then, where=where, after=after, limit=ALONE if only else SHOWN)
        begins = begins_at(book, name, at)
        found.append(Slot(
            name, begins, begins is None or begins <= at, sum(late.values()) if name == "overdue" else counts.get(name, 0),
            sum(late.values()) if name == "overdue" else late.get(name, 0), sum(done.get(kind, 0) for kind in DONE.get(name, ())), page.rows, page.next,
        ))  # fmt: skip
    return found


def begins_at(book: Playbook, name: str, at: datetime) -> datetime | None:
    """When the work of a list begins on the day of *at*, which is in the house's zone."""
    setting = HOURS.get(name)
    return None if setting is None else datetime.combine(at.date(), time(book.figure(setting)), at.tzinfo)


def at_once(command: str, book: Playbook) -> bool:
    """Whether a command says enough by its name alone, so that one tap gives it."""
    if command in TALKS or command not in COMMANDS:
        return False
    cls = COMMANDS[command]
    needed = any(need.of == "command" and not need.when for need in book.requirements.get(command, ()))
    return not needed and not any(info.is_required() for info in shape_of(cls).values())


def about(command: type[Command], ref: str) -> dict[str, object]:
    """The fields of a command that say which part of the ticket a task is about."""
    own = shape_of(command)
    if (no := whole(ref)) is not None:
        part = {"visit": "visit", "slip": "visit", "leftover": "leftover", "sheet": "leftover", "complaint": "complaint"}.get(command.thing or "")
        return {part: no} if part is not None and part in own else {}
    if ref.startswith("L") and "lines" in own and command.thing == "leftover":
        return {"lines": (ref,)}
    return {}
