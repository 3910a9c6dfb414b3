"""档案: proving what is stored, carrying it away and bringing it back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter

from aftersales_core.audit import Finding, Report, Row, export_line, read_export, verify
from aftersales_core.audit.checkpoints import Checkpoint, Compared, checkpoint, compare
from aftersales_core.audit.files import FilesReport, verify_files
from aftersales_core.audit.proofs import prove
from aftersales_core.audit.rejudge import Judged, Rejudged, rejudge
from aftersales_core.codec import decode
from aftersales_core.errors import BadInput, UnknownTicket
from aftersales_core.ledger import Conflict, Ledger, NotEmpty
from aftersales_core.playbooks import Playbook
from aftersales_core.ports import FileStore
from aftersales_core.sharing import verify_shared
from aftersales_core.state import Ticket, is_log
from aftersales_core.wording import sentence


class Archive:
    """The part of a desk that looks at rows as they are stored."""

    url: str | None = None
    """Where others can open the same ledger; None where nobody can."""

    _clock: Callable[[], datetime]

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    @property
    def files(self) -> FileStore:
        """Where photos, signatures and documents are kept."""
        raise NotImplementedError

    def verify(
        self,
        report: Report,
        ticket: str | None = None,
        *,
        processes: int = 1,
        progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[Finding]:
        """Check everything stored, or one ticket; findings as they are found, counts in *report*.

        Args:
            processes: so many at once, where there are enough facts for them; what is found is the same. See `sharing`
                for what the calling program has to look to. A ledger in memory is checked in this one.
            progress: called with (facts seen, facts there are) now and then; not for one ticket.

        Raises:
            StoreUnusable: a process cannot open the ledger, or ended before it was done.
        """
        if processes < 1:
            raise BadInput("bad-value", field="processes", value=processes, reason="at least one has to do it")
        if ticket is not None:
            return verify(self.rows(ticket), report)
        return verify_shared(self.ledger, self.url or "", report, processes if self.url else 1, progress)

    def rejudge(
        self,
        report: Rejudged,
        ticket: str | None = None,
        *,
        under: Playbook | None = None,
        since: datetime | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Iterator[Judged]:
        """Judge every decision again, each on what was recorded by then; those that do not come out as they did, as they are found.

        Args:
            under: by these rules; by those they were made under, unless given.
            since: only decisions about what happened from then on.
            progress: called with (facts seen, facts there are) now and then; not for one ticket.

        Raises:
            PlaybookUnsound: an edition is not loaded.
            StoredFactUnreadable: see `verify`.
        """
        total, seen = self.ledger.count() if progress is not None else 0, 0
        for number, rows in groupby(self.rows(ticket), key=itemgetter(0)):
            history = [decode(*row) for row in rows]
            if not is_log(number):
                # a ticket keeps the edition it was opened under
                book = under or self.playbook_of(Ticket(number, playbook=history[0].envelope.playbook))
                yield from rejudge(number, history, book, report, since)
            if progress is not None and ticket is None:
                progress(seen := seen + len(history), total)

    def playbook_of(self, ticket: Ticket) -> Playbook:
        """The edition *ticket* was opened under and keeps. Raises PlaybookUnsound where it is not loaded."""
        raise NotImplementedError

    def verify_files(
        self, report: FilesReport, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[Finding]:
        """Read every file that facts name; findings as they are found, counts and files nobody names in *report*.

        Args:
            progress: called with (files read, files to read).
        """
        return verify_files(self.rows(), self.files, report, progress)

    def checkpoint(self, origin: str, progress: Callable[[int, int], None] | None = None) -> Checkpoint:
        """What holds the ledger to what it is now; its `text`, signed or not, is to be kept where nobody who writes here can.

        Args:
            origin: whose ledger, e.g. `dealer.example/after-sales`.
            progress: called with (facts seen, facts there are) now and then.

        Raises:
            BadInput: `bad-origin`, it is no single line of text.
            StoredFactUnreadable: a row is not ours; see `verify`.
        """
        return checkpoint(self._written(progress), origin, self._clock())

    def compare(
        self, checkpoints: Sequence[Checkpoint], progress: Callable[[int, int], None] | None = None
    ) -> list[Compared]:
        """Whether the ledger began as each of *checkpoints* says, in order of their size."""
        return list(compare(self._written(progress), checkpoints))

    def prove(self, ticket: str, note: str, progress: Callable[[int, int], None] | None = None) -> Iterator[str]:
        """The facts that *ticket* had at a checkpoint, as lines to carry away, with what shows that there were no others.

        Like an export it is evidence, and nothing in it is masked. `audit.check` reads it, without any ledger.

        Raises:
            BadInput: `bad-checkpoint`, or `checkpoint-not-ours`.
            UnknownTicket: it had none.
        """
        return prove(self._written(progress), ticket, list(self.rows(ticket)), note)

    def _written(self, progress: Callable[[int, int], None] | None) -> Iterator[Row]:
        """Every row in the order it was written."""
        total = self.ledger.count() if progress is not None else 0
        for at, row in enumerate(self.ledger.raw(), 1):
            yield row
            if progress is not None and at % 1000 == 0:
                progress(at, total)

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

    def import_(self, lines: Iterable[str], *, as_is: bool = False) -> int:
        """Write the lines of an export into this empty ledger, all or none; how many facts.

        They are proved like everything stored before any of them stands (see `verify`), and consumed as they are written.

        Args:
            as_is: take also what is not sound, as long as every line fits its digest; for moving what is already so.

        Raises:
            BadInput: `bad-export` with the line, `export-unsound` with the first finding, `export-twice`, or
                `store-not-empty`; nothing was written.
        """
        try:
            return self.ledger.fill(read_export(lines), _unchecked if as_is else _proved)
        except NotEmpty:
            raise BadInput("store-not-empty", found=self.ledger.count()) from None
        except Conflict:
            raise BadInput("export-twice") from None


def _unchecked(_rows: Iterator[Row]) -> None:
    pass


def _proved(rows: Iterator[Row]) -> None:
    """Raises BadInput for the first finding."""
    for finding in verify(rows, Report()):
        code, facts = finding.code, finding.facts
        reason = {"zh": sentence(code, facts, "zh"), "en": sentence(code, facts, "en")}
        raise BadInput("export-unsound", ticket=finding.ticket, version=finding.version, finding=code, reason=reason)
