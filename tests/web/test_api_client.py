"""客户端: written from the description, used as another program would use it, over the wire."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from bench.api_fuzz import FILE
from tests.web.office import House, house, served

from aftersales_web.api import client
from aftersales_web.api.openapi import described


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The written client, imported."""
    path = tmp_path_factory.mktemp("client") / "office_client.py"
    path.write_text(client.written(described()), "utf-8")
    spec = importlib.util.spec_from_file_location("office_client", path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.fixture
def wired() -> Iterator[tuple[House, str]]:
    with house() as shop, served(shop) as base:
        yield shop, base


def test_it_has_a_method_for_every_operation(module: Any) -> None:
    for methods in described()["paths"].values():
        for operation in methods.values():
            assert callable(getattr(module.Client, operation["operationId"]))


def test_it_does_the_work_of_a_day(module: Any, wired: tuple[House, str]) -> None:
    shop, base = wired
    token = shop.program("cs-lin").headers["authorization"].removeprefix("Bearer ")
    office = module.Client(base, token, language="zh")

    receipt = office.report("DD/7", category="repair", customer="王芳", phone="13812345678", problem="柜门开裂", model="K-200", purchased_on="2026-03-01")
    assert (receipt["ticket"], receipt["version"]) == ("DD/7", 1)
    office.triage("DD/7", service="repair", needs_goods=True, if_match=receipt["version"], idempotency_key="call-1")
    office.triage("DD/7", service="repair", needs_goods=True, if_match=receipt["version"], idempotency_key="call-1")
    office.raise_leftover("DD/7", lines=[{"item": "门板", "qty": 2, "needs_goods": True}], if_match=2)
    assert office.ticket("DD/7")["stage"] == shop.desk.state("DD/7").stage
    assert [row["item"] for row in office.every(office.leftovers, limit=1)] == ["门板"]
    assert [entry["kind"] for entry in office.every(office.history, "DD/7", limit=2)] == ["reported", "triaged", "leftover-raised"]
    with pytest.raises(module.Refusal, match="还有未解决的遗留") as no:
        office.close("DD/7", result="好", if_match="*")
    assert (no.value.status, no.value.clauses) == (409, ["L-24"])
    assert "waive-line" in no.value.told["remedies"]
    with pytest.raises(module.Refusal, match="现为第 3 版"):
        office.acknowledge("DD/7", if_match=1)
    kept = office.keep_file(FILE, "image/png")
    office.attach_file("DD/7", digest=kept["digest"], media_type=kept["media_type"], size=kept["size"], if_match=3)
    assert office.file("DD/7", kept["digest"]) == FILE


def test_it_reads_the_feed(module: Any, wired: tuple[House, str]) -> None:
    shop, base = wired
    for n in range(1, 4):
        shop.report(f"AS-{n}")
    office = module.Client(base, shop.program("csm-tang").headers["authorization"].removeprefix("Bearer "))

    first = office.events(limit=2)
    assert [event["subject"] for event in first["items"]] == ["AS-1", "AS-2"]
    assert [event["subject"] for event in office.events(after=first["next"])["items"]] == ["AS-3"]


def test_it_is_written_by_a_command_and_of_any_document(tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(described()), "utf-8")

    ran = subprocess.run([sys.executable, "-m", "aftersales_web.api.client", str(document)], capture_output=True, text=True, check=True)
    assert ran.stdout == client.written(described())
