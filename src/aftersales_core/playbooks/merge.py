"""合并: a house's own file on top of a preset, and the readings it chooses where the documents leave a choice.

A file that begins with `extends = "whole-house"` holds only what is different: an entry of the same name takes the
place of the preset's, any other comes on top, and one with `off = true` takes the preset's away. `[choose]` names for
each choice the reading that holds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

Raw: TypeAlias = dict[str, Any]
"""A playbook as TOML says it, before anything was checked."""

_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "duty": ("command",), "required": ("command", "of", "fields"), "paper": ("paper", "gate"),
    **dict.fromkeys(("guard", "clock", "form", "checklist", "notice", "series", "routine", "field", "choice", "gap"), ("id",)),
}  # fmt: skip
"""Kind of entry → what tells its entries apart; `paper` at a gate is named `PAPER@GATE`."""

_TABLES: Final = ("roles", "setting", "access")
"""Kinds whose entries are named by their table; of `access` each list is one."""


def name_of(kind: str, entry: Raw) -> str:
    """What an entry is called among those of its kind."""
    said = [entry.get(key, "command" if key == "of" else "") for key in _KEYS[kind]]
    return "@".join("+".join(map(str, each)) if isinstance(each, list | tuple) else str(each) for each in said)


def whole(raw: Raw, text_of: Callable[[str], Raw]) -> Raw:
    """*raw* with what it extends under it, and the readings it chooses put in; its entries are used up.

    Args:
        text_of: a preset by name, as TOML says it.

    Raises:
        LookupError: a choice, a reading, or an entry that a reading changes is not there; the message names it.
    """
    raw = dict(raw)
    base, chosen = raw.pop("extends", None), raw.pop("choose", {})
    made = merged(text_of(base), raw) if base is not None else raw
    for name, reading in chosen.items():
        choice = _find(made, "choice", name)
        if reading not in choice["options"]:
            raise LookupError(f"choose {name}: there is no reading {reading!r}; there are {', '.join(choice['options'])}")
        choice["value"] = reading
    for choice in made.get("choice", ()):
        if isinstance(choice, dict):
            _read(made, choice)
    return made


def merged(base: Raw, own: Raw) -> Raw:
    """*base* with what *own* says over it."""
    for key, said in own.items():
        if key in _KEYS:
            base[key] = _entries(key, base.get(key, []), said)
        elif key in _TABLES:
            base[key] = {**base.get(key, {}), **said}
        else:
            base[key] = said
    return base


def _entries(kind: str, base: list[Raw], own: list[Raw]) -> list[Raw]:
    found = {name_of(kind, entry): entry for entry in base}
    for entry in own:
        name = name_of(kind, entry)
        if entry.get("off"):
            found.pop(name, None)
        else:
            found[name] = entry
    return list(found.values())


def _find(raw: Raw, kind: str, name: str) -> Raw:
    if kind in _TABLES:
        found = raw.get(kind, {}).get(name)
    else:
        found = next((entry for entry in raw.get(kind, ()) if name_of(kind, entry) == name), None)
    if found is None:
        raise LookupError(f"there is no {kind} {name!r}")
    entry: Raw = found
    return entry


def _read(raw: Raw, choice: Raw) -> None:
    """Put the reading that holds into the entries it is about."""
    reading = choice.get("options", {}).get(choice.get("value"), {})
    try:
        for path, value in reading.get("set", {}).items():
            kind, name, key = path.split(".")
            entry = _find(raw, kind, name)
            if key == "off":
                raw[kind] = [each for each in raw[kind] if each is not entry]
            else:
                entry[key] = value
    except (LookupError, ValueError) as problem:
        raise LookupError(f"choice {choice.get('id')}: reading {choice.get('value')!r}: {problem}") from None
    for kind, entries in reading.get("add", {}).items():
        raw[kind] = _entries(kind, raw.get(kind, []), entries)
