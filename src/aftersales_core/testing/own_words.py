"""自家词语: words for what a playbook declares of its own: its forms, fields, notices, occasions and routines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from aftersales_core.playbooks import Playbook
from aftersales_core.playbooks.model import CustomField, Title

Titles = Mapping[str, Title]
"""`kind:name` → words, as `Playbook.titles` has them."""

ROUND_STATES: Final = {
    "ahead": "未到时候", "open": "待做", "overdue": "过点未做", "missed": "错过", "done": "按时做了", "late": "做晚了",
}  # fmt: skip
"""How a round of a routine stands → in words."""

_KINDS: Final = {"paper": "paper", "papers": "paper", "archived": "paper", "check": "check", "notice": "notice",
                 "occasion": "occasion", "routine": "routine"}  # fmt: skip
"""Field → the kind of titles its values have."""

_PARTS: Final = {"visit": "第 {} 次上门", "call": "第 {} 次回访"}
_PART: Final = re.compile("|".join(f"(?P<{name}>{said.format(r'[0-9]+').replace(' ', ' ?')})" for name, said in _PARTS.items()))


def titled(said: str, kind: str, titles: Titles) -> str | None:
    """The name of the *kind* that a playbook calls so, with or without 《》; None where it calls nothing so."""
    bare = said.strip("《》")
    found = (name for name, title in titles.items() if name.startswith(f"{kind}:") and title.zh.strip("《》") == bare)
    name = next(found, None)
    return None if name is None else name.partition(":")[2]


def offered(playbook: Playbook) -> Titles:
    """The titles of a playbook, and those of tasks that only another reading of it would bring."""
    others = (entry for choice in playbook.choice for option in choice.options.values() for entry in option.add.get("series", ()))
    return {**{f"task:{step['id']}": Title(**step["title"]) for entry in others for step in entry["step"]}, **playbook.titles}


def own(name: str, said: str, titles: Titles) -> str | None:
    """What a cell says of field *name* where it is a playbook's own word; None where it is none."""
    return titled(said, _KINDS[name], titles) if name in _KINDS else None


def content(field: CustomField | None, said: str) -> str | int | bool:
    """What a cell says of a field of the house's own; what does not fit its type goes on as it stands."""
    kind = "text" if field is None else field.type
    if kind == "yes-no":
        return {"是": True, "否": False}.get(said, said)
    if kind == "money" and (yuan := re.fullmatch(r"(-?\d+) ?元", said)):
        return int(yuan[1]) * 100
    if kind in {"number", "money"} and re.fullmatch(r"-?\d+", said):
        return int(said)
    return said


def ref(said: str) -> str:
    """The part of a ticket as notices name it, e.g. 第 1 次回访 for `call-1`; anything else is itself."""
    found = _PART.fullmatch(said)
    return said if found is None else f"{found.lastgroup}-{re.findall('[0-9]+', said)[0]}"


def part(found: str) -> str:
    """The same the other way round."""
    kind, _, no = found.partition("-")
    return _PARTS[kind].format(no) if kind in _PARTS and no.isdigit() else found


def opinions(said: str) -> tuple[dict[str, str], ...]:
    """`设计部=抽屉偏浅、工艺部=封边毛糙`: department by department."""
    told = (each.partition("=") for each in said.split("、") if each.strip())
    return tuple({"department": department.strip(), "text": text.strip()} for department, _, text in told)
