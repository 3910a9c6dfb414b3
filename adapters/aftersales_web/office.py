"""办公室: what every page and every endpoint is given: the desk, its counter, who works here, and how things are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_urlsafe
from typing import cast
from zoneinfo import ZoneInfo

from fastapi import Request

from aftersales_core import Desk
from aftersales_core.audit import Signer, signed
from aftersales_core.clocks import calendar_of
from aftersales_core.clocks.calendar import WorkCalendar
from aftersales_core.counter import Counter
from aftersales_core.ports import Safe
from aftersales_web.access.accounts import Accounts
from aftersales_web.access.links import Links
from aftersales_web.access.log import AccessLog
from aftersales_web.access.rates import Rates
from aftersales_web.access.sessions import Sessions
from aftersales_web.access.tokens import Tokens
from aftersales_web.live import Live


def clock() -> datetime:
    """Now; tests and the demo hand in another."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the office is run.

    Attributes:
        secure: cookies are sent over https only. Off only for a server on this machine.
        demo: shown in a ribbon on every page: nothing here is real.
        idle_hours: how long a session lasts without anybody doing anything.
        upload_limit: bytes of one file.
        body_limit: bytes of any other request.
        house: what customers know the house by, on the pages they see; hotline: the telephone number they may call.
        hosts: names this server answers to; any, where empty.
        api_rate: calls of the API a minute, of one token or session; api_burst: how many of them at once.
    """

    secure: bool = False
    demo: bool = False
    idle_hours: int = 12
    upload_limit: int = 20 * 2**20
    body_limit: int = 2**20
    house: str = ""
    hotline: str = ""
    hosts: tuple[str, ...] = ()
    api_rate: float = 600
    api_burst: int = 200


@dataclass(slots=True)
class Office:
    """One running office; made by `create_app` and closed by it."""

    desk: Desk
    safe: Safe
    settings: Settings = field(default_factory=Settings)
    now: Callable[[], datetime] = clock
    signer: Signer | None = None
    counter: Counter = field(init=False)
    accounts: Accounts = field(init=False)
    sessions: Sessions = field(init=False)
    tokens: Tokens = field(init=False)
    links: Links = field(init=False)
    log: AccessLog = field(init=False)
    rates: Rates = field(init=False)
    live: Live = field(init=False)

    def __post_init__(self) -> None:
        self.counter = self.desk.counter()
        self.log = AccessLog(self.desk, self.now)
        self.accounts = Accounts(self.safe)
        self.sessions = Sessions(self.safe, self.now, self.settings.idle_hours)
        self.tokens = Tokens(self.safe, self.now)
        self.links = Links(self.safe, self.now)
        self.rates = Rates(self.now)
        self.live = Live(self.desk.ledger)

    def close(self) -> None:
        """End what was begun here; the desk is its owner's to close."""
        self.live.close()
        self.counter.close()

    @property
    def zone(self) -> ZoneInfo:
        """Where the house's clocks hang."""
        return ZoneInfo(self.desk.playbook.timezone)

    @property
    def calendar(self) -> WorkCalendar | None:
        """When the house works; None where its playbook does not say."""
        book = self.desk.playbook
        return calendar_of(book) if book.calendar is not None else None

    def checkpoint(self) -> str:
        """A checkpoint of this moment as a note, signed where there is a key, in the name of the key or of the house."""
        if self.signer is None:
            return self.desk.checkpoint(" ".join(self.settings.house.split()) or "aftersales").text
        return signed(self.desk.checkpoint(self.signer.name).text, self.signer)

    @staticmethod
    def new_id(prefix: str = "w") -> str:
        """A command id nobody has used."""
        return f"{prefix}-{token_urlsafe(12)}"


def office_of(request: Request) -> Office:
    """The office a request came to."""
    return cast(Office, request.app.state.office)
