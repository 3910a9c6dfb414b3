"""叫法: what a house calls things of its own, read from its file as it stands, for a ticket that is only glanced at.

Nothing is checked here. Whoever meets something that cannot be read goes the long way round, which says what is wrong.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Any


def titles(paths: Iterable[str], lang: str) -> dict[str, str]:
    """`kind:name` → words in *lang*, those of later files first; `type:FIELD` → the type of a field.

    Raises:
        one of `quick.UNREADABLE`.
    """
    import tomllib

    found: dict[str, str] = {}
    for path in paths:
        with open(path, "rb") as stream:
            found.update(_of(tomllib.load(stream), lang))
    return found


def preset_path() -> str:
    """The file of the preset."""
    import aftersales_core

    return f"{aftersales_core.__path__[0]}/playbooks/presets/whole-house.toml"


def _of(raw: Mapping[str, Any], lang: str) -> Iterator[tuple[str, str]]:
    for role, title in raw.get("roles", {}).items():
        yield f"role:{role}", title[lang]
    for field in raw.get("field", ()):
        if not field.get("off"):
            yield f"custom:{field['id']}", field["title"][lang]
            yield f"type:{field['id']}", field.get("type", "text")
    for series in raw.get("series", ()):
        for step in series.get("step", ()):
            yield f"occasion:{step['id']}", step["title"][lang]
    for entry in (*raw.get("notice", ()), *raw.get("clock", ())):
        if "title" in entry:
            yield from ((f"{kind}:{entry['id']}", entry["title"][lang]) for kind in ("notice", "occasion"))
    for choice in raw.get("choice", ()):
        for option in choice["options"].values():
            yield from _of(option.get("add", {}), lang)
