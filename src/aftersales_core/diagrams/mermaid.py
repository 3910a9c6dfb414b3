"""流程图: the legal moves as Mermaid text."""

from __future__ import annotations

from collections.abc import Collection

from aftersales_core.diagrams.edges import edges, state_name
from aftersales_core.moves import NEW, Table
from aftersales_core.wording import Lang


def _ends(table: Table) -> tuple[str, ...]:
    going = {source for source, trigger in table.cells for row in table.cells[source, trigger] if row.dest != source}
    return tuple(state for state in table.states if state not in going)


def mermaid(table: Table, lang: Lang, current: str | None = None, visited: Collection[str] = ()) -> str:
    """*table* as a Mermaid `stateDiagram-v2`: ASCII ids, labels in *lang*.

    Args:
        current: the state things stand in, marked with the class `current`.
        visited: states passed through, marked with the class `visited`.
    """
    lines = ["stateDiagram-v2", "    direction LR"]
    # a colon ends the id and a semicolon the statement, so neither may stand in a label
    lines += [f"    state {_quoted(state_name(table, s, lang))} as {s}" for s in table.states if s != NEW]
    for edge in edges(table, lang):
        source = "[*]" if edge.source == NEW else edge.source
        lines.append(f"    {source} --> {edge.dest}: {_plain(edge.label)}")
    lines += [f"    {state} --> [*]" for state in _ends(table)]
    lines += [
        "    classDef current fill:#1f6feb,color:#ffffff,stroke:#0b3d91,stroke-width:2px",
        "    classDef visited fill:#e8f1ff,color:#10233f,stroke:#1f6feb,stroke-width:2px",
    ]
    lines += [f"    class {state} visited" for state in table.states if state in visited and state not in (NEW, current)]
    if current is not None and current != NEW:
        lines.append(f"    class {current} current")
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return text.replace(":", "：").replace(";", ",").replace("#", "")


def _quoted(text: str) -> str:
    return f'"{_plain(text).replace(chr(34), chr(39))}"'
