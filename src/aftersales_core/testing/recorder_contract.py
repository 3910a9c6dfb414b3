"""契约: what every recorder has to do that a ledger stands on, as tests that any adapter can run.

    class TestMyRecorder(FollowedContract):      # or RecorderContract, without a live tail
        @pytest.fixture
        def recorder(self): ...

eventsourcing's own suites (`eventsourcing.tests.persistence`) come beside it; crashes and other processes are each
adapter's own matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from aftersales_core.ledger import Append, NewRow, NotEmpty, Recorder


def events(stream: str, first: int, last: int, topic: str = "t", state: bytes = b"{}") -> list[StoredEvent]:
    """Events of *stream* with the versions from *first* to *last*."""
    return [StoredEvent(stream, version, topic, state) for version in range(first, last + 1)]


def rows_of(recorder: Recorder) -> Iterator[tuple[int, str, int]]:
    """(position, stream, version) of everything, in the order it was written."""
    after = 0
    while page := recorder.log(after, 7):
        yield from ((position, stream, version) for stream, version, _topic, _state, position in page)
        after = page[-1][4]


NOT_THE_NEXT: Final = {
    "a hole": [*events("a", 1, 1), *events("a", 3, 3)],
    "another stream": [*events("a", 1, 1), *events("b", 2, 2)],
    "twice the same": [*events("a", 1, 1), *events("a", 1, 1)],
    "starts late": events("a", 2, 2),
    "starts early": events("a", 0, 0),
}

REFUSED: Final[dict[str, Append]] = {
    "known command": (events("b", 1, 1), 0, ("known", b"")),
    "command twice": (events("b", 1, 1), 0, ("c", b"twice in this call")),
    "taken": (events("x", 1, 1), 0, None),
    "ahead of its own batch": (events("n", 3, 3), 2, None),
    "unknown stream": (events("q", 2, 2), 1, None),
    "two streams": ([*events("b", 1, 1), *events("c", 2, 2)], 0, None),
}
"""Where `x` is at version 1 by the command `known`, and `n` was brought to 1 by the command `c` just before."""


NEW_ROWS: Final[tuple[NewRow, ...]] = (
    ("b", 1, "t", b"1", "c1", b"", 1),
    ("a", 1, "t", b"2", "c2", b"d", 2),
    ("a", 2, "t", b"3", None, None, None),
    ("b", 2, "t", b"4", "c3", b"", 1),
    ("a", 3, "t", b"5", None, None, None),
)


class Torn(Exception):
    """Something went wrong in the middle."""


class RecorderContract:
    """Give a fixture `recorder`: a new and empty one for every test."""

    def test_an_append_returns_its_positions_in_order(self, recorder: Recorder) -> None:
        first = recorder.insert_events(events("a", 1, 1), expected=0)
        second = recorder.insert_events(events("b", 1, 3), expected=0)
        third = recorder.insert_events(events("a", 2, 3), expected=1)
        assert first and second and third  # noqa: PT018 - for the type checker; a recorder may give None
        told = [*first, *second, *third]
        assert told == sorted(set(told))
        assert list(rows_of(recorder)) == [
            (position, *which)
            for position, which in zip(told, [("a", 1), ("b", 1), ("b", 2), ("b", 3), ("a", 2), ("a", 3)], strict=True)
        ]
        assert recorder.max_notification_id() == told[-1]
        assert [row[:2] for row in recorder.rows("a", after=1)] == [("a", 2), ("a", 3)]
        assert [row[:2] for row in recorder.rows("a", upto=2)] == [("a", 1), ("a", 2)]
        assert [recorder.version(stream) for stream in ("a", "b", "c")] == [3, 3, 0]

    def test_an_append_of_nothing_writes_nothing(self, recorder: Recorder) -> None:
        assert recorder.insert_events([], expected=7, command=("c", b"d")) == []
        assert recorder.answer("c") is None
        assert recorder.count() == 0

    @pytest.mark.parametrize("expected", [0, 1, 3, 99])
    def test_an_append_at_another_version_than_expected_writes_nothing(self, recorder: Recorder, expected: int) -> None:
        recorder.insert_events(events("a", 1, 2), expected=0)
        with pytest.raises(IntegrityError, match="'a' is at version 2, not"):
            recorder.insert_events(events("a", expected + 1, expected + 2), expected=expected, command=("c", b"d"))
        assert recorder.count() == 2
        assert recorder.answer("c") is None

    @pytest.mark.parametrize("bad", NOT_THE_NEXT.values(), ids=NOT_THE_NEXT)
    def test_an_append_that_is_not_one_streams_next_versions_writes_nothing(
        self, recorder: Recorder, bad: list[StoredEvent]
    ) -> None:
        with pytest.raises(IntegrityError, match="numbered without a hole"):
            recorder.insert_events(bad, expected=0)
        assert recorder.count() == 0

    def test_a_command_is_answered_with_the_versions_it_led_to(self, recorder: Recorder) -> None:
        recorder.insert_events(events("a", 1, 1), expected=0, command=("open", b"\x00digest"))
        recorder.insert_events(events("a", 2, 4), expected=1, command=("go on", b"\x01"))
        assert recorder.answer("open") == ("a", b"\x00digest", 1, 1)
        assert recorder.answer("go on") == ("a", b"\x01", 2, 4)
        assert recorder.answer("unheard of") is None

    def test_a_command_id_that_is_known_writes_nothing(self, recorder: Recorder) -> None:
        recorder.insert_events(events("a", 1, 1), expected=0, command=("c", b"first"))
        for stream, version in [("a", 2), ("b", 1)]:
            with pytest.raises(IntegrityError):
                recorder.insert_events(events(stream, version, version), expected=version - 1, command=("c", b"2"))
        assert recorder.answer("c") == ("a", b"first", 1, 1)
        assert recorder.streams() == [("a", 1)]

    def test_several_streams_are_read_together(self, recorder: Recorder) -> None:
        for version in (1, 2):
            for stream in ("b", "a", "工单", 'c"\\'):
                recorder.insert_events(events(stream, version, version), expected=version - 1)
        assert [row[:2] for row in recorder.rows_of(["工单", "a", "nobody", 'c"\\', "a"])] == [
            (stream, version) for stream in ("a", 'c"\\', "工单") for version in (1, 2)
        ]
        assert recorder.rows_of(["b"]) == recorder.rows("b")
        assert recorder.rows_of([]) == []

    # --- many at once

    def test_many_batches_are_written_in_one_go(self, recorder: Recorder) -> None:
        recorder.insert_events(events("old", 1, 2), expected=0)
        recorder.insert_many(
            [
                (events("old", 3, 3), 2, ("c1", b"1")),
                (events("new", 1, 2), 0, None),
                ([], 5, ("empty", b"")),
                (events("new", 3, 4), 2, ("c2", b"2")),
            ]
        )
        assert recorder.streams() == [("new", 4), ("old", 3)]
        assert recorder.answer("c1") == ("old", b"1", 3, 3)
        assert recorder.answer("c2") == ("new", b"2", 3, 4)
        assert recorder.answer("empty") is None
        written = [("old", 1), ("old", 2), ("old", 3), ("new", 1), ("new", 2), ("new", 3), ("new", 4)]
        assert [row[1:] for row in rows_of(recorder)] == written

    @pytest.mark.parametrize("bad", REFUSED.values(), ids=REFUSED)
    def test_one_bad_batch_among_many_writes_nothing(self, recorder: Recorder, bad: Append) -> None:
        recorder.insert_events(events("x", 1, 1), expected=0, command=("known", b""))
        with pytest.raises(IntegrityError):
            recorder.insert_many([(events("n", 1, 1), 0, ("c", b"")), bad, (events("z", 1, 1), 0, None)])
        assert recorder.streams() == [("x", 1)]
        assert recorder.answer("c") is None

    @pytest.mark.parametrize("bad", REFUSED.values(), ids=REFUSED)
    def test_one_refused_among_several_leaves_the_others(self, recorder: Recorder, bad: Append) -> None:
        recorder.insert_events(events("x", 1, 1), expected=0, command=("known", b""))
        written = recorder.insert_each(
            [(events("n", 1, 2)[:1], 0, ("c", b"")), bad, (events("z", 1, 2), 0, ("d", b"z")), (events("n", 2, 2), 1, None)]
        )
        assert written == [True, False, True, True]
        assert recorder.streams() == [("n", 2), ("x", 1), ("z", 2)]
        assert [recorder.answer(command) for command in ("c", "d")] == [("n", b"", 1, 1), ("z", b"z", 1, 2)]
        assert [row[1:] for row in rows_of(recorder)] == [("x", 1), ("n", 1), ("z", 1), ("z", 2), ("n", 2)]

    def test_several_that_race_for_one_version_leave_the_first(self, recorder: Recorder) -> None:
        batches: list[Append] = [
            (events("a", 1, size, state=b"%d" % size), 0, (f"c{size}", b"")) for size in (2, 1, 3)
        ]
        assert recorder.insert_each(batches) == [True, False, False]
        assert [row[3] for row in recorder.rows("a")] == [b"2", b"2"]
        assert [recorder.answer(f"c{size}") is not None for size in (1, 2, 3)] == [False, True, False]

    def test_several_of_nothing_write_nothing(self, recorder: Recorder) -> None:
        assert recorder.insert_each([]) == []
        assert recorder.insert_each([([], 3, ("c", b"d"))]) == [True]
        assert (recorder.count(), recorder.answer("c")) == (0, None)

    # --- an empty one filled

    def test_an_empty_ledger_is_filled_in_order_and_shown_before_it_stands(self, recorder: Recorder) -> None:
        shown: list[tuple[str, int]] = []
        count = recorder.fill(iter(NEW_ROWS), lambda rows: shown.extend(row[:2] for row in rows))
        assert count == recorder.count() == 5
        assert shown == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2)]
        assert [row[1:] for row in rows_of(recorder)] == [row[:2] for row in NEW_ROWS]
        assert [recorder.answer(command) for command in ("c1", "c2", "c4")] == [("b", b"", 1, 1), ("a", b"d", 1, 2), None]
        assert recorder.insert_events(events("a", 4, 4), expected=3)

    @pytest.mark.parametrize("harm", ["version twice", "command twice", "torn", "unsound", "not empty"])
    def test_a_filling_that_goes_wrong_leaves_nothing(self, recorder: Recorder, harm: str) -> None:
        def rows() -> Iterator[NewRow]:
            yield from NEW_ROWS
            if harm == "version twice":
                yield NEW_ROWS[-1]
            if harm == "command twice":
                yield ("z", 1, "t", b"", "c1", b"", 1)
            if harm == "torn":
                raise Torn

        def check(_rows: object) -> None:
            if harm == "unsound":
                raise Torn

        before = 0
        if harm == "not empty":
            before = 1
            recorder.insert_events(events("x", 1, 1), expected=0)
        with pytest.raises({"torn": Torn, "unsound": Torn, "not empty": NotEmpty}.get(harm, IntegrityError)):
            recorder.fill(rows(), check)
        assert (recorder.count(), recorder.answer("c1")) == (before, None)
        assert recorder.insert_events(events("a", 1, 1), expected=0, command=("c1", b""))

    def test_an_empty_ledger_filled_with_nothing_stays_empty(self, recorder: Recorder) -> None:
        assert recorder.fill([], lambda _rows: None) == 0
        assert recorder.max_notification_id() is None

    # --- reading everything

    def test_streams_are_listed_page_by_page_in_id_order(self, recorder: Recorder) -> None:
        ids = [f"T{number:03}" for number in range(25)]
        recorder.insert_many([(events(stream, 1, 1 + index % 3), 0, None) for index, stream in enumerate(reversed(ids))])
        listed: list[tuple[str, int]] = []
        while page := recorder.streams(after=listed[-1][0] if listed else "", limit=10):
            listed += page
        assert listed == [(stream, 1 + (24 - index) % 3) for index, stream in enumerate(ids)]

    @pytest.mark.parametrize("limit", [1, 2, 3, 7, 1000])
    def test_a_scan_gives_every_row_stream_by_stream(self, recorder: Recorder, limit: int) -> None:
        for version in (1, 2, 3):
            for stream in ("b", "a", "c"):
                recorder.insert_events(events(stream, version, version, state=stream.encode()), expected=version - 1)
        positions = {(stream, version): position for position, stream, version in rows_of(recorder)}
        assert list(recorder.scan(limit=limit)) == [
            (stream, version, "t", stream.encode(), positions[stream, version]) for stream in "abc" for version in (1, 2, 3)
        ]
        assert [row[:2] for row in recorder.scan(after="b", limit=limit)] == [("c", 1), ("c", 2), ("c", 3)]

    def test_a_scan_shows_the_moment_of_its_call(self, recorder: Recorder) -> None:
        recorder.insert_many([(events(stream, 1, 2), 0, None) for stream in "ab"])
        rows = recorder.scan(limit=1)
        seen = [next(rows)]
        recorder.insert_events(events("a", 3, 3), expected=2)
        recorder.insert_events(events("b", 3, 3), expected=2)
        recorder.insert_events(events("c", 1, 1), expected=0)
        assert [row[:2] for row in [*seen, *rows]] == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]


class FollowedContract(RecorderContract):
    """For recorders that also give eventsourcing's `subscribe`."""

    @pytest.mark.parametrize("topics", [(), ("even", "end")], ids=["all topics", "some topics"])
    def test_a_live_tail_under_four_writers_misses_nothing(self, recorder: Any, topics: tuple[str, ...]) -> None:
        def write(name: str) -> list[int]:
            positions: list[int] = []
            version = 0
            for number in range(60):
                size = 1 + (number * 7 + len(name)) % 9
                topic = "odd" if number % 2 else "even"
                mine = recorder.insert_events(events(name, version + 1, version + size, topic), expected=version)
                positions += mine if not topics or topic in topics else []
                version += size
            return positions

        with recorder.subscribe(topics=topics) as tail, ThreadPoolExecutor(5) as pool:

            def follow() -> list[int]:
                seen: list[int] = []
                for notification in tail:
                    if notification.topic == "end":
                        return seen
                    seen.append(notification.id)
                raise AssertionError("the subscription ended by itself")

            followed = pool.submit(follow)
            writers = [pool.submit(write, "w" * n) for n in (1, 2, 3, 4)]
            written = sorted(position for writer in writers for position in writer.result())
            recorder.insert_events(events("end", 1, 1, "end"))
            assert followed.result() == written

    def test_stopping_ends_an_iteration_that_waits_in_another_thread(self, recorder: Any) -> None:
        recorder.insert_events(events("a", 1, 1))
        tail = recorder.subscribe()
        with ThreadPoolExecutor(1) as pool:
            first = pool.submit(next, tail)
            assert first.result().topic == "t"
            rest = pool.submit(list, tail)
            tail.stop()
            assert rest.result() == []
