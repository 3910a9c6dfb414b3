"""制度条目: what every entry of a playbook is: frozen, without stray keys, and never without a clause."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

ClauseId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]?-\d{2}$")]

Condition = Annotated[str, Field(pattern=r"^[a-z-]+$")]
"""The name of something the code knows: a predicate, a task, a refusal."""

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")]
"""The name a house gives to something of its own: a form, a checklist, a field."""

Named = Annotated[str, Field(pattern=r"^[a-z-]+(:[a-z0-9_.-]+)?$")]
"""A name, or a kind of name and what it is about: `goods-in`, `visit:paid`, `paper:daily-report.handed-in`."""

When = dict[str, tuple[str, ...]]
"""Fields of the command or the ticket with the values for which an entry holds, e.g. `{category = ["repair"]}`."""


class Cited(BaseModel):
    """An entry of a playbook: it always names the clauses it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    clauses: tuple[ClauseId, ...] = Field(min_length=1)


class Title(BaseModel):
    """Words people read, in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str
