"""规则: what may happen. `decide` turns a command into facts or refuses; `legal_moves` says what could be done.

The order of the questions is always the same: does the role hold the duty, are the required fields there, does the
ticket stand where this is legal, does the part of it that is meant (visit, slip, line, sheet, complaint) allow it,
are the guards of the playbook satisfied. Only then is anything decided.
"""

from __future__ import annotations

from aftersales_core.rules._base import Command, Refusal
from aftersales_core.rules.decision import LegalMove, decide, legal_moves, refusals
from aftersales_core.rules.vocabulary import (
    COMMANDS,
    EVERY_COMMAND,
    AnyCommand,
    LogCommand,
    TicketCommand,
    command_adapter,
    load_playbook,
    parse_command,
    preset,
    reading,
)

__all__ = [
    "COMMANDS",
    "EVERY_COMMAND",
    "AnyCommand",
    "Command",
    "LegalMove",
    "LogCommand",
    "Refusal",
    "TicketCommand",
    "command_adapter",
    "decide",
    "legal_moves",
    "load_playbook",
    "parse_command",
    "preset",
    "reading",
    "refusals",
]
