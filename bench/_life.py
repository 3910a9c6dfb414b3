"""A ticket of twelve facts, as commands for the desk and as calls for the stock aggregate."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

MONDAY = datetime(2026, 11, 2, 9, tzinfo=timezone(timedelta(hours=8)))
_TOMORROW = MONDAY + timedelta(days=1)


def life(ticket: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(command, role, fields) from the report to the slip handed in."""
    yield "report", "cs_specialist", {
        "category": "installation", "customer": "周文静", "phone": "13812345678",
        "address": "云栖花园 3 栋 2 单元 1102", "order_no": f"SO-{ticket}",
    }  # fmt: skip
    yield "triage", "cs_specialist", {"service": "install", "needs_goods": False}
    yield "make-appointment", "cs_specialist", {
        "start": _TOMORROW, "end": _TOMORROW + timedelta(hours=3), "agreed_with": "周文静"}  # fmt: skip
    yield "prepare-papers", "cs_specialist", {"papers": ["install-repair-slip"]}
    yield "dispatch", "cs_supervisor", {"crew": ["inst-zhou"]}
    yield "confirm-arrival", "installer", {"address_confirmed": True, "expected_at": _TOMORROW}
    yield "depart", "installer", {}
    yield "arrive", "installer", {"customer_present": True}
    yield "tick-checks", "installer", {"items": ["件数", "型号", "外观"]}
    yield "complete-visit", "installer", {"work": "衣柜、橱柜安装完成"}
    yield "accept-work", "installer", {"by": "customer", "signed_by": "周文静", "rating": 5}
    yield "hand-in-slip", "installer", {}


def commands(ticket: str) -> Iterator[dict[str, Any]]:
    """The life as command dictionaries."""
    for at, (command, role, fields) in enumerate(life(ticket), 1):
        yield {
            "command": command, "ticket": ticket, "command_id": f"{ticket}-{at:03}", "actor": "cs-lin", "role": role,
            "channel": "phone", "occurred_at": MONDAY + timedelta(minutes=at), **fields,
        }  # fmt: skip


def stock_calls(ticket: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The life as (method, arguments) of the stock aggregate; the first makes it."""
    methods = {"report": "", "make-appointment": "make_appointment", "prepare-papers": "prepare_papers",
               "confirm-arrival": "confirm_arrival", "tick-checks": "tick_checks", "complete-visit": "complete_visit", "accept-work": "accept_work",
               "hand-in-slip": "hand_in_slip"}  # fmt: skip
    derived: dict[str, dict[str, Any]] = {
        "report": {"number": ticket}, "triage": {"owner": "install_dept"}, "complete-visit": {"place": "on-site"},
        "hand-in-slip": {"scored": True, "complete": True, "daily_report": True},
    }  # fmt: skip
    on_visit = {"make-appointment", "prepare-papers", "dispatch", "confirm-arrival", "depart", "arrive", "tick-checks",
                "complete-visit", "accept-work", "hand-in-slip"}  # fmt: skip
    for at, (command, role, fields) in enumerate(life(ticket), 1):
        who = {
            "occurred_at": MONDAY + timedelta(minutes=at), "actor": "cs-lin", "role": role, "channel": "phone",
            "command_id": f"{ticket}-{at:03}", "playbook": "whole-house@2026.1",
        }  # fmt: skip
        visit = {"visit": 1} if command in on_visit else {}
        yield methods.get(command, command), {**visit, **fields, **derived.get(command, {}), **who}
