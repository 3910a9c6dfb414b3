"""aftersales-core: an event-sourced after-sales workflow engine.

    from aftersales_core import Desk

    with Desk.open("sqlite:///aftersales.db") as desk:
        receipt = desk.handle({"command": "report", ...})

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

TYPE_CHECKING = False  # `typing` alone would cost a third of the start of a small command, `importlib` and `__future__` a tenth
if TYPE_CHECKING:
    from typing import Any

    from aftersales_core.audit import Finding, Report, Step
    from aftersales_core.clerk import Receipt
    from aftersales_core.desk import Desk
    from aftersales_core.errors import (
        AftersalesError,
        BadInput,
        CommandReused,
        FileAltered,
        NoAdapter,
        PlaybookUnsound,
        Refused,
        StaleTicket,
        StoredFactUnreadable,
        StoreUnusable,
        UnknownFile,
        UnknownTicket,
    )
    from aftersales_core.facts import Entry, Envelope, Fact
    from aftersales_core.ports import FileRef, Page, Where
    from aftersales_core.rules import Command, LegalMove, decide, legal_moves, load_playbook, preset
    from aftersales_core.state import Ticket, evolve, replay

__version__ = "0.1.0"

_HOME = {
    "Finding": "audit", "Report": "audit", "Step": "audit",
    "Desk": "desk", "Receipt": "clerk",
    "AftersalesError": "errors", "BadInput": "errors", "CommandReused": "errors", "FileAltered": "errors",
    "NoAdapter": "errors",
    "PlaybookUnsound": "errors", "Refused": "errors", "StaleTicket": "errors", "StoreUnusable": "errors",
    "StoredFactUnreadable": "errors", "UnknownFile": "errors", "UnknownTicket": "errors",
    "Entry": "facts", "Envelope": "facts", "Fact": "facts",
    "FileRef": "ports", "Page": "ports", "Where": "ports",
    "Command": "rules", "LegalMove": "rules", "decide": "rules", "legal_moves": "rules", "load_playbook": "rules",
    "preset": "rules",
    "Ticket": "state", "evolve": "state", "replay": "state",
}  # fmt: skip

__all__ = [
    "AftersalesError",
    "BadInput",
    "Command",
    "CommandReused",
    "Desk",
    "Entry",
    "Envelope",
    "Fact",
    "FileAltered",
    "FileRef",
    "Finding",
    "LegalMove",
    "NoAdapter",
    "Page",
    "PlaybookUnsound",
    "Receipt",
    "Refused",
    "Report",
    "StaleTicket",
    "Step",
    "StoreUnusable",
    "StoredFactUnreadable",
    "Ticket",
    "UnknownFile",
    "UnknownTicket",
    "Where",
    "decide",
    "evolve",
    "legal_moves",
    "load_playbook",
    "preset",
    "replay",
]


def __getattr__(name: str) -> "Any":
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
