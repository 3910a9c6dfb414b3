"""文档: pages are fresh, links lead somewhere, decisions are dated, and nothing of the workshop is told."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

LEFT_OUT = {".git", "__pycache__", "build", "dist", ".venv", "node_modules", "demo"}
"""Folders of tools; beside these everything whose name ends in `_cache` or `.egg-info`."""

# each with a bracket in it, so that this file does not say what it forbids
FORBIDDEN = [
    r"/[w]ork/",
    r"/[r]oot/",
    r"\b[f]arm-\w",
    r"`[d]uplicates`|`[i]ssues`",
    r"[p]ypi\.org|[p]ythonhosted|[i]ndex-url",
]
"""Folders of a machine, hosts of package indexes, tools that are nobody else's business."""

ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))


def texts() -> Iterator[tuple[Path, str]]:
    """Every text file of the tree."""
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        hidden = any(p in LEFT_OUT or p.endswith(("_cache", ".egg-info")) or p == ".hypothesis" for p in parts)
        if hidden or not path.is_file():
            continue
        try:
            yield path, path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def pages() -> list[Path]:
    return [path for path, _text in texts() if path.suffix == ".md"]


def anchors(page: Path) -> set[str]:
    """What a link may lead to within *page*: its headings as GitHub names them, and its own marks."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    found = set(re.findall(r"<a id=['\"]([^'\"]+)", text))
    for heading in re.findall(r"^#+ +(.+)$", text, re.M):
        words = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        found.add(words.replace(" ", "-"))
    return found


def test_the_reference_is_what_the_code_says() -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "reference.py"), "--check"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.M | re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{target}: no such file"
        assert ROOT in (there, *there.parents), f"{target} leads out of the project"
        if anchor and there.suffix == ".md":
            assert anchor in anchors(there), f"{target}: no such heading"


@pytest.mark.parametrize("page", ADRS, ids=lambda page: page.name)
def test_a_decision_is_dated_and_says_what_would_change_it(page: Path) -> None:
    name = re.fullmatch(r"(\d{4})(\d{2})(\d{2})-[a-z0-9-]+\.md", page.name)
    text = page.read_text("utf-8")

    assert name is not None
    assert date(*map(int, name.groups()))
    for heading in ("## Context", "## Decision", "## Consequences", "## What would change our mind"):
        assert heading in text
    assert len(text.splitlines()) <= 70, "a decision fits on a page"


def test_the_floors_people_read_are_the_floors_that_are_checked() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    told = re.findall(r"^ {4}([a-z|& ]+?) {2,}\S", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.M)

    assert told == layers


def test_the_files_a_contributor_is_sent_to_are_there() -> None:
    told = set(re.findall(r"`([a-z_/]+(?:/|\.py|\.md|\.toml|\.lock))`", (ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    rooms = (ROOT, ROOT / "src" / "aftersales_core")

    assert told
    assert [name for name in sorted(told) if not any((room / name).exists() for room in rooms)] == []


def test_there_are_decisions() -> None:
    assert len(ADRS) >= 9


def test_nothing_tells_where_it_was_made() -> None:
    told = [
        f"{path.relative_to(ROOT)}: {word}"
        for path, text in texts()
        for word in FORBIDDEN
        if re.search(word, text)
    ]

    assert told == []
