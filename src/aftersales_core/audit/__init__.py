"""审计: telling a history step by step, proving it whole, carrying it away."""

from aftersales_core.audit.export import ExportLine, export_line, read_export
from aftersales_core.audit.files import FilesReport, named_files, verify_files
from aftersales_core.audit.story import Change, Step, changes, clauses_of, story
from aftersales_core.audit.verify import Finding, Report, verify
from aftersales_core.codec import Row

__all__ = [
    "Change",
    "ExportLine",
    "FilesReport",
    "Finding",
    "Report",
    "Row",
    "Step",
    "changes",
    "clauses_of",
    "export_line",
    "named_files",
    "read_export",
    "story",
    "verify",
    "verify_files",
]
