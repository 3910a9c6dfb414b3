"""页面: what people look at, rendered here; every page works as plain forms and links."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter

from aftersales_web.pages import (
    accesses,
    acts,
    board,
    enter,
    papers,
    people,
    ticket,
    today,
    warehouse,
)

PAGES: Final[tuple[APIRouter, ...]] = (
    enter.router,
    today.router,
    ticket.router,
    board.router,
    people.router,
    accesses.router,
    acts.router,
    warehouse.router,
    papers.router,
)
"""Every page of the office."""
