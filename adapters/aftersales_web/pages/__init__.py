"""页面: what people look at, rendered here; every page works as plain forms and links."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from aftersales_web.pages import (
    accesses,
    acts,
    arrivals,
    board,
    calls,
    enter,
    papers,
    people,
    printing,
    shipments,
    ticket,
    today,
    warehouse,
)

PAGES: Final[tuple[APIRouter, ...]] = (
    enter.router,
    today.router,
    ticket.router,
    board.router,
    calls.router,
    people.router,
    accesses.router,
    acts.router,
    arrivals.router,
    shipments.router,
    warehouse.router,
    printing.router,
    papers.router,
)
"""Every page of the office."""
