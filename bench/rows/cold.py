"""The command line from nothing, as multiples of an interpreter that does nothing."""

from __future__ import annotations

import compileall
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import aftersales_cli
import aftersales_core
import aftersales_sql
from aftersales_core import Desk
from bench._life import commands
from bench._run import Run
from bench._table import Line, Ratio, missing
from bench._timing import all_rounds

ENTRY = "import sys; from aftersales_cli import main; sys.exit(main())"
"""What a starter script does, without what else some of them import."""


def starts(run: Run) -> Iterator[Line]:
    url = f"sqlite:///{run.place() / 'cold.db'}"
    with Desk.open(url) as desk:
        for command in commands("T1"):
            desk.handle(command)
        desk.refresh()
    # an installed wheel is compiled, and a program that may not write bytecode would compile everything at every start
    for package in (aftersales_core, aftersales_cli, aftersales_sql):
        compileall.compile_dir(package.__path__[0], quiet=2)
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    show = ("--db", url, "show", "T1")
    measures: dict[str, Sequence[str]] = {
        "raw": (sys.executable, "-c", "pass"),
        "ours": (sys.executable, "-c", ENTRY, *show),
        "--version": (sys.executable, "-c", ENTRY, "--version"),
    }
    launcher = Path(sys.executable).with_name("aftersales")
    if launcher.is_file():
        measures |= {"by its starter script": (str(launcher), *show), "--version by its starter script": (str(launcher), "--version")}

    def once(words: Sequence[str]) -> float:
        start = perf_counter()
        done = subprocess.run(words, stdout=subprocess.PIPE, check=True, env=environ)
        took = perf_counter() - start
        assert "show" not in words or done.stdout.startswith(b"T1  ")
        return took

    rounds = run.size(max(40, run.rounds), 3)
    found = all_rounds(rounds, {name: lambda words=words: once(words) for name, words in measures.items()}, warm=True)  # type: ignore[misc]
    half = {name: median(took) for name, took in found.items()}
    bare = half["raw"]
    yield Line(
        "CLI show, cold start", "ms", {name: half[name] * 1e3 for name in ("ours", "raw")},
        [Ratio("a bare interpreter", half["ours"] / bare, 1.4, at_most=True)],
        f"{rounds} starts each, a ticket of twelve facts, bytecode compiled beforehand; raw: python -c pass",
    )  # fmt: skip
    yield Line("CLI --version, cold start", "ms", {"ours": half["--version"] * 1e3, "raw": bare * 1e3},
               [Ratio("a bare interpreter", half["--version"] / bare)])  # fmt: skip
    if "by its starter script" not in half:
        yield missing("CLI show by its starter script", "there is no starter script beside this interpreter")
        return
    extra = "imports `re`" if "import re\n" in launcher.read_text("utf-8") else "does not import `re`"
    yield Line(
        "CLI show by its starter script, which is pip's", "ms", {"ours": half["by its starter script"] * 1e3, "raw": bare * 1e3},
        [Ratio("a bare interpreter", half["by its starter script"] / bare)], f"this one {extra}; --version takes {half['--version by its starter script'] * 1e3:.1f} ms",
    )  # fmt: skip
