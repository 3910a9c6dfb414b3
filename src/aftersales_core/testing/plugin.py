"""插件: the pytest plugin. A project opts in with one line; until then it costs nothing.

    [tool.pytest.ini_options]
    aftersales_features = ["features"]

Then the Chinese steps are there, every clause id and every tag of its feature files is a known marker, the feature
files are linted before anything is collected, and `--clause-report FILE` says which clause was shown by which
scenario. With xdist the report is written by the controlling process.
"""

from __future__ import annotations

import json
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

SEEN: Final = pytest.StashKey[list[str]]()
"""Where a scenario keeps, on its item, the codes of the refusals that its steps checked."""

_INI: Final = "aftersales_features"
_CLAUSE: Final = re.compile(r"[A-Z][A-Z0-9]?-\d{2}")
_TAG: Final = re.compile(r"@([^\s@]+)")
_SHOWN: Final = "aftersales-scenario"
_WORSE: Final = ("passed", "skipped", "failed")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini(
        _INI, "folders of feature files that use the after-sales steps", type="linelist", default=[]
    )
    group = parser.getgroup("aftersales")
    group.addoption(
        "--clause-report", metavar="FILE", default=None, help="write clause -> scenarios to FILE as JSON"
    )


def _folders(config: pytest.Config) -> list[Path]:
    return [config.rootpath / folder for folder in config.getini(_INI)]


def _opted_in(config: pytest.Config) -> bool:
    return bool(config.getini(_INI))


def pytest_configure(config: pytest.Config) -> None:
    if not _opted_in(config):
        return
    from aftersales_core.playbooks import clauses

    if find_spec("pytest_bdd") is None:
        raise pytest.UsageError(f"{_INI} needs pytest-bdd; install aftersales-core[bdd]")
    config.pluginmanager.import_plugin("aftersales_core.testing.steps")
    for clause in clauses():
        config.addinivalue_line("markers", f"{clause}: a clause of the process documents")
    for tag in sorted(_tags(_folders(config)) - set(clauses())):
        config.addinivalue_line("markers", f"{tag}: a tag of the feature files")
    if config.getoption("clause_report") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(
            _Report(Path(config.getoption("clause_report"))), "aftersales-clause-report"
        )


def _tags(folders: list[Path]) -> set[str]:
    files = (
        file for folder in folders for file in ([folder] if folder.is_file() else folder.rglob("*.feature"))
    )
    lines = (
        line.strip() for file in files for line in file.read_text("utf-8", errors="replace").splitlines()
    )
    return {tag for line in lines if line.startswith("@") for tag in _TAG.findall(line)}


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    config = session.config
    if not _opted_in(config) or hasattr(config, "workerinput"):
        return
    from aftersales_core.testing.feature_lint import lint_features

    try:
        found = lint_features(_folders(config))
    except FileNotFoundError as problem:
        raise pytest.UsageError(f"{_INI}: no such file or folder: {problem}") from None
    if found:
        raise pytest.UsageError("\n".join(map(str, found)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report: pytest.TestReport = yield
    if item.config.getoption("clause_report") and _opted_in(item.config) and call.when == "call":
        shown = _scenario(item)
        if shown is not None:
            report.user_properties.append((_SHOWN, shown))
    return report


def _scenario(item: pytest.Item) -> dict[str, Any] | None:
    from pytest_bdd.scenario import scenario_wrapper_template_registry

    test = getattr(item, "obj", None)
    scenario = scenario_wrapper_template_registry.get(test) if callable(test) else None
    if scenario is None:
        return None
    seen: list[str] = item.stash.get(SEEN, [])
    return {
        "clauses": sorted({mark.name for mark in item.iter_markers() if _CLAUSE.fullmatch(mark.name)}),
        "feature": Path(os.path.relpath(scenario.feature.filename, item.config.rootpath)).as_posix(),
        "scenario": scenario.name,
        "refusals": sorted(set(seen)),
    }


class _Report:
    """Collects what scenarios showed, here or in workers, and writes it down once."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.shown: dict[str, dict[tuple[str, str], dict[str, Any]]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, shown in report.user_properties:
            if name != _SHOWN or not isinstance(shown, dict) or report.when != "call":
                continue
            for clause in shown["clauses"]:
                rows = self.shown.setdefault(clause, {})
                row = rows.setdefault(
                    (shown["feature"], shown["scenario"]),
                    {
                        "feature": shown["feature"],
                        "scenario": shown["scenario"],
                        "outcome": "passed",
                        "refusals": [],
                    },
                )
                row["outcome"] = max(row["outcome"], report.outcome, key=_WORSE.index)
                row["refusals"] = sorted({*row["refusals"], *shown["refusals"]})

    def pytest_sessionfinish(self) -> None:
        ordered = {clause: [rows[key] for key in sorted(rows)] for clause, rows in sorted(self.shown.items())}
        self.file.write_text(json.dumps(ordered, ensure_ascii=False, indent=2) + "\n", "utf-8")
