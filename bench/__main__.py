"""`python -m bench`: prints the table of the speed goals; every ratio is of medians from interleaved rounds of this one run.

    python -m bench [ROW ...] [--rounds N] [--tickets N] [--dir FOLDER] [--quick] [--json | --markdown]
    python -m bench worklists [--rounds N] [--tickets N] [--dir FOLDER] [--file FILE.db]

The folder decides what a commit costs: on a disk it is a wait of a fraction of a millisecond or of several.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from time import perf_counter

from bench._machine import load, machine, told
from bench._run import Run
from bench._table import HEAD, Line, markdown, missing, text
from bench.rows import ROWS
from bench.worklists import run as worklists

ROUNDS, QUICK_ROUNDS = 7, 2


def main() -> None:
    chosen = _options()
    if chosen.rows == ["worklists"]:
        worklists(chosen.tickets or 100_000, chosen.rounds or ROUNDS, chosen.dir, chosen.file)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=chosen.dir, prefix="aftersales-bench-")))
        run = Run(chosen.rounds or (QUICK_ROUNDS if chosen.quick else ROUNDS), chosen.tickets, chosen.quick, folder, stack)
        found = machine(folder)
        say = print if not chosen.json and not chosen.markdown else _aside
        say(f"{told(found)}\n{run.rounds} rounds" + (", and sizes only to see that it runs" if run.quick else ""))
        lines: list[Line] = []
        for name in chosen.rows or ROWS:
            start = perf_counter()
            lines += _measured(name, run, say)
            say(f"  [{name}: {perf_counter() - start:.0f} s]")
        found["load at end"] = load()
    if chosen.json:
        print(json.dumps({"date": str(date.today()), "machine": found, "rounds": run.rounds, "quick": run.quick,
                          "lines": [line.plain() for line in lines]}, ensure_ascii=False))  # fmt: skip
    elif chosen.markdown:
        print(f"## {date.today()}: {told(found)}, {run.rounds} rounds\n\n{HEAD}")
        print(*map(markdown, lines), sep="\n")
        print(*(f"\n* {line.measure}: {line.note}" for line in lines if line.note and line.figures), sep="")
    else:
        print(f"\nload at the end {found['load at end'][0]}")


def _measured(name: str, run: Run, say: object) -> list[Line]:
    """The lines of a row, said as they come; a row that cannot run here says why, and the others go on."""
    lines: list[Line] = []
    try:
        for line in ROWS[name].lines(run):
            lines.append(line)
            say(text(line))  # type: ignore[operator]
    except (LookupError, OSError) as problem:
        if isinstance(problem, KeyError | IndexError):
            raise
        lines.append(missing(ROWS[name].shows, f"not measured here: {problem}"))
        say(text(lines[-1]))  # type: ignore[operator]
    return lines


def _aside(said: str) -> None:
    print(said, file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    rows = "\n".join(f"  {name:12} {row.shows}" for name, row in ROWS.items())
    options = argparse.ArgumentParser(
        prog="python -m bench", description=str(__doc__).splitlines()[0], formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog=f"rows:\n{rows}\n  {'worklists':12} the day's work among many tickets: a quarter of an hour, by itself",
    )  # fmt: skip
    options.add_argument("rows", nargs="*", metavar="ROW", help="only these rows; all unless given")
    options.add_argument("--rounds", type=int, default=None, help=f"{ROUNDS} unless given")
    options.add_argument("--tickets", type=int, default=None, help="as many in rows that need a big store")
    options.add_argument("--dir", type=Path, default=None, help="a folder on the disk to be measured")
    options.add_argument("--quick", action="store_true", help="only to see that everything still runs")
    options.add_argument("--json", action="store_true", help="everything as one JSON value")
    options.add_argument("--markdown", action="store_true", help="the table as it stands in docs/benchmarks.md")
    options.add_argument("--file", type=Path, default=None, help="worklists: where the tickets are kept")
    chosen = options.parse_args()
    if unknown := [name for name in chosen.rows if name not in ROWS and chosen.rows != ["worklists"]]:
        options.error(f"no such row: {', '.join(unknown)}")
    return chosen


if __name__ == "__main__":
    main()
