"""保险柜契约: what every safe has to keep. Subclass it, give it a fixture `safe`, and run it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier

import pytest

from aftersales_core.drawers import LONGEST
from aftersales_core.ports import Kept, Safe

NOON = datetime(2026, 11, 26, 12, 0, 0, 123456, tzinfo=UTC)


class SafeContract:
    """The promises of `ports.Safe`; the fixture `safe` gives a new and empty one."""

    def test_it_is_a_safe(self, safe: Safe) -> None:
        assert isinstance(safe, Safe)

    def test_what_was_laid_there_lies_there(self, safe: Safe) -> None:
        assert safe.get("account", "li-na") is None
        assert safe.put("account", "li-na", '{"name":"李娜 🗝"}') == 1
        assert safe.get("account", "li-na") == Kept('{"name":"李娜 🗝"}', 1)
        assert safe.put("account", "li-na", "") == 2
        assert safe.get("account", "li-na") == Kept("", 2)
        assert safe.get("session", "li-na") is None, "drawers are apart"

    def test_only_what_is_as_expected_is_changed(self, safe: Safe) -> None:
        assert safe.put("key", "link", "a", expect=1) is None
        assert safe.put("key", "link", "a", expect=0) == 1
        assert safe.put("key", "link", "b", expect=0) is None
        assert safe.put("key", "link", "b", expect=1) == 2
        assert safe.put("key", "link", "c", expect=1) is None
        assert safe.get("key", "link") == Kept("b", 2)

    def test_an_end_is_kept_to_the_microsecond_and_only_looked_at_to_forget(self, safe: Safe) -> None:
        in_china = NOON.astimezone(timezone(timedelta(hours=8)))
        safe.put("session", "over", "1", until=in_china)
        safe.put("session", "good", "2", until=NOON + timedelta(microseconds=1))
        safe.put("session", "endless", "3")
        safe.put("token", "over", "4", until=NOON)
        kept = safe.get("session", "over")
        assert kept is not None
        assert kept.until == NOON
        assert safe.forget("session", NOON) == 1
        assert [key for key, _kept in safe.all("session")] == ["endless", "good"]
        assert safe.get("token", "over") is not None
        safe.put("session", "good", "2")
        assert safe.get("session", "good") == Kept("2", 2), "an end that is not given again is gone"

    def test_what_was_taken_away_is_gone_and_begins_anew(self, safe: Safe) -> None:
        safe.put("account", "a", "1")
        assert safe.remove("account", "a")
        assert not safe.remove("account", "a")
        assert safe.get("account", "a") is None
        assert safe.put("account", "a", "2", expect=0) == 1

    def test_a_drawer_is_told_in_order_of_its_keys(self, safe: Safe) -> None:
        for key in ("b", "a", "Z", "王", "a b", "é"):
            safe.put("account", key, key)
        safe.put("session", "c", "c")
        assert list(safe.all("account")) == [(key, Kept(key, 1)) for key in sorted(("b", "a", "Z", "王", "a b", "é"))]

    def test_what_is_told_of_a_drawer_may_be_taken_away_meanwhile(self, safe: Safe) -> None:
        for n in range(20):
            safe.put("session", f"s{n:02}", str(n))
        told = []
        for key, kept in safe.all("session"):
            safe.remove("session", key)
            safe.put("session", f"new-{key}", kept.value)
            told.append(key)
        assert told == [f"s{n:02}" for n in range(20)]
        assert len(list(safe.all("session"))) == 20

    def test_what_cannot_be_a_key_is_nowhere_and_what_is_no_text_is_not_kept(self, safe: Safe) -> None:
        safe.put("account", "a", "1")
        safe.put("account", "k" * LONGEST, "2")
        for key in ("", "a\0", "\ud800", "k" * (LONGEST + 1)):
            assert safe.get("account", key) is None
            assert not safe.remove("account", key)
            assert list(safe.all(key)) == []
            assert safe.forget(key, NOON) == 0
            for drawer, name in (("account", key), (key, "a")):
                with pytest.raises(ValueError, match="characters"):
                    safe.put(drawer, name, "x")
        for value in ("pass\0word", "\udc00"):
            with pytest.raises(ValueError, match="value") as refused:
                safe.put("account", "a", value)
            assert value not in str(refused.value), "it may be a secret"
        assert list(safe.all("account")) == [("a", Kept("1", 1)), ("k" * LONGEST, Kept("2", 1))]

    def test_an_end_without_zone_is_refused_and_nothing_changed(self, safe: Safe) -> None:
        safe.put("session", "a", "1")
        for end in (NOON.replace(tzinfo=None), datetime.max.replace(tzinfo=timezone(timedelta(hours=-8)))):
            with pytest.raises(ValueError, match=r"zone|UTC"):
                safe.put("session", "a", "2", until=end)
            with pytest.raises(ValueError, match=r"zone|UTC"):
                safe.forget("session", end)
        assert safe.get("session", "a") == Kept("1", 1)

    def test_quotes_and_lines_are_kept_as_they_are(self, safe: Safe) -> None:
        odd = ("it's", 'a"b', "%s %(x)s ?", ":a", "a\r\nb\t ", " a ", "x" * 100_000)
        for n, value in enumerate(odd):
            safe.put("key'\"%", f"{n}'", value)
        assert [kept.value for _key, kept in safe.all("key'\"%")] == list(odd)

    def test_of_many_who_expect_the_same_one_is_first(self, safe: Safe) -> None:
        def come(name: str) -> int | None:
            start.wait()
            return safe.put("key", "race", name, expect=0)

        start = Barrier(8)
        with ThreadPoolExecutor(8) as threads:
            told: Sequence[int | None] = list(threads.map(come, "abcdefgh"))
        assert sorted(told, key=str) == [1] + [None] * 7
        kept = safe.get("key", "race")
        assert kept is not None
        assert told["abcdefgh".index(kept.value)] == 1

    def test_of_many_who_count_up_none_is_forgotten(self, safe: Safe) -> None:
        def count(_n: int) -> None:
            start.wait()
            for _turn in range(5):
                while True:
                    kept = safe.get("key", "count")
                    now, seen = (0, 0) if kept is None else (int(kept.value), kept.version)
                    if safe.put("key", "count", str(now + 1), expect=seen) is not None:
                        break

        start = Barrier(4)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(count, range(4)))
        assert safe.get("key", "count") == Kept("20", 20)

    def test_what_is_laid_there_whatever_there_is_counts_every_time(self, safe: Safe) -> None:
        def lay(n: int) -> int | None:
            return safe.put("key", "any", str(n))

        with ThreadPoolExecutor(4) as threads:
            assert sorted(version or 0 for version in threads.map(lay, range(20))) == list(range(1, 21))

    def test_closing_twice_is_fine(self, safe: Safe) -> None:
        safe.close()
        safe.close()
