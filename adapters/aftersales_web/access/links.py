"""客户链接: signed links with which somebody without an account follows one ticket: nothing to guess, an end, and a way to end all at once.

A link names purpose, ticket, epoch and end, and proves that we wrote it: HMAC-SHA256 with a key that lies in the safe. What
it names is no secret and no personal data; what counts is that nobody else can write one. The epoch of a ticket is in the
safe too: counted up, it ends every link that was made before.
"""

from __future__ import annotations

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_bytes
from typing import Final

from aftersales_core.ports import Safe
from aftersales_web.problems import WebError

DRAWER: Final = "link"
KEYS: Final = "key"

DAYS: Final = 60
"""How long a link is good unless something else is said."""

LONGEST: Final = 180

_LENGTH: Final = 400
"""A longer one was not written by us and is not looked at."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a link stands for."""

    ticket: str
    purpose: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Epoch:
    """How links to a ticket stand: the number that counts now, and until when the last one made is good."""

    no: int = 0
    expires: datetime | None = None
    version: int = 0


class Links:
    """The links of an office."""

    def __init__(self, safe: Safe, now: Callable[[], datetime]) -> None:
        self._safe = safe
        self._now = now
        self._key = b""

    def issue(self, ticket: str, purpose: str, days: int = DAYS) -> tuple[str, Link]:
        """A new link to *ticket*, and what it stands for; those made before stay good."""
        expires = (self._now() + timedelta(days=days)).replace(microsecond=0)
        epoch = self._moved(ticket, purpose, lambda was: Epoch(max(1, was.no), max(expires, was.expires or expires)))
        told = "\n".join((purpose, str(epoch.no), str(int(expires.timestamp())), ticket)).encode()
        return f"{_text(told)}.{self._mac('link', told)}", Link(ticket, purpose, expires)

    def revoke(self, ticket: str, purpose: str) -> None:
        """End every link to *ticket* that was made until now."""
        self._moved(ticket, purpose, lambda was: Epoch(was.no + 1))

    def standing(self, ticket: str, purpose: str) -> Epoch:
        """How links to *ticket* stand; no 0 where none was ever made, no end where none is good."""
        kept = self._safe.get(DRAWER, f"{purpose}/{ticket}")
        if kept is None:
            return Epoch()
        told = json.loads(kept.value)
        return Epoch(told["no"], datetime.fromisoformat(told["expires"]) if told["expires"] else None, kept.version)

    def read(self, token: str, purpose: str) -> Link:
        """What a link stands for. Raises WebError: `link-wrong` for one we did not write, `link-over` for one that is good no longer."""
        body, _, mac = token.partition(".")
        if len(token) > _LENGTH or not mac:
            raise WebError("link-wrong", 404)
        try:
            told = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        except (Error, ValueError):
            raise WebError("link-wrong", 404) from None
        # another spelling of the same bytes is not what was written
        if not hmac.compare_digest(mac.encode(), self._mac("link", told).encode()) or _text(told) != body:
            raise WebError("link-wrong", 404)
        meant, epoch, expires, ticket = told.decode().split("\n")
        if meant != purpose:
            raise WebError("link-wrong", 404)
        until = datetime.fromtimestamp(int(expires), UTC)
        if until <= self._now() or int(epoch) != self.standing(ticket, purpose).no:
            raise WebError("link-over", 410)
        return Link(ticket, meant, until)

    def seal(self, token: str) -> str:
        """What a form on the page of a link has to bring back."""
        return self._mac("form", token.encode())

    def _moved(self, ticket: str, purpose: str, change: Callable[[Epoch], Epoch]) -> Epoch:
        while True:
            was = self.standing(ticket, purpose)
            new = change(was)
            told = json.dumps({"no": new.no, "expires": new.expires.isoformat() if new.expires else None})
            if self._safe.put(DRAWER, f"{purpose}/{ticket}", told, expect=was.version) is not None:
                return new

    def _mac(self, what: str, told: bytes) -> str:
        if not self._key:
            self._safe.put(KEYS, "links", token_bytes(32).hex(), expect=0)
            kept = self._safe.get(KEYS, "links")
            assert kept is not None
            self._key = bytes.fromhex(kept.value)
        # half of the digest is as long as the key of AES, and the address is shorter by as much
        return hmac.new(self._key, what.encode() + b"\n" + told, sha256).hexdigest()[:32]


def _text(told: bytes) -> str:
    return urlsafe_b64encode(told).decode().rstrip("=")
