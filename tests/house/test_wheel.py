"""成品: what a user gets is whole: built, installed elsewhere, imported and used."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


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

    adapters = ("aftersales_sqlite", "aftersales_postgres", "aftersales_sql", "aftersales_folder", "aftersales_eventsourcing", "aftersales_cli", "aftersales_web")
    for package in ("aftersales_core", *adapters):
        assert {f"{package}/__init__.py", f"{package}/py.typed"} <= names
    assert "aftersales_core/playbooks/presets/whole-house.toml" in names
    for kept in ("clauses.toml", "catalogue.toml", "shown.json"):
        assert f"aftersales_core/playbooks/{kept}" in names
    assert not [name for name in names if name.startswith(("tests/", "features/", "bench/"))]


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
