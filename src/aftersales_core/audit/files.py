"""附件核验: whether the files that facts name are there and whole, and which files no fact names.

A file that was removed on purpose is no finding: the fact stays and says that there was one. A file that no fact names
is none either; it was put and never attached, or it belongs to another ledger. It is listed and left where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pydantic_core import from_json

from aftersales_core.audit.verify import Finding
from aftersales_core.codec import Row, split
from aftersales_core.errors import BadInput, FileAltered, StoreUnusable, UnknownFile
from aftersales_core.ports import FileStore


class Naming(NamedTuple):
    """Where a fact names a file."""

    ticket: str
    version: int
    position: int


@dataclass(slots=True)
class FilesReport:
    """What a check of files saw so far; complete once it is used up.

    Attributes:
        named: files that facts name; `whole` and `removed` ones are among them.
        orphans: digests of files that no fact names.
    """

    named: int = 0
    whole: int = 0
    removed: int = 0
    orphans: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        return not self.findings


def named_files(rows: Iterable[Row]) -> dict[str, list[Naming]]:
    """Every digest that facts name in a field `digest`, with the facts that do.

    A row that cannot be read names nothing; finding it is what `verify` is for.
    """
    found: dict[str, list[Naming]] = {}
    for ticket, version, _kind, state, position in rows:
        try:
            _digest, _head, body = split(state)
            digests = dict.fromkeys(_digests(from_json(body))) if b'"digest"' in body else ()
        except ValueError:
            continue
        for digest in digests:
            found.setdefault(digest, []).append(Naming(ticket, version, position))
    return found


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        # a correction names its field beside the values before and after
        keys = ("old", "new") if value.get("field") == "digest" else ("digest",)
        yield from (value[key] for key in keys if isinstance(value.get(key), str))
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _digests(each)


def verify_files(
    rows: Iterable[Row], store: FileStore, report: FilesReport, progress: Callable[[int, int], None] | None = None
) -> Iterator[Finding]:
    """Read every file that *rows* name and yield what is wrong as it is found.

    Args:
        report: counts up meanwhile; read it when, or before, the findings are used up.
        progress: called with (files read, files to read).
    """
    # before the rows are read: what is put and attached meanwhile must not look like an orphan
    there = list(store.digests())
    named = named_files(rows)
    report.named = len(named)
    report.orphans = [digest for digest in there if digest not in named]

    def bad(code: str, digest: str, **facts: Any) -> list[Finding]:
        made = [
            Finding(n.ticket, n.version, n.position, code, {**facts, "ticket": n.ticket, "version": n.version, "digest": digest})
            for n in named.get(digest, [Naming("", 0, 0)])
        ]
        report.findings += made
        return made

    for done, digest in enumerate(sorted(named), 1):
        try:
            store.open(digest).close()
            report.whole += 1
        except (UnknownFile, BadInput) as problem:
            # what is no digest at all, in a row that somebody changed, names nothing that could be there
            if problem.code == "file-removed":
                report.removed += 1
            else:
                yield from bad("file-lost", digest)
        except FileAltered:
            yield from bad("file-spoilt", digest)
        except StoreUnusable as problem:
            yield from bad("file-unreadable", digest, reason=problem.facts.get("reason", problem.code))
        if progress is not None:
            progress(done, len(named))
    for digest in there:
        if _removed(store, digest):
            yield from bad("file-not-erased", digest)


def _removed(store: FileStore, digest: str) -> bool:
    """Whether the file was removed on purpose; only what is not to be had any more is looked into."""
    try:
        if not store.has(digest):
            store.open(digest).close()
    except UnknownFile as problem:
        return problem.code == "file-removed"
    except (FileAltered, StoreUnusable):
        # told already where a fact names it
        pass
    return False
