"""条款登记册: every clause of the process documents, how the software carries it, and where that can be seen.

A claim of the register can be checked: `check` compares it with the playbook, the facts, the moves, and the names of
tasks and views that the callers hand down.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, TypeAdapter, field_validator

from aftersales_core.facts import KINDS, Envelope
from aftersales_core.moves import TABLES

if TYPE_CHECKING:
    from aftersales_core.playbooks.model import Playbook

Mechanism: TypeAlias = Literal[
    "guard", "duty", "required-field", "paper", "clock", "checklist", "notice", "table", "recurring", "register",
    "report", "setting", "fact", "move", "none",
]  # fmt: skip
"""What carries a clause, or will carry it."""

Carried: TypeAlias = Literal["enforced", "recorded", "reminded", "reported", "planned", "outside"]
"""How far: what goes against it is refused; a fact keeps it; a task shows it in time; a view tells it; not carried,
or not all that matters; not the software's business."""

CARRIED: Final[tuple[Carried, ...]] = ("enforced", "recorded", "reminded", "reported", "planned", "outside")
"""Every claim there is, the strongest first."""

_ID: Final = re.compile(r"^\[([A-Z][A-Z0-9]?-\d{2})\]$", re.M)

_OPEN: Final = ("planned", "outside")

_REFUSE: Final = ("move:", "checklist:", "form:")
"""Places that refuse, beside the entries that are named without their kind."""

_REMIND: Final = ("task:", "routine:", "choice:")
"""Places that remind; a choice by the reading it does not take."""

_BARE: Final = ("duty", "required", "guard", "paper", "setting", "access")
"""Kinds of entries that a `where` names without their kind."""


class Note(BaseModel):
    """What is missing, or what to know, in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str


class Clause(BaseModel):
    """One row of the process documents, in our own words.

    Attributes:
        kind: how the document wants it carried: enforce, record, remind, report, or several with `+`.
        mechanism, carried: how the software carries it; empty where nobody has looked yet.
        where: names of the places: entries of the playbook (`clock:ID` for its clocks), `fact:KIND`, `fact:KIND.FIELD`, `envelope:FIELD`,
            `task:NAME`, `view:NAME`, `move:TABLE.FACT`.
        note: what is missing; always there for `planned` and `outside`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    zh: str
    en: str
    kind: str
    roles: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    mechanism: Mechanism | Literal[""] = ""
    carried: Carried | Literal[""] = ""
    where: tuple[str, ...] = ()
    note: Note | None = None


class Shown(BaseModel):
    """A scenario that shows a clause, as the pytest plugin's `--clause-report` writes it.

    Attributes:
        rows: how many of its rows of examples show the clause; 1 for a scenario without examples.
        outcome: the worst of theirs.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    feature: str
    scenario: str
    rows: int = 1
    outcome: Literal["passed", "failed", "skipped"]

    @field_validator("rows", mode="before")
    @classmethod
    def _counted(cls, rows: object) -> object:
        return len(rows) if isinstance(rows, list) else rows


Report: TypeAlias = Mapping[str, tuple[Shown, ...]]
"""Clause → the scenarios that show it."""


class Series(BaseModel):
    """A series of the catalogue: every duty that was found in the process documents, by its id alone.

    Attributes:
        sources: short names of the documents it was gathered from.
        ids: kind (as `Clause.kind`) → ids.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: str
    en: str
    sources: tuple[str, ...]
    ids: Mapping[str, tuple[str, ...]]

    @property
    def clauses(self) -> tuple[str, ...]:
        """Every id, in order."""
        return tuple(sorted(one for found in self.ids.values() for one in found))


@cache
def clause_ids() -> frozenset[str]:
    """The ids of the register, without reading what they say: loading a playbook needs no more."""
    return frozenset(_ID.findall(_text("clauses.toml")))


@cache
def clauses() -> dict[str, Clause]:
    """The clause register: id → clause, from the process documents in our own words."""
    return TypeAdapter(dict[str, Clause]).validate_python(tomllib.loads(_text("clauses.toml")))


@cache
def catalogue() -> dict[str, Series]:
    """Every duty there is to carry: series → its ids. The ids of the register are among them."""
    return TypeAdapter(dict[str, Series]).validate_python(tomllib.loads(_text("catalogue.toml")))


@cache
def shown() -> dict[str, tuple[Shown, ...]]:
    """Clause → scenarios of this library's own feature files, as they ended when it was made."""
    return read_report(_text("shown.json"))


def _text(name: str) -> str:
    return files("aftersales_core.playbooks").joinpath(name).read_text("utf-8")


def missing(register: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Series → the ids of the catalogue that *register* does not have; series that are whole are left out."""
    found = {name: tuple(one for one in each.clauses if one not in register) for name, each in catalogue().items()}
    return {name: ids for name, ids in found.items() if ids}


def read_report(text: str) -> dict[str, tuple[Shown, ...]]:
    """Clause → scenarios, from what `--clause-report` wrote.

    Raises:
        pydantic.ValidationError: it is not such a report.
    """
    return TypeAdapter(dict[str, tuple[Shown, ...]]).validate_json(text)


def series(clause: str) -> str:
    """The series of a clause id: `L` of `L-14`."""
    return clause.partition("-")[0]


def entries(playbook: Playbook) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(kind, name, clauses) of every entry of *playbook*, of whatever kind of entry it has."""
    for kind in type(playbook).model_fields:
        found: Any = getattr(playbook, kind)
        if kind == "access":
            yield (kind, kind, found.clauses)
            continue
        pairs = found.items() if isinstance(found, dict) else [(_name(e), e) for e in found] if isinstance(found, tuple) else ()
        yield from ((kind, name, entry.clauses) for name, entry in pairs if hasattr(entry, "clauses"))


def _name(entry: Any) -> str:
    return next((str(getattr(entry, key)) for key in ("id", "command", "paper", "name") if hasattr(entry, key)), "")


def names(playbook: Playbook, tasks: Collection[str], views: Collection[str]) -> frozenset[str]:
    """Everything that a `where` may name."""
    return frozenset({
        *(name if kind in _BARE else f"{kind}:{name}" for kind, name, _clauses in entries(playbook)),
        *(f"fact:{kind}" for kind in KINDS),
        *(f"fact:{kind}.{field}" for kind, fact in KINDS.items() for field in fact.model_fields),
        *(f"envelope:{field}" for field in Envelope._fields),
        *(f"move:{table.name}.{trigger}" for table in TABLES for trigger in table.triggers),
        *(f"clock:{clock.id}" for clock in playbook.every_clock),
        *(f"task:{task}" for task in (*tasks, *(clock.id for clock in playbook.reminders))),
        *(f"view:{view}" for view in views),
    })  # fmt: skip


def check(
    register: Mapping[str, Clause], playbook: Playbook, tasks: Collection[str], views: Collection[str]
) -> list[str]:
    """Every claim of *register* that cannot be right, and every entry of *playbook* that stands on nothing carried.

    Args:
        tasks: names of the tasks of the worklist; *views*: names of the views.
    """
    known = names(playbook, tasks, views)
    found: list[str] = []
    for name, clause in register.items():
        found += [f"{name}: same as {other}, which is not in the register" for other in clause.same_as if other not in register]
        found += [f"{name}: there is no {place!r}" for place in clause.where if place not in known]
        found += [f"{name}: {problem}" for problem in _claim(clause)]
    for kind, name, cited in entries(playbook):
        found += [f"{kind} {name}: clause {c} is not in the register" for c in cited if c not in register]
        states = {register[c].carried for c in cited if c in register}
        # a gap is about what nobody carries
        if states and states <= set(_OPEN) and kind != "gap":
            found.append(f"{kind} {name}: all its clauses are planned or outside ({', '.join(cited)})")
    return found


def _claim(clause: Clause) -> Iterator[str]:
    """What does not fit within one claim."""
    if bool(clause.carried) != bool(clause.mechanism):
        yield "mechanism and carried go together"
    if clause.carried in _OPEN:
        if clause.note is None:
            yield f"{clause.carried} without a note"
    elif clause.carried and not clause.where:
        yield f"{clause.carried} without saying where"
    elif clause.carried == "enforced" and not any(":" not in w or w.startswith(_REFUSE) for w in clause.where):
        yield "enforced, but no entry of the playbook and no move stands behind it"
    elif clause.carried == "reminded" and not any(w.startswith(_REMIND) for w in clause.where):
        yield "reminded, but by no task"
    elif clause.carried == "reported" and not any(w.startswith("view:") for w in clause.where):
        yield "reported, but by no view"
