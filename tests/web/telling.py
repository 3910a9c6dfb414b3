"""工单: tickets of an office of tests brought to where something can be seen of them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

from tests.web.office import House

CREW: Final = {"actor": "inst-zhou", "role": "installer"}

PNG: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)
"""A picture of one point."""


def sent(shop: House, ticket: str = "AS-1") -> None:
    """Reported, triaged, booked for the afternoon, papers made out, crew named."""
    shop.report(ticket)
    start = shop.clock().replace(hour=14, minute=0)
    shop.tell("triage", ticket, service="repair", needs_goods=False)
    shop.tell("make-appointment", ticket, start=start, end=start + timedelta(hours=2), agreed_with="王芳")
    shop.tell("prepare-papers", ticket, papers=["install-repair-slip"])
    shop.tell("dispatch", ticket, role="cs_supervisor", actor="csm-tang", crew=["inst-zhou"])


def handed_in(shop: House, ticket: str = "AS-1", **accepted: Any) -> None:
    """The visit done, accepted (as *accepted* says), its slip handed in."""
    sent(shop, ticket)
    shop.tell("confirm-arrival", ticket, **CREW, address_confirmed=True, expected_at=shop.clock())
    shop.tell("tick-checks", ticket, **CREW, items=["tools"])
    shop.tell("depart", ticket, **CREW)
    shop.tell("arrive", ticket, **CREW, customer_present=True)
    shop.tell("complete-visit", ticket, **CREW, work="更换铰链，王芳在场")
    shop.tell("accept-work", ticket, **CREW, by="customer", signed_by="王芳", **accepted)
    shop.tell("hand-in-slip", ticket, **CREW, complete=True, daily_report=True)


def kinds(shop: House, ticket: str = "AS-1") -> list[str]:
    """The kinds of a ticket's facts, in order."""
    return [entry.fact.kind for entry in shop.desk.history(ticket)]


def words(page: str) -> str:
    """What a page says, without its markup and in one line."""
    plain = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", page, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", plain).split())


def part(page: str, mark: str) -> str:
    """What a page says from the first place where *mark* stands in its markup, to the end of that section."""
    at = page.index(mark)
    end = page.find("</section>", at)
    return words("<" + page[at : end if end > 0 else len(page)])
