"""The quick way of `show`: for every ticket it prints, byte for byte, what the long way prints, and needs almost nothing for it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_cli import main
from aftersales_cli.argv import read
from aftersales_cli.plain import moment
from aftersales_cli.quick import show
from aftersales_core import Desk
from aftersales_core.state import is_log
from aftersales_core.views import BY_NAME
from aftersales_sql.glance import EDITIONS, OURS
from aftersales_sqlite.files import APPLICATION_ID, VERSION

Cli = Callable[..., Any]
GOLDEN = Path(__file__).parents[2] / "golden"


def both(url: str, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[str | None, str]:
    """What the quick way prints, None where it would rather not, and what the long way prints."""
    capsys.readouterr()
    code = show(read(["--db", url, *words], {}))
    quick = capsys.readouterr().out
    # a URL with an option is not for the quick way
    assert main(["--db", f"{url}?timeout=5", *words]) == 0
    return (quick if code == 0 else None), capsys.readouterr().out


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('month') / 'month.db'}"
    assert main(["--db", url, "demo", "--tickets", "120"]) == 0
    return url


def tickets(url: str) -> Iterator[str]:
    with Desk.open(url) as desk:
        desk.refresh()
        yield from (number for number, _version in desk.ledger.tickets() if not is_log(number))


def test_every_ticket_of_the_month_looks_the_same_both_ways(month: str, capsys: pytest.CaptureFixture[str]) -> None:
    numbers = list(tickets(month))
    assert len(numbers) >= 120
    kinds = set()
    for at, number in enumerate(numbers):
        quick, slow = both(month, capsys, "--lang", ("zh", "en")[at % 2], *(["--unmask"] * (at % 3 == 0)), "show", number)
        assert quick == slow, number
        kinds |= {line.strip() for line in ("跟进", "附件", "followed up", "files") if line in slow}
    assert kinds == {"跟进", "附件", "followed up", "files"}, "some tickets have something beside the work"


@pytest.mark.parametrize("stream", sorted(path.name for path in GOLDEN.glob("*.jsonl") if path.name != "house-log.jsonl"))
def test_every_golden_stream_looks_the_same_both_ways(stream: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'golden.db'}"
    with Desk.open(url) as desk, (GOLDEN / stream).open(encoding="utf-8") as lines:
        desk.import_(lines)
    for number in tickets(url):
        for lang in ("zh", "en"):
            quick, slow = both(url, capsys, "--lang", lang, "show", number)
            assert quick == slow


# --- corrections of what stands beside the work


@pytest.fixture
def beside(cli: Cli, write: Callable[..., Path], trail: Callable[..., Any]) -> Callable[..., tuple[int, str]]:
    """Records follow-ups and fields on a ticket, and then corrections of them: (version of the first, the ticket's number)."""
    path = write(
        *trail("AS-1", "安装", "已到现场"),
        *(
            {"command": "follow-up", "ticket": "AS-1", "command_id": f"f-{at}", "occurred_at": f"2026-11-02T09:{30 + at}:00+08:00",
             "actor": "lin", "role": "cs_specialist", "occasion": "after-complaint", "solved": False}
            for at in range(3)
        ),
        name="beside.jsonl",
    )  # fmt: skip
    assert cli("record", path).code == 0
    first = len(cli("show", "AS-1", "--json").json["timeline"]) - 2

    def corrected(*changes: tuple[int, dict[str, Any]]) -> tuple[int, str]:
        lines = [
            {"command": "correct", "ticket": "AS-1", "command_id": f"k-{at}", "occurred_at": "2026-11-02T10:00:00+08:00", "actor": "lin",
             "role": "cs_supervisor", "version": first + of, "changes": new, "reason": "写错"}
            for at, (of, new) in enumerate(changes)
        ]  # fmt: skip
        assert cli("record", write(*lines, name="corrections.jsonl")).code == 0
        cli("show", "AS-1")  # brings the views up to date
        return first, "AS-1"

    return corrected


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ([(0, {"solved": True})], "solved"),
        ([(1, {"solved": True}), (1, {"solved": None, "satisfaction": 4})], "2026-11-02  follow up a complaint\n"),
        ([(2, {"occurred_at": "2026-11-01T20:15:00+00:00"})], "2026-11-02"),
        ([(2, {"occurred_at": "2026-10-31T20:15:00+02:00"})], "2026-11-01"),
        ([(0, {"remark": "改过"})], "follow up a complaint"),
    ],
)
def test_what_was_corrected_beside_the_work_is_read_as_corrected(
    beside: Callable[..., tuple[int, str]], database: Path, capsys: pytest.CaptureFixture[str], changes: Any, shown: str
) -> None:
    _first, number = beside(*changes)
    quick, slow = both(f"sqlite:///{database}", capsys, "show", number)
    assert shown in slow
    assert quick == slow


def test_a_correction_that_only_the_models_can_read_goes_the_long_way(
    beside: Callable[..., tuple[int, str]], database: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _first, number = beside((0, {"solved": "yes"}))
    quick, slow = both(f"sqlite:///{database}", capsys, "show", number)
    assert quick is None
    assert "follow up a complaint  solved\n" in slow


# --- files that are not as they should be


def test_the_editions_and_the_marks_of_a_file_are_those_of_the_views_and_of_the_ledger() -> None:
    assert {name: BY_NAME[name].shape.edition for name in EDITIONS} == EDITIONS
    assert OURS == (APPLICATION_ID, VERSION)


@pytest.mark.parametrize("pragma", ["user_version = 9", "application_id = 5"])
def test_a_file_of_another_program_or_of_a_newer_one_goes_the_long_way(
    filled: Cli, database: Path, capsys: pytest.CaptureFixture[str], pragma: str
) -> None:
    filled("show", "AS-1")
    assert both(f"sqlite:///{database}", capsys, "show", "AS-1")[0] is not None
    with closing(sqlite3.connect(database)) as file:
        file.execute(f"PRAGMA {pragma}")

    assert show(read(["--db", f"sqlite:///{database}", "show", "AS-1"], {})) is None
    assert filled("show", "AS-1").code == 4


def test_what_a_newer_program_put_beside_our_views_is_not_shown(filled: Cli, database: Path, capsys: pytest.CaptureFixture[str]) -> None:
    filled("show", "AS-1")
    before = both(f"sqlite:///{database}", capsys, "show", "AS-1")
    assert before[0] is not None
    edition = EDITIONS["board"] + 1
    with closing(sqlite3.connect(database)) as file, file:
        file.execute(f"CREATE TABLE view_board_{edition} AS SELECT * FROM view_board_{edition - 1}")
        file.execute(f"UPDATE view_board_{edition} SET stage = 'CANCELLED'")
        file.execute("INSERT INTO view_positions SELECT name, ?, position FROM view_positions WHERE name = 'board'", (edition,))

    quick, slow = both(f"sqlite:///{database}", capsys, "show", "AS-1")

    assert quick == slow == before[0]


# --- places to write that are not as they should be


def ends(database: Path, redirected: str) -> list[tuple[int, str]]:
    """(exit code, errors) of the quick way and of the long one, in a shell that sends their output there."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "HERE": sys.executable}
    found = []
    for url in (f"sqlite:///{database}", f"sqlite:///{database}?timeout=5"):
        line = f'"$HERE" -c "from aftersales_cli import main; main()" --db "{url}" show AS-1 {redirected}'
        done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False, env=env)
        found.append((done.returncode, done.stderr))
    return found


@pytest.mark.parametrize("redirected", [">/dev/full", ">&-", "2>&-", ">/dev/null"])
def test_where_it_cannot_be_written_both_ways_end_alike_and_without_a_traceback(filled: Cli, database: Path, redirected: str) -> None:
    filled("show", "AS-1")

    quick, slow = ends(database, redirected)

    assert quick == slow
    assert "Traceback" not in quick[1]


# --- what it is made of


@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)))
def test_the_time_of_the_house_by_hand_is_that_of_the_calendar(naive: datetime) -> None:
    at = naive.replace(tzinfo=UTC)
    said = at.astimezone(timezone(timedelta(hours=8))).isoformat(sep=" ", timespec="minutes")[:16]
    assert moment(at.isoformat(timespec="microseconds")) == said
    assert moment(at.isoformat()) == said
    assert moment(at) == said


UNWANTED = {"functools", "collections", "re", "json", "datetime", "sqlite3", "importlib", "argparse", "typing", "enum", "__future__"}
ENTRY = """
import sys
from aftersales_cli import main
from os import _exit
import os
os._exit = lambda code: (print(*sys.modules, file=sys.stderr), sys.stderr.flush(), _exit(code))
main()
"""


def test_a_glance_imports_none_of_what_takes_longer_than_the_answer(month: str) -> None:
    number = next(n for n in tickets(month))
    # no site packages: what they bring along on their own is not ours; no bytecode either way changes what is imported
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-S", "-c", ENTRY, "--db", month, "show", number], capture_output=True, text=True, check=True, env=env
    )
    assert set(done.stderr.split()) & UNWANTED == set()
    assert done.stdout.startswith(number)


def test_the_engine_is_as_good_to_others_afterwards() -> None:
    code = (
        "import aftersales_sql.glance, sys; assert 'functools' not in sys.modules; import functools, sqlite3;"
        "db = sqlite3.connect(':memory:'); print([db.execute('select ?', (n % 3,)).fetchone()[0] for n in range(7)], functools.lru_cache(4)(abs)(-1))"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "[0, 1, 2, 0, 1, 2, 0] 1\n"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_the_reader_of_facts_reads_as_json_does(value: Any) -> None:
    from aftersales_cli.quick import _reader

    said = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    assert _reader()(said) == json.loads(said) == value
