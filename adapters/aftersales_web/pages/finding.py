"""查找: tickets by a number, a customer, a telephone or an address, and the number a new ticket could have."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Final, NamedTuple

from aftersales_core import Desk
from aftersales_core.ports import Page, Where
from aftersales_core.views import BOARD, BoardRow

FIELDS: Final = ("ticket", "customer", "phone", "address")
"""Where a word is looked for."""

SHOWN: Final = 30
"""Tickets of a page."""

STEM: Final = "AS"
"""What a number begins with where there is no ticket yet to be like."""


class Found(NamedTuple):
    """What a search found.

    Attributes:
        counts: field → how many tickets have the word there, for the fields that may be asked.
        field: the one that is shown; empty where nothing was looked for.
    """

    counts: dict[str, int]
    field: str
    page: Page[BoardRow]


def plausible(q: str) -> tuple[str, ...]:
    """The fields of a ticket, the one first where *q* is most likely meant."""
    if len(_digits(q)) >= 4 and not re.search(r"[^\d\s+-]", q):
        first = "phone" if len(_digits(q)) <= 11 else "ticket"
    elif q.isascii() and any(sign.isdigit() for sign in q):
        first = "ticket"
    else:
        first = "customer" if len(q) <= 4 else "address"
    return (first, *(field for field in FIELDS if field != first))


def _digits(q: str) -> str:
    return re.sub(r"[\s+-]", "", q)


def search(
    desk: Desk, q: str, where: Sequence[Where], *, hidden: Collection[str] = (), field: str = "", after: str | None = None
) -> Found:  # fmt: skip
    """The tickets of those that satisfy *where* in which *q* stands, of one field, the latest first; all where *q* is empty.

    Args:
        hidden: fields that are masked for the reader, and must not be found out by searching.
        field: where to look; where it is most plausible and found, unless given.

    Raises:
        BadInput: a cursor of something else.
    """
    if not q:
        return Found({}, "", desk.look(BOARD, where, order=("-last_at",), after=after, limit=SHOWN))
    asked = [each for each in plausible(q) if each not in hidden]
    desk.refresh([BOARD])
    words = {each: _word(desk, each, q, where) for each in asked}
    counts = {each: desk.count(BOARD, [*where, word]) for each, word in words.items()}
    chosen = field if field in counts else next((each for each in asked if counts[each]), asked[0])
    page = desk.look(BOARD, [*where, words[chosen]], order=("-last_at",), after=after, limit=SHOWN, refresh=False)
    return Found({each: counts[each] for each in FIELDS if each in counts}, chosen, page)


def _word(desk: Desk, field: str, q: str, where: Sequence[Where]) -> Where:
    """What is looked for in a field: a telephone as it is written, or its digits alone, whichever there is."""
    written = Where(field, "contains", q)
    if field != "phone" or _digits(q) in ("", q) or desk.count(BOARD, [*where, written]):
        return written
    return Where(field, "contains", _digits(q))


def with_phone(desk: Desk, phone: str, where: Sequence[Where]) -> tuple[BoardRow, ...]:
    """The latest tickets of whoever has this telephone; none while it is too short to tell."""
    if len(_digits(phone)) < 7:
        return ()
    return desk.look(BOARD, [*where, Where("phone", "contains", _digits(phone))], order=("-opened_at",), limit=5).rows


def proposed(desk: Desk, day: date) -> str:
    """A number nobody has: the stem of the latest ticket, the day, and the next in its row, as in `SH20261126004`."""
    latest = desk.look(BOARD, (), order=("-opened_at",), limit=1).rows
    stem = re.match(r"(\D*)\d{8}\d{3,}$", latest[0].ticket) if latest else None
    begin = f"{stem[1] if stem else STEM}{day:%Y%m%d}"
    taken = desk.look(BOARD, [Where("ticket", "contains", begin)], order=("-ticket",), limit=1, refresh=False).rows
    tail = re.fullmatch(re.escape(begin) + r"(\d+)", taken[0].ticket, re.IGNORECASE) if taken else None
    return f"{begin}{int(tail[1]) + 1:03d}" if tail else f"{begin}001"
