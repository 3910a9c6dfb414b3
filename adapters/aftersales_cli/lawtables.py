"""条款表: clauses on the screen: one in full, many as a table, and what is not there yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from aftersales_cli.shell import Shell
from aftersales_core import wording

if TYPE_CHECKING:
    from aftersales_core.playbooks import Clause
    from aftersales_core.playbooks.register import Report, Shown

SHORT: Final = 3
"""Scenarios of a clause that a table names; one clause in full names them all."""

_MARKS: Final = {"passed": ("✓", "green"), "failed": ("✗", "red"), "skipped": ("–", "yellow")}


def passes(shown: Sequence[Shown]) -> bool:
    """Whether one of the scenarios passed."""
    return any(one.outcome == "passed" for one in shown)


def why_open(clause: Clause, shown: Sequence[Shown]) -> str:
    """What is left to do on a clause: `planned`, not `examined`, `unshown`; empty where nothing is."""
    if clause.carried == "outside":
        return ""
    if clause.carried in ("planned", ""):
        return clause.carried or "examined"
    return "" if passes(shown) else "unshown"


def listed(shell: Shell, found: Mapping[str, Clause], shown: Report, *, unfinished: bool) -> None:
    """A table, a row a clause: how it is carried, where, and its scenarios; of open ones why, and what is missing."""
    if unfinished:
        headings = ("clause", "found-in", "open", "note", "scenarios")
        rows = [_open(shell, name, clause, shown.get(name, ())) for name, clause in found.items()]
    else:
        headings = ("clause", "found-in", "carried", "where", "scenarios")
        rows = [_row(shell, name, clause, shown.get(name, ())) for name, clause in found.items()]
    if rows:
        shell.table([shell.say(f"col-{heading}") for heading in headings], rows, whole=[True])


def _row(shell: Shell, name: str, clause: Clause, shown: Sequence[Shown]) -> Sequence[Text]:
    return (Text(name, style="bold"), Text(clause.source), _claim(shell, clause, "\n"), Text("\n".join(clause.where) or "—"),
            _brief(shell, shown))  # fmt: skip


def _open(shell: Shell, name: str, clause: Clause, shown: Sequence[Shown]) -> Sequence[Text]:
    why = why_open(clause, shown)
    said = shell.say("no-scenario-passed") if why == "unshown" else shell.word("carried", clause.carried)
    told = clause.note if clause.note is not None else clause
    return (Text(name, style="bold"), Text(clause.source), Text(said, style="yellow"), Text(getattr(told, shell.lang)),
            _brief(shell, shown))  # fmt: skip


def _claim(shell: Shell, clause: Clause, between: str) -> Text:
    style = {"planned": "yellow", "": "yellow", "outside": "dim"}.get(clause.carried, "green")
    told = Text(shell.word("carried", clause.carried), style=style)
    if clause.mechanism:
        told.append(f"{between}{shell.word('mechanism', clause.mechanism)}", style="not bold default")
    return told


def _brief(shell: Shell, shown: Sequence[Shown]) -> Text:
    """The first scenarios, those that did not pass before the others, and how many more there are."""
    if not shown:
        return Text(shell.say("no-scenario"), style="yellow")
    first = sorted(shown, key=lambda one: one.outcome == "passed")[:SHORT]
    told = Text("\n").join(_scenario(one, "") for one in first)
    if len(shown) > len(first):
        told.append(f"\n{shell.say('and-more', count=len(shown) - len(first))}", style="dim")
    return told


def _scenario(one: Shown, after: str = " ") -> Text:
    # a space between mark and name is where a narrow column would break first
    mark, style = _MARKS[one.outcome]
    times = f" ×{one.rows}" if one.rows > 1 else ""
    return Text(f"{mark}{after}{one.scenario}{times}", style=style)


def tell(shell: Shell, name: str, clause: Clause, used: Sequence[str], shown: Sequence[Shown]) -> None:
    """One clause in words, how it is carried and where, what cites it, every scenario that shows it."""
    asks = wording.listed((shell.say(f"kind-{kind}") for kind in clause.kind.split("+")), shell.lang)
    shell.print(Text(name, style="bold") + Text(f"  {clause.source}  {shell.say('asked-for', kinds=asks)}", style="not bold dim"))
    shell.print(Text(f"  {getattr(clause, shell.lang)}"))
    told = Text("  ") + _claim(shell, clause, "  ")
    if clause.where:
        told.append(f"  {' '.join(clause.where)}", style="default")
    shell.print(told)
    if clause.note is not None:
        shell.print(Text(f"  {getattr(clause.note, shell.lang)}", style="dim"))
    for place in used:
        shell.print(Text(f"  ↳ {place}", style="cyan"))
    if not shown:
        shell.print(Text(f"  {shell.say('no-scenario')}", style="yellow"))
    for one in shown:
        shell.print(Text("  ") + _scenario(one) + Text(f"  {one.feature}", style="dim"))


def total(shell: Shell, found: Sequence[Clause]) -> str:
    """How many clauses, and how they are carried."""
    from aftersales_core.playbooks.register import CARRIED

    counts: Counter[str] = Counter(clause.carried for clause in found)
    said = wording.listed((f"{shell.word('carried', c)} {counts[c]}" for c in (*CARRIED, "") if counts[c]), shell.lang)
    return shell.say("clauses-total", count=len(found), said=said or "—")


def missing(shell: Shell, rows: Sequence[Mapping[str, Any]]) -> None:
    """Series by series, what the register does not have yet."""
    headings = [shell.say(f"col-{name}") for name in ("series", "found-in", "catalogued", "registered-clauses", "missing", "missing-ids")]
    shell.table(headings, (
        (f"{row['series']} {row[shell.lang]}", wording.listed(row["sources"], shell.lang), row["catalogued"], row["registered"],
         len(row["missing"]), "\n".join(_runs(row["missing"])))
        for row in rows if row["missing"]
    ))  # fmt: skip
    counts = {key: sum(row[key] for row in rows) for key in ("catalogued", "registered")}
    shell.line()
    shell.line(shell.say("clauses-missing", **counts, missing=sum(len(row["missing"]) for row in rows)))


def _runs(ids: Sequence[str]) -> Iterator[str]:
    """*ids* with those that follow each other drawn together."""
    runs: list[list[str]] = []
    for one in ids:
        if runs and int(one[-2:]) == int(runs[-1][-1][-2:]) + 1:
            runs[-1].append(one)
        else:
            runs.append([one])
    for run in runs:
        yield from run if len(run) < SHORT else [f"{run[0]} … {run[-1]}"]
