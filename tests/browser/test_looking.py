"""看: the tests in a browser see what they are there to see."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Protocol

import pytest
from tests.browser.looking import Pages, axe, shot

POLICY = "default-src 'self'; script-src 'self'; object-src 'none'"


class Serve(Protocol):
    """Serves *body*, with *script* beside it; the URL."""

    def __call__(self, body: str, script: str = "") -> str: ...


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A server of one page at a time, which forbids scripts from elsewhere."""
    pages: dict[str, str] = {}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = pages.get(self.path, "").encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/javascript" if self.path.endswith(".js") else "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", POLICY)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: object) -> None:
            """Nothing to the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()

        def put(body: str, script: str = "") -> str:
            pages["/page.js"] = script
            tail = '<script src="/page.js"></script>' if script else ""
            head = '<!DOCTYPE html><html lang="zh-CN"><meta name="viewport" content="width=device-width"><title>页</title>'
            pages["/"] = f"{head}<main><h1>页</h1>{body}</main>{tail}</html>"
            return f"http://127.0.0.1:{server.server_port}/"

        yield put
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_sound_page_has_nothing_wrong_with_it(page_at: Pages, serve: Serve, width: int) -> None:
    page = page_at(width)
    page.goto(serve("<p>好</p>"))

    assert axe(page) == []
    assert page.evaluate("[innerWidth, navigator.language, navigator.maxTouchPoints > 0]") == [width, "zh-CN", width == 390]


def test_axe_finds_a_picture_without_words_and_where_it_is(page_at: Pages, serve: Serve) -> None:
    page = page_at(lang="en")
    page.goto(serve('<img id="planted" src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">'))

    (found,) = axe(page)
    assert (found.rule, found.where) == ("image-alt", ("#planted",))
    page_at.settle()
    page_at.faults.clear()  # the policy of the page refuses the picture


def test_what_a_page_says_to_the_console_is_heard(page_at: Pages, serve: Serve) -> None:
    page = page_at()
    page.goto(serve("", script="console.error('planted'); console.log('harmless'); setTimeout(() => { throw Error('thrown') })"))
    page.wait_for_function("1")
    page_at.settle()

    assert [fault.partition(" (")[0] for fault in page_at.faults] == ["console: planted", "uncaught: thrown"]
    page_at.faults.clear()


def test_whom_a_page_asks_is_noticed(page_at: Pages, serve: Serve) -> None:
    page = page_at(bypass_csp=True)
    page.goto(serve('<link rel="stylesheet" href="/none.css"><link rel="stylesheet" href="http://elsewhere.example/style.css">'))
    page_at.settle()

    told = "\n".join(page_at.faults)
    assert "another host: http://elsewhere.example/style.css" in told
    assert "404 for the stylesheet" in told
    page_at.faults.clear()


@pytest.mark.xfail(raises=pytest.fail.Exception, reason="a test fails for what its page said to the console")
def test_a_console_error_fails_the_test(page_at: Pages, serve: Serve) -> None:
    page_at().goto(serve("", script="console.error('planted')"))


def test_a_picture_is_taken_where_a_folder_is_named(
    page_at: Pages, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = page_at(390)
    page.goto(serve("<p>好</p>"))
    monkeypatch.delenv("AFTERSALES_SHOTS", raising=False)
    assert shot(page, "today") is None

    monkeypatch.setenv("AFTERSALES_SHOTS", str(tmp_path / "shots"))
    taken = shot(page, "today 390/zh")

    assert taken == tmp_path / "shots" / "today-390-zh.png"
    assert taken.read_bytes().startswith(b"\x89PNG")


def test_other_tests_may_have_event_loops_of_their_own(chromium: object) -> None:
    async def answer() -> int:
        return 42

    assert asyncio.run(answer()) == 42
