"""看: what tests in a browser look with: pages of two sizes in two languages, axe, screenshots, and what went wrong unasked."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, Response
from tests.web.office import House

ARGS: Final = (
    "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run",
    "--disable-quic", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
)  # fmt: skip
"""Chromium asks nobody for anything; what a page wants from elsewhere is not found."""

HOSTS: Final = ("localhost", "127.0.0.1", "::1")

WIDE: Final = (1280, 800)
PHONE: Final = (390, 844)

Lang = Literal["zh", "en"]
LOCALES: Final[dict[Lang, str]] = {"zh": "zh-CN", "en": "en-US"}

AXE: Final = Path(__file__).parent / "vendor" / "axe.min.js"

_ANSWERED: Final = "Failed to load resource: the server responded with a status of"


class Violation(NamedTuple):
    """One rule of axe that a page breaks, and where."""

    rule: str
    impact: str
    where: tuple[str, ...]
    says: str


class Pages:
    """Opens pages, each in a context of its own; hears what goes wrong in them.

    Attributes:
        faults: console errors, uncaught errors, requests to other hosts, and answers that no page should cause: 500 and up for
            anything, 400 and up for a style, script, font or picture. A refused form is not one. A test that causes some on
            purpose looks at them and clears them; else it fails, even if it passed.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._open: list[BrowserContext] = []
        self.faults: list[str] = []

    def __call__(self, width: int = WIDE[0], lang: Lang = "zh", **context: Any) -> Page:
        """A blank page, 1280×800 as on a desk, or up to 600 wide as on a phone held upright, with touch.

        Args:
            context: more of Playwright's `new_context`, e.g. `color_scheme="dark"`, `java_script_enabled=False`,
                `storage_state=…`, `base_url=…`.
        """
        phone = width <= 600
        made = self._browser.new_context(**{
            "viewport": {"width": width, "height": (PHONE if phone else WIDE)[1]}, "is_mobile": phone, "has_touch": phone,
            "locale": LOCALES[lang], "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce", **context,
        })  # fmt: skip
        made.set_default_timeout(15_000)
        self._open.append(made)
        made.on("console", self._console)
        made.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error}"))
        made.on("request", self._request)
        made.on("response", self._response)
        return made.new_page()

    def settle(self) -> None:
        """Hear everything that pages said until now."""
        for page in (page for context in self._open for page in context.pages):
            # a page on its way elsewhere, or closed by the test, has nothing more to say
            with suppress(Error):
                page.evaluate("0")

    def close(self) -> None:
        """Close what is still open."""
        for context in self._open:
            context.close()
        self._open.clear()

    def _console(self, message: ConsoleMessage) -> None:
        # what an answer's status means is judged where the answer is heard
        if message.type == "error" and not message.text.startswith(_ANSWERED):
            self.faults.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob", "about") and url.hostname not in HOSTS:
            self.faults.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        kind = response.request.resource_type
        if response.status >= (400 if kind in ("stylesheet", "script", "font", "image", "media", "manifest") else 500):
            self.faults.append(f"{response.status} for the {kind} {response.url}")


def axe(page: Page, scope: str = "html") -> list[Violation]:
    """What axe finds wrong with *page* as it is now, or with the part of it that the CSS selector *scope* names.

    A policy that forbids foreign scripts is no obstacle: the script is evaluated by the debugger, not loaded by the page.
    """
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("scope => axe.run(scope, {resultTypes: ['violations']}).then(told => told.violations)", scope)
    return [
        Violation(each["id"], each["impact"], tuple(" ".join(map(str, node["target"])) for node in each["nodes"]), each["help"])
        for each in found
    ]


def shot(page: Page, name: str, *, whole: bool = True) -> Path | None:
    """A picture of *page*, the *whole* of it or what is in sight, as NAME.png in the folder of AFTERSALES_SHOTS, if that is set."""
    if not (folder := os.environ.get("AFTERSALES_SHOTS")):
        return None
    path = Path(folder) / (re.sub(r"[^\w.-]+", "-", name) + ".png")
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=whole)
    return path


def enter(page: Page, shop: House, base: str, account: str, role: str | None = None) -> None:
    """Sign *account* in, without the door."""
    found = shop.office.accounts.find(account)
    assert found is not None
    cookie, _session = shop.office.sessions.begin(account, role or found.roles[0])
    page.context.add_cookies([{"name": "aftersales", "value": cookie, "url": base}])
