"""网上的办公室: an office in a process of its own, on a database that outlives it, so that it can be killed and come back."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Page
from tests.children import child

from aftersales_core import Desk
from aftersales_core.facts import Entry
from aftersales_web.access import passwords
from aftersales_web.access.accounts import Account, Accounts
from aftersales_web.access.sessions import Sessions

PEOPLE: Final = (
    Account("inst-zhou", "周师傅", ("installer",)),
    Account("inst-li", "李师傅", ("installer",)),
    Account("cs-lin", "林小满", ("cs_specialist", "cs_supervisor")),
    Account("csm-tang", "唐主管", ("cs_supervisor",)),
    Account("sup-chen", "陈主管", ("install_supervisor",)),
    Account("mgr-fang", "方经理", ("management",), admin=True),
)

SCRIPT: Final = """
import os, sys
from aftersales_core import Desk
from aftersales_web import create_app
import uvicorn
url, port, die = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

class Dies:
    # falls dead when so many things were recorded, before it says so
    def __init__(self, app): self.app, self.count = app, 0
    async def __call__(self, scope, receive, send):
        recorded = scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith(("/commands", "/photos"))
        async def sent(message):
            if recorded and message["type"] == "http.response.start":
                self.count += 1
                if self.count == die: os._exit(9)
            await send(message)
        await self.app(scope, receive, sent)

with Desk.open(url) as desk:
    app = create_app(desk)
    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            print("ready", flush=True)
    Server(uvicorn.Config(Dies(app), port=port, log_level="critical", timeout_graceful_shutdown=1)).run()
"""


class Served:
    """An office at an address, running or not; its database stays.

    Attributes:
        url: where it is served, whenever it runs.
    """

    def __init__(self, folder: Path) -> None:
        self.database = f"sqlite:///{folder / 'office.db'}"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[str] | None = None
        with Desk.open(self.database) as desk:
            for each in PEOPLE:
                Accounts(desk.safe).put(Account(each.id, each.name, each.roles, password=passwords.hashed("a password for tests")))

    def start(self, *, die_at: int = 0) -> None:
        """Serve; with *die_at* it falls dead when that many things were recorded, before the last is answered."""
        self._process = child(SCRIPT, self.database, self._port, die_at)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def stop(self) -> None:
        """Kill it, if it still runs."""
        if self._process is not None:
            self._process.kill()
            self.gone()

    def gone(self) -> None:
        """Wait until it is dead."""
        assert self._process is not None
        self._process.wait(20)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None

    def sign_in(self, page: Page, account: str) -> None:
        """Let the browser of *page* be signed in as *account*; what was signed in before is forgotten."""
        with Desk.open(self.database) as desk:
            role = next(each.roles[0] for each in PEOPLE if each.id == account)
            cookie, _session = Sessions(desk.safe, lambda: datetime.now(UTC), 12).begin(account, role)
        page.context.clear_cookies()
        page.context.add_cookies([{"name": "aftersales", "value": cookie, "url": self.url}])

    def sign_out_everywhere(self, account: str) -> None:
        """End every session of *account*, as an administrator would."""
        with Desk.open(self.database) as desk:
            Sessions(desk.safe, lambda: datetime.now(UTC), 12).end_all(account)

    def history(self, ticket: str) -> tuple[Entry, ...]:
        """The ledger's entries of a ticket, read by itself."""
        with Desk.open(self.database) as desk:
            return desk.history(ticket)

    def tell(self, ticket: str, command: str, role: str, **fields: Any) -> None:
        """Have a command recorded by the office, beside whatever is served."""
        with Desk.open(self.database) as desk:
            desk.handle({
                "command": command, "ticket": ticket, "command_id": f"told-{command}-{datetime.now(UTC).timestamp()}", "occurred_at": datetime.now(UTC),
                "actor": "cs-lin", "role": role, **fields,
            })  # fmt: skip

    def sent_out(self, ticket: str, *, crew: Iterable[str] = ("inst-zhou",), category: str = "repair") -> None:
        """A ticket whose visit is booked for an hour from now, with papers and people."""
        with Desk.open(self.database) as desk:
            for at, (command, role, fields) in enumerate(visit_steps(datetime.now(UTC) + timedelta(hours=1), tuple(crew), category)):
                desk.handle({
                    "command": command, "ticket": ticket, "command_id": f"{ticket}-{at}", "occurred_at": datetime.now(UTC), "actor": "cs-lin",
                    "role": role, **fields,
                })  # fmt: skip


def visit_steps(start: datetime, crew: tuple[str, ...], category: str = "repair") -> list[tuple[str, str, dict[str, Any]]]:
    """What the office does until somebody can set out: command, role, fields."""
    matter = {
        "category": category, "customer": "王芳", "phone": "13812345678", "address": "杭州市文三路 90 号 3 幢 502", "model": "K-200",
        "purchased_on": "2026-03-01", "problem": "左侧柜门开裂", "order_no": "DD-1",
    }  # fmt: skip
    return [
        ("report", "cs_specialist", matter),
        ("triage", "cs_specialist", {"service": "repair" if category == "repair" else "install", "needs_goods": False}),
        ("make-appointment", "cs_specialist", {"start": start, "end": start + timedelta(hours=2), "agreed_with": "王芳"}),
        ("prepare-papers", "cs_specialist", {"papers": ("install-repair-slip",)}),
        ("dispatch", "cs_supervisor", {"crew": crew}),
    ]
