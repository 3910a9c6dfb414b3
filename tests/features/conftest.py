"""What the tests of the features share: a project of somebody else in a temporary folder, and one run of our own."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

CONSUMER = {
    "pyproject.toml": """\
[tool.pytest.ini_options]
addopts = ["--strict-markers", "--strict-config"]
filterwarnings = ["error"]
aftersales_features = ["features"]
""",
    "test_ours.py": 'from pytest_bdd import scenarios\n\nscenarios("features")\n',
    "features/ours.feature": """\
# language: zh-CN
功能: 别家的工单

  @L-13 @我们的标签
  场景: 派工
    假如一张「安装」工单「已备单」
    当「客服专员」派工
    那么被拒绝，因为条款 L-13
    当「客服主管」派工：
      | 上门人员 | li-lei |
    那么记录了「派工」
""",
}


@pytest.fixture
def consumer(tmp_path: Path) -> Path:
    """A project of somebody else that opted in, with one scenario."""
    for name, text in CONSUMER.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def run() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs pytest in a folder."""

    def pytest_in(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    return pytest_in


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clause report of one run of all our features; one run however many workers ask for it."""
    room = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        room = room.parent
    file = room / "clauses.json"
    with (room / "clauses.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            done = subprocess.run(
                [sys.executable, str(ROOT / "tools" / "living.py"), "--run", str(file)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    return file


@pytest.fixture(scope="session")
def shown(report: Path) -> dict[str, list[dict[str, Any]]]:
    """Clause → scenarios, as the plugin itself reports that run."""
    found: dict[str, list[dict[str, Any]]] = json.loads(report.read_text("utf-8"))
    return found
