"""速查: `show` without importing what it does not need: SQLite, the words, and nothing of the engine.

Only answers where it is sure: on a SQLite file whose views are up to date, with a word for everything. Anything else goes
the slow way round.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from aftersales_cli.argv import Options
    from aftersales_cli.plain import Own

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
    from aftersales_cli.naming import UNREADABLE
    from aftersales_cli.plain import ticket
    from aftersales_cli.wording import phrases

    word = Words(import_module(f"aftersales_core.wording.{options.lang}").WORDS, options)
    try:
        said = ticket(found["board"], found["timeline"], beside(found), word, phrases(options.lang), options.unmask)
    except UNREADABLE:
        return None
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        sys.stdout.write(said)
        sys.stdout.flush()
    except BrokenPipeError:
        import os

        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    return 0


class Words:
    """Words of the trade, and of the house's own where it has any. Raises one of `naming.UNREADABLE` for what nobody knows."""

    def __init__(self, words: Mapping[str, Mapping[str, str]], options: Options) -> None:
        self._words = words
        self._options = options
        self._house: dict[str, str] | None = None
        self._preset: dict[str, str] | None = None

    def __call__(self, vocabulary: str, key: Any) -> str:
        from aftersales_cli.naming import TITLED, preset_path, titles

        name = f"{vocabulary}:{key}"
        known = self._words.get(vocabulary, {})
        if vocabulary not in TITLED and vocabulary != "type":
            return known.get(str(key), str(key))
        if self._options.playbooks:
            # a house may call a thing of the preset by a name of its own
            if self._house is None:
                self._house = titles(self._options.playbooks, self._options.lang)
            if name in self._house:
                return self._house[name]
        if key in known and vocabulary in TITLED:
            return known[key]
        if self._preset is None:
            self._preset = titles([preset_path()], self._options.lang)
        return self._preset[name]


BESIDE = frozenset({"fields-filled", "file-attached", "followed-up"})
"""Facts that a ticket has beside the work itself."""


def beside(found: Mapping[str, Any]) -> Own:
    """What a ticket has beside the work, from the rows of the views. Raises LookupError where a correction is among them."""
    from aftersales_cli.plain import Own

    owed = [(task["task"], task["ref"], task["due_at"]) for task in found["worklist"] if task["command"] == "give-notice"]
    rows = [row for row in found["timeline"] if row["kind"] in BESIDE]
    if not rows:
        return Own(owed=sorted(owed))
    if any(row["kind"] == "corrected" for row in found["timeline"]):
        raise LookupError
    from json import loads

    fields: dict[tuple[str, str], Any] = {}
    files: dict[str, int] = {}
    follow_ups: list[tuple[str, Any, bool | None]] = []
    for row in rows:
        fact = loads(row["body"])
        ref = next((f"{of}:{fact[of]}" for of in ("visit", "leftover") if of in fact), "")
        if row["kind"] == "file-attached":
            files[fact["purpose"]] = files.get(fact["purpose"], 0) + 1
        elif row["kind"] == "followed-up":
            follow_ups.append((fact["occasion"], row["occurred_at"], fact.get("solved")))
        else:
            for each in fact["fields"]:
                # filled in anew it stands behind the others
                fields.pop((ref, each["field"]), None)
                if each.get("content") is not None:
                    fields[ref, each["field"]] = each["content"]
    return Own([(*name, content) for name, content in fields.items()], files, sorted(owed), follow_ups)
