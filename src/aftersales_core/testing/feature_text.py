"""正文: a feature file as it stands: every scenario, step and row of examples with its line, none left out.

What pytest-bdd makes of a file keeps one scenario of each name; here they are all there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from gherkin.parser import Parser
from gherkin.token_scanner import TokenScanner


class StepText(NamedTuple):
    """One step: its keyword as written, its words, the table below it."""

    line: int
    keyword: str
    text: str
    table: tuple[tuple[str, ...], ...] = ()
    quoted: str | None = None


class RowText(NamedTuple):
    """One row of examples."""

    line: int
    cells: tuple[str, ...]


class ExamplesText(NamedTuple):
    """One table of examples, with the tags that only its rows have."""

    line: int
    name: str
    tags: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[RowText, ...]


class ScenarioText(NamedTuple):
    """One scenario or outline.

    Attributes:
        tags: those of the feature and of its rule too, but not those of its examples.
        steps: those of the background first.
    """

    line: int
    keyword: str
    name: str
    rule: str
    tags: tuple[str, ...]
    description: str
    steps: tuple[StepText, ...]
    examples: tuple[ExamplesText, ...]

    @property
    def rows(self) -> tuple[int, ...]:
        """The line of everything in it that runs by itself: of each row of examples; its own where it has none."""
        return tuple(row.line for table in self.examples for row in table.rows) or (self.line,)


class FeatureText(NamedTuple):
    """One file."""

    path: Path
    name: str
    description: str
    scenarios: tuple[ScenarioText, ...]


@cache
def read_feature(path: Path) -> FeatureText:
    """The feature in the file at *path*.

    Raises:
        gherkin.errors.ParserError: it cannot be read; `lint_features` says why in words.
    """
    tree: Any = Parser().parse(TokenScanner(path.read_text("utf-8-sig")))
    feature = tree.get("feature") or {"name": "", "description": "", "tags": [], "children": []}
    found = tuple(_scenarios(feature["children"], "", _tags(feature), ()))
    return FeatureText(path, feature["name"], _prose(feature), found)


def _scenarios(
    children: Iterable[dict[str, Any]], rule: str, tags: tuple[str, ...], before: tuple[StepText, ...]
) -> Iterator[ScenarioText]:
    for child in children:
        if background := child.get("background"):
            before = (*before, *_steps(background))
        elif within := child.get("rule"):
            yield from _scenarios(within["children"], within["name"], (*tags, *_tags(within)), before)
        elif found := child.get("scenario"):
            yield ScenarioText(
                _line(found), found["keyword"], found["name"], rule, (*tags, *_tags(found)), _prose(found),
                (*before, *_steps(found)), tuple(map(_examples, found["examples"])),
            )  # fmt: skip


def _steps(holder: dict[str, Any]) -> Iterator[StepText]:
    for step in holder["steps"]:
        table = tuple(_cells(row) for row in (step.get("dataTable") or {}).get("rows", ()))
        quoted = (step.get("docString") or {}).get("content")
        yield StepText(_line(step), step["keyword"].strip(), step["text"], table, quoted)


def _examples(table: dict[str, Any]) -> ExamplesText:
    header = _cells(table["tableHeader"]) if table.get("tableHeader") else ()
    rows = tuple(RowText(_line(row), _cells(row)) for row in table.get("tableBody", ()))
    return ExamplesText(_line(table), table["name"], _tags(table), header, rows)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(cell["value"] for cell in row["cells"])


def _tags(node: dict[str, Any]) -> tuple[str, ...]:
    return tuple(tag["name"].removeprefix("@") for tag in node["tags"])


def _prose(node: dict[str, Any]) -> str:
    return "\n".join(line.strip() for line in (node.get("description") or "").strip().splitlines())


def _line(node: dict[str, Any]) -> int:
    return int(node["location"]["line"])
