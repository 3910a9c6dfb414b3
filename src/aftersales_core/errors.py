"""差错: everything raised on purpose, in one tree.

AftersalesError
├── Refused            a rule says no: code, clauses, what is missing, what would make it legal
├── BadInput           the door says no: field, value, remedy               (ValueError)
├── UnknownTicket      no facts under this number                            (LookupError)
├── StaleTicket        somebody else wrote first
├── CommandReused      a command id that already answered another command
├── StoreUnusable      the database cannot be opened or written              (OSError-like)
├── StoredFactUnreadable  a stored row that today's code cannot read
├── UnknownFile        no file under this digest, or none any more          (LookupError)
├── FileAltered        what is under a digest is not what was put there
├── PlaybookUnsound    a playbook with gaps, overlaps or dead ends           (ValueError)
└── NoAdapter          no adapter installed for this kind of URL             (LookupError)

Every error is `Error(code, **facts)`: the code and facts are the interface, the sentence is made by
`aftersales_core.wording` in the reader's language, and `str(error)` is the English one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aftersales_core import wording


class AftersalesError(Exception):
    """The root: a *code* that is API, and the *facts* of the case."""

    def __init__(self, code: str, facts: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        self.code = code
        self.facts: dict[str, Any] = {**(facts or {}), **more}
        super().__init__(code, self.facts)

    def __str__(self) -> str:
        return self.sentence("en")

    def sentence(self, lang: wording.Lang) -> str:
        """What a person reads, in Chinese (`zh`) or English (`en`)."""
        return wording.sentence(self.code, self.facts, lang)


class Refused(AftersalesError):
    """A rule of the playbook or of the legal moves does not allow the command.

    Attributes:
        clauses: ids of the clauses of the process documents that say so, e.g. `("L-14",)`.
        missing: what is not there yet, as `kind:name` words such as `paper:install-repair-slip`.
        remedies: commands that would make it legal, e.g. `("prepare-papers",)`.
    """

    @property
    def clauses(self) -> tuple[str, ...]:
        return tuple(self.facts.get("clauses", ()))

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(self.facts.get("missing", ()))

    @property
    def remedies(self) -> tuple[str, ...]:
        return tuple(self.facts.get("remedies", ()))


class BadInput(AftersalesError, ValueError):
    """Something that cannot be a command: names the field, the value and the remedy."""


class UnknownTicket(AftersalesError, LookupError):
    """No fact was ever recorded under this ticket number."""


class StaleTicket(AftersalesError):
    """The ticket moved on between reading and writing, more often than was worth retrying."""


class CommandReused(AftersalesError):
    """A command id that was already answered, for a different command."""


class StoreUnusable(AftersalesError):
    """The database is not ours, newer than this program, read-only, full, locked or unreachable."""


class StoredFactUnreadable(AftersalesError):
    """A stored row of an unknown kind or shape; nothing is guessed and nothing is imported."""


class UnknownFile(AftersalesError, LookupError):
    """No file is kept under this digest: there never was one, or it was removed on purpose."""


class FileAltered(AftersalesError):
    """What is kept under a digest is not what was put there: the bytes do not fit, or it is no file of ours."""


class PlaybookUnsound(AftersalesError, ValueError):
    """A playbook that does not load; `facts["problems"]` lists every finding."""


class NoAdapter(AftersalesError, LookupError):
    """No installed adapter serves this kind of URL."""
