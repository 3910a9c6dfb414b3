"""讲述: what changed by a fact, in words: the path of a field, and its values as a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from aftersales_core import masking
from aftersales_core.audit import Change
from aftersales_core.playbooks import Playbook
from aftersales_core.wording import Lang, listed, word
from aftersales_core.wording.paths import ZH
from aftersales_web.wording import said

PERSONAL: Final = {"phone": masking.phone, "customer": masking.customer, "address": masking.address, "agreed_with": masking.customer,
                   "signed_by": masking.customer}  # fmt: skip
"""Fields of a ticket that are somebody's, and how they are masked."""

_WORDS: Final = {"stage": "stage", "category": "category", "party": "party", "bearer": "party", "state": "state", "sheet": "state",
                 "outcome": "outcome", "purpose": "purpose", "means": "means", "customer_file": "customer-file"}  # fmt: skip


class Told(NamedTuple):
    """A change in words."""

    what: str
    old: str
    new: str


class Teller:
    """Tells changes to one reader: in his language, and masked where he may not see personal data in full."""

    def __init__(self, book: Playbook, lang: Lang, *, full: bool, person: Callable[[str], str], about: dict[str, str | None]) -> None:
        """
        Args:
            person: account → name.
            about: the ticket's own personal data, to be found in free text too.
        """
        self._book, self._lang, self._full, self._person = book, lang, full, person
        self._about = about
        self._zone = ZoneInfo(book.timezone)

    def told(self, changes: Iterable[Change]) -> list[Told]:
        """Each change in words."""
        return [Told(self.path(c.path), self.value(c.path, c.old), self.value(c.path, c.new)) for c in changes]

    def path(self, path: str) -> str:
        """`visits.2.slip.state` as `上门 2 · 反馈单 · 状态`."""
        names = path.split(".")
        return " · ".join(filter(None, (self._step(names, at) for at in range(len(names))))).replace(" · #", " ")

    def _step(self, names: list[str], at: int) -> str:
        name = names[at]
        if name.isdigit():
            return f"#{name}"
        if at == 1 and names[0] in ("custom", "papers"):
            return self._titled("custom" if names[0] == "custom" else "paper", name)
        if ":" in name:
            kind, _, no = name.partition(":")
            return f"{word('thing', kind, self._lang)} {no}"
        return ZH.get(name, name) if self._lang == "zh" else name.replace("_", " ")

    def value(self, path: str, found: Any) -> str:
        """A value as a person reads it."""
        name = path.rpartition(".")[2]
        if found is None or found == "" or found == ():
            return "—"
        if isinstance(found, bool):
            return word("answer", "yes" if found else "no", self._lang)
        if isinstance(found, datetime):
            return f"{found.astimezone(self._zone):%Y-%m-%d %H:%M}"
        if isinstance(found, date):
            return found.isoformat()
        if hasattr(found, "_asdict"):
            parts = ((key, part) for key, part in found._asdict().items() if part not in (None, (), ""))
            return ("；" if self._lang == "zh" else "; ").join(f"{self.path(key)} {self.value(key, part)}" for key, part in parts)
        if isinstance(found, tuple | list):
            return listed((self.value(path, each) for each in found), self._lang)
        if name == "digest":
            return f"{str(found)[:12]}…"
        if name in ("paid", "quoted"):
            return f"¥{int(found) / 100:.2f}"
        if name in _WORDS:
            return word(_WORDS[name], found, self._lang)
        if name in ("crew", "approved_by", "reviewed_by", "issued_by", "by") and isinstance(found, str):
            return self._person(found)
        return self.text(str(found), name)

    def text(self, text: str, name: str = "") -> str:
        """Somebody's words, with personal data masked where it has to be."""
        if self._full:
            return text
        if name in PERSONAL:
            return PERSONAL[name](text)
        masked = masking.personal({"text": text}, about=self._about)
        return str(masked["text"])

    def _titled(self, kind: str, name: str) -> str:
        title = self._book.titles.get(f"{kind}:{name}")
        return str(getattr(title, self._lang)) if title is not None else word(kind, name, self._lang)

    def part(self, ref: str) -> str:
        """`visit:1` as `上门 1`; empty for the ticket as a whole."""
        kind, _, no = ref.partition(":")
        return f"{word('thing', kind, self._lang)} {no}" if no else ref or said("ticket-whole", self._lang)
