"""活文档的页: docs/living, a page per folder of features and an index by clauses, for `living.py` to write."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import process

from aftersales_core import wording
from aftersales_core.playbooks import Clause, clauses
from aftersales_core.playbooks.register import catalogue, missing, series
from aftersales_core.testing.accounts import told
from aftersales_core.testing.feature_text import ExamplesText, FeatureText, ScenarioText, StepText

NOTE: Final = "<!-- written by tools/living.py from a run of the features; change features/, not this page -->"
MARKS: Final = {"passed": "✓", "failed": "✗", "skipped": "–", "": "○"}
ENDED: Final = {"passed": "✓ 通过 passed", "failed": "✗ 没有通过 failed", "skipped": "– 跳过 skipped", "": "○ 没有执行 never ran"}
MANY: Final = 12
"""Clauses that are named in one line; more stand only at the examples they belong to."""
_WORST: Final = ("passed", "skipped", "", "failed")
_GOES_ON: Final = ("而且", "并且", "同时", "但是", "*")
_CLAUSE: Final = re.compile(r"[A-Z][A-Z0-9]?-\d{2}")


class Told(NamedTuple):
    """A scenario of the files with what the run made of it.

    Attributes:
        page: name of its page; *mark*: its anchor there.
        rows: line → how it ended, empty where it never ran; *refusals*: codes it met.
    """

    page: str
    mark: str
    path: str
    text: ScenarioText
    rows: Mapping[int, str]
    refusals: tuple[str, ...]

    @property
    def outcome(self) -> str:
        return max(self.rows.values(), key=_WORST.index)

    @property
    def passed(self) -> int:
        return sum(outcome == "passed" for outcome in self.rows.values())

    @property
    def clauses(self) -> dict[str, str]:
        """Clause → how the rows that show it ended: all rows, or those of the examples that bear its tag."""
        found = dict.fromkeys(cited(self.text.tags), self.outcome)
        for examples in self.text.examples:
            ended = [self.rows[row.line] for row in examples.rows]
            for clause in cited(examples.tags):
                found[clause] = max([found.get(clause, "passed"), *ended], key=_WORST.index)
        return found

    @property
    def link(self) -> str:
        return f"[{plain(self.text.name)}]({self.page}#{self.mark})"


Report = Mapping[str, Sequence[Mapping[str, Any]]]
Books = dict[str, list[tuple[FeatureText, list[Told]]]]
"""Page → its features, each with its scenarios."""
Shown = dict[str, list[tuple[Told, str]]]
"""Clause → the scenarios that bear its tag, each with how it ended for that clause."""


def pages(features: Iterable[FeatureText], report: Report, root: Path) -> dict[str, str]:
    """File name → text of everything in docs/living."""
    books: Books = {}
    for feature in features:
        page = f"{feature.path.parent.name}.md"
        books.setdefault(page, []).append((feature, list(_told(feature, page, report, root))))
    return {"README.md": _index(books), **{page: _page(page, book) for page, book in books.items()}}


def _told(feature: FeatureText, page: str, report: Report, root: Path) -> Iterator[Told]:
    path = told(feature.path, root)
    for at, scenario in enumerate(feature.scenarios, 1):
        ran = [one for found in report.values() for one in found if (one["feature"], one["line"]) == (path, scenario.line)]
        ended = {row["line"]: row["outcome"] for one in ran for row in one["rows"]}
        met = sorted({code for one in ran for code in one["refusals"]})
        rows = {line: ended.get(line, "") for line in scenario.rows}
        yield Told(page, f"{feature.path.stem.replace('_', '-')}-{at}", path, scenario, rows, tuple(met))


# --- words


def cited(tags: Iterable[str]) -> list[str]:
    """The clauses among *tags*."""
    return list(dict.fromkeys(tag for tag in tags if _CLAUSE.fullmatch(tag)))


def plain(text: str) -> str:
    """*text* as Markdown shows it: what differs from row to row in 〈〉, nothing taken for markup."""
    text = re.sub(r"<([^<>\s][^<>]*)>", r"〈\1〉", text)
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", text)


def spoken(text: str) -> str:
    """*text* as `plain` has it, each clause in it leading to where the process tells it."""
    return re.sub(r"(?<![\w-])[A-Z][A-Z0-9]?-\d{2}(?![\w-])", lambda found: linked(found[0]) if found[0] in clauses() else found[0], plain(text))


def row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def table(head: Sequence[str], rows: Iterable[Iterable[object]]) -> list[str]:
    return [row(head), f"|{'---|' * len(head)}", *map(row, rows)]


def linked(clause: str) -> str:
    """A clause, leading to where the process tells it."""
    chapter = next((chapter.file for chapter in process.CHAPTERS if chapter.series == series(clause)), None)
    return f"[{clause}]({f'../process/{chapter}' if chapter else '../reference/clauses.md'}#{clause.lower()})"


def refusal(code: str) -> str:
    """A code and its Chinese sentence, as far as it holds for every case; what differs is left open."""
    template = wording.LANGS["zh"].SENTENCES.get(code)
    if template is None:
        # a guard of a house's own, or of a reading that the preset does not take; its sentence stands in the scenario
        return f"`{code}`"
    said = f"[`{code}`](../reference/refusals.md#{code})"
    parts = string.Formatter().parse(template.partition("；")[0])
    return f"{said} {''.join(text + ('…' if name else '') for text, name, _spec, _conversion in parts).strip()}"


def whole(lines: Iterable[str]) -> str:
    """A page of these lines; empty ones that follow each other count once."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip() + "\n"


def counted(found: Sequence[Told]) -> tuple[int, int, int]:
    """Scenarios, rows, rows that passed."""
    return len(found), sum(len(one.rows) for one in found), sum(one.passed for one in found)


def result(rows: int, passed: int) -> str:
    return f"✓ {passed}" if rows == passed else f"✗ {passed} / {rows}"


# --- a page


def _page(page: str, book: Sequence[tuple[FeatureText, list[Told]]]) -> str:
    title = "、".join(feature.name for feature, _found in book)
    everything = [one for _feature, found in book for one in found]
    scenarios, rows, passed = counted(everything)
    said = ("全部通过", "all passed") if rows == passed else (f"{rows - passed} 个没有通过", f"{rows - passed} not passed")
    lines = [
        NOTE, "", f"# {plain(title)} · {page.removesuffix('.md').capitalize()}", "",
        f"{scenarios} 个场景，{rows} 个用例，{said[0]}。{scenarios} scenarios, {rows} cases, {said[1]}. [目录 index](README.md)", "",
        *table(("场景 scenario", "条款 clauses", "用例 cases", "结果 result"), (
            (f"[{plain(one.text.name)}](#{one.mark})", _named(one), len(one.rows), result(len(one.rows), one.passed))
            for one in everything
        )), "",
    ]  # fmt: skip
    for feature, found in book:
        lines += [f"## {plain(feature.name)}", "", *map(plain, feature.description.splitlines()), ""]
        for one in found:
            lines += _scenario(one)
    return whole(lines)


def _named(one: Told) -> str:
    """The clauses of a scenario, or how many where they would fill the page."""
    return "、".join(map(linked, one.clauses)) if len(one.clauses) <= MANY else f"{len(one.clauses)} 条（见例子 see the examples）"


def _scenario(one: Told) -> Iterator[str]:
    text = one.text
    yield from (f"<a id='{one.mark}'></a>", "", f"### {plain(text.name)}", "")
    where = f"[{Path(one.path).name}:{text.line}](../../{one.path}#L{text.line})"
    ended = ENDED[one.outcome] if len(one.rows) == 1 else f"{ENDED[one.outcome]}（{one.passed} / {len(one.rows)}）"
    own = "、".join(map(linked, cited(text.tags)))
    yield from (" · ".join(part for part in (ended, own, where) if part), "")
    if text.rule:
        yield from (f"规则 rule：{plain(text.rule)}", "")
    if text.description:
        yield from (*map(plain, text.description.splitlines()), "")
    kind = ""
    for step in text.steps:
        kind = kind if step.keyword in _GOES_ON else step.keyword
        yield from _step(step, ("栏目", "内容") if kind == "那么" else ("填写", "内容"))
    yield ""
    for each in text.examples:
        yield from _examples(each, one.rows)
    if one.refusals:
        yield from (f"遇到的拒绝 refusals met：{'；'.join(map(refusal, one.refusals))}", "")


def _step(step: StepText, two: Sequence[str]) -> Iterator[str]:
    yield f"* **{step.keyword}** {spoken(step.text)}"
    if step.table:
        head = two if len(step.table[0]) == len(two) else [""] * len(step.table[0])
        yield from ("", *(f"  {line}" for line in table(head, (map(plain, cells) for cells in step.table))), "")
    if step.quoted is not None:
        yield from ("", "  ```text", *(f"  {line}" for line in step.quoted.splitlines()), "  ```", "")


def _examples(examples: ExamplesText, ended: Mapping[int, str]) -> Iterator[str]:
    tagged = "、".join(map(linked, cited(examples.tags)))
    title = "：".join(part for part in ("例子 examples", plain(examples.name)) if part)
    yield from (f"**{title}**{f' · {tagged}' if tagged else ''}", "")
    head = (*map(plain, examples.header), "结果")
    yield from table(head, ((*map(spoken, each.cells), MARKS[ended[each.line]]) for each in examples.rows))
    yield ""


# --- the index


def _green(found: Iterable[tuple[Told, str]]) -> bool:
    """Whether a scenario that passed is among those found for a clause."""
    return any(outcome == "passed" for _one, outcome in found)


def _index(books: Books) -> str:
    everything = [one for book in books.values() for _feature, found in book for one in found]
    scenarios, rows, passed = counted(everything)
    shown: Shown = {}
    for one in everything:
        for clause, outcome in one.clauses.items():
            shown.setdefault(clause, []).append((one, outcome))
    green = sum(_green(found) for found in shown.values())
    absent = sum(map(len, missing(clauses()).values()))
    lines = [
        NOTE, "", "# 活文档 · Living documentation", "",
        f"流程写成中文场景，每个场景都真的执行过；这里写的就是最近一次执行的结果。共 {len(everything)} 个场景、{rows} 个用例，"
        f"{passed} 个通过；登记册 {len(clauses())} 条条款里，{green} 条有场景通过。", "",
        f"The process as scenarios in Chinese, each of them really run; this is what the last run said. {scenarios} scenarios,"
        f" {rows} cases, {passed} passed; {green} of the {len(clauses())} clauses of the register are shown by a scenario that passes.", "",
        "✓ 通过 passed · ✗ 没有通过 failed · – 跳过 skipped · ○ 没有执行，没有场景 never ran, no scenario", "",
        "## 按工作 · By the work", "",
        *table(("页 page", "场景 scenarios", "用例 cases", "结果 result"), _rooms(books)), "",
        "## 按条款 · By the clauses", "",
        *table(("章 chapter", "条款 clauses", "有场景通过 shown", "没有 not shown"), _totals(shown)), "",
        f"目录里另有 {absent} 条还没有进登记册，`aftersales clauses --missing` 逐条列出。 {absent} more of the catalogue are not in the"
        " register yet; `aftersales clauses --missing` lists them.", "",
    ]  # fmt: skip
    for name, title, where, found in _chapters():
        lines += [f"<a id='series-{name.lower()}'></a>", "", f"### {title}", "", where, ""]
        lines += table(("条款&nbsp;clause", "要求", "落实", "场景 scenarios"), (_clause(one, clause, shown.get(one, [])) for one, clause in found.items()))
        lines.append("")
    return whole(lines)


def _rooms(books: Books) -> Iterator[Sequence[object]]:
    everything: list[Told] = []
    for page, book in books.items():
        found = [one for _feature, scenarios in book for one in scenarios]
        everything += found
        scenarios, rows, passed = counted(found)
        name = "、".join(feature.name for feature, _found in book)
        yield f"[{plain(name)} · {page.removesuffix('.md').capitalize()}]({page})", scenarios, rows, result(rows, passed)
    scenarios, rows, passed = counted(everything)
    yield "合计 total", scenarios, rows, result(rows, passed)


def _chapters() -> Iterator[tuple[str, str, str, dict[str, Clause]]]:
    """(series, title, link to where it is told, clauses) of every chapter of the process, then of the series without one."""
    known = clauses()
    by = {chapter.series: chapter for chapter in process.CHAPTERS}
    for name in (*by, *(name for name in catalogue() if name not in by)):
        found = {clause: each for clause, each in known.items() if series(clause) == name}
        if name in by:
            title = f"{by[name].number:02} {by[name].zh} · {by[name].en}"
            yield name, title, f"[条款全文 the clauses](../process/{by[name].file})", found
        elif found:
            title = f"{catalogue()[name].zh} · {catalogue()[name].en}"
            yield name, title, "[条款登记册 the register](../reference/clauses.md)", found


def _totals(shown: Shown) -> Iterator[Sequence[object]]:
    total = [0, 0]
    for name, title, _where, found in _chapters():
        green = sum(_green(shown.get(clause, ())) for clause in found)
        total = [total[0] + len(found), total[1] + green]
        yield f"[{title}](#series-{name.lower()}) {name}", len(found), green, len(found) - green
    yield "合计 total", total[0], total[1], total[0] - total[1]


def _clause(name: str, clause: Clause, found: Sequence[tuple[Told, str]]) -> Sequence[object]:
    cell = "<br>".join(f"{MARKS[outcome]} {one.link}" for one, outcome in found) or "○"
    return linked(name), plain(clause.zh), wording.word("carried", clause.carried, "zh"), cell
