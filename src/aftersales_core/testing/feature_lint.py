"""检查: what pytest-bdd passes over in silence in a Chinese feature file, found before a test runs.

A scenario that never runs looks exactly like one that passes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from gherkin.errors import CompositeParserException, ParserException
from gherkin.parser import Parser
from gherkin.token_scanner import TokenScanner

_HEADS: Final = "场景大纲|剧本大纲|场景|剧本|背景|例子|功能|规则"
_FULL_WIDTH: Final = re.compile(rf"\s*({_HEADS})：")
_IN_SCENARIO: Final = re.compile(r"\s*(场景大纲|剧本大纲|场景|剧本|背景)\s*[:：]")
_OTHER_HEAD: Final = re.compile(r"\s*(功能|规则|Rule)\s*[:：]")
_NOT_A_KEYWORD: Final = re.compile(r"\s*(则|如果|若|然后|接着|随后|于是|Given|When|Then|And|But)")
_STEP: Final = re.compile(r"\s*(\* |假如|假设|假定|当|那么|而且|并且|同时|但是)")
_LANGUAGE: Final = re.compile(r"\s*#\s*language\s*:\s*zh-CN\s*$")
_PLACEHOLDER: Final = re.compile(r"<([^<>\s][^<>]*)>")
_CLAUSE: Final = re.compile(r"[A-Z][A-Z0-9]?-\d{2}")
_SWALLOWED: Final = {
    "当": re.compile(r"[前时日天月年场地中作初]"),
    "同时": re.compile(r"[期代间]"),
    "那么": re.compile(r"[多些]"),
    "但是": re.compile(r"[否]"),
}
_ENDS_A_SENTENCE: Final = ("。", "！", "；", "……")


class Finding(NamedTuple):
    """One trap: where, which, and what it does, in both languages."""

    path: str
    line: int
    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.zh} | {self.en}"


def feature_files(paths: Iterable[str | Path]) -> list[Path]:
    """The feature files among *paths*; a folder stands for every one below it.

    Raises:
        FileNotFoundError: a path that is not there.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise FileNotFoundError(path)
        found += sorted(path.rglob("*.feature")) if path.is_dir() else [path]
    return found


def lint_features(paths: Iterable[str | Path], *, clauses: Collection[str] | None = None) -> list[Finding]:
    """Every trap in the feature files at *paths*.

    Args:
        clauses: the clause ids a tag of that form may name; the register of this library unless given.
    """
    if clauses is None:
        from aftersales_core.playbooks import clauses as register

        clauses = register()
    return [finding for path in feature_files(paths) for finding in _lint(path, clauses)]


def _lint(path: Path, clauses: Collection[str]) -> list[Finding]:
    where = str(path)
    raw = path.read_bytes()
    found: list[Finding] = []
    if raw.startswith(b"\xef\xbb\xbf"):
        found.append(Finding(where, 1, "bom", "文件以 BOM 开头，语言声明会失效；请存为无 BOM 的 UTF-8",
                             "the file starts with a BOM, which hides the language; save it as UTF-8 without one"))  # fmt: skip
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [
            *found,
            Finding(
                where,
                1,
                "not-utf-8",
                "文件不是 UTF-8 编码；请另存为 UTF-8",
                "the file is not UTF-8; save it as UTF-8",
            ),
        ]
    lines = text.splitlines()
    if not lines or not _LANGUAGE.match(lines[0]):
        found.append(
            Finding(
                where,
                1,
                "no-language",
                "第一行请写 # language: zh-CN",
                "write # language: zh-CN on the first line",
            )
        )
    found += (Finding(where, *finding) for finding in _lines(lines))
    try:
        tree: Any = Parser().parse(TokenScanner(text))
    except (CompositeParserException, ParserException) as problem:
        if not found:
            first = getattr(problem, "errors", [problem])[0]
            line = int(getattr(first, "location", {}).get("line", 1))
            found.append(Finding(where, line, "not-gherkin", "这一行读不懂；请核对关键字和半角冒号",
                                 f"this line cannot be read: {first}; check keyword and colon"))  # fmt: skip
        return sorted(found)
    if feature := tree.get("feature"):
        found += (Finding(where, *finding) for finding in _feature(feature, clauses))
    else:
        found.append(
            Finding(
                where,
                1,
                "no-feature",
                "文件里没有功能；请写「功能:」",
                "the file holds no feature; write one",
            )
        )
    return sorted(found)


_Loose = tuple[int, str, str, str]


def _lines(lines: list[str]) -> Iterator[_Loose]:
    """What only the bare text shows."""
    inside = begun = quoted = False
    for number, line in enumerate(lines, 1):
        if line.strip().startswith(('"""', "```")):
            quoted = not quoted
        if quoted:
            continue
        if head := _FULL_WIDTH.match(line):
            yield (number, "full-width-colon", f"「{head[1]}」后面是全角冒号，这一段不会执行；请改成半角冒号",
                   f"a full-width colon follows {head[1]}: this part never runs; write an ASCII colon")  # fmt: skip
        if _IN_SCENARIO.match(line):
            inside, begun = True, False
        elif _OTHER_HEAD.match(line):
            inside = False
        elif line.strip().startswith(("#", "@", "|")):
            continue
        elif _STEP.match(line):
            begun = inside
            if not inside and "「" in line:
                yield (number, "outside-scenario", "这一步不在任何场景里，只算说明，不会执行；请核对上面的「场景:」",
                       "this step is in no scenario and counts as prose: it never runs; check the 场景: above it")  # fmt: skip
        elif inside and (word := _NOT_A_KEYWORD.match(line)):
            yield (number, "not-a-keyword", f"「{word[1]}」不是步骤关键字；请用 假如、当、那么、而且、但是",
                   f"{word[1]} is no step keyword; use 假如, 当, 那么, 而且 or 但是")  # fmt: skip
        elif inside and not begun and "「" in line:
            yield (number, "no-keyword", "这一行没有步骤关键字，只算说明，不会执行；请用 假如、当、那么、而且、但是 开头",
                   "this line begins with no step keyword and counts as prose: it never runs; begin it with one")  # fmt: skip


def _feature(feature: dict[str, Any], clauses: Collection[str]) -> Iterator[_Loose]:
    tagged: list[dict[str, Any]] = [*feature["tags"]]
    scenarios: list[dict[str, Any]] = []
    for child in _children(feature):
        if rule := child.get("rule"):
            tagged += rule["tags"]
        if background := child.get("background"):
            yield from _steps(background)
        if scenario := child.get("scenario"):
            scenarios.append(scenario)
            tagged += scenario["tags"]
            tagged += (tag for examples in scenario["examples"] for tag in examples["tags"])
            yield from _scenario(scenario)
    names = Counter(scenario["name"] for scenario in scenarios)
    for scenario in scenarios:
        if names[scenario["name"]] > 1:
            yield (_at(scenario), "same-name", f"场景「{scenario['name']}」重名，只有最后一个会执行；请各取一个名字",
                   f"several scenarios are called {scenario['name']!r} and only the last one runs; name them apart")  # fmt: skip
    for tag in tagged:
        name = tag["name"].removeprefix("@")
        if name.startswith("_"):
            yield (
                _at(tag),
                "bad-tag",
                f"标签 {name} 不能以下划线开头；请改名",
                f"tag {name} must not start with an underscore; rename it",
            )
        if _CLAUSE.fullmatch(name) and name not in clauses:
            yield (_at(tag), "unknown-clause", f"条款 {name} 不在条款册里；请核对编号",
                   f"clause {name} is not in the register; check the number")  # fmt: skip


def _children(feature: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in feature["children"]:
        yield child
        yield from child.get("rule", {}).get("children", ())


def _scenario(scenario: dict[str, Any]) -> Iterator[_Loose]:
    at, name = _at(scenario), scenario["name"]
    if not scenario["steps"]:
        yield (
            at,
            "empty",
            f"场景「{name}」没有步骤，总是通过；请写步骤或删去",
            f"scenario {name!r} has no steps and always passes; write some or drop it",
        )
    elif not any(step.get("keywordType") == "Outcome" for step in scenario["steps"]):
        yield (at, "no-check", f"场景「{name}」没有「那么」，什么也没有核对；请写上要核对的结果",
               f"scenario {name!r} has no 那么 and checks nothing; say what must hold")  # fmt: skip
    yield from _steps(scenario)
    columns: set[str] = set()
    outline = "大纲" in scenario["keyword"]
    for examples in scenario["examples"]:
        header = [cell["value"] for cell in (examples.get("tableHeader") or {"cells": []})["cells"]]
        columns |= set(header)
        for column, count in Counter(header).items():
            if count > 1:
                yield (_at(examples), "same-column", f"例子有重复的列「{column}」，只有最后一列有效；请删去一列",
                       f"the examples have column {column!r} {count} times and only the last counts; drop one")  # fmt: skip
        if not examples.get("tableBody"):
            yield (_at(examples), "no-rows", f"场景大纲「{name}」的例子没有数据行；请补上",
                   f"the examples of outline {name!r} have no rows; add some")  # fmt: skip
    if outline and not scenario["examples"]:
        yield (at, "no-rows", f"场景大纲「{name}」没有例子，会带着占位符原样执行一次；请补上例子",
               f"outline {name!r} has no examples and runs once with its placeholders as they are; add examples")  # fmt: skip
    for line, text in _texts(scenario):
        for hole in _PLACEHOLDER.findall(text):
            if hole not in columns:
                yield (line, "no-column", f"占位符 <{hole}> 在例子里没有这一列；请补列或改名",
                       f"placeholder <{hole}> has no column in the examples; add the column or rename it")  # fmt: skip


def _steps(holder: dict[str, Any]) -> Iterator[_Loose]:
    """Prose that was taken for a step: a keyword that only begins a longer word, a full stop, `而且` first."""
    for index, step in enumerate(holder["steps"]):
        keyword, text = step["keyword"].strip(), step["text"]
        swallowed = _SWALLOWED.get(keyword)
        if (swallowed and swallowed.match(text)) or text.endswith(_ENDS_A_SENTENCE):
            yield (_at(step), "prose-as-step", f"「{keyword}{text}」像是说明文字，却成了步骤；说明请移到功能下面或换个开头",
                   f"{keyword}{text} reads like prose but is taken as a step; move it under the feature or begin it otherwise")  # fmt: skip
        elif index == 0 and step.get("keywordType") == "Conjunction":
            yield (_at(step), "conjunction-first", f"第一步不能以「{keyword}」开头；请用 假如、当、那么",
                   f"the first step cannot begin with {keyword}; use 假如, 当 or 那么")  # fmt: skip


def _texts(scenario: dict[str, Any]) -> Iterator[tuple[int, str]]:
    yield _at(scenario), scenario["name"]
    for step in scenario["steps"]:
        yield _at(step), step["text"]
        for row in (step.get("dataTable") or {}).get("rows", ()):
            yield from ((_at(row), cell["value"]) for cell in row["cells"])
        if quoted := step.get("docString"):
            yield _at(quoted), quoted["content"]


def _at(node: dict[str, Any]) -> int:
    return int(node["location"]["line"])
