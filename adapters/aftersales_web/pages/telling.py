"""讲述: what changed by a fact, in words: the path of a field, and its values as a person reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import Request

from aftersales_core import masking
from aftersales_core.audit import Change
from aftersales_core.playbooks import Playbook
from aftersales_core.rules.sight import in_full
from aftersales_core.state import Ticket
from aftersales_core.wording import Lang, listed, word
from aftersales_core.wording.paths import ZH
from aftersales_web.access.gate import Who
from aftersales_web.office import Office
from aftersales_web.pages.asking import yuan
from aftersales_web.pages.frame import lang_of
from aftersales_web.wording import said

PERSONAL: Final = {"phone": masking.phone, "customer": masking.customer, "address": masking.address, "agreed_with": masking.customer,
                   "signed_by": masking.customer}  # fmt: skip
"""Fields of a ticket that are somebody's, and how they are masked."""

_WORDS: Final = {"stage": "stage", "category": "category", "party": "party", "bearer": "party", "state": "state", "sheet": "state",
                 "outcome": "outcome", "purpose": "purpose", "means": "means", "customer_file": "customer-file", "covered": "value",
                 "service": "value", "owner": "value", "accepted_by": "signer", "refused_for": "value", "call_class": "value",
                 "unknown": "field"}  # fmt: skip
"""Field of a ticket → vocabulary of its values."""

_TITLED: Final = {"papers": "paper", "archived": "paper", "notice": "notice", "occasion": "occasion", "checks": "check"}
"""Field → what a house may have called its values itself."""

_ONE: Final = {"visits": "visit", "leftovers": "leftover order", "calls": "call", "complaints": "complaint", "lines": "line",
               "files": "file", "follow_ups": "follow-up", "told": "notice", "waits": "wait"}  # fmt: skip
"""English names of one of several."""


_PARTS: Final = {"visit": "visits", "leftover": "leftovers", "call": "calls", "complaint": "complaints"}
"""Part → the field of the ticket that has it."""


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
            return self.part(name)
        if self._lang == "zh":
            return ZH.get(name, name)
        many = at + 1 < len(names) and names[at + 1].isdigit()
        return _ONE.get(name, name.replace("_", " ")) if many else name.replace("_", " ")

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
        if (fields := getattr(found, "__struct_fields__", None)) is not None:
            parts = ((key, part) for key in fields if (part := getattr(found, key)) not in (None, (), ""))
            return ("；" if self._lang == "zh" else "; ").join(f"{self.path(key)} {self.value(key, part)}" for key, part in parts)
        if isinstance(found, tuple | list):
            return listed((self.value(path, each) for each in found), self._lang)
        if name == "digest":
            return f"{str(found)[:12]}…"
        if name in ("paid", "quoted"):
            return f"¥{yuan(int(found))}"
        if name in _WORDS:
            return word(_WORDS[name], found, self._lang)
        if name in _TITLED:
            return self._titled(_TITLED[name], str(found))
        if name == "ref":
            return self.part(str(found))
        if name in ("crew", "assigned", "approved_by", "reviewed_by", "issued_by", "by") and isinstance(found, str):
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
        """`visit:1` as `上门 1`, also where a hyphen stands in between; empty for the ticket as a whole."""
        kind, _, no = ref.replace("-", ":").partition(":")
        if not no.isdigit():
            return ref or said("ticket-whole", self._lang)
        # the words of the register of parts speak of an appointment where its visit is meant
        return self.path(f"{_PARTS[kind]}.{no}") if kind in _PARTS else f"{word('thing', kind, self._lang)} {no}"


def teller_of(request: Request, office: Office, who: Who, ticket: Ticket, *, full: bool | None = None) -> Teller:
    """Who tells a ticket's changes to whoever looks at it.

    Args:
        full: show personal data; as the reader's role may, unless given.
    """
    about = {"customer": ticket.customer, "phone": ticket.phone, "address": ticket.address}
    shown = in_full(who.viewer, office.desk.playbook) if full is None else full
    names = office.accounts.names()
    return Teller(office.desk.playbook_of(ticket), lang_of(request), full=shown, person=lambda actor: names.get(actor, actor), about=about)
