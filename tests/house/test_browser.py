"""浏览器: the Chromium of the tests is one that starts."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tools.browser import find

ROOT = Path(__file__).parents[2]


def program(folder: Path, name: str, ends: int) -> Path:
    """A program that only tells its version, or that it cannot."""
    path = folder / name
    path.write_text(f"#!/bin/sh\nexit {ends}\n", "utf-8")
    path.chmod(0o755)
    return path


def test_a_name_without_a_browser_behind_it_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path, "chromium-browser", 1)
    assert find(str(tmp_path)) is None

    chrome = program(tmp_path, "google-chrome", 0)
    assert find(str(tmp_path)) == chrome


def test_one_that_is_named_is_taken_and_none_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AFTERSALES_CHROMIUM", str(program(tmp_path, "mine", 0)))
    assert find() == tmp_path / "mine"

    monkeypatch.setenv("AFTERSALES_CHROMIUM", str(tmp_path / "none"))
    assert find() is None


def test_where_none_is_to_be_had_it_says_what_to_do(tmp_path: Path) -> None:
    # neither the package manager nor Playwright gets anywhere
    for name in ("apt-get", "node"):
        program(tmp_path, name, 1)
    alone = {"PATH": str(tmp_path), "HOME": str(tmp_path), "AFTERSALES_CHROMIUM": str(tmp_path / "none"), "PLAYWRIGHT_DOWNLOAD_HOST": "http://127.0.0.1:1"}

    done = subprocess.run([sys.executable, str(ROOT / "tools" / "browser.py")], env={**os.environ, **alone}, capture_output=True, text=True)

    assert done.returncode == 1
    assert "there is none here; run `python tools/browser.py` to have it installed, or" in done.stderr
