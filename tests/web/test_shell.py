"""外壳: what every answer has, whatever made it; how much may be sent in; and that no page asks for what the policy forbids."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from tests.web.office import PASSWORD, House, house

from aftersales_web.assets import FOLDER, Assets
from aftersales_web.pages.frame import TEMPLATES
from aftersales_web.shell import HEADERS, POLICY


@pytest.fixture(scope="module")
def made() -> Iterator[House]:
    with house(secure=True, body_limit=4096, upload_limit=8192, hosts=("testserver",)) as found:
        found.report()
        yield found


def pieces(size: int) -> Iterator[bytes]:
    """A body of which nobody says beforehand how long it is."""
    yield b"a="
    for _ in range(size // 1024):
        yield b"x" * 1024


FORM = {"content-type": "application/x-www-form-urlencoded"}


STRICTER = {("picture", "Content-Security-Policy"), ("customer's", "Referrer-Policy")}
"""Where an answer says more than all others: a picture does nothing at all, and the address of a link is its secret."""


def answers(made: House) -> Iterator[tuple[str, Response]]:
    """One of every kind of answer there is."""
    client = made.browser("cs-lin")
    yield "page", client.get("/board")
    yield "part of a page", client.get("/board", headers={"hx-request": "true"})
    yield "redirect", made.stranger().get("/board")
    yield "no such page", client.get("/nothing/here")
    yield "no such ticket", client.get("/t/AS-9")
    yield "no such method", client.put("/board")
    yield "not for him", client.get("/people")
    yield "forged", made.stranger(**{"sec-fetch-site": "cross-site"}).post("/enter", data={"account": "x"})
    yield "refused", client.post("/t/AS-1/do/close", data={"version": "1", "command_id": "c-1"})
    yield "wrong parameter", client.get("/accesses?first=never", headers={"accept": "application/json"})
    yield "style", client.get("/static/office.css")
    yield "no such style", client.get("/static/nothing.css")
    yield "what the browser has", client.get("/static/office.css", headers={"if-none-match": client.get("/static/office.css").headers["etag"]})
    yield "picture", client.get("/t/AS-1/diagram.svg")
    yield "API", client.get("/api/v1/me")
    yield "problem", made.stranger().get("/api/v1/me")
    yield "too large", client.post("/enter", content=b"x" * 5000, headers=FORM)
    yield "larger than was said", client.post("/enter", content=pieces(5000), headers=FORM)
    yield "too large for a program", client.post("/api/v1/commands", content=b"x" * 5000)
    yield "wrong host", client.get("/", headers={"host": "evil.example"})
    yield "customer's", client.get("/c/nothing")
    yield "health", client.get("/healthz")


def test_every_answer_closes_what_is_not_needed(made: House) -> None:
    for what, answer in answers(made):
        for name, value in HEADERS.items():
            if (what, name) in STRICTER:
                continue
            assert answer.headers.get(name) == value, (what, name)
        assert "cache-control" in answer.headers, what
        assert answer.headers.get("strict-transport-security") == "max-age=31536000", what
        assert "server" not in answer.headers, what


def test_the_policy_knows_nothing_inline_and_nothing_from_elsewhere() -> None:
    told = dict(each.strip().split(" ", 1) for each in POLICY.split(";"))
    assert told["default-src"] == "'self'"
    assert told["object-src"] == told["base-uri"] == told["frame-ancestors"] == "'none'"
    assert "unsafe" not in POLICY
    assert "http" not in POLICY


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_also_a_mistake_of_ours_is_closed_and_says_nothing_of_itself(accept: str) -> None:
    with house(secure=True) as made:
        client = TestClient(made.app, raise_server_exceptions=False, headers={"accept": accept, "accept-language": "zh"})
        made.office.safe.put("account", "cs-lin", '{"not": "what we wrote"}')
        answer = client.post("/enter", data={"account": "cs-lin", "password": PASSWORD})

        assert answer.status_code == 500
        assert "程序出错" in answer.text
        assert "KeyError" not in answer.text
        assert "what we wrote" not in answer.text
        for name, value in {**HEADERS, "Cache-Control": "no-store", "Strict-Transport-Security": "max-age=31536000"}.items():
            assert answer.headers.get(name) == value


def test_without_https_nobody_is_told_to_come_by_it() -> None:
    with house() as made:
        assert "strict-transport-security" not in made.stranger().get("/enter").headers


def test_what_a_page_shows_is_kept_by_nobody(made: House) -> None:
    client = made.browser("cs-lin")
    for path in ("/", "/board", "/t/AS-1", "/enter", "/nothing", "/api/v1/me"):
        assert client.get(path).headers["cache-control"] == "no-store", path


# --- what is sent in

LIMIT = 4096


@pytest.mark.parametrize("size", [LIMIT - 2, LIMIT])
def test_up_to_the_limit_is_read(made: House, size: int) -> None:
    answer = made.stranger().post("/enter", content=b"a=" + b"x" * (size - 2), headers=FORM)
    assert answer.status_code == 401, "it was read, and nobody has signed in with it"


@pytest.mark.parametrize(("lang", "said"), [("zh", "发来的内容超过 4 KB"), ("en", "more than 4 kB")])
@pytest.mark.parametrize("announced", [True, False])
def test_more_is_not_read_and_said_so(made: House, lang: str, said: str, announced: bool) -> None:
    before = made.desk.ledger.count()
    client = made.stranger(**{"accept-language": lang})
    body = b"a=" + b"x" * LIMIT if announced else pieces(LIMIT)
    page = client.post("/enter", content=body, headers=FORM)
    assert (page.status_code, page.headers["connection"]) == (413, "close")
    assert page.headers["content-type"].startswith("text/html")
    assert said in page.text
    assert made.desk.ledger.count() == before


@pytest.mark.parametrize("announced", [True, False])
def test_a_program_is_told_in_its_own_way(made: House, announced: bool) -> None:
    client = made.browser("cs-lin")
    body = b"{}" + b" " * LIMIT if announced else pieces(LIMIT)
    answer = client.post("/api/v1/commands", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (413, "application/problem+json")
    told = answer.json()
    assert (told["code"], told["status"], told["instance"]) == ("body-too-large", 413, "/api/v1/commands")


def test_files_may_be_larger_than_forms(made: House) -> None:
    client = made.browser("cs-lin")
    client.headers["accept"] = "application/json"
    file = {"file": ("photo.png", b"x" * 6000, "image/png")}
    assert client.post("/t/AS-1/do/attach-file/files", files=file).status_code != 413
    assert client.post("/t/AS-1/do/attach-file", files=file).status_code == 413
    huge = {"file": ("photo.png", b"x" * (8192 + 2**16), "image/png")}
    assert client.post("/t/AS-1/do/attach-file/files", files=huge).status_code == 413


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", "no boundary"), ("multipart/form-data; boundary=x", "nothing of it"),
        ("application/x-www-form-urlencoded", "&".join(f"f{n}=" for n in range(600))),
    ],
)  # fmt: skip
def test_a_form_that_is_none_is_said_to_be_none(made: House, kind: str, body: str) -> None:
    answer = made.stranger().post("/enter", content=body.encode(), headers={"content-type": kind})
    assert answer.status_code == 400
    assert "看不懂" in answer.text


# --- what browsers keep


def test_a_style_is_kept_for_ever_under_the_name_of_what_is_in_it_only(made: House) -> None:
    url = Assets().url("office.css")
    client = made.stranger()
    assert client.get(url).headers["cache-control"] == "public, max-age=31536000, immutable"
    name, _, mark = url.partition("?v=")
    for other in (name, f"{name}?v=", f"{name}?v={mark[:1]}", f"{name}?v={mark}0", f"{name}?v={'0' * len(mark)}"):
        assert client.get(other).headers["cache-control"] == "no-cache", other


def test_what_the_browser_has_already_is_not_sent_again(made: House) -> None:
    client = made.stranger()
    mark = client.get("/static/office.css").headers["etag"]
    for told in (mark, f"W/{mark}", f'"another", {mark}', "*"):
        again = client.get("/static/office.css", headers={"if-none-match": told})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", mark), told
    assert client.get("/static/office.css", headers={"if-none-match": '"another"'}).status_code == 200


def test_what_can_be_packed_comes_packed_to_who_unpacks(made: House) -> None:
    client = made.browser("cs-lin")
    style = (FOLDER / "office.css").read_bytes()
    for path, kind in (("/static/office.css", "text/css"), ("/static/office.js", "text/javascript"), ("/board", "text/html")):
        with client.stream("GET", path, headers={"accept-encoding": "gzip"}) as packed:
            raw = b"".join(packed.iter_raw())
            assert (packed.headers["content-encoding"], packed.headers["content-type"].partition(";")[0]) == ("gzip", kind)
            assert "Accept-Encoding" in packed.headers["vary"]
            assert int(packed.headers.get("content-length", len(raw))) == len(raw)
        plain = client.get(path, headers={"accept-encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert len(raw) < len(plain.content)
        if path.endswith(".css"):
            assert gzip.decompress(raw) == plain.content == style


@pytest.mark.parametrize(
    "name", ["../shell.py", "..%2fshell.py", "%2e%2e/shell.py", "vendor/../../shell.py", "/etc/passwd", "", "vendor", "office.css/", "office.css%00"]
)
def test_nothing_but_what_is_in_the_folder_is_sent(made: House, name: str) -> None:
    answer = made.stranger().get(f"/static/{name}")
    assert answer.status_code in (303, 404)
    assert "Content-Security-Policy" not in answer.text


# --- what the policy forbids, no page asks for


class Inline(HTMLParser):
    """Collects what a browser that keeps to the policy would not do."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        kind = (told.get("type") or "").lower()
        if tag == "style" or (tag == "script" and "src" not in told and kind != "application/json"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name in ("style", "srcdoc") or re.match(r"on[a-z]|hx-on", name):
                self.found.append(f"<{tag} {name}>")
            if name in ("href", "src", "action", "formaction") and re.match(r"\s*(javascript|data|https?|//)", value or "", re.I):
                self.found.append(f"<{tag} {name}={value}>")


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_has_anything_inline(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert "hx-on" not in text
    parser = Inline()
    parser.feed(re.sub(r"\{\{.*?\}\}", "x", re.sub(r"\{#.*?#\}|\{%.*?%\}", "", text, flags=re.S), flags=re.S))
    assert parser.found == []


def test_the_collector_finds_what_it_is_for() -> None:
    parser = Inline()
    parser.feed(
        '<p style="x"><style></style><script>1</script><a href="javascript:1"><b onclick=x><img src="//x"><i hx-on:click="x"><script type="application/json">'
    )
    assert len(parser.found) == 7


def test_no_page_as_it_is_sent_has_anything_inline(made: House) -> None:
    for account in ("boss", "inst-zhou", "wh-he"):
        client = made.browser(account)
        for path in (
            "/", "/board", "/board?view=table", "/t/AS-1", "/t/AS-1/do/triage", "/t/AS-1/replay", "/t/AS-1/papers/install-repair-slip",
            "/tickets", "/tickets/new", "/clauses", "/calls", "/visits", "/visits/me", "/visits/offline", "/people", "/people/boss",
            "/accesses", "/warehouse", "/warehouse/arrivals", "/papers", "/papers/registers/slips", "/enter", "/password", "/api/docs", "/nothing",
        ):  # fmt: skip
            parser = Inline()
            parser.feed(client.get(path).text)
            assert parser.found == [], (account, path)
