"""The replay of a ticket: any step, any moment, as it had happened and as it was known, with its proof."""

from __future__ import annotations

import html
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from tests.web.office import House, house
from tests.web.telling import CREW, PNG, handed_in, kinds, part, sent, words


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        yield made


def where(page: str) -> str:
    """What the player says it shows."""
    at = page.index("player-where")
    return words("<" + page[at : page.index("</p>", at)])


def test_a_step_is_shown_as_it_was_then(shop: House) -> None:
    sent(shop)
    page = shop.browser("cs-lin").get("/t/AS-1/replay?v=3").text
    assert "第 3 步，共 5 步" in where(page)
    assert '<g class="state current" id="TRIAGED">' in page
    assert '<g class="state" id="DISPATCHED">' in page
    assert "只读" in words(page)
    assert 'name="v" min="1" max="5" value="3"' in page
    assert 'href="/t/AS-1/replay?v=2"' in page
    assert 'href="/t/AS-1/replay?v=4"' in page
    changed = part(page, 'aria-labelledby="changed"')
    assert "上门 1 · 状态 未开始 已预约" in changed
    assert "已派工" not in part(page, 'aria-labelledby="changed"')


def test_a_record_that_a_step_brought_is_told_in_words(shop: House) -> None:
    sent(shop)
    kept = shop.desk.keep(PNG, media_type="image/png", name="封边爆口.png")
    shop.tell("attach-file", **CREW, digest=kept.digest, media_type=kept.media_type, size=kept.size, file_name=kept.name)
    changed = part(shop.browser("cs-lin").get("/t/AS-1/replay").text, 'aria-labelledby="changed"')
    assert "封边爆口.png" in changed
    assert f"{kept.digest[:12]}…" in changed
    assert "(" not in changed


def test_without_a_step_the_last_is_shown_and_none_beyond_the_ends(shop: House) -> None:
    sent(shop)
    browser = shop.browser("cs-lin")
    for query, step in (("", 5), ("?v=0", 1), ("?v=999", 5), ("?v=abc", 5), ("?v=", 5)):
        assert f"第 {step} 步，共 5 步" in where(browser.get(f"/t/AS-1/replay{query}").text), query
    last = browser.get("/t/AS-1/replay").text
    assert "v=6" not in last


def test_what_applied_and_who_said_so_is_told(shop: House) -> None:
    sent(shop)
    shop.desk.handle({
        "command": "acknowledge", "ticket": "AS-1", "command_id": "cmd-77", "occurred_at": shop.clock(), "actor": "cs-lin", "role": "cs_specialist",
        "channel": "phone", "on_behalf_of": "csm-tang", "causation": "mail-9", "correlation": "case-4",
    })  # fmt: skip
    page = shop.browser("cs-lin").get("/t/AS-1/replay").text
    who = part(page, 'aria-labelledby="who"')
    for told in ("林小满 客服专员", "代谁办理 唐主管", "渠道 phone", "命令编号 cmd-77", "起因 mail-9", "关联 case-4", "制度版本 whole-house@2026.1"):
        assert told in who, told
    laws = part(page, 'aria-labelledby="laws"')
    assert "T-21" in laws
    assert len(laws) > 20  # the words of the clause stand beside its number


def test_the_chain_is_proved_and_its_digests_are_shown(shop: House) -> None:
    sent(shop)
    entry = shop.desk.history("AS-1")[1]
    proof = part(shop.browser("cs-lin").get("/t/AS-1/replay?v=2").text, 'aria-labelledby="proof"')
    assert "链完整：5 条事实" in proof
    assert entry.digest in proof
    assert entry.envelope.prev in proof


def test_a_chain_that_does_not_hold_is_said_so(tmp_path: Path) -> None:
    with house(f"sqlite:///{tmp_path}/shop.db") as kept:
        sent(kept)
        with closing(sqlite3.connect(tmp_path / "shop.db")) as raw, raw:
            raw.execute("UPDATE stored_events SET state = CAST(replace(CAST(state AS TEXT), '左侧', '右侧') AS BLOB) WHERE originator_id = 'AS-1'")
        proof = part(kept.browser("cs-lin").get("/t/AS-1/replay").text, 'aria-labelledby="proof"')
    assert "链有 1 处不符" in proof
    assert "第 1 条" in proof


def late(shop: House) -> tuple[datetime, datetime]:
    """A ticket with paper that came late: (when it happened, when it was written down)."""
    shop.report()
    happened = shop.clock() + timedelta(minutes=10)
    shop.clock.move(hours=4)
    shop.desk.handle({"command": "acknowledge", "ticket": "AS-1", "command_id": "l", "occurred_at": happened, "actor": "cs-lin", "role": "cs_specialist"})
    return happened, shop.clock()


def test_as_of_a_moment_counts_what_had_happened_whenever_it_was_written_down(shop: House) -> None:
    happened, _written = late(shop)
    browser = shop.browser("cs-lin")
    before = browser.get(f"/t/AS-1/replay?as_of={happened - timedelta(minutes=5):%Y-%m-%dT%H:%M}").text
    assert "第 1 步，共 2 步" in where(before)
    after = browser.get(f"/t/AS-1/replay?as_of={happened + timedelta(minutes=5):%Y-%m-%dT%H:%M}").text
    assert "第 2 步，共 2 步" in where(after)
    assert "已发生到" in where(after)


def test_as_known_at_a_moment_counts_what_was_written_down_by_then(shop: House) -> None:
    happened, written = late(shop)
    browser = shop.browser("cs-lin")
    before = browser.get(f"/t/AS-1/replay?known_at={happened + timedelta(minutes=5):%Y-%m-%dT%H:%M}").text
    assert "第 1 步，共 2 步" in where(before)
    after = browser.get(f"/t/AS-1/replay?known_at={written + timedelta(minutes=5):%Y-%m-%dT%H:%M}").text
    assert "第 2 步，共 2 步" in where(after)
    early = browser.get("/t/AS-1/replay?known_at=2026-01-01T00:00").text
    assert "那时这张工单还不存在" in words(early)


def test_a_correction_is_not_known_before_it_is_made(shop: House) -> None:
    sent(shop)
    shop.tell("correct", "AS-1", "management", "mgr-fang", version=1, changes={"problem": "右侧柜门开裂"}, reason="写错")
    browser = shop.browser("cs-lin")

    def whole(v: int) -> str:
        page = browser.get(f"/t/AS-1/replay?v={v}").text
        at = page.index("当时的全部内容")
        return words("<" + page[at : page.index("</details>", at)])

    assert "左侧柜门开裂" in whole(5)
    assert "右侧柜门开裂" in whole(6)


def test_what_is_no_moment_is_said_so(shop: House) -> None:
    shop.report()
    answer = shop.browser("cs-lin").get("/t/AS-1/replay?as_of=gestern")
    assert answer.status_code == 422
    assert "gestern" in answer.text


def test_two_steps_are_compared(shop: House) -> None:
    sent(shop)
    page = shop.browser("cs-lin").get("/t/AS-1/replay?v=5&other=2").text
    told = part(page, 'aria-labelledby="compare"')
    assert "第 2 步与第 5 步的不同" in told
    assert "阶段 已判定 已派工" in told
    assert "两步之间没有不同" in part(shop.browser("cs-lin").get("/t/AS-1/replay?v=5&other=5").text, 'aria-labelledby="compare"')


def test_clocks_stand_as_they_stood(shop: House) -> None:
    shop.report()
    shop.tell("acknowledge")
    browser = shop.browser("cs-lin")
    assert "首次响应" in part(browser.get("/t/AS-1/replay?v=1").text, 'aria-labelledby="then"')
    assert "首次响应" not in part(browser.get("/t/AS-1/replay?v=2").text, 'aria-labelledby="then"')


def test_personal_data_is_masked_in_every_corner(shop: House) -> None:
    handed_in(shop)
    shop.tell("approve-slip", "AS-1", "install_supervisor", "sup-chen", override="王芳在电话 13812345678 里说满意")
    keeper = shop.browser("wh-he")
    for v in range(1, len(kinds(shop)) + 1):
        page = keeper.get(f"/t/AS-1/replay?v={v}&other=1").text
        for whole in ("13812345678", "王芳", "3 幢 502"):
            assert whole not in page, (v, whole)
    assert "13812345678" in shop.browser("cs-lin").get("/t/AS-1/replay?v=1").text


def test_the_raw_fact_is_what_is_stored(shop: House) -> None:
    shop.report()
    page = shop.browser("cs-lin").get("/t/AS-1/replay").text
    at = page.index("<pre")
    raw = json.loads(html.unescape(page[page.index(">", at) + 1 : page.index("</pre>", at)]))
    assert raw["digest"] == shop.desk.history("AS-1")[0].digest
    assert raw["fact"]["problem"] == "左侧柜门开裂"


def test_the_history_is_carried_out_by_who_may_and_that_is_a_fact(shop: House) -> None:
    sent(shop)
    assert "/history" not in shop.browser("cs-lin").get("/t/AS-1/replay").text
    assert shop.browser("cs-lin").post("/t/AS-1/history").status_code == 403

    boss = shop.browser("mgr-fang")
    assert 'action="/t/AS-1/history"' in boss.get("/t/AS-1/replay").text
    answer = boss.post("/t/AS-1/history")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''AS-1.json"
    facts = json.loads(answer.text)
    assert [fact["kind"] for fact in facts] == kinds(shop)
    for fact, line in zip(facts, answer.text.splitlines()[1:-1], strict=True):
        stored = line.removesuffix(",")
        envelope, body = stored[stored.index('"envelope":') + 11 : stored.index(',"fact":')], stored[stored.index(',"fact":') + 8 : -1]
        head = f"AS-1\0{fact['version']}\0{fact['kind']}\0"
        assert sha256(f"{head}{envelope}\n{body}".encode()).hexdigest() == fact["digest"]
    day = shop.clock().astimezone(UTC).date()
    (left,) = [entry.fact for entry in shop.desk.accesses(day, day) if entry.fact.kind == "carried-out"]
    assert left.model_dump(exclude_none=True) == {"what": "history AS-1", "rows": 5}


def test_a_program_needs_the_right_to_carry_out(shop: House) -> None:
    shop.report()
    assert shop.program("mgr-fang", "read", "write").post("/t/AS-1/history").status_code == 403
    assert shop.program("mgr-fang", "export").post("/t/AS-1/history").status_code == 200


def test_the_replay_speaks_english(shop: House) -> None:
    shop.report(problem="door cracked", customer="Wang", address="90 Wensan Road")
    page = words(shop.browser("cs-lin", **{"accept-language": "en"}).get("/t/AS-1/replay").text)
    page = page[page.index("Replay") :]
    rest = "".join(sign for sign in page.replace("中文", "").replace("林小满", "").replace("售", "") if "\u4e00" <= sign <= "\u9fff")
    assert rest == ""
