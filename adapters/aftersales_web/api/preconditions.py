"""前提: what a request's headers ask for: a version it is meant for, an id under which it is given once."""

from __future__ import annotations

import re
from typing import Annotated, Final, NamedTuple, TypeAlias

from fastapi import Header

from aftersales_web.problems import WebError

_ID: Final = re.compile(r"[\w][\w.:@/#-]{0,79}")
"""What `values.Id` takes; the header is looked at by us, so that what is wrong is said of the header."""

_TAG: Final = re.compile(r'\s*(?:(W/)?"([0-9]{1,9})"|([0-9]{1,9}))\s*(?:,|$)', re.ASCII)
"""A version as an entity tag; without its quotation marks it is as clear."""

IfMatch: TypeAlias = Annotated[str | None, Header(
    alias="If-Match", description='The version the command is meant for, as `ETag` said it: `"6"`. `*`: any version.',
    examples=['"6"'],
)]  # fmt: skip

IfNoneMatch: TypeAlias = Annotated[str | None, Header(
    alias="If-None-Match", description='Answer only where the ticket is not at this version any more: `"6"`; else 304.',
)]  # fmt: skip

IfNone: TypeAlias = Annotated[str | None, Header(
    alias="If-None-Match", description="`*`: only where there is no such ticket yet, else 412.", examples=["*"],
)]  # fmt: skip

Key: TypeAlias = Annotated[str | None, Header(
    alias="Idempotency-Key",
    description="The id of the command, chosen by the sender and never used for another: the same request again gets its first answer. "
    "Bare or in quotation marks.", examples=["4f7c2a90-call-back"],
)]  # fmt: skip


class Expected(NamedTuple):
    """What `If-Match` says: any version, or one of some."""

    any: bool
    versions: frozenset[int]

    def at(self, version: int) -> int | None:
        """The version to be expected of a ticket that is at *version* now; None for any."""
        if self.any:
            return None
        # none of them: whichever is expected is not found, and the answer says what is
        return version if version in self.versions or not self.versions else max(self.versions)


def expected(if_match: str | None) -> Expected | None:
    """What `If-Match` says; None where it is not sent. Raises WebError `bad-if-match`."""
    if if_match is None:
        return None
    if if_match.strip() == "*":
        return Expected(True, frozenset())
    versions = set()
    at = 0
    while at < len(if_match):
        found = _TAG.match(if_match, at)
        if found is None:
            raise WebError("bad-if-match", 400, value=if_match[:80])
        # a weak tag is never good enough to write by (RFC 9110, 13.1.1); no version is below 0, so it is not found
        versions.add(-1 if found[1] else int(found[2] or found[3]))
        at = found.end()
    if not versions:
        raise WebError("bad-if-match", 400, value=if_match[:80])
    return Expected(False, frozenset(versions))


def unchanged(if_none_match: str | None, version: int) -> bool:
    """Whether whoever asks has the ticket as it is."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or etag(version) in (each.strip().removeprefix("W/") for each in if_none_match.split(","))


def key_of(header: str | None) -> str:
    """The id of a command. Raises WebError `key-missing`, `bad-key`."""
    if header is None or not header.strip():
        raise WebError("key-missing", 400)
    key = header.strip()
    if len(key) > 1 and key[0] == key[-1] == '"':
        key = key[1:-1]
    if _ID.fullmatch(key) is None:
        raise WebError("bad-key", 400, value=key[:80])
    return key


def etag(version: int) -> str:
    """A version as a strong entity tag."""
    return f'"{version}"'
