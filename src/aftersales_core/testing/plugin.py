"""插件: the pytest plugin. A project opts in with one line; until then it costs nothing.

    [tool.pytest.ini_options]
    aftersales_features = ["features"]

Then the Chinese steps are there, every clause id and every tag of its feature files is a known marker, the feature
files are linted before anything is collected, `--clause-report FILE` says which clause was shown by which scenario,
row by row, and `--every-scenario` fails the run where a scenario of the files did not run, or did not pass. With xdist
the controlling process does both.
"""

from __future__ import annotations

import json
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
    group.addoption(
        "--every-scenario", action="store_true", help="fail where a scenario of the feature files did not run and pass"
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
    for room in ("steps", "list_steps", "house_steps", "judging_steps"):
        config.pluginmanager.import_plugin(f"aftersales_core.testing.{room}")
    for clause in clauses():
        config.addinivalue_line("markers", f"{clause}: a clause of the process documents")
    for tag in sorted(_tags(_folders(config)) - set(clauses())):
        config.addinivalue_line("markers", f"{tag}: a tag of the feature files")
    if _asked(config) and not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Report(config), "aftersales-clause-report")


def _asked(config: pytest.Config) -> bool:
    return bool(config.getoption("clause_report") or config.getoption("every_scenario"))


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
    # one that was skipped or broke before its first step has no call to tell of
    if _asked(item.config) and _opted_in(item.config) and (call.when == "call" or not report.passed):
        shown = _scenario(item)
        if shown is not None:
            report.user_properties.append((_SHOWN, shown))
    return report


def _scenario(item: pytest.Item) -> dict[str, Any] | None:
    from pytest_bdd.scenario import scenario_wrapper_template_registry

    from aftersales_core.testing.accounts import told
    from aftersales_core.testing.feature_text import read_feature

    test = getattr(item, "obj", None)
    scenario = scenario_wrapper_template_registry.get(test) if callable(test) else None
    if scenario is None:
        return None
    path = Path(scenario.feature.filename)
    text = next(found for found in read_feature(path).scenarios if found.line == scenario.line_number)
    callspec = getattr(item, "callspec", None)
    seen: list[str] = item.stash.get(SEEN, [])
    return {
        "clauses": sorted({mark.name for mark in item.iter_markers() if _CLAUSE.fullmatch(mark.name)}),
        "feature": told(path, item.config.rootpath),
        "scenario": scenario.name,
        "line": text.line,
        "row": text.rows[callspec.indices["_pytest_bdd_example"] if callspec else 0],
        "refusals": sorted(set(seen)),
    }


class _Report:
    """Collects what scenarios showed, here or in workers; writes it down and holds it against the files, once."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.shown: dict[str, dict[tuple[str, int], dict[str, Any]]] = {}
        self.runs: dict[tuple[str, str], dict[str, Any]] = {}
        self.missing: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, shown in report.user_properties:
            if name == _SHOWN and isinstance(shown, dict):
                for clause in shown["clauses"] or [""]:
                    self._add(clause, shown, report)

    def _add(self, clause: str, shown: dict[str, Any], report: pytest.TestReport) -> None:
        at = (shown["feature"], shown["line"])
        blank = {"feature": at[0], "scenario": shown["scenario"], "line": at[1], "outcome": "passed", "refusals": [], "rows": []}
        scenario = self.shown.setdefault(clause, {}).setdefault(at, blank)
        row = self.runs.get((clause, report.nodeid))
        if row is None:
            row = {"line": shown["row"], "outcome": "passed", "refusals": []}
            self.runs[clause, report.nodeid] = row
            scenario["rows"].append(row)
        for told in (row, scenario):
            told["outcome"] = max(told["outcome"], report.outcome, key=_WORSE.index)
            told["refusals"] = sorted({*told["refusals"], *shown["refusals"]})

    def told(self) -> dict[str, list[dict[str, Any]]]:
        """Clause → scenarios in order of their files and lines, each with its rows in order."""
        for scenarios in self.shown.values():
            for scenario in scenarios.values():
                scenario["rows"].sort(key=lambda row: row["line"])
        return {clause: [rows[key] for key in sorted(rows)] for clause, rows in sorted(self.shown.items())}

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        told = self.told()
        if file := self.config.getoption("clause_report"):
            Path(file).write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")
        if self.config.getoption("every_scenario"):
            self.missing = [*map(str, _missing(self.config, told))]
        if self.missing and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if self.missing:
            terminalreporter.section("scenarios that did not run and pass")
            for line in self.missing:
                terminalreporter.line(line)


def _missing(config: pytest.Config, told: dict[str, list[dict[str, Any]]]) -> list[Any]:
    from aftersales_core.testing.accounts import unaccounted
    from aftersales_core.testing.feature_lint import feature_files
    from aftersales_core.testing.feature_text import read_feature

    return unaccounted(map(read_feature, feature_files(_folders(config))), told, config.rootpath)
