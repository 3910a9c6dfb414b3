"""人员: accounts and tokens are opened, changed and ended by administrators, and each is a fact."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.web.office import House, hidden, house


@pytest.fixture
def made() -> Iterator[House]:
    with house() as found:
        yield found


@pytest.fixture
def boss(made: House) -> TestClient:
    return made.browser("boss")


def kinds(made: House) -> list[str]:
    day = made.clock().date()
    return [e.fact.kind for e in made.desk.accesses(day - timedelta(days=1), day + timedelta(days=1))]


def told_password(page: str) -> str:
    found = re.search(r"[a-z2-9]{4}(?:-[a-z2-9]{4}){3}", page)
    assert found is not None
    return found[0]


def test_an_account_is_opened_with_a_password_that_is_shown_once(made: House, boss: TestClient) -> None:
    answer = boss.post("/people", data={"account": "li-na", "name": "李娜", "roles": ["cs_specialist"], "branches": "west、east"})
    password = told_password(answer.text)
    assert password not in boss.get("/people").text
    found = made.office.accounts.find("li-na")
    assert found is not None
    assert (found.roles, found.branches, found.one_time) == (("cs_specialist",), ("west", "east"), True)
    assert made.stranger().post("/enter", data={"account": "li-na", "password": password}).status_code == 303
    assert kinds(made) == ["account-opened", "signed-in"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"account": "li na"}, "li na"), ({"name": ""}, "缺姓名"), ({"roles": "king"}, "king"), ({"roles": ""}, "角色"), ({"account": "cs-lin"}, "已经有人用")],
)
def test_what_is_wrong_is_said_and_no_account_is_opened(made: House, boss: TestClient, wrong: dict[str, str], said: str) -> None:
    before = list(made.office.accounts.all())
    answer = boss.post("/people", data={"account": "li-na", "name": "李娜", "roles": "cs_specialist", **wrong})
    assert answer.status_code in (409, 422)
    assert said in answer.text
    assert list(made.office.accounts.all()) == before
    assert kinds(made) == []


def test_whoever_is_closed_out_is_out_at_once(made: House, boss: TestClient) -> None:
    client = made.browser("cs-lin")
    program = made.program("cs-lin", "read")
    assert program.get("/api/v1/me").status_code == 200
    version = hidden(boss.get("/people/cs-lin").text, "version")
    told = {"name": "林小满", "roles": "cs_specialist", "disabled": "yes", "reason": "离职", "version": version}
    assert boss.post("/people/cs-lin", data=told).status_code == 303
    assert client.get("/").status_code == 303
    assert program.get("/api/v1/me").status_code == 401
    assert boss.post("/people/cs-lin", data=told).status_code == 409, "it has been changed since"
    assert kinds(made) == ["account-changed"]


def test_nobody_closes_himself_out(boss: TestClient) -> None:
    version = hidden(boss.get("/people/boss").text, "version")
    for told in ({"disabled": "yes", "admin": "yes"}, {}):
        assert boss.post("/people/boss", data={"name": "x", "roles": "management", "version": version, **told}).status_code == 409


def test_a_reset_password_ends_every_session(made: House, boss: TestClient) -> None:
    client = made.browser("cs-lin")
    password = told_password(boss.post("/people/cs-lin/password").text)
    assert client.get("/").status_code == 303
    assert made.stranger().post("/enter", data={"account": "cs-lin", "password": password}).status_code == 303


def test_a_token_has_its_role_and_scopes_until_it_ends(made: House, boss: TestClient) -> None:
    page = boss.post("/people/csm-tang/tokens", data={"role": "cs_supervisor", "scopes": ["read", "export"], "days": "30", "about": "ERP"}).text
    secret = re.search(r"ast_[\w-]+", page)
    assert secret is not None
    client = TestClient(made.app, headers={"authorization": f"Bearer {secret[0]}"})
    assert client.get("/api/v1/me").json()["role"] == "cs_supervisor"
    made.clock.move(days=29)
    assert client.get("/api/v1/me").status_code == 200
    made.clock.move(days=1, minutes=1)
    assert client.get("/api/v1/me").status_code == 401


def test_a_token_ends_with_the_role_it_has_and_when_it_is_revoked(made: House, boss: TestClient) -> None:
    one, other = made.program("boss", "read", role="cs_supervisor"), made.program("csm-tang", "read")
    version = hidden(boss.get("/people/boss").text, "version")
    boss.post("/people/boss", data={"name": "管理员", "roles": ["management"], "admin": "yes", "version": version})
    assert one.get("/api/v1/me").status_code == 401
    (token,) = [each.id for each in made.office.tokens.all() if each.account == "csm-tang"]
    assert boss.post(f"/tokens/{token}/revoke").status_code == 303
    assert other.get("/api/v1/me").status_code == 401
    assert boss.post(f"/tokens/{token}/revoke").status_code == 404
    assert kinds(made) == ["account-changed", "token-revoked"]


def test_who_may_not_carry_data_out_gets_no_token_that_may(boss: TestClient) -> None:
    answer = boss.post("/people/cs-lin/tokens", data={"role": "cs_specialist", "scopes": ["export"], "days": "30"})
    assert answer.status_code == 409
    assert "导出" in answer.text
