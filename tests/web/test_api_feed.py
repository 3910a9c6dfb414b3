"""接口的消息流与附件: every fact once and in order, to those who may; a file by its digest, to those who see its ticket."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from bench.api_fuzz import FILE
from tests.web.office import House, house, served
from tests.web.test_api import problem


@pytest.fixture
def shop() -> Iterator[House]:
    with house() as made:
        yield made


def test_every_fact_comes_once_in_order_as_a_cloud_event(shop: House) -> None:
    for n in range(1, 4):
        shop.report(f"AS-{n}")
        shop.tell("acknowledge", f"AS-{n}")
    client = shop.program("csm-tang")

    events: list[dict[str, Any]] = []
    after = "0"
    while True:
        told = client.get(f"/api/v1/events?limit=4&after={after}").json()
        if not told["items"]:
            break
        events += told["items"]
        after = told["next"]
    assert [(each["subject"], each["type"]) for each in events] == [
        (f"AS-{n}", f"aftersales.{kind}.v1") for n in range(1, 4) for kind in ("reported", "acknowledged")
    ]  # fmt: skip
    first = events[0]
    entry = shop.desk.history("AS-1")[0]
    assert (first["specversion"], first["datacontenttype"], first["time"]) == ("1.0", "application/json", entry.occurred_at.isoformat())
    assert (first["id"], int(first["sequence"])) == (str(entry.position), entry.position)
    assert first["data"]["digest"] == entry.digest
    assert "T-01" in first["clauses"].split(",")
    assert sorted(each["sequence"] for each in events) == [each["sequence"] for each in events]


def test_the_feed_holds_no_log_and_is_noted_once(shop: House) -> None:
    shop.report()
    client = shop.program("csm-tang")

    client.get("/api/v1/events")
    told = client.get("/api/v1/events").json()
    assert [each["subject"] for each in told["items"]] == ["AS-1"]
    today = shop.clock().date()
    assert [(entry.fact.kind, entry.fact.what, entry.actor) for entry in shop.desk.accesses(today, today)] == [("carried-out", "events", "csm-tang")]
    assert int(told["next"]) == shop.desk.ledger.position(), "what is not shown was read all the same"


def test_the_feed_holds_what_the_caller_sees(shop: House) -> None:
    for n, branch in enumerate(["west", "east", "west"], 1):
        shop.report(f"AS-{n}", branch=branch)
    found = shop.office.accounts.find("csm-tang")
    assert found is not None
    shop.office.accounts.put(replace(found, branches=("east",)))

    told = shop.program("csm-tang").get("/api/v1/events?limit=1").json()
    assert [each["subject"] for each in told["items"]] == ["AS-2"]


def test_the_feed_can_be_asked_for_some_kinds(shop: House) -> None:
    shop.report()
    shop.tell("acknowledge")
    client = shop.program("csm-tang")

    assert [each["data"]["kind"] for each in client.get("/api/v1/events?kind=acknowledged").json()["items"]] == ["acknowledged"]
    problem(client.get("/api/v1/events?kind=signed-in"), 422, "no-such-kind")
    problem(client.get("/api/v1/events?after=-1"), 422, "bad-request")
    assert client.get("/api/v1/events?after=latest").json()["items"] == []


def test_who_may_not_carry_out_gets_no_feed(shop: House) -> None:
    problem(shop.program("cs-lin").get("/api/v1/events"), 403, "may-not-export")


# --- over the wire


@pytest.fixture
def wired(shop: House) -> Iterator[tuple[House, str]]:
    """The office on a socket, since a stream never ends by itself."""
    with served(shop) as base:
        yield shop, base


def asking(shop: House, account: str = "csm-tang") -> dict[str, str]:
    return {"authorization": str(shop.program(account).headers["authorization"])}


def facts_of(lines: Iterator[str], count: int) -> list[tuple[str, dict[str, Any]]]:
    """So many events of a stream: (id, data)."""
    found: list[tuple[str, dict[str, Any]]] = []
    told: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            told[name] = value
        elif told.get("event") == "fact":
            found.append((told["id"], json.loads(told["data"])))
            if len(found) == count:
                return found
            told = {}
        else:
            told = {}
    raise AssertionError("the stream ended")


def test_facts_come_as_they_are_written_and_a_reader_comes_back_to_where_it_was(wired: tuple[House, str]) -> None:
    import httpx2 as httpx

    shop, base = wired
    shop.report("AS-1")
    headers = {**asking(shop), "accept": "text/event-stream"}
    with httpx.Client(base_url=base, timeout=20) as client:
        with client.stream("GET", "/api/v1/events", headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            lines = answer.iter_lines()
            ((first, told),) = facts_of(lines, 1)
            assert (told["subject"], told["id"]) == ("AS-1", first)
            shop.report("AS-2")
            ((second, told),) = facts_of(lines, 1)
            assert told["subject"] == "AS-2"
        shop.report("AS-3")
        with client.stream("GET", "/api/v1/events?after=0", headers={**headers, "last-event-id": second}) as answer:
            ((_third, told),) = facts_of(answer.iter_lines(), 1)
            assert told["subject"] == "AS-3", "nothing twice, nothing left out"


def test_a_stream_ends_where_the_token_is_taken_back(wired: tuple[House, str]) -> None:
    import httpx2 as httpx

    shop, base = wired
    shop.report("AS-1")
    headers = {**asking(shop), "accept": "text/event-stream"}
    with httpx.Client(base_url=base, timeout=20) as client, client.stream("GET", "/api/v1/events", headers=headers) as answer:
        lines = answer.iter_lines()
        facts_of(lines, 1)
        (token,) = shop.office.tokens.all()
        shop.office.tokens.revoke(token.id)
        shop.report("AS-2")
        assert "AS-2" not in "".join(lines)


def test_whoever_waits_is_answered_when_something_happens(wired: tuple[House, str]) -> None:
    import httpx2 as httpx

    shop, base = wired
    headers = asking(shop)
    with httpx.Client(base_url=base, timeout=30, headers=headers) as client:
        after = client.get("/api/v1/events?after=latest").json()["next"]
        answers: list[Any] = []
        waiting = threading.Thread(target=lambda: answers.append(client.get(f"/api/v1/events?wait=25&after={after}").json()))
        waiting.start()
        shop.report("AS-7")
        waiting.join(25)
        assert [each["subject"] for each in answers[0]["items"]] == ["AS-7"]
        now = answers[0]["next"]
        assert client.get(f"/api/v1/events?wait=0.05&after={now}").json() == {"items": [], "next": now}


# --- files


def test_a_file_is_kept_attached_and_read_by_those_who_see_its_ticket(shop: House) -> None:
    shop.report("AS-1", branch="west")
    client = shop.program("cs-lin")

    kept = client.post("/api/v1/files", files={"file": ("现场.png", FILE, "image/png")})
    assert kept.status_code == 201, kept.text
    ref = kept.json()
    assert (ref["size"], ref["media_type"], ref["name"]) == (len(FILE), "image/png", "现场.png")
    bare = client.post("/api/v1/files", content=FILE, headers={"content-type": "image/png"})
    assert bare.json() == {**ref, "name": None}
    path = f"/api/v1/tickets/AS-1/files/{ref['digest']}"
    problem(client.get(path), 404, "file-not-there")

    body = {"digest": ref["digest"], "media_type": ref["media_type"], "size": ref["size"], "file_name": ref["name"]}
    headers = {"if-match": "*", "idempotency-key": "f-1"}
    assert client.post("/api/v1/tickets/AS-1/commands/attach-file", json=body, headers=headers).status_code == 201
    got = client.get(path)
    assert (got.content, got.headers["content-type"]) == (FILE, "image/png")
    assert "sandbox" in got.headers["content-security-policy"]
    assert got.headers["content-disposition"] == "inline; filename*=UTF-8''%E7%8E%B0%E5%9C%BA.png"
    assert client.get(path, headers={"if-none-match": got.headers["etag"]}).status_code == 304
    assert client.get("/api/v1/tickets/AS-1/files").json()["items"][0]["digest"] == ref["digest"]
    problem(shop.program("cs-east").get(path), 404, "unknown-ticket")
    shop.desk.files.remove(ref["digest"])
    problem(client.get(path), 410, "file-removed")


def test_what_is_no_photo_or_document_is_not_kept(shop: House) -> None:
    client = shop.program("cs-lin")

    def sent(content: bytes, kind: str) -> Any:
        return client.post("/api/v1/files", content=content, headers={"content-type": kind})

    problem(sent(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml"), 415, "file-with-script")
    problem(sent(b"MZ\x90", "application/octet-stream"), 415, "file-type-refused")
    problem(sent(FILE, "image/jpeg"), 422, "file-type-differs")
    problem(sent(b"", "image/png"), 422, "file-empty")
    problem(sent(b"x", "text/html"), 415, "not-a-file-type")
    bomb = FILE[:16] + (60_000).to_bytes(4, "big") * 2 + FILE[24:]
    problem(sent(bomb, "image/png"), 422, "image-too-large")
    problem(client.post("/api/v1/files", data={"name": "x"}, files={"photo": ("a.png", FILE, "image/png")}), 422, "no-file")
    assert list(shop.desk.files.digests()) == []


def test_a_file_may_be_large_and_not_larger() -> None:
    with house(upload_limit=2000) as shop:
        client = shop.program("cs-lin")
        answer = client.post("/api/v1/files", content=FILE + b"\0" * 2**17, headers={"content-type": "image/png"})
        problem(answer, 413, "body-too-large")


def test_a_file_is_not_attached_before_it_is_kept(shop: House) -> None:
    shop.report()
    body = {"digest": "0" * 64, "media_type": "image/png", "size": 7}

    answer = shop.program("cs-lin").post("/api/v1/tickets/AS-1/commands/attach-file", json=body, headers={"if-match": "*", "idempotency-key": "f"})
    problem(answer, 422, "file-not-kept")
