"""制度: a company's rules and figures as versioned data, each entry with its clauses."""

from aftersales_core.playbooks.load import Vocabulary, clauses, lint, load, preset_text
from aftersales_core.playbooks.model import (
    Calendar,
    Clause,
    ClockRule,
    Duty,
    Guard,
    Paper,
    Playbook,
    Required,
    Setting,
)

__all__ = [
    "Calendar",
    "Clause",
    "ClockRule",
    "Duty",
    "Guard",
    "Paper",
    "Playbook",
    "Required",
    "Setting",
    "Vocabulary",
    "clauses",
    "lint",
    "load",
    "preset_text",
]
