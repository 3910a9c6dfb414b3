"""办公室: an office for tests, with people of every kind, and browsers that are signed in, speaking real HTTP to it."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import uvicorn
from fastapi.testclient import TestClient
from starlette.applications import Starlette

from aftersales_core import Desk
from aftersales_core.audit import Signer
from aftersales_web import Office, Settings, create_app
from aftersales_web.access import passwords
from aftersales_web.access.accounts import Account

NOW: Final = datetime.fromisoformat("2026-11-26T10:00:00+08:00")
PASSWORD: Final = "a password for tests"

PEOPLE: Final = {
    "cs-lin": Account("cs-lin", "林小满", ("cs_specialist",)),
    "csm-tang": Account("csm-tang", "唐主管", ("cs_supervisor",)),
    "sup-chen": Account("sup-chen", "陈主管", ("install_supervisor",)),
    "inst-zhou": Account("inst-zhou", "周师傅", ("installer",)),
    "inst-li": Account("inst-li", "李师傅", ("installer",)),
    "wh-he": Account("wh-he", "何仓管", ("warehouse_keeper",)),
    "mgr-fang": Account("mgr-fang", "方经理", ("management",)),
    "cs-east": Account("cs-east", "东店客服", ("cs_specialist",), branches=("east",)),
    "boss": Account("boss", "管理员", ("management", "cs_specialist", "cs_supervisor"), admin=True),
}
"""Account → who it is; everybody's password is `PASSWORD`."""


@cache
def _hash() -> str:
    return passwords.hashed(PASSWORD)


class Clock:
    """The office's clock: stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def move(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass(slots=True)
class House:
    """An office with its desk and its clock."""

    app: Starlette
    desk: Desk
    clock: Clock

    @property
    def office(self) -> Office:
        found: Office = self.app.state.office
        return found

    def stranger(self, **headers: str) -> TestClient:
        """A browser of nobody we know; redirects are not followed."""
        return TestClient(self.app, base_url="http://testserver", follow_redirects=False, headers={"accept-language": "zh", **headers})

    def browser(self, account: str, role: str | None = None, **headers: str) -> TestClient:
        """A browser in which *account* is signed in, acting in *role*; its requests carry the session's secret."""
        client = self.stranger(**headers)
        found = self.office.accounts.find(account)
        assert found is not None
        cookie, session = self.office.sessions.begin(account, role or next(iter(found.roles), ""))
        client.cookies.set("aftersales", cookie)
        client.headers["x-csrf-token"] = session.csrf
        return client

    def program(self, account: str, *scopes: str, role: str | None = None) -> TestClient:
        """Another program with a token of *account*."""
        found = self.office.accounts.find(account)
        assert found is not None
        secret, _token = self.office.tokens.issue(account, role or found.roles[0], scopes or ("read", "write", "export"), "test")
        client = TestClient(self.app, base_url="http://testserver", follow_redirects=False)
        client.headers["authorization"] = f"Bearer {secret}"
        return client

    def tell(self, command: str, ticket: str = "AS-1", role: str = "cs_specialist", actor: str = "cs-lin", **fields: Any) -> int:
        """Have a command recorded now; the ticket's version after it."""
        self.clock.move(minutes=1)
        told = {"command": command, "ticket": ticket, "command_id": self.office.new_id("t"), "occurred_at": self.clock(),
                "actor": actor, "role": role, **fields}  # fmt: skip
        return self.desk.handle(told).version

    def report(self, ticket: str = "AS-1", **fields: Any) -> None:
        """A repair is reported."""
        told = {"category": "repair", "customer": "王芳", "phone": "13812345678", "address": "文三路 90 号 3 幢 502", "model": "K-200",
                "purchased_on": "2026-03-01", "problem": "左侧柜门开裂", **fields}  # fmt: skip
        self.tell("report", ticket, **told)


@contextmanager
def house(url: str = "memory:", signer: Signer | None = None, **settings: Any) -> Iterator[House]:
    """An office on a database, with everybody of `PEOPLE`; closed at the end."""
    clock = Clock()
    with Desk.open(url, clock=clock) as desk:
        app = create_app(desk, settings=Settings(**settings), now=clock, signer=signer)
        made = House(app, desk, clock)
        for each in PEOPLE.values():
            made.office.accounts.put(Account(each.id, each.name, each.roles, each.branches, each.admin, _hash()))
        try:
            yield made
        finally:
            made.office.close()


@contextmanager
def served(shop: House) -> Iterator[str]:
    """The office on a socket of this machine; its address."""
    server = uvicorn.Server(uvicorn.Config(shop.app, port=0, log_level="critical"))
    started = threading.Event()
    startup = server.startup

    async def begin(sockets: Any = None) -> None:
        await startup(sockets)
        started.set()

    server.startup = begin  # type: ignore[method-assign]
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        assert started.wait(20)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        shop.office.live.let_go()
        server.should_exit = True
        thread.join()


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page; fails where there is none."""
    found = re.search(rf'<input[^>]*name="{re.escape(name)}"[^>]*value="([^"]*)"', page)
    assert found is not None, f"no hidden field {name}"
    return found[1]
