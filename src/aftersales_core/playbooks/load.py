"""读入: presets and files into playbooks, with every finding of the lint in one error.

Reading a file is the one thing here that is not pure; it happens when a playbook is opened, never while deciding.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from importlib.resources import files
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from aftersales_core.errors import PlaybookUnsound
from aftersales_core.moves import TICKET
from aftersales_core.playbooks.merge import Raw, whole
from aftersales_core.playbooks.model import Playbook
from aftersales_core.playbooks.register import clause_ids, entries
from aftersales_core.playbooks.register import clauses as clauses


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a playbook may name: kept by the rules, handed down to the lint.

    Attributes:
        commands: command → its fields.
        predicate: whether there is something of a name that a guard may need.
        ticket_fields: fields of a ticket a requirement may ask for.
        also: lints of what only higher floors understand, such as clocks; each gives its findings.
    """

    commands: Mapping[str, Collection[str]]
    predicate: Callable[[str], bool]
    ticket_fields: Collection[str]
    papers: Collection[str]
    settings: Collection[str]
    also: tuple[Callable[[Playbook], list[str]], ...] = ()


def load(text: str, vocabulary: Vocabulary) -> Playbook:
    """A playbook from TOML; one that extends a preset holds only what is different.

    Raises:
        PlaybookUnsound: it is not TOML, a field is wrong, or the lint found something; `problems` lists all.
    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        raise PlaybookUnsound("playbook-unsound", problems=[f"not TOML: {problem}"]) from None
    return _made(raw, vocabulary)


def _made(raw: Raw, vocabulary: Vocabulary) -> Playbook:
    try:
        book = Playbook.model_validate(whole(raw, _preset), strict=False)
    except (LookupError, AttributeError, TypeError) as problem:
        raise PlaybookUnsound("playbook-unsound", problems=[str(problem.args[0])]) from None
    except ValidationError as problem:
        found = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in problem.errors()]
        raise PlaybookUnsound("playbook-unsound", problems=found) from None
    if problems := lint(book, vocabulary):
        raise PlaybookUnsound("playbook-unsound", problems=problems)
    return book


def _preset(name: str) -> Raw:
    return tomllib.loads(preset_text(name))


def lint_readings(text: str, vocabulary: Vocabulary) -> list[str]:
    """What is wrong with the readings that *text*, which is sound, does not choose: each is loaded in turn."""
    raw = whole(tomllib.loads(text), _preset)
    found: list[str] = []
    for choice in raw.get("choice", ()):
        for reading in choice["options"]:
            try:
                own = tomllib.loads(text)
                _made({**own, "choose": {**own.get("choose", {}), choice["id"]: reading}}, vocabulary)
            except PlaybookUnsound as problem:
                found += [f"choice {choice['id']}: reading {reading!r}: {each}" for each in problem.facts["problems"]]
    return found


def lint(book: Playbook, vocabulary: Vocabulary) -> list[str]:
    """Every reason not to work by *book*: gaps, overlaps, unknown names, dead entries, dates the wrong way round."""
    found: list[str] = []
    known = clause_ids()
    if book.effective < book.announced:
        found.append(f"effective {book.effective} is before announced {book.announced}; announce first (K-13)")
    try:
        ZoneInfo(book.timezone)
    except (KeyError, ValueError, OSError):
        found.append(f"timezone {book.timezone!r} is unknown; use an IANA name such as Asia/Shanghai")
    for kind, name, cited in entries(book):
        found += [f"{kind} {name}: clause {c} is not in the register" for c in cited if c not in known]
    named: list[tuple[str, tuple[str, ...]]] = [
        *((f"duty {d.command}", (d.command,)) for d in book.duty),
        *((f"required {r.command}", (r.command,)) for r in book.required),
        *((f"guard {g.id}", (*g.commands, *g.remedies)) for g in book.guard),
    ]
    for label, commands in named:
        found += [f"{label}: there is no command {c!r}" for c in commands if c not in vocabulary.commands]
    for command, count in Counter(d.command for d in book.duty).items():
        if count > 1:
            found.append(f"duty {command}: given {count} times; give it once")
    found += [f"duty {c}: nobody holds it; name its roles" for c in vocabulary.commands if c not in book.duties]
    for duty in book.duty:
        found += [f"duty {duty.command}: role {r!r} is not declared" for r in duty.roles if r not in book.roles]
    held = {role for duty in book.duty for role in duty.roles}
    found += [f"role {r}: holds no duty" for r in book.roles if r not in held]
    for need in book.required:
        there = vocabulary.ticket_fields if need.of == "ticket" else vocabulary.commands.get(need.command, ())
        found += [f"required {need.command}: there is no field {f!r}" for f in need.fields if f not in there]
    fields = {*vocabulary.ticket_fields, *(name for each in vocabulary.commands.values() for name in each)}
    for kind in ("required", "guard", "checklist", "field"):
        for entry in getattr(book, kind):
            label = f"{kind} {getattr(entry, 'id', None) or entry.command}"
            found += [f"{label}: there is no field {name!r} to go by" for name in entry.when if name not in fields]
    seen: set[tuple[str, str]] = set()
    for guard in book.guard:
        if not vocabulary.predicate(guard.needs):
            found.append(f"guard {guard.id}: there is no predicate {guard.needs!r}")
        found += [f"guard {guard.id}: there is no stage {s!r}" for s in guard.explains if s not in TICKET.states]
        for command in guard.commands:
            if (guard.needs, command) in seen and not guard.when:
                found.append(f"guard {guard.id}: {command} already needs {guard.needs}")
            seen.add((guard.needs, command))
    papers = {*vocabulary.papers, *book.forms}
    found += [f"paper {p.paper}: there is no such paper" for p in book.paper if p.paper not in papers]
    for (name, gate), count in Counter((p.paper, p.gate) for p in book.paper).items():
        if count > 1:
            found.append(f"paper {name} at {gate}: asked for {count} times")
    found += [f"setting {n}: nothing reads it" for n in book.setting if n not in vocabulary.settings]
    found += [f"setting {n}: missing" for n in vocabulary.settings if n not in book.setting]
    return [*found, *(finding for more in vocabulary.also for finding in more(book))]


def preset_text(name: str) -> str:
    """The TOML of a preset that ships with the library.

    Raises:
        PlaybookUnsound: there is no such preset; the message names those there are.
    """
    room = files("aftersales_core.playbooks").joinpath("presets")
    there = sorted(p.name.removesuffix(".toml") for p in room.iterdir() if p.name.endswith(".toml"))
    if name not in there:
        raise PlaybookUnsound("no-such-preset", name=name, presets=there)
    return room.joinpath(f"{name}.toml").read_text("utf-8")
