"""The program as a whole: its options, its help, how it ends, what it imports, and the demonstration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import aftersales_core
from aftersales_cli import main
from aftersales_cli.app import build, texts
from aftersales_cli.argv import DATABASE, language, read
from aftersales_cli.door import exit_code
from aftersales_cli.wording import en, zh
from aftersales_core import demo, errors, state
from aftersales_core.state.ticket import Call, Slip
from aftersales_core.wording.paths import ZH

Cli = Callable[..., Any]


def python(*argv: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """A program of its own, with the imports of this one."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} | environ
    return subprocess.run([sys.executable, *map(str, argv)], capture_output=True, text=True, check=False, env=env)


def test_the_version_is_the_core_s(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"aftersales {aftersales_core.__version__}\n"


HEAVY = {"typer", "rich", "pydantic", "sqlalchemy", "eventsourcing", "transitions", "aftersales_core.desk"}
IMPORTED = "import sys; from aftersales_cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_version_and_a_glance_import_nothing_heavy(filled: Cli, database: Path, lang: str) -> None:
    slow = filled("--db", f"sqlite:///{database}?timeout=5", "show", "AS-2", "--lang", lang)
    for words in (("--version",), ("show", "AS-2", "--db", f"sqlite:///{database}", "--lang", lang)):
        done = python("-c", IMPORTED, *words)
        assert set(done.stderr.split()) & HEAVY == set(), words
    assert done.stdout == slow.out
    assert done.stdout == filled("show", "AS-2", "--lang", lang).out


def test_show_is_right_when_the_views_are_behind(filled: Cli, write: Callable[..., Path], trail: Callable[..., Any]) -> None:
    before = filled("show", "AS-2").out
    line = {**trail("AS-2", "安装有遗留", "部分到货")[-1], "command_id": "later"}
    assert filled("record", write(line)).code == 0
    assert filled("show", "AS-2").out.startswith(before.partition("last fact")[0])
    assert len(filled("show", "AS-2").out.splitlines()) == len(before.splitlines()) + 1


def test_global_options_stand_before_or_after_the_command(filled: Cli, database: Path) -> None:
    assert filled("--json", "--lang", "zh", "legal", "AS-2").out == filled("legal", "--lang=zh", "AS-2", "--json").out
    assert read(["a", "--db", "x", "--", "--json"], {}).rest == ["a", "--", "--json"]
    assert main([f"--db=sqlite:///{database}", "board"]) == 0


def test_the_environment_is_asked_when_nothing_is_said() -> None:
    assert read([], {}).db == DATABASE
    assert read([], {"AFTERSALES_DB": "memory:"}).db == "memory:"
    assert read(["--db", "sqlite:///x"], {"AFTERSALES_DB": "memory:"}).db == "sqlite:///x"
    assert language({"LANG": "zh_CN.UTF-8"}) == "zh"
    assert language({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}) == "en"
    assert language({"LANG": "zh_CN.UTF-8", "AFTERSALES_LANG": "en"}) == "en"
    assert language({}) == "en"


@pytest.mark.parametrize("words", [("--lang", "fr", "board"), ("board", "--db"), ("board", "--colour"), ("dance",), ("show",), ("files",), ("board", "--limit", "many")])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_wrong_usage_is_one_sentence_and_2(cli: Cli, words: tuple[str, ...], lang: str) -> None:
    ran = cli("--lang", lang, *words)
    assert (ran.code, ran.out) == (2, "")
    assert len(ran.err.splitlines()) == 1
    assert ran.err.strip()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("words", [("show",), ("legal",), ("clocks",), ("papers",), ("replay",), ("verify",), ("diagram", "--ticket")], ids=" ".join)
def test_an_unknown_ticket_is_3(filled: Cli, words: tuple[str, ...], lang: str) -> None:
    ran = filled(*words, "AS-404", "--lang", lang)
    assert (ran.code, ran.out) == (3, "")
    assert "AS-404" in ran.err
    assert len(ran.err.splitlines()) == 1
    told = filled(*words, "AS-404", "--lang", lang, "--json")
    assert told.out == ""
    assert (told.error["code"], told.error["exit"], told.error["facts"]) == ("unknown-ticket", 3, {"ticket": "AS-404"})
    assert told.error["sentence"] == ran.err.strip()


def test_every_error_of_the_house_has_an_exit_code() -> None:
    kinds = {name: getattr(errors, name) for name in dir(errors)}
    known = {n: c for n, c in kinds.items() if isinstance(c, type) and issubclass(c, errors.AftersalesError)}
    found = {name: exit_code(kind("x")) for name, kind in known.items() if kind is not errors.AftersalesError}
    assert found == {
        "Refused": 1, "BadInput": 2, "PlaybookUnsound": 2, "UnknownTicket": 3, "StoreUnusable": 4, "NoAdapter": 4,
        "StoredFactUnreadable": 4, "UnknownFile": 3, "FileAltered": 4, "CommandReused": 5, "StaleTicket": 5,
    }  # fmt: skip


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_help_names_every_command_and_the_exit_codes(cli: Cli, lang: str) -> None:
    said = cli("--help", "--lang", lang)
    assert said.code == 0
    assert [name for name in build(lang).commands if name not in said.out] == []
    assert all(code in said.out for code in ("0", "1", "2", "3", "4", "5", "70", "130", "141"))
    assert cli("--lang", lang).out == said.out
    assert cli("record", "-h", "--lang", lang).code == 0


def test_every_phrase_and_every_help_text_is_there_in_chinese() -> None:
    shared = {key for key in zh.PHRASES if not key.startswith("help: ")}
    assert shared == set(en.PHRASES)
    needed = {text for _holder, text in texts(build("en")) if "ompletion" not in text and text != "Show this message and exit."}
    assert {text for text in needed if f"help: {text}" not in zh.PHRASES} == set()
    assert {key for key in zh.PHRASES if key.startswith("help: ")} - {f"help: {text}" for text in needed} == set()


def test_every_part_of_a_ticket_has_a_chinese_name() -> None:
    records = (
        state.Ticket, state.Visit, state.Leftover, state.Line, state.Complaint, Call, Slip, state.PaperLife, state.File, state.Filled,
        state.Told, state.FollowUp,
    )  # fmt: skip
    names = {name for record in records for name in record.__struct_fields__}
    assert names - set(ZH) == set()


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small demonstration, run as anybody would, and large enough that a mistake of it would be legal afterwards."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    run = [f"sqlite:///{path}", "--tickets", "30"]
    words = ["-c", "import sys; from aftersales_cli import main; sys.exit(main())", "demo", "--db", *run]
    first, again = python(*words, AFTERSALES_LANG="zh"), python(*words, "--json", AFTERSALES_LANG="en")
    return {"first": first, "again": again, "path": path}


def test_the_demonstration_shows_what_there_is_and_what_to_type_next(shown: dict[str, Any], cli: Cli) -> None:
    done = shown["first"]
    assert (done.returncode, done.stderr) == (0, "")
    for sign in ("待办", "晨会", "工单都在哪一步", demo.HARD_TICKET, "§", "完整、未改动", "个文件"):
        assert sign in done.stdout, sign
    assert "None" not in done.stdout
    from aftersales_cli.plain import width

    assert [line for line in done.stdout.splitlines() if width(line) > 100 and "aftersales --db" not in line] == []
    next_ones = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("  aftersales --db")]
    assert len(next_ones) >= 5
    for words in next_ones:
        if "-o" in words:
            words[words.index("-o") + 1] = str(shown["path"].with_name("ticket.svg"))
        assert cli(*words).code == 0, words


def test_the_demonstration_may_be_repeated(shown: dict[str, Any], cli: Cli) -> None:
    again = shown["again"]
    assert (again.returncode, again.stderr) == (0, "")
    told = json.loads(again.stdout)
    assert (told["facts"], told["sound"]) == (956, True)
    assert f"拒绝 {told['refused']} 条，记下 956 条" in shown["first"].stdout


def test_the_demonstration_does_not_bring_back_a_file_that_was_removed(cli: Cli) -> None:
    assert cli("demo", "--tickets", "7").code == 0
    photo = next(word for line in cli("demo", "--tickets", "7").out.splitlines() if "files get" in line for word in line.split() if len(word) == 64)
    assert cli("files", "remove", photo).code == 0

    assert cli("demo", "--tickets", "7").code == 0
    assert cli("files", "get", photo, "-o", "-").code == 3


def test_the_demonstration_leaves_other_people_s_facts_alone(filled: Cli) -> None:
    before = filled("export").out
    for lang in ("zh", "en"):
        ran = filled("demo", "--tickets", "8", "--lang", lang)
        assert (ran.code, "AS-1" in ran.err) == (2, True)
    assert filled("export").out == before
