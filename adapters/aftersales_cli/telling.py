"""讲述: commands that explain: the history step by step, the legal moves as a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from aftersales_cli.plain import moment
from aftersales_cli.reading import TicketNo
from aftersales_cli.shell import Shell, instant, plain
from aftersales_core import wording
from aftersales_core.errors import BadInput
from aftersales_core.wording.paths import ZH

if TYPE_CHECKING:
    from aftersales_core.audit import Change, Step
    from aftersales_core.desk import Desk
    from aftersales_core.state import Ticket


def _told(desk: Desk, ticket: str, as_of: datetime | None, known_at: datetime | None) -> Iterator[Step]:
    """The steps that had happened and were known; told again from the facts, so that a change is as it was seen then."""
    if as_of is None and known_at is None:
        yield from desk.story(ticket)
        return
    from aftersales_core.audit import story
    from aftersales_core.state import replay

    history = desk.history(ticket)
    book = desk.playbook_of(replay(ticket, history[:1]))
    yield from story(
        ticket,
        [
            e
            for e in history
            if (as_of is None or e.envelope.occurred_at <= as_of) and (known_at is None or e.envelope.recorded_at <= known_at)
        ],
        book,
    )


def replay(
    ctx: typer.Context,
    ticket: TicketNo,
    as_of: Annotated[str | None, typer.Option(metavar="ISO", help="only what had happened by then")] = None,
    known_at: Annotated[str | None, typer.Option(metavar="ISO", help="only what had been written down by then")] = None,
    first: Annotated[int, typer.Option("--from", min=1, metavar="N", help="the first step to tell")] = 1,
    last: Annotated[int | None, typer.Option("--to", min=1, metavar="N", help="the last step to tell")] = None,
) -> None:
    """A ticket step by step: what happened, what changed by it, under which clauses."""
    shell: Shell = ctx.obj
    happened, known = instant("--as-of", as_of), instant("--known-at", known_at)
    with shell.desk() as desk:
        state = desk.state(ticket, as_of=happened, known_at=known)
        steps = [s for s in _told(desk, ticket, happened, known) if first <= s.entry.version and (last is None or s.entry.version <= last)]
    if shell.json:
        shell.emit({"ticket": ticket, "stage": state.stage, "steps": [_json(step) for step in steps]})
        return
    for step in steps:
        tell(shell, step)
    shell.line(shell.say("replay-end", ticket=ticket, stage=shell.word("stage", state.stage), count=len(steps)))


def _json(step: Step) -> dict[str, Any]:
    entry = step.entry
    return {
        "version": entry.version, "kind": entry.fact.kind, "fact": plain(entry.fact), "envelope": plain(entry.envelope),
        "digest": entry.digest, "stage": step.ticket.stage, "changes": plain(step.changes), "clauses": step.clauses,
    }  # fmt: skip


def _heading(shell: Shell, step: Step) -> Text:
    entry, envelope = step.entry, step.entry.envelope
    title = Text(f"{entry.version:>4}  ", style="dim") + Text(shell.word("fact", entry.fact.kind), style="bold")
    title.append(f"  {moment(envelope.occurred_at)}  {shell.word('role', envelope.role)} {envelope.actor}", style="not bold")
    for flag in envelope.flags:
        title.append(f"  ⚠ {shell.word('flag', flag)}", style="yellow")
    return title


def tell(shell: Shell, step: Step) -> None:
    """One step of a history: when it happened and was written down, who, what changed, and the clauses in words."""
    envelope = step.entry.envelope
    shell.print(_heading(shell, step))
    shell.line("      " + shell.say("recorded-at", at=moment(envelope.recorded_at), channel=envelope.channel))
    if envelope.reason:
        shell.line("      " + shell.say("override", reason=shell.masked(envelope.reason)))
    for change in step.changes:
        shell.print(Text(f"      {_change(shell, change)}", style="cyan"))
    for clause, said in clause_texts(step.clauses, shell.lang):
        shell.print(Text(f"      § {clause}  {said}", style="dim"))
    shell.line()


def condensed(shell: Shell, steps: Iterable[Step]) -> None:
    """A history in brief: a line for every step that moved the ticket on or is odd, the others by name between them."""
    quiet: list[str] = []

    def between() -> None:
        if quiet:
            shell.print(Text(f"        {wording.listed(quiet, shell.lang)}", style="dim"))
        quiet.clear()

    for step in steps:
        stage = next((c.new for c in step.changes if c.path == "stage"), None)
        if stage is None and not step.entry.envelope.flags and step.entry.fact.kind != "corrected":
            quiet.append(shell.word("fact", step.entry.fact.kind))
            continue
        between()
        title = _heading(shell, step)
        if stage is not None:
            title.append(f"  → {shell.word('stage', stage)}", style="bold cyan")
            title.append(f"  {' '.join(step.clauses[:3])}", style="dim")
        shell.print(title)
    between()


def _change(shell: Shell, change: Change) -> str:
    names = change.path.split(".")
    last = names[-1]

    def named(name: str) -> str:
        return ZH.get(name, name) if shell.lang == "zh" else name.replace("_", " ")

    def told(at: int, name: str) -> str:
        if at == 1 and names[0] in _OWN:
            return shell.word(_OWN[names[0]], name)
        if names[0] == "papers" and name == "no":
            return shell.say("col-number")
        return named(name) if ":" not in name else shell.part(name)

    def value(found: object) -> str:
        if names[0] == "custom":
            return shell.content(names[1], found)
        if last == "phone" and isinstance(found, str):
            return shell.phone(found)
        if last in ("stage", "category", "party"):
            return shell.word(last, found)
        if last in ("state", "sheet"):
            return shell.word("state", found)
        if (fields := getattr(found, "__struct_fields__", None)) is not None:
            parts = ((name, part) for name in fields if (part := getattr(found, name)) not in (None, (), ""))
            return "; ".join(f"{named(name)} {_said(shell, name, part) or value(part)}" for name, part in parts)
        return shell.value(found)

    return f"{' '.join(told(at, name) for at, name in enumerate(names))}: {value(change.old)} → {value(change.new)}"


_OWN = {"custom": "custom", "papers": "paper"}
"""Parts of a ticket whose records the house has given names to."""

_WORDS = {"purpose": "purpose", "time_of_day": "time-of-day", "means": "means", "notice": "notice", "occasion": "occasion", "customer_file": "customer-file",
          "check": "check"}  # fmt: skip


def _said(shell: Shell, name: str, value: object) -> str:
    """A value of a file, a notice or a follow-up that has words; empty for any other."""
    if name == "ref":
        return shell.part(str(value))
    if name == "digest":
        return f"{str(value)[:12]}…"
    return shell.word(_WORDS[name], value) if name in _WORDS else ""


def clause_texts(ids: Iterable[str], lang: wording.Lang) -> list[tuple[str, str]]:
    """Clause id and its words, for those that are in the register."""
    from aftersales_core.playbooks import clauses as register

    known = register()
    return [(clause, getattr(known[clause], lang)) for clause in ids if clause in known]


class Picture(StrEnum):
    """How a diagram is drawn."""

    mermaid = "mermaid"
    svg = "svg"


def diagram(
    ctx: typer.Context,
    life: Annotated[str, typer.Argument(metavar="LIFE", help="ticket, visit, slip, line, sheet or complaint")] = "ticket",
    number: Annotated[str | None, typer.Option("--ticket", metavar="TICKET", help="mark where this ticket stands and was")] = None,
    form: Annotated[Picture, typer.Option("--format", help="Mermaid text or an SVG drawing")] = Picture.mermaid,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="write it here")] = None,
) -> None:
    """The table of legal moves as a picture, made from the table itself."""
    from aftersales_core import diagrams
    from aftersales_core.moves import TABLES

    shell: Shell = ctx.obj
    table = {found.name: found for found in TABLES}.get(life)
    if table is None:
        raise BadInput("bad-option", field="LIFE", value=life, reason=wording.listed((t.name for t in TABLES), shell.lang))
    current: str | None = None
    visited: tuple[str, ...] = ()
    if number is not None:
        with shell.desk() as desk:
            states = [state for step in desk.story(number) for state in _standing(life, step.ticket)]
        visited, current = tuple(dict.fromkeys(states)), states[-1] if states else None
    drawn = (diagrams.svg if form is Picture.svg else diagrams.mermaid)(table, shell.lang, current, visited)
    if shell.json:
        shell.emit({"life": life, "format": form.value, "current": current, "visited": visited, "diagram": drawn})
    elif output is None:
        shell.line(drawn.rstrip("\n"))
    if output is not None:
        output.write_text(drawn, "utf-8")
        shell.note(shell.say("written", path=output))


def _standing(life: str, ticket: Ticket) -> tuple[str, ...]:
    """Where the latest of its kind stands: the last visit, line, sheet or complaint, or the ticket itself."""
    found = {
        "ticket": (ticket.stage,),
        "visit": tuple(v.state for v in ticket.visits[-1:]),
        "slip": tuple(v.slip.state for v in ticket.visits[-1:]),
        "line": tuple(line.state for line in list(ticket.lines)[-1:]),
        "sheet": tuple(o.sheet for o in ticket.leftovers[-1:]),
        "complaint": tuple(c.state for c in ticket.complaints[-1:]),
    }
    return found[life]
