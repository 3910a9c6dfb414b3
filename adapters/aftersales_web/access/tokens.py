"""令牌: what other programs sign in with: random, shown once, kept as a digest, with scopes and an end."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from secrets import token_hex, token_urlsafe
from typing import Final

from aftersales_core.ports import Safe

DRAWER: Final = "token"

SCOPES: Final = ("read", "write", "export")
"""read: look; write: give commands; export: registers and the feed of all facts."""

MARK: Final = "ast_"
"""What a token begins with, so that it is known for one wherever it turns up."""


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept; the token itself is not.

    Attributes:
        id: public name, in facts and lists.
        account: whose rights it has, at most; `role`: in which role it acts.
        scopes: of `SCOPES`.
        until: when it ends; None where it does not.
    """

    key: str
    id: str
    account: str
    role: str
    scopes: tuple[str, ...]
    about: str
    made: datetime
    until: datetime | None = None


class Tokens:
    """The tokens of an office."""

    def __init__(self, safe: Safe, now: Callable[[], datetime]) -> None:
        self._safe = safe
        self._now = now

    def issue(
        self, account: str, role: str, scopes: tuple[str, ...], about: str, until: datetime | None = None
    ) -> tuple[str, Token]:
        """A new token, shown this once, and what is kept of it."""
        secret = MARK + token_urlsafe(32)
        token = Token(_key(secret), token_hex(6), account, role, scopes, about, self._now(), until)
        told = {
            "id": token.id, "account": account, "role": role, "scopes": list(scopes), "about": about,
            "made": token.made.isoformat(),
        }  # fmt: skip
        self._safe.put(DRAWER, token.key, json.dumps(told, ensure_ascii=False), expect=0, until=until)
        return secret, token

    def find(self, secret: str) -> Token | None:
        """What a token stands for; None where it is over, revoked, or never was one."""
        kept = self._safe.get(DRAWER, _key(secret)) if secret.startswith(MARK) else None
        if kept is None or (kept.until is not None and kept.until <= self._now()):
            return None
        return _read(_key(secret), kept.value, kept.until)

    def all(self) -> Iterator[Token]:
        """Every token, those that are over too."""
        for key, kept in self._safe.all(DRAWER):
            yield _read(key, kept.value, kept.until)

    def revoke(self, token: str) -> Token | None:
        """End the token of that public id; None where there is none."""
        for found in self.all():
            if found.id == token:
                self._safe.remove(DRAWER, found.key)
                return found
        return None


def _read(key: str, value: str, until: datetime | None) -> Token:
    told = json.loads(value)
    made = datetime.fromisoformat(told.pop("made"))
    return Token(key=key, made=made, until=until, **{**told, "scopes": tuple(told["scopes"])})


def _key(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
