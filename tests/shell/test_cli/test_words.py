"""Words of the house: what a playbook calls things of its own is what people read, on every screen and in every sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aftersales_cli.naming import preset_path, titles
from aftersales_cli.quick import TITLED
from aftersales_cli.wording import preset as words_of_preset
from aftersales_core import wording
from aftersales_core.rules import load_playbook, preset
from aftersales_core.testing.pictures import png

Cli = Callable[..., Any]

HOUSE = """
extends = "whole-house"
name = "our-house"
edition = "1"
effective = 2026-10-01

[roles]
night_desk = { zh = "夜班客服", en = "night desk" }
installer = { zh = "安装师傅", en = "fitter" }

[[duty]]
command = "acknowledge"
roles = ["cs_specialist", "cs_supervisor", "night_desk"]
clauses = ["T-21"]

[[duty]]
command = "attach-file"
roles = ["installer", "night_desk"]
clauses = ["G-09"]

[[form]]
id = "site-card"
title = { zh = "《工地卡》", en = "site card" }
of = "visit"
step = [{ step = "handed-in", roles = ["installer"] }, { step = "reviewed", roles = ["install_supervisor"] }]
clauses = ["F-13"]

[[checklist]]
id = "delivery-check"
title = { zh = "送到现场的核对", en = "check of the delivery" }
commands = ["complete-visit"]
items = [{ id = "wall", title = { zh = "墙面平整", en = "even walls" }, photo = true }]
clauses = ["G-09"]

[[field]]
id = "carriage"
title = { zh = "搬运费", en = "carriage" }
type = "money"
clauses = ["I-01"]

[[field]]
id = "lift"
title = { zh = "有电梯", en = "lift" }
of = "visit"
type = "yes-no"
required-for = ["complete-visit"]
clauses = ["I-01"]

[[notice]]
id = "goods-are-late"
title = { zh = "告诉客户货期", en = "tell the customer of the delivery" }
to = "customer"
from = "visit-booked"
limit = { amount = 1, unit = "days" }
clauses = ["W-12"]

[[clock]]
id = "first-visit"
title = { zh = "首次上门", en = "first visit" }
from = "reported"
until = "visit-done"
limit = { amount = 3, unit = "days" }
reminds = { list = "office", command = "follow-up" }
clauses = ["S-01"]
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    path = tmp_path / "house.toml"
    path.write_text(HOUSE, "utf-8")
    return path


@pytest.fixture
def ours(cli: Cli, house: Path, trail: Callable[..., Any], write: Callable[..., Path], tmp_path: Path) -> Cli:
    """The command line with the house's own rules, on a ticket at the customer's that has something of everything."""

    def run(*words: object) -> Any:
        return cli("--playbook", house, *words)

    def more(name: str, role: str, minute: int, **fields: Any) -> dict[str, Any]:
        at = f"2026-11-02T09:{minute}:00+08:00"
        return {"command": name, "ticket": "AS-1", "command_id": f"m-{minute}", "occurred_at": at, "actor": "lin", "role": role, **fields}

    photo = tmp_path / "looks.png"
    photo.write_bytes(png())
    path = write(
        *trail("AS-1", "安装", "已到现场"),
        more("acknowledge", "night_desk", 30),
        more("fill-fields", "cs_specialist", 31, fields={"carriage": 8050}),
        more("fill-fields", "installer", 32, visit=1, fields={"lift": False}),
        more("fill-fields", "installer", 33, visit=1, fields={"lift": None}),
        more("move-paper", "installer", 34, paper="site-card", step="handed-in", no="GD-7"),
        more("follow-up", "cs_specialist", 35, occasion="first-visit", solved=False),
    )
    assert run("record", path).code == 0
    assert run("attach", photo, "AS-1", "--check", "wall", "--actor", "wang", "--role", "night_desk", "--at", "2026-11-02T09:40:00+08:00").code == 0
    return run


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh", ("夜班客服", "安装师傅", "首次上门", "告诉客户货期")), ("en", ("night desk", "fitter", "first visit", "tell the customer"))],
)
def test_every_screen_says_what_the_house_says(
    ours: Cli, lang: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")  # so that no name is broken over two lines of a table
    night, fitter, clock, notice = words
    at = ("--at", "2026-11-20T09:00:00+08:00", "--lang", lang)

    shown = ours("show", "AS-1", "--lang", lang).out
    assert [word for word in (night, fitter, clock, notice) if word not in shown] == []
    today = ours("today", *at).out
    assert notice in today
    assert clock in ours("clocks", "AS-1", *at).out
    assert notice in ours("clocks", "AS-1", *at).out
    replayed = ours("replay", "AS-1", "--from", 11, "--lang", lang).out
    card, step = ("《工地卡》", "已上交") if lang == "zh" else ("site card", "handed in")
    assert any(card in line and step in line and ("上门 1" if lang == "zh" else "visit 1") in line for line in replayed.splitlines())
    assert "80.50" in replayed
    assert ("搬运费" if lang == "zh" else "carriage") in replayed
    assert card in ours("papers", "AS-1", "--lang", lang).out


def test_show_tells_fields_files_notices_and_follow_ups(ours: Cli) -> None:
    said = {line.partition("  ")[0]: line.split("  ")[-1].strip() for line in ours("show", "AS-1", "--lang", "zh").out.splitlines()[2:16]}

    assert said["搬运费"] == "80.50 元"
    assert said["附件"] == "照片 1"
    assert said["待告知"] == "2026-11-03 23:59 前"
    assert said["跟进"] == "未解决"
    assert "有电梯 (上门 1)" not in said
    told = ours("show", "AS-1", "--json", "--lang", "en").json
    assert [(each["field"], each["ref"], each["content"], each["title"]) for each in told["fields"]] == [("carriage", "", 8050, "carriage")]
    assert [(each["purpose"], each["ref"], each["check"], each["name"]) for each in told["files"]] == [("photo", "visit:1", "wall", "looks.png")]
    assert [(each["notice"], each["ref"]) for each in told["owed"]] == [("goods-are-late", "1")]
    assert [(each["occasion"], each["solved"]) for each in told["follow_ups"]] == [("first-visit", False)]


@pytest.mark.parametrize(("lang", "check", "field"), [("zh", "墙面平整", "有电梯"), ("en", "even walls", "lift")])
def test_what_is_missing_is_called_as_the_house_calls_it(
    ours: Cli, write: Callable[..., Path], lang: str, check: str, field: str
) -> None:
    closed = {each["command"]: each for each in ours("legal", "AS-1", "--json", "--lang", lang).json["closed"]}
    assert (closed["complete-visit"]["missing"], closed["complete-visit"]["lacking"]) == (["check:wall"], [check])
    assert check in closed["complete-visit"]["sentence"]
    assert check in ours("legal", "AS-1", "--lang", lang).out

    said = {"ticket": "AS-1", "occurred_at": "2026-11-02T10:00:00+08:00", "actor": "zhou", "role": "installer"}
    tick = {"command": "tick-checks", "command_id": "t", "items": ["wall"], **said}
    done = {"command": "complete-visit", "command_id": "d", "work": "装好", **said}
    ran = ours("record", write(tick, done, name="more.jsonl"), "--lang", lang)
    assert ran.code == 1
    assert field in ran.out


def test_a_role_of_the_house_is_called_by_its_title_when_it_may_not(ours: Cli, tmp_path: Path) -> None:
    photo = tmp_path / "again.png"
    photo.write_bytes(png(note=b"2"))
    for lang, words in (("zh", ("夜班客服", "安装师傅")), ("en", ("night desk", "fitter"))):
        ran = ours("attach", photo, "AS-1", "--actor", "li", "--role", "designer", "--lang", lang)
        assert (ran.code, ran.out) == (1, "")
        assert [word for word in words if word not in ran.err] == []


GLANCE = "import sys; from aftersales_cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_glance_has_the_words_of_the_house_without_loading_it(ours: Cli, house: Path, database: Path, lang: str) -> None:
    words = ["--playbook", str(house), "show", "AS-1", "--lang", lang]
    slow = ours("--db", f"sqlite:///{database}?timeout=5", *words)
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", GLANCE, "--db", f"sqlite:///{database}", *words], capture_output=True, text=True, check=True, env=env
    )
    assert {"pydantic", "typer", "sqlalchemy", "aftersales_core.playbooks"} & set(done.stderr.split()) == set()
    assert done.stdout == slow.out


def test_a_glance_goes_the_long_way_where_the_house_cannot_be_read(ours: Cli, house: Path) -> None:
    before = ours("show", "AS-1").out
    for text in ("name =", "roles = 3", "[[field]]\nid = 1", "\udcff"):
        house.write_bytes(text.encode(errors="surrogateescape"))
        assert ours("show", "AS-1").code == 2
    house.unlink()
    assert ours("show", "AS-1").code == 2
    house.write_text(HOUSE, "utf-8")
    assert ours("show", "AS-1").out == before


def test_a_glance_after_a_correction_is_the_same_as_the_long_way(
    ours: Cli, database: Path, write: Callable[..., Path]
) -> None:
    corrected = {"command": "correct", "ticket": "AS-1", "command_id": "k", "occurred_at": "2026-11-02T10:00:00+08:00", "actor": "lin",
                 "role": "cs_supervisor", "version": 1, "changes": {"phone": "13900001111"}, "reason": "写错"}  # fmt: skip
    assert ours("record", write(corrected, name="correct.jsonl")).code == 0

    said = ours("show", "AS-1").out
    assert "139****1111" in said
    assert "¥80.50" in said
    assert said == ours("--db", f"sqlite:///{database}?timeout=5", "show", "AS-1").out


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_glance_has_the_words_of_the_preset_as_its_file_has_them(lang: str) -> None:
    assert {"zh": words_of_preset.ZH, "en": words_of_preset.EN}[lang] == titles([preset_path()], lang)


def test_the_words_of_the_trade_and_of_the_preset_are_the_same() -> None:
    for key, title in preset().titles.items():
        vocabulary, _, name = key.partition(":")
        for lang in ("zh", "en"):
            assert wording.LANGS[lang].WORDS.get(vocabulary, {}).get(name, getattr(title, lang)) == getattr(title, lang), key


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_file_says_the_same_as_the_playbook_made_of_it(house: Path, lang: str) -> None:
    for path, book in ((preset_path(), preset()), (str(house), load_playbook(HOUSE))):
        found = {key: word for key, word in titles([path], lang).items() if not key.startswith("type:")}
        # a reading that was not chosen may bring words that nobody uses
        assert {key: word for key, word in found.items() if key in book.titles} == {
            key: getattr(book.titles[key], lang) for key in found if key in book.titles
        }
        assert {key.partition(":")[0] for key in found} <= TITLED
    assert titles([str(house)], lang)["type:carriage"] == "money"
