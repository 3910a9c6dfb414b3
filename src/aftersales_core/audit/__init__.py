"""审计: telling a history step by step, proving it whole, carrying it away."""

from aftersales_core.audit.checkpoints import Checkpoint, Compared, checkpoint, compare, read_checkpoint
from aftersales_core.audit.export import ExportLine, export_line, read_export
from aftersales_core.audit.files import FilesReport, named_files, verify_files
from aftersales_core.audit.notes import Signer, Verifier, opened, signed
from aftersales_core.audit.proofs import Proven, check, prove
from aftersales_core.audit.rejudge import Judged, Rejudged, alike, rejudge
from aftersales_core.audit.story import Change, Step, changes, clauses_of, story
from aftersales_core.audit.verify import Finding, Report, verify
from aftersales_core.codec import Row

__all__ = [
    "Change",
    "Checkpoint",
    "Compared",
    "ExportLine",
    "FilesReport",
    "Finding",
    "Judged",
    "Proven",
    "Rejudged",
    "Report",
    "Row",
    "Signer",
    "Step",
    "Verifier",
    "alike",
    "changes",
    "check",
    "checkpoint",
    "clauses_of",
    "compare",
    "export_line",
    "named_files",
    "opened",
    "prove",
    "read_checkpoint",
    "read_export",
    "rejudge",
    "signed",
    "story",
    "verify",
    "verify_files",
]
