"""保险柜契约: what every safe has to keep. Subclass it, give it a fixture `safe`, and run it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier

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

    def test_closing_twice_is_fine(self, safe: Safe) -> None:
        safe.close()
        safe.close()
