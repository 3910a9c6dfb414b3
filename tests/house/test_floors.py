"""门禁: rules of the house that no linter sees."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted([*(ROOT / "src").rglob("*.py"), *(ROOT / "adapters").rglob("*.py")])
CJK = range(0x4E00, 0xA000)
CHINESE_ROOMS = ("wording/", "testing/", "demo/")


def imported_with(code: str) -> set[str]:
    """The modules a fresh interpreter holds after *code*."""
    script = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_no_database_and_no_web() -> None:
    heavy = {"sqlalchemy", "fastapi", "typer", "rich", "pydantic", "transitions", "eventsourcing", "sqlite3"}

    assert not heavy & imported_with("import aftersales_core")


def test_opening_a_desk_in_memory_loads_no_database_and_no_terminal() -> None:
    code = "from aftersales_core import Desk\nDesk.open('memory:').close()"

    assert not {"sqlalchemy", "fastapi", "typer", "rich", "sqlite3"} & imported_with(code)


@pytest.mark.parametrize(
    "package", ["aftersales_sqlite", "aftersales_postgres", "aftersales_sql", "aftersales_folder", "aftersales_eventsourcing", "aftersales_cli"]
)
def test_importing_an_adapter_loads_nothing_heavy(package: str) -> None:
    heavy = {"sqlalchemy", "typer", "rich", "pydantic", "eventsourcing", "psycopg", "fastapi", "jinja2"}

    assert not heavy & imported_with(f"import {package}")


def test_the_public_names_are_these_and_every_one_can_be_had() -> None:
    import aftersales_core

    expected = [
        "AftersalesError", "BadInput", "Command", "CommandReused", "Desk", "Entry", "Envelope", "Fact", "FileAltered",
        "FileRef", "Finding", "LegalMove", "NoAdapter", "Page", "PlaybookUnsound", "Receipt", "Refused", "Report",
        "StaleTicket", "Step", "StoreUnusable", "StoredFactUnreadable", "Ticket", "UnknownFile", "UnknownTicket", "Where",
        "decide", "evolve", "legal_moves", "load_playbook", "preset", "replay",
    ]  # fmt: skip

    assert aftersales_core.__all__ == expected
    assert all(getattr(aftersales_core, name) is not None for name in expected)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_can_be_read_in_one_sitting(path: Path) -> None:
    # vocabularies are read by looking up, not from top to bottom
    limit = 500 if "wording" in path.parts else 430

    assert len(path.read_text("utf-8").splitlines()) <= limit


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))

    assert ast.get_docstring(tree) or not tree.body


@pytest.mark.parametrize(
    "path",
    [p for p in SOURCES if not any(room in str(p) for room in CHINESE_ROOMS)],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_identifiers_are_english(path: Path) -> None:
    names = {
        node.id if isinstance(node, ast.Name) else node.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Name | ast.FunctionDef | ast.ClassDef)
    }

    assert not [name for name in names if any(ord(letter) in CJK for letter in name)]


def test_nothing_in_the_sources_asks_whether_it_is_tested() -> None:
    asking = [p for p in SOURCES if "_called_from_test" in (text := p.read_text("utf-8")) or "PYTEST_CURRENT" in text]

    assert asking == []


def test_the_lock_names_no_index() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")

    assert "://" not in lock
    assert not [line for line in lock.splitlines() if line.startswith("--") or "index" in line.partition("==")[0]]
    assert all("--hash=sha256:" in block for block in lock.replace("\\\n", "").splitlines() if "==" in block)
