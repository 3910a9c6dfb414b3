"""账号: who works here: name, roles, branches, and a hashed password. Kept in the safe; what is done to one is a fact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from time import monotonic
from typing import Final

from aftersales_core.ports import Safe

DRAWER: Final = "account"

REMEMBERED: Final = 60
"""Seconds for which names are not asked for again; rights are asked for every time."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    Attributes:
        id: signed in with, and the actor of what is done; `name` is what people call him.
        roles: of the playbook, in the order they are offered.
        branches: whose tickets he sees; all of them where empty.
        admin: may open accounts and read the log of accesses; it gives no duty of the playbook.
        password: hashed; empty where none was set.
        one_time: the password has to be changed before anything else.
        disabled: may not sign in, and whatever he has open is closed.
        version: of the record in the safe, to change it at.
    """

    id: str
    name: str
    roles: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()
    admin: bool = False
    password: str = ""
    one_time: bool = False
    disabled: bool = False
    version: int = 0


class Accounts:
    """The accounts of an office."""

    def __init__(self, safe: Safe) -> None:
        self._safe = safe
        self._names: tuple[float, dict[str, str]] = (0.0, {})

    def find(self, account: str) -> Account | None:
        """The account of that id, None where there is none."""
        kept = self._safe.get(DRAWER, account)
        return None if kept is None else _read(account, kept.value, kept.version)

    def all(self) -> Iterator[Account]:
        """Every account, in order of their ids."""
        for account, kept in self._safe.all(DRAWER):
            yield _read(account, kept.value, kept.version)

    def names(self) -> dict[str, str]:
        """Account → what people call him; as it was within the last minute, also where another process changed it."""
        read, names = self._names
        if not names or monotonic() - read > REMEMBERED:
            names = {account.id: account.name for account in self.all()}
            self._names = monotonic(), names
        return names

    def put(self, account: Account) -> Account | None:
        """Keep *account* where it is still as it was read (new where its version is 0); None where somebody was quicker."""
        told = {name: value for name, value in asdict(account).items() if name not in ("id", "version")}
        self._names = 0.0, {}
        version = self._safe.put(DRAWER, account.id, json.dumps(told, ensure_ascii=False), expect=account.version)
        return None if version is None else replace(account, version=version)


def _read(account: str, value: str, version: int) -> Account:
    told = json.loads(value)
    told["roles"], told["branches"] = tuple(told["roles"]), tuple(told["branches"])
    return Account(id=account, version=version, **told)
