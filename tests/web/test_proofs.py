"""Proofs by the browser: a ticket with what shows that it is whole, and a checkpoint to keep outside of the house."""

from __future__ import annotations

from datetime import UTC

from tests.web.office import House, house

from aftersales_core.audit import check, opened, read_checkpoint
from aftersales_ed25519 import SigningKey

KEY = SigningKey.new("dealer.example/after-sales")


def left(shop: House) -> list[tuple[str, int]]:
    day = shop.clock().astimezone(UTC).date()
    return [(each.fact.what, each.fact.rows) for each in shop.desk.accesses(day, day) if each.fact.kind == "carried-out"]  # type: ignore[attr-defined]


def test_a_ticket_is_carried_out_with_its_proof_and_that_is_a_fact() -> None:
    with house(signer=KEY) as shop:
        shop.report("DD/7")
        shop.report("AS-2")
        boss = shop.browser("mgr-fang")
        assert 'action="/t/DD~7/proof"' in boss.get("/t/DD~7/replay").text
        answer = boss.post("/t/DD~7/proof")

        assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''DD-7.proof"
        found = check(answer.text.splitlines(), [KEY.public])
        assert (found.ticket, found.signers) == ("DD/7", [KEY.name])
        assert [entry.digest for entry in found.entries] == [entry.digest for entry in shop.desk.history("DD/7")]
        assert "AS-2" not in answer.text
        assert left(shop) == [("proof DD/7", len(found.entries))]


def test_only_who_may_carry_out_is_given_a_proof() -> None:
    with house() as shop:
        shop.report()
        assert "/proof" not in shop.browser("cs-lin").get("/t/AS-1/replay").text
        assert shop.browser("cs-lin").post("/t/AS-1/proof").status_code == 403
        assert shop.program("mgr-fang", "read").post("/t/AS-1/proof").status_code == 403
        assert shop.program("mgr-fang", "export").post("/t/AS-1/proof").status_code == 200


def test_an_administrator_takes_a_checkpoint_signed_where_there_is_a_key() -> None:
    with house(signer=KEY) as shop:
        shop.report()
        boss = shop.browser("boss")
        assert 'action="/checkpoint"' in boss.get("/accesses").text
        answer = boss.post("/checkpoint")
        text, signers = opened(answer.text, [KEY.public])

        assert signers == [KEY.name]
        assert [each.code for each in shop.desk.compare([read_checkpoint(text)])] == [None]
        assert left(shop) == [("checkpoint", 0)]
        assert shop.browser("mgr-fang").post("/checkpoint").status_code == 403
    with house(house="云栖家居\n杭州店") as shop:
        assert read_checkpoint(shop.browser("boss").post("/checkpoint").text).origin == "云栖家居 杭州店"
