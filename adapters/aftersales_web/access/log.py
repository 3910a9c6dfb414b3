"""进出记录: sign-ins, accounts, tokens, what was unmasked and carried out: facts in the ledger's log of accesses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from secrets import token_urlsafe
from threading import Lock
from typing import Any
from zoneinfo import ZoneInfo

from aftersales_core import Desk


class AccessLog:
    """Writes facts about access, one a call."""

    def __init__(self, desk: Desk, now: Callable[[], datetime]) -> None:
        self._desk = desk
        self._now = now
        self._lock = Lock()
        self._noted: tuple[date, set[tuple[object, ...]]] = (date.min, set())

    def note(self, command: str, actor: str, role: str, **said: Any) -> None:
        """Record that *actor* did it, e.g. `note("sign-in", "li-na", "cs_specialist", account="li-na")`.

        What is done afterwards may rely on the fact being on the disk.
        """
        told = {name: value for name, value in said.items() if value is not None}
        self._desk.handle({
            "command": command, "command_id": f"acc-{token_urlsafe(12)}", "occurred_at": self._now(),
            "actor": actor, "role": role, "channel": "web", **told,
        })  # fmt: skip

    def note_daily(self, mark: str, command: str, actor: str, role: str, **said: Any) -> None:
        """The same, once a day for each *mark* and what is said; again after the program was started anew."""
        today = self._now().astimezone(ZoneInfo(self._desk.playbook.timezone)).date()
        told = (mark, command, *sorted(said.items()))
        with self._lock:
            if self._noted[0] != today:
                self._noted = today, set()
            if told in self._noted[1]:
                return
            self._noted[1].add(told)
        try:
            self.note(command, actor, role, **said)
        except BaseException:
            with self._lock:
                self._noted[1].discard(told)
            raise
