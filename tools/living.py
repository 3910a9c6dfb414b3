"""活文档: writes docs/living and the results in the wheel from the feature files and one real run of them.

python tools/living.py                          # run the features, write
python tools/living.py --check                  # run them; exit 1 where what is written is not what the run says
python tools/living.py --run FILE               # run them, leave the clause report in FILE, write nothing else
python tools/living.py [--check] --report FILE  # take that report instead of a run

Exit 1 also where a scenario of the files did not run, ran twice or did not pass; each is named.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import living_pages

from aftersales_core.testing.accounts import unaccounted
from aftersales_core.testing.feature_lint import feature_files, lint_features
from aftersales_core.testing.feature_text import FeatureText, read_feature

ROOT: Final = Path(__file__).resolve().parents[1]
FEATURES: Final = ROOT / "features"
TESTS: Final = ROOT / "tests" / "features"
ROOM: Final = ROOT / "docs" / "living"
"""Holds nothing but what is written here."""
SHOWN: Final = ROOT / "src" / "aftersales_core" / "playbooks" / "shown.json"

Report = dict[str, list[dict[str, Any]]]


def run(file: Path) -> int:
    """Run every bound folder of features, the report into *file*; how pytest ended, 0 for all passed."""
    there = (TESTS / f"test_{folder.name}.py" for folder in sorted(FEATURES.iterdir()))
    command = [sys.executable, "-m", "pytest", *(str(path) for path in there if path.exists()), "-q", "-p", "no:cacheprovider",
               "-o", "aftersales_features=features", "--clause-report", str(file)]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stdout.write(done.stdout + done.stderr)
    return done.returncode


def texts() -> list[FeatureText]:
    """Every feature file, in order of their paths."""
    return [read_feature(path) for path in feature_files([FEATURES])]


def told(report: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """What the wheel keeps of a run: clause → scenarios, one a line."""
    return "{\n" + ",\n".join(_clauses(report)) + "\n}\n"


def _clauses(report: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    for clause, scenarios in report.items():
        if clause:
            rows = (
                {"feature": s["feature"], "scenario": s["scenario"], "rows": len(s["rows"]), "outcome": s["outcome"]}
                for s in scenarios
            )
            lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
            yield f"{json.dumps(clause)}: [\n{lines}\n]"


def files(report: Report) -> dict[Path, str]:
    """Everything that is written from a report."""
    pages = living_pages.pages(texts(), report, ROOT)
    return {SHOWN: told(report), **{ROOM / name: text for name, text in pages.items()}}


def problems(report: Report) -> list[str]:
    """Whatever would be green in silence: a trap in a file, a scenario that did not run once and pass."""
    return [*map(str, lint_features([FEATURES])), *map(str, unaccounted(texts(), report, ROOT))]


def main(arguments: Sequence[str]) -> int:
    """0: written, or fresh. 1: stale, or not every scenario ran and passed. 2: wrong usage, or no report."""
    match list(arguments):
        case ["--run", file]:
            return run(Path(file)) or _say(problems(_read(Path(file))))
        case [*flags, "--report", file] if flags in ([], ["--check"]):
            return _done(_read(Path(file)), check=bool(flags))
        case [] | ["--check"] as flags:
            with tempfile.TemporaryDirectory() as folder:
                file = Path(folder) / "clauses.json"
                ended = run(file)
                if not file.exists():
                    return 2
                return _done(_read(file), check=bool(flags)) or int(ended != 0)
        case _:
            sys.stderr.write(f"{__doc__}\n")
            return 2


def _read(file: Path) -> Report:
    found: Report = json.loads(file.read_text("utf-8"))
    return found


def _done(report: Report, *, check: bool) -> int:
    made = files(report)
    found = _say(problems(report))
    there = {path: path.read_text("utf-8") for path in (*sorted(ROOM.glob("*")), SHOWN) if path.exists()}
    if check:
        stale = [path for path in sorted({*made, *there}) if made.get(path) != there.get(path)]
        return _say([f"{path.relative_to(ROOT)} is stale; run python tools/living.py" for path in stale]) or found
    ROOM.mkdir(parents=True, exist_ok=True)
    for path, text in made.items():
        path.write_text(text, "utf-8")
    for path in set(there) - set(made):
        path.unlink()
    return found


def _say(lines: Sequence[str]) -> int:
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
