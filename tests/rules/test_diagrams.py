"""The pictures are the tables: nothing missing, nothing made up, nothing on top of something else."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET  # our own drawing is read back, nobody else's
from itertools import combinations
from typing import get_args

import pytest

from aftersales_core import diagrams
from aftersales_core.diagrams.edges import state_name
from aftersales_core.diagrams.svg import _SMALL, _WHOLE, _arrange, _Scale, text_width
from aftersales_core.moves import NEW, TABLES, TICKET, Table
from aftersales_core.wording import LANGS, Lang

SVG = "{http://www.w3.org/2000/svg}"
tables = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
langs = pytest.mark.parametrize("lang", get_args(Lang))


def moving(table: Table) -> set[tuple[str, str]]:
    """What the compiled table moves from one state to another."""
    return {(state, row.dest) for (state, _trigger), rows in table.cells.items() for row in rows if row.dest != state}


@langs
@tables
def test_mermaid_draws_every_move_between_two_states_once(table: Table, lang: Lang) -> None:
    drawn = re.findall(r"^    (\S+) --> (\S+): \S", diagrams.mermaid(table, lang), re.M)
    assert len(drawn) == len(set(drawn))
    assert {(NEW if a == "[*]" else a, b) for a, b in drawn} == moving(table)


@langs
@tables
def test_mermaid_has_ascii_ids_and_lines_of_its_grammar_only(table: Table, lang: Lang) -> None:
    head, *lines = diagrams.mermaid(table, lang, table.states[-1], table.states[1:3]).splitlines()
    assert head == "stateDiagram-v2"
    known = [
        r"direction LR",
        r'state "[^":;#]+" as [A-Z_]+',
        r"(\[\*\]|[A-Z_]+) --> [A-Z_]+: [^:;#]+",
        r"[A-Z_]+ --> \[\*\]",
        r"classDef (current|visited) \S+",
        r"class [A-Z_]+ (current|visited)",
    ]
    assert [line for line in lines if not any(re.fullmatch(form, line.strip()) for form in known)] == []


def test_mermaid_marks_where_a_ticket_stands_and_was() -> None:
    drawn = diagrams.mermaid(TICKET, "zh", "READY", ("NEW", "REPORTED", "READY"))
    assert "class READY current" in drawn
    assert "class REPORTED visited" in drawn
    assert "class READY visited" not in drawn
    assert "class NEW" not in drawn


def test_conditions_are_said_in_words_and_left_out_where_another_way_needs_none() -> None:
    labels = {(e.source, e.dest): e.label for e in diagrams.edges(TICKET, "zh")}
    assert labels["DISPATCHED", "AWAITING_GOODS"] == "安装完工 [货未到齐]、遗留 [货未到齐]"
    assert labels["REVISITED", "CLOSED"] == "结案 [全部了结]"
    assert labels["AWAITING_GOODS", "READY"].endswith("到货入仓")


@langs
def test_every_condition_of_every_table_has_a_word(lang: Lang) -> None:
    names = {name for table in TABLES for move in table.moves for name in move.when}
    spoken = {name for name in names if not name.startswith("imported-as-")}
    assert spoken - set(LANGS[lang].WORDS["condition"]) == set()
    assert {table.name for table in TABLES} == set(LANGS[lang].WORDS["table"])


@langs
@tables
def test_the_drawing_is_xml_that_shows_every_state_and_tells_every_edge(table: Table, lang: Lang) -> None:
    root = ET.fromstring(diagrams.svg(table, lang, table.states[1], table.states[:1]))
    assert root[0].tag == f"{SVG}title"
    assert root[1].tag == f"{SVG}desc"
    boxes = {g.get("id"): g for g in root.iter(f"{SVG}g") if "state" in (g.get("class") or "").split()}
    assert set(boxes) == set(table.states)
    assert boxes[table.states[1]].get("class") == "state current"
    assert boxes[table.states[0]].get("class") == "state visited"
    said = {text.text for text in root.iter(f"{SVG}text")}
    assert {state_name(table, state, lang) for state in table.states} <= said
    told = root[1].text or ""
    assert all(f"→ {state_name(table, dest, lang)}: " in told for source, dest in moving(table) if source != NEW)


@langs
@tables
def test_in_a_page_the_drawing_brings_no_style_and_marks_what_can_be_reached(table: Table, lang: Lang) -> None:
    first, second, *third = table.states[:3]
    text = diagrams.svg(table, lang, second, (first,), bare=True, ahead=third)
    root = ET.fromstring(text)
    assert not re.search(r"<style|style=|fill=|<rect width", text)  # a policy that forbids inline styles is no obstacle
    assert (root.get("width"), root.get("height")) == (None, None)  # as wide as there is room
    marks = {g.get("id"): g.get("class") for g in root.iter(f"{SVG}g") if "state" in (g.get("class") or "").split()}
    assert [marks[state] for state in (first, second, *third)] == ["state visited", "state current", "state ahead"][: 2 + len(third)]
    edges = [g for g in root.iter(f"{SVG}g") if "edge" in (g.get("class") or "").split()]
    drawn = {edge.label for edge in diagrams.edges(table, lang)}
    assert edges
    assert {edge[0].text for edge in edges} <= drawn
    one = next(iter(sorted(moving(table) - {pair for pair in moving(table) if NEW in pair})), None)
    drawn_passed = diagrams.svg(table, lang, second, (first,), bare=True, passed=[one] if one else []).count('class="edge passed"')
    assert drawn_passed == (1 if one else 0)


@langs
@tables
@pytest.mark.parametrize("scale", [_WHOLE, _SMALL], ids=["whole", "small"])
def test_nothing_in_the_drawing_lies_on_something_else(table: Table, lang: Lang, scale: _Scale) -> None:
    boxes, wires, left, width, height = _arrange(table, lang, scale)
    for a, b in combinations(boxes.values(), 2):
        assert abs(a.x - b.x) >= scale.width or abs(a.y - b.y) >= scale.height, (a.state, b.state)
    tracked = [w for w in wires if w.channel != "straight"]
    labels = []
    for wire in tracked:
        half = text_width(wire.edge.label) / 2 if scale.labels else 0.0
        labels.append((wire.label_x - half, wire.label_x + half, wire.y - 16, wire.y - 2))
        assert left <= wire.label_x - half
        assert wire.label_x + half <= left + width
        assert 0 < wire.y < height
    for one, other in combinations(labels if scale.labels else (), 2):
        assert one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]
    for one, two in combinations(tracked, 2):
        same_height = one.y == two.y
        apart = max(one.x1, one.x2) < min(two.x1, two.x2) or max(two.x1, two.x2) < min(one.x1, one.x2)
        assert not same_height or apart, (one.edge, two.edge)


def test_a_chinese_character_is_as_wide_as_it_is_high() -> None:
    assert text_width("工单", 12) == 24
    assert text_width("工单", 12) > text_width("abc", 12)
