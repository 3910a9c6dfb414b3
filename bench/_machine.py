"""The machine: what the figures were seen on, and how busy it was."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

WRITES = 100


def machine(folder: Path) -> dict[str, Any]:
    """Processor, versions, and what a wait for the disk under *folder* takes."""
    half, most = fsync(folder)
    return {
        "cores": os.cpu_count(), "processor": _processor(), "system": platform.platform(terse=True),
        "python": platform.python_version(), "sqlite": sqlite3.sqlite_version, "postgresql": _postgresql(),
        "eventsourcing": version("eventsourcing"), "fsync ms": round(half * 1e3, 2), "fsync worst ms": round(most * 1e3, 2),
        "load at start": load(),
    }  # fmt: skip


def load() -> list[float]:
    """How many programs wanted a processor, over 1, 5 and 15 minutes."""
    return [round(each, 2) for each in os.getloadavg()]


def fsync(folder: Path) -> tuple[float, float]:
    """Half of the waits, and the longest, for 4 KiB appended to a file of *folder* to be on the disk."""
    took = []
    path = folder / "fsync"
    with path.open("wb", buffering=0) as file:
        for _ in range(WRITES):
            start = perf_counter()
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            took.append(perf_counter() - start)
    path.unlink()
    return median(took), max(took)


def told(found: Mapping[str, Any]) -> str:
    """The machine in a line or two."""
    busy = f", load {found['load at start'][0]} at the start and {found['load at end'][0]} at the end" if "load at end" in found else ""
    return (
        f"{found['cores']} cores ({found['processor']}), {found['system']}, Python {found['python']}, SQLite {found['sqlite']},"
        f" {found['postgresql']}, eventsourcing {found['eventsourcing']};"
        f" a wait for the disk {found['fsync ms']} ms, at worst {found['fsync worst ms']}{busy}"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _postgresql() -> str:
    from tests.postgres import binaries

    try:
        done = subprocess.run([str(binaries() / "postgres"), "--version"], capture_output=True, text=True, check=True)
    except (LookupError, OSError, subprocess.CalledProcessError):
        return "no PostgreSQL"
    return done.stdout.strip().replace("postgres (PostgreSQL)", "PostgreSQL")
