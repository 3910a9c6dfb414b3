"""页面: what people look at, rendered here; every page works as plain forms and links."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from aftersales_web.pages import (
    accesses,
    acting,
    acts,
    arrivals,
    board,
    calls,
    clauses,
    customer,
    enter,
    link,
    offline,
    papers,
    people,
    plan,
    printing,
    proofs,
    replay,
    rules,
    search,
    sending,
    shipments,
    ticket,
    today,
    visits,
    warehouse,
)

PAGES: Final[tuple[APIRouter, ...]] = (
    enter.router,
    today.router,
    acting.router,
    ticket.router,
    replay.router,
    proofs.router,
    search.router,
    clauses.router,
    board.router,
    plan.router,
    calls.router,
    offline.router,
    sending.router,
    visits.router,
    link.router,
    customer.router,
    people.router,
    accesses.router,
    rules.router,
    acts.router,
    arrivals.router,
    shipments.router,
    warehouse.router,
    printing.router,
    papers.router,
)
"""Every page of the office."""
