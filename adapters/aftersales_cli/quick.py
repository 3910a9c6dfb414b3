"""速查: `show` without importing what it does not need: SQLite, the words, and nothing of the engine.

Only answers where it is sure: on a SQLite file whose views are up to date. Anything else goes the slow way round.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from aftersales_cli.argv import Options

SQL = "aftersales_sql.glance"
"""Adapters do not import each other; this one is asked for by name, as `plugins` does, and may not be installed."""


def show(options: Options) -> int | None:
    """Print the ticket and return 0, or print nothing and return None."""
    numbers = options.rest[1:]
    if options.json or options.problem or len(numbers) != 1 or numbers[0].startswith("-"):
        return None
    head, sqlite, path = options.db.partition("sqlite:///")
    if head or not sqlite or not path or "%" in path or "?" in path or "#" in path:
        return None
    from importlib import import_module

    try:
        glance = import_module(SQL).glance
    except ImportError:
        return None
    found: dict[str, Any] | None = glance(path, numbers[0])
    if found is None:
        return None
    words = import_module(f"aftersales_core.wording.{options.lang}").WORDS
    from aftersales_cli.plain import ticket
    from aftersales_cli.wording import phrases

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    said = ticket(found["board"], found["timeline"], words, phrases(options.lang), options.unmask)
    try:
        sys.stdout.write(said)
        sys.stdout.flush()
    except BrokenPipeError:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0
