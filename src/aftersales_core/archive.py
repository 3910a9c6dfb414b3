"""档案: proving what is stored, carrying it away and bringing it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aftersales_core.audit import Finding, Report, Row, export_line, read_export, verify
from aftersales_core.audit.files import FilesReport, verify_files
from aftersales_core.errors import BadInput, UnknownTicket
from aftersales_core.ledger import Conflict, Ledger
from aftersales_core.ports import FileStore


class Archive:
    """The part of a desk that looks at rows as they are stored."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @property
    def files(self) -> FileStore:
        """Where photos, signatures and documents are kept."""
        raise NotImplementedError

    def verify(self, report: Report, ticket: str | None = None) -> Iterator[Finding]:
        """Check everything stored, or one ticket; findings as they are found, counts in *report*."""
        return verify(self.rows(ticket), report)

    def verify_files(
        self, report: FilesReport, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[Finding]:
        """Read every file that facts name; findings as they are found, counts and files nobody names in *report*.

        Args:
            progress: called with (files read, files to read).
        """
        return verify_files(self.rows(), self.files, report, progress)

    def rows(self, ticket: str | None = None) -> Iterator[Row]:
        """Stored rows as they are, in order of (ticket, version)."""
        if ticket is None:
            return self.ledger.recorder.scan()
        found = self.ledger.recorder.rows(ticket)
        if not found:
            raise UnknownTicket("unknown-ticket", ticket=ticket)
        return iter(found)

    def export(self) -> Iterator[str]:
        """The whole ledger in the order it was written, one JSON line a fact."""
        return map(export_line, self.ledger.raw())

    def import_(self, lines: Iterator[str]) -> int:
        """Write the lines of an export into this empty ledger, all or none; how many facts.

        Raises:
            BadInput: a line is wrong, or the ledger is not empty; nothing was written.
        """
        if found := self.ledger.count():
            raise BadInput("store-not-empty", found=found)
        try:
            return self.ledger.restore(read_export(lines))
        except Conflict as problem:
            raise BadInput("bad-export", line=0, reason=str(problem)) from None
