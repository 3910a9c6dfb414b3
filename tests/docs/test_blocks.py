"""文档: every block of the README files and the guides does what it shows."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), ROOT / "docs" / "operations.md", *ROOT.glob("docs/guides/*.md")])

NOT_RUN = re.compile(r"\$ (make|git|pip|python -m (pip|venv)|source) ")
"""What a reader does once for the whole machine; the lead's own checks run these."""

RUNNER = """
import contextlib, io, json, sys
blocks = json.load(sys.stdin)
namespace, printed = {"__name__": "__main__"}, []
for line, code in blocks:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile("\\n" * line + code, sys.argv[1], "exec"), namespace)
    printed.append(out.getvalue())
json.dump(printed, sys.stdout)
"""


class Block(NamedTuple):
    """A fenced block: its language, the file it stands for (if it names one), its first line, its text."""

    language: str
    file: str
    line: int
    text: str


class Asked(NamedTuple):
    """A command of a console block: what is typed, the exit code stated, the lines shown under it.

    An `…` in a line shown stands for anything, on a line of its own for any lines.
    """

    command: str
    code: int
    shown: list[str]


def blocks(page: Path) -> Iterator[Block]:
    fence = re.compile(r"^```(\w+)(?: +(\S+))?\n(.*?)^```$", re.M | re.S)
    text = page.read_text("utf-8")
    for found in fence.finditer(text):
        yield Block(found[1], found[2] or "", text[: found.start()].count("\n") + 1, found[3])


def asked(block: Block) -> Iterator[Asked]:
    parts = re.split(r"^(?=\$ )", block.text, flags=re.M)
    for part in parts:
        first, _, shown = part.partition("\n")
        while first.endswith("\\"):
            more, _, shown = shown.partition("\n")
            first = f"{first[:-1]} {more.strip()}"
        command, _, stated = first.partition("  # exit ")
        if command.startswith("$ ") and not NOT_RUN.match(command):
            yield Asked(command[2:], int(stated or 0), [line for line in shown.splitlines() if line.strip() not in ("", "…")])


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def surroundings(folder: Path) -> dict[str, str]:
    scripts = str(Path(sys.executable).parent)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AFTERSALES", "PYTEST", "COLUMNS", "COV"))}
    return {
        **kept,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "COLUMNS": "120",
        "LC_ALL": "C.UTF-8",
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
        # guides run pytest many times, and what is not asked for takes longest to load
        "PYTEST_ADDOPTS": "-p no:hypothesispytest -p no:xdist",
    }


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_python_blocks_run_and_print_what_is_shown(page: Path, tmp_path: Path) -> None:
    found = list(blocks(page))
    code = [block for block in found if block.language == "python" and not block.file]
    if not code:
        return
    for block in found:
        if block.file:
            (tmp_path / block.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.file).write_text(block.text, "utf-8")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUNNER, named(page)],
        input=json.dumps([(block.line, block.text) for block in code]),
        capture_output=True, text=True, cwd=tmp_path, env=surroundings(tmp_path), timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    printed = json.loads(ran.stdout)
    for block, out in zip(code, printed, strict=True):
        after = found[found.index(block) + 1 :]
        if after and after[0].language == "text":
            assert out == after[0].text, f"{named(page)}:{block.line} prints something else"


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_console_blocks_end_as_stated_and_show_what_is_shown(page: Path, tmp_path: Path) -> None:
    for block in blocks(page):
        if block.file:
            (tmp_path / block.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.file).write_text(block.text, "utf-8")
        for one in asked(block) if block.language == "console" else ():
            ran = subprocess.run(
                ["/bin/bash", "-o", "pipefail", "-c", one.command],
                capture_output=True, text=True, cwd=tmp_path, env=surroundings(tmp_path), timeout=300, check=False,
            )  # fmt: skip
            here = f"{named(page)}:{block.line} $ {one.command}\n{ran.stdout}\n{ran.stderr}"
            assert ran.returncode == one.code, here
            said = [" ".join(line.split()) for line in (ran.stdout + ran.stderr).splitlines()]
            for line in one.shown:
                pattern = ".*".join(map(re.escape, " ".join(line.split()).split("…")))
                assert any(re.fullmatch(pattern, each) for each in said), f"{line!r} is not shown by {here}"


def test_the_pages_have_blocks() -> None:
    languages = [block.language for page in PAGES for block in blocks(page)]

    assert languages.count("python") >= 8
    assert languages.count("console") >= 5
