"""进门: who is let in and who is not; each is a fact, and none says so much that it helps to guess."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from tests.web.office import PASSWORD, House, hidden, house

from aftersales_web.access import passwords
from aftersales_web.access.accounts import Account


@pytest.fixture
def made() -> Iterator[House]:
    with house() as found:
        yield found


def entries(made: House) -> list[tuple[str, str]]:
    day = made.clock().date()
    return [(e.fact.kind, getattr(e.fact, "cause", "")) for e in made.desk.accesses(day - timedelta(days=1), day + timedelta(days=1))]


def test_somebody_comes_in_works_and_goes(made: House) -> None:
    client = made.stranger()
    assert client.get("/board").headers["location"] == "/enter?next=/board"
    answer = client.post("/enter", data={"account": "cs-lin", "password": PASSWORD, "next": "/board"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/board")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "secure" not in cookie.lower()
    page = client.get("/board")
    assert page.status_code == 200
    assert client.get("/enter").headers["location"] == "/"
    assert client.post("/leave", data={"csrf": hidden(page.text, "csrf")}).headers["location"] == "/enter"
    assert client.get("/board").status_code == 303
    assert entries(made) == [("signed-in", ""), ("signed-out", "")]


def test_behind_https_the_cookie_goes_no_other_way() -> None:
    with house(secure=True) as made:
        answer = made.stranger().post("/enter", data={"account": "cs-lin", "password": PASSWORD})
        assert "secure" in answer.headers["set-cookie"].lower()
        assert "max-age" in answer.headers["strict-transport-security"]


def test_whatever_is_wrong_is_answered_alike_and_told_apart_in_the_log_only(made: House) -> None:
    found = made.office.accounts.find("wh-he")
    assert found is not None
    made.office.accounts.put(Account(found.id, found.name, found.roles, password=found.password, disabled=True, version=found.version))
    said = set()
    for account, password in (("cs-lin", "wrong"), ("nobody-here", PASSWORD), ("wh-he", PASSWORD), ("", PASSWORD)):
        answer = made.stranger().post("/enter", data={"account": account, "password": password})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        said.add(answer.text.replace(f'value="{account}"', ""))
    assert len(said) == 1
    assert [cause for _kind, cause in entries(made)] == ["wrong-password", "unknown", "disabled", "unknown"]


def test_whoever_hammers_at_the_door_has_to_wait_and_does_not_fill_the_ledger(made: House) -> None:
    client = made.stranger()
    answers = [client.post("/enter", data={"account": "cs-lin", "password": str(n)}) for n in range(20)]
    assert [answer.status_code for answer in answers] == [401] * 8 + [429] * 12
    assert int(answers[-1].headers["retry-after"]) > 0
    assert [cause for _kind, cause in entries(made)].count("too-many") == 1
    assert client.post("/enter", data={"account": "cs-lin", "password": PASSWORD}).status_code == 429, "also with the right one"
    made.clock.move(minutes=10)
    assert client.post("/enter", data={"account": "cs-lin", "password": PASSWORD}).status_code == 303


@pytest.mark.parametrize("onward", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", ""])
def test_nobody_is_led_elsewhere(made: House, onward: str) -> None:
    answer = made.stranger().post("/enter", data={"account": "cs-lin", "password": PASSWORD, "next": onward})
    assert answer.headers["location"] == "/"


def test_a_form_of_another_site_signs_nobody_in(made: House) -> None:
    for headers in ({"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}):
        answer = made.stranger(**headers).post("/enter", data={"account": "cs-lin", "password": PASSWORD})
        assert answer.status_code == 403
    assert entries(made) == []


def test_a_session_ends_when_nothing_is_done_and_not_before(made: House) -> None:
    client = made.browser("cs-lin")
    for _ in range(5):
        made.clock.move(hours=11)
        assert client.get("/").status_code == 200
    made.clock.move(hours=12, minutes=1)
    assert client.get("/").status_code == 303


def test_a_password_for_once_has_to_be_changed_before_anything_else(made: House) -> None:
    made.office.accounts.put(Account("new", "新人", ("cs_specialist",), password=passwords.hashed("for-once-only"), one_time=True))
    client = made.browser("new")
    assert client.get("/board").headers["location"] == "/password"
    page = client.get("/password").text
    assert "一次性密码" in page
    for new, again in (("short", "short"), ("for-once-only", "for-once-only"), ("a new password", "another password")):
        assert client.post("/password", data={"old": "for-once-only", "new": new, "again": again}).status_code == 422
    assert client.post("/password", data={"old": "wrong", "new": "a new password", "again": "a new password"}).status_code == 422
    other = made.browser("new")
    assert client.post("/password", data={"old": "for-once-only", "new": "a new password", "again": "a new password"}).status_code == 303
    assert client.get("/board").status_code == 200
    assert other.get("/board").status_code == 303, "whoever else was in is out"
    assert ("password-set", "") in entries(made)


def test_the_spaces_of_a_password_are_its_own(made: House) -> None:
    spaced = "  blanks at both ends  "
    assert made.browser("cs-lin").post("/password", data={"old": PASSWORD, "new": spaced, "again": spaced}).status_code == 303
    assert made.stranger().post("/enter", data={"account": "cs-lin", "password": spaced}).status_code == 303
    assert made.stranger().post("/enter", data={"account": "cs-lin", "password": spaced.strip()}).status_code == 401


def test_one_acts_in_ones_own_roles_only(made: House) -> None:
    client = made.browser("boss")
    assert client.post("/role", data={"role": "cs_supervisor"}).status_code == 303
    assert "客服主管" in client.get("/").text
    assert client.post("/role", data={"role": "installer"}).status_code == 403


def test_language_and_taste_are_kept_by_the_browser(made: House) -> None:
    client = made.browser("cs-lin")
    answer = client.post("/taste", data={"lang": "en", "next": "/board"})
    assert answer.headers["location"] == "/board"
    assert 'lang="en"' in client.get("/board").text
    client.post("/taste", data={"theme": "dark"})
    client.post("/taste", data={"density": "nonsense"})
    page = client.get("/board").text
    assert 'data-theme="dark"' in page
    assert 'data-density="cosy"' in page


def test_no_secret_is_ever_a_fact_or_on_a_page(made: House) -> None:
    client = made.browser("boss")
    made.stranger().post("/enter", data={"account": "cs-lin", "password": PASSWORD})
    page = client.post("/people/cs-lin/tokens", data={"role": "cs_specialist", "scopes": "read", "days": "30", "about": "t"}).text
    secret = page.partition("ast_")[2][:40]
    exported = "\n".join(made.desk.export())
    hashes = [each.password for each in made.office.accounts.all()]
    for hidden_ in (PASSWORD, secret, *hashes, client.cookies["aftersales"]):
        assert hidden_ not in exported
    for path in ("/people", "/people/cs-lin", "/accesses"):
        shown = client.get(path).text
        assert not any(each in shown for each in (secret, *hashes))
