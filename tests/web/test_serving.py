"""开门: `aftersales serve` as it is started by hand: passwords told once, a server that stops at once, a port that is taken."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from aftersales_core import Desk

PROGRAM = Path(sys.executable).with_name("aftersales")


@contextmanager
def opened(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The program at work, with what it said before it waits; killed at the end if it still runs."""
    running = subprocess.Popen(
        [PROGRAM, "--db", f"sqlite:///{folder / 'shop.db'}", "--lang", "zh", "serve", "--port", "0", *words],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    lines: list[str] = []
    try:
        while "Ctrl-C" not in (line := running.stdout.readline()):
            assert line, "".join(lines)
            lines.append(line)
        yield running, lines
    finally:
        running.kill()
        running.communicate()


def address(lines: list[str]) -> str:
    found = re.search(r"http://\S+", lines[0])
    assert found is not None
    return found[0]


def ended(running: subprocess.Popen[str], how: signal.Signals) -> tuple[int, str]:
    running.send_signal(how)
    said, _ = running.communicate(timeout=30)
    return running.returncode, said


def test_the_first_administrator_is_told_once_and_comes_in(tmp_path: Path) -> None:
    with opened(tmp_path) as (running, lines):
        told = re.search(r"^  admin +(\S+)", "".join(lines), re.M)
        assert told is not None
        with httpx2.Client(base_url=address(lines)) as browser:
            answer = browser.post("enter", data={"account": "admin", "password": told[1]})
            assert (answer.status_code, answer.headers["location"]) == (303, "/")
            assert browser.get("").headers["location"] == "/password", "it was for once"
        # whoever listens to the stream does not keep the server from stopping
        assert ended(running, signal.SIGINT) == (0, "已停止\n")
    with opened(tmp_path) as (running, lines):
        assert len(lines) == 1, "nobody is told anything a second time"
        assert ended(running, signal.SIGTERM) == (0, "已停止\n")
    with Desk.open(f"sqlite:///{tmp_path / 'shop.db'}") as desk:
        assert told[1] not in "\n".join(desk.export())


def test_the_demos_people_have_passwords_of_their_own(tmp_path: Path) -> None:
    with opened(tmp_path, "--demo") as (running, lines):
        keys = dict(re.findall(r"^  (\S+) +((?:[a-z2-9]{4}-){3}[a-z2-9]{4})", "".join(lines), re.M))
        assert set(keys) == {"admin", "cs-lin", "csm-tang", "sup-chen", "wh-he", "inst-zhou", "mgr-fang"}
        assert len(set(keys.values())) == len(keys)
        with httpx2.Client(base_url=address(lines)) as browser:
            assert browser.post("enter", data={"account": "cs-lin", "password": keys["cs-lin"]}).status_code == 303
            assert "均为虚构" in browser.get("").text
        assert ended(running, signal.SIGINT)[0] == 0


@pytest.mark.parametrize(("lang", "said"), [("zh", "请用 --port 换一个"), ("en", "choose another with --port")])
def test_a_port_that_is_taken_is_said_and_the_program_ends(tmp_path: Path, lang: str, said: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [PROGRAM, "--db", f"sqlite:///{tmp_path / 'shop.db'}", "--lang", lang, "serve", "--port", port],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
    assert done.returncode == 4
    assert said in done.stderr
    assert done.stdout == ""
