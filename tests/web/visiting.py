"""上门: bringing a ticket of an office of tests to where somebody can set out, and further."""

from __future__ import annotations

from datetime import timedelta

from tests.web.office import House

CREW = {"actor": "inst-zhou", "role": "installer"}


def sent_out(shop: House, ticket: str = "AS-1", *, upto: str = "booked", opened: bool = False, crew: tuple[str, ...] = ("inst-zhou",)) -> None:
    """A visit booked for the afternoon with papers and people; *upto* `on-the-way`, `done`, or `closed`."""
    if not opened:
        shop.report(ticket)
    start = shop.clock().replace(hour=14, minute=0)
    shop.tell("triage", ticket, service="repair", needs_goods=False)
    shop.tell("make-appointment", ticket, start=start, end=start + timedelta(hours=2), agreed_with="王芳")
    shop.tell("prepare-papers", ticket, papers=["install-repair-slip"])
    shop.tell("dispatch", ticket, role="cs_supervisor", crew=crew)
    if upto == "booked":
        return
    shop.tell("confirm-arrival", ticket, **CREW, address_confirmed=True, expected_at=start)
    shop.tell("tick-checks", ticket, **CREW, items=["tools"])
    shop.tell("depart", ticket, **CREW)
    if upto == "on-the-way":
        return
    shop.tell("arrive", ticket, **CREW, customer_present=True)
    shop.tell("complete-visit", ticket, **CREW, work="更换铰链")
    if upto == "done":
        return
    shop.tell("accept-work", ticket, **CREW, by="customer", signed_by="王芳", rating=5)
    shop.tell("hand-in-slip", ticket, **CREW)
    shop.tell("approve-slip", ticket, role="install_supervisor", actor="sup-chen")
    shop.tell("pass-on-slip", ticket, role="install_supervisor", actor="sup-chen")
    shop.tell("register-slip", ticket)
    shop.tell("revisit", ticket, call_class="A", outcome="satisfied", satisfaction=5, repair_result="好")
    shop.tell("register-revisit", ticket)
    shop.tell("archive", ticket, papers=["install-repair-slip", "aftersales-form"])
    shop.tell("close", ticket, result="已解决")
