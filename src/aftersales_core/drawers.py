"""抽屉: what every safe has to agree on: which drawers, keys and values there can be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

LONGEST: Final = 200
"""Characters of a drawer and of a key: both stand in an index, and the index of every database has an end to it."""


def possible(drawer: str, key: str) -> bool:
    """Whether anything can lie there. What somebody typed into a form may be a key nothing ever lies under."""
    return all(0 < len(name) <= LONGEST and _is_text(name) for name in (drawer, key))


def checked(drawer: str, key: str, value: str) -> None:
    """Raises ValueError for what cannot be kept everywhere, naming no value: that may be a secret."""
    if not possible(drawer, key):
        raise ValueError(f"drawer and key have 1 to {LONGEST} characters, none of them NUL or half of one: {drawer!a}, {key!a}")
    if not _is_text(value):
        raise ValueError(f"the value for {key!a} in drawer {drawer!a} has a NUL or half a character")


def end(moment: datetime) -> datetime:
    """*moment* in UTC. Raises ValueError where it has no time zone, or lies where no clock gets to."""
    if moment.utcoffset() is None:
        raise ValueError(f"{moment!r} has no time zone")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment!r} is no moment in UTC") from None


def _is_text(text: str) -> bool:
    return not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text)
