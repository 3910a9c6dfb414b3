"""名词: the small nouns that facts, commands and states are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final, TypeAlias

from pydantic import AwareDatetime, Field, StringConstraints

Name: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
"""A short word a person reads: 1 to 120 characters, outer spaces dropped."""

Text: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
"""A remark or a description: 1 to 4000 characters."""

Id: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[\w][\w.:@/#-]{0,79}$")]
"""A ticket number, an actor, a form number: 1 to 80 characters without spaces."""

Phone: TypeAlias = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9][0-9 -]{4,19}$")]
"""A telephone number: 5 to 20 digits, spaces or hyphens, `+` in front allowed."""

Moment: TypeAlias = AwareDatetime
"""A point in time that knows its zone; a naive datetime is refused at the door."""

EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2199, 12, 31, tzinfo=UTC)

SaidMoment: TypeAlias = Annotated[AwareDatetime, Field(ge=EARLIEST, le=LATEST)]
"""A moment that a command may name: from 1900 to 2199. At the ends of the calendar no deadline could be reckoned from it."""

SaidDay: TypeAlias = Annotated[date, Field(ge=EARLIEST.date(), le=LATEST.date())]
"""A day that a command may name, in the same years."""

Quantity: TypeAlias = Annotated[int, Field(ge=1, le=100_000)]
"""How many pieces: at least 1."""

Count: TypeAlias = Annotated[int, Field(ge=0, le=100_000)]
"""How many pieces, none allowed."""

Fen: TypeAlias = Annotated[int, Field(ge=0, le=10**12)]
"""Money in 分 (1/100 yuan), never a float."""

Rating: TypeAlias = Annotated[int, Field(ge=1, le=5)]
"""A customer's score, 1 (worst) to 5 (best)."""

LineId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^L[1-9][0-9]{0,2}-[1-9][0-9]{0,2}$")]
"""A leftover line within its ticket: `L2-1` is line 1 of leftover order 2."""

VisitNo: TypeAlias = Annotated[int, Field(ge=1, le=999)]
"""A visit within its ticket, counted from 1."""

LeftoverNo: TypeAlias = Annotated[int, Field(ge=1, le=999)]
"""A leftover order within its ticket, counted from 1."""

ComplaintNo: TypeAlias = Annotated[int, Field(ge=1, le=999)]
"""A complaint within its ticket, counted from 1."""

Digest: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""SHA-256 of a file's bytes, 64 lowercase hex digits."""

Size: TypeAlias = Annotated[int, Field(ge=1, le=10**10)]
"""How many bytes: at least 1."""
