"""会话: who is signed in. The cookie is a random number; the safe keeps its digest only, and can forget it."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from typing import Final

from aftersales_core.ports import Safe

DRAWER: Final = "session"

_TOUCH: Final = timedelta(minutes=5)
"""A session in use is written anew no more often than this."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of somebody who is signed in.

    Attributes:
        key: digest of the cookie, hex.
        role: in which of his roles he acts now.
        csrf: what every form that changes something has to bring back.
        since: when he signed in; `until`: when it ends unless something is done before.
    """

    key: str
    account: str
    role: str
    csrf: str
    since: datetime
    until: datetime
    device: str = ""


class Sessions:
    """The sessions of an office."""

    def __init__(self, safe: Safe, now: Callable[[], datetime], idle_hours: int) -> None:
        self._safe = safe
        self._now = now
        self._idle = timedelta(hours=idle_hours)

    def begin(self, account: str, role: str, device: str = "") -> tuple[str, Session]:
        """A new session, and the cookie that stands for it."""
        cookie = token_urlsafe(32)
        now = self._now()
        self._safe.forget(DRAWER, now)
        session = Session(_key(cookie), account, role, token_urlsafe(24), now, now + self._idle, device[:120])
        self._keep(session)
        return cookie, session

    def find(self, cookie: str) -> Session | None:
        """The session a cookie stands for; None where it is over, or never was one."""
        key = _key(cookie)
        kept = self._safe.get(DRAWER, key)
        now = self._now()
        if kept is None or kept.until is None or kept.until <= now:
            return None
        told = json.loads(kept.value)
        since = datetime.fromisoformat(told.pop("since"))
        session = Session(key=key, until=kept.until, since=since, **told)
        if kept.until - now < self._idle - _TOUCH:
            session = replace(session, until=now + self._idle)
            self._keep(session)
        return session

    def act_as(self, session: Session, role: str) -> Session:
        """The same session in another role."""
        session = replace(session, role=role)
        self._keep(session)
        return session

    def end(self, session: Session) -> None:
        """Sign out; twice is fine."""
        self._safe.remove(DRAWER, session.key)

    def end_all(self, account: str, but: str = "") -> int:
        """Sign *account* out everywhere, save in the session with the key *but*; how many were ended."""
        found = [key for key, kept in self._safe.all(DRAWER) if json.loads(kept.value)["account"] == account and key != but]
        return sum(self._safe.remove(DRAWER, key) for key in found)

    def _keep(self, session: Session) -> None:
        told = {
            "account": session.account, "role": session.role, "csrf": session.csrf,
            "since": session.since.isoformat(), "device": session.device,
        }  # fmt: skip
        self._safe.put(DRAWER, session.key, json.dumps(told, ensure_ascii=False), until=session.until)


def same(given: str, kept: str) -> bool:
    """Whether two secrets are the same, in the same time either way."""
    return hmac.compare_digest(given.encode(), kept.encode())


def _key(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()
