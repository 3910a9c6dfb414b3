"""Processes of their own, for tests of what several do at once."""

from __future__ import annotations

import os
import subprocess
import sys


def child(script: str, *args: object) -> subprocess.Popen[str]:
    """A Python process of its own, with the imports of this one; it says what it did, line by line."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )


def start_together(*processes: subprocess.Popen[str]) -> None:
    """Wait until each child has said that it is ready, then tell all of them to go."""
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
