"""词汇表: the glossary covers the vocabulary, names nothing that is not there, and says the words people read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aftersales_core import wording
from aftersales_core.facts import KINDS
from aftersales_core.facts.dispatch import PAPERS
from aftersales_core.moves import TICKET
from aftersales_core.rules import EVERY_COMMAND, preset
from aftersales_core.rules.access import ACCESS_COMMANDS
from aftersales_core.views import ALL

GLOSSARY = Path(__file__).resolve().parents[2] / "docs" / "glossary.md"

VOCABULARIES = {
    "Stages": ("stage", set(TICKET.states)),
    "Facts": ("fact", set(KINDS)),
    "Commands": ("command", {*EVERY_COMMAND, *ACCESS_COMMANDS}),
    "Roles": ("role", set(preset().roles)),
    "Papers": ("paper", {*PAPERS, "daily-report"}),
    "Views": ("", {view.name for view in ALL}),
}


def chapter(title: str) -> list[tuple[str, str, str]]:
    """(中文, identifier, sentence) of each row under the heading that begins with *title*."""
    found = re.search(rf"^## {title}\b.*?\n(.*?)(?=^## |\Z)", GLOSSARY.read_text("utf-8"), re.M | re.S)
    assert found is not None, f"no chapter {title}"
    rows = re.findall(r"^\| ([^|]+) \| `([^`]+)` \| ([^|]+) \|$", found[1], re.M)
    assert rows
    return [(zh.strip(), name, said.strip()) for zh, name, said in rows]


@pytest.mark.parametrize("title", VOCABULARIES)
def test_a_chapter_covers_its_vocabulary_and_nothing_else(title: str) -> None:
    _room, names = VOCABULARIES[title]
    told = [name for _zh, name, _said in chapter(title)]

    assert sorted(told) == sorted(names)


@pytest.mark.parametrize("title", [title for title, (room, _names) in VOCABULARIES.items() if room])
def test_the_chinese_is_what_people_read(title: str) -> None:
    room, _names = VOCABULARIES[title]
    for zh, name, _said in chapter(title):
        assert zh == wording.word(room, name, "zh"), name


@pytest.mark.parametrize("title", [*VOCABULARIES, "Mechanisms"])
def test_every_entry_is_one_sentence(title: str) -> None:
    for _zh, name, said in chapter(title):
        assert said.endswith("."), name
        assert len(said) <= 200, name
