"""浏览器: finds the Chromium that the tests of the web application look through, and installs one where there is none.

python tools/browser.py     # find, else install; exit 1 where neither works, saying what to do

Where we are root on Debian, `chromium` and `fonts-noto-cjk` come from its packages: without a font that has Chinese nobody
can judge a layout. Elsewhere Playwright brings its own Chromium. `AFTERSALES_CHROMIUM` names another one.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")

DEBIAN: Final = ("chromium", "fonts-noto-cjk")

MISSING: Final = (
    "the tests in a browser need Chromium, and there is none here; run `python tools/browser.py` to have it installed, or"
    " install Chromium or Chrome yourself, or name one in AFTERSALES_CHROMIUM"
)
NO_FONT: Final = (
    "no font with Chinese is installed, so screenshots show boxes; install one, e.g. the package fonts-noto-cjk"
)


def find(path: str | None = None) -> Path | None:
    """The Chromium to use; None where none starts.

    Args:
        path: folders to search, as in PATH, and nowhere else; without it PATH is searched, then what Playwright installed.
    """
    if path is None and (named := os.environ.get("AFTERSALES_CHROMIUM")):
        return Path(named) if _starts(Path(named)) else None
    for name in NAMES:
        if (found := shutil.which(name, path=path)) and _starts(Path(found)):
            return Path(found)
    if path is None:
        return next((found for found in _of_playwright() if _starts(found)), None)
    return None


def _starts(program: Path) -> bool:
    # on some systems the name only tells that one has to be installed from elsewhere
    try:
        told = subprocess.run([program, "--version"], capture_output=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0


def _of_playwright() -> Iterator[Path]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = Path(playwright.chromium.executable_path)
    if found.exists():
        yield found


def has_chinese() -> bool:
    """Whether a font with Chinese is installed."""
    if platform.system() != "Linux":
        return True
    if (asks := shutil.which("fc-list")) is not None:
        return bool(subprocess.run([asks, ":lang=zh"], capture_output=True).stdout.strip())
    return any(any(Path("/usr/share/fonts").rglob(pattern)) for pattern in ("*CJK*", "*wqy*", "*DroidSansFallback*"))


def install() -> None:
    """Install what is missing; what the installers print is shown."""
    if _is_root() and _is_debian():
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        waits = ["-o", "DPkg::Lock::Timeout=600", "-q"]
        _run(["apt-get", *waits, "update"], quiet)
        _run(["apt-get", *waits, "install", "-y", "--no-install-recommends", *DEBIAN], quiet)
    elif find() is None:
        extra = ["--with-deps"] if _is_root() else []
        _run([sys.executable, "-m", "playwright", "install", *extra, "chromium"], dict(os.environ))


def _run(command: list[str], env: dict[str, str]) -> None:
    print("+", *command, flush=True)
    ended = subprocess.run(command, env=env).returncode
    if ended:
        print(f"{command[0]} ended with {ended}", file=sys.stderr)


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _is_debian() -> bool:
    return shutil.which("apt-get") is not None and platform.freedesktop_os_release().get("ID") == "debian"


def main() -> int:
    found, readable = find(), has_chinese()
    if found is None or not (readable or not (_is_root() and _is_debian())):
        install()
        found, readable = find(), has_chinese()
    if found is None:
        print(MISSING, file=sys.stderr)
        return 1
    if not readable:
        print(NO_FONT, file=sys.stderr)
    print(f"browser: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
