"""What the tests of the command line share: a way to run it, and real commands to feed it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from aftersales_cli import main
from aftersales_core.testing.journey import TRAILS
from aftersales_core.testing.samples import sampled
from aftersales_core.testing.scene import Scene


class Ran(NamedTuple):
    """How a run of the program ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on standard output."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def error(self) -> Any:
        """The one JSON object on standard error."""
        return json.loads(self.err)


Cli = Callable[..., Ran]


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AFTERSALES_DB", "AFTERSALES_LANG", "LC_ALL", "LC_MESSAGES", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "aftersales.db"


@pytest.fixture
def cli(database: Path, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs one command line against the test's database."""

    def run(*argv: object) -> Ran:
        capsys.readouterr()
        code = main(["--db", f"sqlite:///{database}", *map(str, argv)])
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(code, said.out, said.err)

    return run


def told(number: str, trail: str, upto: str | None = None) -> list[dict[str, Any]]:
    """The commands of a trail as they would arrive, up to and with a place of it."""
    scene = Scene(number=number)
    commands = []
    for place, steps in TRAILS[trail].items():
        for step in steps:
            found = sampled(scene, step)
            command = scene.command(found.command, found.role, **found.fields)
            body = command.model_dump(mode="json", exclude_none=True)
            commands.append({**body, "command_id": f"{number}-{body['command_id']}"})
            scene.perform(command)
        if place == upto:
            break
    return commands


@pytest.fixture
def trail() -> Callable[..., list[dict[str, Any]]]:
    return told


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes commands, or lines as they are, into a file of JSON lines."""

    def to_file(*lines: dict[str, Any] | str, name: str = "commands.jsonl") -> Path:
        path = tmp_path / name
        said = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
        path.write_text("".join(f"{line}\n" for line in said), "utf-8")
        return path

    return to_file


@pytest.fixture
def filled(cli: Cli, write: Callable[..., Path]) -> Cli:
    """The command line on a database with a closed ticket AS-1 and AS-2 that waits for goods."""
    path = write(*told("AS-1", "安装"), *told("AS-2", "安装有遗留", "已部分检查"), name="filled.jsonl")
    ran = cli("record", path)
    assert ran.code == 0, ran
    return cli
