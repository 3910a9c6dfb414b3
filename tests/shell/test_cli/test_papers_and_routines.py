"""`papers` and `routines`: how far every paper is, and what comes round with the calendar."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


def papers(cli: Cli, ticket: str, *words: str) -> dict[tuple[str, str], dict[str, Any]]:
    told = cli("papers", ticket, *words, "--json").json
    return {(each["paper"], each["part"]): each for each in told["papers"]}


def test_papers_are_told_with_their_steps_and_what_is_next(filled: Cli) -> None:
    found = papers(filled, "AS-2")

    assert found["leftover-sheet", "leftover:1"]["state"] == "REVIEWED"
    form = found["aftersales-form", "leftover:1"]
    assert (form["state"], form["next"]) == ("HANDED_IN", {"step": "archived", "command": "archive", "roles": ["cs_specialist"]})
    report = found["daily-report", "visit:1"]
    assert [step["step"] for step in report["steps"]] == ["handed-in", "reviewed"]
    assert (report["steps"][1]["by"], report["next"]) == ("install_supervisor", None)
    assert report["title"] == "installation daily report"
    assert set(papers(filled, "AS-2", "--open")) == {key for key, each in found.items() if each["next"]}


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("单据", "下一步", "由谁", "《售服信息反馈表》", "遗留单 1", "归档", "客服专员")),
        ("en", ("paper", "to be", "who", "leftover 1", "archived", "registered")),
    ],
)
def test_papers_are_a_table_in_words(filled: Cli, lang: str, words: tuple[str, ...]) -> None:
    said = filled("papers", "AS-2", "--lang", lang).out

    assert [word for word in words if word not in said] == []
    assert "visit:1" not in said


def test_a_ticket_without_papers_says_so(cli: Cli, trail: Callable[..., Any], write: Callable[..., Path]) -> None:
    assert cli("record", write(*trail("AS-1", "安装", "已判定"))).code == 0

    ran = cli("papers", "AS-1", "--lang", "zh")
    assert (ran.code, ran.out, "没有内容" in ran.err) == (0, "", True)


def test_the_register_of_papers_lists_every_daily_report_that_is_not_signed(
    cli: Cli, trail: Callable[..., Any], write: Callable[..., Path]
) -> None:
    assert cli("record", write(*trail("AS-1", "安装", "反馈单已上交"), *trail("AS-2", "安装", "反馈单已签字"))).code == 0
    where = ("--where", "paper=daily-report", "--where", "next_step=reviewed")

    (row,) = cli("register", "papers", *where, "--json").json["rows"]
    assert (row["ticket"], row["part"], row["state"], row["next_role"]) == ("AS-1", "visit:1", "HANDED_IN", "install_supervisor")
    said = cli("register", "papers", *where, "--lang", "zh").out
    assert [word for word in ("单据进度", "《安装日报表》", "上门 1", "审核", "安装主管") if word not in said] == []
    assert cli("register", "papers", *where, "--from", "2026-11-03", "--json").json["rows"] == []
    page = cli("register", "papers", "--html", "out.html")
    assert (page.code, len(page.err.splitlines())) == (2, 1)


# --- routines


def did(name: str, day: str, role: str = "dispatch_specialist", **more: Any) -> dict[str, Any]:
    at = f"{day}T09:30:00+08:00"
    return {"command": "do-routine", "command_id": f"r-{name}-{day}", "occurred_at": at, "actor": "wu", "day": day, "role": role, "routine": name, **more}


@pytest.fixture
def house(cli: Cli, write: Callable[..., Path]) -> Cli:
    """A house where somebody looked for goods on two days, once too late, and heard what customers say."""
    path = write(
        did("goods-report", "2026-11-02", found=2, note="客户 13812345678 的货到了"),
        {**did("goods-report", "2026-11-03"), "occurred_at": "2026-11-03T16:00:00+08:00"},
        did("satisfaction-survey", "2026-12-20", role="cs_supervisor", opinions=[{"department": "设计部", "text": "抽屉偏浅"}]),
    )
    assert cli("record", path).code == 0
    return cli


def test_rounds_are_told_with_their_state_and_what_came_of_them(house: Cli) -> None:
    told = house("routines", "--from", "2026-11-02", "--to", "2026-11-04", "--at", "2026-11-04T08:30:00+08:00", "--json").json
    found = {(each["routine"], each["day"]): each for each in told["rounds"]}

    assert (told["from"], told["to"]) == ("2026-11-02", "2026-11-04")
    assert [found["goods-report", f"2026-11-0{day}"]["state"] for day in (2, 3, 4)] == ["done", "late", "open"]
    assert [found["morning-meeting", f"2026-11-0{day}"]["state"] for day in (2, 3, 4)] == ["missed", "missed", "open"]
    assert found["goods-report", "2026-11-02"]["done"]["found"] == 2
    assert found["satisfaction-survey", "2026-10-01"]["state"] == "open"
    later = house("routines", "--from", "2026-11-02", "--to", "2026-11-04", "--at", "2026-12-20T23:00:00+08:00", "--json").json
    assert {each["state"] for each in later["rounds"] if each["routine"] == "satisfaction-survey"} == {"done"}
    assert found["goods-report", "2026-11-02"]["title"] == "look at the goods daily report"


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("zh", ("查《货物日报表》", "09:00–2026-12-31 23:59", "做晚了", "错过", "调度专员", "查到 2 件", "设计部: 抽屉偏浅", "138****5678")),
        ("en", ("satisfaction", "done late", "missed", "dispatch_specialist", "2 found", "138****5678")),
    ],
)
def test_rounds_are_a_table_in_words(house: Cli, lang: str, words: tuple[str, ...]) -> None:
    said = house("routines", "--from", "2026-11-02", "--to", "2026-11-03", "--at", "2026-12-21T08:30:00+08:00", "--lang", lang).out

    assert [word for word in words if word not in " ".join(said.split())] == []
    assert "13812345678" not in said


def test_the_day_is_that_of_the_moment_in_the_time_zone_of_the_house(house: Cli) -> None:
    def days(*words: str) -> set[str]:
        return {each["day"] for each in house("routines", *words, "--json").json["rounds"] if each["routine"] == "goods-report"}

    assert days("--at", "2026-11-02T20:00:00+00:00") == {"2026-11-03"}
    assert days("--at", "2026-11-02T20:00:00+00:00", "--to", "2026-11-04") == {"2026-11-03", "2026-11-04"}
    assert days("--at", "2026-11-02T20:00:00+00:00", "--to", "2026-11-02") == {"2026-11-02"}
    assert days("--from", "2026-11-05") == {"2026-11-05"}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "words",
    [
        ("--from", "2026-11-03", "--to", "2026-11-02"), ("--from", "1900-01-01", "--to", "9999-12-31"), ("--from", "monday"),
        ("--at", "2026-11-02T09:00:00"), ("--at", "soon"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_days_that_are_none_are_2(house: Cli, words: tuple[str, ...], lang: str) -> None:
    ran = house("routines", *words, "--lang", lang)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)


def test_the_last_days_there_are_can_be_asked_about(house: Cli) -> None:
    assert house("routines", "--from", "9998-12-30", "--to", "9998-12-31", "--json").code == 0


QUIET = """
extends = "whole-house"
name = "quiet-house"
edition = "1"

""" + "".join(f'[[routine]]\nid = "{name}"\noff = true\n' for name in (
    "morning-meeting", "goods-report", "satisfaction-survey", "customer-tour", "festival-greetings"))  # fmt: skip


def test_a_house_without_routines_says_so(filled: Cli, tmp_path: Path) -> None:
    path = tmp_path / "quiet.toml"
    path.write_text(QUIET, "utf-8")
    ran = filled("--playbook", path, "routines", "--lang", "en")
    assert (ran.code, ran.out, ran.err) == (0, "", "nothing is here\n")
