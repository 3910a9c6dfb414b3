"""Several processes find in a ledger what one finds, in the same order, and nobody waits for one that is gone."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres import Server
from tests.shell.test_verify import lives

from aftersales_core import Desk, sharing
from aftersales_core.audit import Finding, Report, verify
from aftersales_core.codec import GENESIS, encode
from aftersales_core.errors import BadInput, StoreUnusable
from aftersales_core.ledger import Ledger, MemoryRecorder
from aftersales_core.plugins import RECORDERS, adapter
from aftersales_core.sharing import Span, spans, verify_shared
from aftersales_core.testing import TRAILS, scene_at


def fill(ledger: Ledger) -> None:
    """Every story at its end, twice over, in an order of its own, and the tickets of `test_verify`."""
    for turn in "ba":
        for nth, (trail, places) in enumerate(TRAILS.items()):
            rows, prev = [], GENESIS
            for entry in scene_at(trail, list(places)[-1], number=f"单{turn}-{nth}").history:
                prev, state = encode(entry.ticket, entry.version, entry.fact, entry.envelope._replace(prev=prev))
                rows.append((entry.ticket, entry.version, entry.fact.kind, state, f"{entry.ticket}-{entry.version}"))
            ledger.restore(rows)
    lives(ledger)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.db'}"
    server: Server = request.getfixturevalue("postgres")
    return server.new_url()


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    made = Ledger(adapter(RECORDERS, url)(url))
    fill(made)
    yield made
    made.close()


def told(found: Iterator[Finding], report: Report) -> tuple[list[Finding], Report]:
    return list(found), report


def alone(ledger: Ledger) -> tuple[list[Finding], Report]:
    report = Report()
    return told(verify(ledger.recorder.scan(), report), report)


def shared(ledger: Ledger, url: str, size: int, processes: int = 2) -> tuple[list[Finding], Report]:
    report = Report()
    return told(verify_shared(ledger, url, report, processes, size=size), report)


@pytest.mark.parametrize("size", [1, 7, 40, 10**6])
def test_spans_hold_every_ticket_once_and_about_so_many_facts(size: int) -> None:
    ledger = Ledger(MemoryRecorder())
    fill(ledger)
    found, whole = spans(ledger, size)

    rows = [list(sharing._rows(ledger, share)) for share in found]

    assert [row for some in rows for row in some] == list(ledger.recorder.scan())
    assert whole == ledger.count()
    assert all(len(some) >= size for some in rows[:-1])
    assert [share.upto for share in found[:-1]] == [share.after for share in found[1:]]
    assert found[-1].upto is None


def test_a_span_is_as_of_the_position_it_was_cut_at() -> None:
    ledger = Ledger(MemoryRecorder())
    lives(ledger)
    found, _whole = spans(ledger, 5)
    before = list(ledger.recorder.scan())

    ledger.restore([("AS-15", 1, "acknowledged", b"x", "c-1"), ("AS-9", 1, "acknowledged", b"x", "c-2")])

    assert [row for share in found for row in sharing._rows(ledger, share)] == before


def test_an_empty_ledger_has_one_span_with_nothing_in_it() -> None:
    ledger = Ledger(MemoryRecorder())

    assert spans(ledger) == ([Span("", None, 0)], 0)
    assert shared(ledger, "memory:", 5) == ([], Report())


def test_of_a_sound_ledger_two_processes_say_what_one_says(ledger: Ledger, url: str) -> None:
    assert len(spans(ledger, 40)[0]) >= sharing.WORTH
    findings, report = shared(ledger, url, 40)

    assert (findings, report) == alone(ledger)
    assert (findings, report.facts) == ([], ledger.count())


def test_so_they_do_of_one_that_was_tampered_with(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    url = f"sqlite:///{path}"
    ledger = Ledger(adapter(RECORDERS, url)(url))
    fill(ledger)
    with sqlite3.connect(path) as file:
        file.execute("UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), '00:00', '01:00') AS BLOB)"
                     " WHERE position % 7 = 0")  # fmt: skip
        file.execute("DELETE FROM stored_events WHERE position % 31 = 0")
        file.execute("UPDATE stored_events SET topic = 'closed' WHERE position % 37 = 0")
    file.close()

    findings, report = shared(ledger, url, 30, 3)

    assert (findings, report) == alone(ledger)
    assert {"digest-wrong", "version-gap", "link-broken"} <= {finding.code for finding in findings}
    assert len({finding.ticket for finding in findings}) > 5
    ledger.close()


def test_how_far_it_is_is_told_after_every_span(ledger: Ledger, url: str) -> None:
    said: list[tuple[int, int]] = []
    list(verify_shared(ledger, url, Report(), 1, lambda done, whole: said.append((done, whole)), size=20))

    assert len(said) > 3
    assert said == sorted(said)
    assert said[-1] == (ledger.count(), ledger.count())


@pytest.mark.parametrize(("size", "begun"), [(20, True), (10**6, False)])
def test_other_processes_are_begun_where_there_is_enough_for_them(ledger: Ledger, tmp_path: Path, size: int, begun: bool) -> None:
    nowhere = f"sqlite:///{tmp_path / 'no' / 'folder.db'}"

    if begun:
        with pytest.raises(StoreUnusable):
            shared(ledger, nowhere, size)
    else:
        assert shared(ledger, nowhere, size) == alone(ledger)


def test_whoever_has_seen_enough_may_stop(ledger: Ledger, url: str) -> None:
    one = ledger.recorder.rows("AS-2")[0]
    broken = Ledger(MemoryRecorder())
    broken.restore([(*one[:3], b"x\ny\nz", "c-1"), ("AS-3", 1, "reported", b"x\ny\nz", "c-2")])

    found = verify_shared(broken, url, Report(), 1, size=1)

    assert next(found).ticket == "AS-2"
    found.close()
    assert next(iter(verify_shared(ledger, url, Report(), 2, size=20)), None) is None


def test_a_ledger_that_the_others_cannot_open_is_told(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable) as caught:
        shared(ledger, f"sqlite:///{tmp_path / 'no' / 'folder.db'}", 20)

    assert caught.value.code == "no-such-folder"


def test_another_ledger_of_the_name_is_told_and_not_taken_for_a_sound_one(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable) as caught:
        shared(ledger, f"sqlite:///{tmp_path / 'other.db'}", 20)

    assert caught.value.code == "unopenable"


def test_a_program_that_went_to_another_folder_has_its_own_ledger_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing.verify_shared, "__kwdefaults__", {"size": 20})
    here, there = tmp_path / "一 100%", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    with Desk.open("sqlite:///ledger.db?timeout=5") as desk:
        fill(desk.ledger)
        monkeypatch.chdir(there)
        report = Report()

        assert list(desk.verify(report, processes=2)) == []
        assert report.facts == desk.ledger.count()
    assert list(there.iterdir()) == []


def ended(_url: str, _share: Span) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_is_ended_from_outside_is_told_and_not_waited_for(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "_share", ended)

    with pytest.raises(StoreUnusable) as caught:
        shared(ledger, "postgresql://shop:secret@host/shop?password=secret", 20)

    assert caught.value.code == "worker-lost"
    assert "secret" not in str(caught.value)
    assert "host/shop" in caught.value.sentence("zh")


PROGRAM = """
    import sys
    from aftersales_core.audit import Report
    from aftersales_core.ledger import Ledger
    from aftersales_core.plugins import RECORDERS, adapter
    from aftersales_core.sharing import verify_shared

    if __name__ == "__main__":
        url = sys.argv[1]
        ledger = Ledger(adapter(RECORDERS, url)(url))
        def tell(done, whole):
            print(done, flush=True)
        while True:
            list(verify_shared(ledger, url, Report(), 2, tell, size=20))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_ended_by_hand_or_by_force_it_leaves_no_process_behind(url: str, ledger: Ledger, tmp_path: Path, how: signal.Signals) -> None:
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM))
    running = subprocess.Popen(
        [sys.executable, str(program), url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    assert running.stdout is not None
    assert running.stdout.readline().strip().isdigit()
    # a terminal sends Ctrl-C to every process in it; force hits the first alone
    os.killpg(running.pid, how) if how == signal.SIGINT else running.send_signal(how)

    # standard output ends when the last process that holds it does, and every one of them does
    _out, said = running.communicate(timeout=60)

    assert running.returncode == -how
    # the others are quiet: one traceback, if any, and it is that of the first
    assert said.count("Traceback") == (1 if how == signal.SIGINT else 0)


def test_a_desk_shares_the_work_where_others_can_open_its_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    with Desk.open(url) as desk, Desk.open("memory:") as other:
        fill(desk.ledger)
        fill(other.ledger)
        reports = [Report() for _ in range(3)]
        assert list(desk.verify(reports[0])) == list(desk.verify(reports[1], processes=2)) == []
        assert list(other.verify(reports[2], processes=2)) == []
        assert reports[0] == reports[1] == reports[2]
        assert list(desk.verify(Report(), "AS-1", processes=2)) == []
        with pytest.raises(BadInput):
            desk.verify(Report(), processes=0)
