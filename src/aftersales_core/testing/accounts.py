"""对账: what the feature files say against what ran and passed. A scenario that never ran looks like one that passes."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from aftersales_core.testing.feature_lint import Finding
from aftersales_core.testing.feature_text import FeatureText, ScenarioText

Report: TypeAlias = Mapping[str, Iterable[Mapping[str, Any]]]
"""Clause → scenarios, as `--clause-report` writes them; scenarios of no clause stand under the empty one."""

_Rows: TypeAlias = dict[int, list[str]]

_WORDS: Final = {"failed": "没有通过", "skipped": "被跳过"}


def told(path: str | Path, root: Path) -> str:
    """*path* as a report tells it, from the folder *root*."""
    return Path(os.path.relpath(path, root)).as_posix()


def unaccounted(features: Iterable[FeatureText], report: Report, root: Path) -> list[Finding]:
    """Every scenario and row of examples of *features* that *report* does not show as run once and passed.

    Args:
        root: the folder that the paths of the report are told from.
    """
    ran = _ran(report)
    found: list[Finding] = []
    for feature in features:
        path = told(feature.path, root)
        there = ran.pop(path, {})
        if feature.scenarios and not there:
            found.append(Finding(path, 1, "not-bound", "整个文件没有执行；请在测试模块里写 scenarios(...)",
                                 "nothing of this file ran; bind it in a test module with scenarios(...)"))  # fmt: skip
            continue
        for scenario in feature.scenarios:
            found += (Finding(path, *each) for each in _scenario(scenario, there.pop(scenario.line, {})))
        found += (_gone(path, line) for line in there)
    return [*found, *(_gone(path, line) for path, lines in sorted(ran.items()) for line in lines)]


def _ran(report: Report) -> dict[str, dict[int, _Rows]]:
    """Feature → line of the scenario → line of the row → how each of its runs ended."""
    found: dict[str, dict[int, _Rows]] = defaultdict(lambda: defaultdict(dict))
    for scenarios in report.values():
        for one in scenarios:
            runs: dict[int, list[str]] = defaultdict(list)
            for row in one["rows"]:
                runs[row["line"]].append(row["outcome"])
            # a row stands under each of its clauses, each time with all its runs
            found[one["feature"]][one["line"]].update(runs)
    return {path: dict(lines) for path, lines in found.items()}


def _scenario(scenario: ScenarioText, ran: _Rows) -> Iterator[tuple[int, str, str, str]]:
    name = scenario.name
    if not ran:
        yield (scenario.line, "never-ran", f"场景「{name}」没有执行；是重名、没有绑定，还是被筛掉了？",
               f"scenario {name!r} never ran: is its name used twice, is it not bound, was it deselected?")  # fmt: skip
        return
    of = "" if len(scenario.rows) == 1 else "的这一行"
    for line in scenario.rows:
        runs = ran.get(line, [])
        if not runs:
            yield (line, "row-never-ran", f"场景大纲「{name}」的这一行没有执行", f"this row of outline {name!r} never ran")
        elif len(runs) > 1:
            yield (line, "ran-twice", f"场景「{name}」{of}执行了 {len(runs)} 次；请只绑定一次",
                   f"scenario {name!r} ran {len(runs)} times; bind it once")  # fmt: skip
        for outcome, _times in Counter(runs).items():
            if outcome != "passed":
                yield (line, "did-not-pass", f"场景「{name}」{of}{_WORDS.get(outcome, outcome)}", f"scenario {name!r} {outcome}")
    for line in sorted(set(ran) - set(scenario.rows)):
        yield (line, "no-longer-there", f"场景「{name}」已没有这一行；请重新执行", f"outline {name!r} has no such row any more; run it again")


def _gone(path: str, line: int) -> Finding:
    return Finding(path, line, "no-longer-there", "结果里有、文件里没有的场景；请重新执行",
                   "the report tells of a scenario that is not in the file; run it again")  # fmt: skip

