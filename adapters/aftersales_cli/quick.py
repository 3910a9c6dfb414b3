"""速查: `show` without importing what it does not need: SQLite, the words, and nothing of the engine.

Only answers where it is sure: on a SQLite file whose views are up to date, with a word for everything. Anything else goes
the slow way round.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, Never

    from aftersales_cli.argv import Options
    from aftersales_cli.plain import Own

TITLED = frozenset({"check", "clock", "custom", "notice", "occasion", "paper", "role", "routine", "task"})
"""Vocabularies to which a playbook brings words."""

UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError)
"""What reading a file raises that is none, or none of a playbook; and what a row raises that is not as we write it."""


def show(options: "Options") -> int | None:
    """Print the ticket and return 0, or print nothing and return None."""
    numbers = options.rest[1:]
    if sys.stdout is None or options.json or options.problem or len(numbers) != 1 or numbers[0].startswith("-"):
        return None
    head, sqlite, path = options.db.partition("sqlite:///")
    if head or not sqlite or not path or "%" in path or "?" in path or "#" in path:
        return None
    try:
        # adapters do not import each other: this one is asked for by name, as `plugins` does, and may not be installed;
        # `importlib` would itself have to be imported
        glance = __import__("aftersales_sql.glance", fromlist=["glance"]).glance
    except ImportError:
        return None
    found: dict[str, Any] | None = glance(path, numbers[0])
    if found is None:
        return None
    from aftersales_cli.plain import ticket
    from aftersales_cli.wording import phrases

    lang = options.lang
    word = Words(__import__(f"aftersales_core.wording.{lang}", fromlist=["WORDS"]).WORDS, options)
    try:
        said = ticket(found["board"], found["timeline"], beside(found), word, phrases(lang), options.unmask)
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
    except OSError:  # no room where it goes, or the like: the long way meets the same, and knows how to say it
        return None
    return 0


def leave(code: int) -> "Never":
    """End the program without taking the interpreter apart: all is said, nothing is open, and that takes as long as the answer."""
    import os

    if sys.stderr is not None:
        sys.stderr.flush()
    os._exit(code)


class Words:
    """Words of the trade, and of the house's own where it has any. Raises one of `UNREADABLE` for what nobody knows."""

    def __init__(self, words: "Mapping[str, Mapping[str, str]]", options: "Options") -> None:
        self._words = words
        self._options = options
        self._house: dict[str, str] | None = None

    def __call__(self, vocabulary: str, key: "Any") -> str:
        known = self._words.get(vocabulary, {})
        if vocabulary not in TITLED and vocabulary != "type":
            return known.get(str(key), str(key))
        name = f"{vocabulary}:{key}"
        if self._options.playbooks:
            # a house may call a thing of the preset by a name of its own
            if self._house is None:
                from aftersales_cli.naming import titles

                self._house = titles(self._options.playbooks, self._options.lang)
            if name in self._house:
                return self._house[name]
        if key in known and vocabulary in TITLED:
            return known[key]
        from aftersales_cli.wording import preset

        return (preset.ZH if self._options.lang == "zh" else preset.EN)[name]


BESIDE = frozenset({"fields-filled", "file-attached", "followed-up"})
"""Facts that a ticket has beside the work itself."""


def beside(found: "Mapping[str, Any]") -> "Own":
    """What a ticket has beside the work, from the rows of the views, read as corrected.

    Raises:
        one of `UNREADABLE`: a correction that only the models of the facts can read.
    """
    from aftersales_cli.plain import Own

    owed = [(task["task"], task["ref"], task["due_at"]) for task in found["worklist"] if task["command"] == "give-notice"]
    rows = [row for row in found["timeline"] if row["kind"] in BESIDE]
    if not rows:
        return Own(owed=sorted(owed))
    loads = _reader()
    changes: dict[int, dict[str, Any]] = {}
    for row in found["timeline"]:
        if row["kind"] == "corrected":
            said = loads(row["body"])
            changes.setdefault(said["version"], {}).update((each["field"], each.get("new")) for each in said["changes"])
    fields: dict[tuple[str, str], Any] = {}
    files: dict[str, int] = {}
    follow_ups: list[tuple[str, Any, bool | None]] = []
    for row in rows:
        fact, at = loads(row["body"]), row["occurred_at"]
        if row["version"] in changes:
            new = changes[row["version"]]
            at = new.pop("occurred_at", at)
            fact.update((name, _taken(name, value)) for name, value in new.items())
        ref = next((f"{of}:{fact[of]}" for of in ("visit", "leftover") if of in fact), "")
        if row["kind"] == "file-attached":
            files[fact["purpose"]] = files.get(fact["purpose"], 0) + 1
        elif row["kind"] == "followed-up":
            follow_ups.append((fact["occasion"], at, fact.get("solved")))
        else:
            filled = {each["field"]: each.get("content") for each in fact["fields"]}
            for name, content in filled.items():
                # filled in anew it stands behind the others
                fields.pop((ref, name), None)
                if content is not None:
                    fields[ref, name] = content
    return Own([(*name, content) for name, content in fields.items()], files, sorted(owed), follow_ups)


def _taken(name: str, value: "Any") -> "Any":
    """A corrected value as the fact's model has it, as far as it is shown. Raises ValueError where only the model can say."""
    if name == "solved":
        sure = value is None or type(value) is bool
    elif name == "purpose":
        sure = value in ("photo", "signature", "document")
    else:
        sure = name not in ("fields", "occasion")  # which no command corrects
    if not sure:
        raise ValueError(name, value)
    return value


def _reader() -> "Callable[[str], Any]":
    """`json.loads` for what our own code wrote, without `re`, which `json` imports and which takes half as long as Python."""
    try:
        from _json import make_scanner
    except ImportError:
        from json import loads

        return loads

    class Rules:
        strict = True
        object_hook = object_pairs_hook = None
        parse_float, parse_int, parse_constant = float, int, float
        memo: dict[str, str] = {}  # noqa: RUF012 - what the scanner asks for

    scan = make_scanner(Rules)  # type: ignore[arg-type]
    return lambda text: scan(text, 0)[0]
