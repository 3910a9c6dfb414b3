"""`accesses`: who came in, what was shown in full and what was carried out, in both languages and for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aftersales_core.facts import KINDS
from aftersales_core.facts.access import AccessFact
from aftersales_core.wording.accesses import details, who

Cli = Callable[..., Any]


def said(command: str, at: str, actor: str = "li-na", role: str = "cs_specialist", **fields: Any) -> dict[str, Any]:
    return {"command": command, "command_id": f"{command}-{at}", "occurred_at": f"2026-11-{at}:00+08:00", "actor": actor, "role": role, **fields}


@pytest.fixture
def door(cli: Cli, write: Callable[..., Path]) -> Cli:
    """A door through which somebody went on two days, and somebody else in vain."""
    path = write(
        said("open-account", "25T09:00", "server", "admin", account="li-na", called="李娜", roles=["cs_specialist"], branches=["west-lake"], admin=True),
        said("refuse-sign-in", "26T00:10", "nobody", "anonymous", account="13812345678", cause="wrong-password"),
        said("sign-in", "26T08:30", account="li-na", device="Chrome"),
        said("show-in-full", "26T08:31", about="AS-1", fields=["phone", "customer"], reason="客户来电核对"),
        said("issue-token", "26T08:32", account="li-na", token="a1b2", scopes=["read", "export"], expires="2027-01-01T00:00:00Z"),
    )
    assert cli("record", path).code == 0
    return cli


@pytest.mark.parametrize(
    ("lang", "words", "not_said"),
    [
        ("zh", ("登录被拒", "2026-11-26 00:10", "未登录", "原因：密码不对", "账号：138****5678", "工单：AS-1", "栏目：联系电话、客户姓名",
                "理由：客户来电核对", "权限：查看、导出", "到期：2027-01-01 08:00", "客服专员", "设备：Chrome"), ("投诉内容", "False", "wrong-password")),
        ("en", ("sign-in refused", "anonymous", "cause: wrong password", "account: 138****5678", "ticket: AS-1", "fields: telephone, customer",
                "scopes: look, export", "cs_specialist"), ("False", "wrong-password")),
    ],
)  # fmt: skip
def test_the_entries_of_some_days_are_a_table_in_words(door: Cli, lang: str, words: tuple[str, ...], not_said: tuple[str, ...]) -> None:
    told = door("accesses", "--from", "2026-11-26", "--to", "2026-11-26", "--lang", lang).out

    assert [word for word in words if word not in told] == []
    assert [word for word in (*not_said, "13812345678", "李娜") if word in told] == []
    assert "13812345678" in door("accesses", "--from", "2026-11-26", "--to", "2026-11-26", "--lang", lang, "--unmask").out


def test_for_programs_every_entry_is_whole(door: Cli) -> None:
    told = door("accesses", "--to", "2026-11-26", "--json").json

    assert (told["from"], told["to"]) == ("2026-11-20", "2026-11-26")
    assert [each["kind"] for each in told["accesses"]] == ["account-opened", "sign-in-refused", "signed-in", "shown-in-full", "token-issued"]
    assert [(each["log"], each["version"]) for each in told["accesses"]][:3] == [
        ("log/access-2026-11-25", 1), ("log/access-2026-11-25", 2), ("log/access-2026-11-26", 1)]  # fmt: skip
    first = told["accesses"][0]
    assert (first["fact"]["called"], first["envelope"]["actor"], len(first["digest"])) == ("李娜", "server", 64)
    assert told["accesses"][1]["fact"] == {"account": "138****5678", "cause": "wrong-password"}


def test_unless_days_are_said_it_is_the_week_up_to_today(cli: Cli, write: Callable[..., Path]) -> None:
    today = datetime.now(UTC)
    assert cli("record", write({**said("sign-in", "26T08:30", account="li-na"), "occurred_at": today.isoformat()})).code == 0

    told = cli("accesses", "--json").json
    assert [each["fact"]["account"] for each in told["accesses"]] == ["li-na"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize(
    "words", [("--from", "2026-11-03", "--to", "2026-11-02"), ("--from", "1900-01-01", "--to", "9999-12-31"), ("--from", "monday")], ids=" ".join
)
def test_days_that_are_none_are_2(door: Cli, words: tuple[str, ...], lang: str) -> None:
    ran = door("accesses", *words, "--lang", lang)
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (2, "", 1)


@pytest.mark.parametrize("words", [("--to", "0001-01-02"), ("--from", "9999-12-31", "--to", "9999-12-31"), ("--from", "2026-11-01", "--to", "2026-11-02")], ids=" ".join)
def test_days_without_any_say_so(door: Cli, words: tuple[str, ...]) -> None:
    ran = door("accesses", *words)
    assert (ran.code, ran.out, ran.err) == (0, "", "nothing is here\n")


def test_where_there_is_no_database_none_is_made(cli: Cli, database: Path) -> None:
    assert cli("accesses").code == 4
    assert not database.exists()


def test_every_field_of_every_entry_has_its_chinese_word() -> None:
    for cls in AccessFact.__args__:
        labels = {label for label, _said in details(dict.fromkeys(cls.model_fields, "x"), "zh")}
        assert len(labels) == len(cls.model_fields), cls
        assert not any(label.isascii() for label in labels), cls
        assert KINDS[cls.kind] is cls


def test_what_says_nothing_is_not_told() -> None:
    assert details({"account": "li-na", "roles": (), "branches": (), "admin": False, "reason": None}, "zh") == [("账号", "li-na")]
    assert details({"rows": 0, "disabled": True}, "en") == [("rows", "0"), ("disabled", "yes")]
    assert (who("admin", "zh"), who("cs_specialist", "zh"), who("x", "en")) == ("管理员", "客服专员", "x")
