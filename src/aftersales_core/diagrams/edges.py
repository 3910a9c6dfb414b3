"""流程图: the edges that both kinds of picture draw."""

from __future__ import annotations

from typing import NamedTuple

from aftersales_core.moves import Table
from aftersales_core.wording import Lang, listed, word


class Edge(NamedTuple):
    """Everything that leads from one state to another, with a label in the reader's language."""

    source: str
    dest: str
    label: str


def edges(table: Table, lang: Lang) -> list[Edge]:
    """The edges of *table*, one for each two states; moves that leave the state alone are not among them."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for source in table.states:
        for trigger in table.triggers:
            for row in table.cells.get((source, trigger), ()):
                if row.dest == source:
                    continue
                whens = found.setdefault((source, row.dest), {}).setdefault(trigger, [])
                said = listed((_condition(name, lang) for name in row.when if _condition(name, lang)), lang)
                if said not in whens:
                    whens.append(said)
    return [Edge(source, dest, _label(triggers, lang)) for (source, dest), triggers in found.items()]


def _condition(name: str, lang: Lang) -> str:
    # where an import lands is what the arrow itself says
    return "" if name.startswith("imported-as-") else word("condition", name, lang)


def _label(triggers: dict[str, list[str]], lang: Lang) -> str:
    said = []
    for trigger, whens in triggers.items():
        name = word("fact", trigger, lang)
        # led to by one row with no condition, it is led to in any case
        conditions = "" if "" in whens else " / ".join(whens)
        said.append(f"{name} [{conditions}]" if conditions else name)
    return listed(said, lang)


def state_name(table: Table, state: str, lang: Lang) -> str:
    """A state as people call it."""
    return word("stage" if table.name == "ticket" else "state", state, lang)
