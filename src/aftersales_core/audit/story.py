"""履历: a ticket's history step by step: what happened, what changed by it, and under which clauses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, cast

from aftersales_core.facts import Entry
from aftersales_core.playbooks import Playbook
from aftersales_core.rules import COMMANDS
from aftersales_core.state import (
    Call,
    Complaint,
    File,
    Filled,
    FollowUp,
    Leftover,
    Line,
    PaperLife,
    Ticket,
    Told,
    Visit,
    evolve,
    needs_replay,
    replay,
)

_QUIET = frozenset({"number", "version", "head", "last_at", "stage_since", "playbook", "waits", "assigned"})
"""Fields that change with every fact and say nothing about it, or say again what another field says."""


class Change(NamedTuple):
    """One thing that is different: a path such as `stage`, `visits.2.slip.state`, `papers.daily-report.visit:1.state` or
    `custom.birthday`, before and after."""

    path: str
    old: object
    new: object


class Step(NamedTuple):
    """One fact of a history with its effect."""

    entry: Entry
    ticket: Ticket
    changes: tuple[Change, ...]
    clauses: tuple[str, ...]


@cache
def _commands(kind: str) -> tuple[str, ...]:
    return tuple(name for name, cls in COMMANDS.items() if cls.fact.kind == kind)


def clauses_of(kind: str, playbook: Playbook) -> tuple[str, ...]:
    """The clauses a fact of *kind* stands under: of the duty first, then of what had to be there."""
    found: list[str] = []
    for command in _commands(kind):
        found += playbook.duties[command].clauses
        for need in playbook.requirements.get(command, ()):
            found += need.clauses
        for guard in playbook.guards.get(command, ()):
            found += guard.clauses
    return tuple(dict.fromkeys(found))


def changes(before: Ticket, after: Ticket) -> tuple[Change, ...]:
    """Everything that differs between two states of a ticket."""
    return tuple(c for c in _differences("", before, after) if c.path.split(".")[0] not in _QUIET)


def _differences(path: str, old: object, new: object) -> Iterator[Change]:
    if old == new:
        return
    names = _names(new)
    if names and type(old) is type(new):
        for name in names:
            part = f"{path}.{name}" if path else name
            yield from _differences(part, getattr(old, name), getattr(new, name))
    elif path in _BY_NAME:
        yield from _BY_NAME[path](path, cast("tuple[object, ...]", old), cast("tuple[object, ...]", new))
    elif _records(old) and _records(new):
        olds: Sequence[object] = old  # type: ignore[assignment]
        news: Sequence[object] = new  # type: ignore[assignment]
        for at in range(max(len(olds), len(news))):
            was = olds[at] if at < len(olds) else None
            now = news[at] if at < len(news) else None
            blank = _blank(now) if was is None and now is not None else was
            yield from _differences(f"{path}.{at + 1}", blank, now)
    else:
        yield Change(path, old, new)


def _names(record: object) -> tuple[str, ...]:
    """The fields of a record of the state; none for anything else."""
    return getattr(record, "__struct_fields__", ()) or getattr(record, "_fields", ())


def _records(value: object) -> bool:
    return type(value) is tuple and all(_names(item) for item in value)


def _blank(record: object) -> object:
    """A record of the same class with nothing in it but its identity, so that only what it brings is told."""
    match record:
        case Visit() | Leftover() | Complaint():
            return type(record)(record.no)
        case Line():
            return Line(record.id, "", 0, record.needs_goods)
        case Call():
            return Call(record.at, "", "")
        case File() | Told() | FollowUp():
            # told as a whole: none of it was there before
            return None
    return record


def _filled(path: str, old: tuple[object, ...], new: tuple[object, ...]) -> Iterator[Change]:
    """Fields of the house's own: what stands in each."""
    was, now = ({(f.field, f.ref): f.content for f in found if isinstance(f, Filled)} for found in (old, new))
    for name in {**was, **now}:
        if was.get(name) != now.get(name):
            yield Change(_path(path, *name), was.get(name), now.get(name))


def _moved(path: str, old: tuple[object, ...], new: tuple[object, ...]) -> Iterator[Change]:
    """Papers: where each stands, and the number printed on it."""
    was, now = ({(p.paper, p.ref): p for p in found if isinstance(p, PaperLife)} for found in (old, new))
    for name in {**was, **now}:
        before, after = (found.get(name, PaperLife(*name)) for found in (was, now))
        if before.state != after.state:
            yield Change(_path(path, *name, "state"), before.state, after.state)
        if (number := _number(after)) != _number(before):
            yield Change(_path(path, *name, "no"), _number(before), number)


def _number(life: PaperLife) -> str | None:
    return next((step.no for step in reversed(life.steps) if step.no), None)


def _path(*names: str) -> str:
    return ".".join(filter(None, names))


_BY_NAME: Final[Mapping[str, Callable[[str, tuple[object, ...], tuple[object, ...]], Iterator[Change]]]] = {
    "custom": _filled,
    "papers": _moved,
}
"""Records that are known by their name and change places; the others stand where they once stood."""


def story(number: str, entries: Sequence[Entry], playbook: Playbook) -> Iterator[Step]:
    """The history told in the order it was written, each step as it was known then."""
    ticket = Ticket(number)
    for at, entry in enumerate(entries, 1):
        before = ticket
        ticket = replay(number, entries[:at]) if needs_replay(entry) else evolve(ticket, entry)
        yield Step(entry, ticket, changes(before, ticket), clauses_of(entry.fact.kind, playbook))
