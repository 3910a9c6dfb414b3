"""口令: passwords hashed with scrypt; a hash says how it was made, so that the cost can be raised later."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64decode, b64encode
from functools import cache
from secrets import choice, token_bytes
from typing import Final

SHORTEST: Final = 10
"""Characters a password has at least."""

LONGEST: Final = 200
"""More is not hashed: a long one only costs us time."""

_COST: Final = (2**14, 8, 1)
"""n, r, p: 16 MiB and some 40 ms."""

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def hashed(password: str) -> str:
    """`scrypt$n$r$p$salt$hash` of a password."""
    n, r, p = _COST
    salt = token_bytes(16)
    return f"scrypt${n}${r}${p}${_text(salt)}${_text(_derived(password, salt, n, r, p))}"


def fits(password: str, kept: str) -> bool:
    """Whether *password* is the one *kept* was made of; takes the same time for each."""
    if len(password) > LONGEST:
        return False
    _kind, n, r, p, salt, found = kept.split("$")
    return hmac.compare_digest(_derived(password, b64decode(salt), int(n), int(r), int(p)), b64decode(found))


@cache
def nobodys() -> str:
    """Compared with where there is no account, so that this takes as long as where there is one."""
    return hashed("nobody has this password")


def one_time() -> str:
    """A password to be read aloud once and changed: sixteen letters and digits that are not mistaken for each other."""
    return "-".join("".join(choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _derived(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=64 * 2**20, dklen=32)


def _text(some: bytes) -> str:
    return b64encode(some).decode()
